//! The parameters of a call, read strictly: from the query of a GET, from the JSON body of a POST.
//!
//! Documented: where they stand, their names and types. Inferred: 406 for a POST that is not
//! `application/json` or holds no object, for a query on a POST and a body on a GET, for a parameter
//! that is repeated, unknown or of another type; `""` is the same as none. What the document calls
//! an int is a bare number in JSON.

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::codes;
use super::envelope::Refusal;
use crate::call::Call;

#[derive(Debug)]
pub(super) struct Params {
    members: Map<String, Value>,
    in_query: bool,
    /// What stands where this kind of call has no parameters.
    misplaced: Option<&'static str>,
}

impl Params {
    pub(super) fn read(call: &Call) -> Result<Self, Refusal> {
        if call.method == Method::POST {
            let misplaced = (!call.raw_query.is_empty()).then_some("query");
            return Ok(Self { members: json_object(call)?, in_query: false, misplaced });
        }
        let mut members = Map::new();
        for (name, value) in &call.query {
            if members.insert(name.clone(), value.as_str().into()).is_some() {
                return Err(bad(name));
            }
        }
        let misplaced = (!call.body.is_empty()).then_some("body");
        Ok(Self { members, in_query: true, misplaced })
    }

    /// Whether there is nothing beside these, `app_id` and `access_token`.
    pub(super) fn check_names(&self, known: &[&str]) -> Result<(), Refusal> {
        if let Some(place) = self.misplaced {
            return Err(bad(place));
        }
        let known =
            |name: &str| known.contains(&name) || ["app_id", "access_token"].contains(&name);
        match self.members.keys().find(|name| !known(name)) {
            Some(unknown) => Err(bad(unknown)),
            None => Ok(()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(bad(name)),
        }
    }

    pub(super) fn required_text(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name)?.ok_or_else(|| bad(name))
    }

    pub(super) fn int(&self, name: &str) -> Result<Option<i64>, Refusal> {
        let number = match self.members.get(name) {
            None => return Ok(None),
            Some(Value::String(text)) if self.in_query => text.parse().ok(),
            Some(value) => value.as_i64(),
        };
        number.map(Some).ok_or_else(|| bad(name))
    }

    /// An id; 0 is the same as none.
    pub(super) fn id(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let id = self.int(name)?.map(u64::try_from).transpose().map_err(|_| bad(name))?;
        Ok(id.filter(|id| *id > 0))
    }

    /// A required array, each element read by `read`.
    pub(super) fn array<'a, T>(
        &'a self,
        name: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Vec<T>, Refusal> {
        let values = self.members.get(name).and_then(Value::as_array).ok_or_else(|| bad(name))?;
        values.iter().map(|value| read(value).ok_or_else(|| bad(name))).collect()
    }
}

fn json_object(call: &Call) -> Result<Map<String, Value>, Refusal> {
    let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = content_type.and_then(|text| text.split(';').next()).unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(bad("Content-Type"));
    }
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(bad("body")),
    }
}

/// The refusal of a parameter.
pub(super) fn bad(name: &str) -> Refusal {
    Refusal::about(codes::BAD_PARAMETER, name)
}
