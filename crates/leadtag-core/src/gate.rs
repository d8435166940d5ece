//! One API's rate windows and places in flight.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify};

use crate::limit::{ApiLimit, LimitStatus, RateWindow};
use crate::observe::WaitCause;
use crate::{Clock, Error, ErrorKind, Result};

/// The state of one API, and the queues before it.
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Notify,
    rate_turn: AsyncMutex<()>,
    slot_turn: AsyncMutex<()>,
}

struct GateState {
    buckets: Vec<Bucket>,
    waiting_for_rate: u32,
    waiting_for_slot: u32,
    paused_until: Duration,
    configured: Option<usize>,
    max_in_flight: Option<usize>,
    in_flight: usize,
    shrunk: bool,
    /// Where no number is configured: how many places there are until there is no limit again.
    crowd: usize,
    successes: usize,
    epoch: u64,
}

/// See [`GateState::crowd`]: at least so many.
const CROWD: usize = 32;

struct Bucket {
    window: RateWindow,
    level: f64,
    filled: Duration,
}

impl Gate {
    pub(crate) fn new(limit: &ApiLimit, now: Duration) -> Self {
        let bucket =
            |window: &RateWindow| Bucket { window: *window, level: window.burst(), filled: now };
        let state = GateState {
            buckets: limit.windows.iter().map(bucket).collect(),
            waiting_for_rate: 0,
            waiting_for_slot: 0,
            paused_until: Duration::ZERO,
            configured: limit.max_in_flight,
            max_in_flight: limit.max_in_flight,
            in_flight: 0,
            shrunk: false,
            crowd: CROWD,
            successes: 0,
            epoch: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            rate_turn: AsyncMutex::default(),
            slot_turn: AsyncMutex::default(),
        }
    }

    pub(crate) fn status(&self, now: Duration) -> LimitStatus {
        let state = self.lock();
        LimitStatus {
            in_flight: state.in_flight,
            max_in_flight: state.max_in_flight,
            paused: state.paused_for(now),
        }
    }

    /// Nothing goes out until `until`.
    pub(crate) fn pause(&self, until: Duration) {
        self.lock().pause(until);
    }

    /// Counts the complaints so far: calls of one epoch were in flight together.
    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// The platform took a call that began after the last complaint: a place lost to it comes back
    /// after enough of them.
    pub(crate) fn succeeded(&self, epoch: u64) {
        let mut state = self.lock();
        if state.shrunk && state.epoch == epoch && state.grow() {
            self.changed.notify_one();
        }
    }

    /// The platform had too many calls in flight: halves the places, once per epoch.
    pub(crate) fn too_many_in_flight(&self, epoch: u64) {
        let mut state = self.lock();
        if state.epoch == epoch {
            state.shrink();
        }
    }

    /// A call is over.
    pub(crate) fn release(&self) {
        self.lock().in_flight -= 1;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place if one is free now and nobody waits for it.
    pub(crate) fn take_at_once(&self, now: Duration) -> bool {
        let mut state = self.lock();
        state.nobody_waits()
            && state.has_slot()
            && state.take_token(now).is_ok()
            && state.take_slot()
    }

    /// How long a call will wait for its turn, and why. Refuses one that would wait past its
    /// deadline.
    pub(crate) fn check_wait(
        &self,
        now: Duration,
        deadline: Duration,
    ) -> Result<(Duration, WaitCause)> {
        let mut state = self.lock();
        let wait = state.expected_wait(now);
        let paused = state.paused_for(now).is_some();
        if now.saturating_add(wait) >= deadline {
            return Err(throttled(wait, paused));
        }
        Ok((wait, if paused { WaitCause::Platform } else { WaitCause::Rate }))
    }

    /// Waits for a token of every window and for the end of a pause, first come, first served.
    pub(crate) async fn wait_for_rate(&self, clock: &dyn Clock, deadline: Duration) -> Result<()> {
        let _waiting = Waiting::enter(self, |state| &mut state.waiting_for_rate);
        let _turn = self.rate_turn.lock().await;
        loop {
            let now = clock.monotonic();
            let (wait, paused) = {
                let mut state = self.lock();
                match state.take_token(now) {
                    Ok(()) => return Ok(()),
                    Err(wait) => (wait, state.paused_for(now).is_some()),
                }
            };
            if now.saturating_add(wait) >= deadline {
                return Err(throttled(wait, paused));
            }
            clock.sleep(wait).await;
        }
    }

    /// Waits for a place among the calls in flight, first come, first served: only the first in
    /// the queue listens for a place that becomes free.
    pub(crate) async fn wait_for_slot(&self) {
        let _waiting = Waiting::enter(self, |state| &mut state.waiting_for_slot);
        let _turn = self.slot_turn.lock().await;
        loop {
            let freed = self.changed.notified();
            if self.lock().take_slot() {
                return;
            }
            freed.await;
        }
    }
}

fn throttled(wait: Duration, paused: bool) -> Error {
    let why = if paused {
        "the platform throttled this API a moment ago; nothing was sent"
    } else {
        "the configured rate would be passed; nothing was sent"
    };
    Error::new(ErrorKind::RateLimited, why).with_retry_after(wait)
}

/// Counts a waiting call for as long as it waits, also if it is cancelled.
struct Waiting<'a> {
    gate: &'a Gate,
    counter: fn(&mut GateState) -> &mut u32,
}

