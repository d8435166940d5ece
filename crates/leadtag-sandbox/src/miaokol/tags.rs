//! The tag library: groups and tags, whose ids come from one sequence.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What an id stands for, by the numbers of `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tag = 1,
    Group = 2,
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) id: i64,
    pub(super) kind: Kind,
    pub(super) name: String,
    /// A tag's group; 0 for a group.
    pub(super) parent_id: i64,
    pub(super) sort: i64,
    pub(super) ctime: u64,
    pub(super) utime: u64,
    pub(super) deleted: bool,
}

#[derive(Debug, Default)]
pub(super) struct Library {
    items: BTreeMap<i64, Item>,
    /// The tags of each group, deleted ones too.
    members: BTreeMap<i64, Vec<i64>>,
    last_id: i64,
}

impl Library {
    pub(super) fn add_group(&mut self, name: &str, now: u64) -> i64 {
        let id = self.insert(Kind::Group, name, 0, 0, now);
        self.members.insert(id, Vec::new());
        id
    }

    pub(super) fn add_tag(&mut self, group: i64, name: &str, sort: i64, now: u64) -> i64 {
        let id = self.insert(Kind::Tag, name, group, sort, now);
        self.members.entry(group).or_default().push(id);
        id
    }

    /// Adds tags from the last name to the first, as the vendor's samples show it: for
    /// `["增","删"]` 删 has the smaller id, and `sort` is the place in the list.
    pub(super) fn add_tags(&mut self, group: i64, names: &[&str], now: u64) {
        let top = self.tags_of(group).iter().map(|tag| tag.sort).max().unwrap_or(0);
        let numbered: Vec<_> = names.iter().zip(top + 1..).collect();
        for (name, sort) in numbered.into_iter().rev() {
            self.add_tag(group, name, sort, now);
        }
    }

    fn insert(&mut self, kind: Kind, name: &str, parent_id: i64, sort: i64, now: u64) -> i64 {
        self.last_id += 1;
        let (id, name) = (self.last_id, name.to_owned());
        let item = Item { id, kind, name, parent_id, sort, ctime: now, utime: now, deleted: false };
        self.items.insert(id, item);
        id
    }

    pub(super) fn item(&self, id: i64) -> Option<&Item> {
        self.items.get(&id).filter(|item| !item.deleted)
    }

    /// What stands for this id, if it is of that kind.
    pub(super) fn item_of(&self, kind: Kind, id: i64) -> Option<&Item> {
        self.item(id).filter(|item| item.kind == kind)
    }

    /// The groups, the newest first.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Item> {
        self.members.keys().rev().filter_map(|id| self.item(*id))
    }

    /// The tags of a group, bigger `sort` first, then the older one.
    pub(super) fn tags_of(&self, group: i64) -> Vec<&Item> {
        let ids = self.members.get(&group).into_iter().flatten();
        let mut tags: Vec<_> = ids.filter_map(|id| self.item(*id)).collect();
        tags.sort_by_key(|tag| (Reverse(tag.sort), tag.id));
        tags
    }

    /// Renames what stands for an id, and moves a tag; answers whether anything differs now.
    pub(super) fn edit(&mut self, id: i64, name: &str, parent_id: i64, now: u64) -> bool {
        let Some(item) = self.items.get_mut(&id) else {
            return false;
        };
        let from = std::mem::replace(&mut item.parent_id, parent_id);
        if from == parent_id && item.name == name {
            return false;
        }
        name.clone_into(&mut item.name);
        item.utime = now;
        if from != parent_id {
            self.members.entry(from).or_default().retain(|tag| *tag != id);
            self.members.entry(parent_id).or_default().push(id);
        }
        true
    }

    /// Marks a tag deleted, or a group with all its tags.
    pub(super) fn delete(&mut self, id: i64, now: u64) {
        let tags = self.members.get(&id).into_iter().flatten().copied();
        for id in tags.chain([id]).collect::<Vec<_>>() {
            if let Some(item) = self.items.get_mut(&id).filter(|item| !item.deleted) {
                item.deleted = true;
                item.utime = now;
            }
        }
    }

    /// Every group with its tags in the order of their ids, deleted ones included.
    pub(super) fn everything(&self) -> impl Iterator<Item = (&Item, Vec<&Item>)> {
        self.members.iter().filter_map(|(id, tags)| {
            let tags = tags.iter().filter_map(|tag| self.items.get(tag)).collect();
            Some((self.items.get(id)?, tags))
        })
    }
}
