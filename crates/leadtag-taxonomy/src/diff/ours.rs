//! What of the wanted and of the live ones is ours.

use std::collections::HashMap;

use crate::{LockGroup, LockTag};

/// What the lock says of groups, or of tags.
pub(super) struct Ours<'a> {
    /// What is locked under the key of each wanted one, if it is still there.
    pub(super) of_wanted: Vec<Option<Held>>,
    /// Which live ones are in the lock.
    pub(super) locked: Vec<bool>,
    /// Which live ones belong to a key that is still wanted.
    pub(super) wanted: Vec<bool>,
    /// Those that are not wanted, by key, each with the live one if it is still there.
    pub(super) unwanted: Vec<(Entry<'a>, Option<usize>)>,
}

/// A live one that is ours, and in what the lock agrees with it.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) live: usize,
    pub(super) same_group: bool,
    pub(super) same_name: bool,
    pub(super) same_order: bool,
}

/// An entry of the lock.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) key: &'a str,
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    group: Option<&'a str>,
    order: Option<i64>,
}

impl<'a> Entry<'a> {
    pub(super) fn of_group(entry: &'a LockGroup) -> Self {
        let LockGroup { key, id, name, order } = entry;
        Self { key, id, name, group: None, order: *order }
    }

    pub(super) fn of_tag(entry: &'a LockTag) -> Self {
        let LockTag { key, id, group, name, order } = entry;
        Self { key, id, name, group: group.as_deref(), order: *order }
    }

    /// Compares it with the live one of its id.
    pub(super) fn beside(
        &self,
        live: usize,
        group: Option<&str>,
        name: &str,
        order: Option<i64>,
    ) -> Held {
        Held {
            live,
            same_group: self.group == group,
            same_name: self.name == name,
            same_order: self.order == order,
        }
    }
}

impl<'a> Ours<'a> {
    /// Looks each entry up among the wanted ones by its key, and among the live ones by its id.
    /// Everything that is asked of an entry later is noted then: going through the lock a second
    /// time would cost more than all the rest.
    pub(super) fn new(
        entries: impl Iterator<Item = Entry<'a>>,
        keys: impl ExactSizeIterator<Item = &'a str>,
        ids: impl ExactSizeIterator<Item = &'a str>,
        compare: impl Fn(&Entry<'a>, usize) -> Held,
    ) -> Self {
        let mut ours = Self {
            of_wanted: vec![None; keys.len()],
            locked: vec![false; ids.len()],
            wanted: vec![false; ids.len()],
            unwanted: Vec::new(),
        };
        let keys: HashMap<&str, usize> = keys.zip(0..).collect();
        let ids: HashMap<&str, usize> = ids.zip(0..).collect();
        for entry in entries {
            let live = ids.get(entry.id).copied();
            let wanted = keys.get(entry.key).copied();
            match wanted {
                Some(at) => ours.of_wanted[at] = live.map(|live| compare(&entry, live)),
                None => ours.unwanted.push((entry, live)),
            }
            if let Some(live) = live {
                ours.locked[live] = true;
                ours.wanted[live] = wanted.is_some();
            }
        }
        ours
    }
}
