//! Reading `multipart/form-data` strictly.
//!
//! Documented: the parts' names, all of them text, and that an unused part may be sent empty.
//! Inferred: another content type or a malformed body is 1000, an unknown or repeated part, a file
//! or a text that is no UTF-8 is 10002.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::http::header::CONTENT_TYPE;
use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use multer::Multipart;

use super::codes;
use super::envelope::Refusal;
use crate::call::Call;

/// The text parts of a request; an empty part is the same as none.
#[derive(Debug)]
pub(super) struct Form(HashMap<String, String>);

impl Form {
    pub(super) fn read(call: &Call, known: &[&str]) -> Result<Self, Refusal> {
        let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = multer::parse_boundary(content_type.unwrap_or_default())
            .map_err(|_| Refusal::about(codes::REQUEST_ERROR, "not multipart/form-data"))?;
        let whole = stream::iter([Ok::<Bytes, Infallible>(call.body.clone())]);
        let parts = parts(Multipart::new(whole, boundary), known);
        // The body is complete, so nothing is ever waited for.
        let malformed = || Refusal::about(codes::REQUEST_ERROR, "malformed multipart body");
        parts.now_or_never().ok_or_else(malformed)?.map(Self)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A whole number from 1 on, sent as text.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let number = |text: &str| text.parse().ok().filter(|number| *number > 0);
        let wrong = || Refusal::about(codes::UNEXPECTED_CONTENT, name);
        self.text(name).map(|text| number(text).ok_or_else(wrong)).transpose()
    }
}

async fn parts(
    mut body: Multipart<'_>,
    known: &[&str],
) -> Result<HashMap<String, String>, Refusal> {
    let malformed = |error: multer::Error| Refusal::about(codes::REQUEST_ERROR, &error.to_string());
    let mut parts = HashMap::new();
    while let Some(part) = body.next_field().await.map_err(malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let wrong = || Refusal::about(codes::UNEXPECTED_CONTENT, &name);
        if !known.contains(&name.as_str()) || part.file_name().is_some() {
            return Err(wrong());
        }
        let value = part.bytes().await.map_err(malformed)?;
        let value = String::from_utf8(value.to_vec()).map_err(|_| wrong())?;
        if parts.insert(name.clone(), value).is_some() {
            return Err(wrong());
        }
    }
    Ok(parts)
}
