//! Error codes and their texts.
//!
//! The codes are those of the vendor's page 11490695550514533, and 1 of the smart-tag page. The
//! wording of the texts is inferred. Inferred as well: an id that is not known is 1, and a missing
//! `app_id` or `app_secret` is the same as a wrong one.

pub(super) const OK: i64 = 0;
pub(super) const EXCEPTION: i64 = 1;
pub(super) const WRONG_APP_ID: i64 = 101;
pub(super) const WRONG_APP_SECRET: i64 = 102;
pub(super) const WRONG_GRANT_TYPE: i64 = 103;
pub(super) const WRONG_TOKEN: i64 = 110;
pub(super) const EXPIRED_TOKEN: i64 = 111;
pub(super) const EMPTY_TOKEN: i64 = 112;
pub(super) const IP_NOT_ALLOWED: i64 = 113;
pub(super) const WRONG_METHOD: i64 = 405;
pub(super) const BAD_PARAMETER: i64 = 406;
pub(super) const RATE_LIMITED: i64 = 407;
pub(super) const BASE_SERVICE: i64 = 1001;

/// The text that goes with a code.
pub(super) fn text(code: i64) -> &'static str {
    match code {
        EXCEPTION => "异常",
        WRONG_APP_ID => "app_id错误",
        WRONG_APP_SECRET => "app_secret错误",
        WRONG_GRANT_TYPE => "grant_type错误",
        WRONG_TOKEN => "access_token错误",
        EXPIRED_TOKEN => "access_token已过期",
        EMPTY_TOKEN => "access_token为空",
        IP_NOT_ALLOWED => "IP不在白名单内",
        114 => "app_id已过期",
        WRONG_METHOD => "请求方式错误",
        BAD_PARAMETER => "参数错误",
        RATE_LIMITED => "超出系统限制",
        BASE_SERVICE => "基础服务错误",
        _ => "沙箱错误",
    }
}
