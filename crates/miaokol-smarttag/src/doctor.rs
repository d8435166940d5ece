//! Whether an account can be used.

use leadtag_core::doctor::{DateNote, Findings};
use leadtag_core::{Answer, Check, Diagnose, Result, async_trait};

use crate::client::{TENANT, get};
use crate::model::{ListSmartTags, SmartTagGroup};
use crate::tags::LIST;
use crate::{MiaokolClient, envelope};

/// Five checks: reachability, credentials, clock, permission, limits. Fetches a token, unless one
/// is at hand, and lists one tag group.
#[async_trait]
impl Diagnose for MiaokolClient {
    async fn diagnose(&self) -> Vec<Check> {
        let token = self.pipeline().check_token().await;
        let date = DateNote::default();
        let probe = match &token {
            Some(Err(error)) => Err(error.clone()),
            _ => self.count_groups(&date).await,
        };
        Findings {
            service: "Miaokol",
            credentials: "app_id and app_secret",
            token,
            probe,
            date: date.told(),
            now: self.pipeline().clock().now(),
            clock_tolerance: None,
            paused: self.limiter().status(TENANT).paused,
            remedy: &|_| None,
        }
        .checks()
    }
}

impl MiaokolClient {
    /// Lists one tag group, and notes the time that stands in the answer's head.
    async fn count_groups(&self, date: &DateNote) -> Result<String> {
        let request = ListSmartTags::new().with_page_size(1);
        let decode = |answer: &Answer| {
            date.take(answer);
            envelope::decode_list::<SmartTagGroup>(answer)
        };
        let list = self.pipeline().run(&get(LIST, request.query()), &decode).await?;
        Ok(match list.pager.as_ref().and_then(|pager| pager.num_records) {
            Some(groups) => format!("{groups} tag groups"),
            None => "tag groups can be listed".to_owned(),
        })
    }
}
