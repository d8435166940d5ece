//! One request and its answer, as every platform sees them.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use bytes::Bytes;

/// A request that has been read completely.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) api: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// A query parameter, percent-decoded; the first one if it is repeated.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The cursor this call carries, in the query or as a body member.
    pub(crate) fn cursor(&self) -> Option<String> {
        if let Some(cursor) = self.param("cursor") {
            return Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty());
        }
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        let cursor = body.get("cursor")?.as_str()?;
        Some(cursor.to_owned()).filter(|cursor| !cursor.is_empty())
    }
}

/// What a platform answers, before a fault spoils it.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// Whether the call changed the platform's state.
    pub(crate) committed: bool,
}

impl Answer {
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            content_type: "application/json; charset=UTF-8",
            body: body.into(),
            committed: false,
        }
    }

    pub(crate) fn plain(
        status: StatusCode,
        content_type: &'static str,
        body: &'static str,
    ) -> Self {
        Self { status, content_type, ..Self::json(body) }
    }

    pub(crate) fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// The HTTP response around any body, usually the answer's own.
    pub(crate) fn response(&self, body: Body) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        response
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        self.response(Body::from(self.body.clone()))
    }
}
