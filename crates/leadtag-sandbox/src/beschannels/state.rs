//! Everything the sandboxed organisation knows.

use serde_json::{Map, Value, json};

use super::kinds::{KINDS, Kind};
use super::shape::{BeschannelsEmpty, BeschannelsLifetime};
use super::table::Table;
use super::tokens::Tokens;

/// Objects are made when asked for, and there may be a million of them: a snapshot shows so many,
/// and those that were written.
const SNAPSHOT_ROWS: usize = 100;

#[derive(Debug)]
pub(super) struct State {
    pub(super) tokens: Tokens,
    tables: Vec<Table>,
    /// The behaviours saved, in turn.
    pub(super) behaviors: Vec<Value>,
    pub(super) lifetime: BeschannelsLifetime,
    pub(super) empty: BeschannelsEmpty,
}

impl State {
    pub(super) fn new(seed: u64, leads: usize) -> Self {
        Self {
            tokens: Tokens::default(),
            tables: KINDS.iter().map(|kind| Table::new(kind, seed, leads)).collect(),
            behaviors: Vec::new(),
            lifetime: BeschannelsLifetime::default(),
            empty: BeschannelsEmpty::default(),
        }
    }

    pub(super) fn table(&self, group_obj: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.kind.group_obj == Some(group_obj))
    }

    pub(super) fn table_mut(&mut self, group_obj: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.kind.group_obj == Some(group_obj))
    }

    pub(super) fn table_of(&self, kind: &Kind) -> Option<&Table> {
        self.tables.iter().find(|table| table.kind.table_id == kind.table_id)
    }

    pub(super) fn table_of_mut(&mut self, kind: &Kind) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.kind.table_id == kind.table_id)
    }

    pub(super) fn snapshot(&self, now: u64) -> Value {
        let named = self.tables.iter().filter_map(|table| Some((table.kind.group_obj?, table)));
        let objects: Map<_, _> =
            named.map(|(name, table)| (name.to_owned(), table_snapshot(table))).collect();
        json!({
            "live_tokens": self.tokens.live(now),
            "objects": objects,
            "behaviors": self.behaviors,
        })
    }
}

fn table_snapshot(table: &Table) -> Value {
    let written = table.written().into_iter();
    let written = written.filter_map(|id| Some((id, table.get(id)?)));
    let row = |(id, person): (u64, super::people::Person)| {
        json!({
            "id": id,
            "identity_id": table.identity(id),
            "FullName": person.name,
            "MobilePhone": person.mobile,
            "Email": person.email,
            "Company": person.company,
            "CreatedTime": person.column("CreatedTime"),
            "owner": person.owner,
            "other": person.other,
        })
    };
    json!({
        "newest": table.newest(SNAPSHOT_ROWS).map(row).collect::<Vec<_>>(),
        "written": written.map(row).collect::<Vec<_>>(),
        "deleted": table.deleted(),
    })
}
