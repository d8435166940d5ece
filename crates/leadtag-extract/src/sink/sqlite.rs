//! An SQLite database: tables `leads` and `interactions`, and what leadtag has to remember in tables
//! of its own, `leadtag_…`.
//!
//! Between two commits there is one transaction, which is begun when something is first written.

mod cells;
mod connect;
mod forget;
mod rows;
mod schema;
mod scrub;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use leadtag_core::{SecretString, Timestamp};
use rusqlite::{Connection, ErrorCode, params};

use super::lock::WriterLock;
use super::place::{resolved, with_end};
use super::sql::{self, StoredTable};
use super::{Seen, Sink};
use crate::{Checkpoint, Closing, Counts, Error, Forgotten, Person, Removed, Result, Row, Table};
use connect::{check_kind, connect_to_read, file_at, make_private};
use rows::Statements;

/// What stands behind the path of a database in the names of the files beside it.
const LOCK: &str = ".lock";
const WAL: &str = "-wal";
const SHM: &str = "-shm";
const JOURNAL: &str = "-journal";

const UNWRITABLE: &str = "it cannot be written to";

/// How long is waited for a program that writes to the database just now.
const PATIENCE: Duration = Duration::from_secs(10);

/// Writes leads to an SQLite database, which is made if there is none. It may hold other tables.
///
/// Lists and JSON are kept as JSON text, times as RFC 3339 in UTC, yes and no as 1 and 0.
#[derive(Debug)]
pub struct SqliteSink {
    place: DbPath,
    db: Connection,
    /// The tables as they are, once they have been read.
    tables: Option<Vec<StoredTable>>,
    /// How rows are written, by table, as long as the tables are as they are.
    statements: BTreeMap<String, (Table, Statements)>,
    is_new: bool,
    /// Whether rows that were there say something else since the last commit.
    has_changed: bool,
    /// Whether it was tried already to overwrite what was removed.
    is_scrubbed: bool,
    /// Whether a transaction is open that cannot be undone: nothing of it may be committed.
    is_stuck: bool,
    /// Which file it is, where that is known.
    file: Option<(u64, u64)>,
    /// Freed when this goes.
    _lock: Option<WriterLock>,
}

/// The database, for people.
#[derive(Clone, Debug)]
struct DbPath(PathBuf);

impl DbPath {
    fn name(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    /// For `map_err`.
    fn failed(&self, what: &'static str) -> impl Fn(rusqlite::Error) -> Error {
        move |error| {
            let code = match &error {
                rusqlite::Error::SqlInputError { error, .. } => Some(error.code),
                other => other.sqlite_error_code(),
            };
            let hint = match code {
                Some(ErrorCode::DiskFull) => {
                    "; make room and start again: what was committed is safe"
                }
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
                    "; check that the folder exists and may be written to"
                }
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    "; another program writes to it: try again when it is done"
                }
                Some(ErrorCode::SystemIoFailure) => {
                    "; check the disk, make room and start again: what was committed is safe"
                }
                Some(ErrorCode::NotADatabase) => "; give another path",
                Some(ErrorCode::Unknown) => {
                    "; its tables are not as leadtag made them: put them back, or give another \
                     destination"
                }
                Some(ErrorCode::DatabaseCorrupt) => {
                    "; the file is damaged: put a copy of it back, or pull into a new one"
                }
                _ => "; start again: what was committed is safe",
            };
            Error::Destination { place: self.name(), why: format!("{what}: {error}{hint}") }
        }
    }

    fn damaged(&self, why: String) -> Error {
        Error::Damaged { place: self.name(), why }
    }
}

