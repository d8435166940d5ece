//! Reading request members the way WeCom's errors suggest it does.
//!
//! Documented: ``field `group_id` unexpected empty string`` as 40058. Inferred from it: the same
//! code for a member of a wrong type or out of its range.

use serde_json::{Map, Value};

use super::codes;
use super::envelope::Refusal;

/// The longest tag or group name, in code points (WeCom docs, page 92117: 30 characters).
const MAX_NAME_CHARS: usize = 30;

/// A request body: a JSON object.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        if body.is_empty() {
            return Err(Refusal::because(codes::EMPTY_ARGUMENT, "request body is empty"));
        }
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Self(map)),
            _ => Err(Refusal::new(codes::INVALID_JSON)),
        }
    }

    /// A text that may be absent or `null`, but not `""`.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.any_text(name)? {
            Some("") => Err(invalid(format!("field `{name}` unexpected empty string"))),
            text => Ok(text),
        }
    }

    /// A text that may be absent, `null` or `""`.
    pub(super) fn any_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(format!("field `{name}` expected a string"))),
        }
    }

    /// A list of texts; absent, `null` and `[]` are the same.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let wrong = || invalid(format!("field `{name}` expected an array of strings"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                items.iter().map(|item| item.as_str().ok_or_else(wrong)).collect()
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Self>, Refusal> {
        let wrong = || invalid(format!("field `{name}` expected an array of objects"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_object().cloned().map(Self).ok_or_else(wrong))
                .collect(),
            Some(_) => Err(wrong()),
        }
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(invalid(format!("field `{name}` expected an integer"))),
            },
        }
    }

    /// An order: within [0, 2^32).
    pub(super) fn order(&self) -> Result<Option<u32>, Refusal> {
        self.integer("order")?
            .map(|order| {
                u32::try_from(order).map_err(|_| invalid("field `order` out of range".to_owned()))
            })
            .transpose()
    }
}

/// A name to create or change to: neither empty nor too long.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(Refusal::new(codes::TAG_NAME_LENGTH));
    }
    Ok(())
}

pub(super) fn invalid(text: String) -> Refusal {
    Refusal::because(codes::INVALID_ARGUMENT, text)
}
