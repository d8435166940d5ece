//! The codes of answers.
//!
//! Only 0, 1002, 1003 and 40417 are known, the last three from a single public client. What else
//! can go wrong has codes of the sandbox's own, 990001 and up, chosen so that nobody takes them for
//! the vendor's.

pub(super) const INVALID_SIGN: i64 = 1002;
pub(super) const INVALID_TIMESTAMP: i64 = 1003;
pub(super) const REPEATED_MOBILE: i64 = 40417;

/// The sandbox's own: a parameter is missing, of a wrong type or not documented.
pub(super) const INVALID_PARAMETER: i64 = 990_001;
/// The sandbox's own: nobody has this `customerId`.
pub(super) const UNKNOWN_CUSTOMER: i64 = 990_002;
/// The sandbox's own: no field has been mapped to this alias.
pub(super) const UNMAPPED_ALIAS: i64 = 990_003;
/// The sandbox's own: the request carries its signing secret.
pub(super) const LEAKED_KEY: i64 = 990_004;
/// The sandbox's own: an answer could not be written.
pub(super) const INTERNAL: i64 = 990_005;

/// What the `message` of an error says.
pub(super) fn text(code: i64) -> &'static str {
    match code {
        INVALID_SIGN => "签名校验未通过",
        INVALID_TIMESTAMP => "请求时间与服务器时间相差过大，请校对时间后重新请求",
        REPEATED_MOBILE => "请求参数验证失败：电话号码重复",
        UNKNOWN_CUSTOMER => "客户不存在",
        UNMAPPED_ALIAS => "字段别名未映射",
        _ => "请求失败",
    }
}
