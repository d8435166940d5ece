//! The organisation's system users (管理员), all of them made up.
//!
//! Documented: a call without its required `user_id` is 10007, and the id is `user` and 32
//! hexadecimal digits. Inferred: an unknown one is 10002. Every user may see everything.

use super::codes;
use super::envelope::Refusal;

pub(super) const USERS: [&str; 3] = [
    "user5a000000000000000000000000000001",
    "user5a000000000000000000000000000002",
    "user5a000000000000000000000000000003",
];

/// The user a call must name.
pub(super) fn require(user_id: Option<&str>) -> Result<(), Refusal> {
    let user_id = user_id.ok_or_else(|| Refusal::new(codes::MISSING_USER_ID))?;
    check("user_id", user_id)
}

/// The user a call may name.
pub(super) fn allow(user_id: Option<&str>) -> Result<(), Refusal> {
    user_id.map_or(Ok(()), |user_id| check("user_id", user_id))
}

pub(super) fn check(parameter: &str, user_id: &str) -> Result<(), Refusal> {
    if USERS.contains(&user_id) {
        return Ok(());
    }
    Err(Refusal::about(codes::UNEXPECTED_CONTENT, parameter))
}
