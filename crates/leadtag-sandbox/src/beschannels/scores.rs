//! Scores of leads by model, and `batch-score-list`.
//!
//! Documented (vendor's page 168845727): the members, the two limits and their codes, the answer as
//! a map from the lead's id to its scores, `"-"` where there is no point, a bare number in place of
//! the array in the example, `page` in the schema where the table says `page_num`. Inferred: 13232
//! when none of the ids is known, unknown ids beside known ones being left out; the meaning of
//! `calculate_status` (1 calculated, 0 not).

use serde_json::{Map, Value, json};

use super::body::{self, Body};
use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::kinds::{Group, LEAD_POOL, LEADS};
use super::state::State;
use super::table::Table;
use super::users;
use crate::call::Call;
use crate::rng::mix;

const MAX_LEADS: usize = 100;
const MAX_PAGE_SIZE: u64 = 50;

/// Id, member of a row, name.
const MODELS: [(u64, &str, &str); 9] = [
    (3765, "Score-3765", "活跃度评分"),
    (3771, "Score-3771", "内容互动评分"),
    (3773, "Score-3773", "会议评分"),
    (20407, "Score-20407", "产品兴趣评分"),
    (20408, "Score-20408", "企业规模评分"),
    (20410, "Score-20410", "职位评分"),
    (20411, "Score-20411", "行业匹配评分"),
    (20412, "Score-20412", "预算评分"),
    (20414, "Score-20414", "意向评分"),
];

/// The scores a row shows, each with the member it is.
pub(super) fn shown(table: &Table, id: u64) -> impl Iterator<Item = (&'static str, Value)> {
    MODELS.iter().filter_map(move |(model, member, _)| {
        let missing_but_shown = mix(table.seed, id, model + 1).is_multiple_of(40);
        match point(table, id, *model) {
            Some(point) => Some((*member, point.into())),
            None => missing_but_shown.then(|| (*member, "-".into())),
        }
    })
}

fn point(table: &Table, id: u64, model: u64) -> Option<u64> {
    let value = mix(table.seed, id, model);
    (!value.is_multiple_of(3)).then_some((value >> 8) % 210)
}

pub(super) fn batch(state: &State, call: &Call) -> Outcome {
    let known = ["user_id", "schema_type", "leads_id", "page_num", "page", "page_size"];
    let body = Body::read(call, &known)?;
    users::require(body.text("user_id")?)?;
    let table = match body.text("schema_type")? {
        None | Some(LEADS) => state.table(LEADS),
        Some(LEAD_POOL) => state.table(LEAD_POOL),
        Some(_) => return Err(body::wrong("schema_type")),
    };
    let table = table.ok_or_else(|| body::wrong("schema_type"))?;
    let ids = wanted(table, &body)?;
    let scores: Map<_, _> = ids.iter().map(|id| (id.to_string(), of(table, *id))).collect();
    if scores.is_empty() {
        return Success::read(&state.empty.value());
    }
    Success::read(&scores)
}

fn wanted(table: &Table, body: &Body) -> Result<Vec<u64>, Refusal> {
    let bare = body.value("leads_id").filter(|value| value.is_u64()).map(std::slice::from_ref);
    let ids = match bare {
        Some(one) => one,
        None => body.array("leads_id")?,
    };
    if ids.len() > MAX_LEADS {
        return Err(Refusal::new(codes::TOO_MANY_LEADS));
    }
    if ids.is_empty() {
        let page = body.number("page_num")?.or(body.number("page")?);
        let page = page.ok_or_else(|| body::missing("page_num"))?;
        let size = body.number("page_size")?.ok_or_else(|| body::missing("page_size"))?;
        if size > MAX_PAGE_SIZE {
            return Err(Refusal::new(codes::PAGE_TOO_LARGE));
        }
        let page = table.page(Group::Every(1), None, page, size);
        return Ok(page.rows.into_iter().map(|(id, _)| id).collect());
    }
    let mut ids = body::ids(ids, Value::as_u64)?;
    ids.retain(|id| table.get(*id).is_some());
    if ids.is_empty() { Err(Refusal::new(codes::UNKNOWN_LEADS)) } else { Ok(ids) }
}

fn of(table: &Table, id: u64) -> Value {
    let score = |(model, _, name): &(u64, &str, &str)| {
        let point = point(table, id, *model);
        json!({
            "model_id": model,
            "point": point.map_or_else(|| "-".into(), Value::from),
            "name": name,
            "calculate_status": u8::from(point.is_some()),
        })
    };
    MODELS.iter().map(score).collect()
}
