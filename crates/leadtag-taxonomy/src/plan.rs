//! What has to be done, step by step. Plain data: made by the diff, shown, saved, applied.

pub(crate) mod count;
mod saved;

use std::path::Path;

use leadtag_core::ContactRef;
use serde::{Deserialize, Serialize};

use crate::{Lock, ProviderLock, hash};
pub use saved::PLAN_SCHEMA;

/// What has to be done on every provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Where it comes from.
    pub kind: PlanKind,
    /// The file that it was made from, if it was one.
    pub file: Option<PlanFile>,
    /// The providers, in the order of the configuration. Those without anything to do are there
    /// too.
    pub providers: Vec<ProviderPlan>,
}

/// The file a plan was made from, so that a later change of it is noticed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlanFile {
    /// Its name, without the directories above it.
    pub name: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

impl PlanFile {
    /// The file at `path` with this text.
    #[must_use]
    pub fn of(path: &Path, text: &str) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Self { name, sha256: hash::of_bytes(text.as_bytes()) }
    }
}

/// Where a plan comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PlanKind {
    /// From `tags.toml`.
    #[default]
    Apply,
    /// From what an apply did.
    Undo,
    /// From what an undo did.
    Redo,
}

/// What has to be done on one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProviderPlan {
    /// The provider's name in the configuration.
    pub name: String,
    /// Its platform.
    pub platform: String,
    /// What its live state looked like; see [`Live::fingerprint`](crate::Live::fingerprint).
    pub fingerprint: String,
    /// What was owned there when it was planned; see [`ProviderLock::fingerprint`]. `None` if that does
    /// not matter, as in a plan that takes something back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<String>,
    /// How many tags of it are ours.
    pub managed_tags: usize,
    /// The steps, in the order they are made.
    pub steps: Vec<Step>,
    /// What the file asks for and cannot be done.
    pub blocked: Vec<Blocked>,
    /// What is worth knowing.
    pub notes: Vec<Note>,
}

/// One write, or one change of the lock alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Step {
    /// Its number within the provider, from 1.
    pub n: u32,
    /// What is done.
    #[serde(flatten)]
    pub kind: StepKind,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum StepKind {
    /// Takes over what is there already. Changes the lock only.
    Adopt {
        /// A group or a tag.
        item: Item,
        /// Its logical key.
        key: String,
        /// Its id.
        id: String,
        /// The id of its group, for a tag where there are groups.
        group: Option<String>,
        /// Its name.
        name: String,
        /// Its sort value.
        order: Option<i64>,
    },
    /// Lets go of what is not there any more, or is no longer wanted. Changes the lock only.
    Forget {
        /// A group or a tag.
        item: Item,
        /// Its logical key.
        key: String,
        /// Its id.
        id: String,
        /// The name that was last applied.
        name: String,
    },
    /// Renames a group.
    RenameGroup {
        /// Its logical key; `None` if it is not ours.
        key: Option<String>,
        /// Its id.
        id: String,
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
        /// Whether it gets this name only for a while, so that another one can have its own.
        temporary: bool,
    },
    /// Renames a tag.
    RenameTag {
        /// Its logical key; `None` if it is not ours.
        key: Option<String>,
        /// Its id.
        id: String,
        /// The name of its group, where there are groups.
        group: Option<String>,
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
        /// Whether it gets this name only for a while, so that another one can have its own.
        temporary: bool,
    },
    /// Sets the sort value of a group.
    ReorderGroup {
        /// Its logical key.
        key: Option<String>,
        /// Its id.
        id: String,
        /// Its name by then.
        name: String,
        /// The sort value it has.
        from: Option<i64>,
        /// The sort value it gets.
        to: i64,
    },
    /// Sets the sort value of a tag.
    ReorderTag {
        /// Its logical key.
        key: Option<String>,
        /// Its id.
        id: String,
        /// The name of its group, where there are groups.
        group: Option<String>,
        /// Its name by then.
        name: String,
        /// The sort value it has.
        from: Option<i64>,
        /// The sort value it gets.
        to: i64,
    },
    /// Creates a group, with its first tags.
    CreateGroup {
        /// Its logical key; `None` if it was not ours before it was deleted.
        key: Option<String>,
        /// Its name.
        name: String,
        /// Its sort value.
        order: Option<i64>,
        /// Its first tags. None only where groups can be empty.
        tags: Vec<TagToMake>,
    },
    /// Creates tags, at most 50.
    CreateTags {
        /// Where.
        into: GroupRef,
        /// The tags.
        tags: Vec<TagToMake>,
    },
    /// Deletes one tag.
    DeleteTag {
        /// Its logical key; `None` if it is not ours.
        key: Option<String>,
        /// Its id.
        id: String,
        /// The name of its group, where there are groups.
        group: Option<String>,
        /// Its name.
        name: String,
        /// How many contacts carry it.
        contacts: ContactCount,
        /// Whether its group vanishes with it.
        ends_group: bool,
    },
    /// Deletes an empty group.
    DeleteGroup {
        /// Its logical key; `None` if it is not ours.
        key: Option<String>,
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// Puts a tag back on contacts that had it. Not in plans from a file.
    Retag {
        /// The tag.
        tag: TagRef,
        /// The contacts, at most 500.
        contacts: Vec<ContactRef>,
    },
}

/// A group or a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Item {
    /// A group.
    Group,
    /// A tag.
    Tag,
}

