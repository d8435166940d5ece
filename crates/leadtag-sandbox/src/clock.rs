//! The sandbox clock: wall time plus whatever a test has added; and times as text.

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

/// A moment in UTC as `yyyy-MM-dd HH:mm:ss`, for platforms that write times without a zone.
pub(crate) fn date_time(moment: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_seconds(moment).to_string();
    text.truncate("yyyy-MM-ddTHH:mm:ss".len());
    text.replace_range(10..11, " ");
    text
}
