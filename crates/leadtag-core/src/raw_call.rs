//! Calls of APIs that have no typed method.

use std::fmt;

use bytes::Bytes;
use http::Method;

use crate::{Call, Error, Idempotency, Operation, Result, body};

/// One call of any API of a platform. It goes through token, signature, limits, retries and
/// redaction like every other call.
///
/// It is not sent twice when its outcome is unknown, unless [`idempotent`](Self::idempotent) says
/// that it may be.
#[derive(Clone)]
#[must_use = "nothing is sent before a client sends it"]
pub struct RawCall {
    path: String,
    method: Method,
    query: Vec<(String, String)>,
    content_type: Option<String>,
    body: Bytes,
    idempotency: Idempotency,
}

impl RawCall {
    /// A GET of the API at `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            method: Method::GET,
            query: Vec::new(),
            content_type: None,
            body: Bytes::new(),
            idempotency: Idempotency::NotIdempotent,
        }
    }

    /// A POST to the API at `path`, with these very bytes as the JSON body.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(path) }
    }

    /// A POST to the API at `path`, with these texts as `multipart/form-data`.
    pub fn post_multipart<'a>(
        path: impl Into<String>,
        parts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let (content_type, body) = body::multipart(parts);
        Self { content_type: Some(content_type), ..Self::post(path, body) }
    }

    /// Adds a query parameter. What the client adds by itself, such as the token, must not stand
    /// here.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Says that sending it twice leaves the same state as sending it once, so that it is sent
    /// again when its outcome is unknown.
    pub fn idempotent(mut self) -> Self {
        self.idempotency = Idempotency::Idempotent;
        self
    }

    /// The path, as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The path below `prefix`, without slashes around it: one name for one API, however its path
    /// is written.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not made of plain names.
    pub fn api_below(&self, prefix: &str) -> Result<String> {
        let path = self.path.trim_start_matches('/');
        let api = path.strip_prefix(prefix.trim_start_matches('/')).unwrap_or(path);
        let api = api.trim_matches('/');
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let is_name = |part: &str| !part.is_empty() && part.bytes().all(plain);
        if api.split('/').all(is_name) {
            return Ok(api.to_owned());
        }
        Err(Error::invalid_argument(
            "the path must be an API's path of plain names; parameters go into with_query",
        ))
    }

    /// Refuses query parameters that the client adds by itself.
    ///
    /// # Errors
    /// `InvalidArgument` that names the parameter.
    pub fn refuse_query(&self, reserved: &[&str]) -> Result<()> {
        match self.query.iter().find(|(name, _)| reserved.contains(&name.as_str())) {
            Some((name, _)) => {
                Err(Error::invalid_argument(format!("{name} is added by the client; leave it out")))
            }
            None => Ok(()),
        }
    }

    /// The call of the API named `api`, at the real `path`.
    pub fn into_call(self, api: String, path: String) -> Call {
        let operation = Operation {
            name: api.clone().into(),
            api: api.into(),
            idempotency: self.idempotency,
            with_token: true,
        };
        let mut call = match (self.method, self.content_type) {
            (Method::POST, None) => Call::post_json(operation, path, self.body),
            (Method::POST, Some(content_type)) => {
                Call::post(operation, path, &content_type, self.body)
            }
            _ => Call::get(operation, path),
        };
        for (name, value) in self.query {
            call = call.with_query(name, value);
        }
        call
    }
}

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.method)
            .field("path", &self.path.split('?').next().unwrap_or_default())
            .finish_non_exhaustive()
    }
}
