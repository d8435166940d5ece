//! Leads as rows, with what happened with them.

use leadtag_core::{Error, ErrorKind, Lead};

use super::{Halt, Reader};
use crate::Place;
use crate::masking::Masker;
use crate::message::Read;
use crate::record::ids_of;

/// Where the interactions of so many leads in a row are refused, no more are asked for.
const REFUSED: u32 = 20;

const ADVICE: &str = "see whether the account may list them, or pull without --interactions";

/// Of so many leads it is told one by one.
const TOLD: u64 = 3;

/// Leads of which something cannot be read.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Whose interactions the platform refuses.
    refused: u64,
    /// One after the other.
    pub(super) refused_in_a_row: u32,
    /// Of whom there is nothing but an id.
    unread: u64,
}

/// So many leads are handed on at once where each of them takes a call or more: who stops then has
/// what was read.
const TOGETHER: usize = 10;

/// So many interactions are handed on at once, about: with the lead that they came to be so many with.
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
        if !is_bare(&lead) || !self.can.get {
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
    pub(super) fn refuse(&mut self, lead: &Lead, error: Error) -> Result<(), Halt> {
        self.left_out.refused += 1;
        self.left_out.refused_in_a_row += 1;
        self.checkpoint.lacks_interactions |= self.checkpoint.owes_interactions;
        let (id, other_ids) = ids_of(&self.recorder.plan, lead);
        if self.left_out.refused_in_a_row >= REFUSED {
            let what = format!(
                "the interactions of {REFUSED} leads in a row are refused, the last of {id}"
            );
            return Err(error.with_note(&what).with_advice(ADVICE).into());
        }
        if self.left_out.refused <= TOLD {
            // Platforms name the lead in their words.
            let known = self.recorder.known(lead, other_ids.is_some());
            let why =
                Masker::knowing(&known, &self.recorder.names).text(&error.to_string()).into_owned();
            self.notice(format!("the interactions of lead {id} are left out: {why}"));
        }
        Ok(())
    }

    /// Whether so many were refused that it is not worth asking twice.
    pub(super) fn is_used_to_refusals(&self) -> bool {
        self.left_out.refused >= TOLD
    }

    /// Notes that what was read is written as the settings have it, and whether that is everything.
    pub(crate) fn rewritten(&mut self, is_everything: bool) {
        self.checkpoint.rewritten(is_everything);
        if self.checkpoint.owes_interactions {
            self.notice(
                "interactions that the platform refused stay as they were written, with other \
                 settings for columns or personal data; pull all again with --full --interactions when \
                 it gives them, or forget these leads"
                    .to_owned(),
            );
        }
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
}

/// Whether nothing is known of a lead but its id.
fn is_bare(lead: &Lead) -> bool {
    !lead.raw.as_str().trim_start().starts_with('{')
        && lead.name.is_none()
        && lead.mobiles.is_empty()
        && lead.emails.is_empty()
        && lead.company.is_none()
        && lead.tags.is_empty()
        && lead.level.is_none()
        && lead.source.is_none()
        && lead.attributes.is_empty()
}
