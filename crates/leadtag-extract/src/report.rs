//! What a pull came to.

use std::time::Duration;

use serde::Serialize;

use crate::{Source, Strategy};

/// What became of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Rows that were not there before.
    pub new: u64,
    /// Rows that said something else before, or had been taken for deleted.
    pub changed: u64,
    /// Rows that said the same before.
    pub unchanged: u64,
    /// Rows that were there before and are gone from a complete snapshot.
    pub deleted: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
    }
}

/// What one stream came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct StreamReport {
    /// The provider's name.
    pub provider: String,
    /// The platform's name.
    pub platform: String,
    /// How it was read.
    pub strategy: Option<Strategy>,
    /// Leads that were read, those that were read again included.
    pub read: u64,
    /// What became of its leads.
    pub leads: Counts,
    /// What became of its interactions.
    pub interactions: Counts,
    /// Leads that were left out because they were forgotten; one that is read twice counts twice.
    pub skipped: u64,
    /// Requests that went out for leads and interactions, each time they did. Of a provider that does not
    /// tell its requests, what it was asked for.
    pub calls: u64,
    /// Requests that went out again: after a failure, a wait, or with a new token. Those for tokens
    /// are among them.
    pub retries: u64,
    /// Requests that went out for a token.
    pub token_calls: u64,
    /// How often nothing was asked for a while: because the platform asked to wait, or, from a second
    /// on, because of the limits that this program keeps.
    pub waits: u64,
    /// How long that was altogether, in seconds.
    #[serde(serialize_with = "seconds")]
    pub waited: Duration,
    /// How long its reading took, in seconds (in JSON `seconds`).
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    /// Whether where it stands was handed on to the destination: the next pull goes on there.
    #[serde(skip)]
    pub is_begun: bool,
    /// Whether everything that was asked for was read.
    pub complete: bool,
    /// Why it failed; `None` if it did not. One that was cut off by a limit, or stopped, is neither
    /// complete nor failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same as an error, for programs.
    #[serde(skip)]
    pub cause: Option<leadtag_core::Error>,
    /// What the user should know besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
}

impl StreamReport {
    /// One of a stream that has read nothing yet.
    pub(crate) fn new(source: &Source, strategy: Strategy) -> Self {
        Self {
            provider: source.name.to_string(),
            platform: source.provider.platform().as_str().to_owned(),
            strategy: Some(strategy),
            ..Self::default()
        }
    }
}

/// What a pull came to.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Each stream, in the order asked for.
    pub streams: Vec<StreamReport>,
    /// How long it took, in seconds (in JSON `seconds`).
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub took: Duration,
    /// Whether it was asked to stop before the end.
    pub stopped: bool,
}

fn seconds<S: serde::Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((span.as_secs_f64() * 1e3).round() / 1e3)
}

impl Report {
    /// Adds what another pull came to, after this one.
    pub fn add(&mut self, next: Self) {
        self.streams.extend(next.streams);
        self.took += next.took;
        self.stopped |= next.stopped;
    }

    /// Whether a stream failed: then not everything was read. What was, is stored.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.streams.iter().any(|stream| stream.error.is_some())
    }
}
