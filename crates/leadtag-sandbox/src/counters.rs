//! What has been asked of each API, and how much of it at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    calls: u64,
    commits: u64,
    in_flight: usize,
    max_in_flight: usize,
}

#[derive(Debug, Default)]
struct Inner {
    apis: BTreeMap<&'static str, Counts>,
    contacts: HashMap<String, usize>,
    max_per_contact: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    inner: Mutex<Inner>,
}

/// Requests in flight when this one arrived, itself included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) api: usize,
    pub(crate) contact: usize,
}

/// Holds a request's place among those in flight until dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    counters: Arc<Counters>,
    api: &'static str,
    contact: Option<String>,
    pub(crate) load: Load,
}

impl Counters {
    pub(crate) fn enter(self: &Arc<Self>, api: &'static str, contact: Option<String>) -> InFlight {
        let mut inner = self.lock();
        let counts = inner.apis.entry(api).or_default();
        counts.calls += 1;
        counts.in_flight += 1;
        counts.max_in_flight = counts.max_in_flight.max(counts.in_flight);
        let in_api = counts.in_flight;
        let mut on_contact = 0;
        if let Some(contact) = &contact {
            let writers = inner.contacts.entry(contact.clone()).or_default();
            *writers += 1;
            on_contact = *writers;
            inner.max_per_contact = inner.max_per_contact.max(on_contact);
        }
        drop(inner);
        let load = Load { api: in_api, contact: on_contact };
        InFlight { counters: Arc::clone(self), api, contact, load }
    }

    pub(crate) fn commit(&self, api: &'static str) {
        self.lock().apis.entry(api).or_default().commits += 1;
    }

    pub(crate) fn calls(&self, api: &str) -> u64 {
        self.of(api).calls
    }

    pub(crate) fn commits(&self, api: &str) -> u64 {
        self.of(api).commits
    }

    pub(crate) fn max_in_flight(&self, api: &str) -> usize {
        self.of(api).max_in_flight
    }

    pub(crate) fn max_per_contact(&self) -> usize {
        self.lock().max_per_contact
    }

    /// Every API that was called, with calls, commits and the most in flight.
    pub(crate) fn all(&self) -> Vec<(&'static str, u64, u64, usize)> {
        let inner = self.lock();
        inner.apis.iter().map(|(api, c)| (*api, c.calls, c.commits, c.max_in_flight)).collect()
    }

    /// Forgets totals and maxima; what is in flight stays counted.
    pub(crate) fn reset(&self) {
        let mut inner = self.lock();
        for counts in inner.apis.values_mut() {
            *counts = Counts {
                in_flight: counts.in_flight,
                max_in_flight: counts.in_flight,
                ..Counts::default()
            };
        }
        inner.max_per_contact = inner.contacts.values().copied().max().unwrap_or(0);
    }

    fn of(&self, api: &str) -> Counts {
        self.lock().apis.get(api).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut inner = self.counters.lock();
        if let Some(counts) = inner.apis.get_mut(self.api) {
            counts.in_flight = counts.in_flight.saturating_sub(1);
        }
        let Some(contact) = &self.contact else { return };
        if let Some(writers) = inner.contacts.get_mut(contact) {
            *writers = writers.saturating_sub(1);
            if *writers == 0 {
                inner.contacts.remove(contact);
            }
        }
    }
}
