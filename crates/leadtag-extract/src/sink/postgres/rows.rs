//! How rows get in: copied into a table of their own, and from there into their place; or copied
//! into their place, as long as all of them are new.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::sync::Arc;

use leadtag_core::Timestamp;
use postgres::error::SqlState;
use twox_hash::XxHash3_64;

use super::super::sql::{
    HASH, LEADS, SNAPSHOT, StoredTable, count_seen, deleted, quoted, quoted_all,
};
use super::copy::{push_cell, push_text};
use super::db::Db;
use super::error::{failed_at, said_by_server, unsent};
use super::schema::needed;
use crate::{Cell, Counts, Key, Result, Row, Seen, Table};

/// So many rows are copied and put into their place together.
const ROWS: usize = 2_000;

const UNWRITTEN: &str = "rows cannot be written";

/// So many bytes of them are sent at once.
const SENT: usize = 64 << 10;

/// Rows of a table, each key once, as they are sent.
#[derive(Debug)]
pub(super) struct Part {
    table: Table,
    lines: String,
    /// Hashes of the keys.
    keys: HashSet<u64>,
    providers: BTreeMap<Arc<str>, u64>,
    is_snapshot: bool,
}

impl Part {
    pub(super) fn new(table: &Table) -> Self {
        Self {
            table: table.clone(),
            lines: String::new(),
            keys: HashSet::new(),
            providers: BTreeMap::new(),
            is_snapshot: false,
        }
    }

    /// No rows of a table, in the memory of those that were sent.
    pub(super) fn emptied(mut self, table: &Table) -> Self {
        self.lines.clear();
        self.keys.clear();
        self.providers.clear();
        self.is_snapshot = false;
        if self.table != *table {
            self.table.clone_from(table);
        }
        self
    }

    /// Whether it must be sent before this row of `table` is added.
    pub(super) fn ends_before(&self, table: &Table, row: &Row) -> bool {
        self.keys.len() >= ROWS || self.keys.contains(&hash_of(&row.key)) || self.table != *table
    }

    pub(super) fn push(&mut self, row: &Row) {
        self.keys.insert(hash_of(&row.key));
        match self.providers.get_mut(&row.key.provider) {
            Some(rows) => *rows += 1,
            None => drop(self.providers.insert(Arc::clone(&row.key.provider), 1)),
        }
        self.is_snapshot |= row.snapshot.is_some();
        push_row(&mut self.lines, &self.table, row);
    }
}

fn hash_of(key: &Key) -> u64 {
    XxHash3_64::oneshot_with_seed(XxHash3_64::oneshot(key.provider.as_bytes()), key.id.as_bytes())
}

/// Puts rows into their place, and notes what becomes of them.
pub(super) fn write(db: &mut Db, part: &Part) -> Result<()> {
    db.begin()?;
    let stored = needed(db, &part.table.name)?;
    let names = stored.stored_names(&part.table)?;
    let columns = format!("{}, {HASH}, {SNAPSHOT}", quoted_all(names.iter().copied()));
    if db.has_only_new.contains(&stored.name) && append(db, &stored, &columns, part)? {
        for (provider, rows) in &part.providers {
            db.count(provider, &stored.name, Counts { new: *rows, ..Counts::default() });
        }
        return Ok(());
    }
    merge(db, &stored, &names, &columns, part)
}

/// Copies the rows straight into their place, which takes half the server's work. If the server
/// refuses, because one of them is there, nothing of it was done; returns whether it was.
fn append(db: &mut Db, stored: &StoredTable, columns: &str, part: &Part) -> Result<bool> {
    let name = &stored.name;
    // Whoever holds the table is waited for here: copying must not fail before it begins.
    let ready = format!("SAVEPOINT leadtag_new; LOCK TABLE {name} IN ROW EXCLUSIVE MODE");
    db.run(UNWRITTEN, &ready)?;
    let copied = copy(db, &format!("{name} ({columns})"), &part.lines)?;
    let is_done = copied == Some(part.keys.len() as u64);
    if !is_done {
        db.has_only_new.remove(&stored.name);
        db.run(UNWRITTEN, "ROLLBACK TO SAVEPOINT leadtag_new")?;
    }
    db.run(UNWRITTEN, "RELEASE SAVEPOINT leadtag_new")?;
    Ok(is_done)
}

