//! What a provider asks the pipeline to send.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

use crate::{BaseUrl, Idempotency, Request, body};

/// What is called: its names, and what may be done about a failure.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The name in errors and logs, as the platform names it.
    pub name: Cow<'static, str>,
    /// The name that limits count by.
    pub api: Cow<'static, str>,
    /// Whether it may be sent twice.
    pub idempotency: Idempotency,
    /// Whether it carries a token. Fetching one does not.
    pub with_token: bool,
}

/// One call, before token and signature are put on it.
#[derive(Clone)]
pub struct Call {
    pub(crate) operation: Operation,
    method: Method,
    path: Cow<'static, str>,
    query: Vec<(Cow<'static, str>, String)>,
    content_type: Option<HeaderValue>,
    body: Bytes,
    pub(crate) serial_key: Option<String>,
}

impl Call {
    /// A GET.
    #[must_use]
    pub fn get(operation: Operation, path: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation,
            method: Method::GET,
            path: path.into(),
            query: Vec::new(),
            content_type: None,
            body: Bytes::new(),
            serial_key: None,
        }
    }

    /// A POST with a JSON body.
    #[must_use]
    pub fn post_json(
        operation: Operation,
        path: impl Into<Cow<'static, str>>,
        body: impl Into<Bytes>,
    ) -> Self {
        Self {
            method: Method::POST,
            content_type: Some(HeaderValue::from_static("application/json")),
            body: body.into(),
            ..Self::get(operation, path)
        }
    }

    /// A POST with a body of this content type.
    #[must_use]
    pub fn post(
        operation: Operation,
        path: impl Into<Cow<'static, str>>,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(operation, path) }
            .with_content_type(content_type)
    }

    /// A POST with an `application/x-www-form-urlencoded` body.
    #[must_use]
    pub fn post_form<'a>(
        operation: Operation,
        path: impl Into<Cow<'static, str>>,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let content_type = "application/x-www-form-urlencoded";
        Self::post(operation, path, content_type, body::form(pairs))
    }

    /// A POST with these texts as `multipart/form-data`.
    #[must_use]
    pub fn post_multipart<'a>(
        operation: Operation,
        path: impl Into<Cow<'static, str>>,
        parts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let (content_type, body) = body::multipart(parts);
        Self::post(operation, path, &content_type, body)
    }

    /// Sets the content type, also of a call without a body. Whatever cannot stand in a header is
    /// left out.
    #[must_use]
    pub fn with_content_type(mut self, content_type: &str) -> Self {
        self.content_type = HeaderValue::from_str(content_type).ok();
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn with_query(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Counts it under `api` for the limits, where several APIs share one.
    #[must_use]
    pub fn counted_as(mut self, api: impl Into<Cow<'static, str>>) -> Self {
        self.operation.api = api.into();
        self
    }

    /// Makes calls with the same key go one after the other.
    #[must_use]
    pub fn with_serial_key(mut self, key: impl Into<String>) -> Self {
        self.serial_key = Some(key.into());
        self
    }

    /// The request of one attempt.
    pub(crate) fn request(&self, base: &BaseUrl) -> Request {
        let mut url = base.join(&self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(content_type) = &self.content_type {
            headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        Request { method: self.method.clone(), url, headers, body: self.body.clone() }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.name)
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
