//! The connection, its transaction, and what is known of the tables.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use postgres::Client;

use super::super::sql::{self, StoredTable};
use super::error::failed;
use super::schema;
use crate::{Checkpoint, Counts, Error, Result, Table};

/// What became of rows, by provider and table.
pub(super) type Told = BTreeMap<(String, String), Counts>;

/// A database that is connected.
pub(super) struct Db {
    pub(super) client: Client,
    pub(super) place: String,
    /// The tables as they are, once they have been read.
    pub(super) tables: Option<Vec<StoredTable>>,
    /// What became of rows that were sent and not committed.
    pub(super) pending: Told,
    /// What became of rows that were committed.
    pub(super) counts: Told,
    /// The tables for which the rows that came last were all new.
    pub(super) has_only_new: HashSet<String>,
    is_begun: bool,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Db {
    pub(super) fn new(client: Client, place: String, counts: Told) -> Self {
        Self {
            client,
            place,
            tables: None,
            pending: Told::new(),
            counts,
            has_only_new: HashSet::new(),
            is_begun: false,
        }
    }

    /// Notes what became of rows that were sent.
    pub(super) fn count(&mut self, provider: &str, table: &str, counts: Counts) {
        *self.pending.entry((provider.to_owned(), table.to_owned())).or_default() += counts;
    }

    /// For `map_err`.
    pub(super) fn failed(&self, what: &'static str) -> impl Fn(postgres::Error) -> Error + use<> {
        let place = self.place.clone();
        move |error| failed(&place, what)(error)
    }

    /// Does statements without parameters.
    pub(super) fn run(&mut self, what: &'static str, sql: &str) -> Result<()> {
        let failed = self.failed(what);
        self.client.batch_execute(sql).map_err(failed)
    }

    /// The tables as they are.
    pub(super) fn load(&mut self) -> Result<&mut Vec<StoredTable>> {
        if self.tables.is_none() {
            self.tables = Some(schema::load(self)?);
        }
        Ok(self.tables.get_or_insert_default())
    }

    pub(super) fn stored(&mut self, name: &str) -> Result<Option<StoredTable>> {
        Ok(self.load()?.iter().find(|stored| stored.name == name && !stored.is_gone).cloned())
    }

    /// Begins the transaction, if it is not begun, and makes leadtag's own tables, if there are
    /// none.
    pub(super) fn begin(&mut self) -> Result<()> {
        if !self.is_begun {
            self.run("it cannot be written to", "BEGIN")?;
            self.is_begun = true;
            schema::make_own(self)?;
        }
        Ok(())
    }

    /// What was not committed is gone after an error.
    pub(super) fn or_undo<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let done = work(self);
        if done.is_err() {
            self.undo();
        }
        done
    }

    pub(super) fn undo(&mut self) {
        if std::mem::take(&mut self.is_begun) {
            // If the connection is gone, the server undoes it.
            let _ = self.client.batch_execute("ROLLBACK");
        }
        self.tables = None;
        self.pending.clear();
    }

    pub(super) fn commit(&mut self, checkpoints: &[(String, String)]) -> Result<()> {
        if checkpoints.is_empty() && !self.is_begun {
            return Ok(());
        }
        self.begin()?;
        let failed = self.failed("it cannot be committed");
        let sql = "INSERT INTO leadtag_checkpoints VALUES ($1, $2)
                   ON CONFLICT (provider) DO UPDATE SET checkpoint = EXCLUDED.checkpoint";
        for (provider, text) in checkpoints {
            self.client.execute(sql, &[provider, text]).map_err(&failed)?;
        }
        self.client.batch_execute("COMMIT").map_err(failed)?;
        self.is_begun = false;
        for (whose, counts) in std::mem::take(&mut self.pending) {
            *self.counts.entry(whose).or_default() += counts;
        }
        Ok(())
    }

    /// Does something in a transaction of its own. What was not committed before is dropped.
    pub(super) fn at_once<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.undo();
        self.or_undo(|db| {
            db.begin()?;
            let done = work(db)?;
            db.commit(&[])?;
            Ok(done)
        })
    }

    pub(super) fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        if !schema::has_own(self)? {
            return Ok(Vec::new());
        }
        let sql = "SELECT provider, checkpoint FROM leadtag_checkpoints
                   ORDER BY provider COLLATE \"C\"";
        let failed = self.failed("checkpoints cannot be read");
        let rows = self.client.query(sql, &[]).map_err(failed)?;
        let texts = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        sql::checkpoints(&self.place, texts)
    }

    pub(super) fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        if !schema::has_own(self)? {
            return Ok(Vec::new());
        }
        let tables = sql::gone(self.load()?, true);
        self.at_once(|db| {
            let failed = db.failed("the checkpoint cannot be removed");
            let sql = "DELETE FROM leadtag_columns WHERE table_name = ANY($1)";
            db.client.execute(sql, &[&tables]).map_err(&failed)?;
            let sql =
                "DELETE FROM leadtag_checkpoints WHERE provider = $1 OR $2 RETURNING provider";
            let gone = db.client.query(sql, &[&provider, &!tables.is_empty()]).map_err(failed)?;
            Ok(gone.iter().map(|row| row.get(0)).collect())
        })
    }

    /// The tables, as others see them.
    pub(super) fn tables(&mut self) -> Result<Vec<Table>> {
        let has_checkpoints = !self.checkpoints()?.is_empty();
        let place = self.place.clone();
        sql::tables(&place, self.load()?, has_checkpoints)
    }

    pub(super) fn setting(&mut self, name: &str) -> Result<Option<String>> {
        if !schema::has_own(self)? {
            return Ok(None);
        }
        let sql = "SELECT value FROM leadtag_settings WHERE name = $1";
        let failed = self.failed("it cannot be read");
        let row = self.client.query_opt(sql, &[&name]).map_err(failed)?;
        Ok(row.map(|row| row.get(0)))
    }
}
