//! The thread that writes: it widens tables, makes rows of records, and decides when they are made
//! last.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use leadtag_core::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::make::{Plans, Shape};
use crate::reader::Events;
use crate::{
    Checkpoint, Counts, Error, Event, Forgotten, PullOptions, Record, Result, Sink, Table,
};

/// Batches that wait to be written, at most.
const WAITING: usize = 4;

/// The names of the tables.
pub(crate) const LEADS: &str = "leads";
const INTERACTIONS: &str = "interactions";

/// What a stream hands on.
#[derive(Debug)]
pub(crate) enum Message {
    /// Rows.
    Batch(Box<Batch>),
    /// What is there may have to wait for long: make it last.
    Flush,
}

/// Rows of one stream.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) stream: usize,
    pub(crate) leads: Vec<Record>,
    /// By the lead they belong to.
    pub(crate) interactions: Vec<(String, Vec<Record>)>,
    /// What holds when these and all rows before are written.
    pub(crate) checkpoint: Checkpoint,
    pub(crate) end: Option<SnapshotEnd>,
}

/// A snapshot is complete.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SnapshotEnd {
    pub(crate) number: u64,
    /// How many leads there are, as far as the platform tells.
    pub(crate) total: Option<u64>,
    pub(crate) at: Timestamp,
}

/// What a destination holds before anything is written.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) checkpoints: Vec<Checkpoint>,
    pub(crate) tables: Vec<Table>,
}

/// What was written of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) leads: Counts,
    pub(crate) interactions: Counts,
    pub(crate) skipped: u64,
    pub(crate) notices: Vec<String>,
}

/// What the thread needs besides its destination.
pub(crate) struct Setup {
    pub(crate) plans: Plans,
    pub(crate) options: std::sync::Arc<PullOptions>,
    pub(crate) events: Events,
    /// The providers, by the number of their streams.
    pub(crate) names: Vec<String>,
}

/// The thread that writes.
pub(crate) struct Writer {
    go: oneshot::Sender<(Vec<Table>, mpsc::Receiver<Message>)>,
    done: oneshot::Receiver<Result<Vec<Written>>>,
}

impl Writer {
    /// Starts the thread, and opens the destination there: some of them must not be used where
    /// asynchronous work is done.
    pub(crate) async fn open(mut sink: Box<dyn Sink>, setup: Setup) -> Result<(Self, Opened)> {
        let (opened, is_open) = oneshot::channel();
        let (go, gone) = oneshot::channel();
        let (finished, done) = oneshot::channel();
        let work = move || {
            let what = open(&mut *sink);
            let failed = what.is_err();
            if opened.send(what).is_err() || failed {
                return;
            }
            let Ok((tables, messages)) = gone.blocking_recv() else { return };
            let result = Work::new(sink, setup, tables).and_then(|work| work.run(messages));
            let _ = finished.send(result);
        };
        thread::Builder::new().name("leadtag-writer".to_owned()).spawn(work).map_err(|error| {
            Error::Destination { place: "leadtag".to_owned(), why: format!("no thread: {error}") }
        })?;
        let opened = is_open.await.unwrap_or_else(|_| Err(died()))?;
        Ok((Self { go, done }, opened))
    }

    /// Lets it write what the streams hand on.
    pub(crate) fn start(self, tables: Vec<Table>) -> (mpsc::Sender<Message>, Finished) {
        let (sender, receiver) = mpsc::channel(WAITING);
        // If it is gone, the streams and `Finished` find out.
        let _ = self.go.send((tables, receiver));
        (sender, Finished(self.done))
    }
}

/// The end of the thread that writes.
pub(crate) struct Finished(oneshot::Receiver<Result<Vec<Written>>>);

impl Finished {
    /// What was written, when all streams have ended.
    pub(crate) async fn wait(self) -> Result<Vec<Written>> {
        self.0.await.unwrap_or_else(|_| Err(died()))
    }
}

fn died() -> Error {
    let why = "the thread that writes has died; what it committed before is safe".to_owned();
    Error::Destination { place: "leadtag".to_owned(), why }
}

fn open(sink: &mut dyn Sink) -> Result<Opened> {
    let (checkpoints, tables) = (sink.checkpoints()?, sink.tables()?);
    Ok(Opened { name: sink.name(), checkpoints, tables })
}

struct Work {
    sink: Box<dyn Sink>,
    setup: Setup,
    forgotten: Forgotten,
    leads: Shape,
    interactions: Option<Shape>,
    written: Vec<Written>,
    /// The checkpoints that are not committed yet, by stream.
    pending: BTreeMap<usize, Checkpoint>,
    rows: u64,
    committed: Duration,
}

