//! Calls of APIs that have no typed method here.

use leadtag_core::body::to_json;
use leadtag_core::{Call, RawCall, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{CGI_BIN, MARK_TAG, REMARK, path_of};
use crate::{PLATFORM, WecomClient, envelope};

impl WecomClient {
    /// Posts `body` to the API at `path` below `/cgi-bin/`, such as `externalcontact/remark`, and
    /// returns the whole answer. It is not sent twice; see [`RawCall`].
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API, or as WeCom answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, to_json(body, PLATFORM, path)?)).await
    }

    /// Sends a call to an API below `/cgi-bin/` and returns the whole answer. `mark_tag` and
    /// `remark` keep their limits.
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
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, or as WeCom answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let call = into_call(call).map_err(|error| error.with_context(PLATFORM, call.path()))?;
        self.pipeline().run(&call, &envelope::decode_any).await
    }
}

fn into_call(raw: &RawCall) -> Result<Call> {
    let api = raw.api_below(CGI_BIN)?;
    raw.refuse_query(&["access_token"])?;
    let serial_key = match api.as_str() {
        MARK_TAG | REMARK => external_userid(raw.body()),
        _ => None,
    };
    let path = path_of(&api);
    let call = raw.clone().into_call(api, path);
    Ok(match serial_key {
        Some(key) => call.with_serial_key(key),
        None => call,
    })
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
