//! Single leads: `leads-details`, `edit-leads`, `del-leads`, `assign-leads`, `customers-add`.
//!
//! Documented: the members, the type of `leads_id` on each page (an integer, integers, or strings
//! with integers in the example), that `leads_id` or `rule` is needed, both members of `rule` on
//! `leads-details`, the three values of `is_add`, `"data":null` of `del-leads`. `customers-add`
//! stems from a single public client. Inferred: `data` of `leads-details` holds the columns, the
//! id and the owner, and is empty for an unknown lead; the other writes answer `null` too; deleting
//! or assigning an unknown lead is a success without effect; `is_add` of `"1"` without such a lead
//! and of `"2"` with one is -1; a lead is the same if the mobile is, or without one the e-mail.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::body::{self, Body, Rule};
use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::kinds::{EXTERNAL, LEADS, NEXT_ID_EXTERNAL};
use super::people::Person;
use super::state::State;
use super::table::Table;
use super::users;
use crate::call::Call;

pub(super) fn details(state: &State, call: &Call) -> Outcome {
    let body = Body::read(call, &["leads_id", "rule", "user_id"])?;
    users::allow(body.text("user_id")?)?;
    if let Some(rule) = body.object("rule")? {
        let absent = ["MobilePhone", "Email"].into_iter().find(|name| !rule.contains_key(*name));
        if let Some(name) = absent {
            return Err(body::missing(name));
        }
    }
    let table = leads(state)?;
    let id =
        body.value("leads_id").map(|value| value.as_u64().ok_or_else(|| body::wrong("leads_id")));
    let found = match (id.transpose()?, body.rule()?) {
        (Some(id), _) => table.get(id).map(|person| (id, person)),
        (None, Some(rule)) => table.find(&rule),
        (None, None) => return Err(body::missing("leads_id")),
    };
    match found {
        Some((id, person)) => Success::read(&Details { table, id, person }),
        None => Success::read(&state.empty.value()),
    }
}

struct Details<'a> {
    table: &'a Table,
    id: u64,
    person: Person,
}

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(None)?;
        data.serialize_entry("id", &self.id)?;
        for (_, property) in self.table.kind.columns {
            data.serialize_entry(property, &self.person.column(property))?;
        }
        for (property, value) in &self.person.other {
            data.serialize_entry(property, value)?;
        }
        data.serialize_entry("LeadOwner", self.person.owner.as_deref().unwrap_or_default())?;
        data.end()
    }
}

pub(super) fn edit(state: &mut State, call: &Call, now: u64) -> Outcome {
    let body = Body::open(call)?;
    users::allow(body.text("user_id")?)?;
    body.text("anonymous_id")?;
    let is_add = body.text("is_add")?.unwrap_or("0");
    if !["0", "1", "2"].contains(&is_add) {
        return Err(body::wrong("is_add"));
    }
    let fields = lead_fields(&body)?;
    let given = |name: &str| {
        fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    };
    let mut rule = Rule { mobile: given("MobilePhone").to_owned(), email: String::new() };
    if rule.mobile.is_empty() {
        given("Email").clone_into(&mut rule.email);
        if rule.email.is_empty() {
            return Err(body::missing("MobilePhone / Email"));
        }
    }
    let table = state.table_mut(LEADS).ok_or_else(|| Refusal::new(codes::EXCEPTION))?;
    match (table.find(&rule), is_add) {
        (Some(_), "2") => Err(Refusal::about(codes::FAILED, "线索已存在")),
        (None, "1") => Err(Refusal::about(codes::FAILED, "线索不存在")),
        (Some(_), _) if fields.len() == 1 => Err(Refusal::new(codes::NOTHING_TO_CHANGE)),
        (Some((id, mut person)), _) => {
            fill(&mut person, fields);
            table.write(id, person);
            Success::wrote(true)
        }
        (None, _) => {
            table.add(new_person(fields, now));
            Success::wrote(true)
        }
    }
}

