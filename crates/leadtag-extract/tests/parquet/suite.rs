//! The rules of all sinks.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use leadtag_core::Timestamp;
use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{FileSink, Parquet};
use leadtag_extract::{Cell, ColumnKind, Result, Table};
use tempfile::TempDir;

use crate::batches;
use crate::rows::QuickDisk;
use crate::sink_suite::{self, Read, World};

struct Folder(TempDir);

impl Folder {
    fn path(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn part(&self) -> PathBuf {
        self.path().join("leads/part-00000.parquet")
    }
}

impl World for Folder {
    fn open(&self) -> Result<Box<dyn Sink>> {
        let disk = Arc::new(QuickDisk);
        Ok(Box::new(FileSink::open_on(&self.path(), Arc::new(Parquet), disk)?))
    }

    fn rows(&self, table: &str) -> Vec<Read> {
        let tables = self.open().unwrap().tables().unwrap();
        let Some(table) = tables.into_iter().find(|known| known.name == table) else {
            return Vec::new();
        };
        let batches = batches(&self.path().join(&table.name));
        batches.iter().flat_map(|batch| read(batch, &table)).collect()
    }

    fn make_foreign(&self) {
        fs::create_dir_all(self.part().parent().unwrap()).unwrap();
        fs::write(self.part(), "mine").unwrap();
    }

    fn is_untouched(&self) -> bool {
        fs::read(self.part()).unwrap() == b"mine"
    }

    fn make_future(&self) {
        let state = self.path().join("_leadtag/state.json");
        let text = fs::read_to_string(&state).unwrap();
        fs::write(state, text.replacen("\"version\":1", "\"version\":9", 1)).unwrap();
    }
}

fn read(batch: &RecordBatch, table: &Table) -> Vec<Read> {
    let row = |row| {
        let cells = table.columns.iter().map(|column| {
            let array = batch.column_by_name(&column.name).unwrap();
            (column.name.clone(), cell(array, column.kind, row))
        });
        let cells = cells.filter(|(_, cell)| !cell.is_null());
        cells.map(|(name, cell)| (name, cell.to_text())).collect()
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Panics if the column is not of the type that its kind is written as.
fn cell(array: &dyn Array, kind: ColumnKind, row: usize) -> Cell {
    if array.is_null(row) {
        return Cell::Null;
    }
    match kind {
        ColumnKind::Bool => Cell::Bool(array.as_boolean().value(row)),
        ColumnKind::Int => Cell::Int(array.as_primitive::<Int64Type>().value(row)),
        ColumnKind::Float => Cell::Float(array.as_primitive::<Float64Type>().value(row)),
        ColumnKind::Text => Cell::Text(array.as_string::<i32>().value(row).to_owned()),
        ColumnKind::Json => Cell::Json(array.as_string::<i32>().value(row).to_owned()),
        ColumnKind::Time => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Cell::Time(Timestamp::from_unix_millis(micros / 1_000).unwrap())
        }
        ColumnKind::List => {
            let texts = array.as_list::<i32>().value(row);
            let texts = texts.as_string::<i32>().iter();
            Cell::List(texts.map(|text| text.unwrap().to_owned()).collect())
        }
        other => panic!("a new kind: {other:?}"),
    }
}

#[test]
fn parquet_is_a_sink() {
    sink_suite::run(|_| Box::new(Folder(tempfile::tempdir().unwrap())));
}
