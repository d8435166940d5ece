//! What makes records and rows.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use leadtag_core::{Interaction, Lead, PlatformTime, Timestamp};

use crate::{Cell, Column, ColumnKind, Key, Layout, PiiPolicy, Record, Result, Row, Source, Table};

#[derive(Clone)]
pub(crate) struct Plans(String);
impl Plans {
    pub(crate) fn new(layout: &Layout, pii: &PiiPolicy) -> Result<Self> {
        Ok(Self(format!("{layout:?}{pii:?}")))
    }
    pub(crate) fn fingerprint(&self) -> String {
        self.0.clone()
    }
    pub(crate) fn fits(&self, _: &[Table], _: bool) -> Result<()> {
        Ok(())
    }
    pub(crate) fn maker(&self, source: &Source) -> Maker {
        Maker(source.name.clone())
    }
    pub(crate) fn shape(&self, name: &str, existing: Option<Table>) -> Result<Shape> {
        let new = existing.is_none();
        let columns = ["provider", "id", "name", "created_at", "deleted_at"].map(|c| {
            Column::new(c, if c.ends_with("_at") { ColumnKind::Time } else { ColumnKind::Text })
        });
        Ok(Shape { table: existing.unwrap_or_else(|| Table::new(name, columns.to_vec())), new })
    }
}
pub(crate) struct Maker(Arc<str>);
impl Maker {
    pub(crate) fn lead(&self, lead: &Lead, _: Timestamp) -> Record {
        let name = lead.name.as_ref().map_or(Cell::Null, |n| Cell::Text(n.reveal().to_owned()));
        let at =
            lead.created_at.as_ref().and_then(PlatformTime::instant).map_or(Cell::Null, Cell::Time);
        record(
            Key::new(self.0.clone(), lead.id.as_str()),
            vec![
                Cell::Text(self.0.to_string()),
                Cell::Text(lead.id.as_str().to_owned()),
                name,
                at,
                Cell::Null,
            ],
        )
    }
    pub(crate) fn interactions(&self, lead: &Lead) -> InteractionMaker {
        InteractionMaker(self.0.clone(), lead.id.as_str().to_owned(), HashMap::new())
    }
}
pub(crate) struct InteractionMaker(Arc<str>, String, HashMap<String, u64>);
impl InteractionMaker {
    pub(crate) fn record(&mut self, row: &Interaction, _: Timestamp) -> Record {
        let own = row.id.clone().unwrap_or_else(|| row.raw.as_str().to_owned());
        let n = self.2.entry(own.clone()).or_default();
        *n += 1;
        let id = format!("{}/{own}.{n}", self.1);
        record(
            Key::new(self.0.clone(), id.clone()),
            vec![Cell::Text(self.0.to_string()), Cell::Text(id), Cell::Text(row.kind.clone())],
        )
    }
}
fn record(key: Key, fixed: Vec<Cell>) -> Record {
    let mut h = DefaultHasher::new();
    format!("{fixed:?}").hash(&mut h);
    Record { key, hash: h.finish(), fixed, attributes: Vec::new(), snapshot: None }
}
pub(crate) struct Shape {
    table: Table,
    new: bool,
}
impl Shape {
    pub(crate) fn table(&self) -> &Table {
        &self.table
    }
    pub(crate) fn take_widened(&mut self) -> bool {
        std::mem::take(&mut self.new)
    }
    pub(crate) fn rows(&mut self, records: Vec<Record>) -> Vec<Row> {
        records
            .into_iter()
            .map(|r| {
                let mut row = Row::new(r.key, r.hash, r.fixed);
                row.snapshot = r.snapshot;
                row
            })
            .collect()
    }
}
