//! What is sent and what comes back, one to one with the documents.
//!
//! Requests serialise in the document's order and never write an empty text or an empty list:
//! WeCom refuses `"group_id": ""`. Answers keep what they do not know in `extra`.

mod contact;
mod strategy;
mod tag;

use std::fmt;
use std::ops::Deref;

use leadtag_core::{Error, Extra, Result};
use serde::Serialize;

use crate::PLATFORM;

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

/// An answer: the value, and what came beside it. Dereferences to the value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The value: what the document names beside `errcode` and `errmsg`.
    pub value: T,
    /// WeCom took the request, but could not read all of it (`Warning: wrong json format.`, WeCom
    /// docs 90455): some of what was sent may not have been done. With the number that WeCom's
    /// support asks for, if there was one.
    pub warning: Option<String>,
    /// Members of the answer that the document does not name.
    pub extra: Extra,
}

impl<T> Reply<T> {
    /// An answer without a warning.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value, warning: None, extra: Extra::default() }
    }

    /// The value alone.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Reply<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("value", &self.value)
            .field("warning", &self.warning)
            .field("extra", &self.extra)
            .finish()
    }
}

/// A request body with rules that can be checked before it is sent.
pub(crate) trait Body: Serialize + Sync {
    /// Refuses what WeCom would refuse, or misunderstand.
    fn check(&self) -> Result<(), String>;
}

/// The bytes of a request that may be sent.
pub(crate) fn checked(body: &impl Body, api: &str) -> Result<Vec<u8>> {
    body.check().map_err(|why| invalid(api, why))?;
    bytes_of(body, api)
}

pub(crate) fn bytes_of(body: &(impl Serialize + ?Sized), api: &str) -> Result<Vec<u8>> {
    // The text of a serialiser's error may quote what was serialised.
    serde_json::to_vec(body).map_err(|_| invalid(api, "the body cannot be written as JSON"))
}

pub(crate) fn invalid(api: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, api)
}

fn check_id(what: &str, id: &str) -> Result<(), String> {
    if id.trim().is_empty() { Err(format!("{what} is empty")) } else { Ok(()) }
}

fn check_ids<'a>(what: &str, ids: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
    ids.into_iter().try_for_each(|id| check_id(&format!("an id in {what}"), id))
}

fn check_name(what: &str, name: &str) -> Result<(), String> {
    check_id(what, name)?;
    match name.chars().count() {
        chars if chars > MAX_NAME_CHARS as usize => Err(format!(
            "{what} {name:?} has {chars} characters; at most {MAX_NAME_CHARS} are allowed"
        )),
        _ => Ok(()),
    }
}
