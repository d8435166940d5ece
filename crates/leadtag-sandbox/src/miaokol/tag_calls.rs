//! The five smart-tag calls.
//!
//! Documented (seed page on smart tags): the parameters and their types, the answers, 1 = tag and
//! 2 = group, `delete` by id alone, `batchAddTag` that answers no ids, `updateContact` that replaces
//! the whole set, "0 成功; 1 异常". Read from its samples: `type` absent makes a group; the numbering
//! of `batchAddTag`; ids and `sort` of tags quoted in the list only.
//! Inferred: 406 for a value that is missing or of a wrong type; 1 for an id that is unknown,
//! deleted or of the other kind, and nothing is done then; a tag needs a `parent_id` when made and
//! when edited, and another one than before moves it; no tags in the list unless asked for; groups
//! newest first; an unknown group in the list's filter is an empty page; names may repeat;
//! a deleted group takes its tags with it, and marks of deleted tags vanish; `group_name` beside a
//! `group_id` is ignored; an empty set clears.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::codes;
use super::company;
use super::envelope::{Outcome, Refusal, Success};
use super::paging::Page;
use super::params::Params;
use super::state::State;
use super::tag_views::{GroupView, ItemView};
use super::tags::Kind;

/// The vendor's sample answer to `updateContact`, which is no JSON.
pub(super) const LITERAL_UPDATE_SAMPLE: &str = "{\n    \"data\":{}//客户信息\n    \"errcode\":0\n}";

pub(super) fn list(state: &State, params: &Params<'_>) -> Outcome {
    let with_tags = match params.integer("with_tags")? {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(Refusal::parameter("with_tags")),
    };
    let only = params.integer("id")?;
    let page = Page::read(params)?;
    let groups: Vec<_> = match only {
        Some(id) => state.library.item_of(Kind::Group, id).into_iter().collect(),
        None => state.library.groups().collect(),
    };
    let shown = groups.get(page.range(groups.len())).unwrap_or_default();
    let data: Vec<_> = shown.iter().map(|group| GroupView::new(state, group, with_tags)).collect();
    Success::page(&data, page.pager(groups.len()))
}

pub(super) fn add(state: &mut State, params: &Params<'_>, now: u64) -> Outcome {
    let name = params.required("name")?;
    let kind = match params.integer("type")? {
        None | Some(2) => Kind::Group,
        Some(1) => Kind::Tag,
        Some(_) => return Err(Refusal::parameter("type")),
    };
    let parent_id = params.integer("parent_id")?.unwrap_or(0);
    let id = params.integer("id")?.unwrap_or(0);
    let parent_id = match kind {
        Kind::Group => 0,
        Kind::Tag if parent_id == 0 => return Err(Refusal::parameter("parent_id")),
        Kind::Tag => known(state, Kind::Group, parent_id)?,
    };
    let (id, changed) = match (id, kind) {
        (0, Kind::Group) => (state.library.add_group(name, now), true),
        (0, Kind::Tag) => (state.library.add_tag(parent_id, name, 0, now), true),
        (id, kind) => {
            let id = known(state, kind, id)?;
            (id, state.library.edit(id, name, parent_id, now))
        }
    };
    let Some(item) = state.library.item(id) else {
        return Err(Refusal::new(codes::EXCEPTION));
    };
    Success::wrote(&ItemView::new(item), changed)
}

pub(super) fn delete(state: &mut State, params: &Params<'_>, now: u64) -> Outcome {
    let id = params.integer("id")?.ok_or_else(|| Refusal::parameter("id"))?;
    if state.library.item(id).is_none() {
        return Err(unknown("标签或标签分组"));
    }
    state.library.delete(id, now);
    Success::wrote(&Value::Null, true)
}

pub(super) fn batch_add(state: &mut State, params: &Params<'_>, now: u64) -> Outcome {
    let names = params.texts("tag_names")?;
    if names.is_empty() {
        return Err(Refusal::parameter("tag_names"));
    }
    let group = match params.integer("group_id")?.unwrap_or(0) {
        0 => {
            let name = params.required("group_name")?;
            state.library.add_group(name, now)
        }
        id => known(state, Kind::Group, id)?,
    };
    state.library.add_tags(group, &names, now);
    Success::wrote(&Value::Null, true)
}

pub(super) fn update_contact(state: &mut State, params: &Params<'_>) -> Outcome {
    let account = company::account_at(params.required("rel_wxid")?);
    let contact = state.company.contact_at(params.required("contact_wxid")?);
    let ids: BTreeSet<_> = params.integers("smart_tag_ids")?.into_iter().collect();
    let relation =
        account.zip(contact).filter(|(account, contact)| company::has(*account, *contact));
    let Some((account, contact)) = relation else {
        return Err(unknown("客户"));
    };
    for id in &ids {
        known(state, Kind::Tag, *id)?;
    }
    let changed = state.set_marks(account, contact, ids);
    Success::wrote(&json!({}), changed)
}

/// The id, if it stands for a live tag or group of that kind.
fn known(state: &State, kind: Kind, id: i64) -> Result<i64, Refusal> {
    let what = match kind {
        Kind::Tag => "标签",
        Kind::Group => "标签分组",
    };
    state.library.item_of(kind, id).map(|item| item.id).ok_or_else(|| unknown(what))
}

fn unknown(what: &str) -> Refusal {
    Refusal::because(codes::EXCEPTION, format!("{what}不存在"))
}
