//! The columns that every table has, and the names that people write for columns.

use std::fmt;

use leadtag_core::config::nearest;

use crate::ColumnKind::{self, Json, List, Text, Time};
use crate::table::LEADS;

/// A column that is there whatever the platform.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) name: &'static str,
    pub(crate) kind: ColumnKind,
    pub(crate) holds: Holds,
}

/// What a fixed column may tell of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// Nothing, or nothing that could be masked.
    Nothing,
    /// Texts in which somebody may have written anything: what looks personal in them is.
    Texts,
    /// Personal data.
    Personal,
}

const fn fixed(name: &'static str, kind: ColumnKind) -> Fixed {
    Fixed { name, kind, holds: Holds::Nothing }
}

const fn texts(name: &'static str, kind: ColumnKind) -> Fixed {
    Fixed { name, kind, holds: Holds::Texts }
}

const fn personal(name: &'static str, kind: ColumnKind) -> Fixed {
    Fixed { name, kind, holds: Holds::Personal }
}

/// The columns of leads.
pub(crate) const LEAD_COLUMNS: &[Fixed] = &[
    fixed("provider", Text),
    fixed("id", Text),
    fixed("platform", Text),
    personal("name", Text),
    personal("mobiles", List),
    personal("emails", List),
    personal("company", Text),
    texts("tags", List),
    texts("level", Text),
    texts("source", Text),
    fixed("created_at", Time),
    fixed("updated_at", Time),
    fixed("synced_at", Time),
    fixed("deleted_at", Time),
    fixed(ATTRIBUTES, Json),
    fixed(RAW, Json),
];

/// The columns of interactions.
pub(crate) const INTERACTION_COLUMNS: &[Fixed] = &[
    fixed("provider", Text),
    fixed("lead_id", Text),
    fixed("id", Text),
    fixed("platform", Text),
    texts("kind", Text),
    fixed("at", Time),
    personal("actor", Text),
    personal("text", Text),
    fixed("synced_at", Time),
    personal(ATTRIBUTES, Json),
    personal(RAW, Json),
];

/// Whether a table has a column of this name whatever the platform.
pub(crate) fn is_fixed(table: &str, own_name: &str) -> bool {
    let columns = if table == LEADS { LEAD_COLUMNS } else { INTERACTION_COLUMNS };
    columns.iter().any(|fixed| fixed.name == own_name)
}

/// The column of everything platform-specific.
pub(crate) const ATTRIBUTES: &str = "attributes";
/// The column of the row as it was received.
pub(crate) const RAW: &str = "raw";

/// What leadtag itself needs: neither dropped nor renamed.
pub(crate) const NEEDED: &[&str] = &["provider", "id", "deleted_at", "synced_at", "lead_id"];
/// What is there even if `--columns` does not name it.
pub(crate) const ALWAYS: &[&str] = &["provider", "id", "deleted_at"];
/// Names that destinations use for columns of their own.
pub(crate) const HIDDEN: &[&str] = &["_hash", "_snapshot"];

/// Names that PostgreSQL or SQLite keep for themselves.
pub(crate) const TAKEN: &[&str] =
    &["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "rowid", "oid", "_rowid_"];

/// Longer names cannot be told apart by every database.
pub(crate) const MAX_NAME: usize = 63;

/// What a name means that somebody wrote for a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// A fixed column of leads.
    Lead(&'static str),
    /// A fixed column of interactions.
    Interaction(&'static str),
    /// What the platform calls so.
    Attribute(String),
    /// Everything platform-specific.
    Attributes,
}

impl Named {
    /// Reads a name; if nothing is called so, says why, and what was probably meant.
    pub(crate) fn read(name: &str) -> Result<Self, String> {
        if let Some(of_interactions) = name.strip_prefix("interactions.") {
            return find(INTERACTION_COLUMNS, of_interactions).map(Self::Interaction).ok_or_else(
                || unknown(name, of_interactions, INTERACTION_COLUMNS, "interactions."),
            );
        }
        match name.strip_prefix("attributes.") {
            Some("*") => return Ok(Self::Attributes),
            Some("") => {
                return Err(format!("{name:?} names no attribute; write attributes.NAME"));
            }
            Some(attribute) => return Ok(Self::Attribute(attribute.to_owned())),
            None if name == ATTRIBUTES => return Ok(Self::Attributes),
            None => {}
        }
        find(LEAD_COLUMNS, name).map(Self::Lead).ok_or_else(|| match find(INTERACTION_COLUMNS, name) {
            Some(_) => format!(
                "there is no column {name:?} of leads; that of interactions is interactions.{name}"
            ),
            None => format!(
                "{}; what the platform calls so is attributes.{name}",
                unknown(name, name, LEAD_COLUMNS, "")
            ),
        })
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lead(name) => f.write_str(name),
            Self::Interaction(name) => write!(f, "interactions.{name}"),
            Self::Attribute(name) => write!(f, "{ATTRIBUTES}.{name}"),
            Self::Attributes => write!(f, "{ATTRIBUTES}.*"),
        }
    }
}

fn find(columns: &'static [Fixed], name: &str) -> Option<&'static str> {
    columns.iter().map(|column| column.name).find(|known| *known == name)
}

fn unknown(whole: &str, name: &str, columns: &'static [Fixed], prefix: &str) -> String {
    let names = || columns.iter().map(|column| column.name);
    match nearest(name, names()) {
        Some(near) => format!("there is no column {whole:?}; did you mean {prefix}{near}?"),
        None => {
            let known: Vec<_> = names().collect();
            format!("there is no column {whole:?}; there are {}", known.join(", "))
        }
    }
}

/// Why no column may be called so.
pub(super) fn unfit(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    if name.trim().is_empty() {
        Some("it is empty")
    } else if name.len() > MAX_NAME {
        Some("it is longer than 63 bytes")
    } else if name.chars().any(char::is_control) {
        Some("it has a control character in it")
    } else if HIDDEN.contains(&lower.as_str()) || NEEDED.contains(&lower.as_str()) {
        Some("that is a column of leadtag's own")
    } else if TAKEN.contains(&lower.as_str()) {
        Some("databases keep that name for themselves")
    } else if lower.starts_with("attributes.") || lower == ATTRIBUTES {
        Some("names of platforms begin so")
    } else {
        None
    }
}
