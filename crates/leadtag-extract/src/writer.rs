//! The thread that writes.

mod stream;
mod tables;
mod work;

use std::sync::Arc;
use std::thread;

use tokio::sync::{mpsc, oneshot};

use crate::event::Events;
use crate::message::Message;
use crate::table::{INTERACTIONS, LEADS};
use crate::{Checkpoint, Counts, Error, PullOptions, Recorder, Result, Sink};
use work::Work;

/// Batches that wait to be written, at most.
const WAITING: usize = 2;

/// What a destination holds before anything is written.
pub(crate) struct Opened {
    pub(crate) name: String,
    pub(crate) checkpoints: Vec<Checkpoint>,
    pub(crate) has_leads: bool,
    pub(crate) has_interactions: bool,
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
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) options: Arc<PullOptions>,
    pub(crate) events: Events,
    /// The providers, by the number of their streams.
    pub(crate) names: Vec<String>,
}

/// The thread that writes.
pub(crate) struct Writer {
    go: oneshot::Sender<mpsc::Receiver<Message>>,
    done: oneshot::Receiver<Result<Vec<Written>>>,
}

impl Writer {
    /// Starts the thread, and opens the destination there: some of them must not be used where
    /// asynchronous work is done.
    pub(crate) async fn open(sink: Box<dyn Sink>, setup: Setup) -> Result<(Self, Opened)> {
        let (opened, is_open) = oneshot::channel();
        let (go, gone) = oneshot::channel();
        let (finished, done) = oneshot::channel();
        let work = move || {
            let (work, what) = match open(sink, setup) {
                Ok((work, what)) => (work, Ok(what)),
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            if opened.send(what).is_err() {
                return;
            }
            let Ok(messages) = gone.blocking_recv() else { return };
            let _ = finished.send(work.run(messages));
        };
        thread::Builder::new().name("leadtag-writer".to_owned()).spawn(work).map_err(|error| {
            let why =
                format!("no thread can be started to write: {error}; end others, and pull again");
            Error::Destination { place: "leadtag".to_owned(), why }
        })?;
        let opened = is_open.await.unwrap_or_else(|_| Err(died()))?;
        Ok((Self { go, done }, opened))
    }

    /// Ends it, and returns when the destination is closed.
    pub(crate) async fn give_up(self) {
        drop(self.go);
        // It has nothing to tell.
        let _ = self.done.await;
    }

    /// Lets it write what the streams hand on.
    pub(crate) fn start(self) -> (mpsc::Sender<Message>, Finished) {
        let (sender, receiver) = mpsc::channel(WAITING);
        // If it is gone, the streams and `Finished` find out.
        let _ = self.go.send(receiver);
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
    let why =
        "the thread that writes has died; what it committed is safe: pull again, and report it"
            .to_owned();
    Error::Destination { place: "leadtag".to_owned(), why }
}

/// Reads what is there, and sees whether its tables can take what comes.
fn open(mut sink: Box<dyn Sink>, setup: Setup) -> Result<(Work, Opened)> {
    let (checkpoints, tables) = (sink.checkpoints()?, sink.tables()?);
    let has = |name: &str| tables.iter().any(|table| table.name == name);
    let (has_leads, has_interactions) = (has(LEADS), has(INTERACTIONS));
    let opened = Opened { name: sink.name(), checkpoints, has_leads, has_interactions };
    let work = Work::new(sink, setup, &tables, opened.checkpoints.clone())?;
    Ok((work, opened))
}
