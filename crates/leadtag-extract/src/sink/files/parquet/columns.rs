//! Cells into columns.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{
    ArrayBuilder as _, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use super::schema::{element, utc};
use crate::{Cell, ColumnKind};

/// A column that is being filled.
#[derive(Debug)]
pub(super) enum Filling {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    /// Texts, and JSON.
    Text(StringBuilder),
    Time(TimestampMicrosecondBuilder),
    List(ListBuilder<StringBuilder>),
}

impl Filling {
    /// An empty column.
    pub(super) fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnKind::Int => Self::Int(Int64Builder::new()),
            ColumnKind::Float => Self::Float(Float64Builder::new()),
            ColumnKind::Text | ColumnKind::Json => Self::Text(StringBuilder::new()),
            ColumnKind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone(utc())),
            ColumnKind::List => {
                Self::List(ListBuilder::new(StringBuilder::new()).with_field(element()))
            }
        }
    }

    /// How many cells it has.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Time(values) => values.len(),
            Self::List(values) => values.len(),
        }
    }

    /// Adds a cell. Returns whether it is of the column's kind; one that is not is not added.
    #[must_use]
    pub(super) fn push(&mut self, cell: &Cell) -> bool {
        match (self, cell) {
            (column, Cell::Null) => column.push_null(),
            (Self::Bool(values), Cell::Bool(value)) => values.append_value(*value),
            (Self::Int(values), Cell::Int(value)) => values.append_value(*value),
            (Self::Float(values), Cell::Float(value)) => values.append_value(*value),
            (Self::Text(values), Cell::Text(text) | Cell::Json(text)) => values.append_value(text),
            (Self::Time(values), Cell::Time(time)) => values.append_value(time.as_unix_micros()),
            (Self::List(values), Cell::List(texts)) => {
                for text in texts {
                    values.values().append_value(text);
                }
                values.append(true);
            }
            _ => return false,
        }
        true
    }

    fn push_null(&mut self) {
        match self {
            Self::Bool(values) => values.append_null(),
            Self::Int(values) => values.append_null(),
            Self::Float(values) => values.append_null(),
            Self::Text(values) => values.append_null(),
            Self::Time(values) => values.append_null(),
            Self::List(values) => values.append_null(),
        }
    }

    /// The column so far, and begins again.
    pub(super) fn take(&mut self) -> ArrayRef {
        match self {
            Self::Bool(values) => Arc::new(values.finish()),
            Self::Int(values) => Arc::new(values.finish()),
            Self::Float(values) => Arc::new(values.finish()),
            Self::Text(values) => Arc::new(values.finish()),
            Self::Time(values) => Arc::new(values.finish()),
            Self::List(values) => Arc::new(values.finish()),
        }
    }
}

/// About how many bytes a cell takes.
pub(super) fn weight(cell: &Cell) -> usize {
    match cell {
        Cell::Null => 0,
        Cell::Bool(_) => 1,
        Cell::Int(_) | Cell::Float(_) | Cell::Time(_) => 8,
        Cell::Text(text) | Cell::Json(text) => 4 + text.len(),
        Cell::List(texts) => 4 + texts.iter().map(|text| 4 + text.len()).sum::<usize>(),
    }
}
