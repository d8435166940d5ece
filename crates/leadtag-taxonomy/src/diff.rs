//! What has to be done on one provider: what should be there, compared with what is ours and what
//! is there. Pure: no clock, no network. Each part takes O(n log n).

mod absent;
mod changes;
mod context;
mod groups;
mod matching;
mod names;
mod notes;
mod order;
mod ours;
mod renames;
mod table;
mod tags;

use leadtag_core::TagCapabilities;

use crate::plan::{Blocked, Note, ProviderPlan, Reason};
use crate::{Desired, Live, ProviderLock};

pub(crate) use changes::{Changes, Create, Deletion, Home, Rename, Reorder};
use context::Context;
pub(crate) use context::Holders;
pub(crate) use order::order;

/// From so many ids on, none of them being there means another account.
const ENOUGH_IDS: usize = 5;

/// What the diff may do beyond the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiffOptions {
    /// Try again what the platform refused because it belongs to another application. Default:
    /// no.
    pub retry_refused: bool,
    /// Go on although none of what is ours is there. Default: no.
    pub accept_missing: bool,
}

impl DiffOptions {
    /// Tries again what the platform refused because it belongs to another application.
    #[must_use]
    pub fn with_retry_refused(mut self, retry: bool) -> Self {
        self.retry_refused = retry;
        self
    }

    /// Goes on although none of what is ours is there.
    #[must_use]
    pub fn with_accept_missing(mut self, accept: bool) -> Self {
        self.accept_missing = accept;
        self
    }
}

/// What cannot be done and what is worth knowing, as it is found.
#[derive(Default)]
struct Findings {
    blocked: Vec<Blocked>,
    notes: Vec<Note>,
}

/// What has to be done so that `live` becomes `desired`, where `lock` says what of it is ours.
///
/// What is neither desired nor in the lock is kept. The platform's name is left to the caller.
/// Contacts of deletions are known only as far as the list tells.
#[must_use]
pub fn diff(
    desired: &Desired<'_>,
    lock: &ProviderLock,
    live: &Live,
    can: &TagCapabilities,
    options: DiffOptions,
) -> ProviderPlan {
    let mut plan = ProviderPlan {
        name: desired.provider.to_owned(),
        fingerprint: live.fingerprint(),
        ..ProviderPlan::default()
    };
    let cx = Context::new(desired, lock, live, *can, options);
    if let Some(blocked) = other_account(&cx) {
        plan.managed_tags = lock.tags.len();
        plan.blocked.push(blocked);
        return plan;
    }
    let mut found = Findings::default();
    let mut groups = groups::find(&cx, &mut found);
    let tags = tags::find(&cx, &groups, &mut found);
    let mut gone = absent::find(&cx, &groups, &tags, &mut found);
    let mut changes = Changes::default();
    let new_groups = groups::change(&cx, &mut groups, &gone, &mut changes, &mut found);
    tags::change(&cx, &groups, &tags, &mut gone, new_groups, &mut changes, &mut found);
    notes::tell(&cx, &groups, &tags, &gone, &mut found);
    plan.managed_tags =
        (0..live.tags.len()).filter(|at| tags.of[*at].is_some() || cx.our_tags.locked[*at]).count();
    changes.lock_only.extend(gone.forget);
    changes.deletions = gone.deletions;
    changes.group_deletions = gone.group_deletions;
    plan.steps = order(changes, live, &cx.tag_names, can);
    plan.blocked = found.blocked;
    plan.notes = found.notes;
    plan
}

/// None of many ids is there: hardly did somebody delete them all.
fn other_account(cx: &Context<'_>) -> Option<Blocked> {
    let ids = cx.lock.groups.len() + cx.lock.tags.len();
    let any = cx.our_groups.locked.contains(&true) || cx.our_tags.locked.contains(&true);
    if ids < ENOUGH_IDS || any || cx.options.accept_missing {
        return None;
    }
    Some(Blocked {
        why: Reason::OtherAccount,
        item: None,
        key: None,
        id: None,
        name: cx.desired.provider.to_owned(),
        message: format!(
            "none of the {ids} groups and tags that leadtag owns there can be found: do the \
             credentials belong to another account? --accept-missing goes on"
        ),
    })
}
