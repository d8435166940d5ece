//! Keeps calls within their limits.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::gate::Gate;
use crate::limit::{LimitStatus, Limits};
use crate::time::within;
use crate::{Clock, Error, ErrorKind, Result, observe};

/// Keeps the calls of one tenant within its limits, and stops an API that was throttled.
///
/// Give the same limiter to every client of a tenant: platforms count per tenant, not per client.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    limits: Limits,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
    locks: Arc<Mutex<HashMap<String, Arc<AsyncMutex<()>>>>>,
}

impl Limiter {
    /// A limiter.
    #[must_use]
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits, gates: Mutex::default(), locks: Arc::default() }
    }

    /// How `api` stands.
    #[must_use]
    pub fn status(&self, api: &str) -> LimitStatus {
        self.gate(api).status(self.clock.monotonic())
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
        let (wait, cause) = gate.check_wait(self.clock.monotonic(), deadline)?;
        let _told = observe::waiting(&*self.clock, wait, cause);
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
        let until = self.clock.monotonic().saturating_add(wait);
        self.gate(api).pause(until);
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
        let entry = SerialEntry { locks: Arc::clone(&self.locks), key: key.to_owned() };
        SerialGuard { _held: lock.lock_owned().await, _entry: entry }
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("limits", &self.limits).finish_non_exhaustive()
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
        if locks.get(&self.key).is_some_and(|lock| Arc::strong_count(lock) == 1) {
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
        let epoch = gate.epoch();
        Self { gate, epoch, _serial: serial }
    }

    /// The platform took the call.
    pub(crate) fn succeeded(&self) {
        self.gate.succeeded(self.epoch);
    }

    /// The platform had too many calls in flight.
    pub(crate) fn too_many_in_flight(&self) {
        self.gate.too_many_in_flight(self.epoch);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.release();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::SystemClock;

    #[tokio::test]
    async fn nothing_is_kept_of_a_serial_key_that_nobody_uses() {
        let limiter = Limiter::new(Limits::none(), Arc::new(SystemClock::new()));
        let deadline = Duration::from_secs(3600);
        let keys = || limiter.locks.lock().unwrap().len();
        for number in 0..100 {
            let key = format!("contact {number}");
            let held = limiter.acquire("mark", Some(&key), deadline).await.unwrap();
            let mut waiting = Box::pin(limiter.acquire("mark", Some(&key), deadline));
            assert!(waiting.as_mut().now_or_never().is_none());
            drop(waiting);
            assert_eq!(keys(), 1, "the one who holds it still needs it");
            drop(held);
            assert_eq!(keys(), 0);
        }
    }
}
