//! Everything the sandboxed tenant knows.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::codes;
use super::envelope::Refusal;
use super::leads::{Lead, Named, Place, Seeded};
use super::library;
use super::schema::{DEFINITIONS, Definition, MAPPED_CUSTOM, phones};
use super::time;

/// Ids of leads made later lie above those of all seeded ones.
const FIRST_NEW_ID: i64 = 900_000_000_000_001;

/// A follow-up (跟进) that was written, not seeded.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FollowUp {
    pub(super) id: i64,
    #[serde(rename = "type")]
    pub(super) kind: i64,
    pub(super) content: String,
    pub(super) create_time: String,
    pub(super) operator: Operator,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operator {
    pub(super) qw_user_id: &'static str,
    pub(super) name: &'static str,
}

/// Who writes through this interface, as the document's sample has it.
pub(super) const API: Operator = Operator { qw_user_id: "", name: "API" };

#[derive(Debug)]
pub(super) struct State {
    pub(super) seeded: Seeded,
    /// Leads that were made or changed, whole.
    written: BTreeMap<i64, Lead>,
    /// The places of those that were made.
    made: BTreeSet<Place>,
    /// The fields by alias, as positions among the definitions.
    aliases: BTreeMap<String, usize>,
    logged: BTreeMap<i64, Vec<FollowUp>>,
    next_id: i64,
    /// What the imports of customers, the public pool and relations were told, as it came.
    pub(super) imported: Vec<Value>,
    pub(super) pool: Vec<Value>,
    pub(super) relations: Vec<Value>,
    pub(super) reject_all: bool,
    pub(super) skew_seconds: i64,
}

impl State {
    pub(super) fn new(seed: u64, leads: usize) -> Self {
        let built_in = |(definition, at): (&Definition, usize)| {
            definition.built_in.map(|field| (field.to_owned(), at))
        };
        let mut aliases: BTreeMap<_, _> =
            DEFINITIONS.iter().zip(0..).filter_map(built_in).collect();
        if let Some(definition) = DEFINITIONS.get(MAPPED_CUSTOM) {
            aliases.insert(definition.name.to_owned(), MAPPED_CUSTOM);
        }
        Self {
            seeded: Seeded { seed, count: u64::try_from(leads).unwrap_or(u64::MAX) },
            written: BTreeMap::new(),
            made: BTreeSet::new(),
            aliases,
            logged: BTreeMap::new(),
            next_id: FIRST_NEW_ID,
            imported: Vec::new(),
            pool: Vec::new(),
            relations: Vec::new(),
            reject_all: false,
            skew_seconds: 0,
        }
    }

    pub(super) fn lead(&self, id: i64) -> Result<Lead, Refusal> {
        if let Some(lead) = self.written.get(&id) {
            return Ok(lead.clone());
        }
        let number = self.seeded.number(id);
        let seeded = number.map(|number| self.seeded.lead(number));
        seeded.ok_or_else(|| Refusal::new(codes::UNKNOWN_CUSTOMER))
    }

    /// The `type` of a lead that a place names.
    pub(super) fn kind(&self, (_, id): Place) -> Option<i64> {
        let written = self.written.get(&id).map(|lead| lead.kind);
        written.or_else(|| self.seeded.number(id).map(Seeded::kind))
    }

    /// The places after one in the order of the list: by second, then by id.
    pub(super) fn places_after(&self, after: Place) -> impl Iterator<Item = Place> {
        let mut seeded = self.seeded.places_after(after).peekable();
        let from = (after.0, after.1.saturating_add(1));
        let mut made = self.made.range(from..).copied().peekable();
        std::iter::from_fn(move || match (seeded.peek(), made.peek()) {
            (Some(seeded_place), Some(made_place)) if made_place < seeded_place => made.next(),
            (Some(_), _) => seeded.next(),
            (None, _) => made.next(),
        })
    }

