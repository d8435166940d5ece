//! Calls per minute and hour, by the sandbox clock.
//!
//! Documented (WeCom docs, pages 90454 and 90313): 10,000 per minute and 150,000 per hour for a corp
//! and an API, closed for as long as the window; 5 per minute with `debug=1`. Inferred: windows
//! begin with the first call in them.

use std::collections::HashMap;

const PER_MINUTE: (u64, u64) = (60, 10_000);
const PER_HOUR: (u64, u64) = (3600, 150_000);
const DEBUG_PER_MINUTE: (u64, u64) = (60, 5);

#[derive(Debug, Default)]
pub(super) struct RateLimits {
    windows: HashMap<(&'static str, Kind), Window>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Minute,
    Hour,
    Debug,
}

#[derive(Debug, Default)]
struct Window {
    start: u64,
    calls: u64,
    closed_until: u64,
}

impl RateLimits {
    /// Counts a call against the real limits; `false` if it must be refused.
    pub(super) fn allow(&mut self, api: &'static str, now: u64) -> bool {
        let minute = self.window(api, Kind::Minute).allow(PER_MINUTE, now);
        let hour = self.window(api, Kind::Hour).allow(PER_HOUR, now);
        minute && hour
    }

    /// Counts a call with `debug=1`.
    pub(super) fn allow_debug(&mut self, api: &'static str, now: u64) -> bool {
        self.window(api, Kind::Debug).allow(DEBUG_PER_MINUTE, now)
    }

    fn window(&mut self, api: &'static str, kind: Kind) -> &mut Window {
        self.windows.entry((api, kind)).or_default()
    }
}

impl Window {
    fn allow(&mut self, (seconds, limit): (u64, u64), now: u64) -> bool {
        if now < self.closed_until {
            return false;
        }
        if now >= self.start + seconds {
            self.start = now;
            self.calls = 0;
        }
        self.calls += 1;
        if self.calls > limit {
            self.closed_until = now + seconds;
            return false;
        }
        true
    }
}