/// A tag to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TagToMake {
    /// Its logical key; `None` if it was not ours before it was deleted.
    pub key: Option<String>,
    /// Its name.
    pub name: String,
    /// Its sort value; `None` leaves it to the platform.
    pub order: Option<i64>,
}

impl TagToMake {
    /// A tag to create.
    pub fn new(key: Option<String>, name: impl Into<String>, order: Option<i64>) -> Self {
        Self { key, name: name.into(), order }
    }
}

/// Where tags are created.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupRef {
    /// There are no groups.
    Flat,
    /// In a group that is there.
    Id {
        /// Its id.
        id: String,
        /// Its name by then.
        name: String,
    },
    /// In the group that an earlier step of this plan makes.
    Made {
        /// Its name, which is unique.
        name: String,
    },
}

/// A tag of an undo plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagRef {
    /// One that is there.
    Id(String),
    /// One that an earlier step of this plan makes.
    Made {
        /// The name of its group, where there are groups.
        group: Option<String>,
        /// Its name.
        name: String,
    },
}

/// How many contacts carry a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ContactCount {
    /// So many.
    Known(u64),
    /// So many or more: nobody counted on.
    AtLeast(u64),
    /// The platform does not tell.
    Unknown,
}

/// What the file asks for and cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Blocked {
    /// Why.
    pub why: Reason,
    /// A group or a tag; `None`: the whole provider.
    pub item: Option<Item>,
    /// Its logical key.
    pub key: Option<String>,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its name, with that of its group before it.
    pub name: String,
    /// Why, and what to do.
    pub message: String,
}

/// Why something cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Several of that name are there, and nobody can say which is meant.
    Ambiguous,
    /// A tag would have to move to another group; no platform has a call for that here.
    Move,
    /// The new name belongs to something that is not ours.
    NameTaken,
    /// It belongs to another application, which alone may change it.
    NotOwned,
    /// The platform has no room for it.
    NoRoom,
    /// None of what is ours is there: perhaps the credentials belong to another account.
    OtherAccount,
    /// The platform lacks the operation.
    Unsupported,
}

/// Something worth knowing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Note {
    /// What kind of thing it is, in kebab-case.
    pub code: String,
    /// What there is to know.
    pub message: String,
}

impl Note {
    /// A note.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// How much a plan does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Groups that are created.
    pub create_groups: usize,
    /// Tags that are created.
    pub create_tags: usize,
    /// Groups and tags that are renamed; the two steps of a detour count once.
    pub renames: usize,
    /// Groups and tags that get another sort value.
    pub reorders: usize,
    /// Tags that are deleted.
    pub delete_tags: usize,
    /// Groups that are deleted.
    pub delete_groups: usize,
    /// Changes of the lock alone.
    pub lock_only: usize,
    /// What cannot be done.
    pub blocked: usize,
}

impl Plan {
    /// A plan that comes from no file.
    #[must_use]
    pub fn new(kind: PlanKind, providers: Vec<ProviderPlan>) -> Self {
        Self { kind, file: None, providers }
    }

    /// Says which file it was made from.
    #[must_use]
    pub fn from_file(mut self, file: PlanFile) -> Self {
        self.file = Some(file);
        self
    }

    /// Says which lock it was made with: it is not applied with another one.
    #[must_use]
    pub fn with_lock(mut self, lock: &Lock) -> Self {
        let nothing = ProviderLock::default();
        for one in &mut self.providers {
            let owned = lock.providers.get(&one.name).unwrap_or(&nothing);
            one.lock = Some(owned.fingerprint());
        }
        self
    }

    /// Whether there is nothing to do, and nothing that cannot be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.providers.iter().all(|one| one.steps.is_empty() && one.blocked.is_empty())
    }

    /// How much it does.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut all = Summary::default();
        for one in self.providers.iter().map(ProviderPlan::summary) {
            all.create_groups += one.create_groups;
            all.create_tags += one.create_tags;
            all.renames += one.renames;
            all.reorders += one.reorders;
            all.delete_tags += one.delete_tags;
            all.delete_groups += one.delete_groups;
            all.lock_only += one.lock_only;
            all.blocked += one.blocked;
        }
        all
    }
}

impl ProviderPlan {
    /// How much it does.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut sum = Summary { blocked: self.blocked.len(), ..Summary::default() };
        for step in &self.steps {
            match &step.kind {
                StepKind::Adopt { .. } | StepKind::Forget { .. } => sum.lock_only += 1,
                StepKind::RenameGroup { temporary, .. } | StepKind::RenameTag { temporary, .. } => {
                    sum.renames += usize::from(!temporary);
                }
                StepKind::ReorderGroup { .. } | StepKind::ReorderTag { .. } => sum.reorders += 1,
                StepKind::CreateGroup { tags, .. } => {
                    sum.create_groups += 1;
                    sum.create_tags += tags.len();
                }
                StepKind::CreateTags { tags, .. } => sum.create_tags += tags.len(),
                StepKind::DeleteTag { .. } => sum.delete_tags += 1,
                StepKind::DeleteGroup { .. } => sum.delete_groups += 1,
                StepKind::Retag { .. } => {}
            }
        }
        sum
    }
}
