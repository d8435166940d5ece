//! Tables: how they are read, made and widened.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::super::sql::{self, HASH, SNAPSHOT, StoredColumn, StoredTable, quoted};
use super::{DbPath, cells};
use crate::{ColumnKind, Result, Table};

/// What leadtag remembers.
const OWN: &str = "
    CREATE TABLE IF NOT EXISTS leadtag_settings (
        name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS leadtag_checkpoints (
        provider TEXT PRIMARY KEY, checkpoint TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS leadtag_columns (
        table_name TEXT NOT NULL, position INTEGER NOT NULL, stored_as TEXT NOT NULL,
        description TEXT NOT NULL, PRIMARY KEY (table_name, position)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS leadtag_forgotten (mark BLOB PRIMARY KEY) WITHOUT ROWID;
";

/// So many rows are converted at once.
const PART: usize = 1_000;

pub(super) fn make_own(db: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'leadtag_settings'";
    if db.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
        db.execute_batch(OWN)?;
        let sql = "INSERT OR IGNORE INTO leadtag_settings VALUES ('version', ?1)";
        db.execute(sql, [sql::VERSION])?;
    }
    Ok(())
}

/// Whether leadtag's own tables are there. A newer version's are an error.
pub(super) fn has_own(db: &Connection, place: &DbPath) -> Result<bool> {
    let failed = place.failed("it cannot be read");
    let sql = "SELECT 1 FROM sqlite_schema WHERE name = 'leadtag_settings'";
    if db.query_row(sql, [], |_| Ok(())).optional().map_err(&failed)?.is_none() {
        let sql = "SELECT 1 FROM sqlite_schema
                   WHERE name IN ('leadtag_checkpoints', 'leadtag_columns', 'leadtag_forgotten')";
        let others = db.query_row(sql, [], |_| Ok(())).optional().map_err(failed)?;
        return if others.is_some() {
            Err(sql::without_settings(&place.name()))
        } else {
            Ok(false)
        };
    }
    let sql = "SELECT value FROM leadtag_settings WHERE name = 'version'";
    let version: Option<String> =
        db.query_row(sql, [], |row| row.get(0)).optional().map_err(failed)?;
    sql::check_version(&place.name(), version.as_deref())?;
    Ok(true)
}

/// The tables as they are.
pub(super) fn load(db: &Connection, place: &DbPath) -> Result<Vec<StoredTable>> {
    let known = if has_own(db, place)? {
        let read = || -> rusqlite::Result<Vec<(String, String, String)>> {
            let sql = "SELECT table_name, stored_as, description FROM leadtag_columns
                       ORDER BY table_name, position";
            let mut statement = db.prepare(sql)?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        };
        read().map_err(place.failed("it cannot be read"))?
    } else {
        Vec::new()
    };
    let mut stored = sql::stored(&place.name(), known)?;
    for name in sql::TABLES {
        let there = columns_of(db, name).map_err(place.failed("it cannot be read"))?;
        let known = stored.iter_mut().find(|stored| stored.name == name);
        sql::check_shape(&place.name(), name, known.as_deref(), &there)?;
        if let Some(known) = known {
            known.is_gone = there.is_empty();
        }
    }
    Ok(stored)
}

/// The names of the columns that are there, in lower case, generated ones among them.
fn columns_of(db: &Connection, table: &str) -> rusqlite::Result<HashSet<String>> {
    let mut statement = db.prepare("SELECT name FROM pragma_table_xinfo(?1)")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    names.map(|name| Ok(name?.to_lowercase())).collect()
}

/// Makes a table as wide as `wanted`.
pub(super) fn widen(
    db: &Connection,
    place: &DbPath,
    tables: &mut Vec<StoredTable>,
    wanted: &Table,
) -> Result<()> {
    let at = tables.iter().position(|stored| stored.name == wanted.name);
    let is_new = at.is_none();
    let at = at.unwrap_or_else(|| {
        tables.push(StoredTable::new(&wanted.name));
        tables.len() - 1
    });
    let stored = &mut tables[at];
    let there = columns_of(db, &wanted.name).map_err(place.failed("it cannot be read"))?;
    let todo = stored.widen(wanted, &there);
    let stored = &*stored;
    let change = || -> rusqlite::Result<()> {
        if is_new {
            db.execute_batch(&create(stored))?;
        } else {
            for place in &todo.added {
                let column = declared(&stored.columns[*place]);
                let sql = format!("ALTER TABLE {} ADD COLUMN {column}", stored.name);
                db.execute_batch(&sql)?;
            }
        }
        for (place, from) in &todo.widened {
            convert(db, &stored.name, &stored.columns[*place], *from)?;
        }
        for (position, column) in stored.columns.iter().enumerate() {
            let description = sql::description(&column.column);
            db.execute(
                "INSERT OR REPLACE INTO leadtag_columns VALUES (?1, ?2, ?3, ?4)",
                params![stored.name, position as i64, column.stored_as, description],
            )?;
        }
        Ok(())
    };
    change().map_err(place.failed("a table cannot be made or widened"))
}

fn create(stored: &StoredTable) -> String {
    let columns: Vec<String> = stored.columns.iter().map(declared).collect();
    format!(
        "CREATE TABLE {} ({}, {HASH} INTEGER NOT NULL, {SNAPSHOT} INTEGER, \
         PRIMARY KEY (provider, id))",
        stored.name,
        columns.join(", ")
    )
}

/// A column that may yet hold text gets no type: of one with a type SQLite would make a number of
/// the text `007`.
fn declared(stored: &StoredColumn) -> String {
    let name = quoted(&stored.stored_as);
    match stored.column.kind {
        _ if matches!(&*stored.column.name, "provider" | "id") => format!("{name} TEXT NOT NULL"),
        ColumnKind::Text | ColumnKind::Time | ColumnKind::List | ColumnKind::Json => {
            format!("{name} TEXT")
        }
        _ => name,
    }
}

/// Makes what is in a column of the kind that it has now.
fn convert(
    db: &Connection,
    table: &str,
    stored: &StoredColumn,
    from: ColumnKind,
) -> rusqlite::Result<()> {
    let column = quoted(&stored.stored_as);
    let to = stored.column.kind;
    let mut next = db.prepare(&format!(
        "SELECT provider, id, {column} FROM {table}
         WHERE (provider, id) > (?1, ?2) AND {column} IS NOT NULL
         ORDER BY provider, id LIMIT {PART}"
    ))?;
    let mut set =
        db.prepare(&format!("UPDATE {table} SET {column} = ?3 WHERE provider = ?1 AND id = ?2"))?;
    let mut last = (String::new(), String::new());
    loop {
        let rows = next.query_map(params![last.0, last.1], |row| {
            let cell = cells::read(row.get_ref(2)?, from).into_kind(to);
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, cell))
        })?;
        let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        for (provider, id, cell) in &rows {
            set.execute(params![provider, id, cells::bound(cell)])?;
        }
        match rows.into_iter().next_back() {
            Some((provider, id, _)) => last = (provider, id),
            None => return Ok(()),
        }
    }
}
