//! As many leads as the user asked for.

use std::collections::BTreeSet;

use leadtag_core::Lead;

/// So many ids are remembered for the limit, about: what cannot be remembered would be counted again
/// by every run.
const MOST: usize = 20_000;

/// Counts the leads of a stream, up to a limit.
#[derive(Debug)]
pub(super) struct Limit {
    /// `None`: there is none, and nothing is counted.
    most: Option<u64>,
    counted: u64,
    /// Hashes of the ids on the page that was counted last and is not handed on yet.
    page: Vec<u64>,
}

impl Limit {
    pub(super) fn new(most: Option<u64>) -> Self {
        Self { most, counted: 0, page: Vec::new() }
    }

    /// Counts the leads of a page, whose ids have these hashes, but for those that were written `ahead`
    /// of the place or are `known`, and takes off what is beyond the limit. Tells whether there was
    /// something.
    pub(super) fn cut(
        &mut self,
        leads: &mut Vec<Lead>,
        hash: impl Fn(&Lead) -> u64,
        ahead: &BTreeSet<u64>,
        known: impl Fn(&Lead, u64) -> bool,
    ) -> bool {
        let Some(most) = self.most else { return false };
        let is_full = ahead.len() >= MOST;
        self.page = leads.iter().map(hash).collect();
        let mut left = most.saturating_sub(self.counted);
        let beyond = self.page.iter().zip(&*leads).position(|(id, lead)| {
            let counts = !ahead.contains(id) && !known(lead, *id);
            let is_beyond = counts && left == 0 && !is_full;
            left = left.saturating_sub(counts.into());
            is_beyond
        });
        self.counted = most - left;
        if let Some(beyond) = beyond {
            leads.truncate(beyond);
            self.page.truncate(beyond);
        }
        beyond.is_some()
    }

    pub(super) fn is_reached(&self) -> bool {
        self.most.is_some_and(|most| self.counted >= most)
    }

    /// Notes that the page that was counted last is written, ahead of the place.
    pub(super) fn hand_on(&mut self, ahead: &mut BTreeSet<u64>) {
        let page = std::mem::take(&mut self.page);
        if ahead.len() < MOST {
            ahead.extend(page);
        }
    }
}
