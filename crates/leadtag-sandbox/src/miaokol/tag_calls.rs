//! The five smart-tag calls.
//!
//! Documented: every parameter and member; that `add` takes a missing `type` for a group (its
//! sample); ids as numbers in groups and in the answer of `add`, as text in the tags of the list;
//! `data` is null after `delete` and `batchAddTag`, and an object after `updateContact`, whose ids
//! replace all there were; that the last of `tag_names` gets the smallest id (its samples, taken
//! together). Inferred: groups without `with_tags=1` have no `tags`; an unknown group
//! in the list is an empty list; an unknown id elsewhere, or the id of a group among
//! `smart_tag_ids`, is 1 and nothing changes; editing a tag without `parent_id` leaves it where it
//! is; no `smart_tag_ids` clear the customer's tags; the members of the customer.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::page::Wanted;
use super::params::{Params, bad};
use super::people;
use super::state::State;
use super::tags::{Kind, New, Record};

#[derive(Serialize)]
struct GroupRow<'a> {
    id: u64,
    name: &'a str,
    #[serde(rename = "type")]
    kind: u8,
    number: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagRow<'a>>>,
}

#[derive(Serialize)]
struct TagRow<'a> {
    id: String,
    name: &'a str,
    parent_id: String,
    sort: String,
    contact_cnt: usize,
}

impl<'a> TagRow<'a> {
    fn new(tag: &'a Record, contact_counts: &HashMap<u64, usize>) -> Self {
        Self {
            id: tag.id.to_string(),
            name: &tag.name,
            parent_id: tag.parent_id.to_string(),
            sort: tag.sort.to_string(),
            contact_cnt: contact_counts.get(&tag.id).copied().unwrap_or(0),
        }
    }
}

pub(super) fn list(state: &State, params: &Params) -> Outcome {
    let with_tags = match params.int("with_tags")? {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(bad("with_tags")),
    };
    let only = params.id("id")?;
    let wanted = Wanted::of(params)?;
    let groups = state.tags.groups().into_iter();
    let (groups, pager) = wanted.take(groups.filter(|group| only.is_none_or(|id| id == group.id)));
    let (tags, counts) = (state.tags.tags_by_group(), state.contact_counts());
    let mut rows = Vec::new();
    for group in groups {
        let tags = tags.get(&group.id).map_or(&[][..], Vec::as_slice);
        rows.push(GroupRow {
            id: group.id,
            name: &group.name,
            kind: group.kind.number(),
            number: group.number,
            tags: with_tags.then(|| tags.iter().map(|tag| TagRow::new(tag, &counts)).collect()),
        });
    }
    Success::page(rows, pager)
}

pub(super) fn add(state: &mut State, params: &Params, now: u64) -> Outcome {
    let name = params.required_text("name")?;
    let kind = match params.int("type")? {
        None => None,
        Some(1) => Some(Kind::Tag),
        Some(2) => Some(Kind::Group),
        Some(_) => return Err(bad("type")),
    };
    let parent = params.id("parent_id")?;
    match params.id("id")? {
        None => create(state, name, kind, parent, now),
        Some(id) => edit(state, id, name, kind, parent, now),
    }
}

fn create(
    state: &mut State,
    name: &str,
    kind: Option<Kind>,
    parent: Option<u64>,
    now: u64,
) -> Outcome {
    let parent = match (kind, parent) {
        (Some(Kind::Tag), Some(group)) => Some(known_group(state, group)?),
        (Some(Kind::Tag), None) | (_, Some(_)) => return Err(bad("parent_id")),
        (_, None) => None,
    };
    let made = state.tags.make(New { name, parent, sort: 0 }, now);
    Success::wrote(made, true)
}

fn edit(
    state: &mut State,
    id: u64,
    name: &str,
    kind: Option<Kind>,
    parent: Option<u64>,
    now: u64,
) -> Outcome {
    let is = state.tags.live(id).map(|record| record.kind).ok_or_else(|| unknown("id"))?;
    if kind.is_some_and(|kind| kind != is) {
        return Err(unknown("id"));
    }
    if let Some(group) = parent {
        if is == Kind::Group {
            return Err(bad("parent_id"));
        }
        known_group(state, group)?;
    }
    let (record, differs) = state.tags.edit(id, name, parent, now).ok_or_else(|| unknown("id"))?;
    Success::wrote(record, differs)
}

pub(super) fn delete(state: &mut State, params: &Params, now: u64) -> Outcome {
    let id = params.id("id")?.ok_or_else(|| bad("id"))?;
    if !state.tags.delete(id, now) {
        return Err(unknown("id"));
    }
    Success::wrote((), true)
}

pub(super) fn batch_add(state: &mut State, params: &Params, now: u64) -> Outcome {
    let group = params.id("group_id")?;
    let group_name = params.text("group_name")?;
    let names = params.array("tag_names", Value::as_str)?;
    if names.is_empty() || names.contains(&"") {
        return Err(bad("tag_names"));
    }
    let group = match group {
        Some(group) => known_group(state, group)?,
        None => {
            let name = group_name.ok_or_else(|| bad("group_name"))?;
            state.tags.make(New { name, parent: None, sort: 0 }, now).id
        }
    };
    state.tags.make_batch(group, &names, now);
    Success::wrote((), true)
}

pub(super) fn update_contact(state: &mut State, params: &Params) -> Outcome {
    let rel_wxid = params.required_text("rel_wxid")?;
    let contact_wxid = params.required_text("contact_wxid")?;
    let ids = params.array("smart_tag_ids", Value::as_u64)?;
    let account = people::account_at(rel_wxid).ok_or_else(|| unknown("rel_wxid"))?;
    let contact = state.people.contact_at(contact_wxid).ok_or_else(|| unknown("contact_wxid"))?;
    if !people::follows(account, contact) {
        return Err(unknown("contact_wxid"));
    }
    if ids.iter().any(|id| state.tags.live_of(*id, Kind::Tag).is_none()) {
        return Err(unknown("smart_tag_ids"));
    }
    let ids: BTreeSet<u64> = ids.into_iter().collect();
    let differs = state.set_marks(account, contact, ids);
    if state.literal_sample {
        return Success::literal_sample(differs);
    }
    let customer =
        json!({ "id": people::contact_id(contact), "rel_wxid": rel_wxid, "wxid": contact_wxid });
    Success::wrote(customer, differs)
}

fn known_group(state: &State, id: u64) -> Result<u64, Refusal> {
    state.tags.live_of(id, Kind::Group).map(|group| group.id).ok_or_else(|| unknown("group"))
}

/// The refusal of an id that is not known.
fn unknown(name: &str) -> Refusal {
    Refusal::about(codes::EXCEPTION, name)
}
