//! Rate and concurrency limits, for each API of one tenant.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, Notify, OwnedMutexGuard};

use crate::time::within;
use crate::{Clock, Error, ErrorKind, Result};

/// At most `calls` in any span of `per`.
///
/// Half of the calls may come at once; the other half is handed out evenly, so that no span of
/// that length ever holds more than `calls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateWindow {
    calls: u32,
    per: Duration,
}

impl RateWindow {
    /// At most `calls` (at least one) per `per`.
    #[must_use]
    pub fn new(calls: u32, per: Duration) -> Self {
        Self {
            calls: calls.max(1),
            per: per.max(Duration::from_millis(1)),
        }
    }

    /// The span of time.
    #[must_use]
    pub fn per(&self) -> Duration {
        self.per
    }

    fn burst(&self) -> f64 {
        (f64::from(self.calls) / 2.0).max(1.0)
    }

    fn per_second(&self) -> f64 {
        (f64::from(self.calls) - self.burst()).max(0.5) / self.per.as_secs_f64()
    }
}

/// The limits of one API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiLimit {
    /// Calls in flight at the same time; `None` is any number.
    pub max_in_flight: Option<usize>,
    /// Calls in a span of time. All of them hold.
    pub windows: Vec<RateWindow>,
}

impl ApiLimit {
    /// No limit.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets the calls in flight; at least one.
    #[must_use]
    pub fn with_max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = Some(calls.max(1));
        self
    }

    /// Adds a limit on the calls in a span of time.
    #[must_use]
    pub fn with_rate(mut self, calls: u32, per: Duration) -> Self {
        self.windows.push(RateWindow::new(calls, per));
        self
    }
}

/// The limits of all APIs of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    default: ApiLimit,
    apis: BTreeMap<Cow<'static, str>, ApiLimit>,
}

impl Limits {
    /// No limits at all. The platform's throttling answers are still respected.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same limit for each API.
    #[must_use]
    pub fn each(limit: ApiLimit) -> Self {
        Self {
            default: limit,
            apis: BTreeMap::new(),
        }
    }

    /// Sets the limit that holds for each API without one of its own.
    #[must_use]
    pub fn with_default(mut self, limit: ApiLimit) -> Self {
        self.default = limit;
        self
    }

    /// Sets the limit of one API, in place of the one that all share.
    #[must_use]
    pub fn with_api(mut self, api: impl Into<Cow<'static, str>>, limit: ApiLimit) -> Self {
        self.apis.insert(api.into(), limit);
        self
    }

    /// The limit of one API.
    #[must_use]
    pub fn of(&self, api: &str) -> &ApiLimit {
        self.apis.get(api).unwrap_or(&self.default)
    }

    /// The limit that holds for each API without one of its own.
    #[must_use]
    pub fn default_limit(&self) -> &ApiLimit {
        &self.default
    }
}

/// Keeps the calls of one tenant within its limits, and stops an API that was throttled.
///
/// Give the same limiter to every client of a tenant: platforms count per tenant, not per client.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    limits: Limits,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
    locks: Arc<Mutex<HashMap<String, Arc<AsyncMutex<()>>>>>,
}

/// How an API stands with the limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitStatus {
    /// Calls in flight.
    pub in_flight: usize,
    /// Calls allowed in flight now. Lower than configured after the platform complained.
    pub max_in_flight: Option<usize>,
    /// For how long nothing is sent, after the platform throttled this API.
    pub paused: Option<Duration>,
}

