//! A PostgreSQL database: tables `leads` and `interactions`, and what leadtag has to remember in
//! tables of its own, `leadtag_…`, all in one schema.
//!
//! The client blocks, and must not be used where asynchronous code runs: it has a thread of its own.

mod connect;
mod copy;
mod db;
mod error;
mod forget;
mod parameters;
mod protection;
mod rows;
mod schema;
#[cfg(feature = "postgres-tls")]
mod tls;
mod worker;

use std::collections::BTreeMap;

use leadtag_core::{SecretString, Timestamp};

use super::{Seen, Sink, sql};
use crate::{Checkpoint, Closing, Counts, Forgotten, Person, Removed, Result, Row, Table};

use connect::Access;
use db::Db;
use rows::Part;
use worker::{Begun, Worker};

/// Writes leads to a PostgreSQL database, into the first schema of its search path or the one that
/// the URL names: `postgres://user@host/database?schema=crm`. A password that is not in the URL is
/// taken from the environment variable `PGPASSWORD`.
///
/// With the feature `postgres-tls` connections are encrypted as `sslmode` says: `prefer`, which is
/// the default, and `require` do not check whose server it is; `verify-full` does, by the
/// authorities of the system or those in the PEM file that `sslrootcert` names; a certificate that
/// stands in the file itself is good too, whatever it says of its validity. Without the feature
/// only `disable` and `prefer` are possible, and nothing is encrypted.
///
/// Lists are `text[]`, JSON is `jsonb`, times are `timestamptz`. What PostgreSQL cannot hold, the
/// character U+0000 and halves of surrogate pairs, becomes U+FFFD.
#[derive(Debug)]
pub struct PostgresSink {
    place: String,
    worker: Worker,
    /// Rows that were not sent yet, by table.
    parts: BTreeMap<String, Part>,
    /// The rows that are being sent, while the next ones are gathered.
    sending: Option<Begun<Part>>,
    /// Rows that were sent: their memory is for the next ones.
    spare: Option<Part>,
}

impl PostgresSink {
    /// Connects, and keeps others from writing to the same schema.
    ///
    /// # Errors
    /// [`Error::Held`](crate::Error::Held) if somebody writes to it already;
    /// [`Error::Destination`](crate::Error::Destination) if it cannot be reached;
    /// [`Error::Damaged`](crate::Error::Damaged) if a newer version made its tables, or tables of
    /// these names were made by something else; [`Error::Input`](crate::Error::Input) if the URL
    /// cannot be used.
    pub fn open(url: &str) -> Result<Self> {
        Self::open_for(url, Access::Write)
    }

    /// Connects for reading alone: also while somebody writes to it.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for [`Error::Held`](crate::Error::Held).
    pub fn open_to_read(url: &str) -> Result<Self> {
        Self::open_for(url, Access::Read)
    }

    /// How many leads of each provider there are, those that are gone from their platforms too.
    ///
    /// # Errors
    /// If they cannot be counted, or somebody removed their table.
    pub fn count(&mut self) -> Result<BTreeMap<String, u64>> {
        self.worker.call(rows::by_provider)
    }

    /// Whether a pull has been at work there.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn is_made(&mut self) -> Result<bool> {
        self.worker.call(schema::has_own)
    }

    fn open_for(url: &str, access: Access) -> Result<Self> {
        let target = connect::Target::parse(url)?;
        let place = target.place.clone();
        let patience = target.patience();
        let worker = Worker::start(&place, patience, move || {
            let mut db = connect::connect(&target, access)?;
            db.load()?;
            if access == Access::Write {
                schema::check_right(&mut db)?;
            }
            Ok(db)
        })?;
        Ok(Self { place, worker, parts: BTreeMap::new(), sending: None, spare: None })
    }

    /// Sends the rows of a table, behind those that are being sent.
    fn send(&mut self, table: &str) -> Result<()> {
        let Some(part) = self.parts.remove(table) else { return Ok(()) };
        self.sent()?;
        let work = move |db: &mut Db| db.or_undo(|db| rows::write(db, &part)).map(|()| part);
        self.sending = Some(self.worker.begin(work));
        Ok(())
    }

    /// Waits for the rows that are being sent. If they are refused, nothing stays that was not
    /// committed.
    fn sent(&mut self) -> Result<()> {
        let Some(begun) = self.sending.take() else { return Ok(()) };
        let part = self.worker.wait(begun).inspect_err(|_| self.parts.clear())?;
        self.spare = Some(part);
        Ok(())
    }

    /// Sends all rows, and does `work` behind them.
    fn behind<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        while let Some(table) = self.parts.keys().next().cloned() {
            self.send(&table)?;
        }
        self.sent()?;
        self.worker.call(move |db| db.or_undo(work))
    }

    /// Drops what was not committed, and does `work`.
    fn instead<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.parts.clear();
        // What they came to does not matter any more.
        let _ = self.sent();
        self.worker.call(work)
    }
}

impl Sink for PostgresSink {
    fn name(&self) -> String {
        self.place.clone()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        self.worker.call(|db| db.checkpoints())
    }

    /// A row must fit into a page of 8 KiB, in which a text may have 24 bytes before it is kept
    /// elsewhere.
    fn most_columns(&self) -> usize {
        300
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        self.worker.call(Db::tables)
    }

    fn locks_while_wider(&self) -> bool {
        true
    }

    fn widen(&mut self, table: &Table) -> Result<()> {
        let table = table.clone();
        self.behind(move |db| {
            sql::check_key(&table)?;
            schema::widen(db, &table)
        })
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        for row in rows {
            if self.parts.get(&table.name).is_some_and(|part| part.ends_before(table, &row)) {
                self.send(&table.name)?;
            }
            let part = self.parts.entry(table.name.clone());
            part.or_insert_with(|| match self.spare.take() {
                Some(spare) => spare.emptied(table),
                None => Part::new(table),
            })
            .push(&row);
        }
        Ok(Counts::default())
    }

    fn remove(&mut self, table: &str, provider: &str, ids: &[&str]) -> Result<()> {
        let (table, provider) = (table.to_owned(), provider.to_owned());
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        self.behind(move |db| rows::remove(db, &table, &provider, &ids))
    }

    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
        let provider = provider.to_owned();
        self.behind(move |db| rows::seen(db, &provider, snapshot))
    }

    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
        let provider = provider.to_owned();
        self.behind(move |db| rows::delete_unseen(db, &provider, snapshot, at))
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        let texts: Vec<(String, String)> =
            sql::texts(checkpoints).map(|(provider, text)| (provider.to_owned(), text)).collect();
        self.behind(move |db| db.commit(&texts))
    }

    fn finish(mut self: Box<Self>) -> Result<Closing> {
        self.instead(|db| {
            db.undo();
            let told = std::mem::take(&mut db.counts).into_iter();
            let told = told.map(|((provider, table), counts)| (provider, table, counts));
            Ok(Closing::with_counts(told.collect()))
        })
    }

    fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        let provider = provider.to_owned();
        self.instead(move |db| db.reset(&provider))
    }

    fn forgotten(&mut self) -> Result<Forgotten> {
        self.worker.call(forget::read)
    }

    /// What the server keeps besides, dead rows until its next vacuum, its log and backups, is not
    /// touched.
    fn forget(&mut self, person: &Person, key: Option<&SecretString>) -> Result<Removed> {
        let (person, key) = (person.clone(), key.cloned());
        self.instead(move |db| forget::forget(db, &person, key.as_ref()))
    }
}
