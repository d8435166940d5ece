//! Names that come again and again, mostly in the same order.

use std::collections::HashMap;

/// Names with a number each, found quickly where they come in the order of the time before.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    numbers: HashMap<Box<str>, usize>,
    names: Vec<Box<str>>,
    /// What came after each name the last time, and first of all.
    after: Vec<usize>,
    first: usize,
    last: Option<usize>,
}

impl Sequence {
    /// The names begin again.
    pub(crate) fn begin(&mut self) {
        self.last = None;
    }

    /// Whether a name has a number.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.numbers.contains_key(name)
    }

    /// The number of a name.
    pub(crate) fn find(&mut self, name: &str) -> Option<usize> {
        let guess = self.last.map_or(self.first, |last| self.after[last]);
        let found = match self.names.get(guess) {
            Some(known) if **known == *name => guess,
            _ => *self.numbers.get(name)?,
        };
        match self.last {
            Some(last) => self.after[last] = found,
            None => self.first = found,
        }
        self.last = Some(found);
        Some(found)
    }

    /// Gives a name a number, if it has none: the next one.
    pub(crate) fn insert(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        self.after.push(number + 1);
        number
    }
}
