//! Customers (客户), the WeCom accounts (企微号) that added them, and the tags on them.

use std::fmt;

use leadtag_core::body::check_text;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::WechatId;
use leadtag_core::{Body, RawJson, TagId};
use serde::{Deserialize, Deserializer, Serialize};

use super::{check_id, check_page, id_numbers};

/// The smart tags that one customer of one account is to have: `POST smart-tag/updateContact`.
///
/// **It replaces the whole set** (全量覆盖): a tag that is not named is taken off. An empty set
/// presumably takes off all (unverified).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UpdateContact {
    /// The wxid of the WeCom account that added the customer.
    pub rel_wxid: String,
    /// The wxid of the customer.
    pub contact_wxid: String,
    /// Every tag that the customer is to have.
    #[serde(serialize_with = "id_numbers")]
    pub smart_tag_ids: Vec<TagId>,
}

impl UpdateContact {
    /// Makes these, and no others, the customer's tags.
    pub fn replace(
        rel_wxid: impl Into<String>,
        contact_wxid: impl Into<String>,
        ids: impl IntoIterator<Item = impl Into<TagId>>,
    ) -> Self {
        Self {
            rel_wxid: rel_wxid.into(),
            contact_wxid: contact_wxid.into(),
            smart_tag_ids: ids.into_iter().map(Into::into).collect(),
        }
    }
}

impl fmt::Debug for UpdateContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateContact")
            .field("smart_tag_ids", &self.smart_tag_ids)
            .finish_non_exhaustive()
    }
}

impl Body for UpdateContact {
    fn check(&self) -> Result<(), String> {
        check_text("rel_wxid", &self.rel_wxid)?;
        check_text("contact_wxid", &self.contact_wxid)?;
        let mut ids = self.smart_tag_ids.iter();
        ids.try_for_each(|id| check_id("an id in smart_tag_ids", id.as_str()))
    }
}

/// What comes back when a customer was tagged.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct UpdatedContact {
    /// The customer, in a form that is not documented: opaque. `None` also if the answer is not
    /// valid JSON, as the documented example is not; the reply has a warning then.
    pub data: Option<RawJson>,
}

/// Which WeCom accounts to list: `GET wechat/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListWechat {
    /// Only those that are online, or only those that are not; `None` lists both.
    pub online: Option<bool>,
    /// The page, from 1 on.
    pub page: Option<u32>,
    /// Accounts per page, 1 to 100. Miaokol's own default is 10.
    pub page_size: Option<u32>,
}

impl ListWechat {
    /// The first accounts, online or not.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether they are online.
    #[must_use]
    pub fn with_online(mut self, online: bool) -> Self {
        self.online = Some(online);
        self
    }

    /// Sets the page.
    #[must_use]
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// Sets the accounts per page.
    #[must_use]
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        check_page(self.page, self.page_size)
    }

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("online", self.online.map(|online| u8::from(online).to_string())),
            ("page", self.page.map(|page| page.to_string())),
            ("page_size", self.page_size.map(|size| size.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A WeCom account (企微号) that has logged in. The document at hand names two members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WechatAccount {
    /// Its number at Miaokol.
    pub id: Option<i64>,
    /// Its wxid: the owner of the customers it added.
    pub wxid: Option<WechatId>,
    /// All other members.
    pub extra: Extra,
}

impl Members for WechatAccount {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            "wxid" => self.wxid = members::opt_text(map)?.map(WechatId::from),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for WechatAccount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// Which customers of one account to list: `GET wechat/contacts`. The document at hand ends after
/// `page`, and its cursor `start_wxid` is deprecated.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListContacts {
    /// The wxid of the account.
    pub rel_wxid: String,
    /// Made at or after this, in seconds since the Unix epoch.
    pub start_make_time: Option<i64>,
    /// Made before this, in seconds since the Unix epoch. Whether that very second counts is not
    /// documented.
    pub end_make_time: Option<i64>,
    /// The page, from 1 on.
    pub page: Option<u32>,
}

impl ListContacts {
    /// The first customers of one account.
    pub fn of(rel_wxid: impl Into<String>) -> Self {
        let rel_wxid = rel_wxid.into();
        Self { rel_wxid, start_make_time: None, end_make_time: None, page: None }
    }

    /// Sets when they were made, in seconds since the Unix epoch.
    #[must_use]
    pub fn with_make_time(mut self, start: Option<i64>, end: Option<i64>) -> Self {
        (self.start_make_time, self.end_make_time) = (start, end);
        self
    }

    /// Sets the page.
    #[must_use]
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        check_text("rel_wxid", &self.rel_wxid)?;
        check_page(self.page, None)
    }

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("rel_wxid", Some(self.rel_wxid.clone())),
            ("start_make_time", self.start_make_time.map(|time| time.to_string())),
            ("end_make_time", self.end_make_time.map(|time| time.to_string())),
            ("page", self.page.map(|page| page.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl fmt::Debug for ListContacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListContacts")
            .field("start_make_time", &self.start_make_time)
            .field("end_make_time", &self.end_make_time)
            .field("page", &self.page)
            .finish_non_exhaustive()
    }
}

/// A listed customer. The document at hand names no member: all stand in `extra`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WechatContact {
    /// All members.
    pub extra: Extra,
}

impl Members for WechatContact {
    fn read<'de, M: MapAccess<'de>>(&mut self, _: &str, _: &mut M) -> Result<bool, M::Error> {
        Ok(false)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for WechatContact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// Who knows a customer: `GET wechat/contactInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContactInfo {
    /// The accounts that added the customer.
    pub rel_wxids: Vec<WechatId>,
    /// The rooms (群) that the customer is in.
    pub room_wxids: Vec<String>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for ContactInfo {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "rel_wxids" => self.rel_wxids = members::list(map)?,
            "room_wxids" => self.room_wxids = members::texts(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}
