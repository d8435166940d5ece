//! Reading JSON bodies strictly.
//!
//! Documented: the members, their types, which are required. Inferred: another content type or no
//! JSON object is 1000; a member of a wrong type, or one the page does not name, is 10002; `null`
//! and `""` are the same as none.

use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::codes;
use super::envelope::Refusal;
use crate::call::Call;

/// A JSON object.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

/// A person looked up by contact data (`rule`) and not by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    pub(super) mobile: String,
    pub(super) email: String,
}

impl Body {
    /// The object, with no members beyond those known.
    pub(super) fn read(call: &Call, known: &[&str]) -> Result<Self, Refusal> {
        let body = Self::open(call)?;
        match body.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => Err(wrong(unknown)),
            None => Ok(body),
        }
    }

    /// The object, whatever its members.
    pub(super) fn open(call: &Call) -> Result<Self, Refusal> {
        let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
        if !kind.trim().eq_ignore_ascii_case("application/json") {
            return Err(Refusal::about(codes::REQUEST_ERROR, "not application/json"));
        }
        match serde_json::from_slice(&call.body) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            _ => Err(Refusal::about(codes::REQUEST_ERROR, "not a JSON object")),
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A member that is neither absent nor `null` nor `""`.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        let unset = |value: &Value| value.is_null() || value.as_str() == Some("");
        self.0.get(name).filter(|value| !unset(value))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let text = |value: &Value| value.as_str().is_some();
        self.typed(name, text).map(|value| value.and_then(Value::as_str))
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A whole number from 1 on, as number or, where the pages differ, as text.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let number = |value: &Value| match value {
            Value::String(text) => text.parse().ok(),
            value => value.as_u64(),
        };
        let positive = |value| number(value).filter(|number| *number > 0);
        self.value(name).map(|value| positive(value).ok_or_else(|| wrong(name))).transpose()
    }

    pub(super) fn array(&self, name: &str) -> Result<&[Value], Refusal> {
        let array = self.typed(name, Value::is_array)?;
        Ok(array.and_then(Value::as_array).map_or(&[], Vec::as_slice))
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        Ok(self.typed(name, Value::is_object)?.and_then(Value::as_object))
    }

    /// The `rule` of a call; one without a mobile or an e-mail is the same as none.
    pub(super) fn rule(&self) -> Result<Option<Rule>, Refusal> {
        let Some(members) = self.object("rule")? else {
            return Ok(None);
        };
        let mut rule = Rule::default();
        for (name, value) in members {
            let text = value.as_str().ok_or_else(|| wrong("rule"))?.to_owned();
            match name.as_str() {
                "MobilePhone" => rule.mobile = text,
                "Email" => rule.email = text,
                _ => return Err(wrong("rule")),
            }
        }
        let empty = rule.mobile.is_empty() && rule.email.is_empty();
        Ok(Some(rule).filter(|_| !empty))
    }

    fn typed(&self, name: &str, is: impl Fn(&Value) -> bool) -> Result<Option<&Value>, Refusal> {
        match self.value(name) {
            Some(value) if !is(value) => Err(wrong(name)),
            value => Ok(value),
        }
    }
}

/// The ids of `leads_id`, each read as its page types them.
pub(super) fn ids(
    values: &[Value],
    read: impl Fn(&Value) -> Option<u64>,
) -> Result<Vec<u64>, Refusal> {
    values.iter().map(|value| read(value).ok_or_else(|| wrong("leads_id"))).collect()
}

pub(super) fn wrong(name: &str) -> Refusal {
    Refusal::about(codes::UNEXPECTED_CONTENT, name)
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::about(codes::MISSING_PARAMETER, name)
}
