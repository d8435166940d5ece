//! What has to change on one provider, in no order yet.

use crate::plan::{ContactCount, Item, StepKind, TagToMake};

/// What has to change, each kind in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Changes of the lock alone, as the steps they are.
    pub(crate) lock_only: Vec<StepKind>,
    pub(crate) renames: Vec<Rename>,
    pub(crate) reorders: Vec<Reorder>,
    /// One for each group.
    pub(crate) creates: Vec<Create>,
    pub(crate) deletions: Vec<Deletion>,
    /// Groups that are empty by then and do not vanish by themselves.
    pub(crate) group_deletions: Vec<GroupDeletion>,
}

/// A live group or tag that gets another name.
#[derive(Clone, Debug)]
pub(crate) struct Rename {
    pub(crate) item: Item,
    pub(crate) key: Option<String>,
    pub(crate) id: String,
    pub(crate) to: String,
}

/// A live group or tag that gets another sort value.
#[derive(Clone, Debug)]
pub(crate) struct Reorder {
    pub(crate) item: Item,
    pub(crate) key: Option<String>,
    pub(crate) id: String,
    pub(crate) to: i64,
}

/// Tags to create in one place.
#[derive(Clone, Debug)]
pub(crate) struct Create {
    pub(crate) home: Home,
    pub(crate) tags: Vec<TagToMake>,
}

/// Where tags are created.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    /// There are no groups.
    Flat,
    /// In the live group of this id.
    Group(String),
    /// In a group that is made.
    NewGroup { key: Option<String>, name: String, order: Option<i64> },
    /// In the group of this name that an earlier step makes.
    Made(String),
}

/// A live tag that goes.
#[derive(Clone, Debug)]
pub(crate) struct Deletion {
    pub(crate) key: Option<String>,
    pub(crate) id: String,
    pub(crate) contacts: ContactCount,
}

/// A live group that goes.
#[derive(Clone, Debug)]
pub(crate) struct GroupDeletion {
    pub(crate) key: Option<String>,
    pub(crate) id: String,
}