/// Copies the rows into the table `leadtag_in`, which only this connection sees, and from there into
/// the place of those that they differ from.
fn merge(
    db: &mut Db,
    stored: &StoredTable,
    names: &[&str],
    columns: &str,
    part: &Part,
) -> Result<()> {
    let name = &stored.name;
    let make = format!(
        "CREATE TEMP TABLE leadtag_in ON COMMIT DROP AS SELECT {columns} FROM {name} WITH NO DATA"
    );
    db.run(UNWRITTEN, &make)?;
    copy(db, "leadtag_in", &part.lines)?;
    let failed = db.failed(UNWRITTEN);
    let done = db.client.query(&merging(stored, names, columns), &[]).map_err(failed)?;
    let (mut same, mut new) = (0, 0);
    for (provider, rows) in &part.providers {
        let told = done.iter().find(|row| row.get::<_, &str>(0) == &**provider);
        let number = |at| told.map_or(0, |row| row.get::<_, i64>(at).unsigned_abs());
        let mut counts = Counts::default();
        (counts.new, counts.changed) = (number(1), number(2));
        counts.unchanged = rows.saturating_sub(counts.new + counts.changed);
        same += counts.unchanged;
        new += counts.new;
        db.count(provider, name, counts);
    }
    if part.is_snapshot && same > 0 {
        db.run(UNWRITTEN, &see_again(stored))?;
    }
    // What is read next is of the same kind most of the time.
    if new == part.keys.len() as u64 && is_plain(db, name)? {
        db.has_only_new.insert(name.clone());
    }
    db.run(UNWRITTEN, "DROP TABLE leadtag_in")
}

/// Whether copying into a table does the same as inserting does: no row is hindered or changed by
/// what its owner made besides.
fn is_plain(db: &mut Db, name: &str) -> Result<bool> {
    let sql = "SELECT NOT (row_security_active(c.oid)
                   OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal))
               FROM pg_class c WHERE c.oid = to_regclass($1::text)";
    let failed = db.failed(UNWRITTEN);
    Ok(db.client.query_opt(sql, &[&name]).map_err(failed)?.is_some_and(|row| row.get(0)))
}

