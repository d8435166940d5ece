//! The values of columns, and the kinds of columns that hold them.

use std::borrow::Cow;

use leadtag_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

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
    /// JSON of any kind; numbers and the like are texts in it, as in a list.
    Json,
}

/// Whole numbers up to this size are exact in a [`ColumnKind::Float`].
const EXACT: u64 = 1 << 53;

impl Cell {
    /// The cell of a JSON value. An array of texts, numbers and bools is a list; what is nested
    /// otherwise is JSON. A whole number that a float could not hold is a text: its digits stay,
    /// whatever its column becomes.
    #[must_use]
    pub fn of_json(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::of_number(&number),
            Value::String(text) => Self::Text(text),
            Value::Array(items) if items.iter().all(is_plain) => {
                Self::List(items.into_iter().map(plain_text).collect())
            }
            nested => Self::Json(nested.to_string()),
        }
    }

    fn of_number(number: &Number) -> Self {
        match (number.as_i64(), number.as_f64()) {
            (Some(int), _) if int.unsigned_abs() <= EXACT => Self::Int(int),
            (None, Some(float)) if number.is_f64() => Self::Float(float),
            _ => Self::Text(number.to_string()),
        }
    }

    /// What a column must be to hold it; `None` for [`Null`](Self::Null), which any column holds.
    #[must_use]
    pub fn kind(&self) -> Option<ColumnKind> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(_) => ColumnKind::Bool,
            Self::Int(_) => ColumnKind::Int,
            Self::Float(_) => ColumnKind::Float,
            Self::Text(_) => ColumnKind::Text,
            Self::Time(_) => ColumnKind::Time,
            Self::List(_) => ColumnKind::List,
            Self::Json(_) => ColumnKind::Json,
        })
    }

    /// The bytes of its texts.
    pub(crate) fn heap(&self) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => text.capacity(),
            Self::List(texts) => {
                texts.iter().map(|text| text.capacity() + size_of::<String>()).sum()
            }
            _ => 0,
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The same in a column of a wider kind. A column of a kind that is not wider than its own gets
    /// the text of it.
    ///
    /// In a column of JSON everything but lists and JSON is a text. So it makes no difference which
    /// kinds a column had on its way to the widest one.
    #[must_use]
    pub fn into_kind(self, kind: ColumnKind) -> Self {
        match (self, kind) {
            (cell, kind) if cell.kind().is_none_or(|own| own == kind) => cell,
            #[expect(
                clippy::cast_precision_loss,
                reason = "exact up to 2^53, and no larger is made"
            )]
            (Self::Int(int), ColumnKind::Float) => Self::Float(int as f64),
            (cell @ Self::List(_), ColumnKind::Json) => Self::Json(cell.to_json()),
            (cell, ColumnKind::Json) => Self::Json(json(&cell.to_text())),
            (cell, _) => Self::Text(cell.to_text()),
        }
    }

    /// It as plain text: of a text the text itself, nothing for nothing.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Json(text) => text.clone(),
            Self::Time(moment) => moment.to_string(),
            Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::List(_) => self.to_json(),
        }
    }

    /// It as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Int(int) => int.to_string(),
            Self::Float(float) => float_text(*float),
            Self::Text(text) => json(text),
            Self::Time(moment) => json(&moment.to_string()),
            Self::List(texts) => json(texts),
            Self::Json(json) => json.clone(),
        }
    }
}

impl ColumnKind {
    /// The narrowest kind that holds what either holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (Self::Json | Self::List, _) | (_, Self::Json | Self::List) => Self::Json,
            _ => Self::Text,
        }
    }
}

/// JSON of what cannot fail to be JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// JSON as a line can have it. Outside of its texts, where there is none, a line break is but a space.
pub(crate) fn on_one_line(json: &str) -> Cow<'_, str> {
    if json.trim_ascii().is_empty() {
        "null".into()
    } else if json.contains(['\n', '\r']) {
        json.replace(['\n', '\r'], " ").into()
    } else {
        json.into()
    }
}

/// Whether it is a text, a number or a bool.
pub(crate) fn is_plain(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn plain_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// A float that is a whole number is written as one: as it would be, had it never been a float.
fn float_text(float: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "2^53 is exact")]
    let whole = float.fract() == 0.0 && float.abs() <= EXACT as f64 && float != 0.0;
    if whole || float.to_bits() == 0 {
        format!("{float:.0}")
    } else {
        Value::from(float).to_string()
    }
}

#[cfg(test)]
mod tests;
