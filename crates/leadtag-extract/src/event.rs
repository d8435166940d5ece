//! What a pull tells while it runs, and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leadtag_core::Timestamp;
use tokio::sync::Notify;

use crate::{Strategy, StreamReport};

/// What happens while a pull runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A stream begins, or another reading of it: of what came since, or of the whole list once more.
    Started {
        /// The provider's name.
        provider: String,
        /// How it is read.
        strategy: Strategy,
        /// Where it goes on; `None` where it begins.
        from: Option<Timestamp>,
    },
    /// Rows were read.
    Read {
        /// The provider's name.
        provider: String,
        /// How many.
        rows: u64,
        /// How far it is, from 0 to 1, where that is known.
        part: Option<f64>,
        /// The moment up to which everything is read, where there is one.
        until: Option<Timestamp>,
    },
    /// Nothing is asked for a while: the platform asks to wait, or its limits, as they are
    /// configured, would be passed.
    Waiting {
        /// The provider's name.
        provider: String,
        /// How long.
        span: Duration,
        /// Why, where the platform asks for it by an error that is of no limit.
        error: Option<String>,
    },
    /// A call failed for a moment, and is made again after a pause.
    TryingAgain {
        /// The provider's name.
        provider: String,
        /// How long the pause is.
        span: Duration,
        /// Why.
        error: String,
    },
    /// Something that the user should know, and that is no failure.
    Notice {
        /// The provider's name.
        provider: String,
        /// What it is.
        text: String,
    },
    /// A stream is at its end, or cannot go on.
    Ended {
        /// The provider's name.
        provider: String,
        /// What it came to. What became of its rows is in the report of the whole pull only.
        report: Box<StreamReport>,
    },
}

/// What is told of a pull.
pub(crate) type Events = Arc<dyn Fn(Event) + Send + Sync>;

/// Asks a pull to stop: the call that is on its way is dropped, and what was read before is committed.
/// Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    shared: Arc<(AtomicBool, Notify)>,
}

impl Stop {
    /// One that was not asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.shared.0.store(true, Ordering::SeqCst);
        self.shared.1.notify_waiters();
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.shared.0.load(Ordering::SeqCst)
    }

    /// Waits until [`ask`](Self::ask) is called; returns at once if it was.
    pub async fn asked(&self) {
        loop {
            let notified = self.shared.1.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if self.is_asked() {
                return;
            }
            notified.await;
        }
    }
}