impl Work {
    fn new(mut sink: Box<dyn Sink>, setup: Setup, tables: Vec<Table>) -> Result<Self> {
        let find = |name: &str| tables.iter().find(|table| table.name == name).cloned();
        let leads = setup.plans.shape(LEADS, find(LEADS))?;
        let interactions = if setup.options.interactions {
            Some(setup.plans.shape(INTERACTIONS, find(INTERACTIONS))?)
        } else {
            None
        };
        let written = vec![Written::default(); setup.names.len()];
        let committed = setup.options.clock.monotonic();
        let (forgotten, pending, rows) = (sink.forgotten()?, BTreeMap::new(), 0);
        Ok(Self { sink, setup, forgotten, leads, interactions, written, pending, rows, committed })
    }

    fn run(mut self, mut messages: mpsc::Receiver<Message>) -> Result<Vec<Written>> {
        // A destination without rows has its tables all the same.
        self.widen()?;
        while let Some(message) = messages.blocking_recv() {
            match message {
                Message::Batch(batch) => self.batch(*batch)?,
                Message::Flush => self.commit()?,
            }
        }
        self.commit()?;
        for (provider, table, counts) in self.sink.finish()? {
            let Some(at) = self.setup.names.iter().position(|name| *name == provider) else {
                continue;
            };
            match table.as_str() {
                INTERACTIONS => self.written[at].interactions += counts,
                _ => self.written[at].leads += counts,
            }
        }
        Ok(self.written)
    }

    fn batch(&mut self, batch: Batch) -> Result<()> {
        let Batch { stream, mut leads, interactions, checkpoint, end } = batch;
        let mut of_leads = Vec::new();
        let provider = &self.setup.names[stream];
        if self.forgotten.is_empty() {
            of_leads.extend(interactions.into_iter().flat_map(|(_, records)| records));
        } else {
            let before = leads.len();
            leads.retain(|lead| !self.forgotten.holds(provider, &lead.key.id));
            self.written[stream].skipped += (before - leads.len()) as u64;
            let kept = interactions
                .into_iter()
                .filter(|(lead, _)| !self.forgotten.holds(provider, lead))
                .flat_map(|(_, records)| records);
            of_leads.extend(kept);
        }
        self.rows += (leads.len() + of_leads.len()) as u64;
        if !leads.is_empty() {
            let rows = self.leads.rows(leads);
            if self.leads.take_widened() {
                self.sink.widen(self.leads.table())?;
            }
            self.written[stream].leads += self.sink.upsert(self.leads.table(), rows)?;
        }
        if let Some(shape) = self.interactions.as_mut().filter(|_| !of_leads.is_empty()) {
            let rows = shape.rows(of_leads);
            if shape.take_widened() {
                self.sink.widen(shape.table())?;
            }
            self.written[stream].interactions += self.sink.upsert(shape.table(), rows)?;
        }
        if let Some(end) = end {
            self.end(stream, end)?;
        }
        self.pending.insert(stream, checkpoint);
        let passed = self.setup.options.clock.monotonic().saturating_sub(self.committed);
        let due = passed >= self.setup.options.commit_after;
        if self.rows >= self.setup.options.commit_rows || due || end.is_some() {
            self.commit()?;
        }
        Ok(())
    }

    fn widen(&mut self) -> Result<()> {
        for shape in [Some(&mut self.leads), self.interactions.as_mut()].into_iter().flatten() {
            if shape.take_widened() {
                self.sink.widen(shape.table())?;
            }
        }
        Ok(())
    }

    /// A snapshot is complete: who was not seen in it is gone, if all that the platform counts were
    /// seen.
    fn end(&mut self, stream: usize, end: SnapshotEnd) -> Result<()> {
        let provider = self.setup.names[stream].clone();
        if let Some(total) = end.total {
            let seen = self.sink.seen(&provider, end.number)?;
            let skipped = self.written[stream].skipped;
            if seen.saturating_add(skipped) < total {
                let text = format!(
                    "the platform counts {total} leads and the list gave {seen}; so nobody is \
                     taken for deleted this time"
                );
                (self.setup.events)(Event::Notice { provider, text: text.clone() });
                self.written[stream].notices.push(text);
                return Ok(());
            }
        }
        let gone = self.sink.delete_unseen(&provider, end.number, end.at)?;
        self.written[stream].leads += gone;
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.committed = self.setup.options.clock.monotonic();
        if self.pending.is_empty() {
            return Ok(());
        }
        let checkpoints: Vec<Checkpoint> =
            std::mem::take(&mut self.pending).into_values().collect();
        self.sink.commit(&checkpoints)?;
        (self.setup.events)(Event::Committed { rows: self.rows });
        self.rows = 0;
        Ok(())
    }
}
