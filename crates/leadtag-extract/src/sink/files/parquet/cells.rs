//! Columns into cells, and into columns of wider kinds.

use std::collections::HashMap;
use std::time::Duration;

use ::parquet::errors::ParquetError;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow_schema::SchemaRef;
use leadtag_core::Timestamp;

use super::columns::Filling;
use super::schema::schema;
use crate::{Cell, ColumnKind, Table};

/// A column that is read.
#[derive(Debug)]
pub(super) enum Values<'a> {
    Bool(&'a BooleanArray),
    Int(&'a Int64Array),
    Float(&'a Float64Array),
    Text(&'a StringArray),
    Json(&'a StringArray),
    Time(&'a TimestampMicrosecondArray),
    List(&'a ListArray),
}

impl<'a> Values<'a> {
    /// The cells of a column of this kind; `None` if the column holds something else.
    pub(super) fn new(array: &'a dyn Array, kind: ColumnKind) -> Option<Self> {
        Some(match kind {
            ColumnKind::Bool => Self::Bool(array.as_boolean_opt()?),
            ColumnKind::Int => Self::Int(array.as_primitive_opt::<Int64Type>()?),
            ColumnKind::Float => Self::Float(array.as_primitive_opt::<Float64Type>()?),
            ColumnKind::Text => Self::Text(array.as_string_opt::<i32>()?),
            ColumnKind::Json => Self::Json(array.as_string_opt::<i32>()?),
            ColumnKind::Time => Self::Time(array.as_primitive_opt::<TimestampMicrosecondType>()?),
            ColumnKind::List => {
                let lists = array.as_list_opt::<i32>()?;
                lists.values().as_string_opt::<i32>()?;
                Self::List(lists)
            }
        })
    }

    /// The cell of a row.
    pub(super) fn cell(&self, row: usize) -> Cell {
        match self {
            Self::Bool(values) if values.is_valid(row) => Cell::Bool(values.value(row)),
            Self::Int(values) if values.is_valid(row) => Cell::Int(values.value(row)),
            Self::Float(values) if values.is_valid(row) => Cell::Float(values.value(row)),
            Self::Text(values) if values.is_valid(row) => Cell::Text(values.value(row).to_owned()),
            Self::Json(values) if values.is_valid(row) => Cell::Json(values.value(row).to_owned()),
            Self::Time(values) if values.is_valid(row) => Cell::Time(time(values.value(row))),
            Self::List(values) if values.is_valid(row) => {
                let texts = values.value(row);
                let texts = texts.as_string::<i32>().iter();
                Cell::List(texts.map(|text| text.unwrap_or_default().to_owned()).collect())
            }
            _ => Cell::Null,
        }
    }
}

fn time(micros: i64) -> Timestamp {
    let micros = u64::try_from(micros).unwrap_or_default();
    Timestamp::UNIX_EPOCH.saturating_add(Duration::from_micros(micros))
}

/// How columns of a table become those of the same table when it is wider.
#[derive(Debug)]
pub(super) struct Widening {
    schema: SchemaRef,
    /// Where each column comes from, if the older table has it; its kind there, and here.
    columns: Vec<(Option<(usize, ColumnKind)>, ColumnKind)>,
}

impl Widening {
    /// From `old` to `new`; `None` if there is nothing to do.
    pub(super) fn new(old: &Table, new: &Table) -> Option<Self> {
        if old.columns == new.columns {
            return None;
        }
        let places = old.columns.iter().enumerate();
        let places: HashMap<&str, (usize, ColumnKind)> =
            places.map(|(place, column)| (&*column.name, (place, column.kind))).collect();
        let columns = new.columns.iter();
        let columns = columns.map(|column| (places.get(&*column.name).copied(), column.kind));
        Some(Self { schema: schema(new), columns: columns.collect() })
    }

    /// Rows of the older table as rows of the new one.
    pub(super) fn widen(&self, rows: &RecordBatch) -> Result<RecordBatch, ParquetError> {
        let fields = self.schema.fields().iter();
        let columns = fields.zip(&self.columns).map(|(field, (from, kind))| match *from {
            Some((place, old)) if old == *kind => Ok(rows.column(place).clone()),
            Some((place, old)) => convert(rows.column(place), old, *kind),
            None => Ok(new_null_array(field.data_type(), rows.num_rows())),
        });
        let columns = columns.collect::<Result<_, _>>()?;
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}

fn convert(array: &dyn Array, from: ColumnKind, to: ColumnKind) -> Result<ArrayRef, ParquetError> {
    change(array, from, to, |_, cell| cell.into_kind(to))
}

/// A column with other cells: what `change` makes of a row's number and cell.
pub(super) fn change(
    array: &dyn Array,
    from: ColumnKind,
    to: ColumnKind,
    change: impl Fn(usize, Cell) -> Cell,
) -> Result<ArrayRef, ParquetError> {
    let mismatch = || ParquetError::General(format!("a column is not {from:?}"));
    let values = Values::new(array, from).ok_or_else(mismatch)?;
    let mut filling = Filling::new(to);
    for row in 0..array.len() {
        if !filling.push(&change(row, values.cell(row))) {
            return Err(ParquetError::General(format!("{from:?} does not become {to:?}")));
        }
    }
    Ok(filling.take())
}
