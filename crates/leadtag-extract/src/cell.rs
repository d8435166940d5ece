//! The values of columns, and the kinds of columns that hold them.

use leadtag_core::Timestamp;
use serde::{Deserialize, Serialize};

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cell {
    /// Nothing is known.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A text.
    Text(String),
    /// A moment.
    Time(Timestamp),
    /// Several texts.
    List(Vec<String>),
    /// Anything else, as JSON text.
    Json(String),
}

/// What a column holds. A column that meets something else gets a wider kind, and never a narrower
/// one again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnKind {
    /// Yes or no.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// A number of 64 bits with a fraction.
    Float,
    /// A text.
    Text,
    /// A moment.
    Time,
    /// Several texts.
    List,
    /// JSON of any kind.
    Json,
}
