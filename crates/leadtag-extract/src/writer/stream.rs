//! What is known of a stream whose rows are written.

use std::collections::{BTreeMap, HashSet};

use super::Written;
use crate::event::Events;
use crate::{Checkpoint, Event, Record, StreamRecorder};

/// What is known of a stream whose rows are written.
pub(super) struct Stream {
    /// Its provider.
    pub(super) name: String,
    /// What makes the records of its leads.
    pub(super) recorder: StreamRecorder,
    /// Leads of its snapshot that were left out.
    pub(super) skipped: Skipped,
    pub(super) written: Written,
    /// A checkpoint that is not committed yet.
    pub(super) pending: Option<Checkpoint>,
    /// What rows that are not committed yet were called with other settings, by table.
    pub(super) former: BTreeMap<&'static str, Vec<String>>,
}

impl Stream {
    pub(super) fn new(name: &str, recorder: StreamRecorder) -> Self {
        Self {
            name: name.to_owned(),
            recorder,
            skipped: Skipped::default(),
            written: Written::default(),
            pending: None,
            former: BTreeMap::new(),
        }
    }

    /// Tells something that the user should know.
    pub(super) fn notice(&mut self, events: &Events, text: String) {
        events(Event::Notice { provider: self.name.clone(), text: text.clone() });
        self.written.notices.push(text);
    }

    /// Notes what rows were called with other settings.
    pub(super) fn note_former(&mut self, table: &'static str, records: &[Record]) {
        let former = records.iter().filter_map(|record| record.former_ids.as_ref());
        let mut former = former.flat_map(|ids| ids.iter().cloned()).peekable();
        if former.peek().is_some() {
            self.former.entry(table).or_default().extend(former);
        }
    }
}

/// Leads of a snapshot that were left out, as they were forgotten. The platform counts them.
#[derive(Clone, Debug, Default)]
pub(super) struct Skipped {
    snapshot: Option<u64>,
    /// Each once, however often it was read.
    ids: HashSet<String>,
}

impl Skipped {
    pub(super) fn add(&mut self, record: &Record) {
        if record.snapshot.is_none() {
            return;
        }
        if self.snapshot != record.snapshot {
            (self.snapshot, self.ids) = (record.snapshot, HashSet::new());
        }
        self.ids.insert(record.lead_id().to_owned());
    }

    /// How many leads of this snapshot there were.
    pub(super) fn of(&self, snapshot: u64) -> u64 {
        if self.snapshot == Some(snapshot) { self.ids.len() as u64 } else { 0 }
    }
}
