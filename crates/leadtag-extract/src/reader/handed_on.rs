//! Leads that were handed on, by their ids and what they said.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use leadtag_core::{Lead, LeadId};
use twox_hash::XxHash3_64;

/// A number that stands for what a lead says.
fn said(lead: &Lead) -> u64 {
    XxHash3_64::oneshot(lead.raw.as_str().as_bytes())
}

/// A number that stands for the rows of a page, if there are any.
pub(crate) fn page_hash(leads: &[Lead]) -> Option<u64> {
    let hash = |sum: u64, lead: &Lead| sum.wrapping_mul(31).wrapping_add(id_hash(&lead.id));
    (!leads.is_empty()).then(|| leads.iter().fold(1, hash))
}

/// A number that stands for an id.
pub(crate) fn id_hash(id: &LeadId) -> u64 {
    XxHash3_64::oneshot(id.as_str().as_bytes())
}

/// What leads say, by hashes of their ids.
type Sayings = HashMap<u64, u64, BuildHasherDefault<AsItIs>>;

/// Leads that were handed on a moment ago, and may come again.
#[derive(Debug, Default)]
pub(crate) struct HandedOn(Sayings);

/// Takes a hash for what it is.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl HandedOn {
    pub(crate) fn of<'a>(leads: impl IntoIterator<Item = &'a Lead>) -> Self {
        let mut known = Self::default();
        known.add(leads);
        known
    }

    pub(crate) fn add<'a>(&mut self, leads: impl IntoIterator<Item = &'a Lead>) {
        self.0.extend(leads.into_iter().map(|lead| (id_hash(&lead.id), said(lead))));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether this lead was not there.
    pub(crate) fn lacks(&self, lead: &Lead) -> bool {
        !self.0.contains_key(&id_hash(&lead.id))
    }

    /// Takes out the leads that say what they said. Of several rows of a lead the last one counts.
    pub(crate) fn drop_same(&self, leads: &mut Vec<Lead>) {
        let known = leads.iter().filter(|lead| !self.lacks(lead));
        let now: Sayings = known.map(|lead| (id_hash(&lead.id), said(lead))).collect();
        if now.is_empty() {
            return;
        }
        leads.retain(|lead| {
            let id = id_hash(&lead.id);
            self.0.get(&id).is_none_or(|before| now.get(&id) != Some(before))
        });
    }
}
