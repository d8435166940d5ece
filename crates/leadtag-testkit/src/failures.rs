//! Failures that a test orders, shared by the in-memory providers.

use std::collections::VecDeque;

use leadtag_core::{Error, Result};

#[derive(Debug, Default)]
pub(crate) struct Failures {
    ordered: VecDeque<Ordered>,
}

#[derive(Debug)]
enum Ordered {
    None,
    Before(Error),
    After(Error),
}

/// What is left to do when a call has taken effect.
#[must_use]
#[derive(Debug)]
pub(crate) struct Reply(Option<Error>);

impl Failures {
    pub(crate) fn pass(&mut self, calls: usize) {
        self.ordered.extend((0..calls).map(|_| Ordered::None));
    }

    pub(crate) fn before(&mut self, error: Error) {
        self.ordered.push_back(Ordered::Before(error));
    }

    pub(crate) fn after(&mut self, error: Error) {
        self.ordered.push_back(Ordered::After(error));
    }

    /// The next call begins.
    pub(crate) fn begin(&mut self) -> Result<Reply> {
        match self.ordered.pop_front() {
            None | Some(Ordered::None) => Ok(Reply(None)),
            Some(Ordered::Before(error)) => Err(error),
            Some(Ordered::After(error)) => Ok(Reply(Some(error))),
        }
    }
}

impl Reply {
    /// The call took effect; its reply arrives, unless it was ordered to be lost.
    pub(crate) fn arrive<T>(self, value: T) -> Result<T> {
        self.0.map_or(Ok(value), Err)
    }
}

/// The slice of `all` that a cursor's position and a page size name, and the next position.
pub(crate) fn page_of<T: Clone>(all: &[T], from: usize, size: usize) -> (Vec<T>, Option<usize>) {
    let from = from.min(all.len());
    let to = from.saturating_add(size.max(1)).min(all.len());
    (all[from..to].to_vec(), (to < all.len()).then_some(to))
}

/// Reads the position that a cursor of these providers holds.
pub(crate) fn offset(position: &str) -> Result<usize> {
    position.parse().map_err(|_| Error::invalid_argument("the cursor holds no position"))
}
