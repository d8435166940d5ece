//! Calls of APIs that have no typed method here.

use leadtag_core::body::to_json;
use leadtag_core::{Call, RawCall, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::name_of;
use crate::{BeschannelsClient, PLATFORM, envelope};

impl BeschannelsClient {
    /// Posts `body` as JSON to the API at `path`, the whole path as the vendor's document shows
    /// it, such as `/leads/open-api/leads-details`, and returns the whole answer. It is not sent
    /// twice; see [`RawCall`].
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API, or as the platform answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, to_json(body, PLATFORM, path)?)).await
    }

    /// Sends a call and returns the whole answer. For the endpoints whose paths are not in the
    /// documents that this crate is made from: tags (标签), lists of groups (分组) and of leads.
    ///
    /// ```no_run
    /// # async fn example(client: beschannels_leads::BeschannelsClient, user: &str)
    /// # -> leadtag_core::Result<()> {
    /// use beschannels_leads::RawCall;
    ///
    /// let parts = [("user_id", user), ("group_obj", "member"), ("page_num", "1")];
    /// let call = RawCall::post_multipart("/leads/open-api/group-user-list", parts).idempotent();
    /// let answer = client.send(&call).await?;
    /// println!("{} members", answer["data"]["total"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, or as the platform answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let call = into_call(call).map_err(|error| error.with_context(PLATFORM, call.path()))?;
        self.pipeline().run(&call, &envelope::decode_any).await
    }
}

fn into_call(raw: &RawCall) -> Result<Call> {
    // Checks the path, and takes no prefix off: it is needed whole.
    let path = raw.api_below("/")?;
    raw.refuse_query(&["access_token"])?;
    Ok(raw.clone().into_call(name_of(&path), format!("/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::LEADS;

    #[test]
    fn one_api_has_one_name_however_it_is_called() {
        for path in ["/leads/open-api/leads-details", "leads/open-api/leads-details/"] {
            let call = into_call(&RawCall::post(path, "{}")).unwrap();
            let shown = format!("{call:?}");
            assert!(shown.contains("\"leads-details\""), "{shown}");
            assert!(shown.contains(&format!("\"{LEADS}leads-details\"")), "{shown}");
        }
    }
}
