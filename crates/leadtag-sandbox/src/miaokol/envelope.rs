//! The envelope: `data`, `pager` on lists, and `errcode`, in this order, with status 200; an error
//! has `errcode` and `message` only.
//!
//! Documented: the members, and the form of both answers. That errors come with status 200 too is
//! inferred from the samples.

use serde::Serialize;
use serde_json::json;

use super::codes;
use super::page::Pager;
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

/// The body of a call that succeeded, and whether anything changed.
#[derive(Debug)]
pub(super) struct Success {
    body: Vec<u8>,
    committed: bool,
}

pub(super) type Outcome = Result<Success, Refusal>;

#[derive(Serialize)]
struct Body<T> {
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pager: Option<Pager>,
    errcode: i64,
}

/// What the document prints as the answer of `updateContact`, comment and missing comma included.
const LITERAL_SAMPLE: &str = "{\n    \"data\":{}//客户信息\n    \"errcode\":0\n}";

impl Success {
    pub(super) fn read(data: impl Serialize) -> Outcome {
        Self::of(&Body { data, pager: None, errcode: codes::OK }, false)
    }

    pub(super) fn page(data: impl Serialize, pager: Pager) -> Outcome {
        Self::of(&Body { data, pager: Some(pager), errcode: codes::OK }, false)
    }

    /// A write; `committed` says whether anything changed.
    pub(super) fn wrote(data: impl Serialize, committed: bool) -> Outcome {
        Self::of(&Body { data, pager: None, errcode: codes::OK }, committed)
    }

    /// A body of another form than the envelope.
    pub(super) fn bare(body: &impl Serialize) -> Outcome {
        Self::of(body, false)
    }

    pub(super) fn literal_sample(committed: bool) -> Outcome {
        Ok(Self { body: LITERAL_SAMPLE.as_bytes().to_vec(), committed })
    }

    fn of(body: &impl Serialize, committed: bool) -> Outcome {
        let body = serde_json::to_vec(body)
            .map_err(|error| Refusal::about(codes::EXCEPTION, &error.to_string()))?;
        Ok(Self { body, committed })
    }
}

pub(super) fn success(success: Success) -> Answer {
    Answer { committed: success.committed, ..Answer::json(success.body) }
}

pub(super) fn error(refusal: &Refusal) -> Answer {
    Answer::json(json!({ "errcode": refusal.code, "message": refusal.text }).to_string())
}
