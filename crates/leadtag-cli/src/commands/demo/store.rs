//! What is in the SQLite store, asked in SQL as any other program would.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OpenFlags, Row};

use crate::failure::Failure;
use crate::table::table;

/// What is asked: how many leads there are, and a few of every provider.
pub(super) const QUERIES: [&str; 2] = [
    "SELECT provider, count(*) AS leads, max(created_at) AS newest FROM leads GROUP BY provider",
    "SELECT provider, name, mobiles, company, level, created_at FROM leads
WHERE mobiles LIKE '%0004%' OR mobiles LIKE '%0017%' ORDER BY mobiles, provider",
];

/// The answer as a table.
pub(super) fn ask(query: &str) -> Result<String, Failure> {
    read(query).map_err(|error| Failure::failed(format!("leads.db cannot be read: {error}")))
}

fn read(query: &str) -> Result<String, Error> {
    // Who may write tidies up behind itself: a reader leaves the files of the journal there.
    let store = Connection::open_with_flags("leads.db", OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut asked = store.prepare(query)?;
    let header: Vec<String> = asked.column_names().map(str::to_uppercase).collect();
    let rows = asked.query_map([], |row| cells(row, header.len()))?;
    let rows: Vec<_> = rows.collect::<Result<_, Error>>()?;
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    Ok(table(&header, rows, &[]))
}

fn cells(row: &Row<'_>, count: usize) -> Result<Vec<String>, Error> {
    let text = |at| {
        Ok(match row.get_ref(at)? {
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        })
    };
    (0..count).map(text).collect()
}
