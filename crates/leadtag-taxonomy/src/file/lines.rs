//! From an offset in bytes to line and column.

use std::ops::Range;
use std::sync::Arc;

use crate::Place;

/// How far apart known offsets are at most, so that a long line is not counted again and again.
const STRIDE: usize = 256;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The places of a text.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    text: &'a str,
    file: Arc<str>,
    known: Vec<Known>,
}

/// An offset whose line and column are known.
#[derive(Clone, Copy, Debug)]
struct Known {
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str, file: &str) -> Self {
        // Editors put a mark before the text, which nobody sees.
        let begin = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut here = Known { at: begin, line: 1, column: 1 };
        let mut known = vec![here];
        for (at, c) in text.char_indices().skip_while(|(at, _)| *at < begin) {
            let last = known.last().map_or(0, |last| last.at);
            if at >= last + STRIDE {
                known.push(Known { at, ..here });
            }
            if c == '\n' {
                here = Known { at: at + 1, line: here.line + 1, column: 1 };
                known.push(here);
            } else {
                here.column += 1;
            }
        }
        Self { text, file: file.into(), known }
    }

    /// Where `span` begins.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let mut at = span.start.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = self.known.partition_point(|known| known.at <= at);
        let Some(known) = before.checked_sub(1).and_then(|last| self.known.get(last)) else {
            return Place::new(Arc::clone(&self.file), 1, 1);
        };
        let chars = self.text.get(known.at..at).map_or(0, |text| text.chars().count());
        let column = known.column.saturating_add(u32::try_from(chars).unwrap_or(u32::MAX));
        Place::new(Arc::clone(&self.file), known.line, column)
    }
}
