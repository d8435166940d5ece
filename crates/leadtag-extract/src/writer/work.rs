//! The work of the thread that writes: it widens tables, makes rows of records, and decides when they
//! are committed.

mod notices;

use std::time::Duration;

use tokio::sync::mpsc;

use super::stream::Stream;
use super::tables::{Shapes, Tables};
use super::{Setup, Written};
use crate::message::{Batch, Message, Read, SnapshotEnd, Verdict};
use crate::pii::normal_mobile;
use crate::table::{INTERACTIONS, LEADS};
use crate::{
    Checkpoint, Closing, Counts, Error, Forgotten, Record, Result, Row, Seen, Shape, Sink, Table,
};

/// So many bytes of rows are committed, however few rows they are: destinations hold them in memory.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// So many leads go all their way at once: few enough to stay in the processor's memory.
const AT_ONCE: usize = 64;

/// What the thread does.
pub(super) struct Work {
    sink: Box<dyn Sink>,
    setup: Setup,
    streams: Vec<Stream>,
    tables: Tables,
    forgotten: Forgotten,
    /// The checkpoints that the destination has.
    committed: Vec<Checkpoint>,
    /// Rows and bytes of them since the last commit.
    rows: u64,
    bytes: usize,
    /// When the last commit was.
    committed_at: Duration,
    /// Whether a table got wider since.
    has_widened: bool,
    told_full: bool,
    /// Whether any lead came.
    has_leads: bool,
    /// Whether there was no table of leads.
    is_new: bool,
}

impl Work {
    /// `tables` and `committed`: what the destination has.
    pub(super) fn new(
        mut sink: Box<dyn Sink>,
        setup: Setup,
        tables: &[Table],
        committed: Vec<Checkpoint>,
    ) -> Result<Self> {
        let stream = |name: &String| Stream::new(name, setup.recorder.stream(name.as_str()));
        let committed_at = setup.options.clock.monotonic();
        Ok(Self {
            streams: setup.names.iter().map(stream).collect(),
            tables: Tables::new(&mut *sink, &setup, tables)?,
            forgotten: sink.forgotten()?,
            sink,
            setup,
            rows: 0,
            committed,
            bytes: 0,
            committed_at,
            has_widened: false,
            told_full: false,
            has_leads: false,
            is_new: !tables.iter().any(|table| table.name == LEADS),
        })
    }

    /// Writes what the streams hand on, and ends the work of the destination.
    pub(super) fn run(mut self, mut messages: mpsc::Receiver<Message>) -> Result<Vec<Written>> {
        if let Err(error) = self.write(&mut messages) {
            self.note_failed(&error);
            return Err(error);
        }
        self.tell_never_met();
        self.tell_bare_ids();
        let Closing { counts, notices } = self.sink.finish()?;
        for notice in notices {
            // Of the destination as a whole, and told once.
            self.streams[0].notice(&self.setup.events, notice);
        }
        for (provider, table, counts) in counts {
            let stream = self.streams.iter_mut().find(|stream| stream.name == provider);
            let Some(Stream { written, .. }) = stream else { continue };
            match table.as_str() {
                INTERACTIONS => written.interactions += counts,
                _ => written.leads += counts,
            }
        }
        Ok(self.streams.into_iter().map(|stream| stream.written).collect())
    }

    /// Writes what the streams hand on until they have ended.
    fn write(&mut self, messages: &mut mpsc::Receiver<Message>) -> Result<()> {
        // A destination without rows has its tables all the same.
        self.widen()?;
        if self.locks_readers() && !self.is_new {
            self.sink.commit(&[])?;
            self.has_widened = false;
        }
        while let Some(message) = messages.blocking_recv() {
            match message {
                Message::Batch(batch) => self.batch(*batch)?,
                Message::Flush => self.commit()?,
                Message::Judge { stream, number, total, answer } => {
                    // Who does not wait for it any more has stopped.
                    let _ = answer.send(self.judge(stream, number, total)?);
                }
            }
        }
        self.commit()
    }

    /// Notes at the destination that it failed, where that can be written at least.
    fn note_failed(&mut self, error: &Error) {
        let names = &self.setup.names;
        self.committed.retain(|checkpoint| names.contains(&checkpoint.provider));
        for checkpoint in &mut self.committed {
            checkpoint.failed = Some(error.to_string());
            checkpoint.at = self.setup.options.clock.now();
        }
        // What failed may fail again, and is told anyway.
        let _ = self.sink.commit(&self.committed);
    }

    fn batch(&mut self, batch: Batch) -> Result<()> {
        let Batch { stream, read, checkpoint, end } = batch;
        self.read(stream, read, checkpoint.renewed)?;
        self.tell_full(stream);
        if let Some(end) = end {
            self.end(stream, end)?;
        }
        self.streams[stream].pending = Some(checkpoint);
        let passed = self.setup.options.clock.monotonic().saturating_sub(self.committed_at);
        let due = passed >= self.setup.options.commit_after;
        let full = self.rows >= self.setup.options.commit_rows || self.bytes >= MOST_BYTES;
        if full || due || self.locks_readers() || end.is_some() {
            self.commit()?;
        }
        Ok(())
    }

    /// Whether nobody can read a table now, because it got wider.
    fn locks_readers(&self) -> bool {
        self.has_widened && self.sink.locks_while_wider()
    }

