//! The limits that stop an apply which does more than people usually mean.

use std::collections::HashSet;

use serde::Serialize;

use crate::plan::{ContactCount, Plan, ProviderPlan, StepKind};

/// From so many managed tags on, the share of those that change is limited.
const ENOUGH_TAGS: usize = 10;

/// How much a plan may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many percent of a provider's managed tags may be renamed, get another sort value, or
    /// be deleted, where it has 10 or more. Default: 30.
    pub max_changed_percent: u32,
    /// How many tags and groups may be deleted in all. Default: 10.
    pub max_deletions: u32,
    /// How many contacts may lose a tag because it is deleted, in all. Default: 1,000.
    pub max_contacts: u64,
    /// Whether a tag may be deleted of which nobody knows how many contacts carry it. Default:
    /// no.
    pub allow_unknown_contacts: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_changed_percent: 30,
            max_deletions: 10,
            max_contacts: 1_000,
            allow_unknown_contacts: false,
        }
    }
}

/// A limit that a plan is beyond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Excess {
    /// The limit, as it is named in leadtag.toml.
    pub limit: &'static str,
    /// The provider; `None`: the whole plan.
    pub provider: Option<String>,
    /// What the plan does, and the flag that allows it.
    pub message: String,
}

impl Limits {
    /// Sets [`max_changed_percent`](Self::max_changed_percent).
    #[must_use]
    pub fn with_max_changed_percent(mut self, percent: u32) -> Self {
        self.max_changed_percent = percent;
        self
    }

    /// Sets [`max_deletions`](Self::max_deletions).
    #[must_use]
    pub fn with_max_deletions(mut self, deletions: u32) -> Self {
        self.max_deletions = deletions;
        self
    }

    /// Sets [`max_contacts`](Self::max_contacts).
    #[must_use]
    pub fn with_max_contacts(mut self, contacts: u64) -> Self {
        self.max_contacts = contacts;
        self
    }

    /// Sets [`allow_unknown_contacts`](Self::allow_unknown_contacts).
    #[must_use]
    pub fn with_allow_unknown_contacts(mut self, allow: bool) -> Self {
        self.allow_unknown_contacts = allow;
        self
    }

    /// Every limit that `plan` is beyond.
    #[must_use]
    pub fn excesses(&self, plan: &Plan) -> Vec<Excess> {
        let changed = plan.providers.iter().filter_map(|one| self.changed(one));
        let whole = [self.deletions(plan), self.contacts(plan), self.unknown(plan)];
        changed.chain(whole.into_iter().flatten()).collect()
    }

    fn changed(&self, plan: &ProviderPlan) -> Option<Excess> {
        let managed = plan.managed_tags;
        let changed: HashSet<&str> = plan.steps.iter().filter_map(changed_tag).collect();
        let changed = changed.len();
        let allowed =
            changed as u128 * 100 <= managed as u128 * u128::from(self.max_changed_percent);
        if managed < ENOUGH_TAGS || allowed {
            return None;
        }
        // Rounded up: 30.1 % is more than 30 %.
        let percent = (changed * 100).div_ceil(managed);
        Some(Excess {
            limit: "max_changed_percent",
            provider: Some(plan.name.clone()),
            message: format!(
                "{changed} of the {managed} managed tags of {} would be changed or deleted, which \
                 is more than {} %: --max-changed-percent {percent} allows it",
                plan.name, self.max_changed_percent
            ),
        })
    }

    fn deletions(&self, plan: &Plan) -> Option<Excess> {
        let summary = plan.summary();
        let count = summary.delete_tags + summary.delete_groups;
        (count > self.max_deletions as usize).then(|| Excess {
            limit: "max_deletions",
            provider: None,
            message: format!(
                "{count} tags and groups would be deleted, which is more than {}: --max-deletions \
                 {count} allows it",
                self.max_deletions
            ),
        })
    }

    fn contacts(&self, plan: &Plan) -> Option<Excess> {
        let count = deletions(plan).fold(0_u64, |sum, contacts| match contacts {
            ContactCount::Known(n) | ContactCount::AtLeast(n) => sum.saturating_add(n),
            ContactCount::Unknown => sum,
        });
        (count > self.max_contacts).then(|| Excess {
            limit: "max_contacts",
            provider: None,
            message: format!(
                "{count} contacts would lose a tag, which is more than {}: --max-contacts {count} \
                 allows it",
                self.max_contacts
            ),
        })
    }

    fn unknown(&self, plan: &Plan) -> Option<Excess> {
        let count = deletions(plan).filter(|contacts| *contacts == ContactCount::Unknown).count();
        (count > 0 && !self.allow_unknown_contacts).then(|| Excess {
            limit: "allow_unknown_contacts",
            provider: None,
            message: format!(
                "of {} that would be deleted nobody can tell how many contacts carry {}: \
                 --allow-unknown-contacts allows it",
                if count == 1 { "1 tag".to_owned() } else { format!("{count} tags") },
                if count == 1 { "it" } else { "them" },
            ),
        })
    }
}

/// The contacts of every deletion.
fn deletions(plan: &Plan) -> impl Iterator<Item = ContactCount> {
    let steps = plan.providers.iter().flat_map(|one| &one.steps);
    steps.filter_map(|step| match step.kind {
        StepKind::DeleteTag { contacts, .. } => Some(contacts),
        _ => None,
    })
}

/// The managed tag that a step changes or deletes.
fn changed_tag(step: &crate::Step) -> Option<&str> {
    match &step.kind {
        StepKind::RenameTag { key: Some(_), id, .. }
        | StepKind::ReorderTag { key: Some(_), id, .. }
        | StepKind::DeleteTag { key: Some(_), id, .. } => Some(id),
        _ => None,
    }
}
