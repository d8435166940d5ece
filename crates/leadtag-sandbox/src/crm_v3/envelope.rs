//! The envelope `{"code", "message", "data"?}`, and the `Date` header around it.
//!
//! Documented: status 200 for errors too; `message` is `ok` or `success`; `data` may be an object, a
//! list, a bare number or absent. Inferred: an error has no `data`.

use axum::http::StatusCode;
use axum::http::header::{DATE, HeaderValue};
use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::{codes, time};
use crate::call::Answer;

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: i64,
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(code: i64) -> Self {
        Self::because(code, codes::text(code))
    }

    pub(super) fn because(code: i64, text: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, code, text: text.into() }
    }

    pub(super) fn parameter(text: impl Into<String>) -> Self {
        Self::because(codes::INVALID_PARAMETER, text)
    }
}

/// The two words for success; which call says which follows the samples where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Ok,
    Success,
}

/// What a call that succeeded has to say.
#[derive(Debug)]
pub(super) struct Success {
    word: Word,
    /// The JSON of `data`; none if it is absent.
    data: Option<Bytes>,
    committed: bool,
}

pub(super) type Outcome = Result<Success, Refusal>;

impl Success {
    /// A read with this result.
    pub(super) fn read(word: Word, data: &impl Serialize) -> Outcome {
        Ok(Self { word, data: Some(json_of(data)?), committed: false })
    }

    /// A read that repeats JSON as it came; nothing for nothing.
    pub(super) fn repeat(data: &Bytes) -> Outcome {
        let data = (!data.is_empty()).then(|| data.clone());
        Ok(Self { word: Word::Success, data, committed: false })
    }

    /// A write with this result.
    pub(super) fn wrote(data: &impl Serialize) -> Outcome {
        Ok(Self { word: Word::Success, data: Some(json_of(data)?), committed: true })
    }

    /// A write that answers `code` and `message` only.
    pub(super) fn done() -> Outcome {
        Ok(Self { word: Word::Success, data: None, committed: true })
    }
}

/// Serialises a result; the sandbox's own types cannot fail at it.
fn json_of(data: &impl Serialize) -> Result<Bytes, Refusal> {
    let text = serde_json::to_vec(data);
    text.map(Bytes::from).map_err(|error| Refusal::because(codes::INTERNAL, error.to_string()))
}

pub(super) fn success(success: &Success) -> Answer {
    let mut body = match success.word {
        Word::Ok => br#"{"code":0,"message":"ok""#.to_vec(),
        Word::Success => br#"{"code":0,"message":"success""#.to_vec(),
    };
    if let Some(data) = &success.data {
        body.extend_from_slice(b",\"data\":");
        body.extend_from_slice(data);
    }
    body.push(b'}');
    Answer { committed: success.committed, ..Answer::json(body) }
}

pub(super) fn error(refusal: &Refusal) -> Answer {
    let body = json!({ "code": refusal.code, "message": refusal.text });
    Answer { status: refusal.status, ..Answer::json(body.to_string()) }
}

/// The answer with the clock of the server on it, in seconds since the Unix epoch.
pub(super) fn dated(mut answer: Answer, now: i64) -> Answer {
    if let Ok(date) = HeaderValue::try_from(time::http_date(now)) {
        answer.headers.push((DATE, date));
    }
    answer
}
