//! The last requests, word for word, for tests that check what was really sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::call::Call;

const KEPT: usize = 1_000;

/// One request as it arrived.
///
/// Holds whatever the caller sent, tokens and secrets included: the sandbox's are made up, a
/// caller's own might not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The API name, such as `add_corp_tag`.
    pub api: String,
    /// The HTTP method.
    pub method: String,
    /// The path with the platform's prefix, without the query.
    pub path: String,
    /// The raw query, percent-encoding kept; empty when there is none.
    pub query: String,
    /// Header names in lower case, with their values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body; bytes that are no UTF-8 are replaced by U+FFFD.
    pub body: String,
}

#[derive(Debug)]
pub(crate) struct Recorder {
    on: bool,
    kept: Mutex<VecDeque<RecordedRequest>>,
}

impl Recorder {
    pub(crate) fn new(on: bool) -> Self {
        Self { on, kept: Mutex::default() }
    }

    pub(crate) fn push(&self, call: &Call) {
        if !self.on {
            return;
        }
        let headers = call.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let request = RecordedRequest {
            api: call.api.to_owned(),
            method: call.method.to_string(),
            path: call.path.clone(),
            query: call.raw_query.clone(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&call.body).into_owned(),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(request);
    }

    /// The kept requests to one API, oldest first; all of them for `None`.
    pub(crate) fn of(&self, api: Option<&str>) -> Vec<RecordedRequest> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().filter(|r| api.is_none_or(|api| r.api == api)).cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
