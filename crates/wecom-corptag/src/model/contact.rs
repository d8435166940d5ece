//! Customers (客户, external contacts) and the tags on them: WeCom docs 92697 (mark_tag), 96314
//! (list), 96316 (batch/get_by_user), and the page on one customer's details (获取客户详情).

use std::fmt;

use leadtag_core::body::check_text;
use leadtag_core::{Body, TagId};
use serde::Serialize;

use super::check_ids;

mod answer;
mod debug;

pub use answer::{
    BatchPage, ExternalContact, ExternalContactDetail, ExternalContactList, FailInfo, FollowInfo,
    FollowTag, FollowUser, FollowedContact,
};

/// Tags to put on one customer of one member, and tags to take off.
///
/// How many tags one call takes is not documented; a pair carries at most 3,000.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MarkTag {
    /// The member whose relation to the customer is tagged.
    pub userid: String,
    /// The customer, who must be a contact of the member.
    pub external_userid: String,
    /// Tags to put on. Group ids are refused by WeCom.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_tag: Vec<TagId>,
    /// Tags to take off. No tag may stand in both lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_tag: Vec<TagId>,
}

impl MarkTag {
    /// A change to the tags of one customer of one member, which changes nothing yet.
    pub fn new(userid: impl Into<String>, external_userid: impl Into<String>) -> Self {
        Self {
            userid: userid.into(),
            external_userid: external_userid.into(),
            add_tag: Vec::new(),
            remove_tag: Vec::new(),
        }
    }

    /// Sets the tags to put on.
    #[must_use]
    pub fn with_add(mut self, ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        self.add_tag = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the tags to take off.
    #[must_use]
    pub fn with_remove(mut self, ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        self.remove_tag = ids.into_iter().map(Into::into).collect();
        self
    }
}

impl fmt::Debug for MarkTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MarkTag")
            .field("add_tag", &self.add_tag)
            .field("remove_tag", &self.remove_tag)
            .finish_non_exhaustive()
    }
}

impl Body for MarkTag {
    fn check(&self) -> Result<(), String> {
        check_text("userid", &self.userid)?;
        check_text("external_userid", &self.external_userid)?;
        if self.add_tag.is_empty() && self.remove_tag.is_empty() {
            return Err("no tag to add or remove".to_owned());
        }
        check_ids("add_tag", self.add_tag.iter().map(TagId::as_str))?;
        check_ids("remove_tag", self.remove_tag.iter().map(TagId::as_str))?;
        match self.add_tag.iter().find(|id| self.remove_tag.contains(id)) {
            Some(both) => Err(format!("tag {both} is both added and removed")),
            None => Ok(()),
        }
    }
}

/// One customer's details.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetExternalContact {
    /// The customer.
    pub external_userid: String,
    /// The `next_cursor` of the page before. Needed only above 500 followers.
    pub cursor: Option<String>,
}

impl GetExternalContact {
    /// The details of one customer, with the first 500 members who follow it.
    pub fn new(external_userid: impl Into<String>) -> Self {
        Self { external_userid: external_userid.into(), cursor: None }
    }

    /// Sets where to go on. The empty cursor is the first page.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into()).filter(|cursor| !cursor.is_empty());
        self
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        check_text("external_userid", &self.external_userid)
    }
}

/// One page of the customers of some members.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BatchGetByUser {
    /// The members: 1 to 100. More than 64 were refused with 40058 by one account in 2022
    /// (unverified), so ask for 50 at most.
    pub userid_list: Vec<String>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Customers per page: 1 to 100. WeCom's own default is 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl BatchGetByUser {
    /// Members that the document allows in one call.
    pub const MAX_USERIDS: usize = 100;
    /// Customers that the document allows on one page.
    pub const MAX_LIMIT: u32 = 100;

    /// The first page of the customers of these members.
    pub fn new(userids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let userid_list = userids.into_iter().map(Into::into).collect();
        Self { userid_list, cursor: None, limit: None }
    }

    /// Sets where to go on. The empty cursor is the first page.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into()).filter(|cursor| !cursor.is_empty());
        self
    }

    /// Sets the customers per page.
    #[must_use]
    pub fn with_limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }
}

impl Body for BatchGetByUser {
    fn check(&self) -> Result<(), String> {
        check_ids("userid_list", self.userid_list.iter().map(String::as_str))?;
        if let Some(cursor) = &self.cursor {
            check_text("cursor", cursor)?;
        }
        match (self.userid_list.len(), self.limit) {
            (0, _) => Err("userid_list is empty".to_owned()),
            (members, _) if members > Self::MAX_USERIDS => Err(format!(
                "userid_list has {members} members; at most {} are allowed in one call",
                Self::MAX_USERIDS
            )),
            (_, Some(limit)) if !(1..=Self::MAX_LIMIT).contains(&limit) => {
                Err(format!("limit is {limit}; it must be 1 to {}", Self::MAX_LIMIT))
            }
            _ => Ok(()),
        }
    }
}

/// What kind of tag a customer carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FollowTagType {
    /// 1: a corp tag (企业设置).
    Corp,
    /// 2: a tag of the member's own (用户自定义). It has no id.
    Personal,
    /// 3: a tag of a strategy (规则组).
    Strategy,
    /// Another number.
    Other(i64),
}

impl From<i64> for FollowTagType {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Corp,
            2 => Self::Personal,
            3 => Self::Strategy,
            other => Self::Other(other),
        }
    }
}

/// What kind of account a customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContactType {
    /// 1: WeChat (微信).
    Wechat,
    /// 2: WeCom (企业微信) of another corp.
    Wecom,
    /// Another number.
    Other(i64),
}

impl From<i64> for ContactType {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Wechat,
            2 => Self::Wecom,
            other => Self::Other(other),
        }
    }
}

/// A customer's gender, as it set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Gender {
    /// 0: not known.
    Unknown,
    /// 1: male.
    Male,
    /// 2: female.
    Female,
    /// Another number.
    Other(i64),
}

impl From<i64> for Gender {
    fn from(number: i64) -> Self {
        match number {
            0 => Self::Unknown,
            1 => Self::Male,
            2 => Self::Female,
            other => Self::Other(other),
        }
    }
}

/// How a member came to a customer (添加客户的来源), as WeCom's number. New numbers are added
/// often, so they have no names here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AddWay(i64);

impl AddWay {
    /// The number.
    #[must_use]
    pub fn code(&self) -> i64 {
        self.0
    }
}

impl From<i64> for AddWay {
    fn from(number: i64) -> Self {
        Self(number)
    }
}
