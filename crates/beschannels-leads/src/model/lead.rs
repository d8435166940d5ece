//! Market leads (市场线索): which one is meant.

use leadtag_core::Body;
use leadtag_core::pii::{Email, Mobile};
use serde::{Serialize, Serializer};

/// Finds a lead by its contact data instead of by its id.
///
/// The document of `leads-details` marks both members as required inside of a rule: give both
/// where both are known. One alone is sent alone; whether the platform takes that is unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Rule {
    /// The e-mail address.
    #[serde(serialize_with = "email", skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The mobile number.
    #[serde(serialize_with = "mobile", skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<Mobile>,
}

impl Rule {
    /// Finds by e-mail address and mobile number.
    pub fn new(email: impl Into<Email>, mobile: impl Into<Mobile>) -> Self {
        Self { email: Some(email.into()), mobile_phone: Some(mobile.into()) }
    }

    /// Finds by e-mail address.
    pub fn email(email: impl Into<Email>) -> Self {
        Self { email: Some(email.into()), mobile_phone: None }
    }

    /// Finds by mobile number.
    pub fn mobile(mobile: impl Into<Mobile>) -> Self {
        Self { email: None, mobile_phone: Some(mobile.into()) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.email.as_ref().is_none_or(Email::is_empty)
            && self.mobile_phone.as_ref().is_none_or(Mobile::is_empty)
    }
}

// Personal data goes into a request only where it says so.
fn email<S: Serializer>(email: &Option<Email>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(email.as_ref().map_or("", Email::reveal))
}

fn mobile<S: Serializer>(mobile: &Option<Mobile>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mobile.as_ref().map_or("", Mobile::reveal))
}

/// Refuses a request that names no lead.
pub(super) fn check_named(has_id: bool, rule: Option<&Rule>) -> Result<(), String> {
    match rule {
        Some(rule) if rule.is_empty() => Err("the rule has neither Email nor MobilePhone".into()),
        None if !has_id => Err("give leads_id or a rule".into()),
        _ => Ok(()),
    }
}

/// Asks for one market lead, vendor's document 60245725.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeadsDetails {
    /// The lead: an integer, not the `identity_id` of a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads_id: Option<u64>,
    /// Its contact data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
}

impl LeadsDetails {
    /// Asks by id.
    pub fn of(leads_id: u64) -> Self {
        Self { leads_id: Some(leads_id), rule: None }
    }

    /// Asks by contact data.
    pub fn by(rule: Rule) -> Self {
        Self { leads_id: None, rule: Some(rule) }
    }
}

impl Body for LeadsDetails {
    fn check(&self) -> Result<(), String> {
        check_named(self.leads_id.is_some(), self.rule.as_ref())
    }
}
