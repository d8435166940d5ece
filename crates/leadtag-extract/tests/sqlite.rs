//! SQLite.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "sqlite/columns.rs"]
mod columns;
#[path = "sqlite/forget.rs"]
mod forget;
#[path = "sqlite/places.rs"]
mod places;
#[path = "sqlite/rewritten.rs"]
mod rewritten;
#[path = "support/sink_suite.rs"]
mod sink_suite;

use std::path::PathBuf;

use leadtag_extract::sink::SqliteSink;
use leadtag_extract::{Cell, ColumnKind, Destination, Result, Sink};
use rusqlite::Connection;
use rusqlite::types::Value;
use sink_suite::{Read, World};
use tempfile::TempDir;

struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("leads.db")
    }

    /// How long a file is that is called as the database is, with this behind it.
    fn length(&self, end: &str) -> u64 {
        let path = self.folder.path().join(format!("leads.db{end}"));
        path.metadata().map_or(0, |file| file.len())
    }

    fn db(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn one(&self, sql: &str) -> Value {
        self.db().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Whether these bytes are in any file of the database.
    fn has_bytes(&self, wanted: &str) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
        })
    }
}

const NUMBERS: [ColumnKind; 3] = [ColumnKind::Bool, ColumnKind::Int, ColumnKind::Float];

impl World for Sqlite {
    fn open(&self) -> Result<Box<dyn Sink>> {
        Destination::Sqlite(self.path()).open()
    }

    fn rows(&self, table: &str) -> Vec<Read> {
        let tables = SqliteSink::open_to_read(self.path()).unwrap().tables().unwrap();
        let Some(table) = tables.into_iter().find(|known| known.name == table) else {
            return Vec::new();
        };
        let db = self.db();
        let names: Vec<String> =
            table.columns.iter().map(|c| format!("\"{}\"", c.name.replace('"', "\"\""))).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| {
            let mut read = Read::new();
            for (place, column) in table.columns.iter().enumerate() {
                let text = match (row.get(place)?, column.kind) {
                    (Value::Null, _) => continue,
                    (Value::Integer(int), ColumnKind::Bool) => (int == 1).to_string(),
                    (Value::Integer(int), ColumnKind::Int) => int.to_string(),
                    (Value::Real(float), ColumnKind::Float) => Cell::Float(float).to_text(),
                    (Value::Text(text), kind) if !NUMBERS.contains(&kind) => text,
                    (other, kind) => panic!("{}: {other:?} as {kind:?}", column.name),
                };
                read.insert(column.name.clone(), text);
            }
            Ok(read)
        });
        rows.unwrap().map(|row| row.unwrap()).collect()
    }

    fn make_foreign(&self) {
        self.db()
            .execute_batch("CREATE TABLE leads (x); INSERT INTO leads VALUES ('theirs')")
            .unwrap();
    }

    fn is_untouched(&self) -> bool {
        self.one("SELECT group_concat(name) FROM sqlite_schema") == Value::Text("leads".to_owned())
            && self.one("SELECT x FROM leads") == Value::Text("theirs".to_owned())
    }

    fn make_future(&self) {
        self.db()
            .execute_batch("UPDATE leadtag_settings SET value = '99' WHERE name = 'version'")
            .unwrap();
    }

    fn can_forget(&self) -> bool {
        true
    }

    fn drop_table(&self, name: &str) {
        self.db().execute_batch(&format!("DROP TABLE {name}")).unwrap();
    }
}

#[test]
fn the_rules_of_sinks_hold() {
    sink_suite::run(|_| Box::new(Sqlite::new()));
}
