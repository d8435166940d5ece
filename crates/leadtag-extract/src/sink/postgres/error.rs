//! What the server says, for people.

use std::borrow::Cow;
use std::error::Error as _;
use std::io;

use postgres::error::SqlState;

use crate::Error;

/// For `map_err`: what the server or the way to it said.
pub(super) fn failed(place: &str, what: &'static str) -> impl Fn(postgres::Error) -> Error {
    move |error| failed_at(place, what, &error)
}

pub(super) fn failed_at(place: &str, what: &str, error: &postgres::Error) -> Error {
    Error::Destination { place: place.to_owned(), why: why(what, error) }
}

/// What the server said while something was sent.
pub(super) fn said_by_server(error: &io::Error) -> Option<&postgres::Error> {
    error.get_ref()?.downcast_ref()
}

/// What the way to the server said while something was sent.
pub(super) fn unsent(place: &str, error: &io::Error) -> Error {
    let why = format!("rows cannot be sent: {error}; {SAFE}");
    Error::Destination { place: place.to_owned(), why }
}

const SAFE: &str = "what was committed is safe: pull again when the server is there";

/// What was being done when the server was looked for.
pub(super) const UNREACHABLE: &str = "it cannot be reached";

/// What was being done when a table got columns or wider ones.
pub(super) const UNWIDENED: &str = "a table cannot be made or widened";

const MADE_OF_IT: &str = "if something was made of the table or its columns (a view, an index, a \
                          constraint, a rule, a policy, a trigger, a generated column), drop it, \
                          pull, and make it again";

/// Details may show the values of rows, so only those about tables are told.
fn why(what: &str, error: &postgres::Error) -> String {
    let Some(db) = error.as_db_error() else {
        let source = error.source().map_or_else(String::new, |source| format!(": {source}"));
        return format!("{what}: {error}{source}{}", hint_of_way(what, error));
    };
    let is_about_tables = db.code() == &SqlState::FEATURE_NOT_SUPPORTED
        || db.code() == &SqlState::DEPENDENT_OBJECTS_STILL_EXIST;
    let detail = db.detail().filter(|_| is_about_tables);
    let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
    let hint = match hint(db.code()) {
        None if what == UNWIDENED && is_about_objects(db.code()) => Some(MADE_OF_IT),
        // The key's index, that is.
        Some(_) if db.code() == &SqlState::PROGRAM_LIMIT_EXCEEDED && db.constraint().is_some() => {
            Some("an id is too long for it; see what the platform sends")
        }
        hint => hint,
    };
    let hint = hint.map_or_else(String::new, |hint| format!("; {hint}"));
    format!("{what}: {}{detail}{hint}", message(db.code(), db.message()))
}

/// Whether the server refuses because of something else that is made there.
fn is_about_objects(code: &SqlState) -> bool {
    ["42", "2B", "0A"].iter().any(|class| code.code().starts_with(class))
}

/// Messages about values tell them: `invalid input syntax for type bigint: "19900001234"`. Other
/// languages have other quotes.
fn message<'a>(code: &SqlState, message: &'a str) -> Cow<'a, str> {
    if !code.code().starts_with("22") {
        return message.into();
    }
    match (message.find('"'), message.rfind('"')) {
        (Some(start), Some(end)) => format!("{}\"…{}", &message[..start], &message[end..]).into(),
        _ if message.is_ascii() => message.into(),
        _ => format!("a value is refused (SQLSTATE {})", code.code()).into(),
    }
}

/// Of what was not said by the server.
fn hint_of_way(what: &str, error: &postgres::Error) -> &'static str {
    #[cfg(feature = "postgres-tls")]
    if error
        .source()
        .and_then(|source| source.downcast_ref())
        .is_some_and(super::tls::Failed::is_certificate)
    {
        return "; name the certificate of its authority with sslrootcert=FILE, or give \
                sslmode=require, which checks none";
    }
    let is_way = error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>());
    match is_way {
        true if what == UNREACHABLE => "; check the host and the port",
        true => "; what was committed is safe: pull again when the server is there",
        false if what == UNREACHABLE && error.to_string() == "invalid configuration" => {
            "; write postgres://user:password@host/database, or the password into PGPASSWORD"
        }
        false => "",
    }
}

fn hint(code: &SqlState) -> Option<&'static str> {
    const HINTS: [(&SqlState, &str); 16] = [
        (&SqlState::DISK_FULL, "make room and start again: what was committed is safe"),
        (
            &SqlState::READ_ONLY_SQL_TRANSACTION,
            "it can only be read: give the address of the server that is written to",
        ),
        (
            &SqlState::INSUFFICIENT_PRIVILEGE,
            "the user must own the tables, or be allowed to make them in this schema",
        ),
        (&SqlState::INVALID_PASSWORD, "check the user, and the password in the URL or PGPASSWORD"),
        (&SqlState::INVALID_AUTHORIZATION_SPECIFICATION, "check the user, and who is let in there"),
        (&SqlState::INVALID_CATALOG_NAME, "make it with `createdb`, or correct the URL"),
        (&SqlState::FEATURE_NOT_SUPPORTED, MADE_OF_IT),
        (
            &SqlState::UNDEFINED_TABLE,
            "somebody removed or renamed it while it was in use: pull again, which says what to do",
        ),
        (
            &SqlState::LOCK_NOT_AVAILABLE,
            "somebody holds the table for long: try again when that is done",
        ),
        (
            &SqlState::PROGRAM_LIMIT_EXCEEDED,
            "put the attributes into one column: --attributes json",
        ),
        (&SqlState::TOO_MANY_COLUMNS, "put the attributes into one column: --attributes json"),
        (&SqlState::ADMIN_SHUTDOWN, SAFE),
        (&SqlState::CRASH_SHUTDOWN, SAFE),
        (&SqlState::CANNOT_CONNECT_NOW, "pull again when the server is ready"),
        (&SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, SAFE),
        (&SqlState::TOO_MANY_CONNECTIONS, "pull again when there are fewer"),
    ];
    HINTS.iter().find(|(known, _)| *known == code).map(|(_, hint)| *hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_about_a_value_tells_it_in_no_language() {
        let code = SqlState::INVALID_TEXT_REPRESENTATION;
        for text in [
            "invalid input syntax for type bigint: \"19900001234\"",
            "ungültige Eingabesyntax für Typ bigint: »19900001234«",
        ] {
            assert!(!message(&code, text).contains("1990"), "{text}");
        }
        assert_eq!(message(&code, "division by zero"), "division by zero");
        let other = "la colonne « x » n'existe pas";
        assert_eq!(message(&SqlState::UNDEFINED_COLUMN, other), other);
    }
}