impl SqliteSink {
    /// Opens the database, and keeps other leadtag processes of this machine from writing to it.
    ///
    /// # Errors
    /// [`Error::Held`] if one writes to it already; [`Error::File`] if its lock cannot be made;
    /// [`Error::Destination`] if it is no database or cannot be opened; [`Error::Damaged`] if a newer
    /// version made it, or tables of these names were made by something else.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let place = DbPath(path.as_ref().to_owned());
        let path = resolved(&place.0).unwrap_or_else(|| place.0.clone());
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
            let why = format!("there is no folder {}; make it first", folder.display());
            return Err(Error::Destination { place: place.name(), why });
        }
        check_kind(&place)?;
        let lock = WriterLock::take(&with_end(&path, LOCK), &place.name())?;
        make_private(&path);
        let sink = Self::open_with(place, |_| Connection::open(path), Some(lock))?;
        // One that may not be written to is opened all the same.
        if sink.db.is_readonly("main").map_err(sink.place.failed("it cannot be opened"))? {
            let why = "it may only be read; see who may write to it, or give another path";
            return Err(Error::Destination { place: sink.name(), why: why.to_owned() });
        }
        Ok(sink)
    }

    /// Whether a path leads to the database at `target`, or to a file that is written beside it: nobody
    /// else's file may be there. Nothing need be there yet.
    #[must_use]
    pub fn owns(target: &Path, path: &Path) -> bool {
        let (Some(target), Some(path)) = (resolved(target), resolved(path)) else { return false };
        path == target || [LOCK, WAL, SHM, JOURNAL].iter().any(|end| path == with_end(&target, end))
    }

    /// Opens a database that is there, for reading alone: also while somebody writes to it.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if there is none.
    pub fn open_to_read(path: impl AsRef<Path>) -> Result<Self> {
        let place = DbPath(path.as_ref().to_owned());
        check_kind(&place)?;
        Self::open_with(place, connect_to_read, None)
    }

    /// How many leads of each provider there are, those that are gone from their platforms too.
    ///
    /// # Errors
    /// If they cannot be counted, or somebody removed their table.
    pub fn count(&mut self) -> Result<BTreeMap<String, u64>> {
        if !self.tables()?.iter().any(|table| table.name == sql::LEADS) {
            return Ok(BTreeMap::new());
        }
        let count = || -> rusqlite::Result<BTreeMap<String, u64>> {
            let sql = "SELECT provider, count(*) FROM leads GROUP BY provider";
            let mut statement = self.db.prepare(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.map(|row| row.map(|(name, rows): (_, i64)| (name, rows.unsigned_abs()))).collect()
        };
        count().map_err(self.place.failed("rows cannot be counted"))
    }

    fn open_with(
        place: DbPath,
        connect: impl FnOnce(&Path) -> rusqlite::Result<Connection>,
        lock: Option<WriterLock>,
    ) -> Result<Self> {
        let db = connect(&place.0).map_err(place.failed("it cannot be opened"))?;
        let mut sink = Self {
            file: file_at(&place.0),
            place,
            db,
            tables: None,
            statements: BTreeMap::new(),
            is_new: false,
            has_changed: false,
            is_scrubbed: false,
            is_stuck: false,
            _lock: lock,
        };
        sink.prepare().map_err(sink.place.failed("it cannot be opened"))?;
        sink.load()?;
        Ok(sink)
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        self.db.busy_timeout(PATIENCE)?;
        let things: i64 =
            self.db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        self.is_new = things == 0;
        self.db.pragma_update(None, "synchronous", "FULL")?;
        // What was written in plain once, and is masked now, must not stay between the rows.
        self.db.pragma_update(None, "secure_delete", "ON")?;
        // Ids that are in no order change the same pages of the index again and again: they are
        // copied back once for many commits.
        self.db.pragma_update(None, "wal_autocheckpoint", 16_000)?;
        self.db.pragma_update(None, "cache_size", -4_096)
    }

    /// The tables as they are.
    fn load(&mut self) -> Result<&mut Vec<StoredTable>> {
        if self.tables.is_none() {
            self.tables = Some(schema::load(&self.db, &self.place)?);
        }
        Ok(self.tables.get_or_insert_default())
    }

    fn stored(&mut self, name: &str) -> Result<Option<&StoredTable>> {
        Ok(self.load()?.iter().find(|stored| stored.name == name && !stored.is_gone))
    }

    /// Begins the transaction, if it is not begun, and makes leadtag's own tables, if there are
    /// none.
    fn begin(&mut self) -> Result<()> {
        if self.is_stuck {
            let why = "what was not committed cannot be undone; pull again".to_owned();
            return Err(Error::Destination { place: self.place.name(), why });
        }
        if !self.db.is_autocommit() {
            return Ok(());
        }
        let failed = self.place.failed(UNWRITABLE);
        if self.is_new {
            // Others can read while rows are written. A database of somebody else stays as it is.
            self.db.pragma_update(None, "journal_mode", "WAL").map_err(&failed)?;
            self.is_new = false;
        }
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(failed)?;
        self.or_undo(|sink| schema::make_own(&sink.db).map_err(sink.place.failed(UNWRITABLE)))
    }

    /// What is written to a file that has no name any more is gone with it.
    fn must_be_there(&self) -> Result<()> {
        if file_at(&self.place.0) == self.file {
            return Ok(());
        }
        let why = "it was removed or replaced while it was written to; put it back, or pull again";
        Err(Error::Destination { place: self.name(), why: why.to_owned() })
    }

    /// What was not committed is gone after an error.
    fn or_undo<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let done = work(self);
        if done.is_err() {
            self.undo();
        }
        done
    }

    fn undo(&mut self) {
        if !self.db.is_autocommit() {
            // If it cannot be undone now, it is when the connection goes.
            let _ = self.db.execute_batch("ROLLBACK");
            self.is_stuck = !self.db.is_autocommit();
        }
        self.tables = None;
        self.statements.clear();
        self.has_changed = false;
    }

    /// Does something in a transaction of its own. What was not committed before is dropped.
    fn at_once<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.undo();
        self.or_undo(|sink| {
            sink.begin()?;
            let done = work(sink)?;
            sink.commit(&[])?;
            Ok(done)
        })
    }

    fn write(&mut self, table: &Table, rows: &[Row]) -> Result<Counts> {
        let known = match self.statements.remove(&table.name) {
            Some(known) if known.0 == *table => known,
            _ => (table.clone(), self.statements(table)?),
        };
        let written = rows::write(&self.db, &known.1, rows);
        self.statements.insert(table.name.clone(), known);
        written.map_err(self.place.failed("rows cannot be written"))
    }

    /// Whether rows are written again because of other settings: what they said before may be what is
    /// to be hidden now.
    fn rewrites(&mut self, checkpoints: &[Checkpoint]) -> Result<bool> {
        let known = self.checkpoints()?;
        let of = |provider: &str| known.iter().find(|known| known.provider == provider);
        Ok(checkpoints.iter().any(|new| {
            let before = of(&new.provider);
            new.rewrites || before.is_none_or(|old| old.rewrites || old.settings != new.settings)
        }))
    }

    fn statements(&mut self, table: &Table) -> Result<Statements> {
        match self.stored(&table.name)? {
            Some(stored) => Statements::new(stored, table),
            None => Err(self.place.damaged(sql::missing(&table.name))),
        }
    }
}

