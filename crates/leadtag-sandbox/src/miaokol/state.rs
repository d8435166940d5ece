//! Everything the sandboxed tenant knows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::company::{self, Company};
use super::limits::RateLimit;
use super::seed::{self, SeededMarks};
use super::tags::{Item, Library};
use super::tokens::Tokens;

/// Customers are made when asked for, and there may be a million of them: a snapshot shows no more
/// than these, and those whose tags were written.
const SNAPSHOT_CONTACTS: usize = 10_000;

#[derive(Debug)]
pub(super) struct State {
    pub(super) tokens: Tokens,
    pub(super) limits: RateLimit,
    pub(super) library: Library,
    pub(super) company: Company,
    seeded: SeededMarks,
    /// Sets of tags that were written, by (account, customer); the others are the seeded ones.
    written: BTreeMap<(usize, usize), BTreeSet<i64>>,
    /// By how much the written sets change the number of customers with a tag.
    gained: HashMap<i64, i64>,
}

impl State {
    pub(super) fn new(seed: u64, contacts: usize) -> Self {
        let (library, seeded) = seed::library(seed);
        Self {
            tokens: Tokens::default(),
            limits: RateLimit::default(),
            library,
            company: Company { contacts },
            seeded,
            written: BTreeMap::new(),
            gained: HashMap::new(),
        }
    }

    /// The live tags of an account's customer; those that were deleted have vanished.
    fn marks_of(&self, account: usize, contact: usize) -> BTreeSet<i64> {
        let mut marks = self.stored_marks(account, contact);
        marks.retain(|tag| self.library.item(*tag).is_some());
        marks
    }

    fn stored_marks(&self, account: usize, contact: usize) -> BTreeSet<i64> {
        let seeded = || self.seeded.of(account, contact).collect();
        self.written.get(&(account, contact)).cloned().unwrap_or_else(seeded)
    }

    /// Replaces the whole set; answers whether it differs now.
    pub(super) fn set_marks(
        &mut self,
        account: usize,
        contact: usize,
        marks: BTreeSet<i64>,
    ) -> bool {
        let changed = self.marks_of(account, contact) != marks;
        for tag in self.stored_marks(account, contact) {
            *self.gained.entry(tag).or_default() -= 1;
        }
        for tag in &marks {
            *self.gained.entry(*tag).or_default() += 1;
        }
        self.written.insert((account, contact), marks);
        changed
    }

    /// How many customers have a tag; one with it on two accounts counts twice.
    pub(super) fn contact_count(&self, tag: i64) -> usize {
        let seeded = self.seeded.count(tag, self.company.contacts);
        let gained = self.gained.get(&tag).copied().unwrap_or(0);
        seeded.saturating_add_signed(isize::try_from(gained).unwrap_or(0))
    }

    /// All groups and tags, deleted ones included, and the tags of the (account, customer) pairs.
    pub(super) fn snapshot(&self) -> Value {
        let groups = self.library.everything().map(|(group, tags)| {
            let tags: Vec<_> = tags.into_iter().map(shown).collect();
            let mut group = shown(group);
            group["tags"] = tags.into();
            group
        });
        let first = 0..self.company.contacts.min(SNAPSHOT_CONTACTS);
        let written = self.written.keys().map(|(_, contact)| *contact);
        let mut marks = Vec::new();
        for contact in first.chain(written).collect::<BTreeSet<_>>() {
            for account in company::accounts_of(contact) {
                marks.push(json!({
                    "rel_wxid": company::account_wxid(account),
                    "contact_wxid": company::contact_wxid(contact),
                    "smart_tag_ids": self.marks_of(account, contact),
                }));
            }
        }
        json!({ "groups": groups.collect::<Vec<_>>(), "marks": marks })
    }
}

fn shown(item: &Item) -> Value {
    json!({
        "id": item.id,
        "name": item.name,
        "parent_id": item.parent_id,
        "sort": item.sort,
        "deleted": item.deleted,
    })
}