    fn read(&mut self, stream: usize, read: Read, is_renewed: bool) -> Result<()> {
        let Read { leads, at, snapshot, mut interactions } = read;
        let mut leads = leads.into_iter();
        while leads.len() > 0 {
            let recorder = &mut self.streams[stream].recorder;
            let few = leads.by_ref().take(AT_ONCE);
            let mut records: Vec<Record> =
                few.map(|lead| recorder.lead(lead, at, snapshot)).collect();
            self.leave_out(stream, &mut records);
            if is_renewed {
                self.streams[stream].note_former(LEADS, &records);
            }
            self.has_leads |= !records.is_empty();
            self.rows += records.len() as u64;
            let counts = self.upsert(stream, |shapes| Some(&mut shapes.leads), records)?;
            self.streams[stream].written.leads += counts;
        }
        self.leave_out(stream, &mut interactions);
        if is_renewed {
            self.streams[stream].note_former(INTERACTIONS, &interactions);
        }
        self.rows += interactions.len() as u64;
        let counts = self.upsert(stream, |shapes| shapes.interactions.as_mut(), interactions)?;
        self.streams[stream].written.interactions += counts;
        Ok(())
    }

    /// Writes records, and makes their table wider first where they need it.
    fn upsert(
        &mut self,
        stream: usize,
        table: fn(&mut Shapes) -> Option<&mut Shape>,
        records: Vec<Record>,
    ) -> Result<Counts> {
        let shape = table(self.tables.of(stream)).filter(|_| !records.is_empty());
        let Some(shape) = shape else { return Ok(Counts::default()) };
        let rows = shape.rows(records);
        self.bytes += rows.iter().map(Row::memory).sum::<usize>();
        if shape.take_widened() {
            self.sink.widen(shape.table())?;
            self.has_widened = true;
        }
        self.sink.upsert(shape.table(), rows)
    }

    /// Removes the rows that records had under other ids, where rows were written with other settings for
    /// personal data.
    fn remove_former(&mut self) -> Result<()> {
        for Stream { name, former, .. } in &mut self.streams {
            for (table, ids) in std::mem::take(former) {
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                self.sink.remove(table, name, &ids)?;
            }
        }
        Ok(())
    }

    /// Leaves out the rows of those who were forgotten.
    fn leave_out(&mut self, stream: usize, records: &mut Vec<Record>) {
        if self.forgotten.is_empty() {
            return;
        }
        let Stream { name, skipped, written, .. } = &mut self.streams[stream];
        let holds = |id: &str| self.forgotten.holds(name, id);
        let is_forgotten = |record: &Record| {
            // Whose id is personal may have been forgotten by a number, in its normal form.
            let mut ids = record.other_ids.iter().flat_map(|others| others.iter());
            let own = record.other_ids.as_ref().map(|_| normal_mobile(record.lead_id()));
            holds(record.lead_id())
                || ids.any(|id| holds(id) || holds(&normal_mobile(id)))
                || own.is_some_and(|number| holds(&number))
        };
        for record in records.extract_if(.., |record| is_forgotten(record)) {
            if record.lead.is_none() {
                written.skipped += 1;
                skipped.add(&record);
            }
        }
    }

    fn widen(&mut self) -> Result<()> {
        for Shapes { leads, interactions } in self.tables.all() {
            for shape in [Some(leads), interactions.as_mut()].into_iter().flatten() {
                if shape.take_widened() {
                    self.sink.widen(shape.table())?;
                    self.has_widened = true;
                }
            }
        }
        Ok(())
    }

    /// A snapshot is complete: who is missing is gone, if that is what it says.
    fn end(&mut self, stream: usize, end: SnapshotEnd) -> Result<()> {
        match end.verdict {
            Verdict::NobodyIsGone => {}
            Verdict::SomeAreGone => {
                let Stream { name, written, .. } = &mut self.streams[stream];
                written.leads += self.sink.delete_unseen(name, end.number, end.at)?;
            }
            Verdict::CountsDiffer { total, here } => {
                let text = format!(
                    "the platform counts {total} leads and the list gave {here} different ones; so \
                     nobody is taken for deleted this time"
                );
                self.notice(stream, text);
            }
        }
        Ok(())
    }

    /// Compares what a snapshot gave with what is there, and with what the platform counts.
    fn judge(&mut self, stream: usize, number: u64, total: Option<u64>) -> Result<Verdict> {
        // Who is there under another id was seen.
        self.remove_former()?;
        let Stream { name, skipped, .. } = &self.streams[stream];
        let Some(Seen { here, missing }) = self.sink.seen(name, number)? else {
            return Ok(Verdict::NobodyIsGone);
        };
        let most = here.saturating_add(skipped.of(number));
        Ok(match total {
            Some(total) if !(here..=most).contains(&total) => Verdict::CountsDiffer { total, here },
            _ if missing > 0 => Verdict::SomeAreGone,
            _ => Verdict::NobodyIsGone,
        })
    }

    fn commit(&mut self) -> Result<()> {
        let pending = self.streams.iter_mut().filter_map(|stream| stream.pending.take());
        let checkpoints: Vec<Checkpoint> = pending.collect();
        if checkpoints.is_empty() {
            return Ok(());
        }
        self.remove_former()?;
        self.sink.commit(&checkpoints)?;
        self.committed_at = self.setup.options.clock.monotonic();
        self.has_widened = false;
        let is_new = |known: &Checkpoint| checkpoints.iter().any(|c| c.provider == known.provider);
        self.committed.retain(|known| !is_new(known));
        self.committed.extend(checkpoints);
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}
