//! How long a span is asked for, so that its leads fit into one page.

use std::time::Duration;

use leadtag_core::Timestamp;

/// How many hundredths of a page a span should fill.
const FILL: u64 = 85;

/// How many times longer the next span is, at most.
const LONGER: u64 = 8;

/// Learns from each span that was read how long the next one may be.
#[derive(Debug)]
pub(super) struct Stride {
    /// In seconds; `None`: as long as there is anything.
    step: Option<u64>,
    /// How many leads a full page has, as far as it is known.
    page: u64,
    /// Up to here there was nothing when it was last read. It counts for the first span alone.
    empty_to: Option<Timestamp>,
    /// Between what was read and this moment there are more leads than a page holds.
    full_to: Option<Timestamp>,
}

impl Stride {
    pub(super) fn new(step: Option<u64>, empty_to: Option<Timestamp>) -> Self {
        Self { step, page: 0, empty_to, full_to: None }
    }

    /// The length that was learnt, in seconds.
    pub(super) fn step(&self) -> Option<u64> {
        self.step
    }

    /// How many leads a full page has, as far as it is known.
    pub(super) fn page(&self) -> u64 {
        self.page
    }

    /// Where the span should end that begins at `start`, at the latest at `end`.
    pub(super) fn end(&self, start: Timestamp, end: Timestamp) -> Timestamp {
        let Some(step) = self.step else { return end };
        let empty_to = self.empty_to.filter(|to| (start..end).contains(to) && *to > start);
        empty_to.unwrap_or_else(|| start.saturating_add(Duration::from_secs(step)).min(end))
    }

    /// A span has more leads than its page, which has `rows`.
    pub(super) fn overflowed(&mut self, start: Timestamp, to: Timestamp, rows: u64) {
        self.page = self.page.max(rows);
        self.empty_to = None;
        self.full_to = Some(to);
        self.step = Some((seconds(start, to) / 2).max(1));
    }

    /// A span fitted into a page, and has `rows` leads.
    pub(super) fn fitted(&mut self, start: Timestamp, to: Timestamp, rows: u64) {
        let length = seconds(start, to).max(1);
        let longer = length.saturating_mul(LONGER);
        let was_empty = self.empty_to.take().is_some() && rows == 0;
        self.full_to = self.full_to.filter(|full_to| rows == 0 && to < *full_to);
        self.step = match (self.step, self.full_to, self.page) {
            (None, ..) => None,
            (step, ..) if was_empty => step,
            // What is too much for a page is in what is left of that span.
            (_, Some(full_to), _) => Some((seconds(to, full_to) / 2).max(1)),
            (_, _, page) if page == 0 || rows == 0 => Some(longer),
            (_, _, page) => {
                Some((length.saturating_mul(page * FILL) / (rows * 100)).clamp(1, longer))
            }
        };
    }

    /// A second has more leads than a page.
    pub(super) fn crowded(&mut self) {
        (self.step, self.full_to) = (Some(1), None);
    }
}

fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    to.since(from).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second).unwrap()
    }

    /// The ends of the spans, where these leads are on pages of 100.
    fn ends(stride: &mut Stride, leads: &[i64], end: i64) -> Vec<i64> {
        let (mut start, mut ends) = (0, Vec::new());
        while start < end {
            let to = stride.end(at(start), at(end)).as_unix_seconds();
            assert!(to > start && to <= end);
            ends.push(to);
            match leads.iter().filter(|lead| (start..to).contains(*lead)).count() as u64 {
                rows if rows > 100 => stride.overflowed(at(start), at(to), 100),
                rows => {
                    stride.fitted(at(start), at(to), rows);
                    start = to;
                }
            }
        }
        ends
    }

    #[test]
    fn few_leads_are_one_span() {
        assert_eq!(ends(&mut Stride::new(None, None), &[5, 700], 1_000), [1_000]);
    }

    #[test]
    fn what_is_known_to_be_full_is_not_asked_for_again() {
        let leads: Vec<i64> = (999_000..1_000_000).step_by(5).collect();
        let ends = ends(&mut Stride::new(None, None), &leads, 1_000_000);
        for (at, end) in ends.iter().enumerate().filter(|(_, end)| **end < 999_000) {
            assert_eq!(ends[..at].iter().filter(|before| *before == end).count(), 0, "{ends:?}");
        }
        assert!(ends.len() < 20, "{ends:?}");
    }

    #[test]
    fn what_was_empty_is_asked_for_at_once() {
        let leads: Vec<i64> = (999_000..1_000_000).step_by(5).collect();
        let known = &mut Stride::new(Some(400), Some(at(999_000)));
        assert_eq!(ends(known, &leads, 1_000_000)[..2], [999_000, 999_400]);
        // Leads of long ago that came since are found all the same.
        let known = &mut Stride::new(Some(400), Some(at(1_000_000)));
        assert!(ends(known, &leads, 1_000_000).len() < 20);
        // Where everything fits into a page, one span is enough.
        assert_eq!(ends(&mut Stride::new(None, Some(at(7))), &[10], 1_000), [1_000]);
    }
}
