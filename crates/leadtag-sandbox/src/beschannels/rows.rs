//! A row of a list: the columns of its type, the fixed members, and the scores.
//!
//! Documented, for market leads, and followed for the other types: the order of the members, every
//! column a string with `""` for none, `identity_value` and `identity_id` alike, `nextId`,
//! `is_del` 1 on a row that is not deleted, scores beside the columns without a header of their
//! own and not the same ones on every row. Inferred: the `"-"` of `batch-score-list` for a score
//! that is not there can stand in a row too.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::kinds::Kind;
use super::people::Person;
use super::scores;
use super::table::{Page, Table};

/// One row as `list` holds it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) table: &'a Table,
    pub(super) id: u64,
    pub(super) person: &'a Person,
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { table, id, person } = self;
        let kind = table.kind;
        let identity = table.identity(*id);
        let mut row = serializer.serialize_map(None)?;
        for (_, property) in kind.columns {
            row.serialize_entry(property, &person.column(property))?;
        }
        row.serialize_entry("identity_value", &identity)?;
        row.serialize_entry("identity_id", &identity)?;
        row.serialize_entry("client_type", kind.client_type)?;
        row.serialize_entry("nextId", kind.next_id)?;
        row.serialize_entry("is_del", &1)?;
        for (member, point) in scores::shown(table, *id) {
            row.serialize_entry(member, &point)?;
        }
        row.end()
    }
}

/// `data` of a list.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    pub(super) table: &'a Table,
    pub(super) page: Page,
    /// How a list without rows is written.
    pub(super) empty: Value,
}

impl Serialize for Listing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut data = serializer.serialize_map(Some(3))?;
        data.serialize_entry("total", &self.page.total)?;
        if self.page.rows.is_empty() {
            data.serialize_entry("list", &self.empty)?;
        } else {
            let row = |(id, person)| Row { table: self.table, id, person };
            let rows = self.page.rows.iter().map(|(id, person)| row((*id, person)));
            data.serialize_entry("list", &rows.collect::<Vec<_>>())?;
        }
        data.serialize_entry("header", &header(self.table.kind))?;
        data.end()
    }
}

fn header(kind: &Kind) -> Vec<Value> {
    let column = |(label, prop): &(&str, &str)| json!({ "label": label, "prop": prop });
    kind.columns.iter().map(column).collect()
}
