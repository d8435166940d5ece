//! Leads (意向用户) and their interactions: what is asked, and what comes.

mod user;

use std::fmt;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer};

pub use user::{Gender, LeadUser, UserList};

use super::list::{Row, Rows, object_row};
use super::{DEFAULT_COUNT, cursor, number, query, text};

/// How a lead acted (`action_type`): a number, of which some are named here. As a filter and in
/// answers the same numbers may mean different things: 1 to 3 in answers come with an
/// `action_flag`, of which a single page of the vendor knows 1/1 (phone left in a private message),
/// 2/52 (conversion page), 2/53 (profile tab) and 3/101 (smart phone call).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionType(pub i64);

impl ActionType {
    /// 0: all (全部).
    pub const ALL: Self = Self(0);
    /// 1: private message (私信互动).
    pub const PRIVATE_MESSAGE: Self = Self(1);
    /// 2: component (组件互动).
    pub const COMPONENT: Self = Self(2);
    /// 3: profile page (主页互动).
    pub const PROFILE: Self = Self(3);
    /// 4: industry anchor. From a single public client.
    pub const INDUSTRY_ANCHOR: Self = Self(4);
    /// 5: live stream. From a single public client.
    pub const LIVE: Self = Self(5);
    /// 6: video. From a single public client.
    pub const VIDEO: Self = Self(6);
}

impl fmt::Display for ActionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How willing a lead is (`leads_level`): a number, of which some are named here. No call sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeadsLevel(pub i64);

impl LeadsLevel {
    /// -1: not interested (没兴趣).
    pub const NOT_INTERESTED: Self = Self(-1);
    /// 0: aware (了解).
    pub const AWARE: Self = Self(0);
    /// 1: interested (有兴趣).
    pub const INTERESTED: Self = Self(1);
    /// 2: willing (有意愿).
    pub const WILLING: Self = Self(2);
    /// 10: converted (已转化).
    pub const CONVERTED: Self = Self(10);
}

impl fmt::Display for LeadsLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which page of the leads: `GET user/list/` (获取意向用户列表).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListUsers {
    /// Leads per page. Required by Douyin; its bounds are not documented.
    pub count: u32,
    /// The beginning of the time, in Unix seconds. The unit is inferred.
    pub start_time: i64,
    /// The end of the time, in Unix seconds. Whether it is included is not documented, nor how long
    /// the time may be.
    pub end_time: i64,
    /// How the leads acted.
    pub action_type: ActionType,
    /// Where the page begins: the cursor of the page before.
    pub cursor: Option<String>,
    /// How willing they are.
    pub leads_level: Option<LeadsLevel>,
}

impl ListUsers {
    /// The first page, of [`DEFAULT_COUNT`] leads, from `start_time` to `end_time`.
    #[must_use]
    pub fn between(start_time: i64, end_time: i64) -> Self {
        Self {
            count: DEFAULT_COUNT,
            start_time,
            end_time,
            action_type: ActionType::ALL,
            cursor: None,
            leads_level: None,
        }
    }

    /// Sets the leads per page.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// Sets how the leads acted.
    #[must_use]
    pub fn with_action_type(mut self, action_type: ActionType) -> Self {
        self.action_type = action_type;
        self
    }

    /// Sets how willing they are.
    #[must_use]
    pub fn with_level(mut self, level: LeadsLevel) -> Self {
        self.leads_level = Some(level);
        self
    }

    /// Sets where the page begins.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        query([
            ("count", number(self.count)),
            ("start_time", number(self.start_time)),
            ("end_time", number(self.end_time)),
            ("action_type", number(self.action_type)),
            ("cursor", self.cursor.clone()),
            ("leads_level", self.leads_level.and_then(number)),
        ])
    }
}

/// Which lead: `GET user/detail/` (获取意向用户详情).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserDetail {
    /// Its `open_id`.
    pub user_id: String,
}

impl UserDetail {
    /// One lead.
    pub fn of(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into() }
    }

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        query([("user_id", Some(self.user_id.clone()))])
    }
}

/// Which page of the interactions of a lead: `GET user/action/list/` (获取意向用户互动记录).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListUserActions {
    /// The lead's `open_id`.
    pub user_id: String,
    /// Interactions per page. Required by Douyin; its bounds are not documented.
    pub count: u32,
    /// Where the page begins: the cursor of the page before.
    pub cursor: Option<String>,
    /// How the lead acted.
    pub action_type: Option<ActionType>,
}

impl ListUserActions {
    /// The first page, of [`DEFAULT_COUNT`] interactions.
    pub fn of(user_id: impl Into<String>) -> Self {
        Self { user_id: user_id.into(), count: DEFAULT_COUNT, cursor: None, action_type: None }
    }

    /// Sets the interactions per page.
    #[must_use]
    pub fn with_count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// Sets where the page begins.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into());
        self
    }

    /// Sets how the lead acted.
    #[must_use]
    pub fn with_action_type(mut self, action_type: ActionType) -> Self {
        self.action_type = Some(action_type);
        self
    }

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        query([
            ("user_id", Some(self.user_id.clone())),
            ("count", number(self.count)),
            ("cursor", self.cursor.clone()),
            ("action_type", self.action_type.and_then(number)),
        ])
    }
}

/// Something that a lead did (互动记录).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// The lead's `open_id`.
    pub user_id: Option<String>,
    /// How it acted.
    pub action_type: Option<ActionType>,
    /// What exactly it did; see [`ActionType`].
    pub action_flag: Option<i64>,
    /// Where. What stands here is not documented.
    pub action_source: Option<String>,
    /// When, in Unix seconds. The unit is inferred.
    pub create_time: Option<i64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for Action {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "user_id" => self.user_id = text(map)?,
            "action_type" => {
                self.action_type =
                    members::int_or_extra(map, name, &mut self.extra)?.map(ActionType)
            }
            "action_flag" => {
                self.action_flag = members::int_or_extra(map, name, &mut self.extra)?;
            }
            "action_source" => self.action_source = text(map)?,
            "create_time" => self.create_time = members::int(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

impl Row for Action {
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        object_row(deserializer)
    }
}

/// One page of the interactions of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionList<T = Action> {
    /// The interactions.
    pub list: Vec<T>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl<T> Default for ActionList<T> {
    fn default() -> Self {
        Self { list: Vec::new(), cursor: None, has_more: None, extra: Extra::default() }
    }
}

impl<T: Row> Members for ActionList<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "list" => self.list = map.next_value::<Rows<T>>()?.0,
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
