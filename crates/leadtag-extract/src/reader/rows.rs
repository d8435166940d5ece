//! Leads and their interactions as rows.

use std::collections::HashMap;

use leadtag_core::{Cursor, Error, ErrorKind, Interaction, Lead, Page};
use twox_hash::XxHash3_64;

use super::{Cursors, Halt, Reader};
use crate::interaction::likeness;
use crate::record::ids_of;
use crate::writer::Read;
use crate::{Place, Record};

/// Where the interactions of so many leads in a row are refused, no more are asked for.
const REFUSED: u32 = 20;

/// Of so many leads it is told one by one.
const TOLD: u64 = 3;

/// Leads of which something cannot be read.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Whose interactions the platform refuses.
    refused: u64,
    /// One after the other.
    refused_in_a_row: u32,
    /// Of whom there is nothing but an id.
    unread: u64,
}

/// So many leads are handed on at once where each of them takes a call or more: who stops then has
/// what was read.
const TOGETHER: usize = 10;

/// How often the interactions of a lead are read, at most, where rows come again.
const READINGS: u32 = 4;

/// So many interactions are handed on at once, about: of several leads, or of one that has more.
const INTERACTIONS: usize = 1_000;

impl Reader {
    /// Hands on the leads of a page and the place that is reached with them; `None`: it is still
    /// the one before.
    pub(crate) async fn give(
        &mut self,
        leads: Vec<Lead>,
        snapshot: Option<u64>,
        place: Option<Place>,
    ) -> Result<(), Halt> {
        let mut whole = Vec::with_capacity(leads.len());
        let mut interactions = Vec::new();
        for lead in leads {
            let Some(lead) = self.whole(lead).await? else { continue };
            if self.reads_interactions {
                self.interactions_of(&lead, &mut interactions).await?;
            }
            whole.push(lead);
            let is_much = whole.len() >= TOGETHER || interactions.len() >= INTERACTIONS;
            if self.reads_interactions && is_much {
                let (leads, interactions) =
                    (std::mem::take(&mut whole), std::mem::take(&mut interactions));
                self.report.read += leads.len() as u64;
                let read = Read { leads, at: self.now(), snapshot, interactions };
                self.hand_on(read, None, None).await?;
            }
        }
        self.report.read += whole.len() as u64;
        let read = Read { leads: whole, at: self.now(), snapshot, interactions };
        self.hand_on_page(read, place).await
    }

    /// A lead of which the list gave nothing but the id is read by itself. If that fails, the row
    /// that is stored is worth more than an empty one.
    async fn whole(&mut self, lead: Lead) -> Result<Option<Lead>, Halt> {
        if lead.raw.as_str().trim_start().starts_with('{') || !self.can.get {
            return Ok(Some(lead));
        }
        match self.lead(&lead.id).await {
            Ok(whole) => Ok(Some(whole)),
            Err(Halt::Failed(error))
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Decode) =>
            {
                self.left_out.unread += 1;
                if self.left_out.unread <= TOLD {
                    let id = ids_of(&self.recorder.plan, &lead).0;
                    self.notice(format!("lead {id} cannot be read and is left out: {error}"));
                }
                Ok(None)
            }
            Err(halt) => Err(halt),
        }
    }

    /// Goes on without the interactions of a lead, unless they are refused of one lead after the
    /// other: then it is not about the leads.
    fn refuse(&mut self, lead: &Lead, error: Error) -> Result<(), Halt> {
        self.left_out.refused += 1;
        self.left_out.refused_in_a_row += 1;
        if self.left_out.refused_in_a_row >= REFUSED {
            return Err(error.into());
        }
        if self.left_out.refused <= TOLD {
            let id = ids_of(&self.recorder.plan, lead).0;
            self.notice(format!("the interactions of lead {id} are left out: {error}"));
        }
        Ok(())
    }

    /// Tells of how many leads something is missing.
    pub(crate) fn tell_left_out(&mut self) {
        let LeftOut { refused, unread, .. } = self.left_out;
        if unread > TOLD {
            self.notice(format!("{unread} leads in all cannot be read and are left out"));
        }
        if refused > TOLD {
            self.notice(format!(
                "the platform refuses the interactions of {refused} leads in all, which are left out"
            ));
        }
    }

    /// Adds all interactions of a lead to those that wait to be handed on. Where a lead has many, they
    /// are handed on as they come.
    ///
    /// Where rows have no ids, and a page has some of a page before, either others came in on top
    /// meanwhile, or they are different ones that say the same. So the list is read again until no
    /// row comes again, or two readings have the same rows. What was handed on cannot be taken back:
    /// behind it, rows that come again are left out.
    async fn interactions_of(&mut self, lead: &Lead, found: &mut Vec<Record>) -> Result<(), Halt> {
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
            let is_much = found.len() - first >= INTERACTIONS;
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
                Err(Halt::Failed(error)) if is_about_the_lead(error.kind()) => {
                    if is_asked_again {
                        self.refuse(lead, error)?;
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
        Self { before: Some(self.rows), number: self.number + 1, ..Self::default() }
    }

    /// Another page follows.
    fn turn(&mut self) {
        self.page += 1;
    }

    /// Whether a row counts. Where there is no other reading, none comes again that did not in the
    /// one before.
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
        let before = self.before.as_ref().and_then(|before| before.get(&hash));
        !comes_again || !is_last || before.is_some_and(|before| *times <= *before)
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
/// was closed. What is not known to be so ends the stream, and the next pull asks again.
fn is_about_the_lead(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::PermissionDenied | ErrorKind::InvalidArgument)
}
