//! What was removed is overwritten, wherever it is still in the database's files.

use rusqlite::{Connection, OptionalExtension};

use super::{Place, schema};
use crate::Result;

/// Notes, in the transaction that removes something, that it has to be overwritten after it.
pub(super) fn owe(db: &Connection) -> rusqlite::Result<()> {
    db.execute("INSERT OR IGNORE INTO leadtag_settings VALUES ('scrub', 1)", []).map(drop)
}

/// Whether that has to be done yet: by this process, or one before that did not come so far.
pub(super) fn is_owed(db: &Connection, place: &Place) -> Result<bool> {
    if !schema::has_own(db, place)? {
        return Ok(false);
    }
    let sql = "SELECT 1 FROM leadtag_settings WHERE name = 'scrub'";
    let found = db.query_row(sql, [], |_| Ok(())).optional();
    Ok(found.map_err(place.failed("it cannot be read"))?.is_some())
}

/// Overwrites what was removed: what was moved within a page before it was deleted may be left in
/// its gaps, and the file of the last transactions has pages as they were. Returns whether it was
/// possible: not while another program reads the database.
pub(super) fn scrub(db: &Connection, place: &Place) -> Result<bool> {
    let failed = place.failed("what was removed is still in its files, and cannot be overwritten");
    db.execute_batch("VACUUM").map_err(&failed)?;
    let empty = || db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    let is_done = empty().map_err(&failed)? == 0;
    if is_done {
        db.execute("DELETE FROM leadtag_settings WHERE name = 'scrub'", []).map_err(failed)?;
    }
    Ok(is_done)
}
