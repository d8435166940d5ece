//! Pages by number, and the `pager` beside them.
//!
//! Documented (seed page on smart tags): `page` from 1, `page_size` 10 unless given and at most 100,
//! the six members of `pager`. Read from its sample: `perPage` is 20 although 10 were asked for, and
//! `firstRecord` and `lastRecord` are both 0 for a single record, hence positions counted from 0.
//! Inferred: 406 for a number out of range; an empty page beyond the last.

use std::ops::Range;

use serde::Serialize;

use super::envelope::Refusal;
use super::params::Params;

const DEFAULT_SIZE: usize = 10;
const MAX_SIZE: usize = 100;
/// What `perPage` says whatever was asked for.
const PER_PAGE: usize = 20;

#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    number: usize,
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

impl Page {
    pub(super) fn read(params: &Params<'_>) -> Result<Self, Refusal> {
        let number = within(params, "page", 1, usize::MAX)?;
        let size = within(params, "page_size", DEFAULT_SIZE, MAX_SIZE)?;
        Ok(Self { number, size })
    }

    /// Which of so many records the page shows.
    pub(super) fn range(self, records: usize) -> Range<usize> {
        let from = (self.number - 1).saturating_mul(self.size).min(records);
        from..from.saturating_add(self.size).min(records)
    }

    pub(super) fn pager(self, records: usize) -> Pager {
        let shown = self.range(records);
        Pager {
            page: self.number,
            per_page: PER_PAGE,
            num_records: records,
            num_pages: records.div_ceil(self.size),
            first_record: shown.start,
            last_record: shown.end.saturating_sub(1),
        }
    }
}

fn within(params: &Params<'_>, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
    let Some(given) = params.integer(name)? else {
        return Ok(default);
    };
    let number = usize::try_from(given).ok().filter(|number| (1..=max).contains(number));
    number.ok_or_else(|| Refusal::parameter(name))
}