/// Sends the rows, and returns how many were taken; `None`: none, as one of them is there already.
/// After any other error nothing more can be asked of the server: if it came before the first row was
/// read, the client takes what is answered next for the answer to something else.
fn copy(db: &mut Db, to: &str, lines: &str) -> Result<Option<u64>> {
    let failed = db.failed(UNWRITTEN);
    let place = db.place.clone();
    let mut writer = db.client.copy_in(&format!("COPY {to} FROM STDIN")).map_err(&failed)?;
    let mut chunks = lines.as_bytes().chunks(SENT);
    if let Err(error) = chunks.try_for_each(|bytes| writer.write_all(bytes)) {
        let said = said_by_server(&error);
        return if said.is_some_and(is_known) {
            Ok(None)
        } else {
            Err(said
                .map_or_else(|| unsent(&place, &error), |said| failed_at(&place, UNWRITTEN, said)))
        };
    }
    match writer.finish() {
        Ok(rows) => Ok(Some(rows)),
        Err(error) if is_known(&error) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Whether a row with such a key is there.
fn is_known(error: &postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

fn push_row(lines: &mut String, table: &Table, row: &Row) {
    for (place, column) in table.columns.iter().enumerate() {
        match &*column.name {
            "provider" => push_text(lines, &row.key.provider),
            "id" => push_text(lines, &row.key.id),
            _ => push_cell(lines, row.cells.get(place).unwrap_or(&Cell::Null)),
        }
        lines.push('\t');
    }
    push_cell(lines, &Cell::Int(row.hash.cast_signed()));
    lines.push('\t');
    let snapshot = row.snapshot.map_or(Cell::Null, |snapshot| Cell::Int(snapshot.cast_signed()));
    push_cell(lines, &snapshot);
    lines.push('\n');
}

/// What a row of the table `t` must be, to be written although there is one.
fn differs(stored: &StoredTable, new: &str) -> String {
    let hash = format!("t.{HASH} <> {new}.{HASH}");
    match stored.stored_own("deleted_at") {
        Some(deleted) => format!("({hash} OR t.{} IS NOT NULL)", quoted(deleted)),
        None => hash,
    }
}

/// What puts the rows into their place, and tells of each provider how many are new, and how many
/// changed: a row that was there before was locked, and its next version says so.
fn merging(stored: &StoredTable, names: &[&str], columns: &str) -> String {
    let name = &stored.name;
    let set: Vec<String> = names
        .iter()
        .filter(|name| !matches!(**name, "provider" | "id"))
        .chain(&[HASH])
        .map(|name| format!("{0} = EXCLUDED.{0}", quoted(name)))
        .collect();
    format!(
        "WITH done AS (
             INSERT INTO {name} AS t ({columns}) SELECT {columns} FROM leadtag_in
             ON CONFLICT (provider, id) DO UPDATE SET {},
                 {SNAPSHOT} = coalesce(EXCLUDED.{SNAPSHOT}, t.{SNAPSHOT})
             WHERE {}
             RETURNING t.provider, t.xmax = 0 AS is_new)
         SELECT provider, count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new)
         FROM done GROUP BY provider",
        set.join(", "),
        differs(stored, "EXCLUDED")
    )
}

/// Notes the snapshot in rows that say what they said.
fn see_again(stored: &StoredTable) -> String {
    format!(
        "UPDATE {} t SET {SNAPSHOT} = n.{SNAPSHOT} FROM leadtag_in n
         WHERE t.provider = n.provider AND t.id = n.id AND n.{SNAPSHOT} IS NOT NULL
           AND t.{SNAPSHOT} IS DISTINCT FROM n.{SNAPSHOT}",
        stored.name
    )
}

/// Removes rows.
pub(super) fn remove(db: &mut Db, table: &str, provider: &str, ids: &[String]) -> Result<()> {
    if db.stored(table)?.is_none() {
        return Ok(());
    }
    db.begin()?;
    let sql = format!("DELETE FROM {table} WHERE provider = $1 AND id = ANY ($2)");
    let failed = db.failed("rows cannot be removed");
    db.client.execute(&sql, &[&provider, &ids]).map(drop).map_err(failed)
}

/// How many leads were seen in a snapshot.
pub(super) fn seen(db: &mut Db, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
    let Some(stored) = db.stored(LEADS)? else { return Ok(Some(Seen::default())) };
    let sql = format!("{} WHERE provider = $1", count_seen(&stored, "$2"));
    let failed = db.failed("rows cannot be counted");
    let row = db.client.query_one(&sql, &[&provider, &snapshot.cast_signed()]).map_err(failed)?;
    let count = |at: usize| row.get::<_, i64>(at).unsigned_abs();
    Ok(Some(Seen::new(count(0), count(1))))
}

/// How many leads of each provider there are.
pub(super) fn by_provider(db: &mut Db) -> Result<BTreeMap<String, u64>> {
    if !db.tables()?.iter().any(|table| table.name == LEADS) {
        return Ok(BTreeMap::new());
    }
    let sql = "SELECT provider, count(*) FROM leads GROUP BY provider";
    let failed = db.failed("rows cannot be counted");
    let rows = db.client.query(sql, &[]).map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get::<_, i64>(1).unsigned_abs())).collect())
}

/// Marks who was not seen.
pub(super) fn delete_unseen(
    db: &mut Db,
    provider: &str,
    snapshot: u64,
    at: Timestamp,
) -> Result<Counts> {
    let mut counts = Counts::default();
    let Some(stored) = db.stored(LEADS)? else { return Ok(counts) };
    let Some(column) = stored.stored_own("deleted_at") else { return Ok(counts) };
    db.begin()?;
    let set = deleted(&stored, "$3::text::timestamptz");
    let sql = format!(
        "UPDATE leads SET {set}
         WHERE provider = $1 AND _snapshot IS DISTINCT FROM $2 AND {column} IS NULL",
        column = quoted(column)
    );
    let failed = db.failed("rows cannot be marked as deleted");
    let at = at.to_string();
    counts.deleted =
        db.client.execute(&sql, &[&provider, &snapshot.cast_signed(), &at]).map_err(failed)?;
    Ok(counts)
}
