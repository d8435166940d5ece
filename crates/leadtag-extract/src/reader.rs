//! What reads the leads of one provider: asks, waits, tries again, and hands rows on.

mod ask;
mod cursors;
mod handed_on;
mod interactions;
mod limit;
mod meter;
mod rows;

use std::sync::Arc;

use leadtag_core::{Error, ErrorKind, Lead, LeadCapabilities, LeadQuery, LeadsProvider, Timestamp};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

pub(crate) use cursors::Cursors;
pub(crate) use handed_on::{HandedOn, id_hash, page_hash};
pub(crate) use meter::Meter;

use crate::event::Events;
use crate::message::{Batch, Message, Read, SnapshotEnd, Verdict};
use crate::{
    Checkpoint, Event, Place, PullOptions, Recorder, Source, Stop, StreamRecorder, StreamReport,
};
use limit::Limit;
use rows::LeftOut;

/// Why a stream is read no further.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The user asked for it.
    Stopped,
    /// The provider failed for good.
    Failed(Error),
    /// The rows cannot be written.
    Closed,
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// How the reading of a span or snapshot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Everything is read.
    Complete,
    /// As many leads as the user asked for are read.
    Limit,
}

/// What the reading of a part of a list came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There may be more.
    Moved,
    /// That was the end of the list.
    Ended,
    /// As many leads as the user asked for are read.
    Enough,
}

/// Reads the leads of one provider.
pub(crate) struct Reader {
    pub(crate) index: usize,
    pub(crate) name: Arc<str>,
    pub(crate) provider: Arc<dyn LeadsProvider>,
    pub(crate) can: LeadCapabilities,
    pub(crate) reads_interactions: bool,
    pub(crate) options: Arc<PullOptions>,
    /// Makes the records of interactions. Those of leads are made where they are written.
    pub(crate) recorder: StreamRecorder,
    pub(crate) stop: Stop,
    pub(crate) events: Events,
    pub(crate) writer: Sender<Message>,
    pub(crate) report: StreamReport,
    pub(crate) meter: Arc<Meter>,
    /// The checkpoint as it was last handed on.
    pub(crate) checkpoint: Checkpoint,
    limit: Limit,
    /// Whether anything was handed on.
    pub(crate) handed_on: bool,
    /// Pages without rows that came one after the other, each with another one to follow.
    empty: u32,
    left_out: LeftOut,
}

/// What the readers of all streams have.
pub(crate) struct Shared {
    pub(crate) options: Arc<PullOptions>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) stop: Stop,
    pub(crate) events: Events,
    pub(crate) writer: Sender<Message>,
}

impl Reader {
    /// What reads the leads of `source`, which is the stream of this number, from where it stands.
    pub(crate) fn new(
        shared: &Shared,
        index: usize,
        source: &Source,
        checkpoint: Checkpoint,
        report: StreamReport,
    ) -> Self {
        let Shared { options, recorder, stop, events, writer } = shared;
        let can = source.provider.lead_capabilities();
        Self {
            index,
            name: source.name.clone(),
            provider: source.provider.clone(),
            reads_interactions: options.interactions && source.interactions && can.interactions,
            can,
            options: options.clone(),
            recorder: recorder.stream(source.name.clone()),
            stop: stop.clone(),
            events: events.clone(),
            writer: writer.clone(),
            report,
            meter: Arc::new(Meter::new(source.name.clone(), events.clone())),
            checkpoint,
            limit: Limit::new(options.limit),
            handed_on: false,
            empty: 0,
            left_out: LeftOut::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.options.clock.now()
    }

    /// The query of a page, without a span of time.
    pub(crate) fn query(&self) -> LeadQuery {
        let mut query = LeadQuery::all();
        query.page_size = self.options.page_size;
        query
    }

    /// Counts the leads of a page for the limit, but for those that were read a moment ago or by
    /// the run before and those that are `known`, and takes off what is beyond it. Tells whether there was
    /// something: then the place must stay before the page, and what was taken off comes with the
    /// next run.
    pub(crate) fn cut(
        &mut self,
        leads: &mut Vec<Lead>,
        known: impl Fn(&Lead, u64) -> bool,
    ) -> bool {
        let Self { limit, recorder, checkpoint, .. } = self;
        limit.cut(leads, |lead| recorder.id_hash(&lead.id), &checkpoint.ahead, known)
    }

    /// Whether as many leads are read as the user asked for.
    pub(crate) fn is_enough(&self) -> bool {
        self.limit.is_reached()
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.events)(event);
    }

