//! The tables of a destination: their columns, which only grow, and their rows.

use serde::{Deserialize, Serialize};

use crate::{Cell, ColumnKind, Key};

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
    /// Its name, unique in its table without regard to case.
    pub name: String,
    /// What it holds. It may get wider.
    pub kind: ColumnKind,
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
