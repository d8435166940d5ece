//! Error codes and their English texts.
//!
//! The codes are those of WeCom docs, page 90313 (global error codes, 2024-04-08). The texts are
//! shortened: WeCom says they may change, so nobody may match on them.

pub(super) const BUSY: i64 = -1;
pub(super) const INVALID_SECRET: i64 = 40001;
pub(super) const INVALID_USERID: i64 = 40003;
pub(super) const INVALID_CORPID: i64 = 40013;
pub(super) const INVALID_TOKEN: i64 = 40014;
pub(super) const INVALID_JSON: i64 = 40035;
pub(super) const INVALID_ARGUMENT: i64 = 40058;
pub(super) const EMPTY_ARGUMENT: i64 = 40063;
pub(super) const INVALID_TAG: i64 = 40068;
pub(super) const TAG_EXISTS: i64 = 40071;
pub(super) const TAG_NAME_LENGTH: i64 = 40072;
pub(super) const INVALID_EXTERNAL_USERID: i64 = 40096;
pub(super) const TOO_MANY_TAGS: i64 = 40126;
pub(super) const MISSING_TOKEN: i64 = 41001;
pub(super) const MISSING_CORPID: i64 = 41002;
pub(super) const MISSING_SECRET: i64 = 41004;
pub(super) const MISSING_TAG_ID: i64 = 41017;
pub(super) const MISSING_TAG_NAME: i64 = 41018;
pub(super) const MISSING_EXTERNAL_USERID: i64 = 41035;
pub(super) const EXPIRED_TOKEN: i64 = 42001;
pub(super) const RATE_LIMITED: i64 = 45009;
pub(super) const CONCURRENCY: i64 = 45033;
pub(super) const MEMBER_OUT_OF_RANGE: i64 = 50002;
pub(super) const DATA_CONFLICT: i64 = 6000;
pub(super) const IP_NOT_TRUSTED: i64 = 60020;
pub(super) const STRATEGY_OUT_OF_SCOPE: i64 = 60030;
pub(super) const UNLICENSED: i64 = 701_008;
pub(super) const NO_PRIVILEGE_ON_TAG: i64 = 81011;
pub(super) const TOO_MANY_ITEMS: i64 = 81017;
pub(super) const NOT_EXTERNAL_CONTACT: i64 = 84061;

/// The text that goes with a code.
pub(super) fn text(code: i64) -> &'static str {
    match code {
        BUSY => "system busy",
        INVALID_SECRET => "invalid credential",
        INVALID_USERID => "invalid userid",
        INVALID_CORPID => "invalid corpid",
        INVALID_TOKEN => "invalid access_token",
        40033 => "invalid charset. please check your request, if include \\uxxxx will create fail!",
        INVALID_JSON => "invalid json format",
        INVALID_ARGUMENT => "invalid argument",
        EMPTY_ARGUMENT => "some parameters are empty",
        INVALID_TAG => "invalid tagid",
        TAG_EXISTS => "invalid tag name, the name already exists",
        TAG_NAME_LENGTH => "invalid tag name length",
        INVALID_EXTERNAL_USERID => "invalid external userid",
        TOO_MANY_TAGS => "the number of corp tags reaches the limit",
        MISSING_TOKEN => "access_token missing",
        MISSING_CORPID => "corpid missing",
        MISSING_SECRET => "corpsecret missing",
        MISSING_TAG_ID => "missing tagid",
        MISSING_TAG_NAME => "missing tag name",
        MISSING_EXTERNAL_USERID => "missing external userid",
        EXPIRED_TOKEN => "access_token expired",
        RATE_LIMITED => "api freq out of limit",
        45029 => "response data size out of limit",
        CONCURRENCY => "api concurrent out of limit",
        45035 => "concurrent operation on the same customer",
        48001 => "api forbidden",
        48002 => "api forbidden",
        MEMBER_OUT_OF_RANGE => "user out of range of privilege",
        50003 => "app disabled",
        DATA_CONFLICT => "data version conflict",
        60011 => "no privilege to access/modify contact/party/agent",
        IP_NOT_TRUSTED => "not allow to access from your ip",
        STRATEGY_OUT_OF_SCOPE => "out of the scope of the strategy",
        60111 => "userid not found",
        301_002 => "no privilege to access the specified agent",
        UNLICENSED => "no valid license for the members",
        NO_PRIVILEGE_ON_TAG => "no privilege to access/modify tag",
        TOO_MANY_ITEMS => "too many items in the request",
        NOT_EXTERNAL_CONTACT => "not external contact",
        84074 => "no external contact privilege",
        _ => "sandbox error",
    }
}
