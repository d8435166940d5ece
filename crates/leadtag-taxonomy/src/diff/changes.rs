//! What has to change on one provider, in no order yet. Live groups and tags go by their index.

use crate::plan::{Item, StepKind, TagToMake};

/// What has to change, each kind in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Changes<'a> {
    /// Changes of the lock alone, as the steps they are.
    pub(crate) lock_only: Vec<StepKind>,
    pub(crate) groups: Updates<'a>,
    pub(crate) tags: Updates<'a>,
    /// One for each group.
    pub(crate) creates: Vec<Create>,
    pub(crate) deletions: Vec<Deletion<'a>>,
    /// Groups that are empty by then and do not vanish by themselves.
    pub(crate) group_deletions: Vec<Deletion<'a>>,
}

/// What changes on groups, or on tags.
#[derive(Debug, Default)]
pub(crate) struct Updates<'a> {
    pub(crate) renames: Vec<Rename<'a>>,
    pub(crate) reorders: Vec<Reorder<'a>>,
}

impl<'a> Changes<'a> {
    /// What changes on all of this kind.
    pub(crate) fn of(&mut self, item: Item) -> &mut Updates<'a> {
        match item {
            Item::Group => &mut self.groups,
            Item::Tag => &mut self.tags,
        }
    }
}

/// A live group or tag that gets another name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rename<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) live: usize,
    pub(crate) to: &'a str,
}

/// A live group or tag that gets another sort value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reorder<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) live: usize,
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
    /// In this live group.
    Group(usize),
    /// In a group that is made.
    NewGroup { key: Option<String>, name: String, order: Option<i64> },
    /// In the group of this name that an earlier step makes.
    Made(String),
}

/// A live group or tag that goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deletion<'a> {
    pub(crate) key: Option<&'a str>,
    pub(crate) live: usize,
}
