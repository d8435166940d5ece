//! Reading the body of a request.
//!
//! Inferred throughout: members of a wrong type and members that no document and no public client
//! knows are refused, so that a misspelt parameter is found; `null` is the same as absent; an empty
//! body is the same as `{}`.

use serde_json::{Map, Value};

use super::envelope::Refusal;
use super::time;

/// A JSON object with known members only.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn parse(body: &[u8], known: &[&str]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Ok(Self(Map::new()));
        }
        Self::of(json(body)?, known)
    }

    /// The same for an object within a body.
    pub(super) fn of(value: Value, known: &[&str]) -> Result<Self, Refusal> {
        let Value::Object(mut map) = value else {
            return Err(Refusal::parameter("expected a JSON object"));
        };
        if let Some(name) = map.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(Refusal::parameter(format!("unknown parameter `{name}`")));
        }
        map.retain(|_, value| !value.is_null());
        Ok(Self(map))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = self.0.get(name).map(|value| value.as_i64().ok_or_else(|| wrong(name)));
        number.transpose()
    }

    pub(super) fn required_integer(&self, name: &str) -> Result<i64, Refusal> {
        self.integer(name)?.ok_or_else(|| missing(name))
    }

    /// An integer, or its digits in a string.
    pub(super) fn loose_integer(&self, name: &str) -> Result<i64, Refusal> {
        let value = self.0.get(name).ok_or_else(|| missing(name))?;
        let digits = value.as_str().and_then(|digits| digits.parse().ok());
        value.as_i64().or(digits).ok_or_else(|| wrong(name))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.0.get(name).map(|value| value.as_str().ok_or_else(|| wrong(name))).transpose()
    }

    /// A text that must not be empty either.
    pub(super) fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| missing(name))
    }

    /// A time in the platform's own form, as seconds since the Unix epoch.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let read = |text| {
            let expected = || Refusal::parameter(format!("`{name}`: yyyy-MM-dd HH:mm:ss expected"));
            time::parse(text).ok_or_else(expected)
        };
        self.text(name)?.map(read).transpose()
    }

    pub(super) fn list(&self, name: &str) -> Result<&[Value], Refusal> {
        match self.0.get(name) {
            None => Ok(&[]),
            Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(name)),
        }
    }

    /// A member of any type; `null` for an absent one.
    pub(super) fn any(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }
}

pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::parameter("the body is not JSON"))
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::parameter(format!("parameter `{name}` is missing"))
}

pub(super) fn wrong(name: &str) -> Refusal {
    Refusal::parameter(format!("parameter `{name}` has a wrong type"))
}

/// Refuses a body that is neither empty nor JSON.
pub(super) fn json_or_nothing(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() { Ok(()) } else { json(body).map(|_| ()) }
}
