//! What the formats that are text have in common: reading back what they wrote.

use super::format::Piece;
use crate::{Cell, ColumnKind, Error, Table};

/// Whether a piece has columns that have got wider since.
pub(super) fn is_narrower(piece: &Table, table: &Table) -> bool {
    piece.columns.iter().zip(&table.columns).any(|(old, new)| old.kind != new.kind)
}

/// The cell that was written as this JSON into a column of that kind.
pub(super) fn cell_of_json(json: &str, kind: ColumnKind) -> Cell {
    if json == "null" {
        return Cell::Null;
    }
    let cell = match kind {
        ColumnKind::Bool => serde_json::from_str(json).ok().map(Cell::Bool),
        ColumnKind::Int => serde_json::from_str(json).ok().map(Cell::Int),
        ColumnKind::Float => serde_json::from_str(json).ok().map(Cell::Float),
        ColumnKind::Text => serde_json::from_str(json).ok().map(Cell::Text),
        ColumnKind::Time => serde_json::from_str(json).ok().map(Cell::Time),
        ColumnKind::List => serde_json::from_str(json).ok().map(Cell::List),
        ColumnKind::Json => None,
    };
    cell.unwrap_or_else(|| Cell::Json(json.to_owned()))
}

pub(super) fn damaged(piece: &Piece<'_>, why: &str) -> Error {
    Error::Damaged {
        place: piece.path.display().to_string(),
        why: format!("{why}; move it and leadtag's folder beside it away, and pull again"),
    }
}
