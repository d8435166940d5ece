//! Reading parameters where and as the documents have them: of a GET in the query, of a POST as
//! members of a JSON object.
//!
//! Documented: the places, the types, `Content-Type: application/json; charset=UTF-8`. Inferred:
//! 406 for whatever differs, such as a quoted number in JSON, a `null`, or a GET with a body;
//! unknown parameters are ignored.

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::envelope::Refusal;
use crate::call::Call;

#[derive(Debug)]
pub(super) enum Params<'a> {
    Query(&'a Call),
    Body(Map<String, Value>),
}

impl<'a> Params<'a> {
    pub(super) fn read(call: &'a Call) -> Result<Self, Refusal> {
        if call.method == Method::GET {
            let plain = call.body.is_empty();
            return plain.then_some(Self::Query(call)).ok_or_else(|| Refusal::parameter("body"));
        }
        if !is_json(call) {
            return Err(Refusal::parameter("Content-Type"));
        }
        match serde_json::from_slice(&call.body) {
            Ok(Value::Object(members)) => Ok(Self::Body(members)),
            _ => Err(Refusal::parameter("body")),
        }
    }

    /// A text; absent and `""` are told apart.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self {
            Self::Query(call) => Ok(call.param(name)),
            Self::Body(members) => match members.get(name) {
                None => Ok(None),
                Some(Value::String(text)) => Ok(Some(text)),
                Some(_) => Err(Refusal::parameter(name)),
            },
        }
    }

    /// A text that must be there and not empty.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| Refusal::parameter(name))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let wrong = || Refusal::parameter(name);
        match self {
            Self::Query(call) => {
                call.param(name).map(|text| text.parse().map_err(|_| wrong())).transpose()
            }
            Self::Body(members) => {
                members.get(name).map(|value| value.as_i64().ok_or_else(wrong)).transpose()
            }
        }
    }

    /// An array that must be there.
    pub(super) fn integers(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        self.array(name)?
            .iter()
            .map(|v| v.as_i64().ok_or_else(|| Refusal::parameter(name)))
            .collect()
    }

    /// An array that must be there, of texts that are not empty.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        let text = |value: &'_ Value| value.as_str().is_some_and(|text| !text.is_empty());
        let items = self.array(name)?;
        if !items.iter().all(text) {
            return Err(Refusal::parameter(name));
        }
        Ok(items.iter().filter_map(Value::as_str).collect())
    }

    fn array(&self, name: &str) -> Result<&[Value], Refusal> {
        match self {
            Self::Body(members) => members.get(name).and_then(Value::as_array).map(Vec::as_slice),
            Self::Query(_) => None,
        }
        .ok_or_else(|| Refusal::parameter(name))
    }
}

fn is_json(call: &Call) -> bool {
    let given = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = given.and_then(|value| value.split(';').next()).unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}
