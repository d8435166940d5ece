//! Pulls from providers in memory into a destination in memory, by a clock that is turned by hand.

use std::sync::{Arc, Mutex};

use leadtag_core::{
    Lead, LeadCapabilities, LeadsProvider, Platform, PlatformTime, Timestamp, UtcOffset,
};
use leadtag_extract::{Error, Event, PullOptions, Report, Sink, Source, Stop, StreamReport, pull};
use leadtag_testkit::{ManualClock, MemoryLeadsProvider, raw_json};
use serde_json::json;

use super::memory_sink::MemoryStore;

pub const PLATFORM: Platform = Platform::new("memory");

/// What the clock of a [`Rig`] shows at first, in Unix seconds: 2026-01-05T04:00:00Z.
pub const NOW: i64 = 1_767_585_600;

pub struct Rig {
    pub store: MemoryStore,
    pub clock: ManualClock,
    pub events: Arc<Mutex<Vec<Event>>>,
    pub stop: Stop,
}

impl Rig {
    pub fn new() -> Self {
        let (store, clock) = (MemoryStore::new(), ManualClock::new());
        Self { store, clock, events: Arc::default(), stop: Stop::new() }
    }

    /// Pulls, and turns the clock where everything waits.
    pub async fn pull(
        &self,
        provider: &MemoryLeadsProvider,
        change: impl FnOnce(&mut PullOptions),
    ) -> Result<StreamReport, Error> {
        let source = Source::new("crm", Arc::new(provider.clone()) as Arc<dyn LeadsProvider>);
        Ok(self.pull_all(vec![source], change).await?.streams.remove(0))
    }

    pub async fn pull_all(
        &self,
        sources: Vec<Source>,
        change: impl FnOnce(&mut PullOptions),
    ) -> Result<Report, Error> {
        self.pull_into(self.store.sink(), sources, change).await
    }

    pub async fn pull_into(
        &self,
        sink: Box<dyn Sink>,
        sources: Vec<Source>,
        change: impl FnOnce(&mut PullOptions),
    ) -> Result<Report, Error> {
        let mut options = PullOptions::default();
        options.clock = Arc::new(self.clock.clone());
        change(&mut options);
        let events = self.events.clone();
        let tell = move |event| events.lock().unwrap().push(event);
        let work = pull(sources, sink, options, self.stop.clone(), tell);
        self.clock.run(work).await
    }

    /// How many seconds each wait that the platform asked for was.
    pub fn waits(&self) -> Vec<u64> {
        let events = self.events.lock().unwrap();
        let waits = events.iter().filter_map(|event| match event {
            Event::Waiting { span, .. } => Some(span.as_secs()),
            _ => None,
        });
        waits.collect()
    }
}

/// Options as they are.
pub fn plain(_: &mut PullOptions) {}

/// Several pages, each of them committed.
pub fn small_pages(options: &mut PullOptions) {
    options.page_size = Some(4);
    options.commit_rows = 1;
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second).unwrap()
}

pub fn lead(id: impl ToString, second: i64) -> Lead {
    let id = id.to_string();
    let mut lead = Lead::new(PLATFORM, id.clone(), raw_json(&json!({ "id": id })));
    lead.name = Some("甲方".into());
    lead.created_at = Some(PlatformTime::parse(&at(second).to_string(), UtcOffset::CHINA));
    lead
}

pub fn named(id: impl ToString, second: i64, name: &str) -> Lead {
    let mut lead = lead(id, second);
    lead.name = Some(name.into());
    lead.raw = raw_json(&json!({ "id": lead.id.as_str(), "name": name }));
    lead
}

/// `count` leads, `gap` seconds apart, the last one an hour before now.
pub fn leads(count: i64, gap: i64) -> Vec<Lead> {
    (0..count).map(|number| lead(number, NOW - 3600 - (count - 1 - number) * gap)).collect()
}

/// Filters by time, oldest first.
pub fn forward(leads: Vec<Lead>) -> MemoryLeadsProvider {
    let mut can = by_time();
    can.oldest_first = true;
    MemoryLeadsProvider::new(PLATFORM, can, leads)
}

/// Filters by time, newest first, and tells no times.
pub fn windows(leads: Vec<Lead>) -> MemoryLeadsProvider {
    MemoryLeadsProvider::new(PLATFORM, by_time(), leads).newest_first().hiding_times()
}

/// No filter, newest first.
pub fn snapshots(leads: Vec<Lead>) -> MemoryLeadsProvider {
    let mut can = LeadCapabilities::none();
    can.list = true;
    can.total = true;
    MemoryLeadsProvider::new(PLATFORM, can, leads).newest_first()
}

/// One of each kind, with the same leads.
pub fn all_kinds(leads: impl Fn() -> Vec<Lead>) -> [MemoryLeadsProvider; 3] {
    [forward(leads()), windows(leads()), snapshots(leads())]
}

fn by_time() -> LeadCapabilities {
    let mut can = LeadCapabilities::none();
    can.list = true;
    can.get = true;
    can.filter_by_time = true;
    can.interactions = true;
    can
}

/// The ids of leads, as a [`MemoryStore`] lists them.
pub fn ids_of(provider: &MemoryLeadsProvider) -> Vec<String> {
    let mut ids: Vec<String> = provider.leads().iter().map(|lead| lead.id.to_string()).collect();
    ids.sort();
    ids
}
