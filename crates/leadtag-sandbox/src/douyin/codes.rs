//! Error codes and their English texts.
//!
//! Documented: the numbers and their meanings (the vendor's page of status codes; the OAuth ones
//! also on the pages of the token calls). The texts are the sandbox's own. Many meanings have two
//! numbers: an older one, which the samples of the leads pages show, and one of the gateway
//! (28xxxxxx). Which of them the leads calls answered is unknown: the older unless told otherwise.

pub(super) const SYSTEM_BUSY: i64 = 2_100_004;
pub(super) const BAD_PARAMETER: i64 = 2_100_005;
pub(super) const INVALID_TOKEN: i64 = 2_190_002;
pub(super) const EXPIRED_TOKEN: i64 = 2_190_008;
pub(super) const TOKEN_MISMATCH: i64 = 2_190_015;
pub(super) const UNKNOWN_URI: i64 = 28_001_017;
pub(super) const RATE_LIMITED: i64 = 28_003_018;

pub(super) const OAUTH_SYSTEM: i64 = 10_001;
pub(super) const OAUTH_PARAMETER: i64 = 10_002;
pub(super) const OAUTH_CLIENT_KEY: i64 = 10_003;
pub(super) const OAUTH_MISSING: i64 = 10_005;
pub(super) const OAUTH_CODE: i64 = 10_007;
pub(super) const OAUTH_REFRESH_TOKEN: i64 = 10_010;
pub(super) const OAUTH_SECRET: i64 = 10_013;
pub(super) const OAUTH_RENEWALS: i64 = 10_020;

/// The gateway's codes begin here.
const GATEWAY: i64 = 28_000_000;

/// Whether the code is one of the gateway's.
pub(super) fn is_gateway(code: i64) -> bool {
    code >= GATEWAY
}

/// The gateway's number of the same meaning, if it has one.
pub(super) fn gateway(code: i64) -> i64 {
    match code {
        SYSTEM_BUSY => 28_001_005,
        BAD_PARAMETER => 28_001_007,
        INVALID_TOKEN => 28_001_003,
        EXPIRED_TOKEN => 28_001_008,
        TOKEN_MISMATCH => 28_001_015,
        other => other,
    }
}

/// The text that goes with a code.
pub(super) fn text(code: i64) -> &'static str {
    match code {
        SYSTEM_BUSY | 28_001_005 | OAUTH_SYSTEM => "system busy, try again later",
        28_001_006 => "network error, try again later",
        BAD_PARAMETER | 28_001_007 | OAUTH_PARAMETER => "Parameter error",
        2_100_007 => "no permission for the operation",
        2_100_009 => "user banned from the operation",
        2_112_001 => "not an enterprise account",
        2_190_001 | 28_003_017 => "quota used up",
        INVALID_TOKEN | 28_001_003 => "access_token invalid",
        2_190_003 | 28_001_012 => "user has not authorised this API",
        2_190_004 | 28_001_014 | 28_001_018 => "app has not got this capability",
        EXPIRED_TOKEN | 28_001_008 => "access_token expired, refresh it or authorise again",
        TOKEN_MISMATCH | 28_001_015 => "access_token and open_id do not match",
        2_190_016 | 28_001_016 | 28_001_019 => "app or capability banned or offline",
        UNKNOWN_URI => "unknown URI",
        28_001_052 => "risk control, try again later",
        28_001_056 => "the API of this capability is offline",
        RATE_LIMITED => "request rate too high",
        28_004_020 => "scope not supported in this authorisation",
        OAUTH_CLIENT_KEY => "client_key wrong",
        10_004 => "app lacks the scope",
        OAUTH_MISSING => "parameter missing",
        OAUTH_CODE => "authorisation code expired",
        10_008 => "access_token invalid or expired",
        OAUTH_REFRESH_TOKEN => "refresh_token invalid or expired",
        OAUTH_SECRET => "client_key or client_secret wrong",
        OAUTH_RENEWALS => "refresh_token renewed too often, authorise again",
        _ => "sandbox error",
    }
}
