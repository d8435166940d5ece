//! What leads did, as rows of a second table.

use std::collections::HashMap;
use std::sync::Arc;

use leadtag_core::{Interaction, Lead, PlatformTime, Timestamp};
use serde_json::Value;
use twox_hash::XxHash3_64;

use super::stream::{ids_of, raw, shown, text_as_said, time};
use crate::cell::json;
use crate::layout::Plan;
use crate::layout::columns::{ATTRIBUTES, RAW};
use crate::masking::{Masked, Masker, PersonalValue, Scope, Style};
use crate::pii::{Kind, hash_of};
use crate::{Cell, Key, PiiMode, Record, StreamRecorder};

/// The lead that interactions belong to, and what was seen of them. Use one for all pages of a
/// lead's interactions, from the first one on.
#[derive(Debug)]
pub struct InteractionsOf {
    lead: Arc<str>,
    other_ids: Option<Arc<[String]>>,
    platform: &'static str,
    known: Vec<PersonalValue>,
    /// How many there were that say the same.
    same: HashMap<String, u32>,
}

impl StreamRecorder {
    /// What [`interaction`](Self::interaction) must know of a lead.
    #[must_use]
    pub fn interactions_of(&self, lead: &Lead) -> InteractionsOf {
        let (id, other_ids) = ids_of(&self.plan, lead);
        InteractionsOf {
            lead: id.into(),
            platform: lead.platform.as_str(),
            known: self.known(lead, other_ids.is_some()),
            other_ids,
            same: HashMap::new(),
        }
    }

    /// The record of an interaction that was read at `synced_at`.
    ///
    /// Its id is `LEAD/INTERACTION`; a `/` in the lead's id is `%2F` there, and a `%` `%25`. Where the
    /// platform gives interactions no ids, it is `LEAD/#` and a hash of what happened when; the second
    /// one of a lead that says the same ends with `.2`.
    pub fn interaction(
        &mut self,
        of: &mut InteractionsOf,
        interaction: Interaction,
        synced_at: Timestamp,
    ) -> Record {
        let plan = Arc::clone(&self.plan);
        let (id, former_ids) = of.ids(self, &interaction);
        let key = Key { provider: Arc::clone(&self.provider), id };
        let known = of.known_with(&plan, &interaction);
        let masker = Masker::knowing(&known, &self.names);
        let style = plan.style(&masker);
        // What is said may be a word of it.
        let of_lead = Masker::knowing(&of.known, &self.names);
        let of_kind = Style { masker: &of_lead, ..style };
        let mut fixed = Vec::with_capacity(plan.interactions.len());
        for column in &plan.interactions {
            let personal = |value: &Option<_>| {
                value.as_ref().map_or(Cell::Null, |value| {
                    Cell::Text(shown(style, column.pii.unwrap_or_default(), Kind::Text, value))
                })
            };
            fixed.push(match column.origin {
                "provider" => Cell::Text(self.provider.to_string()),
                "lead_id" => Cell::Text(of.lead.to_string()),
                "id" => Cell::Text(key.id.clone()),
                "platform" => Cell::Text(of.platform.to_owned()),
                "kind" => Cell::Text(text_as_said(of_kind, column.pii, interaction.kind.clone())),
                "at" => time(interaction.at.as_ref()),
                "actor" => personal(&interaction.actor),
                "text" => personal(&interaction.text),
                "synced_at" => Cell::Time(synced_at),
                ATTRIBUTES => attributes(column.pii.unwrap_or_default(), style, &interaction),
                RAW => Cell::Json(raw(column.pii.unwrap_or_default(), style, &interaction.raw)),
                _ => Cell::Null,
            });
        }
        let said = plan.interactions.iter().map(|column| column.origin).zip(&fixed);
        let hash = self.hash(said.filter(|(origin, _)| *origin != "synced_at"));
        let lead = Some(Arc::clone(&of.lead));
        let other_ids = of.other_ids.clone();
        let attributes = Vec::new();
        Record { key, hash, fixed, attributes, snapshot: None, lead, other_ids, former_ids }
    }
}

impl InteractionsOf {
    /// What must not be shown of an interaction: what its columns hide comes again in its row.
    fn known_with(&self, plan: &Plan, interaction: &Interaction) -> Vec<PersonalValue> {
        let mut known = self.known.clone();
        let both = [("actor", &interaction.actor), ("text", &interaction.text)];
        let both = both.into_iter().filter(|(name, _)| !plan.is_plain() && is_hidden(plan, name));
        PersonalValue::add(&mut known, both.filter_map(|(_, text)| text.as_ref()));
        known
    }

