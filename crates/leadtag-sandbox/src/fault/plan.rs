//! The faults waiting to happen, and the closed windows they left behind.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Fault, FaultSpec, Times};

/// How long `rate-limited` keeps an API closed unless configured (WeCom docs, page 90454: the block lasts as long as
/// the window it guards).
const CLOSED_SECONDS: u64 = 60;

/// The call a fault may hit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) platform: &'static str,
    pub(crate) api: &'static str,
    /// Whether the API hands out tokens.
    pub(crate) token: bool,
}

#[derive(Debug)]
pub(crate) struct FaultPlan {
    inner: Mutex<Inner>,
    closed_seconds: AtomicU64,
}

impl Default for FaultPlan {
    fn default() -> Self {
        Self { inner: Mutex::default(), closed_seconds: AtomicU64::new(CLOSED_SECONDS) }
    }
}

#[derive(Debug, Default)]
struct Inner {
    waiting: Vec<FaultSpec>,
    closed_until: HashMap<String, u64>,
}

impl FaultPlan {
    pub(crate) fn add(&self, spec: FaultSpec) {
        self.lock().waiting.push(spec);
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// How long `rate-limited` keeps an API closed.
    pub(crate) fn closed_seconds(&self) -> u64 {
        self.closed_seconds.load(Ordering::Relaxed)
    }

    pub(crate) fn set_closed_seconds(&self, seconds: u64) {
        self.closed_seconds.store(seconds, Ordering::Relaxed);
    }

    /// The faults not used up yet.
    pub(crate) fn waiting(&self) -> Vec<FaultSpec> {
        self.lock().waiting.clone()
    }

    /// Takes the first fault that concerns this call. Faults are used in the order they were
    /// injected, one per call.
    pub(crate) fn take(
        &self,
        target: &Target,
        has_cursor: impl Fn() -> bool,
        now: u64,
    ) -> Option<Fault> {
        let mut inner = self.lock();
        if inner.waiting.is_empty() && inner.closed_until.is_empty() {
            return None;
        }
        if inner.closed_until.get(target.api).is_some_and(|until| now < *until) {
            return Some(Fault::RateLimited);
        }
        let hit = inner.waiting.iter_mut().position(|spec| {
            if !matches(spec, target, &has_cursor) {
                return false;
            }
            let pass = spec.skip > 0;
            spec.skip = spec.skip.saturating_sub(1);
            !pass
        })?;
        let fault = inner.waiting.get(hit)?.fault;
        inner.use_up(hit);
        if fault == Fault::RateLimited {
            inner.closed_until.insert(target.api.to_owned(), now + self.closed_seconds());
        }
        Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn use_up(&mut self, at: usize) {
        let Some(spec) = self.waiting.get_mut(at) else {
            return;
        };
        if let Times::N(left) = &mut spec.times {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.waiting.remove(at);
            }
        }
    }
}

fn matches(spec: &FaultSpec, target: &Target, has_cursor: impl Fn() -> bool) -> bool {
    let concerned = match &spec.api {
        Some(wanted) => wanted == target.api || wanted == target.platform,
        None => !target.token,
    };
    concerned && spec.times != Times::N(0) && (!spec.fault.needs_cursor() || has_cursor())
}
