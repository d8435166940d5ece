//! A plan for several providers at once.

use futures_util::future::join_all;

use crate::diff::{DiffOptions, diff};
use crate::plan::{Blocked, Plan, PlanKind, ProviderPlan, Reason, count};
use crate::{Desired, File, Live, Lock, ProviderFacts, ProviderLock, Target};

/// A plan, and who could not be asked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planned {
    /// The plan for everybody else.
    pub plan: Plan,
    /// The providers that could not be listed, with what they answered.
    pub unreachable: Vec<(String, leadtag_core::Error)>,
}

/// Whether the file wants anything of a provider, or the lock owns anything there.
#[must_use]
pub fn concerns(file: &File, lock: &Lock, facts: &ProviderFacts) -> bool {
    let owned = lock.providers.get(&facts.name);
    let desired = Desired::of(file, facts);
    owned.is_some_and(|lock| !(lock.groups.is_empty() && lock.tags.is_empty()))
        || !(desired.groups.is_empty() && desired.tags.is_empty() && desired.absent.is_empty())
}

/// Lists every target and compares it with what `file` wants there. Providers are asked in
/// parallel; those that cannot be asked do not keep the others from being planned. Nothing is
/// changed.
pub async fn plan(
    file: &File,
    lock: &Lock,
    targets: &[Target<'_>],
    options: DiffOptions,
) -> Planned {
    let all = targets.iter().map(|target| plan_one(*target, file, lock, options));
    let mut planned =
        Planned { plan: Plan::new(PlanKind::Apply, Vec::new()), unreachable: Vec::new() };
    for (target, result) in targets.iter().zip(join_all(all).await) {
        match result {
            Ok(one) => planned.plan.providers.push(one),
            Err(error) => planned.unreachable.push((target.name.to_owned(), error)),
        }
    }
    planned
}

async fn plan_one(
    target: Target<'_>,
    file: &File,
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
        diff(&Desired::of(file, &target.facts()), lock, &live, &can, options)
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
