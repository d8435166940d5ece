//! Writes. No document of the vendor describes them: paths and bodies are those of public clients,
//! one client for each call.
//!
//! Also from a public client: `add-clue` answers the new id as a bare number, and 40417 for a mobile
//! that somebody has. Inferred: the other answers have no `data`; an alias must have been mapped to a
//! field first; `add-clue` needs a name, and refuses a mobile it is given twice; nothing is written
//! if any part is refused; a lead can be changed by every call that names its `customerId`; a change
//! is logged as a follow-up of type 2; imports and relations are kept and change no lead.

use serde_json::Value;

use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::leads::Lead;
use super::request::{Fields, json, missing, wrong};
use super::schema::{DEFINITIONS, phones};
use super::state::State;

pub(super) fn map_field(state: &mut State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["fieldId", "alias"])?;
    state.map(fields.loose_integer("fieldId")?, fields.required_text("alias")?)?;
    Success::done()
}

pub(super) fn add_clue(state: &mut State, body: &[u8], now: i64) -> Outcome {
    let fields = Fields::parse(body, &["customerName", "mobiles", "fields"])?;
    let name = fields.required_text("customerName")?;
    let mobile = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| wrong("mobiles"));
    let mobiles = fields.list("mobiles")?.iter().map(mobile).collect::<Result<Vec<_>, _>>()?;
    let phones = (!mobiles.is_empty()).then(|| phones(mobiles.iter().map(String::as_str)));
    let mut lead = Lead::new(0, name, phones, now);
    for item in fields.list("fields")? {
        let item = Fields::of(item.clone(), &["alias", "fieldValue"])?;
        let (at, definition) = state.field(item.required_text("alias")?)?;
        lead.set(at, definition.text_of(item.any("fieldValue"))?);
    }
    let mobiles = lead.mobiles();
    let twice = |at: usize| mobiles.iter().skip(at + 1).any(|other| mobiles.get(at) == Some(other));
    if (0..mobiles.len()).any(twice) || mobiles.iter().any(|mobile| state.has_mobile(mobile)) {
        return Err(Refusal::new(codes::REPEATED_MOBILE));
    }
    let id = state.add(|id| Lead { id, ..lead });
    Success::wrote(&id)
}

/// `clue/edit-field`: one field by its alias.
pub(super) fn edit_field(state: &mut State, body: &[u8], now: i64) -> Outcome {
    let fields = Fields::parse(body, &["customerId", "field", "valueAsText"])?;
    let id = fields.required_integer("customerId")?;
    let (at, definition) = state.field(fields.required_text("field")?)?;
    let value = fields.text("valueAsText")?.ok_or_else(|| missing("valueAsText"))?;
    state.edit(id, vec![(at, definition.check(value)?)], now)?;
    Success::done()
}

/// `customer/update-by-id`: several fields by their aliases.
pub(super) fn update_by_id(state: &mut State, body: &[u8], now: i64) -> Outcome {
    let fields = Fields::parse(body, &["customerId", "fields"])?;
    let id = fields.required_integer("customerId")?;
    let values = alias_values(state, &fields)?;
    state.edit(id, values, now)?;
    Success::done()
}

/// `import-customer`: a member's own customer.
pub(super) fn import_customer(state: &mut State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["qwUserId", "fields"])?;
    fields.required_text("qwUserId")?;
    if alias_values(state, &fields)?.is_empty() {
        return Err(missing("fields"));
    }
    state.imported.push(json(body)?);
    Success::done()
}

/// `fields: [{alias, values: []}]`.
fn alias_values(state: &State, fields: &Fields) -> Result<Vec<(usize, Option<String>)>, Refusal> {
    let value = |item: &Value| {
        let item = Fields::of(item.clone(), &["alias", "values"])?;
        let (at, definition) = state.field(item.required_text("alias")?)?;
        Ok((at, definition.text_of_values(item.list("values")?)?))
    };
    fields.list("fields")?.iter().map(value).collect()
}

/// `save-highseas`: rows for the public pool (公海), as a bare list.
pub(super) fn save_highseas(state: &mut State, body: &[u8]) -> Outcome {
    let Value::Array(rows) = json(body)? else {
        return Err(Refusal::parameter("expected a JSON array"));
    };
    for row in &rows {
        let row = Fields::of(row.clone(), &["fields"])?;
        for item in row.list("fields")? {
            let item = Fields::of(item.clone(), &["id", "value"])?;
            let id = item.required_integer("id")?;
            let definition = DEFINITIONS.iter().find(|definition| definition.id == id);
            let definition =
                definition.ok_or_else(|| Refusal::parameter(format!("no field {id}")))?;
            definition.text_of_values(item.list("value")?)?;
        }
    }
    state.pool.extend(rows);
    Success::done()
}

/// `customer-relation/edit-field`: a field of what one member has noted of a customer.
pub(super) fn edit_relation(state: &mut State, body: &[u8]) -> Outcome {
    let fields = Fields::parse(body, &["customerId", "qwUserId", "field", "valueAsText"])?;
    state.lead(fields.required_integer("customerId")?)?;
    fields.required_text("qwUserId")?;
    let (_, definition) = state.field(fields.required_text("field")?)?;
    definition.check(fields.text("valueAsText")?.ok_or_else(|| missing("valueAsText"))?)?;
    state.relations.push(json(body)?);
    Success::done()
}
