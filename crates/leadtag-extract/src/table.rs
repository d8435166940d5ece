//! The tables of a destination: their columns, which only grow, and their rows.

pub(crate) mod names;
mod shape;

use serde::{Deserialize, Serialize};

pub(crate) use shape::MOST_COLUMNS;
pub use shape::Shape;

use crate::{Cell, ColumnKind, Key};

/// The table of leads.
pub(crate) const LEADS: &str = "leads";
/// The table of interactions.
pub(crate) const INTERACTIONS: &str = "interactions";

/// A table as the destination has it, or should have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Table {
    /// Its name: `leads` or `interactions`.
    pub name: String,
    /// Its columns. New ones come at the end, and none goes.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Column {
    /// Its name, unique in its table without regard to case, and of 63 bytes at most.
    pub name: String,
    /// What it holds. It may get wider.
    pub kind: ColumnKind,
    /// Its name before it was renamed, if it was: `mobiles`, or `attributes.city` for what the
    /// platform calls `city`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
}

impl Table {
    /// A table of these columns.
    pub fn new(name: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { name: name.into(), columns }
    }
}

impl Column {
    /// A column that was not renamed.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind, renamed_from: None }
    }

    /// Its own name: that before it was renamed.
    #[must_use]
    pub fn own_name(&self) -> &str {
        self.renamed_from.as_deref().unwrap_or(&self.name)
    }
}

/// A row of a table. Which row it is, is told by its key alone.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// What tells it from all others. Stands in its cells besides.
    pub key: Key,
    /// A hash of what it says, for telling whether it changed: of everything but the moment it was
    /// read.
    pub hash: u64,
    /// The values of the table's columns, in their order, each of its column's kind or `Null`. What
    /// is missing at the end is `Null`.
    pub cells: Vec<Cell>,
    /// The snapshot it was seen in, where its stream is read in snapshots.
    pub snapshot: Option<u64>,
}

impl Row {
    /// The bytes it takes in memory, about.
    pub(crate) fn memory(&self) -> usize {
        let cells = self.cells.capacity() * size_of::<Cell>();
        cells + self.cells.iter().map(Cell::heap).sum::<usize>()
    }

    /// A row that is of no snapshot.
    #[must_use]
    pub fn new(key: Key, hash: u64, cells: Vec<Cell>) -> Self {
        Self { key, hash, cells, snapshot: None }
    }

    /// As seen in this snapshot.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: u64) -> Self {
        self.snapshot = Some(snapshot);
        self
    }
}
