//! What the user should know of what was written.

use std::collections::BTreeSet;

use super::Work;
use crate::StreamRecorder;
use crate::layout::own_name;

impl Work {
    /// Tells once that there are more attributes than columns.
    pub(super) fn tell_full(&mut self, stream: usize) {
        if self.tables.of(stream).leads.is_full() && !self.told_full {
            self.told_full = true;
            let text = format!(
                "there are more than {} attributes; the others are together in the column attributes",
                self.sink.most_columns()
            );
            self.notice(stream, text);
        }
    }

    /// Tells that ids are hashed without a key: there are few enough numbers that all can be tried.
    pub(super) fn tell_bare_ids(&mut self) {
        for stream in 0..self.streams.len() {
            if self.streams[stream].recorder.has_bare_ids {
                let text = "some ids are mobiles or e-mail addresses, and are stored as hashes without \
                            a key, from which they can be found by trial; give a key (hmac_key in \
                            [pull], or --hmac-key)";
                self.notice(stream, text.to_owned());
            }
        }
    }

    /// Tells which attributes are asked for that no lead has: their names may be misspelt, and which
    /// a platform has is known when it was read.
    pub(super) fn tell_never_met(&mut self) {
        let mut tables = self.tables.all().iter().map(|shapes| shapes.leads.never_met());
        let mut missing = tables.next().unwrap_or_default();
        for others in tables {
            missing.retain(|name| others.contains(name));
        }
        if self.is_new {
            // What is left out is nowhere to be found: of a pull before nothing is known.
            let recorders = || self.streams.iter().map(|stream| &stream.recorder);
            let lacks = |recorder: &StreamRecorder, name| recorder.has_met(name) == Some(false);
            let names = recorders().flat_map(|recorder| recorder.plan.dropped_attributes());
            let never = names.filter(|name| recorders().all(|recorder| lacks(recorder, *name)));
            missing.extend(never.map(own_name).collect::<BTreeSet<_>>());
        }
        if self.has_leads && !missing.is_empty() {
            let text = format!("no lead that was pulled so far has {}", missing.join(", "));
            self.notice(0, text + "; see how the platform writes it");
        }
    }

    pub(super) fn notice(&mut self, stream: usize, text: String) {
        self.streams[stream].notice(&self.setup.events, text);
    }
}
