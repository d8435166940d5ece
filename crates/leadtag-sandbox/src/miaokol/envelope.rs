//! Miaokol's envelope: `{"data", "pager", "errcode"}`, or `{"errcode", "message"}` for an error.

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;

use super::codes;
use super::paging::Pager;
use crate::call::Answer;

/// A call that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    code: i64,
    text: String,
}

impl Refusal {
    pub(super) fn new(code: i64) -> Self {
        Self::because(code, codes::text(code))
    }

    pub(super) fn because(code: i64, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// 406 for a parameter of this name.
    pub(super) fn parameter(name: &str) -> Self {
        Self::because(codes::WRONG_PARAMETER, format!("参数错误: {name}"))
    }
}

/// The answer of a call that succeeded.
#[derive(Debug)]
pub(super) struct Success {
    body: Bytes,
    committed: bool,
}

pub(super) type Outcome = Result<Success, Refusal>;

#[derive(Serialize)]
struct Envelope<'a, T> {
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pager: Option<Pager>,
    errcode: i64,
}

impl Success {
    /// A read with this result.
    pub(super) fn read(data: &impl Serialize) -> Outcome {
        Self::new(data, None, false)
    }

    /// One page of a list.
    pub(super) fn page(data: &impl Serialize, pager: Pager) -> Outcome {
        Self::new(data, Some(pager), false)
    }

    /// A write with this result; `committed` says whether anything changed.
    pub(super) fn wrote(data: &impl Serialize, committed: bool) -> Outcome {
        Self::new(data, None, committed)
    }

    fn new(data: &impl Serialize, pager: Option<Pager>, committed: bool) -> Outcome {
        let body = serde_json::to_vec(&Envelope { data, pager, errcode: 0 })
            .map_err(|error| Refusal::because(codes::BASE_SERVICE, error.to_string()))?;
        Ok(Self { body: body.into(), committed })
    }
}

/// How every success answer ends.
pub(super) const OK_MEMBER: &str = ",\"errcode\":0}";

pub(super) fn success(success: Success) -> Answer {
    Answer { committed: success.committed, ..Answer::json(success.body) }
}

pub(super) fn error(refusal: &Refusal) -> Answer {
    let body = json!({ "errcode": refusal.code, "message": refusal.text });
    Answer::json(body.to_string())
}
