//! Makes the records of one provider.

use std::borrow::Cow;
use std::sync::Arc;

use leadtag_core::pii::{Personal, PersonalKind, PersonalText};
use leadtag_core::redact::mask_personal;
use leadtag_core::{Lead, LeadId, PlatformTime, RawJson, Timestamp};
use serde_json::value::RawValue;
use twox_hash::XxHash3_64;

use super::attribute::Planned;
use super::hash::Hasher;
use super::{Key, Record};
use crate::cell::json;
use crate::layout::Plan;
use crate::layout::columns::{ATTRIBUTES, RAW};
use crate::masking::{Masked, Masker, Names, PersonalValue, Scope, Style};
use crate::pii::{Kind, hash_of, hidden_id, mobiles_in, normal_mobile, whole_number};
use crate::{Cell, PiiMode};

/// Makes records of the leads of one provider, and of what they did.
#[derive(Debug)]
pub struct StreamRecorder {
    pub(crate) plan: Arc<Plan>,
    pub(crate) provider: Arc<str>,
    pub(crate) names: Names,
    planned: Planned,
    hasher: Hasher,
    seed: u64,
    /// Whether an id was hidden without a key.
    pub(crate) has_bare_ids: bool,
}

impl StreamRecorder {
    pub(super) fn new(plan: Arc<Plan>, provider: Arc<str>, seed: u64) -> Self {
        Self {
            plan,
            provider,
            seed,
            names: Names::default(),
            planned: Planned::default(),
            hasher: Hasher::default(),
            has_bare_ids: false,
        }
    }

    /// The record of a lead that was read at `synced_at`, in this snapshot if it was one.
    ///
    /// A time of the lead that cannot be read as one is kept as the attribute `created_at_text` or
    /// `updated_at_text`.
    pub fn lead(&mut self, lead: Lead, synced_at: Timestamp, snapshot: Option<u64>) -> Record {
        let mut lead = lead;
        keep_unread_times(&mut lead);
        let plan = Arc::clone(&self.plan);
        let (id, other_ids) = ids_of(&plan, &lead);
        let known = self.known(&lead, other_ids.is_some());
        let masker = Masker::knowing(&known, &self.names);
        let style = plan.style(&masker);
        self.has_bare_ids |= plan.pseudonyms.is_none() && id != lead.id.as_str();
        let key = Key { provider: Arc::clone(&self.provider), id };
        let all = std::mem::take(&mut lead.attributes);
        self.planned.begin();
        let mut attributes = Vec::new();
        let mut together = None;
        if plan.json {
            together = Some(self.planned.in_one(style, &plan, &self.names, all));
        } else {
            attributes.reserve(all.len());
            for (name, value) in all {
                let planned = self.planned.get(&name, &plan, &self.names);
                let Some(attribute) = planned else { continue };
                attributes.push((Arc::clone(&attribute.name), attribute.cell(style, value)));
            }
        }
        let mut fixed = Vec::with_capacity(plan.leads.len());
        for column in &plan.leads {
            let cell = match column.origin {
                "provider" => Cell::Text(String::from(&*self.provider)),
                "id" => Cell::Text(key.id.clone()),
                "synced_at" => Cell::Time(synced_at),
                ATTRIBUTES => together.take().map_or(Cell::Null, Cell::Json),
                RAW => Cell::Json(raw(plan.raw, style, &lead.raw)),
                origin => lead_cell(origin, column.pii, style, &mut lead),
            };
            fixed.push(cell);
        }
        let said = plan.leads.iter().map(|column| column.origin).zip(&fixed);
        let said = said.filter(|(origin, _)| !matches!(*origin, "synced_at" | "deleted_at"));
        let others = attributes.iter().map(|(name, cell)| (&**name, cell));
        let hash = self.hash(said.chain(others));
        let former_ids = other_ids.clone();
        Record { key, hash, fixed, attributes, snapshot, lead: None, other_ids, former_ids }
    }

    /// A number that stands for an id where it is kept: with the key of the hashes, if there is one,
    /// as an id may be a mobile.
    pub(crate) fn id_hash(&self, id: &LeadId) -> u64 {
        let keyed =
            self.plan.pseudonyms.as_ref().map(|key| hash_of(Some(key), "seen", &[id.as_str()]));
        // Not every program can read larger numbers from JSON.
        XxHash3_64::oneshot(keyed.as_deref().unwrap_or(id.as_str()).as_bytes()) >> 11
    }

    /// Whether a lead had an attribute of this name; `None`: nobody knows.
    pub(crate) fn has_met(&self, attribute: &str) -> Option<bool> {
        self.planned.has_met(attribute)
    }

    /// What must not be shown of a lead, its id among that if it tells who the lead is.
    pub(crate) fn known(&self, lead: &Lead, tells_who: bool) -> Vec<PersonalValue> {
        if self.plan.is_plain() {
            return Vec::new();
        }
        let mut known = PersonalValue::of(lead);
        if tells_who {
            PersonalValue::add(&mut known, [&PersonalText::new(lead.id.as_str())].into_iter());
        }
        known
    }

    /// The hash of these values, by the names of their columns.
    pub(super) fn hash<'c>(&mut self, cells: impl Iterator<Item = (&'c str, &'c Cell)>) -> u64 {
        cells.for_each(|(name, cell)| self.hasher.add(name, cell));
        self.hasher.finish(self.seed)
    }
}

