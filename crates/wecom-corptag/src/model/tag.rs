//! Corp tags (企业客户标签), WeCom docs 92117.

use leadtag_core::body::check_text;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{Body, GroupId, TagId};
use serde::{Deserialize, Deserializer, Serialize};

use super::{check_ids, check_name};

/// Which corp tags to list: all, these tags, or these groups.
///
/// The document allows both lists and ignores `tag_id` then; here both together are refused.
/// How many ids one call takes is not documented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GetCorpTagList {
    /// Tags to list, in their groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag_id: Vec<TagId>,
    /// Groups to list, with their tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_id: Vec<GroupId>,
}

impl GetCorpTagList {
    /// All tags.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// These tags. An empty list is all tags.
    #[must_use]
    pub fn tags(ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        Self { tag_id: ids.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// These groups. An empty list is all groups.
    #[must_use]
    pub fn groups(ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        Self { group_id: ids.into_iter().map(Into::into).collect(), ..Self::default() }
    }
}

impl Body for GetCorpTagList {
    fn check(&self) -> Result<(), String> {
        check_filter(&self.tag_id, &self.group_id)
    }
}

pub(super) fn check_filter(tags: &[TagId], groups: &[GroupId]) -> Result<(), String> {
    if !tags.is_empty() && !groups.is_empty() {
        return Err("tag_id is ignored beside group_id; ask for one of them".to_owned());
    }
    check_deletion_ids(tags, groups)
}

fn check_deletion_ids(tags: &[TagId], groups: &[GroupId]) -> Result<(), String> {
    check_ids("tag_id", tags.iter().map(TagId::as_str))?;
    check_ids("group_id", groups.iter().map(GroupId::as_str))
}

/// A tag to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NewCorpTag {
    /// Its name: not empty, at most 30 characters, unique in its group.
    pub name: String,
    /// Its sort value; larger comes first. Zero is a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
}

impl NewCorpTag {
    /// A tag of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), order: None }
    }

    /// Sets the sort value.
    #[must_use]
    pub fn with_order(mut self, order: u32) -> Self {
        self.order = Some(order);
        self
    }
}

impl<S: Into<String>> From<S> for NewCorpTag {
    fn from(name: S) -> Self {
        Self::new(name)
    }
}

/// Tags to create in one group. A name that stands there twice is created once.
///
/// How many tags one call takes is not documented. A group holds at least one tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddCorpTag {
    /// The group to add to. With it, `group_name` and `order` are ignored by WeCom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The name of a new group, at most 30 characters. If there is such a group, the tags go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The sort value of a new group; larger comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// The tags, at least one.
    pub tag: Vec<NewCorpTag>,
    /// Only for old third-party suites with several apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agentid: Option<u64>,
}

impl AddCorpTag {
    /// Tags in the group of that id.
    pub fn in_group(
        id: impl Into<GroupId>,
        tags: impl IntoIterator<Item = impl Into<NewCorpTag>>,
    ) -> Self {
        let group_id = Some(id.into());
        Self { group_id, group_name: None, order: None, tag: collect(tags), agentid: None }
    }

    /// Tags in the group of that name, which is made if there is none.
    pub fn in_group_named(
        name: impl Into<String>,
        tags: impl IntoIterator<Item = impl Into<NewCorpTag>>,
    ) -> Self {
        let group_name = Some(name.into());
        Self { group_id: None, group_name, order: None, tag: collect(tags), agentid: None }
    }

    /// Sets the name of the group. WeCom ignores it beside a group id.
    #[must_use]
    pub fn with_group_name(mut self, name: impl Into<String>) -> Self {
        self.group_name = Some(name.into());
        self
    }

    /// Sets the sort value of a new group.
    #[must_use]
    pub fn with_order(mut self, order: u32) -> Self {
        self.order = Some(order);
        self
    }

    /// Sets the app of an old third-party suite.
    #[must_use]
    pub fn with_agentid(mut self, agentid: u64) -> Self {
        self.agentid = Some(agentid);
        self
    }
}

fn collect(tags: impl IntoIterator<Item = impl Into<NewCorpTag>>) -> Vec<NewCorpTag> {
    tags.into_iter().map(Into::into).collect()
}

impl Body for AddCorpTag {
    fn check(&self) -> Result<(), String> {
        check_new_tags(self.group_id.as_ref(), self.group_name.as_deref(), &self.tag)
    }
}

pub(super) fn check_new_tags(
    group_id: Option<&GroupId>,
    group_name: Option<&str>,
    tags: &[NewCorpTag],
) -> Result<(), String> {
    if group_id.is_none() && group_name.is_none() {
        return Err("tags need a group: give group_id or group_name".to_owned());
    }
    if let Some(id) = group_id {
        check_text("group_id", id.as_str())?;
    }
    if let Some(name) = group_name {
        check_name("the group name", name)?;
    }
    if tags.is_empty() {
        return Err("no tag to create; a group cannot be empty".to_owned());
    }
    tags.iter().try_for_each(|tag| check_name("the tag name", &tag.name))
}

