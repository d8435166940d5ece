//! The sandbox clock: wall time plus whatever a test has added.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tokens expire and rate windows close by this clock, so a test moves it instead of sleeping.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Duration,
    since: Instant,
    added_millis: AtomicU64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            started: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            since: Instant::now(),
            added_millis: AtomicU64::new(0),
        }
    }

    /// Seconds since the Unix epoch, as the sandbox sees them.
    pub(crate) fn now(&self) -> u64 {
        let added = Duration::from_millis(self.added_millis.load(Ordering::Relaxed));
        (self.started + self.since.elapsed() + added).as_secs()
    }

    pub(crate) fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX / 2);
        self.added_millis.fetch_add(millis, Ordering::Relaxed);
    }
}
