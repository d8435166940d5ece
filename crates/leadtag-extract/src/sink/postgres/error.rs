//! What the server says, for people.

use std::error::Error as _;

use postgres::error::SqlState;

use crate::Error;

/// For `map_err`: what the server or the way to it said.
pub(super) fn failed(place: &str, what: &'static str) -> impl Fn(postgres::Error) -> Error {
    move |error| Error::Destination { place: place.to_owned(), why: why(what, &error) }
}

/// Details may show the values of rows, so only those about tables are told.
fn why(what: &str, error: &postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        let source = error.source().map_or_else(String::new, |source| format!(": {source}"));
        return format!("{what}: {error}{source}");
    };
    let is_about_tables = db.code() == &SqlState::FEATURE_NOT_SUPPORTED
        || db.code() == &SqlState::DEPENDENT_OBJECTS_STILL_EXIST;
    let detail = db.detail().filter(|_| is_about_tables);
    let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
    format!("{what}: {}{detail}{}", db.message(), hint(db.code()))
}

fn hint(code: &SqlState) -> &'static str {
    if code == &SqlState::DISK_FULL {
        "; make room and start again: what was committed is safe"
    } else if code == &SqlState::READ_ONLY_SQL_TRANSACTION {
        "; it can only be read: give the address of the server that is written to"
    } else if code == &SqlState::INSUFFICIENT_PRIVILEGE {
        "; the user must own the tables, or be allowed to make them in this schema"
    } else if code == &SqlState::INVALID_PASSWORD {
        "; check the user, and the password in the URL or PGPASSWORD"
    } else if code == &SqlState::FEATURE_NOT_SUPPORTED {
        "; drop the view, pull, and make it again"
    } else if code == &SqlState::LOCK_NOT_AVAILABLE {
        "; somebody holds the table for long: try again when that is done"
    } else {
        ""
    }
}
