//! Calls of APIs that have no typed method here.

use std::fmt;

use bytes::Bytes;
use http::Method;
use leadtag_core::{Call, Idempotency, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{CGI_BIN, MARK_TAG, REMARK, operation, path_of};
use crate::model::{bytes_of, invalid};
use crate::{WecomClient, envelope};

/// One call of any API of WeCom. It goes through token, limits, retries and redaction like every
/// other call; `mark_tag` and `remark` keep their limits.
///
/// It is not sent twice when its outcome is unknown, unless [`idempotent`](Self::idempotent) says
/// that it may be.
///
/// ```no_run
/// # async fn example(client: wecom_corptag::WecomClient) -> leadtag_core::Result<()> {
/// use wecom_corptag::RawCall;
///
/// let call = RawCall::get("externalcontact/get_follow_user_list").idempotent();
/// let answer = client.send(&call).await?;
/// println!("{} members", answer["follow_user"].as_array().map_or(0, Vec::len));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before WecomClient::send"]
pub struct RawCall {
    path: String,
    method: Method,
    query: Vec<(String, String)>,
    body: Bytes,
    idempotency: Idempotency,
}

impl RawCall {
    /// A GET of the API at `path` below `/cgi-bin/`.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            method: Method::GET,
            query: Vec::new(),
            body: Bytes::new(),
            idempotency: Idempotency::NotIdempotent,
        }
    }

    /// A POST to the API at `path` below `/cgi-bin/`, with these very bytes as the JSON body.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(path) }
    }

    /// Adds a query parameter. `access_token` is added by the client.
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

    fn into_call(self) -> Result<Call> {
        let api = api_of(&self.path)?;
        if self.query.iter().any(|(name, _)| name == "access_token") {
            return Err(invalid(&api, "access_token is added by the client; leave it out"));
        }
        let serial_key = match api.as_str() {
            MARK_TAG | REMARK => external_userid(&self.body),
            _ => None,
        };
        let path = path_of(&api);
        let operation = operation(api, self.idempotency);
        let mut call = match self.method {
            Method::POST => Call::post_json(operation, path, self.body),
            _ => Call::get(operation, path),
        };
        for (name, value) in self.query {
            call = call.with_query(name, value);
        }
        Ok(match serial_key {
            Some(key) => call.with_serial_key(key),
            None => call,
        })
    }
}

impl WecomClient {
    /// Posts `body` to the API at `path` below `/cgi-bin/`, such as `externalcontact/remark`, and
    /// returns the whole answer. It is not sent twice; see [`RawCall`].
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API, or as WeCom answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, bytes_of(body, path)?)).await
    }

    /// Sends a call and returns the whole answer.
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, or as WeCom answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let call = call.clone().into_call()?;
        self.pipeline().run(&call, &envelope::decode_any).await
    }
}

/// The name that limits count by: one name for one API, however its path is written.
fn api_of(path: &str) -> Result<String> {
    let api = path.strip_prefix(CGI_BIN).unwrap_or(path).trim_start_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(plain);
    if !api.split('/').all(is_name) {
        let why = "the path must be an API's below /cgi-bin/, such as externalcontact/mark_tag; \
                   parameters go into with_query";
        return Err(invalid("call", why));
    }
    Ok(api.to_owned())
}

/// The customer that a body is about, as leniently read as WeCom may read it.
fn external_userid(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match body.get("external_userid")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customer_of_a_raw_body_is_found_however_it_is_written() {
        for (body, customer) in [
            (r#"{"external_userid":"wm1"}"#, Some("wm1")),
            (r#"{"external_userid":"w\u006d1","x":1}"#, Some("wm1")),
            (r#"{"external_userid":"wm1","external_userid":"wm1"}"#, Some("wm1")),
            (r#"{"external_userid":17}"#, Some("17")),
            (r#"{"external_userid":null}"#, None),
            ("no JSON", None),
        ] {
            assert_eq!(external_userid(body.as_bytes()).as_deref(), customer, "{body}");
        }
    }
}
