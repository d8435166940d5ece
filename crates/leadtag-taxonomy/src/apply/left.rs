//! What is left of a plan that was saved some time ago.

use std::collections::HashSet;

use futures_util::future::join_all;

use super::check::{Checked, Ready, check};
use super::model::Model;
use crate::journal::Thing;
use crate::plan::count;
use crate::store::Workspace;
use crate::{Item, Plan, ProviderPlan, Result, StepKind, TagToMake, Target};

/// What applying `plan` would do now: without the steps that interrupted runs of it have settled,
/// and with the numbers of contacts of now. It is to be looked at; what is applied is the plan.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused) if the plan does not fit what is live.
pub async fn left(plan: &Plan, workspace: &Workspace, targets: &[Target<'_>]) -> Result<Plan> {
    let checked = check(plan, &plan.checksum(), workspace, targets).await?;
    Ok(left_of(plan, &checked).await)
}

/// Providers that cannot begin have all their steps left.
pub(super) async fn left_of(plan: &Plan, checked: &Checked<'_>) -> Plan {
    let providers = join_all(plan.providers.iter().map(|one| async {
        let mut left = one.clone();
        let ready = checked.runs.iter().find(|ready| ready.plan.name == one.name);
        if let Some(Ready { target, live, settled, .. }) = ready {
            let is_settled = |n: u32| settled.as_ref().is_some_and(|settled| settled.contains(&n));
            left.steps.retain(|step| !is_settled(step.n));
            count::recount(&mut left, target.provider, live).await;
        }
        left
    }));
    Plan { kind: plan.kind, file: plan.file.clone(), providers: providers.await }
}

/// Whether all that the plan does is there, so that it was applied before.
pub(super) fn is_there(plan: &ProviderPlan, now: &Model) -> bool {
    let things = now.things().map(|thing| (thing.item, thing.key.as_deref(), thing.name.as_str()));
    let things: HashSet<_> = things.collect();
    let made = |item: Item, key: &Option<String>, name: &str| {
        things.contains(&(item, key.as_deref(), name))
    };
    let tags_made =
        |tags: &[TagToMake]| tags.iter().all(|tag| made(Item::Tag, &tag.key, &tag.name));
    let is =
        |item: Item, id: &str, good: &dyn Fn(&Thing) -> bool| now.get(item, id).is_some_and(good);
    // The last name of each thing counts.
    let mut named = HashSet::new();
    plan.steps.iter().rev().all(|step| match &step.kind {
        StepKind::RenameGroup { id, to, .. } => {
            !named.insert(id) || is(Item::Group, id, &|group| group.name == *to)
        }
        StepKind::RenameTag { id, to, .. } => {
            !named.insert(id) || is(Item::Tag, id, &|tag| tag.name == *to)
        }
        StepKind::ReorderGroup { id, to, .. } => {
            is(Item::Group, id, &|group| group.order == Some(*to))
        }
        StepKind::ReorderTag { id, to, .. } => is(Item::Tag, id, &|tag| tag.order == Some(*to)),
        StepKind::DeleteTag { id, .. } => {
            named.insert(id);
            now.get(Item::Tag, id).is_none()
        }
        StepKind::DeleteGroup { id, .. } => now.get(Item::Group, id).is_none(),
        StepKind::CreateGroup { key, name, tags, .. } => {
            made(Item::Group, key, name) && tags_made(tags)
        }
        StepKind::CreateTags { tags, .. } => tags_made(tags),
        StepKind::Adopt { item, key, id, .. } => {
            is(*item, id, &|thing| thing.key.as_ref() == Some(key))
        }
        // Whether the lock has let go of it is not to be seen here.
        StepKind::Forget { .. } => false,
        StepKind::Retag { .. } => true,
    })
}