    /// Tells something that the user should know.
    pub(crate) fn notice(&mut self, text: String) {
        self.tell(Event::Notice { provider: self.name.to_string(), text: text.clone() });
        self.report.notices.push(text);
    }

    /// Tells how far it is.
    pub(crate) fn progress(&self, rows: usize, part: Option<f64>, until: Option<Timestamp>) {
        let (provider, rows) = (self.name.to_string(), rows as u64);
        self.tell(Event::Read { provider, rows, part, until });
    }

    /// Hands a checkpoint on, behind everything that was handed on before.
    pub(crate) async fn mark(&mut self, place: Place) -> Result<(), Halt> {
        self.hand_on(Read::default(), Some(place), None).await
    }

    /// What the snapshot says of who is gone, if it ends now. `total` is what the platform counts.
    pub(crate) async fn judge(&mut self, number: u64, total: Option<u64>) -> Result<Verdict, Halt> {
        let (answer, answered) = oneshot::channel();
        let asked = Message::Judge { stream: self.index, number, total, answer };
        self.writer.send(asked).await.map_err(|_| Halt::Closed)?;
        answered.await.map_err(|_| Halt::Closed)
    }

    /// Hands on that a snapshot is complete.
    pub(crate) async fn end(&mut self, place: Place, end: SnapshotEnd) -> Result<(), Halt> {
        self.hand_on(Read::default(), Some(place), Some(end)).await
    }

    /// Hands on that the stream has failed. What is `stored` of it stays as it is where nothing was
    /// read.
    pub(crate) async fn fail(&mut self, stored: Checkpoint, why: String) -> Result<(), Halt> {
        if !self.handed_on {
            self.checkpoint = stored;
        }
        self.checkpoint.failed = Some(why);
        self.hand_on(Read::default(), None, None).await
    }

    /// Asks that what was handed on is committed.
    pub(crate) async fn flush(&mut self) -> Result<(), Halt> {
        self.writer.send(Message::Flush).await.map_err(|_| Halt::Closed)
    }

    fn reach(&mut self, place: Option<Place>) {
        if let Some(place) = place.filter(|place| *place != self.checkpoint.place) {
            self.checkpoint.place = place;
            // What was beyond the place before is not beyond this one.
            self.checkpoint.ahead.clear();
        }
    }

    /// As [`hand_on`](Self::hand_on), with the leads of the page that was counted last.
    async fn hand_on_page(&mut self, read: Read, place: Option<Place>) -> Result<(), Halt> {
        self.reach(place);
        self.limit.hand_on(&mut self.checkpoint.ahead);
        self.hand_on(read, None, None).await
    }

    async fn hand_on(
        &mut self,
        read: Read,
        place: Option<Place>,
        end: Option<SnapshotEnd>,
    ) -> Result<(), Halt> {
        self.reach(place);
        self.handed_on = true;
        self.checkpoint.at = self.now();
        let checkpoint = self.checkpoint.clone();
        let batch = Batch { stream: self.index, read, checkpoint, end };
        self.writer.send(Message::Batch(Box::new(batch))).await.map_err(|_| Halt::Closed)
    }
}

/// The error of a list that a platform gives otherwise than it should.
pub(crate) fn unreadable(why: String) -> Error {
    Error::new(ErrorKind::Platform, why).with_advice("pull again; if it stays, report it")
}
