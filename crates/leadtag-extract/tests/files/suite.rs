//! The rules of all sinks.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{FileSink, Format, Jsonl};
use leadtag_extract::{ColumnKind, Result, Table};
use serde_json::Value;
use tempfile::TempDir;

use crate::rows::{QuickDisk, objects};
use crate::sink_suite::{self, Read, World};

struct Files {
    folder: TempDir,
    format: Arc<dyn Format>,
}

impl Files {
    fn path(&self) -> PathBuf {
        self.folder.path().join(format!("leads.{}", self.format.name()))
    }

    fn file(&self, table: &str) -> PathBuf {
        match table {
            "leads" => self.path(),
            other => self.path().with_extension(format!("{other}.{}", self.format.name())),
        }
    }
}

impl World for Files {
    fn open(&self) -> Result<Box<dyn Sink>> {
        let disk = Arc::new(QuickDisk);
        Ok(Box::new(FileSink::open_on(&self.path(), self.format.clone(), disk)?))
    }

    fn rows(&self, table: &str) -> Vec<Read> {
        let tables = self.open().unwrap().tables().unwrap();
        let Some(table) = tables.into_iter().find(|known| known.name == table) else {
            return Vec::new();
        };
        let path = self.file(&table.name);
        #[cfg(feature = "csv")]
        if self.format.name() == "csv" {
            return of_csv(&fs::read_to_string(path).unwrap(), &table);
        }
        objects(&path).iter().map(|row| of_object(row, &table)).collect()
    }

    fn make_foreign(&self) {
        fs::write(self.path(), "mine").unwrap();
    }

    fn is_untouched(&self) -> bool {
        fs::read(self.path()).unwrap() == b"mine"
    }

    fn make_future(&self) {
        let work = self.path().with_extension(format!("{}.leadtag", self.format.name()));
        let state = work.join("state.json");
        let text = fs::read_to_string(&state).unwrap();
        fs::write(state, text.replacen("\"version\":1", "\"version\":9", 1)).unwrap();
    }
}

fn of_object(row: &Value, table: &Table) -> Read {
    let mut read = Read::new();
    for column in &table.columns {
        let text = match (row.get(&column.name), column.kind) {
            (None | Some(Value::Null), _) => continue,
            (Some(Value::String(text)), ColumnKind::Text | ColumnKind::Time) => text.clone(),
            (Some(value), _) => value.to_string(),
        };
        read.insert(column.name.clone(), text);
    }
    read
}

#[cfg(feature = "csv")]
fn of_csv(text: &str, table: &Table) -> Vec<Read> {
    let text = text.strip_prefix('\u{feff}').unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let fields = names.iter().zip(&record).filter(|(_, field)| !field.is_empty());
        let read = fields.map(|(name, field)| {
            let column = table.columns.iter().find(|column| column.name == name).unwrap();
            let is_text = column.kind == ColumnKind::Text;
            let plain = field.strip_prefix('\'').filter(|rest| is_text && rest.starts_with('-'));
            (name.to_owned(), plain.unwrap_or(field).to_owned())
        });
        read.collect()
    });
    rows.collect()
}

fn world(format: Arc<dyn Format>) -> impl FnMut(&str) -> Box<dyn World> {
    move |_| Box::new(Files { folder: tempfile::tempdir().unwrap(), format: format.clone() })
}

#[test]
fn json_lines_are_a_sink() {
    sink_suite::run(world(Arc::new(Jsonl)));
}

#[cfg(feature = "csv")]
#[test]
fn csv_is_a_sink() {
    sink_suite::run(world(Arc::new(leadtag_extract::sink::files::Csv)));
}
