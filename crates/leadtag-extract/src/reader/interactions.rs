//! The interactions of one lead, read until it is sure that each is there once.

use std::collections::HashMap;
use std::time::Duration;

use leadtag_core::{Cursor, Error, ErrorKind, Interaction, Lead, Page, RetryClass};
use twox_hash::XxHash3_64;

use super::{Cursors, Halt, Reader};
use crate::Record;
use crate::message::Read;
use crate::record::likeness;

/// How often the interactions of a lead are read, at most, where rows come again.
const READINGS: u32 = 4;

/// How long is waited before interactions are asked for again that were refused for reasons unknown.
const A_MOMENT: Duration = Duration::from_secs(1);

/// So many interactions of one lead are held in memory until it is sure that each is there once.
const MOST: usize = 20_000;

impl Reader {
    /// Adds all interactions of a lead to those that wait to be handed on. Where a lead has very many,
    /// they are handed on as they come.
    ///
    /// Where rows have no ids, and a page has some of a page before, either others came in on top
    /// meanwhile, or they are different ones that say the same. So the list is read again until no
    /// row comes again, or two readings have the same rows. What was handed on cannot be taken back:
    /// behind it, rows that come again are left out.
    pub(super) async fn interactions_of(
        &mut self,
        lead: &Lead,
        found: &mut Vec<Record>,
    ) -> Result<(), Halt> {
        let first = found.len();
        let mut reading = Reading::default();
        while let Listed::Moved = self.listed_interactions(lead, found, &mut reading).await? {
            found.truncate(first);
            reading = reading.next();
        }
        Ok(())
    }

    async fn listed_interactions(
        &mut self,
        lead: &Lead,
        found: &mut Vec<Record>,
        reading: &mut Reading,
    ) -> Result<Listed, Halt> {
        let mut of = self.recorder.interactions_of(lead);
        let mut cursors = Cursors::default();
        let mut first = found.len();
        while let Some(page) = self.interaction_page(lead, cursors.current()).await? {
            let texts =
                page.items.iter().map(|row| XxHash3_64::oneshot(row.raw.as_str().as_bytes()));
            let all = texts.reduce(|sum, row| sum.wrapping_mul(31).wrapping_add(row));
            reading.turn();
            for interaction in page.items {
                if reading.takes(&interaction) {
                    let now = self.now();
                    found.push(self.recorder.interaction(&mut of, interaction, now));
                }
            }
            let is_much = found.len() - first >= MOST;
            if (is_much || page.next.is_none()) && !reading.is_sure() {
                return Ok(Listed::Moved);
            }
            if is_much {
                let interactions = std::mem::take(found);
                self.hand_on(Read { interactions, ..Read::default() }, None, None).await?;
                (first, reading.is_handed_on) = (0, true);
            }
            let Some(next) = page.next else { return Ok(Listed::Whole) };
            cursors.follow(next, all)?;
        }
        if !reading.is_sure() {
            found.truncate(first);
        }
        Ok(Listed::Whole)
    }

    /// A page of interactions; `None`: the lead is gone, or its interactions are refused.
    async fn interaction_page(
        &mut self,
        lead: &Lead,
        cursor: Option<&Cursor>,
    ) -> Result<Option<Page<Interaction>>, Halt> {
        for is_asked_again in [false, true] {
            match self.interactions(&lead.id, cursor).await {
                Ok(page) => {
                    self.left_out.refused_in_a_row = 0;
                    return Ok(Some(page));
                }
                // It went between the list and this call.
                Err(Halt::Failed(error)) if error.kind() == ErrorKind::NotFound => break,
                Err(Halt::Failed(error)) if is_about_the_lead(&error) => {
                    if is_asked_again || self.is_used_to_refusals() {
                        self.refuse(lead, error)?;
                        break;
                    } else if error.kind() == ErrorKind::Platform {
                        self.pause(A_MOMENT).await?;
                    }
                }
                Err(halt) => return Err(halt),
            }
        }
        Ok(None)
    }
}

/// One reading of a list: the rows without ids that it has so far.
#[derive(Default)]
struct Reading {
    /// Those of the reading before, and how often each came; none, if this is the first one.
    before: Option<HashMap<u64, u32>>,
    /// How often each came at least, of the readings that had it.
    fewest: HashMap<u64, u32>,
    rows: HashMap<u64, u32>,
    /// The page that each was first on.
    pages: HashMap<u64, u32>,
    page: u32,
    /// Whether a page had a row of a page before.
    repeats: bool,
    /// How many readings there were before.
    number: u32,
    /// Whether some of its rows were handed on.
    is_handed_on: bool,
}

impl Reading {
    /// The one after this one.
    fn next(self) -> Self {
        let mut fewest = self.fewest;
        for (row, times) in &self.rows {
            let least = fewest.entry(*row).or_insert(*times);
            *least = (*least).min(*times);
        }
        Self { before: Some(self.rows), fewest, number: self.number + 1, ..Self::default() }
    }

    /// Another page follows.
    fn turn(&mut self) {
        self.page += 1;
    }

    /// Whether a row counts. Where there is no other reading, none comes again that did not in all
    /// before.
    fn takes(&mut self, row: &Interaction) -> bool {
        if row.id.is_some() {
            return true;
        }
        let hash = likeness(row);
        let comes_again = *self.pages.entry(hash).or_insert(self.page) < self.page;
        self.repeats |= comes_again;
        let is_last = self.is_last();
        let times = self.rows.entry(hash).or_default();
        *times += 1;
        !comes_again || !is_last || self.fewest.get(&hash).is_some_and(|fewest| *times <= *fewest)
    }

    fn is_last(&self) -> bool {
        self.is_handed_on || self.number + 1 >= READINGS
    }

    /// Whether no row was read twice that is there once, as far as can be told.
    fn is_sure(&self) -> bool {
        !self.repeats || self.is_last() || self.before.as_ref() == Some(&self.rows)
    }
}

/// What came of reading the interactions of a lead.
enum Listed {
    /// All that could be read.
    Whole,
    /// Rows may have moved to another page while they were read.
    Moved,
}

/// Whether an error may be about one lead, and not about all of them: an account that is private, or
/// was closed. Platforms have codes for that which nobody knows; what is not answered with a code ends
/// the stream, and the next pull asks again.
fn is_about_the_lead(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::InvalidArgument => true,
        ErrorKind::Platform => {
            error.platform_code().is_some() && error.retry_class() == RetryClass::Never
        }
        _ => false,
    }
}
