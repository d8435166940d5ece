//! Whether a provider can be used at all: what `leadtag doctor` asks.

use async_trait::async_trait;
use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckStatus {
    /// All is well.
    Pass,
    /// It works, but something should be looked at.
    Warn,
    /// It does not work.
    Fail,
    /// It could not be checked, because something before it failed.
    Skipped,
}

/// One check and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked, such as `credentials`, `reachability`, `clock`, `limits`.
    pub name: &'static str,
    /// How it came out.
    pub status: CheckStatus,
    /// What was found, without secrets and personal data.
    pub detail: String,
    /// What to do about it, if there is something.
    pub remedy: Option<String>,
}

impl Check {
    /// A check and its outcome.
    pub fn new(name: &'static str, status: CheckStatus, detail: impl Into<String>) -> Self {
        Self { name, status, detail: detail.into(), remedy: None }
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

/// Checks credentials, reachability, clock and limits of one account.
#[async_trait]
pub trait Diagnose: Send + Sync {
    /// Runs the checks, in a fixed order. Changes nothing on the platform.
    async fn diagnose(&self) -> Vec<Check>;
}