impl<'a> Waiting<'a> {
    fn enter(gate: &'a Gate, counter: fn(&mut GateState) -> &mut u32) -> Self {
        *counter(&mut gate.lock()) += 1;
        Self { gate, counter }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *(self.counter)(&mut self.gate.lock()) -= 1;
    }
}

impl GateState {
    fn paused_for(&self, now: Duration) -> Option<Duration> {
        self.paused_until.checked_sub(now).filter(|left| !left.is_zero())
    }

    /// Takes one token of every window, or tells how long to wait.
    fn take_token(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some(left) = self.paused_for(now) {
            return Err(left);
        }
        self.refill(now);
        match self.buckets.iter().map(|bucket| bucket.wait_for(1.0)).max() {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.buckets.iter_mut().for_each(|bucket| bucket.level -= 1.0);
                Ok(())
            }
        }
    }

    /// How long a call that joins the queue now will wait for its turn.
    fn expected_wait(&mut self, now: Duration) -> Duration {
        self.refill(now);
        let place = f64::from(self.waiting_for_rate) + 1.0;
        let rate = self.buckets.iter().map(|bucket| bucket.wait_for(place)).max();
        self.paused_for(now).unwrap_or_default().saturating_add(rate.unwrap_or_default())
    }

    fn refill(&mut self, now: Duration) {
        for bucket in self.buckets.iter_mut().filter(|bucket| bucket.filled < now) {
            let since = now.saturating_sub(bucket.filled).as_secs_f64();
            let level = bucket.level + since * bucket.window.per_second();
            bucket.level = level.min(bucket.window.burst());
            bucket.filled = now;
        }
    }

    /// Nothing goes out until `until`, and then no burst but a trickle.
    fn pause(&mut self, until: Duration) {
        self.paused_until = self.paused_until.max(until);
        for bucket in &mut self.buckets {
            bucket.level = bucket.level.min(1.0);
            bucket.filled = self.paused_until;
        }
        if self.buckets.is_empty() {
            // There is a rate, but nobody knows it: begin again with one call at a time.
            self.allow_in_flight(1);
        }
    }

    fn nobody_waits(&self) -> bool {
        self.waiting_for_rate == 0 && self.waiting_for_slot == 0
    }

    fn has_slot(&self) -> bool {
        self.max_in_flight.is_none_or(|max| self.in_flight < max)
    }

    fn take_slot(&mut self) -> bool {
        let free = self.has_slot();
        self.in_flight += usize::from(free);
        free
    }

    fn shrink(&mut self) {
        self.allow_in_flight((self.in_flight / 2).max(1));
    }

    fn allow_in_flight(&mut self, places: usize) {
        self.max_in_flight = Some(places);
        self.crowd = self.in_flight.max(CROWD);
        self.shrunk = true;
        self.successes = 0;
        self.epoch += 1;
    }

    /// One more place after as many successes as there are places. Tells whether there is one.
    fn grow(&mut self) -> bool {
        let Some(max) = self.max_in_flight else {
            return false;
        };
        self.successes += 1;
        if self.successes < max {
            return false;
        }
        self.successes = 0;
        self.max_in_flight = Some(max + 1);
        if max + 1 >= self.configured.unwrap_or(self.crowd) {
            self.max_in_flight = self.configured;
            self.shrunk = false;
        }
        true
    }
}

/// A token is whole when less than this is missing.
const ROUNDING: f64 = 1e-6;

impl Bucket {
    /// How long until the bucket holds `tokens`, counted from its last filling.
    fn wait_for(&self, tokens: f64) -> Duration {
        let missing = tokens - self.level;
        if missing <= ROUNDING {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(missing / self.window.per_second()).unwrap_or(Duration::MAX)
    }
}
