//! Miaokol's error codes, and what may be done about each.

use std::time::Duration;

use leadtag_core::{Answer, Error, ErrorKind, RetryClass, answered_with};

/// How long nothing is sent after 407. Miaokol sends no `Retry-After`; its limit is by the minute
/// (vendor's document 接口调用频次限制说明).
const THROTTLED_FOR: Duration = Duration::from_secs(60);

/// What a code means: its kind, what may be done about it automatically, and what to do next.
///
/// Meanings are those of the vendor's document 错误码 (a single page). A code that is not listed
/// here is [`ErrorKind::Platform`] and never retried.
///
/// ```
/// use leadtag_core::{ErrorKind, RetryClass};
///
/// let (kind, class, _) = miaokol_smarttag::classify(407);
/// assert_eq!((kind, class), (ErrorKind::RateLimited, RetryClass::Throttled));
/// ```
#[must_use]
pub fn classify(code: i64) -> (ErrorKind, RetryClass, Option<&'static str>) {
    let (kind, class) = kind_and_class(code);
    (kind, class, advice(code))
}

fn kind_and_class(code: i64) -> (ErrorKind, RetryClass) {
    use RetryClass::{Never, Throttled, TokenRejected};
    match code {
        101..=103 | 112 => (ErrorKind::Unauthenticated, Never),
        110 | 111 => (ErrorKind::Unauthenticated, TokenRejected),
        113 | 114 => (ErrorKind::PermissionDenied, Never),
        405 | 406 => (ErrorKind::InvalidArgument, Never),
        407 => (ErrorKind::RateLimited, Throttled),
        // 1 and 1001 too: their meaning stands in the message, if anywhere.
        _ => (ErrorKind::Platform, Never),
    }
}

fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        1 => "Miaokol refused it without a reason of its own; see its message",
        101 => "check app_id (API 配置 → AppID)",
        102 => "check app_secret (API 配置 → AppSecret)",
        103 => "the grant type was refused; Miaokol may spell grand_type differently now",
        110 | 111 => "another program may have fetched a newer token for this app_id",
        112 => "no token reached Miaokol; it must stand in the query or the body",
        113 => "add the address of this machine to the IP allow-list under API 配置",
        114 => "the API order of this app_id has lapsed; ask the vendor's account manager",
        405 => "this endpoint takes another HTTP method",
        406 => "a parameter is missing or wrong; see the message",
        407 => "the frequency limit is passed: 500 calls a minute for the whole tenant",
        1001 => "a service behind Miaokol failed; see its message",
        _ => return None,
    })
}

/// The error that an answer with this code and these words stands for.
pub(crate) fn answered(code: i64, message: &str, answer: &Answer) -> Error {
    let (kind, class, advice) = classify(code);
    let error = Error::new(kind, "").with_retry_class(class).with_platform_answer(code, message);
    let mut error = answered_with(answer, error);
    if let Some(advice) = advice {
        error = error.with_advice(advice);
    }
    if class == RetryClass::Throttled {
        error = error.with_retry_after(THROTTLED_FOR);
    }
    error
}