impl Limiter {
    /// A limiter.
    #[must_use]
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            limits,
            gates: Mutex::default(),
            locks: Arc::default(),
        }
    }

    /// How `api` stands.
    #[must_use]
    pub fn status(&self, api: &str) -> LimitStatus {
        let now = self.clock.monotonic();
        let gate = self.gate(api);
        let state = gate.lock();
        LimitStatus {
            in_flight: state.in_flight,
            max_in_flight: state.max_in_flight,
            paused: state.paused_for(now),
        }
    }

    /// Waits for a place for one call of `api` that must be over by `deadline` (by the clock's
    /// monotonic time). Calls with the same `serial_key` get a place one after the other.
    ///
    /// # Errors
    /// `RateLimited`, at once, if the wait would pass the deadline; `Timeout` if the places in
    /// flight did not become free in time. Nothing was sent.
    pub(crate) async fn acquire(
        &self,
        api: &str,
        serial_key: Option<&str>,
        deadline: Duration,
    ) -> Result<Permit> {
        let gate = self.gate(api);
        if serial_key.is_none() && gate.take_at_once(self.clock.monotonic()) {
            return Ok(Permit::new(gate, None));
        }
        gate.check_wait(self.clock.monotonic(), deadline)?;
        let left = deadline.saturating_sub(self.clock.monotonic());
        let wait = async {
            let serial = match serial_key {
                Some(key) => Some(self.serial(key).await),
                None => None,
            };
            gate.wait_for_rate(&*self.clock, deadline).await?;
            gate.wait_for_slot().await;
            Ok(Permit::new(Arc::clone(&gate), serial))
        };
        within(&*self.clock, left, wait).await.unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Timeout,
                "no place among the calls in flight became free in time; nothing was sent",
            ))
        })
    }

    /// The platform throttled `api`: nothing is sent there for `wait`, whoever asks.
    pub(crate) fn pause(&self, api: &str, wait: Duration) {
        let until = self.clock.monotonic() + wait;
        self.gate(api).lock().pause(until);
    }

    fn gate(&self, api: &str) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(api) {
            return Arc::clone(gate);
        }
        let gate = Arc::new(Gate::new(self.limits.of(api), self.clock.monotonic()));
        gates.insert(api.to_owned(), Arc::clone(&gate));
        gate
    }

    async fn serial(&self, key: &str) -> SerialGuard {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(key.to_owned()).or_default())
        };
        let entry = SerialEntry {
            locks: Arc::clone(&self.locks),
            key: key.to_owned(),
        };
        SerialGuard {
            _held: lock.lock_owned().await,
            _entry: entry,
        }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Held while other calls with the same key wait. The lock is let go before its entry is looked
/// at (fields drop in order).
struct SerialGuard {
    _held: OwnedMutexGuard<()>,
    _entry: SerialEntry,
}

struct SerialEntry {
    locks: Arc<Mutex<HashMap<String, Arc<AsyncMutex<()>>>>>,
    key: String,
}

impl Drop for SerialEntry {
    fn drop(&mut self) {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if locks
            .get(&self.key)
            .is_some_and(|lock| Arc::strong_count(lock) == 1)
        {
            locks.remove(&self.key);
        }
    }
}

/// A place for one call. Dropping it lets the next one in.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    epoch: u64,
    _serial: Option<SerialGuard>,
}

impl Permit {
    fn new(gate: Arc<Gate>, serial: Option<SerialGuard>) -> Self {
        let epoch = gate.lock().epoch;
        Self {
            gate,
            epoch,
            _serial: serial,
        }
    }

    /// The platform took the call.
    pub(crate) fn succeeded(&self) {
        let mut state = self.gate.lock();
        if state.shrunk {
            state.grow(&self.gate.changed);
        }
    }

