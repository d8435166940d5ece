//! How the leads of a provider are read, as its capabilities have it.

use std::fmt;

use leadtag_core::LeadCapabilities;

/// How a stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Strategy {
    /// By spans of time, of which each next one begins in the second of the last lead that the one
    /// before gave: for lists that go by the time they are filtered by, oldest first.
    Forward,
    /// By spans of time so short that each fits into a page: for lists in another order.
    Windows,
    /// As a whole each time; rows that did not change are told by their hash.
    Snapshot,
}

impl Strategy {
    /// The best one that the provider allows.
    #[must_use]
    pub fn of(can: &LeadCapabilities) -> Self {
        match (can.filter_by_time, can.oldest_first) {
            (true, true) => Self::Forward,
            (true, false) => Self::Windows,
            (false, _) => Self::Snapshot,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forward => "by time of creation, oldest first",
            Self::Windows => "by spans of time that fit into a page",
            Self::Snapshot => "as a whole, compared with the last time",
        })
    }
}
