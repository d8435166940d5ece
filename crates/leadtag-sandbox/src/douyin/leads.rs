//! The leads of one account in the order they are listed: newest first.
//!
//! Seeded leads are computed from their number, so that any number of them costs no memory; leads
//! that appeared later are kept and stand among them by their time. The order is inferred, as no
//! document names one; so is that a lead's time is that of its latest interaction.

use std::ops::Range;

use crate::rng::mix;

/// The time of the newest seeded lead: 2024-07-03T09:46:40Z.
const NEWEST: u64 = 1_720_000_000;
/// Seeded leads lie at most six hours apart, and so close that up to 63 million of them fit into
/// two years.
const MAX_STEP: u64 = 6 * 3600;
const SPAN: u64 = 730 * 24 * 3600;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Seeded(usize),
    Inserted(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    account: usize,
    pub(super) key: Key,
    pub(super) time: u64,
}

impl Lead {
    pub(super) fn id(self) -> String {
        let (kind, at) = match self.key {
            Key::Seeded(at) => ('L', at),
            Key::Inserted(at) => ('N', at),
        };
        format!("_000sandbox{}{kind}{at:010}", self.account)
    }

    /// What its data are computed from.
    pub(super) fn number(self) -> u64 {
        match self.key {
            Key::Seeded(at) => u64::try_from(at).unwrap_or(u64::MAX),
            Key::Inserted(at) => u64::MAX / 2 + u64::try_from(at).unwrap_or(0),
        }
    }

    pub(super) fn is_inserted(self) -> bool {
        matches!(self.key, Key::Inserted(_))
    }
}

/// A lead that appeared later.
#[derive(Debug, Clone, Copy)]
struct Inserted {
    serial: usize,
    time: u64,
    /// How many seeded leads are newer.
    behind: usize,
}

#[derive(Debug)]
pub(super) struct Leads {
    account: usize,
    seed: u64,
    seeded: usize,
    step: u64,
    /// Newest first.
    inserted: Vec<Inserted>,
}

impl Leads {
    pub(super) fn new(account: usize, seed: u64, seeded: usize) -> Self {
        let count = u64::try_from(seeded).unwrap_or(u64::MAX).max(1);
        let step = (SPAN / count).clamp(1, MAX_STEP);
        Self { account, seed, seeded, step, inserted: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.seeded + self.inserted.len()
    }

    /// The number of seeded leads.
    pub(super) fn seeded(&self) -> usize {
        self.seeded
    }

    /// Adds a lead at that time, before those of the same time; answers its id.
    pub(super) fn insert(&mut self, time: u64) -> String {
        let serial = self.inserted.len();
        let behind = partition(self.seeded, |at| self.seeded_time(at) > time);
        let at = self.inserted.partition_point(|lead| lead.time > time);
        self.inserted.insert(at, Inserted { serial, time, behind });
        self.lead(Key::Inserted(serial), time).id()
    }

    /// The ids of the leads that appeared later, newest first.
    pub(super) fn inserted_ids(&self) -> Vec<String> {
        let leads = self.inserted.iter();
        leads.map(|lead| self.lead(Key::Inserted(lead.serial), lead.time).id()).collect()
    }

    /// The lead at a position of the whole list.
    pub(super) fn at(&self, position: usize) -> Option<Lead> {
        let place = |at: usize| self.inserted.get(at).map(|lead| lead.behind + at);
        let before = partition(self.inserted.len(), |at| place(at).is_some_and(|p| p < position));
        if place(before) == Some(position) {
            let lead = self.inserted.get(before)?;
            return Some(self.lead(Key::Inserted(lead.serial), lead.time));
        }
        self.seeded_lead(position - before)
    }

    /// The positions of the leads from one time to another, both included.
    pub(super) fn window(&self, start: u64, end: u64) -> Range<usize> {
        self.count(|time| time > end)..self.count(|time| time >= start)
    }

    /// The lead of that id.
    pub(super) fn find(&self, id: &str) -> Option<Lead> {
        let (_, number) = id.rsplit_once(['L', 'N'])?;
        let number = number.parse().ok()?;
        let seeded = self.seeded_lead(number);
        let inserted = self.find_inserted(number).map(|(_, lead)| lead);
        seeded.into_iter().chain(inserted).find(|lead| lead.id() == id)
    }

    pub(super) fn position(&self, key: Key) -> Option<usize> {
        match key {
            Key::Seeded(at) => Some(at + self.inserted.partition_point(|lead| lead.behind <= at)),
            Key::Inserted(serial) => self.find_inserted(serial).map(|(position, _)| position),
        }
    }

    fn find_inserted(&self, serial: usize) -> Option<(usize, Lead)> {
        let at = self.inserted.iter().position(|lead| lead.serial == serial)?;
        let Inserted { time, behind, .. } = *self.inserted.get(at)?;
        Some((behind + at, self.lead(Key::Inserted(serial), time)))
    }

    fn seeded_lead(&self, at: usize) -> Option<Lead> {
        (at < self.seeded).then(|| self.lead(Key::Seeded(at), self.seeded_time(at)))
    }

    fn lead(&self, key: Key, time: u64) -> Lead {
        Lead { account: self.account, key, time }
    }

    /// Falls with the number.
    fn seeded_time(&self, at: usize) -> u64 {
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        let before = at.saturating_mul(self.step).saturating_add(mix(self.seed, at, 0) % self.step);
        NEWEST.saturating_sub(before)
    }

    /// The number of leads whose time is one of the newer ones.
    fn count(&self, newer: impl Fn(u64) -> bool) -> usize {
        let seeded = partition(self.seeded, |at| newer(self.seeded_time(at)));
        seeded + self.inserted.partition_point(|lead| newer(lead.time))
    }
}

/// The first number below `len` for which `before` no longer holds.
fn partition(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