    /// The fields as leads have them: under the name that is built in, an alias or the id.
    pub(super) fn fields(&self) -> Vec<Named<'_>> {
        let named = |definition: &Definition| {
            let name = definition.built_in.or_else(|| self.alias_of(definition));
            let name = name.map_or_else(|| definition.id.to_string().into(), Cow::Borrowed);
            Named::new(name, definition.kind)
        };
        DEFINITIONS.iter().map(named).collect()
    }

    pub(super) fn alias_of(&self, definition: &Definition) -> Option<&str> {
        let mut aliases = self.aliases.iter();
        let is_its = |at: usize| DEFINITIONS.get(at).is_some_and(|of| of.id == definition.id);
        aliases.find(|(_, at)| is_its(**at)).map(|(alias, _)| alias.as_str())
    }

    /// The field an alias stands for, with its position.
    pub(super) fn field(&self, alias: &str) -> Result<(usize, &'static Definition), Refusal> {
        let at = self.aliases.get(alias).copied();
        let field = at.and_then(|at| DEFINITIONS.get(at).map(|definition| (at, definition)));
        field.ok_or_else(|| {
            let text = format!("{}: `{alias}`", codes::text(codes::UNMAPPED_ALIAS));
            Refusal::because(codes::UNMAPPED_ALIAS, text)
        })
    }

    /// Gives a field an alias in place of the one it has.
    pub(super) fn map(&mut self, field_id: i64, alias: &str) -> Result<(), Refusal> {
        let at = DEFINITIONS.iter().position(|definition| definition.id == field_id);
        let at = at.ok_or_else(|| Refusal::parameter(format!("no field {field_id}")))?;
        if self.aliases.get(alias).is_some_and(|other| *other != at) {
            return Err(Refusal::parameter(format!("alias `{alias}` is taken")));
        }
        self.aliases.retain(|_, of| *of != at);
        self.aliases.insert(alias.to_owned(), at);
        Ok(())
    }

    pub(super) fn has_mobile(&self, mobile: &str) -> bool {
        let mut numbers = self.seeded.with_mobile(mobile);
        self.written.values().any(|lead| lead.has_mobile(mobile))
            || numbers.any(|number| {
                let lead = self.seeded.lead(number);
                !self.written.contains_key(&lead.id) && lead.has_mobile(mobile)
            })
    }

    /// Adds a lead; answers its id.
    pub(super) fn add(&mut self, make: impl FnOnce(i64) -> Lead) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        let lead = make(id);
        self.made.insert((lead.created, id));
        self.written.insert(id, lead);
        id
    }

    /// Adds somebody made up.
    pub(super) fn add_somebody(&mut self, created: i64) -> i64 {
        self.add(|id| {
            let number = 9_999 - (id - FIRST_NEW_ID) % 5_000;
            let mobile = format!("1990000{number:04}");
            Lead::new(id, &format!("新线索{number}"), Some(phones([mobile.as_str()])), created)
        })
    }

    /// Sets fields of a lead and logs each as a follow-up; nothing is set if the lead is unknown.
    pub(super) fn edit(
        &mut self,
        id: i64,
        values: Vec<(usize, Option<String>)>,
        now: i64,
    ) -> Result<(), Refusal> {
        let mut lead = self.lead(id)?;
        lead.updated = now;
        for (at, value) in values {
            let name = DEFINITIONS.get(at).map_or("", |definition| definition.name);
            let content = format!("修改{name}为：{}", value.as_deref().unwrap_or("空"));
            lead.set(at, value);
            self.log(id, content, now);
        }
        self.written.insert(id, lead);
        Ok(())
    }

    fn log(&mut self, customer: i64, content: String, now: i64) {
        let id = self.next_id;
        self.next_id += 1;
        let create_time = time::text(now);
        let entry = FollowUp { id, kind: 2, content, create_time, operator: API };
        self.logged.entry(customer).or_default().push(entry);
    }

    /// The follow-ups written since the start.
    pub(super) fn logged(&self, customer: i64) -> &[FollowUp] {
        self.logged.get(&customer).map_or(&[], Vec::as_slice)
    }

    pub(super) fn snapshot(&self) -> Value {
        let field_id = |at: &usize| DEFINITIONS.get(*at).map(|definition| definition.id);
        let aliases = self.aliases.iter().map(|(alias, at)| (alias.clone(), json!(field_id(at))));
        let fields = self.fields();
        let written: Vec<_> = self.written.values().map(|lead| lead.clue(&fields)).collect();
        let logged: BTreeMap<_, _> =
            self.logged.iter().map(|(id, entries)| (id.to_string(), entries)).collect();
        json!({
            "seeded": self.seeded.count,
            "tag_group": library::groups(),
            "aliases": Value::Object(aliases.collect()),
            "written": written,
            "follow_ups": logged,
            "imported": self.imported,
            "highseas": self.pool,
            "relations": self.relations,
        })
    }
}
