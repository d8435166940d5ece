//! WeCom's error codes, and what may be done about each.

use std::net::IpAddr;
use std::time::Duration;

use leadtag_core::redact::mask_personal;
use leadtag_core::{Answer, Error, ErrorKind, RetryClass, answered_with};

/// How long an API is left alone after 45009. WeCom sends no `Retry-After`; the shortest of its
/// windows is a minute (WeCom docs 90454).
pub(crate) const THROTTLED_FOR: Duration = Duration::from_secs(60);

/// What a code means: its kind, what may be done about it automatically, and what to do next.
///
/// Meanings are those of the global error codes (WeCom docs 90313). A code that is not listed
/// here is [`ErrorKind::Platform`] and never retried.
///
/// ```
/// use leadtag_core::{ErrorKind, RetryClass};
///
/// let (kind, class, _) = wecom_corptag::classify(84061);
/// assert_eq!((kind, class), (ErrorKind::NotFound, RetryClass::Never));
/// ```
#[must_use]
pub fn classify(code: i64) -> (ErrorKind, RetryClass, Option<&'static str>) {
    let (kind, class) = kind_and_class(code);
    (kind, class, advice(code))
}

fn kind_and_class(code: i64) -> (ErrorKind, RetryClass) {
    use RetryClass::{Busy, Concurrency, Never, Throttled, TokenRejected};
    match code {
        -1 => (ErrorKind::Platform, Busy),
        // Who writes has to read again before: sent again, the same write may undo the other.
        6000 => (ErrorKind::Conflict, Never),
        45009 => (ErrorKind::RateLimited, Throttled),
        // 45035 is reported for two writers on one customer, and missing in the table of 2024.
        45033 | 45035 => (ErrorKind::RateLimited, Concurrency),
        42001 | 40014 => (ErrorKind::Unauthenticated, TokenRejected),
        // 40001 is a wrong secret here, not an expired token as with official accounts: repeating
        // it gets the address blocked for an hour.
        40001 | 40013 | 41001 | 41002 | 41004 | 50003 | 40082 | 42009 | 41022 => {
            (ErrorKind::Unauthenticated, Never)
        }
        48001 | 48002 | 48004 | 48006 | 50002 | 60011 | 60020 | 60030 | 81011 | 84074 | 301_002
        | 301_007 | 301_042 | 701_008 => (ErrorKind::PermissionDenied, Never),
        40003 | 40068 | 40096 | 46004 | 60111 | 84061 | 84083 | 84084 => {
            (ErrorKind::NotFound, Never)
        }
        40033 | 40035 | 40058 | 40063 | 40072 | 41017 | 41018 | 41035 | 41056 | 45029 | 81017 => {
            (ErrorKind::InvalidArgument, Never)
        }
        40071 => (ErrorKind::AlreadyExists, Never),
        40126 => (ErrorKind::QuotaExhausted, Never),
        _ => (ErrorKind::Platform, Never),
    }
}

fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        -1 => "WeCom is busy; try again later",
        6000 => "somebody else writes the same data; read it again before writing",
        45009 => {
            "the frequency limit is passed; the block lasts a minute, an hour or a day, as the \
             limit does"
        }
        45033 => "too many calls at once, or two writers on one customer",
        45035 => "two writers on one customer or member; write one after the other",
        42001 | 40014 => {
            "another program may share this app's token, or the token is of another kind"
        }
        41001 => "no token reached WeCom; it must stand in the query",
        40001 => {
            "check corp_secret: it must be the secret of this app, and the app must be enabled; \
             repeating it gets the address blocked for an hour"
        }
        40013 | 41002 => "check corp_id",
        41004 => "check corp_secret: it is missing",
        50003 => "the app is disabled; enable it in the admin console",
        40082 | 42009 | 41022 => "this is about third-party suites; use a self-built app",
        48001 | 48002 => {
            "the app may not call this API; add it under 客户联系 → 可调用接口的应用, or grant it \
             「管理企业客户标签」"
        }
        48004 | 48006 => "the authorisation of this API is gone; grant it again",
        50002 | 60011 => {
            "the member, customer or tag is outside of the app's visible scope; extend 可见范围"
        }
        60030 => "the strategy belongs to another app, or the member is outside of its range",
        84074 => "the member has no external-contact right; grant it under 客户联系",
        60020 => {
            "add the address of this machine to the app's trusted addresses (企业可信IP); it \
             takes about a minute"
        }
        301_042 => "add the address of this machine to the whitelist",
        81011 => "only the app that created a tag may change or delete it",
        301_002 => "the tag or member belongs to another app than the token",
        301_007 => "the corp is dissolved or banned",
        701_008 => "no member asked for has a valid interop licence (互通账号)",
        40068 => {
            "missing, or another app's: WeCom gives this code for an unknown tag or group, for \
             one of another app, and for a group id where a tag id belongs"
        }
        40071 => "the name is taken; use the existing tag or choose another name",
        40072 => "a name is empty or too long",
        40126 => "the corp has as many tags as it may have; delete some",
        40003 | 46004 | 60111 => "check the userid of the member",
        40096 => {
            "check external_userid: it may belong to another corp, or its members may be out of \
             scope"
        }
        41056 => "this external_userid is of a kind that the API does not take",
        84061 => "this member and this customer are not connected, or the member has no customer",
        84083 | 84084 => "this member does not serve this customer",
        81017 => "too many items in one call; split it",
        45029 => "the answer would be too large; narrow the query",
        40063 => "a required parameter is empty, or the method is wrong",
        40033 => "the request has characters that WeCom refuses, such as \\u escapes",
        _ => return None,
    })
}

/// The error that an answer with this code and these words stands for.
pub(crate) fn answered(code: i64, message: &str, answer: &Answer) -> Error {
    let (kind, class, advice) = classify(code);
    let error = Error::new(kind, "").with_retry_class(class).with_platform_answer(code, message);
    let mut error = answered_with(answer, error)
        .with_request_id(hint(&mask_personal(message)).map(str::to_owned));
    if let Some(advice) = advice {
        error = error.with_advice(advice);
    }
    if class == RetryClass::Throttled {
        error = error.with_retry_after(THROTTLED_FOR);
    }
    if matches!(code, 81011 | 301_002) {
        error = error.with_not_owned();
    }
    error
}

/// The digits of `hint: [1700000000_1_abc]`, which WeCom's support asks for.
pub(crate) fn hint(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("hint: [")?;
    let (hint, _) = rest.split_once(']')?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (!hint.is_empty() && hint.len() <= 64 && hint.bytes().all(plain)).then_some(hint)
}

/// The address that WeCom saw the call come from, if the error tells: the one to put on the list
/// of trusted addresses after 60020.
///
/// ```
/// use leadtag_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::PermissionDenied, "").with_platform_answer(
///     60020,
///     "not allow to access from your ip, hint: [1700], from ip: 203.0.113.7, more info at …",
/// );
/// assert_eq!(wecom_corptag::seen_ip(&error), Some("203.0.113.7".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn seen_ip(error: &Error) -> Option<IpAddr> {
    let (_, rest) = error.platform_message()?.split_once("from ip: ")?;
    rest.split([',', ' ']).next()?.trim().parse().ok()
}
