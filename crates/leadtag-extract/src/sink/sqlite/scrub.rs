//! What was removed is overwritten, wherever it is still in the database's files.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{DbPath, PATIENCE, schema};
use crate::Result;

/// How long is waited for a program that reads, where nobody asked for that.
pub(super) const MOMENT: Duration = Duration::from_secs(1);

/// What has to be done yet: all of it, or only the emptying of the file of the last transactions.
const ALL: i64 = 1;
const LOG: i64 = 2;

/// Notes, in the transaction that removes something, that it has to be overwritten after it.
pub(super) fn owe(db: &Connection) -> rusqlite::Result<()> {
    note(db, ALL)
}

fn note(db: &Connection, what: i64) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO leadtag_settings VALUES ('scrub', ?1)";
    db.execute(sql, params![what]).map(drop)
}

fn owed(db: &Connection) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT value FROM leadtag_settings WHERE name = 'scrub'";
    db.query_row(sql, [], |row| row.get(0)).optional()
}

/// Whether that has to be done yet: by this process, or one before that did not come so far.
pub(super) fn is_owed(db: &Connection, place: &DbPath) -> Result<bool> {
    if !schema::has_own(db, place)? {
        return Ok(false);
    }
    Ok(owed(db).map_err(place.failed("it cannot be read"))?.is_some())
}

/// Overwrites what was removed: what was moved within a page before it was deleted may be left in
/// its gaps, and the file of the last transactions has pages as they were. A program that reads is
/// waited for so long. If it is not possible, says why; nothing is written then again and again.
pub(super) fn scrub(db: &Connection, patience: Duration) -> Result<(), String> {
    let mut done = db.busy_timeout(patience).and_then(|()| try_to(db));
    if let Err(error) = db.busy_timeout(PATIENCE) {
        done = done.and(Err(error));
    }
    match done {
        Ok(true) => Ok(()),
        Ok(false) => Err("another program reads it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn try_to(db: &Connection) -> rusqlite::Result<bool> {
    let empty = || db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    if empty()? != 0 {
        return Ok(false);
    }
    if owed(db)? != Some(LOG) {
        db.execute_batch("VACUUM")?;
        note(db, LOG)?;
        if empty()? != 0 {
            return Ok(false);
        }
    }
    db.execute("DELETE FROM leadtag_settings WHERE name = 'scrub'", [])?;
    Ok(true)
}
