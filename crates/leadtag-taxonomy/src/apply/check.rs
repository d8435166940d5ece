//! May this plan be carried out?

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{ApplyOptions, Failed, ProviderReport};
use crate::plan::count;
use crate::store::Workspace;
use crate::{Error, Live, Plan, ProviderPlan, Result, Target};

/// A plan that may be carried out.
pub(super) struct Checked<'a> {
    /// What can begin.
    pub(super) runs: Vec<Ready<'a>>,
    /// What cannot, or need not.
    pub(super) reports: Vec<ProviderReport>,
}

/// A provider whose steps can begin.
pub(super) struct Ready<'a> {
    pub(super) plan: &'a ProviderPlan,
    pub(super) target: Target<'a>,
    /// What is there now.
    pub(super) live: Live,
    /// The steps that an earlier run of the same plan has settled; `None`: there was none.
    pub(super) settled: Option<BTreeSet<u32>>,
}

pub(super) async fn check<'a>(
    plan: &'a Plan,
    hash: &str,
    workspace: &Workspace,
    targets: &[Target<'a>],
    options: &ApplyOptions,
) -> Result<Checked<'a>> {
    let mut checked = Checked { runs: Vec::new(), reports: Vec::new() };
    let mut found = Vec::new();
    for one in &plan.providers {
        if one.steps.is_empty() {
            checked.reports.push(begun_report(one));
            continue;
        }
        found.push((one, *target_of(one, targets)?));
    }
    let resumes = workspace.history(|history| history.knows(hash));
    let open: BTreeSet<String> =
        workspace.history(|history| history.open().map(|begun| begun.provider.clone()).collect());
    let lists = join_all(found.iter().map(|(_, target)| Live::fetch(target.provider))).await;
    let mut changed = Vec::new();
    for ((one, target), live) in found.into_iter().zip(lists) {
        let failed = match live {
            Err(error) => Failed::answered(None, error),
            Ok(_) if open.contains(&one.name) => {
                Failed::because(None, "nobody knows yet what became of a step of an earlier apply")
            }
            Ok(live) => {
                if !resumes && live.fingerprint() != one.fingerprint {
                    changed.push(one.name.as_str());
                }
                let settled = resumes.then(|| workspace.history(|h| h.settled(hash, &one.name)));
                checked.runs.push(Ready { plan: one, target, live, settled });
                continue;
            }
        };
        let not_done = one.steps.len();
        let report = ProviderReport { failed: Some(failed), not_done, ..begun_report(one) };
        checked.reports.push(report);
    }
    if !changed.is_empty() {
        return Err(Error::Refused(format!(
            "the tags of {} changed since the plan was made; nothing was done; plan again",
            changed.join(", ")
        )));
    }
    check_limits(plan, resumes, &checked.runs, options).await?;
    Ok(checked)
}

/// How many contacts a deletion concerns may have changed since it was planned. What an earlier run
/// of the same plan has begun was within the limits.
async fn check_limits(
    plan: &Plan,
    resumes: bool,
    runs: &[Ready<'_>],
    options: &ApplyOptions,
) -> Result<()> {
    if resumes {
        return Ok(());
    }
    let counted = join_all(plan.providers.iter().map(|one| async move {
        let mut one = one.clone();
        if let Some(ready) = runs.iter().find(|ready| ready.plan.name == one.name) {
            count::recount(&mut one, ready.target.provider, &ready.live).await;
        }
        one
    }));
    let counted = Plan::new(plan.kind, counted.await);
    let excesses = options.limits.excesses(&counted);
    if excesses.is_empty() { Ok(()) } else { Err(Error::LimitsExceeded(excesses)) }
}

pub(super) fn begun_report(one: &ProviderPlan) -> ProviderReport {
    ProviderReport {
        name: one.name.clone(),
        blocked: one.blocked.clone(),
        ..ProviderReport::default()
    }
}

fn target_of<'t, 'a>(one: &ProviderPlan, targets: &'t [Target<'a>]) -> Result<&'t Target<'a>> {
    let target = targets.iter().find(|target| target.name == one.name);
    let target = target.ok_or_else(|| {
        Error::Refused(format!("the plan is for {}, which is not configured", one.name))
    })?;
    let platform = target.provider.platform();
    if platform.as_str() != one.platform {
        return Err(Error::Refused(format!(
            "the plan is for {} on {}, but it is on {platform} now",
            one.name, one.platform
        )));
    }
    Ok(target)
}
