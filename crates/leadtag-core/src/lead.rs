//! Leads, and what can be asked of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::pii::{Email, Mobile, PersonalText};
use crate::{LeadId, Platform, PlatformTime, Timestamp};

/// A lead (线索): a person or company that may become a customer.
///
/// `Debug` shows no personal data.
#[derive(Clone)]
#[non_exhaustive]
pub struct Lead {
    /// Where it comes from.
    pub platform: Platform,
    /// The platform's id.
    pub id: LeadId,
    /// The person's name.
    pub name: Option<PersonalText>,
    /// Mobile numbers, as the platform holds them, whether valid or not.
    pub mobiles: Vec<Mobile>,
    /// E-mail addresses, as the platform holds them.
    pub emails: Vec<Email>,
    /// The person's company.
    pub company: Option<PersonalText>,
    /// Tags, by id or name, as the platform gives them.
    pub tags: Vec<String>,
    /// The level or stage, in the platform's terms.
    pub level: Option<String>,
    /// Where the lead was won, in the platform's terms.
    pub source: Option<String>,
    /// When it was created. Where leads are listed by another time, which [`LeadQuery::since`] narrows,
    /// this is left empty, and that time is an attribute: who reads a list onward by it takes the two
    /// for the same.
    pub created_at: Option<PlatformTime>,
    /// When it was last changed.
    pub updated_at: Option<PlatformTime>,
    /// Everything else the platform knows, by the platform's names.
    pub attributes: BTreeMap<String, Value>,
    /// The row as received: nothing is lost. A provider whose list gives no more than ids leaves
    /// all else empty, and has a row here that is no JSON object.
    pub raw: RawJson,
}

impl Lead {
    /// A lead of which only the id is known.
    pub fn new(platform: Platform, id: impl Into<LeadId>, raw: RawJson) -> Self {
        Self {
            platform,
            id: id.into(),
            name: None,
            mobiles: Vec::new(),
            emails: Vec::new(),
            company: None,
            tags: Vec::new(),
            level: None,
            source: None,
            created_at: None,
            updated_at: None,
            attributes: BTreeMap::new(),
            raw,
        }
    }
}

impl fmt::Debug for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lead")
            .field("platform", &self.platform)
            .field("id", &self.id)
            .field("name", &self.name)
            .field("mobiles", &self.mobiles)
            .field("emails", &self.emails)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}

/// Something a lead did, or that was done with it (互动, 跟进).
///
/// `Debug` shows no personal data.
#[derive(Clone)]
#[non_exhaustive]
pub struct Interaction {
    /// The platform's id, where there is one.
    pub id: Option<String>,
    /// What it was, in the platform's terms.
    pub kind: String,
    /// When it happened.
    pub at: Option<PlatformTime>,
    /// Who did it, in the platform's terms.
    pub actor: Option<PersonalText>,
    /// What was written.
    pub text: Option<PersonalText>,
    /// Everything else the platform knows, by the platform's names.
    pub attributes: BTreeMap<String, Value>,
    /// The row as received.
    pub raw: RawJson,
}

impl Interaction {
    /// An interaction of which only the kind is known.
    pub fn new(kind: impl Into<String>, raw: RawJson) -> Self {
        let kind = kind.into();
        let attributes = BTreeMap::new();
        Self { id: None, kind, at: None, actor: None, text: None, attributes, raw }
    }
}

impl fmt::Debug for Interaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interaction")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("at", &self.at)
            .field("actor", &self.actor)
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}

/// JSON as it was received, byte for byte. `Debug` tells its length only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// The JSON of a value: for rows that did not come as JSON.
    ///
    /// # Errors
    /// If the value has no JSON, such as a map whose keys are no texts.
    pub fn of(value: &impl Serialize) -> serde_json::Result<Self> {
        to_raw_value(value).map(Self)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The text as a value.
    ///
    /// # Errors
    /// Nesting deeper than 128.
    pub fn to_value(&self) -> serde_json::Result<Value> {
        self.read()
    }

    /// Reads the text as a `T`.
    ///
    /// # Errors
    /// If it is no `T`, or is nested deeper than 128.
    pub fn read<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        // From a text, as answers are read: so a type's reader is compiled once, not twice.
        serde_json::from_str(self.0.get())
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.0.get().len())
    }
}

/// Which leads to list. A filter that the provider lacks is refused, never ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeadQuery {
    /// Only leads at or after this moment: that of [`Lead::created_at`], where the provider gives it.
    pub since: Option<Timestamp>,
    /// Only leads before this moment.
    pub until: Option<Timestamp>,
    /// Only leads of this group, in the platform's terms.
    pub group: Option<String>,
    /// Only leads of this level, in the platform's terms.
    pub level: Option<String>,
    /// Only leads of this kind, in the platform's terms: how they were won, or what they are.
    pub kind: Option<String>,
    /// Items per page. Default: the platform's own.
    pub page_size: Option<u32>,
}

impl LeadQuery {
    /// All leads.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only leads at or after `moment`.
    #[must_use]
    pub fn since(mut self, moment: Timestamp) -> Self {
        self.since = Some(moment);
        self
    }

    /// Only leads before `moment`.
    #[must_use]
    pub fn until(mut self, moment: Timestamp) -> Self {
        self.until = Some(moment);
        self
    }

    /// Only leads of `group`.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// Only leads of `level`.
    #[must_use]
    pub fn at_level(mut self, level: impl Into<String>) -> Self {
        self.level = Some(level.into());
        self
    }

    /// Only leads of `kind`.
    #[must_use]
    pub fn of_kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Sets the items per page.
    #[must_use]
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }
}