impl Sink for SqliteSink {
    fn name(&self) -> String {
        self.place.name()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        if !schema::has_own(&self.db, &self.place)? {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<(String, String)>> {
            let sql = "SELECT provider, checkpoint FROM leadtag_checkpoints ORDER BY provider";
            let mut statement = self.db.prepare(sql)?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let texts = read().map_err(self.place.failed("checkpoints cannot be read"))?;
        sql::checkpoints(&self.place.name(), texts)
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        let has_checkpoints = !self.checkpoints()?.is_empty();
        let place = self.name();
        sql::tables(&place, self.load()?, has_checkpoints)
    }

    fn widen(&mut self, table: &Table) -> Result<()> {
        self.or_undo(|sink| {
            sql::check_key(table)?;
            sink.begin()?;
            sink.load()?;
            let tables = sink.tables.get_or_insert_default();
            sink.statements.remove(&table.name);
            schema::widen(&sink.db, &sink.place, tables, table)
        })
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        self.or_undo(|sink| {
            sink.begin()?;
            let counts = sink.write(table, &rows)?;
            sink.has_changed |= counts.changed > 0;
            Ok(counts)
        })
    }

    fn remove(&mut self, table: &str, provider: &str, ids: &[&str]) -> Result<()> {
        self.or_undo(|sink| {
            if sink.stored(table)?.is_none() {
                return Ok(());
            }
            sink.begin()?;
            let remove = || -> rusqlite::Result<()> {
                let sql = format!("DELETE FROM {table} WHERE provider = ?1 AND id = ?2");
                let mut statement = sink.db.prepare_cached(&sql)?;
                let removed = ids.iter().map(|id| statement.execute([provider, id]));
                let removed: usize = removed.sum::<Result<_, _>>()?;
                if removed > 0 { scrub::owe(&sink.db) } else { Ok(()) }
            };
            remove().map_err(sink.place.failed("rows cannot be removed"))
        })
    }

    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
        self.or_undo(|sink| {
            let Some(stored) = sink.stored(sql::LEADS)? else { return Ok(Some(Seen::default())) };
            // The + keeps it from going by the key, which is another order than that of the rows.
            let sql = format!("{} WHERE +provider = ?1", sql::count_seen(stored, "?2"));
            let counts =
                sink.db.query_row(&sql, params![provider, snapshot.cast_signed()], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
                });
            let (here, missing) = counts.map_err(sink.place.failed("rows cannot be counted"))?;
            Ok(Some(Seen::new(here.unsigned_abs(), missing.unsigned_abs())))
        })
    }

    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
        self.or_undo(|sink| {
            let mut counts = Counts::default();
            let Some(stored) = sink.stored(sql::LEADS)?.cloned() else { return Ok(counts) };
            let Some(column) = stored.stored_own("deleted_at") else { return Ok(counts) };
            sink.begin()?;
            let set = sql::deleted(&stored, "?3");
            let sql = format!(
                "UPDATE leads SET {set}
                 WHERE +provider = ?1 AND _snapshot IS NOT ?2 AND {column} IS NULL",
                column = sql::quoted(column)
            );
            let params = params![provider, snapshot.cast_signed(), at.to_string()];
            let deleted = sink.db.execute(&sql, params);
            let failed = sink.place.failed("rows cannot be marked as deleted");
            counts.deleted = deleted.map_err(failed)? as u64;
            Ok(counts)
        })
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        if checkpoints.is_empty() && self.db.is_autocommit() {
            return Ok(());
        }
        self.or_undo(|sink| {
            sink.must_be_there()?;
            sink.begin()?;
            let hides = sink.has_changed && sink.rewrites(checkpoints)?;
            let write = || -> rusqlite::Result<()> {
                if hides {
                    scrub::owe(&sink.db)?;
                }
                let sql = "INSERT OR REPLACE INTO leadtag_checkpoints VALUES (?1, ?2)";
                let mut statement = sink.db.prepare(sql)?;
                for (provider, text) in sql::texts(checkpoints) {
                    statement.execute([provider, &text])?;
                }
                drop(statement);
                sink.db.execute_batch("COMMIT")
            };
            write().map_err(sink.place.failed("it cannot be committed"))?;
            sink.has_changed = false;
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> Result<Closing> {
        self.undo();
        self.must_be_there()?;
        let mut closing = Closing::default();
        if !self.is_scrubbed && scrub::is_owed(&self.db, &self.place)? {
            let why = scrub::scrub(&self.db, scrub::MOMENT).err();
            closing.notices.extend(why.map(|why| {
                format!(
                    "bytes of what was removed or hidden are still in the files of the database \
                     ({why}); the next pull tries to overwrite them again"
                )
            }));
        }
        Ok(closing)
    }

    fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        if !schema::has_own(&self.db, &self.place)? {
            return Ok(Vec::new());
        }
        let tables = sql::gone(self.load()?, true);
        self.at_once(|sink| {
            let remove = || -> rusqlite::Result<Vec<String>> {
                for table in &tables {
                    sink.db
                        .execute("DELETE FROM leadtag_columns WHERE table_name = ?1", [table])?;
                }
                let mut statement = sink.db.prepare(
                    "DELETE FROM leadtag_checkpoints WHERE provider = ?1 OR ?2 RETURNING provider",
                )?;
                let gone =
                    statement.query_map(params![provider, !tables.is_empty()], |row| row.get(0))?;
                gone.collect()
            };
            remove().map_err(sink.place.failed("the checkpoint cannot be removed"))
        })
    }

    fn forgotten(&mut self) -> Result<Forgotten> {
        forget::read(self)
    }

    fn forget(&mut self, person: &Person, key: Option<&SecretString>) -> Result<Removed> {
        forget::forget(self, person, key)
    }
}
