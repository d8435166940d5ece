//! How rows get in: copied into a table of their own, and from there into their place.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use leadtag_core::Timestamp;

use super::super::sql::{HASH, Held, LEADS, SNAPSHOT, quoted, quoted_all};
use super::copy::{push_cell, push_text};
use super::db::Db;
use super::schema::needed;
use crate::{Cell, Counts, Error, Key, Result, Row, Table};

/// So many rows are copied and put into their place together.
const PART: usize = 2_000;

/// So many bytes of them are sent at once, about.
const SENT: usize = 64 << 10;

/// Rows of a table that were not sent yet, each key once.
#[derive(Debug)]
pub(super) struct Buffer {
    table: Table,
    rows: Vec<Row>,
    places: HashMap<Key, usize>,
    /// Of rows whose keys came twice.
    counts: HashMap<String, Counts>,
}

impl Buffer {
    fn new(table: &Table) -> Self {
        Self {
            table: table.clone(),
            rows: Vec::new(),
            places: HashMap::new(),
            counts: HashMap::new(),
        }
    }

    fn add(&mut self, row: Row) {
        let Some(place) = self.places.get(&row.key) else {
            self.places.insert(row.key.clone(), self.rows.len());
            self.rows.push(row);
            return;
        };
        let before = &mut self.rows[*place];
        let counts = self.counts.entry(row.key.provider.to_string()).or_default();
        if before.hash == row.hash {
            counts.unchanged += 1;
        } else {
            counts.changed += 1;
        }
        let snapshot = row.snapshot.or(before.snapshot);
        *before = row;
        before.snapshot = snapshot;
    }
}

/// Takes rows, and sends them when there are enough.
pub(super) fn add(db: &mut Db, table: &Table, rows: Vec<Row>) -> Result<()> {
    db.begin()?;
    let is_other = |buffer: &Buffer| buffer.table != *table;
    if db.buffers.get(&table.name).is_some_and(is_other) {
        flush(db, &table.name)?;
    }
    for row in rows {
        let name = table.name.clone();
        let buffer = db.buffers.entry(name).or_insert_with(|| Buffer::new(table));
        buffer.add(row);
        if buffer.rows.len() >= PART {
            flush(db, &table.name)?;
        }
    }
    Ok(())
}

pub(super) fn flush_all(db: &mut Db) -> Result<()> {
    let names: Vec<String> = db.buffers.keys().cloned().collect();
    names.iter().try_for_each(|name| flush(db, name))
}

fn flush(db: &mut Db, name: &str) -> Result<()> {
    let Some(buffer) = db.buffers.remove(name).filter(|buffer| !buffer.rows.is_empty()) else {
        return Ok(());
    };
    db.begin()?;
    let held = needed(db, name)?;
    let names = held.stored_names(&buffer.table)?;
    copy(db, &held, &names, &buffer)?;
    count(db, &held)?;
    for (provider, counts) in buffer.counts {
        *db.pending.entry((provider, name.to_owned())).or_default() += counts;
    }
    let is_snapshot = buffer.rows.iter().any(|row| row.snapshot.is_some());
    db.run("rows cannot be written", &merge(&held, &names, is_snapshot))
}

