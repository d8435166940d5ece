//! Whether an account can be used.

use leadtag_core::doctor::{DateNote, Findings};
use leadtag_core::{Answer, Check, Diagnose, Result, async_trait};

use crate::client::post_parts;
use crate::leads::GROUP_USER_LIST;
use crate::model::GroupUserPage;
use crate::{BeschannelsClient, envelope};

/// Five checks: reachability, credentials, clock, permission, limits. Fetches a token, unless one
/// is at hand, and lists one lead of the group that the client is made for.
#[async_trait]
impl Diagnose for BeschannelsClient {
    async fn diagnose(&self) -> Vec<Check> {
        let token = self.pipeline().check_token().await;
        let date = DateNote::default();
        let probe = match &token {
            Some(Err(error)) => Err(error.clone()),
            _ => self.count_leads(&date).await,
        };
        Findings {
            service: "Beschannels",
            credentials: "app_id and app_secret",
            token,
            probe,
            date: date.told(),
            now: self.pipeline().clock().now(),
            clock_tolerance: None,
            paused: self.limiter().status(GROUP_USER_LIST).paused,
            remedy: &|_| None,
        }
        .checks()
    }
}

impl BeschannelsClient {
    /// Lists one lead, and notes the time that stands in the answer's head.
    async fn count_leads(&self, date: &DateNote) -> Result<String> {
        let call = post_parts(GROUP_USER_LIST, &self.list_of_group()?.with_page(1, 1))?;
        let decode = |answer: &Answer| {
            date.take(answer);
            envelope::decode::<GroupUserPage>(answer)
        };
        let page = self.pipeline().run(&call, &decode).await?;
        let object = self.group().group_obj.as_str();
        Ok(match page.total {
            Some(total) => format!("{total} leads ({object})"),
            None => format!("leads can be listed ({object})"),
        })
    }
}
