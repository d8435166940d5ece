//! Calls of one provider, held back together when the platform throttles.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use leadtag_core::{Clock, Error, ErrorKind, Sent};

use super::AssignWatch;

/// Contacts of one provider that are worked on at once.
pub(super) const IN_FLIGHT: usize = 5;
/// How long a wait may go on before is looked whether to stop.
const SLICE: Duration = Duration::from_millis(500);
/// So long what is on its way is waited for when it is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The wait when the platform does not say how long: it doubles from the first to the second.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

pub(super) struct Pace<'a> {
    pub(super) provider: &'a str,
    pub(super) clock: &'a dyn Clock,
    pub(super) watch: &'a dyn AssignWatch,
    pub(super) stop: &'a AtomicBool,
    paused_until: Mutex<Duration>,
}

impl<'a> Pace<'a> {
    pub(super) fn new(
        provider: &'a str,
        clock: &'a dyn Clock,
        watch: &'a dyn AssignWatch,
        stop: &'a AtomicBool,
    ) -> Self {
        Self { provider, clock, watch, stop, paused_until: Mutex::default() }
    }

    /// Makes the call, again and again while the platform says that there were too many of them.
    /// `None`: stopped before it was made.
    pub(super) async fn run<T>(
        &self,
        call: impl AsyncFn() -> leadtag_core::Result<T>,
    ) -> Option<leadtag_core::Result<T>> {
        let mut wait = WAITS.0;
        loop {
            if !self.may_go().await {
                return None;
            }
            match self.answer(call()).await {
                Err(error) if error.kind() == ErrorKind::RateLimited => {
                    self.pause(error.retry_after().unwrap_or(wait).max(SLICE));
                    wait = (wait * 2).min(WAITS.1);
                }
                done => return Some(done),
            }
        }
    }

    /// What the call comes to, unless it takes long after it was to stop: it may hang, or wait for a
    /// platform that throttles.
    async fn answer<T>(
        &self,
        call: impl Future<Output = leadtag_core::Result<T>>,
    ) -> leadtag_core::Result<T> {
        match select(pin!(call), pin!(self.stopped())).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => {
                let error = Error::new(ErrorKind::Transport, "stopped before an answer came");
                Err(error.with_sent(Sent::Maybe))
            }
        }
    }

    /// Ends when it was to stop some time ago.
    async fn stopped(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            self.clock.sleep(SLICE).await;
        }
        self.clock.sleep(GRACE).await;
    }

    async fn may_go(&self) -> bool {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            let left = self.paused_until().saturating_sub(self.clock.monotonic());
            if left.is_zero() {
                return true;
            }
            self.clock.sleep(left.min(SLICE)).await;
        }
    }

    fn pause(&self, span: Duration) {
        let now = self.clock.monotonic();
        let until = now.saturating_add(span);
        let mut paused = self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = *paused <= now;
        *paused = until.max(*paused);
        drop(paused);
        // Those in flight are throttled one after the other; that is one pause.
        if is_new {
            self.watch.waiting(self.provider, span);
        }
    }

    fn paused_until(&self) -> Duration {
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