/// Puts the rows into the table `leadtag_in`, which only this connection sees.
fn copy(db: &mut Db, held: &Held, names: &[&str], buffer: &Buffer) -> Result<()> {
    let columns = format!("{}, {HASH}, {SNAPSHOT}", quoted_all(names.iter().copied()));
    let make = format!(
        "CREATE TEMP TABLE leadtag_in ON COMMIT DROP AS SELECT {columns} FROM {} WITH NO DATA",
        held.name
    );
    db.run("rows cannot be written", &make)?;
    let failed = db.failed("rows cannot be written");
    let place = db.place.clone();
    let mut writer = db.client.copy_in("COPY leadtag_in FROM STDIN").map_err(&failed)?;
    let mut lines = String::new();
    for (number, row) in buffer.rows.iter().enumerate() {
        push_row(&mut lines, &buffer.table, row);
        if lines.len() >= SENT || number + 1 == buffer.rows.len() {
            writer.write_all(lines.as_bytes()).map_err(|error| Error::Destination {
                place: place.clone(),
                why: format!("rows cannot be sent: {error}"),
            })?;
            lines.clear();
        }
    }
    writer.finish().map(drop).map_err(failed)
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
fn differs(held: &Held, new: &str) -> String {
    let hash = format!("t.{HASH} <> {new}.{HASH}");
    match held.stored_own("deleted_at") {
        Some(deleted) => format!("({hash} OR t.{} IS NOT NULL)", quoted(deleted)),
        None => hash,
    }
}

/// Tells what will become of the rows.
fn count(db: &mut Db, held: &Held) -> Result<()> {
    let name = &held.name;
    let differs = differs(held, "n");
    let sql = format!(
        "SELECT n.provider, count(*) FILTER (WHERE t.id IS NULL),
                count(*) FILTER (WHERE t.id IS NOT NULL AND {differs}),
                count(*) FILTER (WHERE t.id IS NOT NULL AND NOT {differs})
         FROM leadtag_in n LEFT JOIN {name} t ON t.provider = n.provider AND t.id = n.id
         GROUP BY n.provider"
    );
    let failed = db.failed("rows cannot be counted");
    for row in db.client.query(&sql, &[]).map_err(failed)? {
        let number = |at| row.get::<_, i64>(at).unsigned_abs();
        let mut counts = Counts::default();
        (counts.new, counts.changed, counts.unchanged) = (number(1), number(2), number(3));
        *db.pending.entry((row.get(0), name.clone())).or_default() += counts;
    }
    Ok(())
}

fn merge(held: &Held, names: &[&str], is_snapshot: bool) -> String {
    let name = &held.name;
    let columns = format!("{}, {HASH}, {SNAPSHOT}", quoted_all(names.iter().copied()));
    let set: Vec<String> = names
        .iter()
        .filter(|name| !matches!(**name, "provider" | "id"))
        .chain(&[HASH])
        .map(|name| format!("{0} = EXCLUDED.{0}", quoted(name)))
        .collect();
    let mut sql = format!(
        "INSERT INTO {name} AS t ({columns}) SELECT {columns} FROM leadtag_in
         ON CONFLICT (provider, id) DO UPDATE SET {},
             {SNAPSHOT} = coalesce(EXCLUDED.{SNAPSHOT}, t.{SNAPSHOT})
         WHERE {};",
        set.join(", "),
        differs(held, "EXCLUDED")
    );
    if is_snapshot {
        sql += &format!(
            "UPDATE {name} t SET {SNAPSHOT} = n.{SNAPSHOT} FROM leadtag_in n
             WHERE t.provider = n.provider AND t.id = n.id AND n.{SNAPSHOT} IS NOT NULL
               AND t.{SNAPSHOT} IS DISTINCT FROM n.{SNAPSHOT};"
        );
    }
    sql + "DROP TABLE leadtag_in"
}

/// How many leads were seen in a snapshot.
pub(super) fn seen(db: &mut Db, provider: &str, snapshot: u64) -> Result<u64> {
    flush_all(db)?;
    if db.held(LEADS)?.is_none() {
        return Ok(0);
    }
    let sql = "SELECT count(*) FROM leads WHERE provider = $1 AND _snapshot = $2";
    let failed = db.failed("rows cannot be counted");
    let row = db.client.query_one(sql, &[&provider, &snapshot.cast_signed()]).map_err(failed)?;
    Ok(row.get::<_, i64>(0).unsigned_abs())
}

/// How many leads of each provider there are.
pub(super) fn by_provider(db: &mut Db) -> Result<BTreeMap<String, u64>> {
    if db.held(LEADS)?.is_none() {
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
    flush_all(db)?;
    let mut counts = Counts::default();
    let Some(held) = db.held(LEADS)? else { return Ok(counts) };
    let Some(column) = held.stored_own("deleted_at") else { return Ok(counts) };
    db.begin()?;
    let sql = format!(
        "UPDATE leads SET {column} = $3::text::timestamptz
         WHERE provider = $1 AND _snapshot IS DISTINCT FROM $2 AND {column} IS NULL",
        column = quoted(column)
    );
    let failed = db.failed("rows cannot be marked as deleted");
    let at = at.to_string();
    counts.deleted =
        db.client.execute(&sql, &[&provider, &snapshot.cast_signed(), &at]).map_err(failed)?;
    Ok(counts)
}
