//! Return codes and their texts.
//!
//! The codes are those of the vendor's error-code page (doc-2005320, Chinese texts) and, for 13232
//! to 13234, of the page of `batch-score-list` (168845727); 10006 stands on both. The texts are
//! shortened. No code of a rate limit and none of an expired token is documented.

pub(super) const OK: i64 = 0;
pub(super) const FAILED: i64 = -1;
pub(super) const WRONG_ADDRESS: i64 = -2;
pub(super) const EXCEPTION: i64 = -3;
pub(super) const INVALID_TOKEN: i64 = 2;
pub(super) const NO_INTERFACE_PERMISSION: i64 = 3;
pub(super) const REQUEST_ERROR: i64 = 1000;
pub(super) const NO_PERMISSION: i64 = 1001;
pub(super) const MISSING_PARAMETER: i64 = 10000;
pub(super) const NOTHING_TO_CHANGE: i64 = 10001;
pub(super) const UNEXPECTED_CONTENT: i64 = 10002;
pub(super) const MISSING_USER_ID: i64 = 10007;
pub(super) const UNKNOWN_LEADS: i64 = 13232;
pub(super) const TOO_MANY_LEADS: i64 = 13233;
pub(super) const PAGE_TOO_LARGE: i64 = 13234;

/// The text that goes with a code.
pub(super) fn text(code: i64) -> &'static str {
    match code {
        OK => "成功",
        FAILED => "失败",
        WRONG_ADDRESS => "地址错误",
        EXCEPTION => "系统异常",
        1 => "未知状态",
        INVALID_TOKEN => "非法的access_token",
        NO_INTERFACE_PERMISSION => "接口权限校验失败",
        REQUEST_ERROR => "请求错误",
        NO_PERMISSION => "没有权限",
        MISSING_PARAMETER => "缺少关键参数",
        NOTHING_TO_CHANGE => "至少修改一个字段",
        UNEXPECTED_CONTENT => "参数内容不符合要求",
        10006 => "请输入org_id",
        MISSING_USER_ID => "请输入user_id",
        UNKNOWN_LEADS => "线索id查询失败",
        TOO_MANY_LEADS => "线索id超过100个",
        PAGE_TOO_LARGE => "page_size超过50",
        _ => "沙箱错误",
    }
}
