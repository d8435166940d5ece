//! A row on its way to a lead.

use leadtag_core::Lead;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Point, Row, USUAL_SCORES, model_of};

/// A row whose scores are attributes from the start, by the names that they came with.
#[derive(Default)]
pub(crate) struct LeadRow {
    /// Everything but the scores.
    pub(crate) row: Row,
    scores: Vec<(String, Value)>,
}

impl LeadRow {
    /// Puts the person into `lead`, and everything that a lead has no field of its own for into its
    /// attributes.
    pub(crate) fn fill(self, lead: &mut Lead) {
        let Self { row, scores: mut attributes } = self;
        lead.name = row.full_name.filter(|name| !name.is_empty());
        lead.mobiles.extend(row.mobile.filter(|mobile| !mobile.is_empty()));
        lead.emails.extend(row.email.filter(|email| !email.is_empty()));
        lead.company = row.company.filter(|company| !company.is_empty());
        let known = [
            ("IsLead", row.is_lead.map(Value::from)),
            ("client_type", row.client_type.map(|kind| kind.as_str().into())),
            ("identity_value", row.identity_value.map(Value::from)),
            ("is_del", row.is_del.map(Value::from)),
            ("nextId", row.next_id.map(Value::from)),
        ];
        for (name, value) in known {
            attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
        attributes.extend(row.columns);
        lead.attributes = attributes.into_iter().collect();
    }
}

impl Members for LeadRow {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        if model_of(name).is_none() {
            return self.row.read(name, map);
        }
        if self.scores.is_empty() {
            self.scores.reserve(USUAL_SCORES);
        }
        self.scores.push((name.to_owned(), map.next_value::<Point>()?.into_value()));
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        self.row.extra()
    }
}

impl<'de> Deserialize<'de> for LeadRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
