//! `group-user-list` and `data-list-v2`.
//!
//! Documented for `group-user-list` (vendor's page 90301014): multipart with seven parts, of which
//! `user_id` and `group_obj` are required, the answer with `total`, `list` and `header`. Inferred:
//! newest first, as in the example; pages from 1 on and of 20 rows unless said otherwise; 10,000
//! rows at most, which is this server's own bound; an unknown `group_obj` is 10002.
//! `return_field_list` is taken and has no effect: its format is not documented.
//!
//! Documented for `data-list-v2` (single page, 129161511): the members, page numbers as text in the
//! schema and as int in the table, `nextId` required for two types, no condition on visitors.
//! Inferred: an answer like that of `group-user-list`. Not imitated: `condition`, whose members are
//! not documented well enough; one that is not empty is 10002.

use serde_json::Value;

use super::body::{self, Body};
use super::envelope::{Outcome, Refusal, Success};
use super::form::Form;
use super::kinds::{Group, KINDS, Kind, LEADS};
use super::rows::Listing;
use super::state::State;
use super::table::{Page, Table};
use super::users;
use crate::call::Call;

const PAGE_SIZE: u64 = 20;
const MAX_PAGE_SIZE: u64 = 10_000;

const PARTS: [&str; 7] =
    ["user_id", "page_num", "page_size", "search_str", "groupId", "group_obj", "return_field_list"];

const MEMBERS: [&str; 8] = [
    "user_id",
    "client_type",
    "nextId",
    "condition",
    "condition_type",
    "search_str",
    "page_num",
    "page_size",
];

const CLIENT_TYPES: [&str; 4] =
    ["browseCustomers", "externalDataSource", "clientsCustomers", "mochatLink"];

pub(super) fn group_users(state: &State, call: &Call) -> Outcome {
    let form = Form::read(call, &PARTS)?;
    users::require(form.text("user_id"))?;
    let table = state.table_of(kind_in_form(&form)?);
    let table = table.ok_or_else(|| body::wrong("group_obj"))?;
    let page = form.number("page_num")?.unwrap_or(1);
    let size = page_size(form.number("page_size")?.unwrap_or(PAGE_SIZE))?;
    let group = Group::named(form.text("groupId"));
    answer(state, table, table.page(group, form.text("search_str"), page, size))
}

pub(super) fn data_list(state: &State, call: &Call) -> Outcome {
    let body = Body::read(call, &MEMBERS)?;
    users::require(body.text("user_id")?)?;
    let table = state.table_of(kind_in_body(&body)?);
    let table = table.ok_or_else(|| body::wrong("client_type"))?;
    if !body.array("condition")?.is_empty() {
        return Err(body::wrong("condition"));
    }
    if !matches!(body.text("condition_type")?, None | Some("and" | "or")) {
        return Err(body::wrong("condition_type"));
    }
    let page = body.number("page_num")?.ok_or_else(|| body::missing("page_num"))?;
    let size = body.number("page_size")?.ok_or_else(|| body::missing("page_size"))?;
    let page = table.page(Group::Every(1), body.text("search_str")?, page, page_size(size)?);
    answer(state, table, page)
}

/// The object type that a call lists, and the page it asks for.
pub(super) fn listed(call: &Call) -> Option<(&'static Kind, u64)> {
    if call.api == super::GROUP_USERS {
        let form = Form::read(call, &PARTS).ok()?;
        return Some((kind_in_form(&form).ok()?, form.number("page_num").ok()?.unwrap_or(1)));
    }
    if call.api == super::DATA_LIST {
        let body = Body::read(call, &MEMBERS).ok()?;
        return Some((kind_in_body(&body).ok()?, body.number("page_num").ok()??));
    }
    None
}

fn kind_in_form(form: &Form) -> Result<&'static Kind, Refusal> {
    let object = form.text("group_obj").ok_or_else(|| body::missing("group_obj"))?;
    let kind = KINDS.iter().find(|kind| kind.group_obj == Some(object));
    kind.ok_or_else(|| body::wrong("group_obj"))
}

fn kind_in_body(body: &Body) -> Result<&'static Kind, Refusal> {
    let client_type = body.required_text("client_type")?;
    // Market leads share their client_type with the captured customers, which are meant here.
    let kind = KINDS
        .iter()
        .filter(|kind| kind.group_obj != Some(LEADS))
        .find(|kind| kind.client_type == client_type && CLIENT_TYPES.contains(&client_type))
        .ok_or_else(|| body::wrong("client_type"))?;
    if !kind.next_id.is_empty() {
        let next_id = body.value("nextId").ok_or_else(|| body::missing("nextId"))?;
        let next_id = next_id.as_str().map_or_else(|| next_id.to_string(), str::to_owned);
        if next_id != kind.next_id {
            return Err(body::wrong("nextId"));
        }
    }
    Ok(kind)
}

fn page_size(size: u64) -> Result<u64, Refusal> {
    if size <= MAX_PAGE_SIZE { Ok(size) } else { Err(body::wrong("page_size")) }
}

fn answer(state: &State, table: &Table, page: Page) -> Outcome {
    let empty: Value = state.empty.value();
    Success::read(&Listing { table, page, empty })
}
