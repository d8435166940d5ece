//! Leads and their interactions as rows.

use leadtag_core::{ErrorKind, Lead};

use super::{Cursors, Halt, Reader};
use crate::writer::Read;
use crate::{Place, Record};

/// So many interactions are handed on at once, about.
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
            if self.options.interactions && self.can.interactions {
                self.interactions_of(&lead, &mut interactions).await?;
            }
            whole.push(lead);
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
                self.notice(format!("lead {} cannot be read and is left out: {error}", lead.id));
                Ok(None)
            }
            Err(halt) => Err(halt),
        }
    }

    /// Adds all interactions of a lead to those that wait to be handed on. Where they get many, they
    /// are handed on as they come.
    async fn interactions_of(&mut self, lead: &Lead, found: &mut Vec<Record>) -> Result<(), Halt> {
        let mut of = self.recorder.interactions_of(lead);
        let mut cursors = Cursors::default();
        loop {
            let page = match self.interactions(&lead.id, cursors.current()).await {
                Ok(page) => page,
                // It went between the list and this call.
                Err(Halt::Failed(error)) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(halt) => return Err(halt),
            };
            for interaction in page.items {
                let now = self.now();
                found.push(self.recorder.interaction(&mut of, interaction, now));
            }
            if found.len() >= INTERACTIONS {
                let interactions = std::mem::take(found);
                self.hand_on(Read { interactions, ..Read::default() }, None, None).await?;
            }
            let Some(next) = page.next else { return Ok(()) };
            cursors.follow(next)?;
        }
    }
}
