//! The lead calls: list, detail and interactions.
//!
//! Documented (vendor's document, EnterpriseLeadsApi; samples of the user list and the interaction
//! list): parameters, answers, the enums; the kinds 4 to 6 of `action_type` by one public client
//! only. Inferred: times are Unix seconds, both ends included, an end before its start or a time in
//! milliseconds is 2100005; a lead is of a kind if any of its interactions is; interactions are
//! listed newest first; an unknown user is 2100005.

use serde::Serialize;
use serde_json::json;

use super::account::Account;
use super::envelope::{Outcome, Refusal, Style, Success};
use super::fields;
use super::page::Wanted;
use super::people::{LEVELS, User};
use crate::call::Call;

const ANY_KIND: i64 = 0;
const KINDS: std::ops::RangeInclusive<i64> = ANY_KIND..=6;
/// Seconds beyond this (the year 5138) are milliseconds.
const MAX_TIME: u64 = 100_000_000_000;

/// `data` of the user list.
#[derive(Serialize)]
struct Users<'a> {
    cursor: usize,
    description: &'static str,
    error_code: i64,
    has_more: bool,
    list: Vec<&'a str>,
    users: &'a [User<'a>],
}

pub(super) fn list(account: &Account, call: &Call, style: Style) -> Outcome {
    let wanted = Wanted::of(call)?;
    let (start, end) = (time(call, "start_time")?, time(call, "end_time")?);
    if end < start {
        return Err(Refusal::parameter("end_time is before start_time"));
    }
    let kind = kind(fields::integer(call, "action_type")?)?;
    let level = fields::optional(call, "leads_level")?;
    if level.is_some_and(|level| !LEVELS.contains(&level)) {
        return Err(Refusal::parameter("unknown leads_level"));
    }
    let people = account.people;
    let window = account.leads.window(start, end);
    let first = window.start;
    let rows = account.rows(first.saturating_add(wanted.from)..window.end).filter(|(_, lead)| {
        level.is_none_or(|level| people.level(*lead) == level)
            && (kind == ANY_KIND || people.actions(*lead).any(|action| action.kind == kind))
    });
    let page = wanted.take(rows.map(|(at, lead)| (at - first, account.user(lead, style))));
    let data = Users {
        cursor: page.next.unwrap_or(0),
        description: "",
        error_code: 0,
        has_more: page.next.is_some(),
        list: page.rows.iter().map(|user| user.open_id.as_str()).collect(),
        users: &page.rows,
    };
    Success::page(&data, style)
}

pub(super) fn detail(account: &Account, call: &Call, style: Style) -> Outcome {
    let lead = account.lead(fields::text(call, "user_id")?)?;
    Success::read(json!(account.user(lead, style)))
}

pub(super) fn actions(account: &Account, call: &Call) -> Outcome {
    let lead = account.lead(fields::text(call, "user_id")?)?;
    let wanted = Wanted::of_text(call)?;
    let kind = kind(fields::optional(call, "action_type")?.unwrap_or(ANY_KIND))?;
    let actions = account.people.actions(lead).enumerate().skip(wanted.from);
    let rows = actions.filter(|(_, action)| kind == ANY_KIND || action.kind == kind);
    let rows = rows.map(|(at, action)| (at, action.view(lead)));
    Success::read(wanted.take(rows).data_with_text_cursor())
}

fn kind(kind: i64) -> Result<i64, Refusal> {
    if KINDS.contains(&kind) { Ok(kind) } else { Err(Refusal::parameter("unknown action_type")) }
}

fn time(call: &Call, name: &str) -> Result<u64, Refusal> {
    let seconds = u64::try_from(fields::integer(call, name)?).ok();
    let seconds = seconds.filter(|seconds| *seconds <= MAX_TIME);
    seconds.ok_or_else(|| Refusal::parameter(format!("{name} must be Unix seconds")))
}
