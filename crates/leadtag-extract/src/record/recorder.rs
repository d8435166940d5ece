//! Makes records as a layout and a policy have them.

use std::sync::Arc;

use twox_hash::XxHash3_64;

use super::StreamRecorder;
use crate::layout::Plan;
use crate::pii::Pseudonyms;
use crate::table::{INTERACTIONS, LEADS};
use crate::{Layout, PiiPolicy, Result, Shape, Table};

/// Makes records of leads, and tables for them, as a layout and a policy have them. Clones are the
/// same.
#[derive(Clone, Debug)]
pub struct Recorder {
    plan: Arc<Plan>,
    fingerprint: Arc<str>,
}

impl Recorder {
    /// Checks a layout and a policy.
    ///
    /// # Errors
    /// `Input`: for an unknown column, with the nearest known one; for a map that cannot be done;
    /// for a policy of a column without personal data, or that hashes without a key of 16 bytes; for
    /// a map and a policy that say two things of a column.
    pub fn new(layout: &Layout, pii: &PiiPolicy) -> Result<Self> {
        let plan = Plan::new(layout, pii)?;
        let fingerprint = plan.fingerprint().into();
        Ok(Self { plan: Arc::new(plan), fingerprint })
    }

    /// What tells this layout and policy from others. Rows that were made with another one say
    /// something else. It tells nothing of the key but which it is.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// A fingerprint of the key that is hashed with, if there is one.
    pub(crate) fn key(&self) -> Option<String> {
        self.plan.pseudonyms.as_ref().map(Pseudonyms::check_value)
    }

    /// The table of leads: as a destination has it, if it does, with what is missing.
    ///
    /// # Errors
    /// `Input`, if it has a column that holds something else.
    pub fn leads(&self, existing: Option<Table>) -> Result<Shape> {
        Shape::new(LEADS, &self.plan.leads, Arc::clone(&self.plan), existing)
    }

    /// The table of interactions: as a destination has it, if it does, with what is missing.
    ///
    /// # Errors
    /// `Input`, if it has a column that holds something else.
    pub fn interactions(&self, existing: Option<Table>) -> Result<Shape> {
        Shape::new(INTERACTIONS, &self.plan.interactions, Arc::clone(&self.plan), existing)
    }

    /// What makes the records of one provider, by its name in the configuration.
    pub fn stream(&self, provider: impl Into<Arc<str>>) -> StreamRecorder {
        // Rows of another layout differ, even if their values are the same.
        let seed = XxHash3_64::oneshot(self.fingerprint.as_bytes());
        StreamRecorder::new(Arc::clone(&self.plan), provider.into(), seed)
    }
}
