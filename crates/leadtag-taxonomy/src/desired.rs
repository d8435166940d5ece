//! What one provider should have, once overrides, `providers`, `flatten` and aliases are worked in.

use crate::Place;

/// What one provider should have.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Desired {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The groups, in the order of the file. Empty where there are no groups.
    pub groups: Vec<WantGroup>,
    /// The tags, in the order of the file.
    pub tags: Vec<WantTag>,
    /// Unmanaged tags that shall go.
    pub absent: Vec<Absent>,
}

/// A group that should be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantGroup {
    /// The logical key.
    pub key: String,
    /// The name it should have there.
    pub name: String,
    /// The names it may have had, most recent first.
    pub former: Vec<String>,
    /// The sort value, where the platform has one and the file gives one.
    pub order: Option<i64>,
    /// Where it stands in the file.
    pub place: Place,
}

/// A tag that should be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantTag {
    /// The logical key.
    pub key: String,
    /// Its group, as an index into [`Desired::groups`]; `None` where there are no groups.
    pub group: Option<usize>,
    /// The name it should have there.
    pub name: String,
    /// The names it may have had, most recent first.
    pub former: Vec<String>,
    /// The sort value, where the platform has one and the file gives one.
    pub order: Option<i64>,
    /// Where it stands in the file.
    pub place: Place,
}

/// An unmanaged tag that shall go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Absent {
    /// The name of its group; `None`: any.
    pub group: Option<String>,
    /// Its name.
    pub name: String,
}