pub(super) fn delete(state: &mut State, call: &Call) -> Outcome {
    let body = Body::read(call, &["leads_id", "rule", "user_id"])?;
    users::allow(body.text("user_id")?)?;
    let ids = chosen(state, &body, Value::as_u64)?;
    let table = state.table_mut(LEADS).ok_or_else(|| Refusal::new(codes::EXCEPTION))?;
    let deleted = ids.into_iter().filter(|id| table.delete(*id)).count();
    Success::wrote(deleted > 0)
}

pub(super) fn assign(state: &mut State, call: &Call) -> Outcome {
    let body = Body::read(call, &["leads_id", "rule", "assign_userid", "user_id"])?;
    users::allow(body.text("user_id")?)?;
    let owner = body.required_text("assign_userid")?;
    users::check("assign_userid", owner)?;
    let id = |value: &Value| value.as_str().map_or_else(|| value.as_u64(), |id| id.parse().ok());
    let ids = chosen(state, &body, id)?;
    let table = state.table_mut(LEADS).ok_or_else(|| Refusal::new(codes::EXCEPTION))?;
    let mut changed = false;
    for id in ids {
        if let Some(person) = table.get(id) {
            table.write(id, Person { owner: Some(owner.to_owned()), ..person });
            changed = true;
        }
    }
    Success::wrote(changed)
}

pub(super) fn add_customer(state: &mut State, call: &Call, now: u64) -> Outcome {
    let body = Body::read(call, &["user_id", "nextId", "client_type", "data"])?;
    users::require(body.text("user_id")?)?;
    if body.required_text("client_type")? != EXTERNAL {
        return Err(body::wrong("client_type"));
    }
    if body.required_text("nextId")? != NEXT_ID_EXTERNAL {
        return Err(body::wrong("nextId"));
    }
    let data = body.object("data")?.ok_or_else(|| body::missing("data"))?;
    let fields = data.iter().map(|(name, value)| field(name, value));
    let person = new_person(fields.collect::<Result<_, _>>()?, now);
    let table = state.table_mut(EXTERNAL).ok_or_else(|| Refusal::new(codes::EXCEPTION))?;
    table.add(person);
    Success::wrote(true)
}

/// The leads a call names by id or by contact data; the unknown ones are left out.
fn chosen(
    state: &State,
    body: &Body,
    read: impl Fn(&Value) -> Option<u64>,
) -> Result<Vec<u64>, Refusal> {
    let ids = body::ids(body.array("leads_id")?, read)?;
    match body.rule()? {
        _ if !ids.is_empty() => Ok(ids),
        Some(rule) => Ok(leads(state)?.find(&rule).map(|(id, _)| id).into_iter().collect()),
        None => Err(body::missing("leads_id")),
    }
}

fn leads(state: &State) -> Result<&Table, Refusal> {
    state.table(LEADS).ok_or_else(|| Refusal::new(codes::EXCEPTION))
}

/// The columns a call writes: every member that is none of the call's own.
fn lead_fields(body: &Body) -> Result<Vec<(String, String)>, Refusal> {
    let own = ["is_add", "anonymous_id", "user_id"];
    let fields = body.members().filter(|(name, _)| !own.contains(name));
    fields.map(|(name, value)| field(name, value)).collect()
}

/// A column to write. Numbers are written as text (vendor's page 243929848); an address is an
/// object.
fn field(name: &str, value: &Value) -> Result<(String, String), Refusal> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Object(_) if name == "Address" => value.to_string(),
        _ => return Err(body::wrong(name)),
    };
    Ok((name.to_owned(), text))
}

fn new_person(fields: Vec<(String, String)>, created: u64) -> Person {
    let mut person = Person { created, ..Person::default() };
    fill(&mut person, fields);
    person
}

fn fill(person: &mut Person, fields: Vec<(String, String)>) {
    for (name, value) in fields {
        match name.as_str() {
            "FullName" => person.name = value,
            "MobilePhone" => person.mobile = value,
            "Email" => person.email = value,
            "Company" => person.company = value,
            "LeadOwner" => person.owner = Some(value),
            _ => {
                person.other.insert(name, value);
            }
        }
    }
}
