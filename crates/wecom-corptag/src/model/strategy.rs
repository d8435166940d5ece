//! Tags of a strategy (规则组), WeCom docs 99544. They stand beside the corp tags and are usable only by the members in the
//! range of their strategy, and through the app that created it.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{Body, GroupId, TagId};
use serde::{Deserialize, Deserializer, Serialize};

use super::tag::{check_deletion, check_edit, check_filter, check_new_tags};
use super::{CorpTag, NewCorpTag};

/// Which strategy tags to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GetStrategyTagList {
    /// The strategy. Whether WeCom needs it is unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy_id: Option<u64>,
    /// Tags to list, in their groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag_id: Vec<TagId>,
    /// Groups to list, with their tags. Not together with `tag_id`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_id: Vec<GroupId>,
}

impl GetStrategyTagList {
    /// All tags of all strategies.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// All tags of one strategy.
    #[must_use]
    pub fn of(strategy_id: u64) -> Self {
        Self { strategy_id: Some(strategy_id), ..Self::default() }
    }

    /// Sets the tags to list.
    #[must_use]
    pub fn with_tags(mut self, ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        self.tag_id = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the groups to list.
    #[must_use]
    pub fn with_groups(mut self, ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        self.group_id = ids.into_iter().map(Into::into).collect();
        self
    }
}

impl Body for GetStrategyTagList {
    fn check(&self) -> Result<(), String> {
        check_filter(&self.tag_id, &self.group_id)
    }
}

/// Tags to create in one group of a strategy. As [`AddCorpTag`](super::AddCorpTag) otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AddStrategyTag {
    /// The strategy.
    pub strategy_id: u64,
    /// The group to add to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The name of a new group, at most 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The sort value of a new group; larger comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// The tags, at least one.
    pub tag: Vec<NewCorpTag>,
}

impl AddStrategyTag {
    /// Tags in the group of that id.
    pub fn in_group(
        strategy_id: u64,
        id: impl Into<GroupId>,
        tags: impl IntoIterator<Item = impl Into<NewCorpTag>>,
    ) -> Self {
        let tag = tags.into_iter().map(Into::into).collect();
        Self { strategy_id, group_id: Some(id.into()), group_name: None, order: None, tag }
    }

    /// Tags in the group of that name.
    pub fn in_group_named(
        strategy_id: u64,
        name: impl Into<String>,
        tags: impl IntoIterator<Item = impl Into<NewCorpTag>>,
    ) -> Self {
        let tag = tags.into_iter().map(Into::into).collect();
        Self { strategy_id, group_id: None, group_name: Some(name.into()), order: None, tag }
    }

    /// Sets the sort value of a new group.
    #[must_use]
    pub fn with_order(mut self, order: u32) -> Self {
        self.order = Some(order);
        self
    }
}

impl Body for AddStrategyTag {
    fn check(&self) -> Result<(), String> {
        check_new_tags(self.group_id.as_ref(), self.group_name.as_deref(), &self.tag)
    }
}

/// A change to a strategy's tag or group. Only what is given is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EditStrategyTag {
    /// The tag or group.
    pub id: String,
    /// The new name, at most 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The new sort value; larger comes first. Zero is a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
}

impl EditStrategyTag {
    /// A change to the tag or group of that id, which changes nothing yet.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), name: None, order: None }
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
}

impl Body for EditStrategyTag {
    fn check(&self) -> Result<(), String> {
        check_edit(&self.id, self.name.as_deref(), self.order)
    }
}

/// Strategy tags and groups to delete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DelStrategyTag {
    /// Tags to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag_id: Vec<TagId>,
    /// Groups to delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_id: Vec<GroupId>,
}

impl DelStrategyTag {
    /// Tags to delete.
    #[must_use]
    pub fn tags(ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        Self { tag_id: ids.into_iter().map(Into::into).collect(), group_id: Vec::new() }
    }

    /// Groups to delete.
    #[must_use]
    pub fn groups(ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        Self { tag_id: Vec::new(), group_id: ids.into_iter().map(Into::into).collect() }
    }

    /// Sets the groups to delete.
    #[must_use]
    pub fn with_groups(mut self, ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        self.group_id = ids.into_iter().map(Into::into).collect();
        self
    }
}

impl Body for DelStrategyTag {
    fn check(&self) -> Result<(), String> {
        check_deletion(&self.tag_id, &self.group_id)
    }
}

/// The strategy tags that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrategyTagList {
    /// The groups, with their tags.
    pub tag_group: Vec<StrategyTagGroup>,
}

impl Members for StrategyTagList {
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
pub struct AddedStrategyTags {
    /// The group, with the tags that were created.
    pub tag_group: StrategyTagGroup,
}

impl Members for AddedStrategyTags {
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

/// A tag group of a strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StrategyTagGroup {
    /// Its id; empty only if WeCom left it out.
    pub group_id: GroupId,
    /// Its name.
    pub group_name: String,
    /// When it was created, in seconds since the Unix epoch.
    pub create_time: Option<i64>,
    /// Its sort value; larger comes first.
    pub order: Option<u32>,
    /// The strategy it belongs to.
    pub strategy_id: Option<u64>,
    /// Its tags. Their `deleted` is never set.
    pub tag: Vec<CorpTag>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for StrategyTagGroup {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "group_id" => self.group_id = members::text(map)?.into(),
            "group_name" => self.group_name = members::text(map)?,
            "create_time" => self.create_time = members::int_or_extra(map, name, &mut self.extra)?,
            "order" => self.order = members::int_or_extra(map, name, &mut self.extra)?,
            "strategy_id" => self.strategy_id = members::int(map)?,
            "tag" => self.tag = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for StrategyTagGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
