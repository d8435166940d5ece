//! Strict readers of what a caller sends: query, JSON body and form.
//!
//! Documented: which parameters there are, in which encoding, of which type. Inferred: everything
//! wrong about them is 2100005, in the token calls 10002 for a wrong and 10005 for a missing one;
//! an unknown or repeated parameter is wrong; a number in quotes in a JSON body is wrong.

use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::codes;
use super::envelope::Refusal;
use crate::call::Call;

/// Header and query parameter of the access token: the documents of 2022 have the header, those
/// before it the query. Inferred: both at once are taken only if they say the same.
const TOKEN_HEADER: &str = "access-token";
const TOKEN_PARAM: &str = "access_token";

/// The access token presented.
pub(super) fn presented_token(call: &Call) -> Result<String, Refusal> {
    let header = call.headers.get(TOKEN_HEADER).and_then(|value| value.to_str().ok());
    let token = match (header, call.param(TOKEN_PARAM)) {
        (Some(header), Some(param)) if header != param => None,
        (header, param) => header.or(param).filter(|token| !token.is_empty()),
    };
    token.map(str::to_owned).ok_or_else(|| Refusal::new(codes::INVALID_TOKEN))
}

/// Refuses parameters of the query that the API does not have, and repeated ones.
pub(super) fn check_query(call: &Call, params: &[&str]) -> Result<(), Refusal> {
    for (at, (name, _)) in call.query.iter().enumerate() {
        let known = [TOKEN_PARAM, "open_id"].iter().chain(params).any(|known| known == name);
        if !known {
            return Err(Refusal::parameter(format!("unknown parameter {name}")));
        }
        if call.query.iter().take(at).any(|(earlier, _)| earlier == name) {
            return Err(Refusal::parameter(format!("repeated parameter {name}")));
        }
    }
    Ok(())
}

/// Refuses the body of a GET.
pub(super) fn check_no_body(call: &Call) -> Result<(), Refusal> {
    if call.body.is_empty() { Ok(()) } else { Err(Refusal::parameter("a GET has no body")) }
}

/// A text of the query that must be there.
pub(super) fn text<'a>(call: &'a Call, name: &str) -> Result<&'a str, Refusal> {
    let text = call.param(name).filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::parameter(format!("missing {name}")))
}

/// A whole number of the query that may be absent.
pub(super) fn optional(call: &Call, name: &str) -> Result<Option<i64>, Refusal> {
    let wrong = |_| Refusal::parameter(format!("{name} must be an integer"));
    call.param(name).map(|text| text.parse().map_err(wrong)).transpose()
}

/// A whole number of the query that must be there.
pub(super) fn integer(call: &Call, name: &str) -> Result<i64, Refusal> {
    optional(call, name)?.ok_or_else(|| Refusal::parameter(format!("missing {name}")))
}

/// The JSON object a POST carries.
#[derive(Debug)]
pub(super) struct Body(Map<String, Value>);

impl Body {
    pub(super) fn parse(call: &Call, members: &[&str]) -> Result<Self, Refusal> {
        if !has_content_type(call, "application/json") {
            return Err(Refusal::parameter("Content-Type must be application/json"));
        }
        let Ok(Value::Object(body)) = serde_json::from_slice(&call.body) else {
            return Err(Refusal::parameter("the body must be a JSON object"));
        };
        if let Some(name) = body.keys().find(|name| !members.contains(&name.as_str())) {
            return Err(Refusal::parameter(format!("unknown parameter {name}")));
        }
        Ok(Self(body))
    }

    pub(super) fn integer(&self, name: &str) -> Result<i64, Refusal> {
        self.member(name, "an integer", Value::as_i64)
    }

    /// A text that is not empty.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.member(name, "a non-empty string", |v| v.as_str().filter(|text| !text.is_empty()))
    }

    pub(super) fn bool(&self, name: &str) -> Result<bool, Refusal> {
        self.member(name, "a boolean", Value::as_bool)
    }

    fn member<'a, T>(
        &'a self,
        name: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<T, Refusal> {
        let wrong = || Refusal::parameter(format!("{name} must be {what}"));
        self.0.get(name).and_then(read).ok_or_else(wrong)
    }
}

/// The form a token call carries.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Whatever can be read as a form, unchecked.
    pub(super) fn read(call: &Call) -> Self {
        Self(form_urlencoded::parse(&call.body).into_owned().collect())
    }

    /// The form with exactly these parameters, none of them empty.
    pub(super) fn parse(call: &Call, names: &[&str]) -> Result<Self, Refusal> {
        let wrong = |text: String| Refusal::because(codes::OAUTH_PARAMETER, text);
        let content_type = "application/x-www-form-urlencoded";
        if !has_content_type(call, content_type) {
            return Err(wrong(format!("Content-Type must be {content_type}")));
        }
        if !call.query.is_empty() {
            return Err(wrong("parameters belong in the body".to_owned()));
        }
        let form = Self::read(call);
        for name in names {
            if form.get(name).is_none_or(str::is_empty) {
                let text = format!("missing {name}");
                return Err(Refusal::because(codes::OAUTH_MISSING, text));
            }
        }
        if let Some((name, _)) = form.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            return Err(wrong(format!("unknown parameter {name}")));
        }
        if form.0.len() > names.len() {
            return Err(wrong("repeated parameter".to_owned()));
        }
        Ok(form)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Whether the body is said to be of that type, whatever parameters follow it.
fn has_content_type(call: &Call, wanted: &str) -> bool {
    let given = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.and_then(|given| given.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
