//! Douyin's error codes, and what may be done about each.

use leadtag_core::{ErrorKind, RetryClass};

/// The renewals of a refresh token are used up; for a client token: too many calls.
pub(crate) const RENEWALS_USED_UP: i64 = 10_020;
/// The refresh token is wrong or has expired.
pub(crate) const BAD_REFRESH_TOKEN: i64 = 10_010;
/// The API is switched off.
pub(crate) const API_OFFLINE: i64 = 28_001_056;

/// The call whose 10020 is a rate limit. It has no typed method: its token is no use for leads.
const CLIENT_TOKEN: &str = "oauth/client_token";

/// What a code means for one operation, such as `tag/create` or `oauth/renew_refresh_token`: its
/// kind, what may be done about it automatically, and what to do next.
///
/// From the vendor's page of status codes, the pages of the OAuth calls, and two public clients.
/// Any other code is [`ErrorKind::Platform`] and is never retried. Douyin documents no code of its
/// own for leads or tags, and none for "not found".
///
/// The operation matters for 10020 alone: too many calls for `oauth/client_token`, and for
/// everything else the end of an authorisation.
///
/// ```
/// use douyin_leads::classify;
/// use leadtag_core::ErrorKind;
///
/// let (kind, ..) = classify(10020, "oauth/renew_refresh_token");
/// assert_eq!(kind, ErrorKind::ReauthorizationRequired);
/// let (kind, ..) = classify(10020, "oauth/client_token");
/// assert_eq!(kind, ErrorKind::RateLimited);
/// ```
#[must_use]
pub fn classify(code: i64, operation: &str) -> (ErrorKind, RetryClass, Option<&'static str>) {
    let (kind, class) = kind_of(code, operation);
    (kind, class, advice_for(code, kind))
}

fn kind_of(code: i64, operation: &str) -> (ErrorKind, RetryClass) {
    use ErrorKind as K;
    use RetryClass as C;
    match code {
        2_100_004 | 28_001_005 | 28_001_006 | 10_001 => (K::Platform, C::Busy),
        28_001_052 | 28_003_018 => (K::RateLimited, C::Throttled),
        RENEWALS_USED_UP if operation == CLIENT_TOKEN => (K::RateLimited, C::Throttled),
        2_190_001 | 28_003_017 | 2_113_002 => (K::QuotaExhausted, C::Never),
        2_190_008 | 28_001_008 | 10_008 => (K::Unauthenticated, C::TokenRejected),
        // One fresh token may help; after it only a person can.
        2_190_002 | 28_001_003 => (K::ReauthorizationRequired, C::TokenRejected),
        2_190_003 | 28_001_012 | 28_004_020 | 10_007 | BAD_REFRESH_TOKEN | RENEWALS_USED_UP => {
            (K::ReauthorizationRequired, C::Never)
        }
        10_003 | 10_013 | 29_002_002 => (K::Unauthenticated, C::Never),
        API_OFFLINE => (K::ApiOffline, C::Never),
        2_100_007 | 2_100_009 | 2_190_004 | 2_190_016 | 2_112_001 => {
            (K::PermissionDenied, C::Never)
        }
        28_001_014 | 28_001_016 | 28_001_018..=28_001_021 => (K::PermissionDenied, C::Never),
        28_001_042 | 28_001_045..=28_001_047 => (K::PermissionDenied, C::Never),
        10_004 | 10_011 | 10_012 | 10_015 | 10_017 => (K::PermissionDenied, C::Never),
        2_100_005 | 2_100_006 | 2_113_001 | 2_190_005..=2_190_007 | 2_190_015 => {
            (K::InvalidArgument, C::Never)
        }
        28_001_007 | 28_001_015 | 28_001_017 => (K::InvalidArgument, C::Never),
        10_002 | 10_005 | 10_006 | 10_014 => (K::InvalidArgument, C::Never),
        _ => (K::Platform, C::Never),
    }
}

fn advice_for(code: i64, kind: ErrorKind) -> Option<&'static str> {
    Some(match code {
        API_OFFLINE => {
            "Douyin has switched this API off (leads of enterprise accounts: since 2023-05-31)"
        }
        2_112_001 => "the account that authorised the app is no enterprise account (企业号)",
        2_190_015 | 28_001_015 => {
            "open_id and the token belong to different accounts; check open_id"
        }
        2_190_004 | 28_001_014 | 28_001_018 => {
            "the app lacks the scope enterprise.data; apply for it in the console"
        }
        10_004 => "the app lacks the scope; renewing needs renew_refresh_token",
        10_003 | 29_002_002 => "check client_key",
        10_013 => "check client_key and client_secret",
        10_014 => "the code was given to another app; check client_key",
        2_190_016 | 28_001_016 | 28_001_019 => "the app or capability is banned or offline",
        10_007 => "a code is good once and for minutes; have the account authorise the app again",
        RENEWALS_USED_UP if kind == ErrorKind::ReauthorizationRequired => {
            "a refresh token is renewed five times at most; have the account authorise the app again"
        }
        28_001_052 => "risk control refused the call; slow down",
        _ => match kind {
            ErrorKind::ReauthorizationRequired => {
                "have the account authorise the app again, then use its new code or refresh token"
            }
            ErrorKind::Unauthenticated => {
                "the access token has expired and a fresh one was refused"
            }
            ErrorKind::RateLimited => "too many calls; slow down",
            ErrorKind::QuotaExhausted => "the app's quota is used up; see the console",
            _ => return None,
        },
    })
}
