//! Calls per minute, by the sandbox clock.
//!
//! Documented (vendor's page 11490690941344440): 500 a minute for a tenant over all the calls that
//! neither send messages nor issue commands; 407 beyond. Inferred: the token call counts, a call
//! with wrong credentials does not; a minute begins with the first call in it.

const WINDOW_SECONDS: u64 = 60;
const CALLS: u64 = 500;

#[derive(Debug, Default)]
pub(super) struct RateLimit {
    start: u64,
    calls: u64,
}

impl RateLimit {
    /// Counts a call; `false` if it must be refused.
    pub(super) fn allow(&mut self, now: u64) -> bool {
        if now >= self.start + WINDOW_SECONDS {
            *self = Self { start: now, calls: 0 };
        }
        self.calls += 1;
        self.calls <= CALLS
    }
}