/// A change to a tag or a group. Only what is given is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EditCorpTag {
    /// The tag or group.
    pub id: String,
    /// The new name, at most 30 characters; unique among the groups, or in the tag's group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new sort value; larger comes first. Zero is a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// Only for old third-party suites with several apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agentid: Option<u64>,
}

impl EditCorpTag {
    /// A change to the tag or group of that id, which changes nothing yet.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, order: None, agentid: None }
    }

    /// Sets the new name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the new sort value.
    #[must_use]
    pub fn with_order(mut self, order: u32) -> Self {
        self.order = Some(order);
        self
    }

    /// Sets the app of an old third-party suite.
    #[must_use]
    pub fn with_agentid(mut self, agentid: u64) -> Self {
        self.agentid = Some(agentid);
        self
    }
}

impl Body for EditCorpTag {
    fn check(&self) -> Result<(), String> {
        check_edit(&self.id, self.name.as_deref(), self.order)
    }
}

pub(super) fn check_edit(id: &str, name: Option<&str>, order: Option<u32>) -> Result<(), String> {
    check_text("id", id)?;
    match name {
        Some(name) => check_name("the name", name),
        None if order.is_none() => Err("nothing to change: give a name or an order".to_owned()),
        None => Ok(()),
    }
}

/// Tags and groups to delete. A group is deleted with its tags, and vanishes with its last tag.
///
/// What WeCom does if one of several ids is bad is not documented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DelCorpTag {
    /// Tags to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag_id: Vec<TagId>,
    /// Groups to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_id: Vec<GroupId>,
    /// Only for old third-party suites with several apps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agentid: Option<u64>,
}

impl DelCorpTag {
    /// Tags to delete.
    #[must_use]
    pub fn tags(ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        Self::default().with_tags(ids)
    }

    /// Groups to delete.
    #[must_use]
    pub fn groups(ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        Self::default().with_groups(ids)
    }

    /// Sets the tags to delete.
    #[must_use]
    pub fn with_tags(mut self, ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        self.tag_id = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the groups to delete.
    #[must_use]
    pub fn with_groups(mut self, ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        self.group_id = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the app of an old third-party suite.
    #[must_use]
    pub fn with_agentid(mut self, agentid: u64) -> Self {
        self.agentid = Some(agentid);
        self
    }
}

impl Body for DelCorpTag {
    fn check(&self) -> Result<(), String> {
        check_deletion(&self.tag_id, &self.group_id)
    }
}

pub(super) fn check_deletion(tags: &[TagId], groups: &[GroupId]) -> Result<(), String> {
    if tags.is_empty() && groups.is_empty() {
        return Err("nothing to delete: give a tag or a group".to_owned());
    }
    check_deletion_ids(tags, groups)
}

/// The corp tags that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorpTagList {
    /// The groups, with their tags. Deleted ones may be among them.
    pub tag_group: Vec<CorpTagGroup>,
}

impl Members for CorpTagList {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "tag_group" => self.tag_group = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// What was created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddedCorpTags {
    /// The group, with the tags that were created. There may be fewer than asked for: a name that
    /// stood twice in the request, or that was taken, may be left out.
    pub tag_group: CorpTagGroup,
}

impl Members for AddedCorpTags {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "tag_group" => {
                self.tag_group = map.next_value::<Option<_>>()?.unwrap_or_default();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// A tag group (标签组).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorpTagGroup {
    /// Its id; empty only if WeCom left it out.
    pub group_id: GroupId,
    /// Its name.
    pub group_name: String,
    /// When it was created, in seconds since the Unix epoch.
    pub create_time: Option<i64>,
    /// Its sort value; larger comes first.
    pub order: Option<u32>,
    /// Whether it was deleted. Only when tags are asked for by their ids.
    pub deleted: Option<bool>,
    /// Its tags.
    pub tag: Vec<CorpTag>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for CorpTagGroup {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "group_id" => self.group_id = members::text(map)?.into(),
            "group_name" => self.group_name = members::text(map)?,
            "create_time" => self.create_time = members::int_or_extra(map, name, &mut self.extra)?,
            "order" => self.order = members::int_or_extra(map, name, &mut self.extra)?,
            "deleted" => self.deleted = members::flag(map)?,
            "tag" => self.tag = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for CorpTagGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A tag (标签).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorpTag {
    /// Its id; empty only if WeCom left it out.
    pub id: TagId,
    /// Its name.
    pub name: String,
    /// When it was created, in seconds since the Unix epoch.
    pub create_time: Option<i64>,
    /// Its sort value; larger comes first.
    pub order: Option<u32>,
    /// Whether it was deleted. Only when tags or groups are asked for by their ids.
    pub deleted: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for CorpTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::text(map)?.into(),
            "name" => self.name = members::text(map)?,
            "create_time" => self.create_time = members::int_or_extra(map, name, &mut self.extra)?,
            "order" => self.order = members::int_or_extra(map, name, &mut self.extra)?,
            "deleted" => self.deleted = members::flag(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for CorpTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
