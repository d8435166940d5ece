//! The envelope: `code`, `msg` and `data`, in this order, with status 200.
//!
//! The members are documented on every page. That refusals come with status 200 too, and with
//! `"data":null`, is inferred.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use serde::Serialize;
use serde_json::Value;

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
        Self { code, text: codes::text(code).to_owned() }
    }

    /// The code's own text, and what it is about.
    pub(super) fn about(code: i64, what: &str) -> Self {
        Self { code, text: format!("{}: {what}", codes::text(code)) }
    }
}

/// What a call that succeeded has to say.
#[derive(Debug)]
pub(super) struct Success {
    /// The text of `data`.
    data: Vec<u8>,
    committed: bool,
}

pub(super) type Outcome = Result<Success, Refusal>;

impl Success {
    /// A read with this `data`.
    pub(super) fn read(data: &impl Serialize) -> Outcome {
        let data = serde_json::to_vec(data)
            .map_err(|error| Refusal::about(codes::EXCEPTION, &error.to_string()))?;
        Ok(Self { data, committed: false })
    }

    /// A write; `committed` says whether anything changed. `data` is `null`, as documented for
    /// `del-leads` and `save-user-behavior`.
    pub(super) fn wrote(committed: bool) -> Outcome {
        Ok(Self { data: b"null".to_vec(), committed })
    }
}

pub(super) fn success(success: &Success) -> Answer {
    let answer = envelope(codes::OK, codes::text(codes::OK), &success.data);
    Answer { committed: success.committed, ..answer }
}

pub(super) fn error(refusal: &Refusal) -> Answer {
    envelope(refusal.code, &refusal.text, b"null")
}

fn envelope(code: i64, text: &str, data: &[u8]) -> Answer {
    let text = Value::from(text);
    let mut body = format!("{{\"code\":{code},\"msg\":{text},\"data\":").into_bytes();
    body.extend_from_slice(data);
    body.push(b'}');
    Answer::json(body)
}

const TOO_MANY_REQUESTS: &str = "<html>\r\n<head><title>429 Too Many Requests</title></head>\r\n\
    <body>\r\n<center><h1>429 Too Many Requests</h1></center>\r\n</body>\r\n</html>\r\n";

/// A gateway's refusal for so many seconds: the documents name no code for too many calls.
pub(super) fn too_many_requests(seconds: u64) -> Answer {
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut answer = Answer::plain(status, "text/html", TOO_MANY_REQUESTS);
    answer.headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
    answer
}
