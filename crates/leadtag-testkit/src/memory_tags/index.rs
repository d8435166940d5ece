//! Where the rows are found, so that no call looks through all of them.

use std::collections::{BTreeSet, HashMap};

use leadtag_core::{ContactRef, GroupId, TagId};

use super::state::{GroupRow, TagRow};

/// Numbers are places in the rows, which are only ever added to.
#[derive(Default)]
pub(super) struct Index {
    groups: HashMap<GroupId, usize>,
    tags: HashMap<TagId, usize>,
    /// Every tag of each group, deleted ones too, in the order they were made.
    members: HashMap<Option<GroupId>, Vec<usize>>,
    /// What is not deleted, by name.
    group_names: HashMap<String, BTreeSet<usize>>,
    tag_names: HashMap<(Option<GroupId>, String), BTreeSet<usize>>,
    alive: usize,
    carriers: HashMap<TagId, BTreeSet<ContactRef>>,
}

impl Index {
    pub(super) fn add_group(&mut self, at: usize, row: &GroupRow) {
        self.groups.insert(row.id.clone(), at);
        self.group_names.entry(row.name.clone()).or_default().insert(at);
    }

    pub(super) fn add_tag(&mut self, at: usize, row: &TagRow) {
        self.tags.insert(row.id.clone(), at);
        self.members.entry(row.group.clone()).or_default().push(at);
        self.tag_names.entry((row.group.clone(), row.name.clone())).or_default().insert(at);
        self.alive += 1;
    }

    pub(super) fn rename_group(&mut self, at: usize, row: &GroupRow, name: &str) {
        self.forget_group(at, row);
        self.group_names.entry(name.to_owned()).or_default().insert(at);
    }

    pub(super) fn rename_tag(&mut self, at: usize, row: &TagRow, name: &str) {
        self.forget_name(at, row);
        self.tag_names.entry((row.group.clone(), name.to_owned())).or_default().insert(at);
    }

    /// The group was deleted.
    pub(super) fn forget_group(&mut self, at: usize, row: &GroupRow) {
        if let Some(places) = self.group_names.get_mut(&row.name) {
            places.remove(&at);
        }
    }

    /// The tag was deleted. Gives the contacts that carried it.
    pub(super) fn forget_tag(&mut self, at: usize, row: &TagRow) -> BTreeSet<ContactRef> {
        self.forget_name(at, row);
        self.alive -= 1;
        self.carriers.remove(&row.id).unwrap_or_default()
    }

    fn forget_name(&mut self, at: usize, row: &TagRow) {
        let key = (row.group.clone(), row.name.clone());
        if let Some(places) = self.tag_names.get_mut(&key) {
            places.remove(&at);
        }
    }

    pub(super) fn group(&self, id: &GroupId) -> Option<usize> {
        self.groups.get(id).copied()
    }

    pub(super) fn tag(&self, id: &TagId) -> Option<usize> {
        self.tags.get(id).copied()
    }

    pub(super) fn members(&self, group: Option<&GroupId>) -> &[usize] {
        self.members.get(&group.cloned()).map_or(&[], Vec::as_slice)
    }

    /// The groups of that name that are not deleted, in the order they were made.
    pub(super) fn groups_named(&self, name: &str) -> impl Iterator<Item = usize> {
        self.group_names.get(name).into_iter().flatten().copied()
    }

    /// The tags of that name in that group that are not deleted, in the order they were made.
    pub(super) fn tags_named(
        &self,
        group: Option<&GroupId>,
        name: &str,
    ) -> impl Iterator<Item = usize> {
        let key = (group.cloned(), name.to_owned());
        self.tag_names.get(&key).into_iter().flatten().copied()
    }

    /// How many tags are not deleted.
    pub(super) fn alive(&self) -> usize {
        self.alive
    }

    /// A contact carries `after`, and carried `before`.
    pub(super) fn carry(&mut self, contact: &ContactRef, before: &[TagId], after: &[TagId]) {
        for id in before.iter().filter(|id| !after.contains(id)) {
            if let Some(carriers) = self.carriers.get_mut(id) {
                carriers.remove(contact);
            }
        }
        for id in after.iter().filter(|id| !before.contains(id)) {
            self.carriers.entry(id.clone()).or_default().insert(contact.clone());
        }
    }

    pub(super) fn carriers(&self, tag: &TagId) -> impl Iterator<Item = &ContactRef> {
        self.carriers.get(tag).into_iter().flatten()
    }
}
