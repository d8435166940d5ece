//! The envelopes: `data` and `extra`, and the two others that a gateway error may come in.
//!
//! Documented: `data` with `error_code` and `description`; `extra` with `logid` and `now`, and four
//! codes and texts on success; `message` on the single-object calls; an error's `extra` with only
//! `logid` and `now`; the OAuth answers, with `captcha` and `desc_url` and without `extra`.
//! `{err_no, err_msg, log_id, data}` is the envelope of newer calls on the same host, and `base`
//! that of one public client: which of them a gateway error has is unknown, so a test chooses.
//! Inferred: `message` is `error` in a failed OAuth answer.
//!
//! The vendor's samples quote the numbers and booleans of a success and print `<nil>` for what is
//! unset; those of errors do not. Which of both the server did is unknown, so a test chooses.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::codes;
use crate::call::Answer;

/// What the answer of an API looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `data` and `extra`.
    Plain,
    /// With `message` beside them.
    Message,
    /// `data` and `message`, as the token calls answer.
    OAuth,
}

/// The envelope of a gateway error (codes from 28000000 on) of the sandboxed Douyin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DouyinEnvelope {
    /// `{"data": {"error_code", "description"}, "extra": {…}}`, as every other error.
    #[default]
    Data,
    /// `{"err_no", "err_msg", "log_id", "data"}`.
    ErrNo,
    /// `{"base": {"log_id", "gateway_code", "gateway_msg", "biz_code", "biz_msg"}}`.
    Base,
}

/// How answers are written, where no document decides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) quoted: bool,
    pub(super) gateway_codes: bool,
    pub(super) envelope: DouyinEnvelope,
}

impl Style {
    /// A member that may be unset: it is left out then, or `null`, which is quoted as `<nil>`.
    pub(super) fn member<T>(self, value: Option<T>) -> Option<Option<T>> {
        if self.quoted { Some(value) } else { value.map(Some) }
    }
}

/// The number support would ask for, and the time of the answer.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) logid: String,
    /// Seconds since the Unix epoch; the answers have milliseconds.
    pub(super) now: u64,
}

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: i64,
    /// What is wrong, where the code's own text does not say it.
    because: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: i64) -> Self {
        Self { code, because: None }
    }

    pub(super) fn because(code: i64, text: impl Into<String>) -> Self {
        Self { code, because: Some(text.into()) }
    }

    /// A parameter that is missing or wrong.
    pub(super) fn parameter(text: impl Into<String>) -> Self {
        Self::because(codes::BAD_PARAMETER, text)
    }
}

/// What a call that succeeded has to say.
#[derive(Debug)]
pub(super) struct Success {
    data: Data,
    committed: bool,
}

#[derive(Debug)]
enum Data {
    /// The members of `data` beside code and description.
    Members(Value),
    /// The text of `data`, code and description included.
    Text(String),
}

impl Success {
    pub(super) fn read(data: Value) -> Outcome {
        Self::with(data, false)
    }

    pub(super) fn wrote(data: Value) -> Outcome {
        Self::with(data, true)
    }

    /// The answer of a call that may have changed something.
    pub(super) fn with(data: Value, committed: bool) -> Outcome {
        Ok(Self { data: Data::Members(data), committed })
    }

    /// A page of a list without `message`, written at once: a thousand rows as a tree first would
    /// take many times as long. It has code and description among its members, and none unset.
    pub(super) fn page(data: &impl Serialize, style: Style) -> Outcome {
        let data = match style.quoted {
            true => serde_json::to_value(data).map(Data::Members),
            false => serde_json::to_string(data).map(Data::Text),
        };
        let data = data.map_err(|error| Refusal::because(codes::SYSTEM_BUSY, error.to_string()))?;
        Ok(Self { data, committed: false })
    }
}

pub(super) type Outcome = Result<Success, Refusal>;

pub(super) fn success(kind: Kind, style: Style, success: Success, trace: &Trace) -> Answer {
    let body = match success.data {
        Data::Members(data) => with_members(kind, style, data, trace),
        Data::Text(data) => format!(r#"{{"data":{data},"extra":{}}}"#, extra(trace)),
    };
    Answer { committed: success.committed, ..Answer::json(body) }
}

fn with_members(kind: Kind, style: Style, data: Value, trace: &Trace) -> String {
    let mut data = match data {
        Value::Object(data) => data,
        _ => Map::new(),
    };
    data.insert("error_code".to_owned(), 0.into());
    data.insert("description".to_owned(), "".into());
    let mut body = match kind {
        Kind::OAuth => {
            data.insert("captcha".to_owned(), "".into());
            data.insert("desc_url".to_owned(), "".into());
            data.insert("log_id".to_owned(), trace.logid.as_str().into());
            json!({ "data": data, "message": "success" })
        }
        Kind::Plain => json!({ "data": data, "extra": extra(trace) }),
        Kind::Message => json!({ "data": data, "extra": extra(trace), "message": "success" }),
    };
    if style.quoted {
        quote_page(&mut body);
        quote(&mut body);
    } else {
        drop_unset(&mut body);
    }
    body.to_string()
}

fn extra(trace: &Trace) -> Value {
    json!({
        "logid": trace.logid,
        "now": trace.now * 1000,
        "error_code": 0,
        "description": "",
        "sub_error_code": 0,
        "sub_description": "",
    })
}

pub(super) fn error(kind: Kind, style: Style, refusal: &Refusal, trace: &Trace) -> Answer {
    let code = if style.gateway_codes { codes::gateway(refusal.code) } else { refusal.code };
    let text = refusal.because.as_deref().unwrap_or_else(|| codes::text(code));
    let Trace { logid, now } = trace;
    let body = match style.envelope {
        DouyinEnvelope::ErrNo if codes::is_gateway(code) => {
            json!({ "err_no": code, "err_msg": text, "log_id": logid, "data": null })
        }
        DouyinEnvelope::Base if codes::is_gateway(code) => json!({ "base": {
            "log_id": logid, "gateway_code": code, "gateway_msg": text, "biz_code": 0, "biz_msg": "",
        }}),
        _ if kind == Kind::OAuth => json!({
            "data": { "captcha": "", "desc_url": "", "description": text, "error_code": code },
            "message": "error",
        }),
        _ => json!({
            "data": { "error_code": code, "description": text },
            "extra": { "logid": logid, "now": now * 1000 },
        }),
    };
    Answer::json(body.to_string())
}

/// The end of a list as the quoted samples show it: no cursor, and an empty list of one `<nil>`.
fn quote_page(body: &mut Value) {
    let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) else { return };
    if data.get("has_more") != Some(&Value::Bool(false)) {
        return;
    }
    data.insert("cursor".to_owned(), Value::Null);
    if data.get("list").and_then(Value::as_array).is_some_and(Vec::is_empty) {
        data.insert("has_more".to_owned(), Value::Null);
        data.insert("list".to_owned(), json!([null]));
    }
}

fn quote(value: &mut Value) {
    match value {
        Value::Null => *value = "<nil>".into(),
        Value::Bool(_) | Value::Number(_) => *value = value.to_string().into(),
        Value::String(_) => {}
        Value::Array(items) => items.iter_mut().for_each(quote),
        Value::Object(members) => members.values_mut().for_each(quote),
    }
}

/// Takes out what is unset.
fn drop_unset(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_unset),
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_unset);
        }
        _ => {}
    }
}