/// Times that cannot be read as such are kept as the platform wrote them.
fn keep_unread_times(lead: &mut Lead) {
    for (name, time) in
        [("created_at_text", &lead.created_at), ("updated_at_text", &lead.updated_at)]
    {
        if let Some(time) = time.as_ref().filter(|time| time.instant().is_none()) {
            lead.attributes.entry(name.to_owned()).or_insert_with(|| time.text().into());
        }
    }
}

fn lead_cell(origin: &str, said: Option<PiiMode>, style: Style<'_>, lead: &mut Lead) -> Cell {
    let pii = said.unwrap_or_default();
    let personal = |value: &Option<_>| {
        value.as_ref().map_or(Cell::Null, |value| Cell::Text(shown(style, pii, Kind::Text, value)))
    };
    let text = |text: Option<String>| {
        text.map_or(Cell::Null, |text| Cell::Text(text_as_said(style, said, text)))
    };
    match origin {
        "platform" => Cell::Text(lead.platform.as_str().to_owned()),
        "name" => personal(&lead.name),
        "company" => personal(&lead.company),
        "mobiles" => {
            let mut all = Vec::with_capacity(lead.mobiles.len());
            for mobile in &lead.mobiles {
                match style.pseudonyms.filter(|_| pii == PiiMode::Hmac) {
                    Some(pseudonyms) => {
                        let each = mobiles_in(mobile.reveal()).into_iter();
                        all.extend(each.map(|each| pseudonyms.of(Kind::Mobile, &each)));
                    }
                    None => all.push(shown(style, pii, Kind::Mobile, mobile)),
                }
            }
            Cell::List(all)
        }
        "emails" => {
            let emails = lead.emails.iter();
            Cell::List(emails.map(|email| shown(style, pii, Kind::Email, email)).collect())
        }
        "tags" => {
            let tags = std::mem::take(&mut lead.tags).into_iter();
            Cell::List(tags.map(|tag| text_as_said(style, said, tag)).collect())
        }
        "level" => text(lead.level.take()),
        "source" => text(lead.source.take()),
        "created_at" => time(lead.created_at.as_ref()),
        "updated_at" => time(lead.updated_at.as_ref()),
        _ => Cell::Null,
    }
}

/// A value that is personal, as its column has it.
pub(super) fn shown<K: PersonalKind>(
    style: Style<'_>,
    pii: PiiMode,
    kind: Kind,
    value: &Personal<K>,
) -> String {
    match (pii, style.pseudonyms) {
        (PiiMode::Plain, _) => value.reveal().to_owned(),
        (PiiMode::Hmac, Some(pseudonyms)) => pseudonyms.of(kind, value.reveal()),
        _ => value.masked(),
    }
}

/// A text of which somebody may have said what becomes of it.
pub(super) fn text_as_said(style: Style<'_>, said: Option<PiiMode>, text: String) -> String {
    match said {
        Some(pii) => shown(style, pii, Kind::Text, &PersonalText::new(text)),
        None => looked_through(style, text),
    }
}

/// A text that may hold something personal; where nothing is masked, nothing is known either.
fn looked_through(style: Style<'_>, text: String) -> String {
    if !style.masks_texts {
        return text;
    }
    match style.masker.text(&text) {
        Cow::Owned(shown) => shown,
        Cow::Borrowed(_) => text,
    }
}

pub(super) fn time(time: Option<&PlatformTime>) -> Cell {
    time.and_then(PlatformTime::instant).map_or(Cell::Null, Cell::Time)
}

/// The row as it was received, with what is personal masked or hashed unless it may stay.
pub(super) fn raw(pii: PiiMode, style: Style<'_>, raw: &RawJson) -> String {
    if pii == PiiMode::Plain {
        return raw.as_str().to_owned();
    }
    match raw.read::<&RawValue>() {
        Ok(value) => json(&Masked::at(style.by(pii), Scope::default(), value)),
        Err(_) => json(&"***"),
    }
}

/// The id as a destination has it, which is hidden where it tells who the lead is: some platforms take
/// a mobile for an id where they have none. And then those that the lead may have had there with other
/// settings; those of another key are not known.
pub(crate) fn ids_of(plan: &Plan, lead: &Lead) -> (String, Option<Arc<[String]>>) {
    let plain = lead.id.as_str().to_owned();
    if !is_known_by_id(lead) {
        return (plain, None);
    }
    let keyed = plan.pseudonyms.as_ref().map(|key| hidden_id(&plain, Some(key)));
    let bare = hidden_id(&plain, None);
    let stored = match plan.default {
        PiiMode::Plain => plain.clone(),
        _ => keyed.clone().unwrap_or_else(|| bare.clone()),
    };
    let all = [plain, bare].into_iter().chain(keyed);
    let others = all.filter(|id| *id != stored).collect();
    (stored, Some(others))
}

/// Whether the id is the lead's mobile or address, or has the form of one.
fn is_known_by_id(lead: &Lead) -> bool {
    let id = lead.id.as_str();
    if matches!(mask_personal(id), Cow::Owned(_)) {
        return true;
    }
    let is_mobile = || {
        let number = whole_number(id);
        let is_it = |number: &str| {
            let plain = |number: &str| number.trim_start_matches('+').to_owned();
            let mut mobiles =
                lead.mobiles.iter().map(|mobile| plain(&normal_mobile(mobile.reveal())));
            mobiles.any(|mobile| mobile == plain(number))
        };
        number.is_some_and(|number| is_it(&number))
    };
    let is_email =
        || lead.emails.iter().any(|email| email.reveal().trim().eq_ignore_ascii_case(id));
    is_mobile() || is_email()
}
