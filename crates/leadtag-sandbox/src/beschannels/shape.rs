//! What the documents leave open, so that a test can have it every way.

use serde_json::{Value, json};

/// The member of a token answer that holds the seconds left; its name is not documented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BeschannelsLifetime {
    /// `expires_in`.
    #[default]
    ExpiresIn,
    /// `expire`.
    Expire,
    /// No such member.
    Absent,
}

impl BeschannelsLifetime {
    pub(super) fn member(self) -> Option<&'static str> {
        match self {
            Self::ExpiresIn => Some("expires_in"),
            Self::Expire => Some("expire"),
            Self::Absent => None,
        }
    }
}

/// How a list or a map without anything in it is written; the documents do not show one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BeschannelsEmpty {
    /// `[]`, for maps too.
    #[default]
    Array,
    /// `null`.
    Null,
    /// `{}`, for lists too.
    Object,
}

impl BeschannelsEmpty {
    pub(super) fn value(self) -> Value {
        match self {
            Self::Array => json!([]),
            Self::Null => Value::Null,
            Self::Object => json!({}),
        }
    }
}
