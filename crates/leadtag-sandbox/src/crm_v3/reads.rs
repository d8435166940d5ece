//! Leads and their follow-ups, field definitions.
//!
//! Documented: the parameters and members of `clue/get`, `clue/list-by-create-time-asc` and
//! `clue/list-follow-up`; `since` inclusive, `before` exclusive, ascending by the create time; a
//! follow-up of type 1 by operator `API` without `qwUserId`; the members of `list-fields`. Inferred:
//! no parameter but `customerId` is required; 10 rows without a `size`, 1,000 at most and a bigger
//! `size` taken for it, an error below 1; within a second ascending ids; the last page has no
//! `nextCursor`; `type` filters, and an unknown one finds nothing; type 2 is an enterprise's lead;
//! `convertCustomerTime` where there is one; follow-ups ascend by time and those of type 2 are logs
//! of changed fields; `profile-fields` has the members of `list-fields` beside its `id`, and the
//! alias of a mapped field.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::cursor::{self, Cursor};
use super::envelope::{Outcome, Refusal, Success, Word};
use super::leads::{Lead, Named, Place};
use super::request::Fields;
use super::schema::{CHOICE, CHOICES, DEFINITIONS, Definition, NAME};
use super::state::{API, FollowUp, Operator, State};
use super::time;
use crate::rng::mix;

const DEFAULT_SIZE: i64 = 10;
const MAX_SIZE: i64 = 1_000;
const BEFORE_ALL: Place = (i64::MIN, i64::MIN);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    list: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

pub(super) fn get(state: &State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["customerId"])?;
    let lead = state.lead(fields.required_integer("customerId")?)?;
    Success::read(Word::Ok, &lead.clue(&state.fields()))
}

pub(super) fn list(state: &State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["since", "before", "size", "cursor", "type"])?;
    let (since, before) = (fields.time("since")?, fields.time("before")?);
    let (kind, size) = (fields.integer("type")?, size(&fields)?);
    let query = cursor::query(&[since, before, kind]);
    let start = since.map_or(BEFORE_ALL, |since| (since.saturating_sub(1), i64::MAX));
    let after = cursor::read(fields.text("cursor")?, query, start)?;

    let in_time = |place: &Place| before.is_none_or(|before| place.0 < before);
    let places = state.places_after(after).take_while(in_time);
    // Among millions of leads there may be none of a type: none is made before it is wanted.
    let mut places = places.filter(|place| kind.is_none() || state.kind(*place) == kind);
    let page: Vec<_> = places.by_ref().take(size).collect();
    let last = page.last().filter(|_| places.next().is_some());
    let next_cursor = last.map(|last| Cursor { query, after: *last }.text());
    let list = Rows { state, places: &page, fields: &state.fields() };
    Success::read(Word::Ok, &Page { list, next_cursor })
}

/// The leads of a page, each made when it is written.
struct Rows<'a> {
    state: &'a State,
    places: &'a [Place],
    fields: &'a [Named<'a>],
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let leads = self.places.iter().filter_map(|(_, id)| self.state.lead(*id).ok());
        serializer.collect_seq(leads.map(|lead| Row { lead, fields: self.fields }))
    }
}

struct Row<'a> {
    lead: Lead,
    fields: &'a [Named<'a>],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.lead.clue(self.fields).serialize(serializer)
    }
}

fn size(fields: &Fields) -> Result<usize, Refusal> {
    match fields.integer("size")?.unwrap_or(DEFAULT_SIZE) {
        size @ 1.. => Ok(usize::try_from(size.min(MAX_SIZE)).unwrap_or(1)),
        _ => Err(Refusal::parameter("`size` must be 1 at least")),
    }
}

pub(super) fn list_follow_up(state: &State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["customerId", "size", "type", "cursor"])?;
    let id = fields.required_integer("customerId")?;
    let (kind, size) = (fields.integer("type")?, size(&fields)?);
    let query = cursor::query(&[Some(id), kind]);
    let (passed, _) = cursor::read(fields.text("cursor")?, query, (0, 0))?;
    let passed = usize::try_from(passed).unwrap_or(usize::MAX);

    let mut all = seeded_follow_ups(state, id)?;
    all.extend_from_slice(state.logged(id));
    all.retain(|entry| kind.is_none_or(|kind| entry.kind == kind));
    let next = passed.saturating_add(size);
    let after = i64::try_from(next).ok().filter(|_| next < all.len());
    let next_cursor = after.map(|after| Cursor { query, after: (after, 0) }.text());
    let list: Vec<_> = all.into_iter().skip(passed).take(size).collect();
    Success::read(Word::Ok, &Page { list, next_cursor })
}

/// A few entries a day apart; a lead made later starts without any.
fn seeded_follow_ups(state: &State, id: i64) -> Result<Vec<FollowUp>, Refusal> {
    const NOTES: [(i64, &str, Operator); 4] = [
        (1, "通过接口导入", API),
        (1, "电话沟通，约定下周回访", Operator { qw_user_id: "zhangwei", name: "张伟" }),
        (2, "修改客户阶段为：需求确认", Operator { qw_user_id: "lina", name: "李娜" }),
        (1, "已发送报价单", Operator { qw_user_id: "lina", name: "李娜" }),
    ];
    let created = state.lead(id)?.created;
    let Some(number) = state.seeded.number(id) else {
        return Ok(Vec::new());
    };
    let count = usize::try_from(mix(state.seeded.seed, number, 60) % 5).unwrap_or_default();
    let entry = |((kind, content, operator), day): (&(i64, &str, Operator), i64)| FollowUp {
        id: id + day,
        kind: *kind,
        content: (*content).to_owned(),
        create_time: time::text(created + day * 86_400),
        operator: operator.clone(),
    };
    Ok(NOTES.iter().zip(1..).take(count).map(entry).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProfileField<'a> {
    id: i64,
    name: &'a str,
    #[serde(rename = "type")]
    kind: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Value>,
}

pub(super) fn profile_fields(state: &State, body: &[u8]) -> Outcome {
    Fields::parse(body, &[])?;
    let field = |definition: &'static Definition| ProfileField {
        id: definition.id,
        name: definition.name,
        kind: definition.kind,
        alias: state.alias_of(definition),
        items: items(definition),
    };
    Success::read(Word::Success, &DEFINITIONS.iter().map(field).collect::<Vec<_>>())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListedField {
    id: i64,
    name: &'static str,
    #[serde(rename = "type")]
    kind: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    outer_field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Value>,
    stable: bool,
    customer_import_required: bool,
}

pub(super) fn list_fields(body: &[u8]) -> Outcome {
    Fields::parse(body, &[])?;
    let field = |(definition, at): (&'static Definition, usize)| ListedField {
        id: definition.id,
        name: definition.name,
        kind: definition.kind,
        outer_field: definition.built_in,
        items: items(definition),
        stable: definition.built_in.is_some(),
        customer_import_required: at == NAME,
    };
    let fields: Vec<_> = DEFINITIONS.iter().zip(0..).map(field).collect();
    Success::read(Word::Success, &json!({ "fields": fields }))
}

fn items(definition: &Definition) -> Option<Value> {
    let item = |(id, name): &(i64, &str)| json!({ "id": id, "name": name });
    let items = definition.items.iter().map(item).collect();
    matches!(definition.kind, CHOICE | CHOICES).then_some(items)
}
