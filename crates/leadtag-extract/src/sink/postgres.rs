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

use super::{Sink, sql};
use crate::{Checkpoint, Counts, Forgotten, Person, Removed, Result, Row, Table};

use connect::Access;
use worker::Worker;

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
    /// If they cannot be counted.
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
            Ok(db)
        })?;
        Ok(Self { place, worker })
    }
}

impl Sink for PostgresSink {
    fn name(&self) -> String {
        self.place.clone()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        self.worker.call(|db| db.checkpoints())
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        self.worker.call(|db| Ok(db.load()?.iter().map(sql::Held::table).collect()))
    }

    fn widen(&mut self, table: &Table) -> Result<()> {
        sql::check_key(table)?;
        let table = table.clone();
        self.worker.call(move |db| db.or_undo(|db| schema::widen(db, &table)))
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        let table = table.clone();
        self.worker.call(move |db| db.or_undo(|db| rows::add(db, &table, rows)))?;
        Ok(Counts::default())
    }

    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<u64> {
        let provider = provider.to_owned();
        self.worker.call(move |db| db.or_undo(|db| rows::seen(db, &provider, snapshot)))
    }

    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
        let provider = provider.to_owned();
        self.worker
            .call(move |db| db.or_undo(|db| rows::delete_unseen(db, &provider, snapshot, at)))
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        let texts: Vec<(String, String)> =
            sql::texts(checkpoints).map(|(provider, text)| (provider.to_owned(), text)).collect();
        self.worker.call(move |db| db.or_undo(|db| db.commit(&texts)))
    }

    fn finish(self: Box<Self>) -> Result<Vec<(String, String, Counts)>> {
        self.worker.call(|db| {
            db.undo();
            let told = std::mem::take(&mut db.counts).into_iter();
            Ok(told.map(|((provider, table), counts)| (provider, table, counts)).collect())
        })
    }

    fn reset(&mut self, provider: &str) -> Result<bool> {
        let provider = provider.to_owned();
        self.worker.call(move |db| db.reset(&provider))
    }

    fn forgotten(&mut self) -> Result<Forgotten> {
        self.worker.call(forget::read)
    }

    /// What the server keeps besides, dead rows until its next vacuum, its log and backups, is not
    /// touched.
    fn forget(&mut self, person: &Person, key: Option<&SecretString>) -> Result<Removed> {
        let (person, key) = (person.clone(), key.cloned());
        self.worker.call(move |db| forget::forget(db, &person, key.as_ref()))
    }
}
