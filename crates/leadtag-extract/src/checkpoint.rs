//! Where a stream stands.

use std::collections::BTreeSet;

use leadtag_core::{Cursor, Timestamp};
use serde::{Deserialize, Serialize};

use crate::tail::Tail;

/// The version of the form below.
pub(crate) const VERSION: u32 = 1;

/// Where the stream of one provider stands. A destination keeps it, and writes it in one step with
/// the rows that it covers or after them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    /// The version of this form: 1.
    pub version: u32,
    /// The provider's name in the configuration.
    pub provider: String,
    /// Its platform.
    pub platform: String,
    /// A fingerprint of the account, where it is known: another account is another stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// A fingerprint of the settings that decide what a row says: other settings need a full pull.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// A fingerprint of the key that personal data is hashed with, where there is one: a MAC of a
    /// fixed text, from which the key cannot be told. `None` too where it was not noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How far it is.
    pub place: Place,
    /// Hashes of ids that were read beyond the place, or just before it: where a pull with a limit
    /// goes on in the middle of a page, they do not count again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ahead: BTreeSet<u64>,
    /// Whether interactions of its leads were ever asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interactions: bool,
    /// Whether the interactions that are there were written with other settings, and are written
    /// again by the pass or snapshot that is being read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owes_interactions: bool,
    /// Whether the platform refused some of the interactions that are owed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lacks_interactions: bool,
    /// Whether rows may be there that were written with other settings, and are written again by the
    /// pass or snapshot that is being read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rewrites: bool,
    /// Whether rows were written with other settings before: a lead whose id is personal may be
    /// there under another one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renewed: bool,
    /// Why the last run ended before it was through, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// When this was written.
    pub at: Timestamp,
}

impl Checkpoint {
    /// One of this version, without a fingerprint of the account.
    pub fn new(
        provider: impl Into<String>,
        platform: impl Into<String>,
        place: Place,
        at: Timestamp,
    ) -> Self {
        let (provider, platform) = (provider.into(), platform.into());
        Self {
            version: VERSION,
            provider,
            platform,
            account: None,
            settings: None,
            key: None,
            place,
            ahead: BTreeSet::new(),
            interactions: false,
            owes_interactions: false,
            lacks_interactions: false,
            rewrites: false,
            renewed: false,
            failed: None,
            at,
        }
    }

    /// The one of a stream of which nothing was read: it says no more than that a run failed.
    pub(crate) fn blank(&self) -> Self {
        let place = match &self.place {
            Place::Windows(_) => Place::Windows(Progress::default()),
            Place::Snapshot(Snapshot { number, .. }) => {
                Place::Snapshot(Snapshot { number: *number, ..Snapshot::default() })
            }
        };
        Self::new(&*self.provider, &*self.platform, place, self.at)
    }

    /// What was read is written as the settings have it; where that is everything, the interactions that
    /// are still owed are those that the platform refused.
    pub(crate) fn rewritten(&mut self, is_everything: bool) {
        self.rewrites = false;
        if is_everything {
            self.owes_interactions &= std::mem::take(&mut self.lacks_interactions);
        }
    }

    /// Whether a stream that is read by spans of time was read to its end, this time or before.
    pub(crate) fn was_through(&self) -> bool {
        matches!(&self.place, Place::Windows(Progress { done: Some(_), .. }))
    }

    /// Whether nothing was read of the stream.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let untouched = match &self.place {
            Place::Windows(progress) => *progress == Progress::default(),
            Place::Snapshot(Snapshot { number, .. }) => {
                let untouched = Snapshot { number: *number, ..Snapshot::default() };
                self.place == Place::Snapshot(untouched)
            }
        };
        untouched && self.failed.is_some() && self.settings.is_none() && self.ahead.is_empty()
    }
}

/// How far a stream is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "strategy", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// Read by spans of time.
    Windows(Progress),
    /// Read as a whole, again and again.
    Snapshot(Snapshot),
}

/// How far a stream is that is read by spans of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Progress {
    /// What is read.
    pub done: Option<Span>,
    /// What is being read, again or for the first time.
    pub pass: Option<Pass>,
    /// What a pass had read before it was cut off, as far as edits are looked for in it: it is read
    /// again when that pass is through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) again: Option<Span>,
    /// The moment of the newest lead: edits are looked for from some time before it on.
    pub newest: Option<Timestamp>,
    /// The newest part of `done`, which is read again each time.
    #[serde(default)]
    pub(crate) tail: Tail,
    /// The length in seconds of the span that is asked for next: its leads should about fill a page.
    pub(crate) step: Option<u64>,
    /// Before this moment there were no leads when that was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) oldest: Option<Timestamp>,
}

/// How far a snapshot is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The one that is read, or was read last: when it began, in microseconds since 1970.
    pub number: u64,
    /// Where it goes on; `None` before its first page and after its last one.
    pub cursor: Option<Cursor>,
    /// Whether it was read to its end.
    pub complete: bool,
    /// Hashes of the ids on its first pages: by them newcomers are told at its end.
    #[serde(default)]
    pub head: Vec<u64>,
}

/// A span of time that is read: from a moment, which is included, to another one, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// Where it begins; `None`: with the first lead there is.
    pub from: Option<Timestamp>,
    /// Where it ends.
    pub to: Timestamp,
}

/// A span of time that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pass {
    /// Where it begins; `None`: with the first lead there is.
    pub from: Option<Timestamp>,
    /// Where it ends; `None`: with the last lead there is.
    pub until: Option<Timestamp>,
    /// Everything before this moment is read; `None`: nothing yet.
    pub at: Option<Timestamp>,
    /// Up to here everything is read when it ends: the moment when it began, or `until`.
    pub to: Timestamp,
    /// Whether everything was asked for again.
    #[serde(default)]
    pub full: bool,
}
