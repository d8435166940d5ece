//! Smart tags (智能标签): what is asked.

use leadtag_core::body::check_text;
use leadtag_core::{Body, GroupId, TagId};
use serde::{Serialize, Serializer};

use super::{check_id, check_page, id_number, id_or_zero};

mod answer;

pub use answer::{SavedSmartTag, SmartTag, SmartTagGroup};

/// Which of the two an object is (`type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SmartTagKind {
    /// 1: a tag (标签).
    Tag,
    /// 2: a tag group (标签分组).
    Group,
    /// Another number.
    Other(i64),
}

impl From<i64> for SmartTagKind {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Tag,
            2 => Self::Group,
            other => Self::Other(other),
        }
    }
}

impl Serialize for SmartTagKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(match self {
            Self::Tag => 1,
            Self::Group => 2,
            Self::Other(number) => *number,
        })
    }
}

/// Which groups to list: `GET smart-tag/list`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSmartTags {
    /// The page, from 1 on. Miaokol's own default is 1.
    pub page: Option<u32>,
    /// Groups per page, 1 to 100. Miaokol's own default is 10.
    pub page_size: Option<u32>,
    /// Whether the groups come with their tags. Miaokol's own default is not documented.
    pub with_tags: Option<bool>,
    /// Only this group.
    pub id: Option<GroupId>,
}

impl ListSmartTags {
    /// The first groups, as Miaokol gives them by itself.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One group with its tags.
    #[must_use]
    pub fn group(id: impl Into<GroupId>) -> Self {
        Self { with_tags: Some(true), id: Some(id.into()), ..Self::default() }
    }

    /// Sets whether the groups come with their tags.
    #[must_use]
    pub fn with_tags(mut self, with_tags: bool) -> Self {
        self.with_tags = Some(with_tags);
        self
    }

    /// Sets the page.
    #[must_use]
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// Sets the groups per page.
    #[must_use]
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        check_page(self.page, self.page_size)?;
        self.id.as_ref().map_or(Ok(()), |id| check_id("id", id.as_str()))
    }

    /// In the order of the documented example.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("page", self.page.map(|page| page.to_string())),
            ("page_size", self.page_size.map(|size| size.to_string())),
            ("with_tags", self.with_tags.map(|with_tags| u8::from(with_tags).to_string())),
            ("id", self.id.as_ref().map(|id| id.as_str().to_owned())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// A tag or a group to create or to change: `POST smart-tag/add`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddSmartTag {
    /// What to change; `None` creates.
    #[serde(serialize_with = "id_or_zero", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name. How long it may be is not documented.
    pub name: String,
    /// What it is. Required by the document's table, though its example has none (and a group
    /// comes of it): `None` sends none, as that example.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<SmartTagKind>,
    /// The group of a tag. Also needed to change one: Miaokol's own default is 0, no group.
    #[serde(serialize_with = "id_or_zero", skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<GroupId>,
}

impl AddSmartTag {
    /// A new, empty group.
    pub fn new_group(name: impl Into<String>) -> Self {
        Self { id: None, name: name.into(), kind: Some(SmartTagKind::Group), parent_id: None }
    }

    /// A new tag in a group.
    pub fn new_tag(group: impl Into<GroupId>, name: impl Into<String>) -> Self {
        let (kind, parent_id) = (Some(SmartTagKind::Tag), Some(group.into()));
        Self { id: None, name: name.into(), kind, parent_id }
    }

    /// Another name for a group.
    pub fn edit_group(id: impl Into<GroupId>, name: impl Into<String>) -> Self {
        Self { id: Some(id.into().into_string()), ..Self::new_group(name) }
    }

    /// Another name for a tag, which stays in its group.
    pub fn edit_tag(
        id: impl Into<TagId>,
        group: impl Into<GroupId>,
        name: impl Into<String>,
    ) -> Self {
        Self { id: Some(id.into().into_string()), ..Self::new_tag(group, name) }
    }
}

impl Body for AddSmartTag {
    fn check(&self) -> Result<(), String> {
        if let Some(id) = &self.id {
            check_id("id", id)?;
        }
        check_text("name", &self.name)?;
        match &self.parent_id {
            Some(id) => check_id("parent_id", id.as_str()),
            None if self.kind == Some(SmartTagKind::Tag) => {
                Err("a tag needs a group: give parent_id".to_owned())
            }
            None => Ok(()),
        }
    }
}

/// A tag or a group to delete: `POST smart-tag/delete`. Tags and groups share their ids, and
/// nothing in the call says which of the two is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeleteSmartTag {
    /// The tag or group.
    #[serde(serialize_with = "id_number")]
    pub id: String,
}

impl DeleteSmartTag {
    /// A tag.
    pub fn tag(id: impl Into<TagId>) -> Self {
        Self { id: id.into().into_string() }
    }

    /// A group. What becomes of its tags is not documented: list them afterwards.
    pub fn group(id: impl Into<GroupId>) -> Self {
        Self { id: id.into().into_string() }
    }
}

impl Body for DeleteSmartTag {
    fn check(&self) -> Result<(), String> {
        check_id("id", &self.id)
    }
}

/// Tags to create in a group: `POST smart-tag/batchAddTag`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BatchAddTags {
    /// The group; `None` (0 on the wire) makes a new one.
    #[serde(serialize_with = "id_or_zero")]
    pub group_id: Option<GroupId>,
    /// The name of a new group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The names of the tags. How many and how long they may be is not documented.
    pub tag_names: Vec<String>,
}

impl BatchAddTags {
    /// Tags in an existing group.
    pub fn in_group(
        id: impl Into<GroupId>,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let tag_names = names.into_iter().map(Into::into).collect();
        Self { group_id: Some(id.into()), group_name: None, tag_names }
    }

    /// Tags in a new group. Whether Miaokol refuses a group name that is taken, or makes a second
    /// group of that name, is not documented.
    pub fn in_new_group(
        name: impl Into<String>,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let tag_names = names.into_iter().map(Into::into).collect();
        Self { group_id: None, group_name: Some(name.into()), tag_names }
    }
}

impl Body for BatchAddTags {
    fn check(&self) -> Result<(), String> {
        match (&self.group_id, &self.group_name) {
            (Some(id), _) => check_id("group_id", id.as_str())?,
            (None, Some(name)) => check_text("group_name", name)?,
            (None, None) => {
                return Err("tags need a group: give group_id or group_name".to_owned());
            }
        }
        if self.tag_names.is_empty() {
            return Err("no tag to create: tag_names is empty".to_owned());
        }
        self.tag_names.iter().try_for_each(|name| check_text("a name in tag_names", name))
    }
}
