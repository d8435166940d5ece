//! Calls of APIs that have no typed method here.

use leadtag_core::body::to_json;
use leadtag_core::{Answer, Call, RawCall, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{LEADS, path_of};
use crate::{DouyinClient, PLATFORM, envelope};

/// What the client puts into every query by itself.
const OWN: &[&str] = &["open_id", "access_token"];

impl DouyinClient {
    /// Posts `body` to the API at `path` and returns the whole answer. It is not sent twice; see
    /// [`send`](Self::send).
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API, or as Douyin answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, to_json(body, PLATFORM, path)?)).await
    }

    /// Sends a call of any API, with the account's `open_id` and token, and returns the whole
    /// answer.
    ///
    /// The path is the one of your own documents, such as `/enterprise/im/card/list/`. Without a
    /// slash in front it stands below `/enterprise/leads/`: `tag/list`. A slash at its end is added.
    ///
    /// ```no_run
    /// # async fn example(client: douyin_leads::DouyinClient) -> leadtag_core::Result<()> {
    /// use douyin_leads::RawCall;
    ///
    /// let call = RawCall::get("/api/douyin/v1/interactive/intention/log/list/").idempotent();
    /// let answer = client.send(&call).await?;
    /// println!("{}", answer["data"]["has_more"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, or if it names account or token; or as
    /// Douyin answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let (api, call) =
            into_call(call).map_err(|error| error.with_context(PLATFORM, call.path()))?;
        let decode = |answer: &Answer| envelope::decode_any(&api, answer);
        self.pipeline().run(&call, &decode).await
    }
}

/// The name of the API, and the call.
fn into_call(raw: &RawCall) -> Result<(String, Call)> {
    let name = raw.api_below(LEADS)?;
    raw.refuse_query(OWN)?;
    let (given, leads) = (raw.path(), LEADS.trim_start_matches('/'));
    let is_whole = given.starts_with('/') && !given.trim_start_matches('/').starts_with(leads);
    let path = if is_whole { ["/", &name, "/"].concat() } else { path_of(&name) };
    Ok((name.clone(), raw.clone().into_call(name, path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_ends_with_a_slash_and_a_relative_one_stands_below_leads() {
        for (given, path) in [
            ("tag/list", "/enterprise/leads/tag/list/"),
            ("/enterprise/leads/tag/list/", "/enterprise/leads/tag/list/"),
            ("enterprise/leads/tag/list", "/enterprise/leads/tag/list/"),
            ("/enterprise/im/card/list", "/enterprise/im/card/list/"),
        ] {
            let (_, call) = into_call(&RawCall::post(given, "{}")).unwrap();
            assert!(format!("{call:?}").contains(&format!("path: {path:?}")), "{call:?}");
        }
        for wrong in ["", "/", "a b", "tag/list?x=1", "../x", "/enterprise/leads/"] {
            assert!(into_call(&RawCall::post(wrong, "{}")).is_err(), "{wrong}");
        }
        assert!(into_call(&RawCall::get("tag/list").with_query("open_id", "x")).is_err());
    }
}