    /// The id of an interaction, and those that it may have had with other settings; those of another
    /// key are not known.
    fn ids(
        &mut self,
        recorder: &StreamRecorder,
        interaction: &Interaction,
    ) -> (String, Option<Arc<[String]>>) {
        let own = interaction.id.as_deref().filter(|id| !id.is_empty());
        let (own, other) = match own {
            Some(own) => (own.to_owned(), None),
            None => self.hashed(recorder, interaction),
        };
        let id = id_of(&self.lead, &own);
        let leads = self.other_ids.iter().flat_map(|ids| ids.iter().map(String::as_str));
        let former = leads.chain([&*self.lead]).flat_map(|lead| {
            [Some(&own), other.as_ref()].into_iter().flatten().map(move |own| id_of(lead, own))
        });
        let former: Vec<String> = former.filter(|former| *former != id).collect();
        (id, (!former.is_empty()).then(|| former.into()))
    }

    /// An id for what has none, and the one that it had with other settings, if that may be another one.
    fn hashed(
        &mut self,
        recorder: &StreamRecorder,
        interaction: &Interaction,
    ) -> (String, Option<String>) {
        let parts = parts_of(interaction);
        let parts = parts.each_ref().map(String::as_str);
        let plan = &recorder.plan;
        // Where nobody wrote anything there is nothing to hide, and another key makes no other row;
        // where all is shown, what is hashed without a key is found whatever key comes next.
        let said = [("actor", parts[2]), ("text", parts[3])];
        let said = || said.iter().filter(|(_, part)| !part.is_empty());
        let is_hidden = said().any(|(name, _)| is_hidden(plan, name));
        let key = plan.pseudonyms.as_ref().filter(|_| said().next().is_some());
        let bare = hash_of(None, "interaction", &parts);
        let keyed = key.map(|key| hash_of(Some(key), "interaction", &parts));
        let (hash, other) = match keyed {
            Some(keyed) if is_hidden => (keyed, Some(bare)),
            keyed => (bare, keyed),
        };
        let count = self.same.entry(hash.clone()).or_insert(0);
        *count += 1;
        let end = if *count == 1 { String::new() } else { format!(".{count}") };
        (format!("#{hash}{end}"), other.map(|other| format!("#{other}{end}")))
    }
}

/// Everything platform-specific, with what is personal in it masked or hashed unless it may stay. A
/// time that cannot be read as one is kept there as it was written.
fn attributes(pii: PiiMode, style: Style<'_>, interaction: &Interaction) -> Cell {
    let mut all = interaction.attributes.clone();
    if let Some(at) = interaction.at.as_ref().filter(|at| at.instant().is_none()) {
        all.entry("at_text".to_owned()).or_insert_with(|| at.text().into());
    }
    if all.is_empty() {
        return Cell::Null;
    }
    let all = Value::from_iter(all);
    Cell::Json(match pii {
        PiiMode::Plain => json(&all),
        mode => json(&Masked::at(style.by(mode), Scope::default(), &all)),
    })
}

/// Whether what is in a column of interactions is masked or hashed.
fn is_hidden(plan: &Plan, name: &str) -> bool {
    let column = plan.interactions.iter().find(|column| column.origin == name);
    column.and_then(|column| column.pii).unwrap_or(plan.default) != PiiMode::Plain
}

/// The id of an interaction, which tells where the lead's ends.
fn id_of(lead: &str, own: &str) -> String {
    let lead = lead.replace('%', "%25").replace('/', "%2F");
    format!("{lead}/{own}")
}

/// What happened when. Not the row as received: a platform writes the same row in more than one way.
fn parts_of(interaction: &Interaction) -> [String; 4] {
    let at = interaction.at.as_ref().map(|at: &PlatformTime| {
        at.instant().map_or_else(|| at.text().trim().to_owned(), |instant| instant.to_string())
    });
    let text = |text: Option<&str>| text.unwrap_or_default().trim().to_owned();
    [
        interaction.kind.trim().to_owned(),
        at.unwrap_or_default(),
        text(interaction.actor.as_ref().map(|actor| actor.reveal())),
        text(interaction.text.as_ref().map(|text| text.reveal())),
    ]
}

/// A number that stands for an interaction without an id, and for all that say the same.
pub(crate) fn likeness(interaction: &Interaction) -> u64 {
    let hash = |seed, part: &String| XxHash3_64::oneshot_with_seed(seed, part.as_bytes());
    parts_of(interaction).iter().fold(0, hash)
}
