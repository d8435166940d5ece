//! From merged items to file and lock.

use std::collections::{BTreeMap, HashMap};

use leadtag_core::TagCapabilities;

use super::keys::{Keys, slug};
use super::merge::{Draft, Item, Part};
use super::{Imported, Old, Source};
use crate::file::rules::MAX_ORDER;
use crate::{File, Group, ItemOverride, Lock, LockGroup, LockTag, Place, ProviderLock, Tag};

const UNGROUPED_KEY: &str = "ungrouped";

pub(super) fn finish(draft: Draft, sources: &[Source], old: &Old<'_>) -> Imported {
    let merged = draft.groups.iter().chain(&draft.tags).filter(|item| item.parts.len() > 1).count();
    let kept = old.groups.values().chain(old.tags.values()).copied();
    let (keys, lock) = (Keys::reserving(kept), empty_lock(sources, old));
    let mut finish = Finish { sources, keys, lock };
    let mut tags: Vec<Vec<Item>> = draft.groups.iter().map(|_| Vec::new()).collect();
    for tag in draft.tags {
        if let Some(tags) = tags.get_mut(tag.group) {
            tags.push(tag);
        }
    }
    let mut groups: Vec<_> = draft.groups.into_iter().zip(tags).collect();
    groups.sort_by_key(|(group, _)| group.rank);
    let groups = groups.into_iter().map(|(group, tags)| finish.group(group, tags)).collect();
    let file = File { groups, ..File::default() };
    Imported { file, lock: finish.lock, merged, notes: Vec::new() }
}

/// The providers, with what they refused before.
fn empty_lock(sources: &[Source], old: &Old<'_>) -> Lock {
    let held = sources.iter().map(|source| {
        let (name, platform) = (source.facts.name.clone(), source.facts.platform.clone());
        let known = old.lock.and_then(|lock| lock.providers.get(&name));
        let known = known.filter(|held| held.platform == platform);
        let refused = known.map(|held| held.refused.clone()).unwrap_or_default();
        (name, ProviderLock { platform, refused, ..ProviderLock::default() })
    });
    Lock { providers: held.collect() }
}

struct Finish<'a> {
    sources: &'a [Source],
    keys: Keys,
    lock: Lock,
}

impl Finish<'_> {
    fn group(&mut self, item: Item, mut tags: Vec<Item>) -> Group {
        let wanted =
            if item.ungrouped { UNGROUPED_KEY.to_owned() } else { slug(&item.name, "group") };
        let key = item.key.clone().unwrap_or_else(|| self.keys.give(&wanted));
        for part in &item.parts {
            if let Some(held) = self.held(part) {
                let group = LockGroup {
                    key: key.clone(),
                    id: part.id.clone(),
                    name: part.name.clone(),
                    order: part.order,
                };
                held.groups.insert(key.clone(), group);
            }
        }
        let ids: HashMap<usize, String> =
            item.parts.iter().map(|part| (part.provider, part.id.clone())).collect();
        let parts = tags.iter().flat_map(|tag| &tag.parts).chain(&item.parts);
        let providers = places(parts);
        tags.sort_by_key(|tag| tag.rank);
        let tags = tags.into_iter().map(|tag| self.tag(tag, &key, &ids, &providers)).collect();
        let (order, on) = self.differences(&item);
        let providers = Some(self.names(&providers));
        Group { key, name: item.name, providers, order, on, tags, ..Group::default() }
    }

    fn tag(
        &mut self,
        item: Item,
        group: &str,
        groups: &HashMap<usize, String>,
        group_providers: &[usize],
    ) -> Tag {
        let wanted = || format!("{group}.{}", slug(&item.name, "tag"));
        let key = item.key.clone().unwrap_or_else(|| self.keys.give(&wanted()));
        for part in &item.parts {
            if let Some(held) = self.held(part) {
                let tag = LockTag {
                    key: key.clone(),
                    id: part.id.clone(),
                    group: groups.get(&part.provider).cloned(),
                    name: part.name.clone(),
                    order: part.order,
                };
                held.tags.insert(key.clone(), tag);
            }
        }
        let providers = places(item.parts.iter());
        let providers = (providers != group_providers).then(|| self.names(&providers));
        let (order, on) = self.differences(&item);
        Tag { key, name: item.name, providers, order, on, ..Tag::default() }
    }

    fn held(&mut self, part: &Part) -> Option<&mut ProviderLock> {
        let source = self.sources.get(part.provider)?;
        self.lock.providers.get_mut(&source.facts.name)
    }

    fn can(&self, part: &Part) -> TagCapabilities {
        let source = self.sources.get(part.provider);
        source.and_then(|source| source.facts.capabilities).unwrap_or_default()
    }

    fn names(&self, places: &[usize]) -> Vec<(String, Place)> {
        let sources = places.iter().filter_map(|at| self.sources.get(*at));
        sources.map(|source| (source.facts.name.clone(), Place::default())).collect()
    }

    /// The sort value, and what is different on single providers.
    fn differences(&self, item: &Item) -> (Option<i64>, BTreeMap<String, ItemOverride>) {
        let ordered: Vec<_> = item.parts.iter().filter(|part| self.can(part).order).collect();
        let orders = || ordered.iter().map(|part| part.order.filter(in_range));
        // One without a sort value would get the common one.
        let common = if orders().all(|order| order.is_some()) { orders().next() } else { None };
        let common = common.flatten();
        let mut on = BTreeMap::new();
        for part in &item.parts {
            let own = ItemOverride {
                name: (part.name != item.name).then(|| part.name.clone()),
                order: part
                    .order
                    .filter(in_range)
                    .filter(|order| self.can(part).order && Some(*order) != common),
                ..ItemOverride::default()
            };
            let Some(source) = self.sources.get(part.provider) else { continue };
            if own.name.is_some() || own.order.is_some() {
                on.insert(source.facts.name.clone(), own);
            }
        }
        (common, on)
    }
}

fn in_range(order: &i64) -> bool {
    (0..=MAX_ORDER).contains(order)
}

/// The providers of `parts`, each once, in their order.
fn places<'a>(parts: impl Iterator<Item = &'a Part>) -> Vec<usize> {
    let mut places: Vec<_> = parts.map(|part| part.provider).collect();
    places.sort_unstable();
    places.dedup();
    places
}
