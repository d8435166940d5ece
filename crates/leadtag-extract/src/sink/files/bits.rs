//! A set of row numbers: one bit each.

use std::ops::Range;

/// Words between two sums.
const STRIDE: usize = 64;

/// A set of row numbers, which can tell how many of a span it has.
#[derive(Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// How many bits are set before every [`STRIDE`] words.
    sums: Vec<u64>,
}

impl Bits {
    /// None of `rows` rows.
    pub(super) fn none(rows: u64) -> Self {
        let words = usize::try_from(rows.div_ceil(64)).unwrap_or(usize::MAX);
        Self { words: vec![0; words], sums: Vec::new() }
    }

    /// Adds a row. [`count`](Self::count) knows of it after the next [`sum_up`](Self::sum_up).
    pub(super) fn add(&mut self, row: u64) {
        if let Some(word) = place(row).and_then(|at| self.words.get_mut(at)) {
            *word |= 1 << (row % 64);
        }
    }

    pub(super) fn has(&self, row: u64) -> bool {
        let word = place(row).and_then(|at| self.words.get(at));
        word.is_some_and(|word| word & (1 << (row % 64)) != 0)
    }

    pub(super) fn sum_up(mut self) -> Self {
        let mut sum = 0;
        self.sums.clear();
        for words in self.words.chunks(STRIDE) {
            self.sums.push(sum);
            sum += words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        }
        self
    }

    /// How many rows of it are in `span`.
    pub(super) fn count(&self, span: Range<u64>) -> u64 {
        self.rank(span.end) - self.rank(span.start)
    }

    /// How many rows of it are before `row`.
    pub(super) fn rank(&self, row: u64) -> u64 {
        let at = place(row).map_or(self.words.len(), |at| at.min(self.words.len()));
        let stride = (at / STRIDE).min(self.sums.len().saturating_sub(1));
        let whole = &self.words[stride * STRIDE..at];
        let mut count = self.sums.get(stride).copied().unwrap_or(0);
        count += whole.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        if let Some(word) = self.words.get(at) {
            count += u64::from((word & ((1 << (row % 64)) - 1)).count_ones());
        }
        count
    }
}

fn place(row: u64) -> Option<usize> {
    usize::try_from(row / 64).ok()
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn counts_what_was_added_within_a_span() {
        let rows = [0, 1, 63, 64, 4095, 4096, 9_000, 9_999];
        let mut bits = Bits::none(10_000);
        rows.iter().for_each(|row| bits.add(*row));
        let bits = bits.sum_up();
        for span in [0..0, 0..1, 1..64, 0..10_000, 64..4096, 4095..9_001, 9_999..10_000, 5..60] {
            let want = rows.iter().filter(|row| span.contains(*row)).count() as u64;
            assert_eq!(bits.count(span.clone()), want, "{span:?}");
        }
        assert!(bits.has(9_999) && !bits.has(9_998) && !bits.has(1 << 40));
    }

    #[test]
    fn an_empty_set_counts_nothing() {
        assert_eq!(Bits::none(0).sum_up().count(0..0), 0);
        assert_eq!(Bits::none(64).sum_up().count(0..64), 0);
    }
}
