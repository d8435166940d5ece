//! A lead, and a page of them.

use std::fmt;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::{Mobile, PersonalText, WechatId};
use serde::{Deserialize, Deserializer};

use super::super::Tag;
use super::super::list::{Row, Rows, object_row};
use super::super::{cursor, text};
use super::LeadsLevel;

/// The gender of a lead: a number, of which some are named here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gender(pub i64);

impl Gender {
    /// 0: unknown.
    pub const UNKNOWN: Self = Self(0);
    /// 1: male.
    pub const MALE: Self = Self(1);
    /// 2: female.
    pub const FEMALE: Self = Self(2);
}

impl fmt::Display for Gender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A lead (意向用户). Every member may be missing. `Debug` masks personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeadUser {
    /// Its id: unique within one app.
    pub open_id: Option<String>,
    /// The name that the person chose.
    pub nickname: Option<PersonalText>,
    /// The address of a picture.
    pub avatar: Option<PersonalText>,
    /// The phone number. Whether Douyin masks it is not documented.
    pub telephone: Option<Mobile>,
    /// The name at WeChat. Whether Douyin masks it is not documented.
    pub wechat: Option<WechatId>,
    /// The city.
    pub city: Option<String>,
    /// The gender.
    pub gender: Option<Gender>,
    /// The age in years.
    pub age: Option<i64>,
    /// How willing the lead is.
    pub leads_level: Option<LeadsLevel>,
    /// The tags that it has.
    pub tag_list: Vec<Tag>,
    /// Whether the person follows the enterprise account.
    pub is_follow: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for LeadUser {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "open_id" => self.open_id = text(map)?,
            "nickname" => self.nickname = text(map)?.map(PersonalText::from),
            "avatar" => self.avatar = text(map)?.map(PersonalText::from),
            "telephone" => self.telephone = text(map)?.map(Mobile::from),
            "wechat" => self.wechat = text(map)?.map(WechatId::from),
            "city" => self.city = text(map)?,
            "gender" => {
                self.gender = members::int_or_extra(map, name, &mut self.extra)?.map(Gender)
            }
            "age" => self.age = members::int_or_extra(map, name, &mut self.extra)?,
            "leads_level" => {
                self.leads_level =
                    members::int_or_extra(map, name, &mut self.extra)?.map(LeadsLevel)
            }
            "tag_list" => self.tag_list = map.next_value::<Rows<Tag>>()?.0,
            "is_follow" => self.is_follow = members::flag(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for LeadUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

impl Row for LeadUser {
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        object_row(deserializer)
    }
}

/// One page of the leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserList<T = LeadUser> {
    /// The leads.
    pub users: Vec<T>,
    /// The `open_id`s of the same leads.
    pub list: Vec<String>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
    /// Whether there is a list at all, if only an empty one.
    pub(crate) is_listed: bool,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl<T> Default for UserList<T> {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            list: Vec::new(),
            cursor: None,
            has_more: None,
            is_listed: false,
            extra: Extra::default(),
        }
    }
}

impl<T: Row> Members for UserList<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "users" => {
                self.users = map.next_value::<Rows<T>>()?.0;
                self.is_listed = true;
            }
            "list" => {
                self.list = map.next_value::<Rows<String>>()?.0;
                self.is_listed = true;
            }
            "cursor" => self.cursor = cursor(map)?,
            "has_more" => self.has_more = members::flag(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}
