//! Tables: how they are read, made and widened.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use postgres::error::SqlState;

use super::super::sql::{self, HASH, SNAPSHOT, StoredColumn, StoredTable, quoted};
use super::connect::LOCK_TIMEOUT;
use super::db::Db;
use super::error::UNWIDENED;
use crate::{ColumnKind, Error, Result, Table};

/// What leadtag remembers.
const OWN: &str = "
    CREATE TABLE leadtag_settings (name text PRIMARY KEY, value text NOT NULL);
    CREATE TABLE leadtag_checkpoints (provider text PRIMARY KEY, checkpoint text NOT NULL);
    CREATE TABLE leadtag_columns (
        table_name text NOT NULL, position integer NOT NULL, stored_as text NOT NULL,
        description text NOT NULL, PRIMARY KEY (table_name, position));
    CREATE TABLE leadtag_forgotten (mark bytea PRIMARY KEY);
";

/// Whether there is such a table.
fn exists(db: &mut Db, table: &str) -> Result<bool> {
    let failed = db.failed("it cannot be read");
    let sql = "SELECT to_regclass($1::text) IS NOT NULL";
    Ok(db.client.query_one(sql, &[&table]).map_err(failed)?.get(0))
}

pub(super) fn make_own(db: &mut Db) -> Result<()> {
    if exists(db, "leadtag_settings")? {
        return Ok(());
    }
    db.run("its tables cannot be made", OWN)?;
    let sql =
        "INSERT INTO leadtag_settings VALUES ('version', $1), ('salt', gen_random_uuid()::text)";
    let failed = db.failed("its tables cannot be made");
    db.client.execute(sql, &[&sql::VERSION]).map(drop).map_err(failed)
}

/// Whoever makes the tables must be allowed to.
pub(super) fn check_right(db: &mut Db) -> Result<()> {
    let failed = db.failed("it cannot be read");
    let is_made = exists(db, "leadtag_settings")?;
    let sql = "SELECT current_user::text, current_schema()::text, current_database()::text,
                      has_schema_privilege(current_schema(), 'CREATE'),
                      has_database_privilege(current_database(), 'TEMPORARY'),
                      has_table_privilege(to_regclass('leadtag_checkpoints'), 'INSERT')
                      AND has_table_privilege(to_regclass('leadtag_checkpoints'), 'UPDATE'),
                      coalesce(has_table_privilege(to_regclass('leads'), 'SELECT')
                      AND has_table_privilege(to_regclass('leads'), 'INSERT')
                      AND has_table_privilege(to_regclass('leads'), 'UPDATE')
                      AND has_table_privilege(to_regclass('leads'), 'DELETE'), true)";
    let row = db.client.query_one(sql, &[]).map_err(failed)?;
    let name = |at: usize| row.get::<_, Option<String>>(at).unwrap_or_default();
    let lacks = |at: usize| row.get::<_, Option<bool>>(at) == Some(false);
    let (user, schema, database) = (name(0), quoted(&name(1)), quoted(&name(2)));
    let (what, right) = if !is_made && lacks(3) {
        ("make tables there", format!("CREATE ON SCHEMA {schema}"))
    } else if lacks(4) {
        ("make temporary tables, by which rows come", format!("TEMPORARY ON DATABASE {database}"))
    } else if lacks(5) || lacks(6) {
        ("write to its tables", format!("ALL ON ALL TABLES IN SCHEMA {schema}"))
    } else {
        return Ok(());
    };
    Err(Error::Destination {
        place: db.place.clone(),
        why: format!("{user} may not {what}; GRANT {right} TO {}", quoted(&user)),
    })
}

/// Whether leadtag's own tables are there. A newer version's are an error.
pub(super) fn has_own(db: &mut Db) -> Result<bool> {
    if !exists(db, "leadtag_settings")? {
        for other in ["leadtag_checkpoints", "leadtag_columns", "leadtag_forgotten"] {
            if exists(db, other)? {
                return Err(sql::without_settings(&db.place));
            }
        }
        return Ok(false);
    }
    let failed = db.failed("it cannot be read");
    let sql = "SELECT value FROM leadtag_settings WHERE name = 'version'";
    let row = db.client.query_opt(sql, &[]).map_err(failed)?;
    let version: Option<String> = row.map(|row| row.get(0));
    sql::check_version(&db.place, version.as_deref())?;
    Ok(true)
}

