//! Calls of APIs that have no typed method here.

use leadtag_core::body::to_json;
use leadtag_core::{Answer, Call, RawCall, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{API_V3, path_of};
use crate::{CrmV3Client, PLATFORM, envelope};

impl CrmV3Client {
    /// Posts `body` to the API at `path` and returns the whole answer. It is not sent twice; see
    /// [`send`](Self::send).
    ///
    /// # Errors
    /// `InvalidArgument` if `path` is no path of an API, or as the platform answers.
    pub async fn call(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Result<Value> {
        self.send(&RawCall::post(path, to_json(body, PLATFORM, path)?)).await
    }

    /// Sends a call of any API and returns the whole answer. The bytes of the body are signed and
    /// sent as they are.
    ///
    /// The path is the one of your own documents, such as `/api/v2/push-register` or
    /// `/order/profile-fields/map`. Without a slash in front it stands below `/api/v3/`:
    /// `customer/search`. Every known API of this platform is a POST.
    ///
    /// ```no_run
    /// # async fn example(client: crm_v3::CrmV3Client) -> leadtag_core::Result<()> {
    /// use crm_v3::RawCall;
    ///
    /// let body = r#"{"pageNo":1,"pageSize":20}"#;
    /// let answer = client.send(&RawCall::post("/api/v3/get-users", body).idempotent()).await?;
    /// println!("{}", answer["data"]["result"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if its path is no path of an API, or as the platform answers.
    pub async fn send(&self, call: &RawCall) -> Result<Value> {
        let call = into_call(call).map_err(|error| error.with_context(PLATFORM, call.path()))?;
        let clock = self.pipeline().clock();
        let decode = |answer: &Answer| envelope::decode_any(answer, clock.now());
        self.pipeline().run(&call, &decode).await
    }
}

fn into_call(raw: &RawCall) -> Result<Call> {
    let mut api = raw.api_below(API_V3)?;
    let (given, v3) = (raw.path(), API_V3.trim_start_matches('/'));
    let is_whole = given.starts_with('/') && !given.trim_start_matches('/').starts_with(v3);
    if is_whole || api.starts_with("api/") {
        api.insert(0, '/');
    }
    let path = path_of(&api);
    Ok(raw.clone().into_call(api, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_documents_and_one_below_v3_are_the_same_api() {
        for (given, path) in [
            ("clue/get", "/api/v3/clue/get"),
            ("/api/v3/clue/get", "/api/v3/clue/get"),
            ("api/v3/clue/get/", "/api/v3/clue/get"),
            ("/api/v2/push-register", "/api/v2/push-register"),
            ("api/v2/push-register", "/api/v2/push-register"),
            ("/order/profile-fields/map", "/order/profile-fields/map"),
        ] {
            let call = into_call(&RawCall::post(given, "{}")).unwrap();
            assert!(format!("{call:?}").contains(&format!("path: {path:?}")), "{call:?}");
        }
        for wrong in ["", "/", "a b", "clue/get?x=1", "../x", "/api/v3/"] {
            assert!(into_call(&RawCall::post(wrong, "{}")).is_err(), "{wrong}");
        }
    }
}
