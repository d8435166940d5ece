//! What every platform of one sandbox shares.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::counters::Counters;
use crate::fault::FaultPlan;
use crate::record::Recorder;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) faults: FaultPlan,
    pub(crate) counters: Arc<Counters>,
    pub(crate) recorder: Recorder,
    pub(crate) latency: Latency,
    pub(crate) limits_enforced: AtomicBool,
    slow_millis: AtomicU64,
}

impl Shared {
    pub(crate) fn new(record: bool, slow: Duration) -> Self {
        let shared = Self {
            clock: Clock::new(),
            faults: FaultPlan::default(),
            counters: Arc::default(),
            recorder: Recorder::new(record),
            latency: Latency::default(),
            limits_enforced: AtomicBool::new(false),
            slow_millis: AtomicU64::new(0),
        };
        shared.set_slow(slow);
        shared
    }

    pub(crate) fn slow(&self) -> Duration {
        Duration::from_millis(self.slow_millis.load(Ordering::Relaxed))
    }

    pub(crate) fn set_slow(&self, slow: Duration) {
        let millis = u64::try_from(slow.as_millis()).unwrap_or(u64::MAX);
        self.slow_millis.store(millis, Ordering::Relaxed);
    }
}

/// How long a call waits before it is processed: a value for all APIs, and exceptions.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    inner: Mutex<(Duration, HashMap<String, Duration>)>,
}

impl Latency {
    /// Sets one API's latency, or with `None` everybody's, which forgets the exceptions.
    pub(crate) fn set(&self, api: Option<&str>, latency: Duration) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match api {
            Some(api) => {
                inner.1.insert(api.to_owned(), latency);
            }
            None => *inner = (latency, HashMap::new()),
        }
    }

    pub(crate) fn of(&self, api: &str) -> Duration {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.1.get(api).copied().unwrap_or(inner.0)
    }
}