/// The tables as they are.
pub(super) fn load(db: &mut Db) -> Result<Vec<StoredTable>> {
    let failed = db.failed("it cannot be read");
    let known = if has_own(db)? {
        let sql = "SELECT table_name, stored_as, description FROM leadtag_columns
                   ORDER BY table_name, position";
        let rows = db.client.query(sql, &[]).map_err(&failed)?;
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
    } else {
        Vec::new()
    };
    let mut stored = sql::stored(&db.place, known)?;
    for name in sql::TABLES {
        let known = stored.iter_mut().find(|stored| stored.name == name);
        let is_there = check(db, name, known.as_deref())?;
        if let Some(known) = known {
            known.is_gone = !is_there;
        }
    }
    Ok(stored)
}

/// The columns that are there, and their types.
fn columns_of(db: &mut Db, table: &str) -> Result<HashMap<String, String>> {
    let failed = db.failed("it cannot be read");
    let sql = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
               WHERE attrelid = to_regclass($1::text) AND attnum > 0 AND NOT attisdropped";
    let rows = db.client.query(sql, &[&table]).map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The table must be what leadtag made of it. Returns whether it is there.
fn check(db: &mut Db, name: &str, known: Option<&StoredTable>) -> Result<bool> {
    let failed = db.failed("it cannot be read");
    let types = columns_of(db, name)?;
    let there: HashSet<String> = types.keys().map(|column| column.to_lowercase()).collect();
    sql::check_shape(&db.place, name, known, &there)?;
    let Some(known) = known.filter(|_| !there.is_empty()) else { return Ok(!there.is_empty()) };
    let damaged = |why: String| Error::Damaged { place: db.place.clone(), why };
    let own = [HASH, SNAPSHOT].map(|name| (name, ColumnKind::Int));
    let columns = known.columns.iter().map(|stored| (&*stored.stored_as, stored.column.kind));
    for (column, kind) in columns.chain(own) {
        let (wanted, found) = (sql_type(kind), types.get(column));
        if let Some(found) = found.filter(|found| *found != wanted) {
            return Err(damaged(format!(
                "the column {column:?} of the table {name} is of type {found}, and was made as \
                 {wanted}; give it that type again, or give another destination"
            )));
        }
    }
    let sql = "SELECT EXISTS (
                   SELECT FROM pg_index i WHERE i.indrelid = to_regclass($1::text)
                   AND i.indisunique AND i.indisvalid AND i.indimmediate
                   AND i.indpred IS NULL AND i.indnatts = 2
                   AND 2 = (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = i.indrelid
                            AND a.attnum = ANY (i.indkey::int2[])
                            AND a.attname IN ('provider', 'id')))";
    if db.client.query_one(sql, &[&name]).map_err(failed)?.get(0) {
        return Ok(true);
    }
    Err(damaged(format!(
        "the table {name} has no key any more; put it back: ALTER TABLE {name} ADD PRIMARY KEY \
         (provider, id)"
    )))
}

/// Makes a table as wide as `wanted`.
pub(super) fn widen(db: &mut Db, wanted: &Table) -> Result<()> {
    db.begin()?;
    let known = db.stored(&wanted.name)?;
    let is_new = known.is_none();
    let mut stored = known.unwrap_or_else(|| StoredTable::new(&wanted.name));
    let there = columns_of(db, &wanted.name)?.into_keys().map(|column| column.to_lowercase());
    let todo = stored.widen(wanted, &there.collect());
    let sql = if is_new {
        create(&stored)
    } else {
        let added =
            todo.added.iter().map(|at| format!("ADD COLUMN {}", declared(&stored.columns[*at])));
        let widened = todo.widened.iter().map(|(at, from)| converted(&stored.columns[*at], *from));
        let changes: Vec<String> = added.chain(widened).collect();
        if changes.is_empty() {
            return Ok(());
        }
        // What is to be checked at the end of the transaction would be in the way.
        format!(
            "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE {} {}; SET CONSTRAINTS ALL DEFERRED",
            stored.name,
            changes.join(", ")
        )
    };
    change(db, &sql)?;
    describe(db, &stored)?;
    let tables = db.load()?;
    tables.retain(|other| other.name != stored.name);
    tables.push(stored);
    Ok(())
}

