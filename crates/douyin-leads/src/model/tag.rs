//! Tags (标签): what is asked, and what comes.

use leadtag_core::Body;
use leadtag_core::body::check_text;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer, Serialize};

use super::list::{Row, Rows, object_row};
use super::{DEFAULT_COUNT, cursor, number, query, text};

/// A tag to create: `POST tag/create/` (创建标签). An account has 100 tags at most; which code says
/// so is not documented, nor is what a name that is taken does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CreateTag {
    /// Its name. How long it may be is not documented.
    pub tag_name: String,
}

impl CreateTag {
    /// A tag of that name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { tag_name: name.into() }
    }
}

impl Body for CreateTag {
    fn check(&self) -> Result<(), String> {
        check_text("tag_name", &self.tag_name)
    }
}

/// Another name for a tag: `POST tag/update/` (编辑标签).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UpdateTag {
    /// The tag.
    pub tag_id: i64,
    /// Its new name.
    pub tag_name: String,
}

impl UpdateTag {
    /// Renames a tag.
    pub fn rename(tag_id: i64, name: impl Into<String>) -> Self {
        Self { tag_id, tag_name: name.into() }
    }
}

impl Body for UpdateTag {
    fn check(&self) -> Result<(), String> {
        check_text("tag_name", &self.tag_name)
    }
}

/// A tag to delete: `POST tag/delete/` (删除标签). Whether it vanishes from its users is not
/// documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteTag {
    /// The tag.
    pub tag_id: i64,
}

impl DeleteTag {
    /// Deletes a tag.
    pub fn new(tag_id: i64) -> Self {
        Self { tag_id }
    }
}

impl Body for DeleteTag {}

/// A tag to put on a lead or to take off: `POST tag/user/update/` (给用户设置标签). A lead has five
/// tags at most; which code says so is not documented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BindTag {
    /// The tag.
    pub tag_id: i64,
    /// The lead's `open_id`.
    pub user_id: String,
    /// Whether the lead has the tag from now on.
    pub bind: bool,
}

impl BindTag {
    /// Puts a tag on a lead.
    pub fn bind(tag_id: i64, user_id: impl Into<String>) -> Self {
        Self { tag_id, user_id: user_id.into(), bind: true }
    }

    /// Takes a tag off a lead.
    pub fn unbind(tag_id: i64, user_id: impl Into<String>) -> Self {
        Self { tag_id, user_id: user_id.into(), bind: false }
    }
}

impl Body for BindTag {
    fn check(&self) -> Result<(), String> {
        check_text("user_id", &self.user_id)
    }
}

/// Which page of the tags: `GET tag/list/` (获取标签列表).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListTags {
    /// Tags per page. Required by Douyin; its bounds are not documented.
    pub count: u32,
    /// Where the page begins: the cursor of the page before.
    pub cursor: Option<String>,
}

impl ListTags {
    /// The first page, of [`DEFAULT_COUNT`] tags.
    #[must_use]
    pub fn first() -> Self {
        Self { count: DEFAULT_COUNT, cursor: None }
    }

    /// Sets the tags per page.
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

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        query([("count", number(self.count)), ("cursor", self.cursor.clone())])
    }
}

/// Which page of the users of a tag: `GET tag/user/list/` (获取打标签的用户列表).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListTagUsers {
    /// The tag.
    pub tag_id: i64,
    /// Users per page. Required by Douyin; its bounds are not documented.
    pub count: u32,
    /// Where the page begins: the cursor of the page before.
    pub cursor: Option<String>,
}

impl ListTagUsers {
    /// The first page, of [`DEFAULT_COUNT`] users.
    #[must_use]
    pub fn of(tag_id: i64) -> Self {
        Self { tag_id, count: DEFAULT_COUNT, cursor: None }
    }

    /// Sets the users per page.
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

    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        query([
            ("tag_id", number(self.tag_id)),
            ("count", number(self.count)),
            ("cursor", self.cursor.clone()),
        ])
    }
}

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// Its id, of 64 bits.
    pub tag_id: Option<i64>,
    /// Its name.
    pub tag_name: Option<String>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for Tag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "tag_id" => self.tag_id = members::int(map)?,
            "tag_name" => self.tag_name = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

impl Row for Tag {
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        object_row(deserializer)
    }
}

/// A tag that was created or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedTag {
    /// Its id.
    pub tag_id: Option<i64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for SavedTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "tag_id" => self.tag_id = members::int(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

/// One page of the tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagList {
    /// The tags.
    pub list: Vec<Tag>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for TagList {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "list" => self.list = map.next_value::<Rows<Tag>>()?.0,
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

/// One page of the users of a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagUserList {
    /// Their `open_id`s.
    pub list: Vec<String>,
    /// Where the next page begins.
    pub cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for TagUserList {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "list" => self.list = map.next_value::<Rows<String>>()?.0,
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
