//! Everything the sandboxed corp knows.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::apps::Apps;
use super::company::Company;
use super::limits::RateLimits;
use super::seed::{self, SeededTags};
use super::tags::Tags;

/// Customers are made when asked for, and there may be a million of them: a snapshot shows no more
/// than these, and those whose marks were changed.
const SNAPSHOT_CUSTOMERS: usize = 10_000;

/// The app behind a token, and the time of the call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub(super) app: u32,
    pub(super) now: u64,
}

/// A strategy (规则组): who made it and who is in its range.
#[derive(Debug)]
pub(super) struct Strategy {
    pub(super) id: i64,
    pub(super) app: u32,
    pub(super) members: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) apps: Apps,
    pub(super) tags: Tags,
    pub(super) company: Company,
    pub(super) strategies: Vec<Strategy>,
    pub(super) limits: RateLimits,
    seeded: SeededTags,
    /// Marks that were written, by (userid, customer); the others are the seeded ones.
    marks: HashMap<(String, usize), BTreeSet<String>>,
}

impl State {
    pub(super) fn new(seed: u64, customers: usize) -> Self {
        let (tags, seeded) = seed::tags();
        Self {
            apps: Apps::default(),
            tags,
            company: Company::new(seed, customers),
            strategies: seed::strategies(),
            limits: RateLimits::default(),
            seeded,
            marks: HashMap::new(),
        }
    }

    pub(super) fn owns_strategy(&self, id: i64, caller: Caller) -> bool {
        self.strategies.iter().any(|strategy| strategy.id == id && strategy.app == caller.app)
    }

    /// The live tags a member has put on a customer; those of deleted tags have vanished.
    pub(super) fn marks_of(&self, userid: &str, at: usize) -> BTreeSet<String> {
        let live = |id: &&str| self.tags.live(id).is_some();
        match self.marks.get(&(userid.to_owned(), at)) {
            Some(written) => {
                written.iter().map(String::as_str).filter(live).map(str::to_owned).collect()
            }
            None => {
                let seeded = self.seeded.of(&self.company, userid, at).into_iter();
                seeded.filter(live).map(str::to_owned).collect()
            }
        }
    }

    pub(super) fn set_marks(&mut self, userid: &str, at: usize, marks: BTreeSet<String>) {
        self.marks.insert((userid.to_owned(), at), marks);
    }

    /// All groups and tags, deleted ones included, and the marks of the (member, customer) pairs.
    pub(super) fn snapshot(&self) -> Value {
        let first = 0..self.company.customers.min(SNAPSHOT_CUSTOMERS);
        let marked = self.marks.keys().map(|(_, at)| *at);
        let mut marks = Vec::new();
        for at in first.chain(marked).collect::<BTreeSet<_>>() {
            for userid in self.company.followers(at) {
                marks.push(json!({
                    "userid": userid,
                    "external_userid": Company::external_userid(at),
                    "tag_id": self.marks_of(userid, at),
                }));
            }
        }
        json!({ "tag_group": self.tags.groups(), "marks": marks })
    }
}
