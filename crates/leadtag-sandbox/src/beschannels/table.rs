//! The objects of one type, newest first, made when asked for.

use std::collections::{BTreeSet, HashMap};

use super::body::Rule;
use super::kinds::{Group, Kind};
use super::people::{Person, seeded_time};
use crate::rng::mix;

/// The id of the first object; ids grow with time.
const FIRST_ID: u64 = 2_000_001;

#[derive(Debug)]
pub(super) struct Table {
    pub(super) kind: &'static Kind,
    pub(super) seed: u64,
    seeded: u64,
    /// How many objects came later.
    added: u64,
    /// Objects that came later, and seeded ones that were edited.
    written: HashMap<u64, Person>,
    deleted: BTreeSet<u64>,
}

/// Objects with their ids, and how many there are in all.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) total: u64,
    pub(super) rows: Vec<(u64, Person)>,
}

impl Table {
    pub(super) fn new(kind: &'static Kind, seed: u64, count: usize) -> Self {
        Self {
            kind,
            seed: mix(seed, kind.table_id, 1),
            seeded: u64::try_from(count).unwrap_or(u64::MAX),
            added: 0,
            written: HashMap::new(),
            deleted: BTreeSet::new(),
        }
    }

    /// The live object of that id.
    pub(super) fn get(&self, id: u64) -> Option<Person> {
        let number = id.checked_sub(FIRST_ID)?;
        let known = number < self.seeded + self.added && !self.deleted.contains(&id);
        known.then(|| self.person(id))
    }

    /// The newest objects, whatever their group.
    pub(super) fn newest(&self, count: usize) -> impl Iterator<Item = (u64, Person)> {
        self.all(1).take(count)
    }

    /// One page of a group; with a text, of those it stands in.
    pub(super) fn page(&self, group: Group, search: Option<&str>, page: u64, size: u64) -> Page {
        let skip = (page - 1).saturating_mul(size);
        let mut found = Page { total: 0, rows: Vec::new() };
        let Group::Every(step) = group else {
            return found;
        };
        let Some(text) = search else {
            found.total = self.count(step);
            let positions = skip..found.total.min(skip.saturating_add(size));
            let ids = positions.map(|position| self.live(step, position));
            found.rows = ids.map(|id| (id, self.person(id))).collect();
            return found;
        };
        for row in self.all(step).filter(|(_, person)| person.holds(text)) {
            if found.total >= skip && found.total - skip < size {
                found.rows.push(row);
            }
            found.total += 1;
        }
        found
    }

    /// The newest object with that mobile and that e-mail, of which one may be empty.
    pub(super) fn find(&self, rule: &Rule) -> Option<(u64, Person)> {
        let same = |wanted: &str, has: &str| wanted.is_empty() || wanted == has;
        let mut all = self.all(1);
        all.find(|(_, person)| {
            same(&rule.mobile, &person.mobile) && same(&rule.email, &person.email)
        })
    }

    /// Puts a made-up object on top; answers its id.
    pub(super) fn insert(&mut self, now: u64) -> u64 {
        self.add(Person::made_up(self.seed, self.seeded + self.added, now))
    }

    pub(super) fn add(&mut self, person: Person) -> u64 {
        let id = FIRST_ID + self.seeded + self.added;
        self.added += 1;
        self.written.insert(id, person);
        id
    }

    pub(super) fn write(&mut self, id: u64, person: Person) {
        self.written.insert(id, person);
    }

    /// `false` if there is no such object.
    pub(super) fn delete(&mut self, id: u64) -> bool {
        self.get(id).is_some() && self.deleted.insert(id)
    }

    /// The identity of an object: the same UUID in `identity_value` and `identity_id`.
    pub(super) fn identity(&self, id: u64) -> String {
        let (high, low) = (mix(self.seed, id, 8), mix(self.seed, id, 9));
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    pub(super) fn deleted(&self) -> &BTreeSet<u64> {
        &self.deleted
    }

    /// The ids of the objects that were added or edited, oldest first.
    pub(super) fn written(&self) -> BTreeSet<u64> {
        self.written.keys().copied().collect()
    }

    /// The live objects among every n-th seeded one and all later ones, newest first.
    fn all(&self, step: u64) -> impl Iterator<Item = (u64, Person)> {
        let ids = (0..self.slots(step)).map(move |slot| self.id_at(step, slot));
        ids.filter(|id| !self.deleted.contains(id)).map(|id| (id, self.person(id)))
    }

    fn person(&self, id: u64) -> Person {
        if let Some(person) = self.written.get(&id) {
            return person.clone();
        }
        let number = id - FIRST_ID;
        Person::made_up(self.seed, number, seeded_time(self.seed, number, self.seeded))
    }

    /// The places of a group, those of deleted objects included.
    fn slots(&self, step: u64) -> u64 {
        self.added + self.seeded.div_ceil(step)
    }

    /// The id at a place, which must exist.
    fn id_at(&self, step: u64, slot: u64) -> u64 {
        match slot.checked_sub(self.added) {
            None => FIRST_ID + self.seeded + self.added - 1 - slot,
            Some(_) => FIRST_ID + (self.slots(step) - 1 - slot) * step,
        }
    }

    /// The places of the deleted objects of a group, in order.
    fn holes(&self, step: u64) -> impl Iterator<Item = u64> {
        self.deleted.iter().rev().filter_map(move |id| {
            let number = id - FIRST_ID;
            match number.checked_sub(self.seeded) {
                Some(later) => Some(self.added - 1 - later),
                None if number.is_multiple_of(step) => Some(self.slots(step) - 1 - number / step),
                None => None,
            }
        })
    }

    fn count(&self, step: u64) -> u64 {
        self.slots(step) - self.holes(step).map(|_| 1).sum::<u64>()
    }

    /// The id of the live object at a position, which must exist.
    fn live(&self, step: u64, position: u64) -> u64 {
        let step_over = |slot, hole| if hole <= slot { slot + 1 } else { slot };
        self.id_at(step, self.holes(step).fold(position, step_over))
    }
}
