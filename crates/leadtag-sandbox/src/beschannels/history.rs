//! What happened to a lead: `leads-behavior-type`, `leads-behavior-list`, `get-remarks-list`.
//!
//! Documented (single pages 87491003, 87491005 and 60245731): what is sent, the first two as
//! multipart. Their answers are documented too little to imitate: they are always empty. Inferred:
//! one of `leads_id`, `mobile` and `email` is needed for behaviours, and `leads_id` or `rule` for
//! remarks.

use super::body::{self, Body};
use super::envelope::{Outcome, Refusal, Success};
use super::form::Form;
use super::people::is_date_text;
use super::state::State;
use super::users;
use crate::call::Call;

const PARTS: [&str; 10] = [
    "user_id",
    "leads_id",
    "mobile",
    "email",
    "start_time",
    "end_time",
    "page_num",
    "page_size",
    "behavior_sort",
    "behavior_json",
];

pub(super) fn behavior_types(state: &State, call: &Call) -> Outcome {
    let form = Form::read(call, &["user_id"])?;
    users::require(form.text("user_id"))?;
    Success::read(&state.empty.value())
}

pub(super) fn behaviors(state: &State, call: &Call) -> Outcome {
    let form = Form::read(call, &PARTS)?;
    users::require(form.text("user_id"))?;
    let by_id = form.number("leads_id")?.is_some();
    if !by_id && form.text("mobile").or(form.text("email")).is_none() {
        return Err(body::missing("leads_id / mobile / email"));
    }
    dates(&form)?;
    form.number("page_num")?;
    form.number("page_size")?;
    if !matches!(form.text("behavior_sort"), None | Some("asc" | "desc")) {
        return Err(body::wrong("behavior_sort"));
    }
    Success::read(&state.empty.value())
}

fn dates(form: &Form) -> Result<(), Refusal> {
    for name in ["start_time", "end_time"] {
        if form.text(name).is_some_and(|text| !is_date_text(text)) {
            return Err(body::wrong(name));
        }
    }
    Ok(())
}

pub(super) fn remarks(state: &State, call: &Call) -> Outcome {
    let body = Body::read(call, &["leads_id", "rule", "user_id"])?;
    users::allow(body.text("user_id")?)?;
    let ids = body::ids(body.array("leads_id")?, serde_json::Value::as_u64)?;
    if ids.is_empty() && body.rule()?.is_none() {
        return Err(body::missing("leads_id"));
    }
    Success::read(&state.empty.value())
}
