//! How rows get in.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::super::sql::{HASH, SNAPSHOT, StoredTable, places_of_key, quoted, quoted_all};
use super::cells;
use crate::{Cell, Counts, Result, Row, Table};

/// The statements that rows of a table are written with.
#[derive(Debug)]
pub(super) struct Statements {
    find: String,
    insert: String,
    update: String,
    touch: String,
    columns: usize,
    provider: usize,
    id: usize,
}

impl Statements {
    pub(super) fn new(stored: &StoredTable, table: &Table) -> Result<Self> {
        let names = stored.stored_names(table)?;
        let [provider, id] = places_of_key(table)?;
        let columns = names.len();
        let key = format!("provider = ?{} AND id = ?{}", provider + 1, id + 1);
        let (hash, snapshot) = (columns + 1, columns + 2);
        let places: Vec<String> = (1..=snapshot).map(|place| format!("?{place}")).collect();
        let changes: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(place, name)| format!("{} = ?{}", quoted(name), place + 1))
            .collect();
        let deleted = stored.stored_own("deleted_at");
        let deleted =
            deleted.map_or_else(|| "0".to_owned(), |d| format!("{} IS NOT NULL", quoted(d)));
        let table = &stored.name;
        Ok(Self {
            find: format!(
                "SELECT {HASH}, {SNAPSHOT}, {deleted} FROM {table} WHERE provider = ?1 AND id = ?2"
            ),
            insert: format!(
                "INSERT INTO {table} ({}, {HASH}, {SNAPSHOT}) VALUES ({}) \
                 ON CONFLICT (provider, id) DO NOTHING",
                quoted_all(names.iter().copied()),
                places.join(", ")
            ),
            update: format!(
                "UPDATE {table} SET {}, {HASH} = ?{hash}, \
                 {SNAPSHOT} = coalesce(?{snapshot}, {SNAPSHOT}) WHERE {key}",
                changes.join(", ")
            ),
            touch: format!("UPDATE {table} SET {SNAPSHOT} = ?3 WHERE provider = ?1 AND id = ?2"),
            columns,
            provider,
            id,
        })
    }

    /// Gives a row to a statement.
    fn bind(&self, statement: &mut Statement<'_>, row: &Row) -> rusqlite::Result<()> {
        for place in 0..self.columns {
            let value = match row.cells.get(place) {
                _ if place == self.provider => text(&row.key.provider),
                _ if place == self.id => text(&row.key.id),
                Some(cell) => cells::bound(cell),
                None => cells::bound(&Cell::Null),
            };
            statement.raw_bind_parameter(place + 1, value)?;
        }
        statement.raw_bind_parameter(self.columns + 1, row.hash.cast_signed())?;
        statement.raw_bind_parameter(self.columns + 2, row.snapshot.map(u64::cast_signed))
    }
}

fn text(text: &str) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
}

/// Writes what is new or says something else, and marks the rest as seen.
pub(super) fn write(db: &Connection, sql: &Statements, rows: &[Row]) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut find = db.prepare_cached(&sql.find)?;
    let mut insert = db.prepare_cached(&sql.insert)?;
    let mut update = db.prepare_cached(&sql.update)?;
    let mut touch = db.prepare_cached(&sql.touch)?;
    // New rows come together, and so do known ones: what the last one was is tried first.
    let mut is_new = true;
    for row in rows {
        let (provider, id) = (&*row.key.provider, &*row.key.id);
        if is_new {
            sql.bind(&mut insert, row)?;
            if insert.raw_execute()? > 0 {
                counts.new += 1;
                continue;
            }
        }
        let found = find.query_row(params![provider, id], |found| {
            Ok((found.get(0)?, found.get(1)?, found.get(2)?))
        });
        let found: Option<(i64, Option<i64>, bool)> = found.optional()?;
        is_new = found.is_none();
        match found {
            None => {
                sql.bind(&mut insert, row)?;
                insert.raw_execute()?;
                counts.new += 1;
            }
            Some((hash, _, is_deleted)) if hash.cast_unsigned() != row.hash || is_deleted => {
                sql.bind(&mut update, row)?;
                update.raw_execute()?;
                counts.changed += 1;
            }
            Some((_, seen, _)) => {
                let now = row.snapshot.map(u64::cast_signed);
                if now.is_some() && now != seen {
                    touch.execute(params![provider, id, now])?;
                }
                counts.unchanged += 1;
            }
        }
    }
    Ok(counts)
}
