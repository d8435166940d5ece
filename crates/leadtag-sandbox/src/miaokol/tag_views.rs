//! Groups and tags as the list and the add call show them.

use serde::Serialize;

use super::state::State;
use super::tags::Item;

/// A group of the list: its id is a number, those of its tags are quoted.
#[derive(Debug, Serialize)]
pub(super) struct GroupView<'a> {
    id: i64,
    name: &'a str,
    #[serde(rename = "type")]
    kind: u8,
    /// 0 in the vendor's sample although the group has two tags.
    number: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagView<'a>>>,
}

#[derive(Debug, Serialize)]
struct TagView<'a> {
    id: String,
    name: &'a str,
    parent_id: String,
    sort: String,
    contact_cnt: usize,
}

impl<'a> GroupView<'a> {
    pub(super) fn new(state: &'a State, group: &'a Item, with_tags: bool) -> Self {
        let tags = || state.library.tags_of(group.id).into_iter();
        Self {
            id: group.id,
            name: &group.name,
            kind: group.kind as u8,
            number: 0,
            tags: with_tags.then(|| tags().map(|tag| TagView::new(state, tag)).collect()),
        }
    }
}

impl<'a> TagView<'a> {
    fn new(state: &State, tag: &'a Item) -> Self {
        Self {
            id: tag.id.to_string(),
            name: &tag.name,
            parent_id: tag.parent_id.to_string(),
            sort: tag.sort.to_string(),
            contact_cnt: state.contact_count(tag.id),
        }
    }
}

/// What the add call answers, for a group and for a tag: every id is a number.
#[derive(Debug, Serialize)]
pub(super) struct ItemView<'a> {
    id: i64,
    user_id: u8,
    sub_user_id: u8,
    corp_id: u8,
    module: u8,
    name: &'a str,
    #[serde(rename = "type")]
    kind: u8,
    is_delete: u8,
    number: u8,
    parent_id: i64,
    ctime: u64,
    utime: u64,
    sort: i64,
    extra: Option<()>,
}

/// The tenant, in the vendor's samples and here.
pub(super) const USER_ID: u8 = 2;
pub(super) const SUB_USER_ID: u8 = 0;

impl<'a> ItemView<'a> {
    pub(super) fn new(item: &'a Item) -> Self {
        Self {
            id: item.id,
            user_id: USER_ID,
            sub_user_id: SUB_USER_ID,
            corp_id: 0,
            module: 47,
            name: &item.name,
            kind: item.kind as u8,
            is_delete: u8::from(item.deleted),
            number: 0,
            parent_id: item.parent_id,
            ctime: item.ctime,
            utime: item.utime,
            sort: item.sort,
            extra: None,
        }
    }
}
