//! When a call is sent again, how long after, and how often.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::random::random;
use crate::{Error, RetryClass, Sent};

/// Whether sending the same call twice leaves the same state as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Idempotency {
    /// It does: reads, and writes that set a value. Sent again when the outcome is unknown.
    Idempotent,
    /// It does not, or nobody knows. When the outcome is unknown it is looked up where that is
    /// possible, and otherwise left to the caller.
    NotIdempotent,
}

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a call is sent at most. A platform that says it is busy is asked again three
    /// times at most, whatever stands here. Default: 4.
    pub max_attempts: u32,
    /// The longest first delay; each further one is up to twice as long. The delay itself is
    /// random between zero and that. Default: 200 ms.
    pub base_delay: Duration,
    /// The longest delay. Default: 5 s.
    pub max_delay: Duration,
    /// The longest time for one attempt. Default: 30 s.
    pub attempt_timeout: Duration,
    /// The longest time for the whole call, with all waits. A wait that would pass it is not
    /// begun. Default: 60 s.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Everything is sent once.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// Sets how often a call is sent at most; at least once.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the longest first delay.
    #[must_use]
    pub fn with_base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the longest delay.
    #[must_use]
    pub fn with_max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest time for one attempt.
    #[must_use]
    pub fn with_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the longest time for the whole call.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }
}

/// Retries that a platform may be asked for when it says that it is busy.
const MAX_BUSY_RETRIES: u32 = 3;

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Give the error to the caller.
    Stop,
    /// Send again after this delay.
    Resend(Duration),
    /// After this delay find out what became of the call, before it is sent again.
    LookUp(Duration),
}

/// The retries of one call.
pub(crate) struct Retries {
    policy: RetryPolicy,
    attempts: u32,
    busy: u32,
}

impl Retries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        Self { policy, attempts: 0, busy: 0 }
    }

    /// Decides after one more failed attempt.
    pub(crate) fn after(&mut self, error: &Error, idempotency: Idempotency) -> Next {
        self.attempts += 1;
        if self.attempts >= self.policy.max_attempts {
            return Next::Stop;
        }
        let outcome_known = match error.retry_class() {
            RetryClass::Busy => {
                self.busy += 1;
                if self.busy > MAX_BUSY_RETRIES {
                    return Next::Stop;
                }
                error.sent() == Sent::No
            }
            RetryClass::Transport => error.sent() == Sent::No,
            RetryClass::Throttled | RetryClass::Concurrency => true,
            RetryClass::Never | RetryClass::TokenRejected => return Next::Stop,
        };
        let jitter = self.next_delay().mul_f64(random_share());
        let delay = match error.retry_class() {
            RetryClass::Throttled => Duration::ZERO, // the limiter makes everyone wait
            _ => jitter.max(error.retry_after().unwrap_or_default()),
        };
        if outcome_known || idempotency == Idempotency::Idempotent {
            Next::Resend(delay)
        } else {
            Next::LookUp(delay)
        }
    }

    /// The longest delay after this attempt: twice as long each time, up to the policy's longest.
    fn next_delay(&self) -> Duration {
        let doublings = (self.attempts - 1).min(16);
        self.policy.base_delay.saturating_mul(1 << doublings).min(self.policy.max_delay)
    }
}

/// A random number from 0 to 1 ("full jitter").
fn random_share() -> f64 {
    f64::from((random() >> 32) as u32) / f64::from(u32::MAX)
}

/// The retries that all calls of a client may spend together: when a platform is down, retries
/// run out instead of multiplying the load. Each success earns a little back.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    const FULL: u32 = 500;
    const PRICE: u32 = 5;

    pub(crate) fn new() -> Self {
        Self(AtomicU32::new(Self::FULL))
    }

    /// Pays for one retry, if there is enough left.
    pub(crate) fn spend(&self) -> bool {
        let pay = |left: u32| left.checked_sub(Self::PRICE);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, pay).is_ok()
    }

    /// Earns for one success.
    pub(crate) fn earn(&self) {
        if self.0.load(Ordering::Relaxed) < Self::FULL {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn error(class: RetryClass, sent: Sent) -> Error {
        Error::new(ErrorKind::Platform, "x").with_retry_class(class).with_sent(sent)
    }

    fn first(class: RetryClass, sent: Sent, idempotency: Idempotency) -> &'static str {
        match Retries::new(RetryPolicy::default()).after(&error(class, sent), idempotency) {
            Next::Stop => "stop",
            Next::Resend(_) => "resend",
            Next::LookUp(_) => "look up",
        }
    }

    #[test]
    fn what_is_sent_again_depends_on_class_sent_and_idempotency() {
        use Idempotency::{Idempotent, NotIdempotent};
        use RetryClass::{Busy, Concurrency, Never, Throttled, TokenRejected, Transport};
        for (class, sent, idempotency, next) in [
            (Transport, Sent::No, NotIdempotent, "resend"),
            (Transport, Sent::Maybe, Idempotent, "resend"),
            (Transport, Sent::Maybe, NotIdempotent, "look up"),
            (Busy, Sent::Yes, Idempotent, "resend"),
            (Busy, Sent::Yes, NotIdempotent, "look up"),
            (Throttled, Sent::Yes, NotIdempotent, "resend"),
            (Concurrency, Sent::Yes, NotIdempotent, "resend"),
            (Never, Sent::Maybe, Idempotent, "stop"),
            (TokenRejected, Sent::Yes, Idempotent, "stop"),
        ] {
            assert_eq!(first(class, sent, idempotency), next, "{class:?} {sent:?} {idempotency:?}");
        }
    }

    #[test]
    fn busy_is_retried_three_times_however_many_attempts_are_allowed() {
        let mut retries = Retries::new(RetryPolicy::default().with_max_attempts(10));
        let busy = error(RetryClass::Busy, Sent::Yes);
        for _ in 0..3 {
            assert!(matches!(retries.after(&busy, Idempotency::Idempotent), Next::Resend(_)));
        }
        assert_eq!(retries.after(&busy, Idempotency::Idempotent), Next::Stop);
    }

    #[test]
    fn a_delay_is_never_shorter_than_retry_after_nor_longer_than_the_cap() {
        let wait = Duration::from_secs(9);
        let busy = error(RetryClass::Busy, Sent::Yes);
        let told = busy.clone().with_retry_after(wait);
        let mut retries = Retries::new(RetryPolicy::default());
        assert_eq!(retries.after(&told, Idempotency::Idempotent), Next::Resend(wait));
        let policy = RetryPolicy::default().with_max_attempts(9).with_max_delay(wait);
        for _ in 0..50 {
            let mut retries = Retries::new(policy);
            let Next::Resend(delay) = retries.after(&busy, Idempotency::Idempotent) else {
                panic!("not resent");
            };
            assert!(delay <= policy.base_delay);
        }
    }

    #[test]
    fn the_budget_runs_out_and_is_earned_back() {
        let budget = RetryBudget::new();
        assert_eq!((0..1000).filter(|_| budget.spend()).count(), 100);
        (0..RetryBudget::PRICE).for_each(|_| budget.earn());
        assert!(budget.spend());
        assert!(!budget.spend());
    }
}
