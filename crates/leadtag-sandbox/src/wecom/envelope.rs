//! WeCom's envelope: `errcode` and `errmsg` beside the result fields, status 200 either way.

use axum::http::header::{HeaderName, HeaderValue};
use serde::Serialize;

use super::codes;
use crate::call::Answer;

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(code: i64) -> Self {
        Self::because(code, codes::text(code))
    }

    pub(super) fn because(code: i64, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }
}

/// What a call that succeeded has to say.
#[derive(Debug)]
pub(super) struct Success {
    /// The result as a JSON object, or an empty object.
    pub(super) fields: bytes::Bytes,
    pub(super) committed: bool,
}

impl Success {
    /// A read with this result.
    pub(super) fn read(fields: &impl Serialize) -> Outcome {
        Ok(Self { fields: object(fields)?.into(), committed: false })
    }

    /// A write with this result.
    pub(super) fn wrote(fields: &impl Serialize) -> Outcome {
        Ok(Self { fields: object(fields)?.into(), committed: true })
    }

    /// A write that answers nothing but success; `committed` says whether anything changed.
    pub(super) fn done(committed: bool) -> Outcome {
        Ok(Self { fields: bytes::Bytes::from_static(b"{}"), committed })
    }
}

pub(super) type Outcome = Result<Success, Refusal>;

/// Serialises a result; the sandbox's own types cannot fail at it.
pub(super) fn object(fields: &impl Serialize) -> Result<Vec<u8>, Refusal> {
    serde_json::to_vec(fields).map_err(|error| Refusal::because(codes::BUSY, error.to_string()))
}

/// The start of every success answer.
pub(super) const OK_MEMBERS: &str = "\"errcode\":0,\"errmsg\":\"ok\"";

/// `{"errcode":0,"errmsg":"ok",…fields}`.
pub(super) fn success(outcome: &Success) -> Answer {
    let fields = outcome.fields.get(1..).unwrap_or(b"}");
    let mut body = Vec::with_capacity(OK_MEMBERS.len() + fields.len() + 2);
    body.push(b'{');
    body.extend_from_slice(OK_MEMBERS.as_bytes());
    if fields != b"}" {
        body.push(b',');
    }
    body.extend_from_slice(fields);
    let mut answer = Answer::json(body);
    answer.committed = outcome.committed;
    with_code_headers(answer, 0, "ok")
}

/// Where an error answer says it was asked from, and the number support would ask for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trace<'a> {
    pub(super) from_ip: &'a str,
    pub(super) hint: u64,
}

/// The error answer, with the empty result fields the API's success would have filled.
pub(super) fn error(refusal: &Refusal, empty_fields: &str, trace: Trace<'_>) -> Answer {
    let Refusal { code, text } = refusal;
    let message = format!(
        "{text}, hint: [{}], from ip: {}, more info at \
         https://open.work.weixin.qq.com/devtool/query?e={code}",
        trace.hint, trace.from_ip
    );
    let quoted = serde_json::Value::String(message.clone()).to_string();
    let comma = if empty_fields.is_empty() { "" } else { "," };
    let body = format!("{{\"errcode\":{code},\"errmsg\":{quoted}{comma}{empty_fields}}}");
    with_code_headers(Answer::json(body), *code, &message)
}

fn with_code_headers(mut answer: Answer, code: i64, message: &str) -> Answer {
    answer.headers.push((HeaderName::from_static("error-code"), HeaderValue::from(code)));
    if let Ok(message) = HeaderValue::from_bytes(message.as_bytes()) {
        answer.headers.push((HeaderName::from_static("error-msg"), message));
    }
    answer
}
