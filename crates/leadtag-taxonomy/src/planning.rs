//! A plan for several providers at once.

use futures_util::future::join_all;

use crate::diff::{DiffOptions, diff};
use crate::plan::{Blocked, Plan, PlanKind, ProviderPlan, Reason, count};
use crate::{Desired, Live, Lock, ProviderLock, Target};

/// A plan, and who could not be asked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The plan for everybody else.
    pub plan: Plan,
    /// The providers that could not be listed, with what they answered.
    pub unreachable: Vec<(String, leadtag_core::Error)>,
}

/// Lists every target and compares it with what it should have. Providers are asked in parallel.
/// Nothing is changed.
pub(crate) async fn plan_desired(
    wishes: &[(Target<'_>, Desired)],
    lock: &Lock,
    options: DiffOptions,
) -> Planned {
    let all = wishes.iter().map(|(target, desired)| plan_one(*target, desired, lock, options));
    let mut planned =
        Planned { plan: Plan::new(PlanKind::Apply, Vec::new()), unreachable: Vec::new() };
    for ((target, _), result) in wishes.iter().zip(join_all(all).await) {
        match result {
            Ok(one) => planned.plan.providers.push(one),
            Err(error) => planned.unreachable.push((target.name.to_owned(), error)),
        }
    }
    planned
}

async fn plan_one(
    target: Target<'_>,
    desired: &Desired,
    lock: &Lock,
    options: DiffOptions,
) -> leadtag_core::Result<ProviderPlan> {
    let empty = ProviderLock::default();
    let lock = lock.providers.get(target.name).unwrap_or(&empty);
    let can = target.provider.tag_capabilities();
    let platform = target.provider.platform().as_str();
    let live = Live::fetch(target.provider).await?;
    let mut plan = if let Some(blocked) = other_platform(target, lock, platform) {
        ProviderPlan {
            name: target.name.to_owned(),
            fingerprint: live.fingerprint(),
            managed_tags: lock.tags.len(),
            blocked: vec![blocked],
            ..ProviderPlan::default()
        }
    } else {
        diff(desired, lock, &live, &can, options)
    };
    target.name.clone_into(&mut plan.name);
    platform.clone_into(&mut plan.platform);
    count::count(&mut plan, target.provider).await;
    Ok(plan)
}

/// The lock is of another platform: its ids mean nothing here.
fn other_platform(target: Target<'_>, lock: &ProviderLock, platform: &str) -> Option<Blocked> {
    let same = lock.platform.is_empty() || lock.platform == platform;
    (!same).then(|| Blocked {
        why: Reason::OtherAccount,
        item: None,
        key: None,
        id: None,
        name: target.name.to_owned(),
        message: format!(
            "tags.lock knows {} as a provider of {}, but now it is one of {platform}: give it \
             another name in leadtag.toml",
            target.name, lock.platform
        ),
    })
}
