//! Groups and tags as the list and add calls show them.

use std::cmp::Reverse;

use serde::Serialize;

use super::tags::{Group, Tag};

/// Which `deleted` flags an answer carries (WeCom docs, page 92117: a group's only when asked by tag
/// id, a tag's only when asked by tag or group id).
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub(super) on_groups: bool,
    pub(super) on_tags: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct GroupList<'a> {
    pub(super) tag_group: Vec<GroupView<'a>>,
}

/// The add call answers one object where the list call answers an array.
#[derive(Debug, Serialize)]
pub(super) struct OneGroup<'a> {
    pub(super) tag_group: GroupView<'a>,
}

#[derive(Debug, Serialize)]
pub(super) struct GroupView<'a> {
    group_id: &'a str,
    group_name: &'a str,
    create_time: u64,
    order: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strategy_id: Option<i64>,
    tag: Vec<TagView<'a>>,
}

#[derive(Debug, Serialize)]
struct TagView<'a> {
    id: &'a str,
    name: &'a str,
    create_time: u64,
    order: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted: Option<bool>,
}

impl<'a> GroupView<'a> {
    /// A group with the given tags, bigger order first, then the older one.
    pub(super) fn new(group: &'a Group, tags: impl Iterator<Item = &'a Tag>, flags: Flags) -> Self {
        let mut tags: Vec<&Tag> = tags.collect();
        tags.sort_by_key(|tag| Reverse(tag.order));
        let tag = tags
            .into_iter()
            .map(|tag| TagView {
                id: &tag.id,
                name: &tag.name,
                create_time: tag.create_time,
                order: tag.order,
                deleted: flags.on_tags.then_some(tag.deleted),
            })
            .collect();
        Self {
            group_id: &group.id,
            group_name: &group.name,
            create_time: group.create_time,
            order: group.order,
            deleted: flags.on_groups.then_some(group.deleted),
            strategy_id: group.library,
            tag,
        }
    }
}

impl<'a> GroupList<'a> {
    /// The groups, bigger order first, then the older one.
    pub(super) fn new(mut tag_group: Vec<GroupView<'a>>) -> Self {
        tag_group.sort_by_key(|group| Reverse(group.order));
        Self { tag_group }
    }
}
