//! What of the wanted and of the live ones is ours.

use super::table::Table;
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
    /// Looks the key of each wanted one and the id of each live one up in the lock. Everything that
    /// is asked of an entry later is noted then: reading large locks again and again takes longer
    /// than all the rest.
    pub(super) fn new(
        entries: impl Iterator<Item = Entry<'a>>,
        keys: impl ExactSizeIterator<Item = &'a str>,
        ids: impl ExactSizeIterator<Item = &'a str>,
        compare: impl Fn(&Entry<'a>, usize) -> Held,
    ) -> Self {
        let entries: Vec<_> = entries.collect();
        let (mut locked, mut wanted) = (vec![false; ids.len()], vec![false; ids.len()]);

        let by_id = Table::of(entries.len(), |nth| entries[nth].id, |_, _| {});
        let mut held = vec![None; entries.len()];
        for (at, id) in ids.enumerate() {
            if let Some(nth) = by_id.find(id, |nth| entries[nth].id) {
                held[nth] = Some(compare(&entries[nth], at));
                locked[at] = true;
            }
        }
        drop(by_id);

        let by_key = Table::of(entries.len(), |nth| entries[nth].key, |_, _| {});
        let mut is_wanted = vec![false; entries.len()];
        let mut find = |key: &str| {
            let nth = by_key.find(key, |nth| entries[nth].key)?;
            is_wanted[nth] = true;
            held[nth].inspect(|held: &Held| wanted[held.live] = true)
        };
        let of_wanted = keys.map(&mut find).collect();

        let unwanted = entries.iter().zip(held).zip(is_wanted).filter(|(_, wanted)| !wanted);
        let unwanted = unwanted.map(|((entry, held), _)| (*entry, held.map(|held| held.live)));
        Self { of_wanted, locked, wanted, unwanted: unwanted.collect() }
    }
}
