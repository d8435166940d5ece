//! What is sent and what comes back, one to one with the documents.
//!
//! Requests serialise in the document's order and never write an empty text or an empty list:
//! WeCom refuses `"group_id": ""`. Answers keep what they do not know in `extra`.

mod contact;
mod strategy;
mod tag;

use leadtag_core::body::check_text;

pub use contact::{
    AddWay, BatchGetByUser, BatchPage, ContactType, ExternalContact, ExternalContactDetail,
    ExternalContactList, FailInfo, FollowInfo, FollowTag, FollowTagType, FollowUser,
    FollowedContact, Gender, GetExternalContact, MarkTag,
};
pub use strategy::{
    AddStrategyTag, AddedStrategyTags, DelStrategyTag, EditStrategyTag, GetStrategyTagList,
    StrategyTagGroup, StrategyTagList,
};
pub use tag::{
    AddCorpTag, AddedCorpTags, CorpTag, CorpTagGroup, CorpTagList, DelCorpTag, EditCorpTag,
    GetCorpTagList, NewCorpTag,
};

/// The longest name of a tag or group, in Unicode code points (WeCom docs 92117). Whether WeCom
/// counts code points or something else is unverified.
pub const MAX_NAME_CHARS: u32 = 30;

fn check_ids<'a>(what: &str, ids: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    ids.into_iter().try_for_each(|id| check_text(&format!("an id in {what}"), id))
}

fn check_name(what: &str, name: &str) -> Result<(), String> {
    check_text(what, name)?;
    match name.chars().count() {
        chars if chars > MAX_NAME_CHARS as usize => Err(format!(
            "{what} {name:?} has {chars} characters; at most {MAX_NAME_CHARS} are allowed"
        )),
        _ => Ok(()),
    }
}
