//! Calls per minute of the tenant, by the sandbox clock.
//!
//! Documented (page on call frequencies): 500 per minute and user for every call that neither sends
//! messages nor commands an account; beyond it 407. Inferred: all calls count together, the token
//! call too; the minute begins with the first call in it, and refused calls do not prolong it.

const SECONDS: u64 = 60;
const CALLS: u64 = 500;

#[derive(Debug, Default)]
pub(super) struct RateLimit {
    start: u64,
    calls: u64,
}

impl RateLimit {
    /// Counts a call; `false` if it must be refused.
    pub(super) fn allow(&mut self, now: u64) -> bool {
        if now >= self.start + SECONDS {
            *self = Self { start: now, calls: 0 };
        }
        self.calls += 1;
        self.calls <= CALLS
    }
}
