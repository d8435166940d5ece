//! `save-user-behavior`, vendor's documents 60245750 and 57754176.

use std::collections::BTreeMap;
use std::fmt;

use leadtag_core::Body;
use leadtag_core::body::check_text;
use serde::Serialize;

/// Something that a person did.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SaveUserBehavior {
    /// What the person is found by: `mobile`, `email`, `anonymous_id`, `customer_id`. The two
    /// documents differ in which there are. Required.
    pub associated_properties: String,
    /// Its value. Required.
    pub associated_properties_value: String,
    /// The name of the behaviour, in letters and digits. Required.
    pub behavior_name: String,
    /// When it happened, as `YYYY-MM-DD HH:MM:SS`. Required.
    pub occurrence_time: String,
    /// What else is known of it. The member is spelled `envent_other` by the platform.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub envent_other: Vec<EventAttr>,
    /// The table of an external data source; required for behaviours in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// How long something was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub view_duration: Option<u32>,
    /// Where the person came from, by the members' names, each of which begins with `utm_`. The
    /// documents name no more of them than that.
    #[serde(flatten)]
    pub utm: BTreeMap<String, String>,
}

/// One thing that is known of a behaviour.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EventAttr {
    /// Its name.
    pub envent_attr_name: String,
    /// Its value.
    pub envent_attr_value: String,
}

impl SaveUserBehavior {
    /// A behaviour of the person whose `property`, such as `mobile`, has that value.
    pub fn new(
        property: impl Into<String>,
        value: impl Into<String>,
        behavior: impl Into<String>,
        occurred: impl Into<String>,
    ) -> Self {
        Self {
            associated_properties: property.into(),
            associated_properties_value: value.into(),
            behavior_name: behavior.into(),
            occurrence_time: occurred.into(),
            envent_other: Vec::new(),
            schema_name: None,
            view_duration: None,
            utm: BTreeMap::new(),
        }
    }

    /// Adds something that is known of it.
    #[must_use]
    pub fn with_attr(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (envent_attr_name, envent_attr_value) = (name.into(), value.into());
        self.envent_other.push(EventAttr { envent_attr_name, envent_attr_value });
        self
    }

    /// Sets the table of an external data source.
    #[must_use]
    pub fn in_schema(mut self, name: impl Into<String>) -> Self {
        self.schema_name = Some(name.into());
        self
    }

    /// Sets how long something was looked at. The document does not name the unit.
    #[must_use]
    pub fn with_view_duration(mut self, duration: u32) -> Self {
        self.view_duration = Some(duration);
        self
    }

    /// Sets one of the members `utm_*`: `source`, or `utm_source`, is `utm_source`.
    #[must_use]
    pub fn with_utm(mut self, name: &str, value: impl Into<String>) -> Self {
        let name = name.strip_prefix("utm_").unwrap_or(name);
        self.utm.insert(format!("utm_{name}"), value.into());
        self
    }
}

impl Body for SaveUserBehavior {
    fn check(&self) -> Result<(), String> {
        check_text("associated_properties", &self.associated_properties)?;
        check_text("associated_properties_value", &self.associated_properties_value)?;
        check_text("behavior_name", &self.behavior_name)?;
        check_text("occurrence_time", &self.occurrence_time)?;
        let is_utm =
            |name: &&String| name.strip_prefix("utm_").is_some_and(|rest| !rest.is_empty());
        match self.utm.keys().find(|name| !is_utm(name)) {
            Some(name) => Err(format!("{name:?} is none of utm_*")),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SaveUserBehavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaveUserBehavior")
            .field("associated_properties", &self.associated_properties)
            .field("behavior_name", &self.behavior_name)
            .field("occurrence_time", &self.occurrence_time)
            .field("envent_other", &self.envent_other)
            .field("schema_name", &self.schema_name)
            .field("utm", &self.utm.keys())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EventAttr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventAttr").field(&self.envent_attr_name).finish()
    }
}
