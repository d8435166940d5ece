//! The list of groups and tags, page by page.

use leadtag_core::{Tag, TagCapabilities, TagFilter, TagNode, TagQuery};

use super::state::{State, TagRow, group_of};
use crate::failures::page_of;

/// An item of the list, as a place in the rows.
#[derive(Clone, Copy)]
enum Item {
    Group(usize),
    Tag(usize),
}

impl State {
    /// At most `size` items from the place `from` on, and the place of the next page.
    pub(super) fn page(
        &self,
        query: &TagQuery,
        (from, size): (usize, usize),
        can: &TagCapabilities,
    ) -> (Vec<TagNode>, Option<usize>) {
        let (items, next) = page_of(&self.items(query), from, size);
        (items.into_iter().map(|item| self.node(item, query, can)).collect(), next)
    }

    /// Everything that is there, whatever can be listed.
    pub(super) fn all(&self, can: &TagCapabilities) -> Vec<TagNode> {
        self.page(&TagQuery::all(), (0, usize::MAX), can).0
    }

    fn items(&self, query: &TagQuery) -> Vec<Item> {
        let groups = (0..self.groups.len()).filter(|at| {
            let row = &self.groups[*at];
            let named = match &query.filter {
                TagFilter::Groups(ids) => ids.contains(&row.id),
                TagFilter::Tags(_) => {
                    let mut members = self.index.members(Some(&row.id)).iter();
                    members.any(|at| shown(&self.tags[*at], query))
                }
                _ => true,
            };
            named && (query.include_deleted || !row.deleted)
        });
        let flat = self.index.members(None).iter();
        let flat = flat.copied().filter(|at| shown(&self.tags[*at], query));
        groups.map(Item::Group).chain(flat.map(Item::Tag)).collect()
    }

    fn node(&self, item: Item, query: &TagQuery, can: &TagCapabilities) -> TagNode {
        let at = match item {
            Item::Tag(at) => return TagNode::Tag(self.tag(&self.tags[at], can)),
            Item::Group(at) => at,
        };
        let row = &self.groups[at];
        let mut group = group_of(row, can);
        let members = self.index.members(Some(&row.id)).iter().map(|at| &self.tags[*at]);
        let tags: Vec<Tag> =
            members.filter(|row| shown(row, query)).map(|row| self.tag(row, can)).collect();
        group.tags = tags;
        TagNode::Group(group)
    }
}

fn shown(row: &TagRow, query: &TagQuery) -> bool {
    let named = match &query.filter {
        TagFilter::Tags(ids) => ids.contains(&row.id),
        TagFilter::Groups(ids) => row.group.as_ref().is_some_and(|id| ids.contains(id)),
        _ => true,
    };
    named && (query.include_deleted || !row.deleted)
}
