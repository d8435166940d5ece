//! A clock that moves only when a test moves it.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_util::future::BoxFuture;
use leadtag_core::{Clock, Timestamp};

/// 2026-01-05T04:00:00Z, a Monday noon in China: the time of day when a [`ManualClock`] is made.
const START: i64 = 1_767_585_600;

/// How often other tasks get their turn before [`ManualClock::run`] holds that nothing moves.
const IDLE_ROUNDS: u32 = 32;

/// A [`Clock`] that stands still until it is moved. Clones show the same time.
///
/// The pipeline races each attempt against a sleep of the attempt's timeout, and every wait of a
/// backoff is a sleep too. So the clock never moves by itself: either the test moves it, or
/// [`run`](Self::run) does when the work cannot go on without.
#[derive(Clone)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    passed: Duration,
    sleepers: BTreeMap<(Duration, u64), Sleeper>,
    sleeps: u64,
    changes: u64,
    slept: Vec<Duration>,
    /// Who runs work by this clock: woken when somebody begins to sleep.
    runner: Option<Waker>,
}

struct Sleeper {
    span: Duration,
    waker: Option<Waker>,
}

impl ManualClock {
    /// A clock at 2026-01-05T04:00:00Z.
    #[must_use]
    pub fn new() -> Self {
        Self { state: Arc::default() }
    }

    /// Moves the clock on. Sleepers whose time comes are woken, the earliest first.
    ///
    /// They run when the caller awaits something, and then all of them see the time after the
    /// move; use [`elapse`](Self::elapse) where each is to see its own.
    pub fn advance(&self, span: Duration) {
        let target = self.lock().passed + span;
        loop {
            let waker = {
                let mut state = self.lock();
                match state.next_wake() {
                    Some(wake) if wake <= target => state.pass_to_next(),
                    _ => {
                        state.passed = target;
                        return;
                    }
                }
            };
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// Moves the clock on from sleeper to sleeper, and lets other tasks run at each stop. Needs a
    /// runtime with one thread.
    pub async fn elapse(&self, span: Duration) {
        let target = self.lock().passed + span;
        loop {
            self.settle().await;
            let now = self.lock().passed;
            match self.next_wake() {
                Some(wait) if now + wait <= target => self.advance(wait),
                _ => break,
            }
        }
        self.advance(target.saturating_sub(self.monotonic()));
    }

    /// Moves the clock to the earliest sleeper, waits for one if there is none, and lets other
    /// tasks run. Tells how far the clock moved.
    pub async fn advance_to_next_sleeper(&self) -> Duration {
        loop {
            self.settle().await;
            if let Some(wait) = self.next_wake() {
                self.advance(wait);
                self.settle().await;
                return wait;
            }
        }
    }

    /// Lets other tasks run until none of them sleeps, wakes or gives up a sleep any more.
    pub async fn settle(&self) {
        let mut changes = self.changes();
        let mut idle = 0;
        while idle < IDLE_ROUNDS {
            yield_now().await;
            idle += 1;
            if self.changes() != changes {
                changes = self.changes();
                idle = 0;
            }
        }
    }

    /// Runs `work` to its end. Whenever it waits and nothing else moves, the clock goes to the
    /// earliest sleeper: backoffs pass at once, and a timeout fires only if the work would wait
    /// for ever without it. Tasks spawned beside it are given their turn first; that needs a
    /// runtime with one thread.
    pub async fn run<F: Future>(&self, work: F) -> F::Output {
        let mut work = pin!(work);
        let mut idle = 0;
        let mut changes = self.changes();
        let signal = Arc::new(Signal::default());
        std::future::poll_fn(move |cx| {
            signal.forward_to(cx.waker());
            self.lock().runner = Some(cx.waker().clone());
            if signal.take() {
                idle = 0;
                let waker = Waker::from(Arc::clone(&signal));
                if let Poll::Ready(output) = work.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(output);
                }
            }
            if self.changes() != changes {
                changes = self.changes();
                idle = 0;
            }
            if idle < IDLE_ROUNDS {
                idle += 1;
                cx.waker().wake_by_ref();
            } else if let Some(wait) = self.next_wake() {
                idle = 0;
                self.advance(wait);
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await
    }

    /// How many sleeps have neither ended nor been given up.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// How long until the earliest sleeper wakes.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let state = self.lock();
        let wake = state.next_wake()?;
        Some(wake.saturating_sub(state.passed))
    }

    /// The spans of all sleeps that came to their end, in the order of their ends. A timeout that
    /// was not reached is not among them.
    #[must_use]
    pub fn slept(&self) -> Vec<Duration> {
        self.lock().slept.clone()
    }

    fn changes(&self) -> u64 {
        self.lock().changes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ManualClock")
            .field("passed", &state.passed)
            .field("sleepers", &state.sleepers.len())
            .finish()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let start = Timestamp::from_unix_seconds(START).unwrap_or(Timestamp::UNIX_EPOCH);
        start.saturating_add(self.lock().passed)
    }

    fn monotonic(&self) -> Duration {
        self.lock().passed
    }

    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.lock();
        state.sleeps += 1;
        state.changes += 1;
        let key = (state.passed.saturating_add(span), state.sleeps);
        let done = span.is_zero();
        if !done {
            state.sleepers.insert(key, Sleeper { span, waker: None });
            // Work of another thread may have begun it while everything here stood still.
            if let Some(runner) = &state.runner {
                runner.wake_by_ref();
            }
        }
        Box::pin(Sleep { state: Arc::clone(&self.state), key, done })
    }
}

impl State {
    fn next_wake(&self) -> Option<Duration> {
        self.sleepers.keys().next().map(|(wake, _)| *wake)
    }

    /// Moves to the earliest sleeper and ends its sleep.
    fn pass_to_next(&mut self) -> Option<Waker> {
        let ((wake, _), sleeper) = self.sleepers.pop_first()?;
        self.passed = self.passed.max(wake);
        self.changes += 1;
        self.slept.push(sleeper.span);
        sleeper.waker
    }
}

struct Sleep {
    state: Arc<Mutex<State>>,
    key: (Duration, u64),
    done: bool,
}

impl Sleep {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let waits = match self.lock().sleepers.get_mut(&self.key) {
            Some(sleeper) => {
                sleeper.waker = Some(cx.waker().clone());
                true
            }
            None => false,
        };
        if waits {
            return Poll::Pending;
        }
        self.done = true;
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if !self.done {
            let mut state = self.lock();
            if state.sleepers.remove(&self.key).is_some() {
                state.changes += 1;
            }
        }
    }
}

/// Remembers that the work was woken, and wakes the task around it.
struct Signal {
    woken: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Default for Signal {
    fn default() -> Self {
        Self { woken: AtomicBool::new(true), outer: Mutex::default() }
    }
}

impl Signal {
    fn take(&self) -> bool {
        self.woken.swap(false, Ordering::AcqRel)
    }

    fn forward_to(&self, waker: &Waker) {
        let mut outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        *outer = Some(waker.clone());
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let outer = self.outer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = &*outer {
            waker.wake_by_ref();
        }
    }
}

/// Gives every other task that is ready its turn.
async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
