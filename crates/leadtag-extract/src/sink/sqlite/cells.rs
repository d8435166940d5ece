//! Values as SQLite keeps them.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::{Cell, ColumnKind};

/// The cell as a parameter of a statement.
pub(super) fn bound(cell: &Cell) -> ToSqlOutput<'_> {
    let text = |text: String| ToSqlOutput::Owned(Value::Text(text));
    match cell {
        Cell::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Cell::Bool(value) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*value))),
        Cell::Int(int) => ToSqlOutput::Borrowed(ValueRef::Integer(*int)),
        Cell::Float(float) => ToSqlOutput::Borrowed(ValueRef::Real(*float)),
        Cell::Text(text) | Cell::Json(text) => {
            ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
        }
        Cell::Time(moment) => text(moment.to_string()),
        Cell::List(_) => text(cell.to_json()),
    }
}

/// What is kept, as a cell of this kind. What does not fit is a text.
pub(super) fn read(value: ValueRef<'_>, kind: ColumnKind) -> Cell {
    let text = match (value, kind) {
        (ValueRef::Null, _) => return Cell::Null,
        (ValueRef::Integer(int), ColumnKind::Bool) => return Cell::Bool(int != 0),
        (ValueRef::Integer(int), _) => return Cell::Int(int),
        (ValueRef::Real(float), _) => return Cell::Float(float),
        (ValueRef::Text(bytes) | ValueRef::Blob(bytes), _) => String::from_utf8_lossy(bytes),
    };
    match kind {
        ColumnKind::Time => text.parse().map_or_else(|_| Cell::Text(text.into_owned()), Cell::Time),
        ColumnKind::List => serde_json::from_str(&text)
            .map_or_else(|_| Cell::Text(text.clone().into_owned()), Cell::List),
        ColumnKind::Json => Cell::Json(text.into_owned()),
        _ => Cell::Text(text.into_owned()),
    }
}
