//! Calls of APIs that have no typed method here.

use leadtag_core::body::to_json;
use leadtag_core::{Call, Error, RawCall, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{FORM, JSON, TENANT, path_of};
use crate::contacts::{UPDATE_CONTACT, contact_key};
use crate::{MiaokolClient, PLATFORM, envelope};

/// What the client puts into every call by itself.
const OWN: &[&str] = &["app_id", "access_token"];

impl MiaokolClient {
    /// Posts `body`, a JSON object, to the API at `path`, such as `wechat/rooms`, and returns the
    /// whole answer. App and token are put before its members. It is not sent twice; see
    /// [`RawCall`].
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API or `body` no object, or as Miaokol answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, to_json(body, PLATFORM, path)?)).await
    }

    /// Sends a call to an API and returns the whole answer.
    ///
    /// ```no_run
    /// # async fn example(client: miaokol_smarttag::MiaokolClient) -> leadtag_core::Result<()> {
    /// use miaokol_smarttag::RawCall;
    ///
    /// let call = RawCall::get("wechat/corpList").idempotent();
    /// let answer = client.send(&call).await?;
    /// println!("{} companies", answer["data"].as_array().map_or(0, Vec::len));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, if its body is no JSON object, or if it
    /// names app or token; or as Miaokol answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let call = into_call(call).map_err(|error| error.with_context(PLATFORM, call.path()))?;
        self.pipeline().run(&call, &envelope::decode_any).await
    }
}

fn into_call(raw: &RawCall) -> Result<Call> {
    let api = raw.api_below("")?;
    raw.refuse_query(OWN)?;
    let path = path_of(&api);
    if raw.method() == "GET" {
        return Ok(raw.clone().into_call(api, path).counted_as(TENANT).with_content_type(FORM));
    }
    let members = members_of(raw.body())?;
    let key = (api == UPDATE_CONTACT).then(|| contact_key_of(&members)).flatten();
    let call = raw.clone().into_call(api, path).counted_as(TENANT).with_content_type(JSON);
    Ok(match key {
        Some(key) => call.with_serial_key(key),
        None => call,
    })
}

/// The object that app and token are put into.
fn members_of(body: &[u8]) -> Result<Value> {
    let body = if body.is_empty() { b"{}" } else { body };
    let members: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(object) = members.as_object() else {
        return Err(Error::invalid_argument("the body must be a JSON object"));
    };
    match OWN.iter().find(|name| object.contains_key(**name)) {
        Some(name) => Err(Error::invalid_argument(format!(
            "{name} is added by the client; leave it out of the body"
        ))),
        None => Ok(members),
    }
}

fn contact_key_of(members: &Value) -> Option<String> {
    Some(contact_key(members.get("rel_wxid")?.as_str()?, members.get("contact_wxid")?.as_str()?))
}
