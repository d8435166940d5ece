//! Whether an account can be used.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use leadtag_core::{
    Answer, Call, Check, CheckStatus, Diagnose, Error, ErrorKind, Idempotency, Result, Timestamp,
    async_trait,
};

use crate::client::{operation, path_of};
use crate::model::{CorpTagList, GetCorpTagList, bytes_of};
use crate::tags::GET_CORP_TAG_LIST;
use crate::{WecomClient, envelope, seen_ip};

/// How far the local clock may be off before it is worth a word.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

const REACHABILITY: &str = "reachability";
const CREDENTIALS: &str = "credentials";
const CLOCK: &str = "clock";
const PERMISSION: &str = "permission";
const LIMITS: &str = "limits";

/// Five checks: reachability, credentials, clock, permission, limits. Fetches a token, unless one
/// is at hand, and lists the corp tags.
#[async_trait]
impl Diagnose for WecomClient {
    async fn diagnose(&self) -> Vec<Check> {
        let token = match self.pipeline().tokens() {
            Some(tokens) => tokens.get().await.map(drop),
            None => Ok(()),
        };
        if let Err(error) = token {
            return without_token(&error);
        }
        let date = Mutex::new(None);
        let listed = self.list_and_note_date(&date).await;
        let date = *date.lock().unwrap_or_else(PoisonError::into_inner);
        vec![
            reachability(&listed),
            credentials(&listed),
            clock(date, self.pipeline().clock().now()),
            permission(&listed),
            self.limits(&listed),
        ]
    }
}

/// The address is not in the app's trusted list (WeCom docs 90313).
const ADDRESS_REFUSED: i64 = 60020;

impl WecomClient {
    /// Lists the corp tags, and notes the time that stands in the answer's head.
    async fn list_and_note_date(&self, date: &Mutex<Option<Timestamp>>) -> Result<CorpTagList> {
        let body = bytes_of(&GetCorpTagList::all(), GET_CORP_TAG_LIST)?;
        let operation = operation(GET_CORP_TAG_LIST, Idempotency::Idempotent);
        let call = Call::post_json(operation, path_of(GET_CORP_TAG_LIST), body);
        let decode = |answer: &Answer| {
            let header = answer.headers.get(http::header::DATE);
            let told = header.and_then(|value| Timestamp::from_http_date(value.to_str().ok()?));
            *date.lock().unwrap_or_else(PoisonError::into_inner) = told;
            envelope::decode::<CorpTagList>(answer)
        };
        Ok(self.pipeline().run(&call, &decode).await?.into_value())
    }

    fn limits(&self, listed: &Result<CorpTagList>) -> Check {
        if let Err(error) = listed
            && error.kind() == ErrorKind::RateLimited
        {
            return Check::new(LIMITS, CheckStatus::Warn, error.to_string())
                .with_remedy("wait; lower the limits if other programs use the same corp");
        }
        match self.limiter().status(GET_CORP_TAG_LIST).paused {
            Some(left) => {
                let seconds = left.as_secs_f64().ceil();
                let detail = format!("WeCom throttled this API; {seconds} s are left");
                Check::new(LIMITS, CheckStatus::Warn, detail)
            }
            None => Check::new(LIMITS, CheckStatus::Pass, "nothing is throttled"),
        }
    }
}

/// The checks when no token came.
fn without_token(error: &Error) -> Vec<Check> {
    let skipped = |name| Check::new(name, CheckStatus::Skipped, "there is no token");
    let (reached, credentials) = if is_unreachable(error) {
        (unreachable(error), skipped(CREDENTIALS))
    } else {
        let found = failed(CREDENTIALS, error);
        (Check::new(REACHABILITY, CheckStatus::Pass, "WeCom answers"), found)
    };
    vec![reached, credentials, skipped(CLOCK), skipped(PERMISSION), skipped(LIMITS)]
}

fn is_unreachable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout | ErrorKind::Decode)
}

fn unreachable(error: &Error) -> Check {
    Check::new(REACHABILITY, CheckStatus::Fail, error.to_string())
        .with_remedy("check the network, the proxy and base_url")
}

fn reachability(listed: &Result<CorpTagList>) -> Check {
    match listed {
        Err(error) if is_unreachable(error) => unreachable(error),
        _ => Check::new(REACHABILITY, CheckStatus::Pass, "WeCom answers"),
    }
}

fn credentials(listed: &Result<CorpTagList>) -> Check {
    match listed {
        Err(error) if error.kind() == ErrorKind::Unauthenticated => failed(CREDENTIALS, error),
        Err(error) if is_unreachable(error) => {
            Check::new(CREDENTIALS, CheckStatus::Skipped, "WeCom did not answer")
        }
        _ => Check::new(CREDENTIALS, CheckStatus::Pass, "corp_id and corp_secret are accepted"),
    }
}

fn clock(date: Option<Timestamp>, now: Timestamp) -> Check {
    let Some(date) = date else {
        return Check::new(CLOCK, CheckStatus::Skipped, "no answer told the time");
    };
    let off = now.since(date).max(date.since(now));
    let detail = format!("the local clock is {} s off", off.as_secs());
    if off > CLOCK_TOLERANCE {
        return Check::new(CLOCK, CheckStatus::Warn, detail)
            .with_remedy("set the clock of this machine, best by NTP");
    }
    Check::new(CLOCK, CheckStatus::Pass, detail)
}

fn permission(listed: &Result<CorpTagList>) -> Check {
    match listed {
        Ok(list) => {
            let tags: usize = list.tag_group.iter().map(|group| group.tag.len()).sum();
            let detail = format!("{} tag groups with {tags} tags", list.tag_group.len());
            Check::new(PERMISSION, CheckStatus::Pass, detail)
        }
        // These are told by another check.
        Err(error)
            if is_unreachable(error)
                || matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::RateLimited) =>
        {
            Check::new(PERMISSION, CheckStatus::Skipped, "the tags could not be listed")
        }
        Err(error) => failed(PERMISSION, error),
    }
}

fn failed(name: &'static str, error: &Error) -> Check {
    let detail = error.clone().without_advice().to_string();
    let check = Check::new(name, CheckStatus::Fail, detail);
    let address_refused = error.platform_code() == Some(ADDRESS_REFUSED);
    if let Some(address) = seen_ip(error).filter(|_| address_refused) {
        return check.with_remedy(format!(
            "WeCom saw the address {address}: add it to the app's trusted addresses \
             (企业可信IP) and wait a minute"
        ));
    }
    match error.advice() {
        Some(advice) => check.with_remedy(advice),
        None => check,
    }
}
