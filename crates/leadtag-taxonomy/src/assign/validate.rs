//! The second pass: every contact checked before anything is sent.

use futures_util::{StreamExt, stream};
use leadtag_core::ErrorKind;

use super::directory::{Directory, Part};
use super::pace::{IN_FLIGHT, Pace};
use super::plan::{Asked, Example, Totals, Write};
use super::slots::{RowStatus, Slots};
use super::split::Known;
use super::unite::{Need, Rules};
use super::{AssignPhase, AssignWatch};
use crate::{Error, Result};

/// So many contacts are shown.
const EXAMPLES: usize = 20;

/// What the checks have in common.
pub(super) struct Check<'a> {
    pub(super) directory: &'a Directory,
    pub(super) slots: &'a mut Slots,
    pub(super) watch: &'a dyn AssignWatch,
    pub(super) rows: u64,
    pub(super) done: u64,
    pub(super) examples: Vec<Example>,
}

/// What was found for a contact.
type Found = Result<Need, (Vec<u64>, String)>;

impl Check<'_> {
    /// Checks every contact of one provider and writes what is to be sent. `None`: stopped.
    pub(super) async fn provider(
        &mut self,
        at: usize,
        place: &Known<'_>,
        buckets: u32,
        pace: &Pace<'_>,
    ) -> Result<Option<Totals>> {
        let mut totals = Totals::of(place.target.name);
        totals.refused = place.refused;
        self.done += place.refused;
        for bucket in 0..buckets {
            let path = self.directory.part(at, bucket, Part::Rows);
            let mut asked: Vec<Asked> = self.directory.read(&path)?;
            if asked.is_empty() {
                continue;
            }
            let rows = asked.len() as u64;
            asked.sort_by(|a, b| (&a.contact, a.row).cmp(&(&b.contact, b.row)));
            let Some(writes) = self.bucket(&asked, place, pace, &mut totals).await? else {
                return Ok(None);
            };
            if !writes.is_empty() {
                self.directory.write(&self.directory.part(at, bucket, Part::Plan), &writes)?;
            }
            self.directory.forget(&path)?;
            self.done += rows;
            self.watch.progress(AssignPhase::Checking, self.done, self.rows);
        }
        Ok(Some(totals))
    }

    /// Takes back what was found for a provider that stopped answering.
    pub(super) fn leave_out(&mut self, at: usize, buckets: u32, why: &str) -> Result<()> {
        for bucket in 0..buckets {
            let part = |part| self.directory.part(at, bucket, part);
            let asked: Vec<Asked> = self.directory.read(&part(Part::Rows))?;
            let writes: Vec<Write> = self.directory.read(&part(Part::Plan))?;
            let planned = writes.iter().flat_map(|write| &write.rows);
            for row in asked.iter().map(|asked| &asked.row).chain(planned) {
                self.slots.set(*row, RowStatus::Failed, why)?;
            }
        }
        self.directory.make_provider(at)
    }

    async fn bucket(
        &mut self,
        asked: &[Asked],
        place: &Known<'_>,
        pace: &Pace<'_>,
        totals: &mut Totals,
    ) -> Result<Option<Vec<Write>>> {
        let provider = place.target.provider;
        let rules = Rules {
            platform: provider.platform(),
            can: provider.tag_capabilities(),
            tags: &place.tags,
        };
        let (mut writes, mut to_read) = (Vec::new(), Vec::new());
        for rows in asked.chunk_by(|a, b| a.contact == b.contact) {
            let numbers = || rows.iter().map(|row| row.row).collect::<Vec<_>>();
            match rules.unite(rows) {
                Ok(Need::Write(write)) if rules.reads() => to_read.push(write),
                Ok(Need::Nothing) => self.unchanged(&numbers(), totals)?,
                Ok(Need::Write(write)) => self.take(write, place, totals, &mut writes),
                Err(why) => self.refuse(&numbers(), &why, totals)?,
            }
        }
        let reads = to_read.into_iter().map(|write| read(write, place, rules, pace));
        let mut reads = stream::iter(reads).buffered(IN_FLIGHT);
        while let Some(found) = reads.next().await {
            match found? {
                None => return Ok(None),
                Some((rows, Ok(Need::Nothing))) => self.unchanged(&rows, totals)?,
                Some((_, Ok(Need::Write(write)))) => {
                    self.take(write, place, totals, &mut writes);
                }
                Some((_, Err((rows, why)))) => self.refuse(&rows, &why, totals)?,
            }
        }
        Ok(Some(writes))
    }

    fn take(&mut self, write: Write, place: &Known<'_>, totals: &mut Totals, to: &mut Vec<Write>) {
        totals.contacts += 1;
        totals.add += write.add.len() as u64;
        totals.remove += write.remove.len() as u64;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example(&write, place));
        }
        to.push(write);
    }

    fn unchanged(&mut self, rows: &[u64], totals: &mut Totals) -> Result<()> {
        totals.unchanged += rows.len() as u64;
        rows.iter().try_for_each(|row| self.slots.set(*row, RowStatus::Unchanged, ""))
    }

    fn refuse(&mut self, rows: &[u64], why: &str, totals: &mut Totals) -> Result<()> {
        totals.refused += rows.len() as u64;
        rows.iter().try_for_each(|row| self.slots.set(*row, RowStatus::Refused, why))
    }
}

/// Reads what the contact has now. `None`: stopped.
///
/// # Errors
/// If the provider fails in a way that is no matter of this contact.
async fn read(
    write: Write,
    place: &Known<'_>,
    rules: Rules<'_>,
    pace: &Pace<'_>,
) -> Result<Option<(Vec<u64>, Found)>> {
    let provider = place.target.provider;
    let rows = write.rows.clone();
    match pace.run(async || provider.contact_tags(&write.contact).await).await {
        None => Ok(None),
        Some(Ok(current)) => {
            let current = current.into_iter().map(|tag| tag.id).collect();
            Ok(Some((rows, rules.with_current(write, current))))
        }
        Some(Err(error)) if is_of_the_contact(error.kind()) => {
            let why = format!("its tags cannot be read: {error}");
            Ok(Some((rows.clone(), Err((rows, why)))))
        }
        Some(Err(error)) => Err(Error::Provider { provider: place.target.name.to_owned(), error }),
    }
}

/// Whether such an error says something of one contact, and nothing of the next.
pub(super) fn is_of_the_contact(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::InvalidArgument | ErrorKind::PermissionDenied)
}

fn example(write: &Write, place: &Known<'_>) -> Example {
    let names = |ids: &[leadtag_core::TagId]| ids.iter().map(|id| place.tags.name_of(id)).collect();
    let can = place.target.provider.tag_capabilities();
    let replaces = can.write_semantics == leadtag_core::WriteSemantics::Replace;
    let keep = write.current.as_ref().filter(|_| replaces).map(|current| {
        let kept = current.iter().filter(|id| !write.remove.contains(id)).cloned();
        names(&kept.collect::<Vec<_>>())
    });
    Example {
        provider: place.target.name.to_owned(),
        contact: write.contact.to_string(),
        add: names(&write.add),
        remove: names(&write.remove),
        keep,
    }
}
