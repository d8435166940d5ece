//! Everything the sandboxed tenant knows.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};

use super::envelope::{Outcome, Success};
use super::limits::RateLimit;
use super::people::{self, People};
use super::seed;
use super::tags::{Kind, Tags};
use super::tokens::{TOKEN_SECONDS, Tokens};

#[derive(Debug)]
pub(super) struct State {
    pub(super) tokens: Tokens,
    pub(super) tags: Tags,
    pub(super) people: People,
    pub(super) limits: RateLimit,
    /// Whether `updateContact` answers what the document prints, which is no JSON.
    pub(super) literal_sample: bool,
    /// Whether the token stands beside `errcode` instead of in `data`.
    pub(super) flat_token: bool,
    /// Tag ids by (account, customer).
    marks: HashMap<(usize, usize), BTreeSet<u64>>,
}

impl State {
    pub(super) fn new(seed: u64, contacts: usize) -> Self {
        let (tags, people) = (seed::tags(), People { seed, contacts });
        let marks = seed::marks(&tags, &people);
        Self {
            tokens: Tokens::default(),
            tags,
            people,
            limits: RateLimit::default(),
            literal_sample: false,
            flat_token: false,
            marks,
        }
    }

    /// The answer of the token call. Where the two members stand is inferred.
    pub(super) fn issue_token(&mut self, now: u64) -> Outcome {
        let token = self.tokens.issue(now);
        if self.flat_token {
            let all = json!({ "access_token": token, "expires_in": TOKEN_SECONDS, "errcode": 0 });
            return Success::bare(&all);
        }
        Success::read(json!({ "access_token": token, "expires_in": TOKEN_SECONDS }))
    }

    /// Replaces the marks of a customer; answers whether any differs.
    pub(super) fn set_marks(
        &mut self,
        account: usize,
        contact: usize,
        marks: BTreeSet<u64>,
    ) -> bool {
        let differs = self.marks_of(account, contact) != marks;
        self.marks.insert((account, contact), marks);
        differs
    }

    /// The marks of a customer; those of deleted tags have vanished.
    fn marks_of(&self, account: usize, contact: usize) -> BTreeSet<u64> {
        let marks = self.marks.get(&(account, contact)).into_iter().flatten().copied();
        marks.filter(|id| self.tags.live(*id).is_some()).collect()
    }

    /// How many customers each tag has; one whom two accounts have counts once (inferred).
    pub(super) fn contact_counts(&self) -> HashMap<u64, usize> {
        let mut contacts: HashMap<u64, HashSet<usize>> = HashMap::new();
        for ((_, contact), ids) in &self.marks {
            for id in ids {
                contacts.entry(*id).or_default().insert(*contact);
            }
        }
        contacts.into_iter().map(|(id, contacts)| (id, contacts.len())).collect()
    }

    /// All groups and tags, deleted ones included, and the marks that are seeded or were written.
    pub(super) fn snapshot(&self, now: u64) -> Value {
        let pairs: BTreeSet<_> = self.marks.keys().copied().collect();
        let marks = pairs.into_iter().map(|(account, contact)| {
            json!({
                "rel_wxid": people::rel_wxid(account),
                "contact_wxid": people::contact_wxid(contact),
                "smart_tag_ids": self.marks_of(account, contact),
            })
        });
        json!({
            "groups": self.tags.all(Kind::Group).collect::<Vec<_>>(),
            "tags": self.tags.all(Kind::Tag).collect::<Vec<_>>(),
            "marks": marks.collect::<Vec<_>>(),
            "live_tokens": self.tokens.live(now),
        })
    }
}
