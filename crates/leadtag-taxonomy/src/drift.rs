//! What somebody changed by hand on what is ours.

use std::collections::HashMap;

use futures_util::future::join_all;
use leadtag_core::TagCapabilities;
use serde::Serialize;

use crate::plan::Item;
use crate::{Live, Lock, ProviderLock, Target};

/// One difference between what was last applied and what is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// The provider's name in the configuration.
    pub provider: String,
    /// A group or a tag.
    pub item: Item,
    /// Its logical key.
    pub key: String,
    /// Its id.
    pub id: String,
    /// What happened to it.
    pub kind: DriftKind,
    /// What was last applied: a name, the name of a group, or a sort value.
    pub applied: Option<String>,
    /// What is there instead.
    pub live: Option<String>,
}

/// What happened to something that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DriftKind {
    /// It is not there any more.
    Missing,
    /// It has another name.
    Renamed,
    /// It stands in another group.
    Moved,
    /// It has another sort value.
    Reordered,
}

/// What differs on several providers, and who could not be asked.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Drifted {
    /// The differences of everybody else, in the order of the targets.
    pub differences: Vec<Drift>,
    /// The providers that could not be listed, with what they answered.
    pub unreachable: Vec<(String, leadtag_core::Error)>,
}

/// Lists every target, all in parallel, and compares it with the lock. Nothing is changed.
pub async fn drift_of_all(lock: &Lock, targets: &[Target<'_>]) -> Drifted {
    let all = targets.iter().map(|target| Live::fetch(target.provider));
    let mut drifted = Drifted::default();
    for (target, live) in targets.iter().zip(join_all(all).await) {
        match (live, lock.providers.get(target.name)) {
            (Ok(live), Some(lock)) => {
                let can = target.provider.tag_capabilities();
                drifted.differences.extend(drift(target.name, lock, &live, &can));
            }
            (Ok(_), None) => {}
            (Err(error), _) => drifted.unreachable.push((target.name.to_owned(), error)),
        }
    }
    drifted
}

/// Compares what was last applied on one provider with what is there: groups first, then tags,
/// each by its key. What is not ours is not mentioned.
#[must_use]
pub fn drift(
    provider: &str,
    lock: &ProviderLock,
    live: &Live,
    can: &TagCapabilities,
) -> Vec<Drift> {
    let mut all = Vec::new();
    let groups: HashMap<&str, _> =
        live.groups.iter().map(|group| (group.id.as_str(), group)).collect();
    let tags: HashMap<&str, _> = live.tags.iter().map(|tag| (tag.id.as_str(), tag)).collect();
    let ours: HashMap<&str, &str> =
        lock.groups.values().map(|group| (group.id.as_str(), group.name.as_str())).collect();
    let mut tell = |item, key: &str, id: &str, kind, applied: Option<String>, live| {
        let (provider, key, id) = (provider.to_owned(), key.to_owned(), id.to_owned());
        all.push(Drift { provider, item, key, id, kind, applied, live });
    };
    let number = |order: Option<i64>| order.map(|order| order.to_string());
    for entry in lock.groups.values() {
        let (item, key, id) = (Item::Group, &entry.key, &entry.id);
        let Some(live) = groups.get(id.as_str()) else {
            tell(item, key, id, DriftKind::Missing, Some(entry.name.clone()), None);
            continue;
        };
        if live.name != entry.name {
            let (applied, now) = (Some(entry.name.clone()), Some(live.name.clone()));
            tell(item, key, id, DriftKind::Renamed, applied, now);
        }
        if can.order && entry.order.is_some() && entry.order != live.order {
            tell(item, key, id, DriftKind::Reordered, number(entry.order), number(live.order));
        }
    }
    for entry in lock.tags.values() {
        let (item, key, id) = (Item::Tag, &entry.key, &entry.id);
        let Some(tag) = tags.get(id.as_str()) else {
            tell(item, key, id, DriftKind::Missing, Some(entry.name.clone()), None);
            continue;
        };
        let group = live.group_of(tag);
        if group.map(|group| group.id.as_str()) != entry.group.as_deref() {
            let applied = entry.group.as_deref();
            let applied = applied.map(|id| ours.get(id).copied().unwrap_or(id).to_owned());
            let now = group.map(|group| group.name.clone());
            tell(item, key, id, DriftKind::Moved, applied, now);
        }
        if tag.name != entry.name {
            let (applied, now) = (Some(entry.name.clone()), Some(tag.name.clone()));
            tell(item, key, id, DriftKind::Renamed, applied, now);
        }
        if can.order && entry.order.is_some() && entry.order != tag.order {
            tell(item, key, id, DriftKind::Reordered, number(entry.order), number(tag.order));
        }
    }
    all
}
