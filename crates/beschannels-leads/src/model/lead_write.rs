//! Writes of market leads, and their remarks: vendor's documents 60245728, 60245730, 60245731 and
//! 60245733, each of which stands alone.

use std::collections::BTreeMap;
use std::fmt;

use leadtag_core::Body;
use leadtag_core::body::check_text;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::Rule;
use super::lead::check_named;

/// The fields of a lead, by the platform's names. `Debug` tells the names only.
///
/// Values are written as the vendor's document 243929848 says: selections as the **label** of the
/// option, several of them joined with `,`; numbers as texts; times as `YYYY-MM-DD HH:MM:SS`.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Sets a field.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field is set to something.
    fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, Value::Null) && value != "")
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What is done if the lead exists, or does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum IsAdd {
    /// It is added or changed, `"0"`.
    #[default]
    AddOrEdit,
    /// It is only changed, `"1"`.
    EditOnly,
    /// It is only added, `"2"`.
    AddOnly,
}

impl Serialize for IsAdd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::AddOrEdit => "0",
            Self::EditOnly => "1",
            Self::AddOnly => "2",
        })
    }
}

/// Creates or changes a lead, which is found by its mobile number or its e-mail address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EditLeads {
    /// The fields, among them `MobilePhone` or `Email`.
    #[serde(flatten)]
    pub fields: Fields,
    /// What is done if the lead exists, or does not.
    pub is_add: IsAdd,
    /// The visitor that the lead was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// The system user. The document has it in its example alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}

impl EditLeads {
    /// Creates or changes a lead.
    pub fn new(is_add: IsAdd) -> Self {
        Self { is_add, ..Self::default() }
    }

    /// Sets a field, such as `MobilePhone`, `Email`, `FullName` or `Company`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value);
        self
    }

    /// Sets the visitor that the lead was.
    #[must_use]
    pub fn with_anonymous_id(mut self, id: impl Into<String>) -> Self {
        self.anonymous_id = Some(id.into());
        self
    }

    /// Sets the system user.
    #[must_use]
    pub fn with_user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }
}

impl Body for EditLeads {
    fn check(&self) -> Result<(), String> {
        if !self.fields.has("MobilePhone") && !self.fields.has("Email") {
            return Err("give MobilePhone or Email".to_owned());
        }
        for name in ["is_add", "anonymous_id", "user_id"] {
            if self.fields.get(name).is_some() {
                return Err(format!("{name} is no field of a lead; set it by its own method"));
            }
        }
        Ok(())
    }
}

/// Deletes leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DelLeads {
    /// The leads: integers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads_id: Vec<u64>,
    /// Contact data of the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl DelLeads {
    /// Deletes by ids.
    pub fn of(leads_id: impl IntoIterator<Item = u64>) -> Self {
        Self { leads_id: leads_id.into_iter().collect(), rule: None }
    }

    /// Deletes by contact data.
    pub fn by(rule: Rule) -> Self {
        Self { leads_id: Vec::new(), rule: Some(rule) }
    }
}

impl Body for DelLeads {
    fn check(&self) -> Result<(), String> {
        check_named(!self.leads_id.is_empty(), self.rule.as_ref())
    }
}

/// Asks for the remarks on leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GetRemarksList {
    /// The leads: integers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads_id: Vec<u64>,
    /// Contact data of the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl GetRemarksList {
    /// Asks by ids.
    pub fn of(leads_id: impl IntoIterator<Item = u64>) -> Self {
        Self { leads_id: leads_id.into_iter().collect(), rule: None }
    }

    /// Asks by contact data.
    pub fn by(rule: Rule) -> Self {
        Self { leads_id: Vec::new(), rule: Some(rule) }
    }
}

impl Body for GetRemarksList {
    fn check(&self) -> Result<(), String> {
        check_named(!self.leads_id.is_empty(), self.rule.as_ref())
    }
}

/// Gives leads to another owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AssignLeads {
    /// The leads: texts by the document's type, integers in its example. Sent as texts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads_id: Vec<String>,
    /// The system user who gets them. Required.
    pub assign_userid: String,
    /// Contact data of the lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl AssignLeads {
    /// Gives the leads of these ids to that user.
    pub fn of(leads_id: impl IntoIterator<Item = u64>, to: impl Into<String>) -> Self {
        let leads_id = leads_id.into_iter().map(|id| id.to_string()).collect();
        Self { leads_id, assign_userid: to.into(), rule: None }
    }

    /// Gives the lead with that contact data to that user.
    pub fn by(rule: Rule, to: impl Into<String>) -> Self {
        Self { leads_id: Vec::new(), assign_userid: to.into(), rule: Some(rule) }
    }
}

impl Body for AssignLeads {
    fn check(&self) -> Result<(), String> {
        check_text("assign_userid", &self.assign_userid)?;
        check_named(!self.leads_id.is_empty(), self.rule.as_ref())
    }
}
