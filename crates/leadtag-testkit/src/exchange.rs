//! One exchange of a script: what must be sent, and what comes back.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderName, Method};
use leadtag_core::Request;
use serde_json::Value;

use crate::Reply;

/// What must be sent, and what comes back. Only what is stated is compared.
#[derive(Clone, Debug)]
#[must_use = "an exchange does nothing until it is given to a transport"]
pub struct Exchange {
    method: Option<Method>,
    path: Option<String>,
    query: Vec<(String, String)>,
    query_complete: bool,
    headers: Vec<(HeaderName, String)>,
    body: Body,
    pub(crate) reply: Reply,
}

#[derive(Clone, Debug)]
enum Body {
    Any,
    Bytes(Bytes),
    Json(Value),
}

impl Exchange {
    /// Any request is right.
    pub fn any(reply: Reply) -> Self {
        Self {
            method: None,
            path: None,
            query: Vec::new(),
            query_complete: false,
            headers: Vec::new(),
            body: Body::Any,
            reply,
        }
    }

    /// A request with this method and path, the base URL's prefix included.
    pub fn new(method: Method, path: impl Into<String>, reply: Reply) -> Self {
        Self { method: Some(method), path: Some(path.into()), ..Self::any(reply) }
    }

    /// A GET of this path.
    pub fn get(path: impl Into<String>, reply: Reply) -> Self {
        Self::new(Method::GET, path, reply)
    }

    /// A POST to this path.
    pub fn post(path: impl Into<String>, reply: Reply) -> Self {
        Self::new(Method::POST, path, reply)
    }

    /// The query must have this pair.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The query must have the pairs that were named, and no others.
    pub fn with_no_other_query(mut self) -> Self {
        self.query_complete = true;
        self
    }

    /// There must be this header.
    pub fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The body must be exactly these bytes.
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Body::Bytes(body.into());
        self
    }

    /// The body must be this JSON, whatever its spacing and the order of its members.
    pub fn with_json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// In one line, for a list of what was not asked for.
    pub(crate) fn title(&self) -> String {
        let method = self.method.as_ref().map_or("any method", Method::as_str);
        format!("{method} {}", self.path.as_deref().unwrap_or("any path"))
    }

    /// The differences, one a line; empty if `request` is right.
    pub(crate) fn differences(&self, request: &Request) -> String {
        let mut diff = String::new();
        if let Some(method) = &self.method {
            compare(&mut diff, "method", method.as_str(), request.method.as_str());
        }
        if let Some(path) = &self.path {
            compare(&mut diff, "path", path, request.url.path());
        }
        self.compare_query(&mut diff, request);
        for (name, value) in &self.headers {
            let mut found = request.headers.get_all(name).iter();
            if !found.any(|v| v.as_bytes() == value.as_bytes()) {
                let found: Vec<_> = request.headers.get_all(name).iter().collect();
                let _ = writeln!(diff, "  header {name}: expected {value:?}, found {found:?}");
            }
        }
        self.compare_body(&mut diff, &request.body);
        diff
    }

    fn compare_query(&self, diff: &mut String, request: &Request) {
        let mut left: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
        for pair in &self.query {
            match left.iter().position(|found| found == pair) {
                Some(at) => drop(left.remove(at)),
                None => {
                    let (name, value) = pair;
                    let _ = writeln!(diff, "  query: expected {name}={value}, found {left:?}");
                }
            }
        }
        if self.query_complete && !left.is_empty() {
            let _ = writeln!(diff, "  query: unexpected {left:?}");
        }
    }

    fn compare_body(&self, diff: &mut String, body: &Bytes) {
        match &self.body {
            Body::Any => {}
            Body::Bytes(expected) if expected == body => {}
            Body::Bytes(expected) => {
                let _ = writeln!(diff, "  body: expected {expected:?}, found {body:?}");
            }
            Body::Json(expected) => match serde_json::from_slice::<Value>(body) {
                Ok(found) => compare_json(diff, "$", expected, &found),
                Err(_) => {
                    let _ = writeln!(diff, "  body: expected JSON {expected}, found {body:?}");
                }
            },
        }
    }
}

fn compare(diff: &mut String, what: &str, expected: &str, found: &str) {
    if expected != found {
        let _ = writeln!(diff, "  {what}: expected {expected}, found {found}");
    }
}

/// Names the places that differ, not the whole documents.
fn compare_json(diff: &mut String, at: &str, expected: &Value, found: &Value) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                match found.get(name) {
                    Some(other) => compare_json(diff, &format!("{at}.{name}"), value, other),
                    None => {
                        let _ = writeln!(diff, "  body {at}.{name}: expected {value}, missing");
                    }
                }
            }
            for (name, value) in found.iter().filter(|(name, _)| !expected.contains_key(*name)) {
                let _ = writeln!(diff, "  body {at}.{name}: unexpected {value}");
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (n, (one, other)) in expected.iter().zip(found).enumerate() {
                compare_json(diff, &format!("{at}[{n}]"), one, other);
            }
        }
        _ if expected == found => {}
        _ => {
            let _ = writeln!(diff, "  body {at}: expected {expected}, found {found}");
        }
    }
}