    /// The platform had too many calls in flight: halves the places. Calls that were in flight
    /// together count as one complaint.
    pub(crate) fn too_many_in_flight(&self) {
        let mut state = self.gate.lock();
        if state.epoch == self.epoch {
            state.shrink();
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.lock().in_flight -= 1;
        self.gate.changed.notify_one();
    }
}

struct Gate {
    state: Mutex<GateState>,
    changed: Notify,
    turnstile: AsyncMutex<()>,
}

struct GateState {
    buckets: Vec<Bucket>,
    queued: u32,
    paused_until: Duration,
    configured: Option<usize>,
    max_in_flight: Option<usize>,
    in_flight: usize,
    shrunk: bool,
    successes: usize,
    epoch: u64,
}

struct Bucket {
    window: RateWindow,
    level: f64,
    filled: Duration,
}

impl Gate {
    fn new(limit: &ApiLimit, now: Duration) -> Self {
        let bucket = |window: &RateWindow| Bucket {
            window: *window,
            level: window.burst(),
            filled: now,
        };
        let state = GateState {
            buckets: limit.windows.iter().map(bucket).collect(),
            queued: 0,
            paused_until: Duration::ZERO,
            configured: limit.max_in_flight,
            max_in_flight: limit.max_in_flight,
            in_flight: 0,
            shrunk: false,
            successes: 0,
            epoch: 0,
        };
        Self {
            state: Mutex::new(state),
            changed: Notify::new(),
            turnstile: AsyncMutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place if one is free now and nobody waits for it.
    fn take_at_once(&self, now: Duration) -> bool {
        let mut state = self.lock();
        state.queued == 0 && state.has_slot() && state.take_token(now).is_ok() && state.take_slot()
    }

    /// Refuses a call that would wait past its deadline for its turn.
    fn check_wait(&self, now: Duration, deadline: Duration) -> Result<()> {
        let mut state = self.lock();
        let wait = state.expected_wait(now);
        if now + wait > deadline {
            return Err(throttled(wait, state.paused_for(now).is_some()));
        }
        Ok(())
    }

    /// Waits for a token of every window and for the end of a pause, first come, first served.
    async fn wait_for_rate(&self, clock: &dyn Clock, deadline: Duration) -> Result<()> {
        let _queued = Queued::enter(self);
        let _turn = self.turnstile.lock().await;
        loop {
            let now = clock.monotonic();
            let (wait, paused) = {
                let mut state = self.lock();
                match state.take_token(now) {
                    Ok(()) => return Ok(()),
                    Err(wait) => (wait, state.paused_for(now).is_some()),
                }
            };
            if now + wait > deadline {
                return Err(throttled(wait, paused));
            }
            clock.sleep(wait).await;
        }
    }

    async fn wait_for_slot(&self) {
        loop {
            let freed = self.changed.notified();
            if self.take_slot_and_pass_on() {
                return;
            }
            freed.await;
        }
    }

    /// Takes a place; if there is another one left, wakes the next call that waits.
    fn take_slot_and_pass_on(&self) -> bool {
        let mut state = self.lock();
        let taken = state.take_slot();
        if taken && state.has_slot() {
            self.changed.notify_one();
        }
        taken
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
struct Queued<'a>(&'a Gate);

impl<'a> Queued<'a> {
    fn enter(gate: &'a Gate) -> Self {
        gate.lock().queued += 1;
        Self(gate)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.lock().queued -= 1;
    }
}

impl GateState {
    fn paused_for(&self, now: Duration) -> Option<Duration> {
        self.paused_until
            .checked_sub(now)
            .filter(|left| !left.is_zero())
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
                self.buckets
                    .iter_mut()
                    .for_each(|bucket| bucket.level -= 1.0);
                Ok(())
            }
        }
    }

    /// How long a call that joins the queue now will wait for its turn.
    fn expected_wait(&mut self, now: Duration) -> Duration {
        self.refill(now);
        let place = f64::from(self.queued) + 1.0;
        let rate = self
            .buckets
            .iter()
            .map(|bucket| bucket.wait_for(place))
            .max();
        self.paused_for(now).unwrap_or_default() + rate.unwrap_or_default()
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
        self.max_in_flight = Some((self.in_flight / 2).max(1));
        self.shrunk = true;
        self.successes = 0;
        self.epoch += 1;
    }

    /// One more place after as many successes as there are places.
    fn grow(&mut self, changed: &Notify) {
        let Some(max) = self.max_in_flight else {
            return;
        };
        self.successes += 1;
        if self.successes < max {
            return;
        }
        self.successes = 0;
        self.max_in_flight = Some(max + 1);
        if self
            .configured
            .is_some_and(|configured| max + 1 >= configured)
        {
            self.max_in_flight = self.configured;
            self.shrunk = false;
        }
        changed.notify_one();
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
        Duration::from_secs_f64(missing / self.window.per_second())
    }
}
