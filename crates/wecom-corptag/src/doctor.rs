//! Whether an account can be used.

use leadtag_core::body::to_json;
use leadtag_core::doctor::{DateNote, Findings};
use leadtag_core::{Answer, Call, Check, Diagnose, Error, Idempotency, Result, async_trait};

use crate::client::{operation, path_of};
use crate::model::{CorpTagList, GetCorpTagList};
use crate::tags::GET_CORP_TAG_LIST;
use crate::{PLATFORM, WecomClient, envelope, seen_ip};

/// The address is not in the app's trusted list (WeCom docs 90313).
const ADDRESS_REFUSED: i64 = 60020;

/// Five checks: reachability, credentials, clock, permission, limits. Fetches a token, unless one
/// is at hand, and lists the corp tags.
#[async_trait]
impl Diagnose for WecomClient {
    async fn diagnose(&self) -> Vec<Check> {
        let token = self.pipeline().check_token().await;
        let date = DateNote::default();
        let probe = match &token {
            Some(Err(error)) => Err(error.clone()),
            _ => self.count_tags(&date).await,
        };
        Findings {
            service: "WeCom",
            credentials: "corp_id and corp_secret",
            token,
            probe,
            date: date.told(),
            now: self.pipeline().clock().now(),
            clock_tolerance: None,
            paused: self.limiter().status(GET_CORP_TAG_LIST).paused,
            remedy: &remedy,
        }
        .checks()
    }
}

impl WecomClient {
    /// Lists the corp tags, and notes the time that stands in the answer's head.
    async fn count_tags(&self, date: &DateNote) -> Result<String> {
        let body = to_json(&GetCorpTagList::all(), PLATFORM, GET_CORP_TAG_LIST)?;
        let operation = operation(GET_CORP_TAG_LIST, Idempotency::Idempotent);
        let call = Call::post_json(operation, path_of(GET_CORP_TAG_LIST), body);
        let decode = |answer: &Answer| {
            date.take(answer);
            envelope::decode::<CorpTagList>(answer)
        };
        let list = self.pipeline().run(&call, &decode).await?;
        let tags: usize = list.tag_group.iter().map(|group| group.tag.len()).sum();
        Ok(format!("{} tag groups with {tags} tags", list.tag_group.len()))
    }
}

fn remedy(error: &Error) -> Option<String> {
    let address_refused = error.platform_code() == Some(ADDRESS_REFUSED);
    let address = seen_ip(error).filter(|_| address_refused)?;
    Some(format!(
        "WeCom saw the address {address}: add it to the app's trusted addresses (企业可信IP) and \
         wait a minute"
    ))
}
