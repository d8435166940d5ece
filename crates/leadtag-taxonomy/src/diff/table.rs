//! Finding what is in a list. A table holds nothing but indexes: beside the list itself, keys and
//! values of 24 bytes and more for each of ten thousand do not fit into the processor's cache.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

/// The indexes of a list, by something that the list tells of each: its `key`.
pub(super) struct Table {
    hasher: RandomState,
    indexes: HashTable<u32>,
}

impl Table {
    /// Of a list of `len`, fewer than 2³². Of those of the same key the last one is found; `again`
    /// is told of each that has the key of an earlier one, and of the one before it.
    pub(super) fn of<K: Hash + Eq>(
        len: usize,
        key: impl Fn(usize) -> K,
        mut again: impl FnMut(usize, usize),
    ) -> Self {
        let hasher = RandomState::new();
        let mut indexes = HashTable::with_capacity(len);
        for (at, index) in (0..len).zip(0_u32..) {
            let one = key(at);
            let hash = hasher.hash_one(&one);
            let same = |other: &u32| key(*other as usize) == one;
            match indexes.entry(hash, same, |other| hasher.hash_one(key(*other as usize))) {
                Entry::Vacant(entry) => {
                    entry.insert(index);
                }
                Entry::Occupied(mut entry) => {
                    let before = std::mem::replace(entry.get_mut(), index);
                    again(at, before as usize);
                }
            }
        }
        Self { hasher, indexes }
    }

    /// The one of this key.
    pub(super) fn find<K: Hash + Eq>(&self, one: K, key: impl Fn(usize) -> K) -> Option<usize> {
        let same = |other: &u32| key(*other as usize) == one;
        self.indexes.find(self.hasher.hash_one(&one), same).map(|at| *at as usize)
    }
}
