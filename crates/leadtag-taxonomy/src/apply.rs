//! Carries a plan out: providers side by side, the steps of each one after the other.

mod check;
mod create;
mod finish;
mod left;
mod model;
mod recover;
mod report;
mod run;
mod settle;
mod step;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use leadtag_core::{Clock, SystemClock};

use crate::journal::{Outcome, RunStart};
use crate::store::Workspace;
use crate::{Error, Limits, Plan, Result, Step, Target};

pub use left::left;
pub use recover::{Recovered, recover};
pub use report::{Failed, ProviderReport, RefusedStep, Report};

/// How a plan is carried out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApplyOptions {
    /// What stops it before it begins.
    pub limits: Limits,
    /// How long a create may still be on its way after its outcome was lost. Default: 3 s.
    pub settle: Duration,
    /// How long one step waits at most when the platform throttles. Default: 5 min.
    pub max_wait: Duration,
    /// The clock. Default: that of this machine.
    pub clock: Arc<dyn Clock>,
    /// Set from outside to stop after the running steps.
    pub stop: Arc<AtomicBool>,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            settle: Duration::from_secs(3),
            max_wait: Duration::from_secs(300),
            clock: Arc::new(SystemClock::new()),
            stop: Arc::default(),
        }
    }
}

impl ApplyOptions {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Is told what happens while it happens.
pub trait Watch: Send + Sync {
    /// A step of `provider` ended.
    fn step(&self, provider: &str, step: &Step, outcome: Outcome) {
        let _ = (provider, step, outcome);
    }

    /// `provider` has to wait before it goes on.
    fn waiting(&self, provider: &str, span: Duration) {
        let _ = (provider, span);
    }
}

/// Watches nothing.
impl Watch for () {}

/// Carries `plan` out. Call [`recover`] before, and before making the plan.
///
/// A plan whose run was interrupted is resumed: what was done is not done again. Every provider on
/// which it was not begun must look as it did when the plan was made. What is left to do must be
/// within the limits.
///
/// The first step that fails stops its provider, the others go on. In the end each provider is
/// listed again, `tags.undo.json` is written (of an undo `tags.redo.json`), and the journal is removed if nothing is left to do.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused) if the plan does not fit what is live, and
/// [`Error::LimitsExceeded`](crate::Error::LimitsExceeded), both before anything is sent;
/// [`Error::File`](crate::Error::File) if lock or journal cannot be written. What the platforms
/// answer is in the report.
pub async fn apply(
    plan: &Plan,
    workspace: &Workspace,
    targets: &[Target<'_>],
    options: &ApplyOptions,
    watch: &dyn Watch,
) -> Result<Report> {
    let hash = plan.checksum();
    let checked = check::check(plan, &hash, workspace, targets).await?;
    let excesses = options.limits.excesses(&left::left_of(plan, &checked).await);
    if !excesses.is_empty() {
        return Err(Error::LimitsExceeded(excesses));
    }
    let mut reports = checked.reports;
    if !checked.runs.is_empty() {
        let platforms = plan.providers.iter().map(|one| (one.name.clone(), one.platform.clone()));
        let start = RunStart::new(options.clock.now(), hash, plan.kind, platforms.collect());
        let number = workspace.start(start)?;
        let runs = checked
            .runs
            .into_iter()
            .map(|ready| run::Run::new(ready, number, workspace, options, watch).finish());
        reports.extend(join_all(runs).await);
    }
    let place =
        |report: &ProviderReport| plan.providers.iter().position(|one| one.name == report.name);
    reports.sort_by_key(place);
    finish::finish(workspace, targets, options, reports).await
}
