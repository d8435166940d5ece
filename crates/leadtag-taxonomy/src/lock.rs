//! `tags.lock`: which id each logical key has on each provider. An id in it is ours.

mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::hash;

/// What leadtag owns on each provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lock {
    /// By the provider's name in the configuration.
    pub providers: BTreeMap<String, ProviderLock>,
}

/// What leadtag owns on one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProviderLock {
    /// The platform, so that a name that now stands for another one is noticed.
    pub platform: String,
    /// The groups, by logical key.
    pub groups: BTreeMap<String, LockGroup>,
    /// The tags, by logical key.
    pub tags: BTreeMap<String, LockTag>,
    /// What the platform does not let this application change, by id.
    pub refused: BTreeMap<String, Refused>,
}

/// A group that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LockGroup {
    /// The logical key.
    pub key: String,
    /// The platform's id.
    pub id: String,
    /// The name that was last applied.
    pub name: String,
    /// The sort value that was last applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
}

/// A tag that is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LockTag {
    /// The logical key.
    pub key: String,
    /// The platform's id.
    pub id: String,
    /// The id of its group, where there are groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The name that was last applied.
    pub name: String,
    /// The sort value that was last applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i64>,
}

/// Something the platform does not let this application change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Refused {
    /// The platform's id.
    pub id: String,
    /// Why: `not-owned`.
    pub why: String,
    /// The platform's error number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
}

/// One change of the lock. Made twice, it is the same as made once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LockChange {
    /// This group is ours.
    Group(LockGroup),
    /// This tag is ours.
    Tag(LockTag),
    /// The group or tag of this id is ours no more.
    Forget {
        /// The platform's id.
        id: String,
    },
    /// The platform does not let this application change it.
    Refuse(Refused),
    /// It may be tried again.
    Allow {
        /// The platform's id.
        id: String,
    },
}

impl ProviderLock {
    /// A hash of what is owned: keys and ids, and nothing of how it looks.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = hash::Parts::default();
        for group in self.groups.values() {
            hash.add("G").add(&group.key).add(&group.id);
        }
        for tag in self.tags.values() {
            hash.add("T").add(&tag.key).add(&tag.id);
        }
        format!("sha256:{}", hash.finish())
    }

    /// Makes one change.
    pub fn make(&mut self, change: &LockChange) {
        match change {
            LockChange::Group(group) => {
                // An id has one key. Most changes keep it, and then nobody need be looked for.
                if self.groups.get(&group.key).is_none_or(|held| held.id != group.id) {
                    self.groups.retain(|_, held| held.id != group.id);
                }
                self.groups.insert(group.key.clone(), group.clone());
            }
            LockChange::Tag(tag) => {
                if self.tags.get(&tag.key).is_none_or(|held| held.id != tag.id) {
                    self.tags.retain(|_, held| held.id != tag.id);
                }
                self.tags.insert(tag.key.clone(), tag.clone());
            }
            LockChange::Forget { id } => {
                self.groups.retain(|_, held| held.id != *id);
                self.tags.retain(|_, held| held.id != *id);
                self.refused.remove(id);
            }
            LockChange::Refuse(refused) => {
                self.refused.insert(refused.id.clone(), refused.clone());
            }
            LockChange::Allow { id } => {
                self.refused.remove(id);
            }
        }
    }
}
