//! Cursors: what they look like is not documented, so nobody may read anything into them.
//!
//! Inferred: a cursor belongs to its query, `size` apart; `""` is the first page.

use super::envelope::Refusal;
use super::leads::Place;
use crate::rng::mix;

const PREFIX: &str = "sandbox-cursor-";

/// A position in the answer to one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) query: u64,
    pub(super) after: Place,
}

impl Cursor {
    pub(super) fn text(&self) -> String {
        let (second, id) = self.after;
        format!("{PREFIX}{:016x}.{second}.{id}", self.query)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(PREFIX)?.split('.');
        let query = u64::from_str_radix(parts.next()?, 16).ok()?;
        let after = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts.next().is_none().then_some(Self { query, after })
    }
}

/// The number that stands for a query.
pub(super) fn query(parts: &[Option<i64>]) -> u64 {
    parts.iter().fold(0, |hash, part| match part {
        Some(part) => mix(hash, part.unsigned_abs(), 1 + u64::from(part.is_negative())),
        None => mix(hash, 0, 3),
    })
}

/// Where a page begins: after the position its cursor names, or after `start` without one.
pub(super) fn read(cursor: Option<&str>, query: u64, start: Place) -> Result<Place, Refusal> {
    let Some(text) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok(start);
    };
    match Cursor::parse(text) {
        Some(cursor) if cursor.query == query => Ok(cursor.after),
        _ => Err(Refusal::parameter("`cursor` is not one of this query")),
    }
}
