//! One enterprise account (企业号): its tags, its leads, and which lead has which tag.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::envelope::{Refusal, Style};
use super::leads::{Key, Lead, Leads};
use super::people::{People, User, UserTag};
use super::tags::Tags;

/// Tags a user may have (vendor's document, EnterpriseLeadsApi).
const MAX_TAGS_PER_USER: usize = 5;

/// Leads are made when asked for, and there may be a million of them: a snapshot shows no more than
/// these, and those whose tags were changed.
const SNAPSHOT_LEADS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Account {
    pub(super) open_id: &'static str,
    pub(super) people: People,
    pub(super) leads: Leads,
    pub(super) tags: Tags,
    /// The tags that leads start with.
    seeded_tags: Vec<i64>,
    /// Tags that were written, by lead; the others are the seeded ones.
    marks: HashMap<Key, Vec<i64>>,
}

impl Account {
    pub(super) fn new(
        number: usize,
        open_id: &'static str,
        seed: u64,
        leads: usize,
        tags: &[&str],
    ) -> Self {
        // Another account has other people.
        let seed = seed.wrapping_add(u64::try_from(number).unwrap_or(0) << 32);
        let tags = Tags::new(number, tags);
        Self {
            open_id,
            people: People { seed },
            leads: Leads::new(number, seed, leads),
            seeded_tags: tags.all().iter().map(|tag| tag.id).collect(),
            tags,
            marks: HashMap::new(),
        }
    }

    pub(super) fn lead(&self, user_id: &str) -> Result<Lead, Refusal> {
        self.leads.find(user_id).ok_or_else(|| Refusal::parameter("unknown user_id"))
    }

    /// The live tags of a lead; deleted ones have vanished from it.
    pub(super) fn tags_of(&self, lead: Lead) -> Vec<i64> {
        let mut tags = self.marked(lead);
        tags.retain(|id| self.tags.find(*id).is_some());
        tags
    }

    fn marked(&self, lead: Lead) -> Vec<i64> {
        if let Some(written) = self.marks.get(&lead.key) {
            return written.clone();
        }
        if lead.is_inserted() {
            return Vec::new();
        }
        let seeded = self.people.tags(lead, self.seeded_tags.len());
        seeded.into_iter().filter_map(|at| self.seeded_tags.get(at).copied()).collect()
    }

    /// A lead as it is sent.
    pub(super) fn user(&self, lead: Lead, style: Style) -> User<'_> {
        let tags = self.marked(lead).into_iter().filter_map(|id| self.tags.find(id));
        let tags = tags.map(|tag| UserTag { tag_id: tag.id, tag_name: &tag.name });
        self.people.user(lead, tags.collect(), style)
    }

    /// The leads that have a live tag, from a position on.
    pub(super) fn tagged(
        &self,
        tag: i64,
        from: usize,
    ) -> Box<dyn Iterator<Item = (usize, Lead)> + '_> {
        let has = move |(_, lead): &(usize, Lead)| self.tags_of(*lead).contains(&tag);
        if self.seeded_tags.contains(&tag) {
            return Box::new(self.rows(from..self.leads.len()).filter(has));
        }
        // Only leads that were written can have another tag; there may be millions of the rest.
        let written = self.marks.keys().filter_map(|key| self.leads.position(*key));
        let written: BTreeSet<usize> = written.filter(|position| *position >= from).collect();
        let rows = written.into_iter().filter_map(|at| Some((at, self.leads.at(at)?)));
        Box::new(rows.filter(has))
    }

    /// Leads with their positions.
    pub(super) fn rows(
        &self,
        positions: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, Lead)> {
        positions.filter_map(|at| Some((at, self.leads.at(at)?)))
    }

    /// Puts a tag on a lead or takes it off; answers whether anything differs now.
    pub(super) fn bind(&mut self, lead: Lead, tag: i64, bind: bool) -> Result<bool, Refusal> {
        let mut tags = self.tags_of(lead);
        if tags.contains(&tag) == bind {
            return Ok(false);
        }
        if !bind {
            tags.retain(|id| *id != tag);
        } else if tags.len() < MAX_TAGS_PER_USER {
            tags.push(tag);
        } else {
            let text = format!("no more than {MAX_TAGS_PER_USER} tags for a user");
            return Err(Refusal::parameter(text));
        }
        self.marks.insert(lead.key, tags);
        Ok(true)
    }

    /// Tags with deleted ones, the tags of the leads, and the leads that appeared later.
    pub(super) fn snapshot(&self, renewals: u32) -> Value {
        let first = (0..self.leads.seeded().min(SNAPSHOT_LEADS)).map(Key::Seeded);
        let keys: BTreeSet<Key> = first.chain(self.marks.keys().copied()).collect();
        let leads = keys.into_iter().filter_map(|key| self.leads.at(self.leads.position(key)?));
        let mark = |lead: Lead| json!({ "user_id": lead.id(), "tag_id": self.tags_of(lead) });
        json!({
            "open_id": self.open_id,
            "tags": self.tags.all(),
            "marks": leads.map(mark).collect::<Vec<_>>(),
            "inserted": self.leads.inserted_ids(),
            "renewals": renewals,
        })
    }
}
