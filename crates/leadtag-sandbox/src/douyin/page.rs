//! Pages: `count` and `cursor` in the query, `cursor` and `has_more` in the answer.
//!
//! Documented: the members; an integer cursor, but a string in the list of interactions; the first
//! page is asked for with cursor 0 or none. Inferred: `count` from 1 to 1,000; the cursor is a
//! position, so that rows move while others are added before them; behind the last page it is 0 or
//! `""`; a cursor behind the end is an empty page.

use serde_json::{Value, json};

use super::envelope::Refusal;
use super::fields;
use crate::call::Call;

const MAX_COUNT: i64 = 1000;

/// Where a page begins, and how many rows it may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) from: usize,
    count: usize,
}

impl Wanted {
    /// A page of a list with an integer cursor.
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        let cursor = fields::optional(call, "cursor")?.unwrap_or(0);
        let from = usize::try_from(cursor)
            .map_err(|_| Refusal::parameter("cursor must not be negative"))?;
        Ok(Self { from, count: count(call)? })
    }

    /// A page of a list with a string cursor.
    pub(super) fn of_text(call: &Call) -> Result<Self, Refusal> {
        let from = match call.param("cursor") {
            None | Some("" | "0") => Some(0),
            Some(cursor) => cursor.strip_prefix('c').and_then(|at| at.parse().ok()),
        };
        let from = from.ok_or_else(|| Refusal::parameter("cursor is none of this list's"))?;
        Ok(Self { from, count: count(call)? })
    }

    /// Takes the first rows of those that match, each with its position; positions count from the
    /// beginning of the list.
    pub(super) fn take<T>(self, mut matches: impl Iterator<Item = (usize, T)>) -> Page<T> {
        let mut page = Page { rows: Vec::new(), next: None };
        let mut behind = self.from;
        for (at, row) in matches.by_ref().take(self.count) {
            behind = at + 1;
            page.rows.push(row);
        }
        page.next = matches.next().map(|_| behind);
        page
    }
}

fn count(call: &Call) -> Result<usize, Refusal> {
    let count = fields::integer(call, "count")?;
    let allowed = (1..=MAX_COUNT).contains(&count).then(|| usize::try_from(count).ok()).flatten();
    allowed.ok_or_else(|| Refusal::parameter(format!("count must be 1 to {MAX_COUNT}")))
}

#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    /// Where the next page begins.
    pub(super) next: Option<usize>,
}

impl Page<Value> {
    /// The members of `data`, with an integer cursor.
    pub(super) fn data(self) -> Value {
        let (cursor, has_more) = (self.next.unwrap_or(0), self.next.is_some());
        json!({ "list": self.rows, "cursor": cursor, "has_more": has_more })
    }

    /// The members of `data`, with a string cursor.
    pub(super) fn data_with_text_cursor(self) -> Value {
        let cursor = self.next.map(|at| format!("c{at}")).unwrap_or_default();
        json!({ "list": self.rows, "cursor": cursor, "has_more": self.next.is_some() })
    }
}
