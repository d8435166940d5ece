//! What an apply did.

use std::path::PathBuf;

use crate::{Blocked, Note, Step};

/// What an apply did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The providers of the plan, in its order.
    pub providers: Vec<ProviderReport>,
    /// The undo plan that was written.
    pub undo: Option<PathBuf>,
    /// Whether it was stopped from outside.
    pub stopped: bool,
    /// Why lock or journal cannot be written any more.
    pub disk: Option<String>,
}

/// What an apply did on one provider.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ProviderReport {
    /// The provider's name in the configuration.
    pub name: String,
    /// Steps that are done.
    pub done: usize,
    /// Steps that the platform refused because the thing belongs to another application, and those
    /// that depend on them.
    pub refused: Vec<RefusedStep>,
    /// What the plan said cannot be done.
    pub blocked: Vec<Blocked>,
    /// What stopped it.
    pub failed: Option<Failed>,
    /// Steps that were not made, or not completely.
    pub not_done: Vec<Step>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// A step that was refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedStep {
    /// The step.
    pub step: Step,
    /// Why.
    pub message: String,
}

/// What stopped a provider.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failed {
    /// The step that failed; `None`: it did not come to that.
    pub step: Option<Step>,
    /// What the platform answered, if it is that.
    pub error: Option<leadtag_core::Error>,
    /// What is wrong.
    pub message: String,
}

impl Failed {
    pub(super) fn answered(step: Option<&Step>, error: leadtag_core::Error) -> Self {
        Self { step: step.cloned(), message: error.to_string(), error: Some(error) }
    }

    pub(super) fn because(step: Option<&Step>, message: impl Into<String>) -> Self {
        Self { step: step.cloned(), error: None, message: message.into() }
    }
}

impl Report {
    /// Whether everything is done that the file asks for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let complete = self.providers.iter().all(ProviderReport::is_complete);
        complete && !self.stopped && self.disk.is_none()
    }
}

impl ProviderReport {
    /// Whether everything is done that the file asks for here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let all_done =
            self.refused.is_empty() && self.blocked.is_empty() && self.not_done.is_empty();
        all_done && self.failed.is_none()
    }

    /// Whether another apply of the same plan can do more.
    #[must_use]
    pub fn can_go_on(&self) -> bool {
        self.failed.is_some() || !self.not_done.is_empty()
    }
}
