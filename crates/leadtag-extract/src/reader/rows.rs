//! Leads and their interactions as rows.

use leadtag_core::{ErrorKind, Lead};

use super::{Cursors, Halt, Reader};
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
        let mut records = Vec::with_capacity(leads.len());
        let mut waiting = Vec::new();
        let mut held = 0;
        for lead in leads {
            let Some(lead) = self.whole(lead).await? else { continue };
            let mut record = self.maker.lead(&lead, self.now());
            record.snapshot = snapshot;
            records.push(record);
            if self.options.interactions && self.can.interactions {
                let found = self.interactions_of(&lead).await?;
                held += found.len();
                waiting.push((lead.id.as_str().to_owned(), found));
                if held >= INTERACTIONS {
                    held = 0;
                    let waiting = std::mem::take(&mut waiting);
                    self.hand_on(Vec::new(), waiting, None, None).await?;
                }
            }
        }
        self.report.read += records.len() as u64;
        self.hand_on(records, waiting, place, None).await
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

    /// All interactions of a lead that are not handed on yet. Of a lead with very many the first
    /// ones are handed on as they come.
    async fn interactions_of(&mut self, lead: &Lead) -> Result<Vec<Record>, Halt> {
        let mut maker = self.maker.interactions(lead);
        let mut cursors = Cursors::default();
        let mut found = Vec::new();
        loop {
            let page = match self.interactions(&lead.id, cursors.current()).await {
                Ok(page) => page,
                // It went between the list and this call.
                Err(Halt::Failed(error)) if error.kind() == ErrorKind::NotFound => break,
                Err(halt) => return Err(halt),
            };
            let now = self.now();
            found.extend(page.items.iter().map(|row| maker.record(row, now)));
            let Some(next) = page.next else { break };
            cursors.follow(next)?;
            if found.len() >= INTERACTIONS {
                let some = vec![(lead.id.as_str().to_owned(), std::mem::take(&mut found))];
                self.hand_on(Vec::new(), some, None, None).await?;
            }
        }
        Ok(found)
    }
}
