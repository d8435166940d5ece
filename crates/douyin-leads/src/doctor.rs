//! Whether an account can be used.

use leadtag_core::doctor::{DateNote, Findings};
use leadtag_core::{Answer, Check, Diagnose, Result, async_trait};

use crate::client::get;
use crate::model::{ListTags, TagList};
use crate::tags::LIST;
use crate::{DouyinClient, envelope};

/// Five checks: reachability, credentials, clock, permission, limits. Fetches an access token,
/// unless one is at hand, and lists one tag.
#[async_trait]
impl Diagnose for DouyinClient {
    async fn diagnose(&self) -> Vec<Check> {
        let token = self.pipeline().check_token().await;
        let date = DateNote::default();
        let probe = match &token {
            Some(Err(error)) => Err(error.clone()),
            _ => self.count_tags(&date).await,
        };
        Findings {
            service: "Douyin",
            credentials: "client_key and the account's authorisation",
            token,
            probe,
            date: date.told(),
            now: self.pipeline().clock().now(),
            clock_tolerance: None,
            paused: self.limiter().status(LIST).paused,
            remedy: &|_| None,
        }
        .checks()
    }
}

impl DouyinClient {
    /// Lists one tag, and notes the time that stands in the answer's head.
    async fn count_tags(&self, date: &DateNote) -> Result<String> {
        let decode = |answer: &Answer| {
            date.take(answer);
            envelope::decode::<TagList>(LIST, answer)
        };
        let call = get(LIST, ListTags::first().with_count(1).query());
        self.pipeline().run(&call, &decode).await?;
        Ok("tags can be listed".to_owned())
    }
}
