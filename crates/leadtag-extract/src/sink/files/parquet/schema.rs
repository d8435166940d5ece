//! Tables as schemas of Parquet files.

use std::path::Path;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};

use crate::{ColumnKind, Error, Table};

/// The schema of a table. Every column may be null.
pub(super) fn schema(table: &Table) -> SchemaRef {
    let fields = table.columns.iter();
    let fields = fields.map(|column| Field::new(&*column.name, data_type(column.kind), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Bool => DataType::Boolean,
        ColumnKind::Int => DataType::Int64,
        ColumnKind::Float => DataType::Float64,
        ColumnKind::Text | ColumnKind::Json => DataType::Utf8,
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some(utc())),
        ColumnKind::List => DataType::List(element()),
    }
}

/// The zone of all moments.
pub(super) fn utc() -> Arc<str> {
    Arc::from("UTC")
}

/// The texts of a list: named as Parquet names them, and never null.
pub(super) fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Utf8, false))
}

pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Damaged {
        place: path.display().to_string(),
        why: format!("{why}; move the folder that it is in away, and pull again"),
    }
}
