//! May this plan be carried out?

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::left::is_there;
use super::model::Model;
use super::{Failed, ProviderReport};
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
    /// The steps that earlier runs of the same plan have settled; `None`: they did not begin.
    pub(super) settled: Option<BTreeSet<u32>>,
}

pub(super) async fn check<'a>(
    plan: &'a Plan,
    hash: &str,
    workspace: &Workspace,
    targets: &[Target<'a>],
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
    let open: BTreeSet<String> =
        workspace.history(|history| history.open().map(|begun| begun.provider.clone()).collect());
    let lists = join_all(found.iter().map(|(_, target)| Live::fetch(target.provider))).await;
    let (mut changed, mut other_lock, mut all_there) = (Vec::new(), Vec::new(), true);
    for ((one, target), live) in found.into_iter().zip(lists) {
        let failed = match live {
            Err(error) => Failed::answered(None, error),
            Ok(_) if open.contains(&one.name) => {
                Failed::because(None, "nobody knows yet what became of a step of an earlier apply")
            }
            Ok(live) => {
                let settled = workspace.history(|history| history.settled(hash, &one.name));
                let lock = workspace.provider_lock(&one.name);
                let is_other = one.lock.as_ref().is_some_and(|made| *made != lock.fingerprint());
                let is_changed = live.fingerprint() != one.fingerprint;
                if settled.is_none() && (is_changed || is_other) {
                    all_there &= is_there(one, &Model::new(&live, &lock));
                    let to = if is_changed { &mut changed } else { &mut other_lock };
                    to.push(one.name.as_str());
                }
                checked.runs.push(Ready { plan: one, target, live, settled });
                continue;
            }
        };
        let not_done = one.steps.clone();
        let report = ProviderReport { failed: Some(failed), not_done, ..begun_report(one) };
        checked.reports.push(report);
    }
    if !other_lock.is_empty() && !all_there {
        return Err(Error::Refused(format!(
            "{} does not own what was owned on {} when the plan was made; nothing was done; give the \
             same --lock as to leadtag tags plan, or plan again",
            workspace.lock_path().display(),
            other_lock.join(", ")
        )));
    }
    changed.append(&mut other_lock);
    if !changed.is_empty() {
        let why = if all_there {
            "all that the plan does there is done already; nothing is left to do"
        } else {
            "nothing was done; plan again"
        };
        return Err(Error::Refused(format!(
            "the tags of {} changed since the plan was made; {why}",
            changed.join(", ")
        )));
    }
    Ok(checked)
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