/// Changes a table as soon as nobody uses it. Who waits for that in one go makes everybody wait who
/// wants to read it meanwhile; but where it is never free, only a longer wait gets through.
fn change(db: &mut Db, sql: &str) -> Result<()> {
    const BETWEEN: Duration = Duration::from_secs(1);
    let attempt = |seconds: u32| {
        format!(
            "SAVEPOINT leadtag_change; SET LOCAL lock_timeout = '{seconds}s'; {sql}; \
             SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; RELEASE leadtag_change"
        )
    };
    for seconds in [2, 2, 4, 8, 16] {
        match db.client.batch_execute(&attempt(seconds)) {
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => {
                db.run(UNWIDENED, "ROLLBACK TO leadtag_change; RELEASE leadtag_change")?;
                std::thread::sleep(BETWEEN);
            }
            done => return done.map_err(db.failed(UNWIDENED)),
        }
    }
    db.run(UNWIDENED, &attempt(30))
}

fn describe(db: &mut Db, stored: &StoredTable) -> Result<()> {
    let failed = db.failed(UNWIDENED);
    let sql = "INSERT INTO leadtag_columns
               SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[])
               ON CONFLICT (table_name, position) DO UPDATE SET description = EXCLUDED.description";
    let positions: Vec<i32> = (0..).zip(&stored.columns).map(|(position, _)| position).collect();
    let names: Vec<&str> = stored.columns.iter().map(|column| &*column.stored_as).collect();
    let descriptions: Vec<String> =
        stored.columns.iter().map(|column| sql::description(&column.column)).collect();
    let values: [&(dyn postgres::types::ToSql + Sync); 4] =
        [&stored.name, &positions, &names, &descriptions];
    db.client.execute(sql, &values).map(drop).map_err(failed)
}

fn create(stored: &StoredTable) -> String {
    let columns: Vec<String> = stored.columns.iter().map(declared).collect();
    format!(
        "CREATE TABLE {} ({}, {HASH} bigint NOT NULL, {SNAPSHOT} bigint, PRIMARY KEY (provider, id))",
        stored.name,
        columns.join(", ")
    )
}

fn declared(stored: &StoredColumn) -> String {
    let name = quoted(&stored.stored_as);
    match &*stored.column.name {
        // Keys are compared often, and as bytes faster.
        "provider" | "id" => format!("{name} text COLLATE \"C\" NOT NULL"),
        _ => format!("{name} {}", sql_type(stored.column.kind)),
    }
}

fn sql_type(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Bool => "boolean",
        ColumnKind::Int => "bigint",
        ColumnKind::Float => "double precision",
        ColumnKind::Text => "text",
        ColumnKind::Time => "timestamp with time zone",
        ColumnKind::List => "text[]",
        ColumnKind::Json => "jsonb",
    }
}

/// Makes what is in a column of the kind that it has now.
fn converted(stored: &StoredColumn, from: ColumnKind) -> String {
    let name = quoted(&stored.stored_as);
    let to = sql_type(stored.column.kind);
    let text = match from {
        ColumnKind::Time => time_text(&name),
        ColumnKind::Float => float_text(&name),
        _ => format!("{name}::text"),
    };
    let using = match (from, stored.column.kind) {
        (ColumnKind::List, ColumnKind::Json) => format!("to_jsonb({name})"),
        (_, ColumnKind::Json) => format!("to_jsonb({text})"),
        (_, ColumnKind::Text) => text,
        _ => format!("{name}::{to}"),
    };
    format!("ALTER COLUMN {name} TYPE {to} USING {using}")
}

/// A float as it is written elsewhere: PostgreSQL has other limits for exponents.
fn float_text(name: &str) -> String {
    format!(
        r"CASE
            WHEN {name} = 0 THEN replace({name}::text, '-0', '-0.0')
            WHEN abs({name}) > 9007199254740992 AND abs({name}) < 1e16
                THEN {name}::text::numeric::text || '.0'
            WHEN abs({name}) >= 1e-5 AND abs({name}) < 1e16 THEN {name}::text::numeric::text
            ELSE regexp_replace({name}::text, 'e([+-])0*', 'e\1') END"
    )
}

/// A time as RFC 3339 in UTC, with as much of a fraction as it has.
fn time_text(name: &str) -> String {
    format!(
        "to_char({name} AT TIME ZONE 'UTC', CASE
            WHEN to_char({name}, 'US') = '000000' THEN 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'
            WHEN to_char({name}, 'US') LIKE '%000' THEN 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'
            ELSE 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"' END)"
    )
}

/// A table that must be there.
pub(super) fn needed(db: &mut Db, name: &str) -> Result<StoredTable> {
    let place = db.place.clone();
    let missing = || Error::Damaged { place, why: sql::missing(name) };
    db.stored(name)?.ok_or_else(missing)
}
