//! `save-user-behavior`, and `cdp/detail` on the tables behind the object types.
//!
//! Documented: the members of both, `envent_other` (so spelt), `"data":null`, the form of the time,
//! `id` or `schema_name` as multipart parts, four members of a table. Inferred: which members of a
//! behaviour are required, 10002 for a wrong one, an unknown table as an empty answer. Left out:
//! the list of a table's fields, whose name is not documented.

use serde_json::{Value, json};

use super::body::{self, Body};
use super::envelope::{Outcome, Success};
use super::form::Form;
use super::kinds::{KINDS, Kind};
use super::people::is_time_text;
use super::state::State;
use super::users;
use crate::call::Call;

const ORG_ID: &str = "org000000000001";

const MEMBERS: [&str; 8] = [
    "associated_properties",
    "associated_properties_value",
    "behavior_name",
    "occurrence_time",
    "envent_other",
    "schema_name",
    "view_duration",
    "user_id",
];

pub(super) fn save_behavior(state: &mut State, call: &Call) -> Outcome {
    let body = Body::open(call)?;
    let known = |name: &str| MEMBERS.contains(&name) || name.starts_with("utm_");
    if let Some((unknown, _)) = body.members().find(|(name, _)| !known(name)) {
        return Err(body::wrong(unknown));
    }
    users::allow(body.text("user_id")?)?;
    let by = body.required_text("associated_properties")?;
    if !["mobile", "email", "anonymous_id", "customer_id", "another"].contains(&by) {
        return Err(body::wrong("associated_properties"));
    }
    let who = body.required_text("associated_properties_value")?;
    let name = body.required_text("behavior_name")?;
    if !name.chars().all(|char| char.is_ascii_alphanumeric()) {
        return Err(body::wrong("behavior_name"));
    }
    let at = body.required_text("occurrence_time")?;
    if !is_time_text(at) {
        return Err(body::wrong("occurrence_time"));
    }
    let attributes = body.array("envent_other")?;
    let is_text = |attribute: &Value, member| attribute.get(member).is_some_and(Value::is_string);
    let complete = |attribute: &Value| {
        is_text(attribute, "envent_attr_name") && is_text(attribute, "envent_attr_value")
    };
    if !attributes.iter().all(complete) {
        return Err(body::wrong("envent_other"));
    }
    body.text("schema_name")?;
    body.number("view_duration")?;
    let behavior = json!({
        "associated_properties": by,
        "associated_properties_value": who,
        "behavior_name": name,
        "occurrence_time": at,
        "envent_other": attributes,
    });
    state.behaviors.push(behavior);
    Success::wrote(true)
}

pub(super) fn table_detail(state: &State, call: &Call) -> Outcome {
    let form = Form::read(call, &["id", "schema_name", "user_id"])?;
    users::allow(form.text("user_id"))?;
    let schema_name = |kind: &Kind| kind.group_obj.unwrap_or(kind.client_type);
    let found = match (form.number("id")?, form.text("schema_name")) {
        (Some(id), _) => KINDS.iter().find(|kind| kind.table_id == id),
        (None, Some(name)) => KINDS.iter().find(|kind| schema_name(kind) == name),
        (None, None) => return Err(body::missing("id / schema_name")),
    };
    let Some(kind) = found else {
        return Success::read(&state.empty.value());
    };
    Success::read(&json!({
        "id": kind.table_id,
        "org_id": ORG_ID,
        "schema_name": schema_name(kind),
        "display_name": kind.name,
    }))
}
