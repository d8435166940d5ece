//! Pages: `page` and `page_size` in, `pager` out.
//!
//! Documented: `page` from 1, `page_size` 10 unless said and 100 at most; the six members of
//! `pager`, and of the sample that `perPage` is 20 although 10 were asked for and that
//! `firstRecord` and `lastRecord` are 0 for one record. Inferred: `perPage` is always 20 and
//! means nothing; the two others are positions counted from 0; a `page` or `page_size` out of range
//! is 406, and a page behind the last one is empty.

use std::ops::Range;

use serde::Serialize;

use super::envelope::Refusal;
use super::params::{Params, bad};

const DEFAULT_SIZE: usize = 10;
const MAX_SIZE: usize = 100;
const PER_PAGE: usize = 20;

#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    page: usize,
    size: usize,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pager {
    page: usize,
    per_page: usize,
    num_records: usize,
    num_pages: usize,
    first_record: usize,
    last_record: usize,
}

impl Wanted {
    pub(super) fn of(params: &Params) -> Result<Self, Refusal> {
        let page = number(params, "page", 1, usize::MAX)?;
        let size = number(params, "page_size", DEFAULT_SIZE, MAX_SIZE)?;
        Ok(Self { page, size })
    }

    /// Which of so many rows are on the page.
    pub(super) fn range(self, rows: usize) -> Range<usize> {
        let first = (self.page - 1).saturating_mul(self.size).min(rows);
        first..first.saturating_add(self.size).min(rows)
    }

    /// The page's place among so many rows.
    pub(super) fn pager(self, rows: usize) -> Pager {
        let shown = self.range(rows);
        let (first_record, last_record) =
            if shown.is_empty() { (0, 0) } else { (shown.start, shown.end - 1) };
        Pager {
            page: self.page,
            per_page: PER_PAGE,
            num_records: rows,
            num_pages: rows.div_ceil(self.size),
            first_record,
            last_record,
        }
    }

    /// The rows of the page, and its place among all of them.
    pub(super) fn take<T>(self, rows: impl Iterator<Item = T>) -> (Vec<T>, Pager) {
        let rows: Vec<T> = rows.collect();
        let (shown, pager) = (self.range(rows.len()), self.pager(rows.len()));
        (rows.into_iter().skip(shown.start).take(shown.len()).collect(), pager)
    }
}

/// A number from 1 to `max`.
fn number(params: &Params, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
    let Some(number) = params.int(name)? else {
        return Ok(default);
    };
    let number = usize::try_from(number).ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| bad(name))
}
