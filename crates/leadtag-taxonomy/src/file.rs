//! `tags.toml`: what the tags should be.

mod lines;
mod parse;
pub(crate) mod rules;
pub(crate) mod write;

use std::collections::BTreeMap;

use crate::{Finding, Place};

pub(crate) use lines::Lines;

/// A parsed `tags.toml`. Every item knows its place, for findings.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct File {
    /// The file, as it was named.
    pub name: String,
    /// The groups, in the order of the file.
    pub groups: Vec<Group>,
    /// Unmanaged tags to remove, by provider.
    pub absent: BTreeMap<String, Vec<AbsentTag>>,
    /// The templates of `[providers.P] flatten`, by provider.
    pub flatten: BTreeMap<String, (String, Place)>,
}

impl File {
    /// Reads a `tags.toml`; `name` names it in findings.
    ///
    /// All that is wrong is found at once, in the order of the file. What is wrong is left out of
    /// the result, which is there to be [checked](crate::check) for more; with an error among the
    /// findings it must not be planned or applied.
    #[must_use]
    pub fn parse(text: &str, name: &str) -> (Self, Vec<Finding>) {
        parse::parse(text, name)
    }

    /// The file as text. Reading the text gives the same file, but for places and comments.
    #[must_use]
    pub fn to_toml(&self) -> String {
        write::to_toml(self)
    }
}

/// One `[[group]]`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Group {
    /// The logical key, which never changes.
    pub key: String,
    /// The name people see.
    pub name: String,
    /// The providers it is for, each with its place; `None`: every one that can write tags.
    pub providers: Option<Vec<(String, Place)>>,
    /// The sort value; `None` leaves it alone.
    pub order: Option<i64>,
    /// Former names: renamed, never deleted and created again.
    pub aliases: Vec<String>,
    /// What is different on one provider.
    pub on: BTreeMap<String, ItemOverride>,
    /// Its tags, in the order of the file.
    pub tags: Vec<Tag>,
    /// Where it stands.
    pub place: Place,
    /// Where its name stands.
    pub name_place: Place,
}

/// One `[[group.tag]]`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tag {
    /// The logical key, which never changes.
    pub key: String,
    /// The name people see.
    pub name: String,
    /// The providers it is for, each with its place; `None`: those of its group.
    pub providers: Option<Vec<(String, Place)>>,
    /// The sort value; `None` leaves it alone.
    pub order: Option<i64>,
    /// Former names: renamed, never deleted and created again.
    pub aliases: Vec<String>,
    /// What is different on one provider.
    pub on: BTreeMap<String, ItemOverride>,
    /// Where it stands.
    pub place: Place,
    /// Where its name stands.
    pub name_place: Place,
}

/// `on.PROVIDER`: what is different there.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ItemOverride {
    /// Another name.
    pub name: Option<String>,
    /// Another sort value.
    pub order: Option<i64>,
    /// Where it stands.
    pub place: Place,
}

/// One entry of `[absent]`: an unmanaged tag that shall go.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AbsentTag {
    /// The group it stands in; `None`: any.
    pub group: Option<String>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}
