//! How many leads there are at the newest end of a stream.

use leadtag_core::Timestamp;
use serde::{Deserialize, Serialize};

/// So many of the newest leads are read again by each pull, however old they are.
const NEWEST: u64 = 2_000;

/// Leads of one mark, about.
const OF_A_MARK: u64 = NEWEST / 16;

/// The newest leads of a stream, counted in parts: from it a pull learns where the newest 2,000
/// begin, which it reads again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tail {
    /// The parts, oldest first.
    marks: Vec<Mark>,
    /// Whether there are older leads than the first part tells of.
    older: bool,
}

/// A part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    /// Where it begins. It ends where the next one begins.
    at: Timestamp,
    /// How many leads it has.
    rows: u64,
}

impl Tail {
    /// Where the newest leads begin; `None`: with the first one there is.
    pub(crate) fn start(&self) -> Option<Timestamp> {
        let many = self.older || self.sum() >= NEWEST;
        self.marks.first().filter(|_| many).map(|mark| mark.at)
    }

    /// Forgets what is at or after a moment: it is counted again. A part that the moment is in
    /// keeps its place and loses its count: too few is the safe side.
    pub(crate) fn cut(&mut self, from: Option<Timestamp>) {
        let Some(from) = from else {
            *self = Self::default();
            return;
        };
        self.marks.retain(|mark| mark.at < from);
        match self.marks.last_mut() {
            Some(last) => last.rows = 0,
            None if self.older => self.marks.push(Mark { at: from, rows: 0 }),
            None => {}
        }
    }

    /// Counts `rows` leads of `at` and later.
    pub(crate) fn add(&mut self, at: Timestamp, rows: u64) {
        if rows == 0 {
            return;
        }
        match self.marks.last_mut() {
            Some(last) if last.rows < OF_A_MARK || last.at >= at => last.rows += rows,
            _ => self.marks.push(Mark { at, rows }),
        }
        let mut all = self.sum();
        while let Some(first) = self.marks.first().copied()
            && all - first.rows >= NEWEST
        {
            self.marks.remove(0);
            self.older = true;
            all -= first.rows;
        }
    }

    fn sum(&self) -> u64 {
        self.marks.iter().map(|mark| mark.rows).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second).unwrap()
    }

    fn tail_of(leads: std::ops::Range<i64>) -> Tail {
        let mut tail = Tail::default();
        leads.for_each(|second| tail.add(at(second), 1));
        tail
    }

    #[test]
    fn few_leads_have_no_start_and_of_many_the_newest_have_one() {
        assert_eq!(tail_of(0..1_999).start(), None);
        let tail = tail_of(0..100_000);
        let start = tail.start().unwrap();
        assert!(start <= at(98_000) && start >= at(97_000), "{start}");
        assert!(tail.marks.len() <= 18);
    }

    #[test]
    fn leads_that_go_do_not_make_everything_be_read_again() {
        let mut tail = tail_of(0..3_000);
        let start = tail.start().unwrap();
        tail.cut(Some(start));
        assert_eq!(tail.start(), Some(start));
        (start.as_unix_seconds()..2_000).for_each(|second| tail.add(at(second), 1));
        assert_eq!(tail.start(), Some(start));
    }

    #[test]
    fn what_is_read_again_is_not_counted_twice() {
        let mut tail = tail_of(0..3_000);
        tail.cut(Some(at(2_500)));
        (2_500..3_000).for_each(|second| tail.add(at(second), 1));
        assert!(tail.sum() <= 2_125, "{}", tail.sum());
        tail.cut(None);
        assert_eq!(tail, Tail::default());
    }
}
