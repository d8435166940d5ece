//! What the diff compares, with everything looked up once.

use std::collections::HashMap;

use leadtag_core::{GroupId, TagCapabilities};

use super::DiffOptions;
use crate::plan::{Blocked, Item, Reason};
use crate::{Desired, Live, LockGroup, LockTag, ProviderLock, WantTag};

/// A name and where it has to be unique: in a group, by its id, or among all (`None`).
pub(super) type Spot<'a> = (Option<&'a str>, &'a str);

/// Which live ones have a name, by their index.
#[derive(Default)]
pub(super) struct Holders<'a> {
    /// Most names have one holder.
    first: HashMap<Spot<'a>, usize>,
    /// The others, with the first, by id.
    several: HashMap<Spot<'a>, Vec<usize>>,
}

impl<'a> Holders<'a> {
    /// Of so many live ones, each with its id, by their index.
    pub(super) fn new<I: Ord>(all: impl ExactSizeIterator<Item = (Spot<'a>, I)> + Clone) -> Self {
        let first = HashMap::with_capacity(all.len());
        let mut holders = Self { first, several: HashMap::new() };
        for (at, (spot, _)) in all.clone().enumerate() {
            if let Some(first) = holders.first.insert(spot, at) {
                let several = holders.several.entry(spot).or_insert_with(|| vec![first]);
                several.push(at);
            }
        }
        if !holders.several.is_empty() {
            // Whatever the order of the list: the same plan.
            let ids: Vec<I> = all.map(|(_, id)| id).collect();
            let several = holders.several.values_mut();
            several.for_each(|all| all.sort_unstable_by(|a, b| ids[*a].cmp(&ids[*b])));
        }
        holders
    }

    /// Those of that name, by id.
    pub(super) fn of<'s>(&'s self, spot: Spot<'s>) -> &'s [usize] {
        let several = if self.several.is_empty() { None } else { self.several.get(&spot) };
        let one = || self.first.get(&spot).map(std::slice::from_ref);
        several.map(Vec::as_slice).or_else(one).unwrap_or_default()
    }

    /// Whether some have the same name.
    pub(super) fn any_several(&self) -> bool {
        !self.several.is_empty()
    }
}

/// What is compared. Live groups and tags go by their index.
pub(super) struct Context<'a> {
    pub(super) desired: &'a Desired,
    pub(super) lock: &'a ProviderLock,
    pub(super) live: &'a Live,
    pub(super) can: TagCapabilities,
    pub(super) options: DiffOptions,
    /// The live groups by id.
    pub(super) group_ids: HashMap<&'a str, usize>,
    /// The live tags by id.
    pub(super) tag_ids: HashMap<&'a str, usize>,
    pub(super) group_names: Holders<'a>,
    pub(super) tag_names: Holders<'a>,
    /// The live group of each live tag.
    tag_groups: Vec<Option<usize>>,
    /// What the lock says of each live group.
    pub(super) locked_groups: Vec<Option<&'a LockGroup>>,
    /// What the lock says of each live tag.
    pub(super) locked_tags: Vec<Option<&'a LockTag>>,
    /// What the lock has under the key of each wanted group.
    pub(super) entry_of_group: Vec<Option<&'a LockGroup>>,
    /// What the lock has under the key of each wanted tag.
    pub(super) entry_of_tag: Vec<Option<&'a LockTag>>,
    /// The groups of the lock that are not wanted, by key.
    pub(super) unwanted_groups: Vec<&'a LockGroup>,
    /// The tags of the lock that are not wanted, by key.
    pub(super) unwanted_tags: Vec<&'a LockTag>,
    /// Which live groups belong to a key that is still wanted.
    owned_groups: Vec<bool>,
    /// Which live tags belong to a key that is still wanted.
    owned_tags: Vec<bool>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        desired: &'a Desired,
        lock: &'a ProviderLock,
        live: &'a Live,
        can: TagCapabilities,
        options: DiffOptions,
    ) -> Self {
        let group_ids: HashMap<_, _> =
            live.groups.iter().enumerate().map(|(at, group)| (group.id.as_str(), at)).collect();
        let tag_ids: HashMap<_, _> =
            live.tags.iter().enumerate().map(|(at, tag)| (tag.id.as_str(), at)).collect();
        let wanted: HashMap<&str, usize> =
            desired.groups.iter().enumerate().map(|(at, group)| (group.key.as_str(), at)).collect();
        let mut locked_groups = vec![None; live.groups.len()];
        let mut owned_groups = vec![false; live.groups.len()];
        let mut entry_of_group = vec![None; desired.groups.len()];
        let mut unwanted_groups = Vec::new();
        for entry in lock.groups.values() {
            let live = group_ids.get(entry.id.as_str()).copied();
            let wanted = wanted.get(entry.key.as_str()).copied();
            live.into_iter().for_each(|at| locked_groups[at] = Some(entry));
            match wanted {
                Some(at) => entry_of_group[at] = Some(entry),
                None => unwanted_groups.push(entry),
            }
            live.into_iter().for_each(|at| owned_groups[at] = wanted.is_some());
        }
        let wanted: HashMap<&str, usize> =
            desired.tags.iter().enumerate().map(|(at, tag)| (tag.key.as_str(), at)).collect();
        let mut locked_tags = vec![None; live.tags.len()];
        let mut owned_tags = vec![false; live.tags.len()];
        let mut entry_of_tag = vec![None; desired.tags.len()];
        let mut unwanted_tags = Vec::new();
        for entry in lock.tags.values() {
            let live = tag_ids.get(entry.id.as_str()).copied();
            let wanted = wanted.get(entry.key.as_str()).copied();
            live.into_iter().for_each(|at| locked_tags[at] = Some(entry));
            match wanted {
                Some(at) => entry_of_tag[at] = Some(entry),
                None => unwanted_tags.push(entry),
            }
            live.into_iter().for_each(|at| owned_tags[at] = wanted.is_some());
        }
        Self {
            desired,
            lock,
            live,
            can,
            options,
            tag_groups: tag_groups(live, &group_ids),
            group_ids,
            tag_ids,
            group_names: Holders::new(
                live.groups.iter().map(|group| ((None, group.name.as_str()), &group.id)),
            ),
            tag_names: Holders::new(live.tags.iter().map(|tag| {
                let group = tag.group.as_ref().map(|id| id.as_str());
                ((group, tag.name.as_str()), &tag.id)
            })),
            locked_groups,
            locked_tags,
            entry_of_group,
            entry_of_tag,
            unwanted_groups,
            unwanted_tags,
            owned_groups,
            owned_tags,
        }
    }

    /// Whether the live group belongs to a key that is still wanted.
    pub(super) fn owns_group(&self, at: usize) -> bool {
        self.owned_groups[at]
    }

    /// Whether the live tag belongs to a key that is still wanted.
    pub(super) fn owns_tag(&self, at: usize) -> bool {
        self.owned_tags[at]
    }

    /// Whether the platform has refused to let this application change it.
    pub(super) fn refused(&self, id: &str) -> bool {
        !self.options.retry_refused && self.lock.refused.contains_key(id)
    }

    /// The live group of a live tag.
    pub(super) fn group_of(&self, tag: usize) -> Option<usize> {
        self.tag_groups[tag]
    }

    /// The name of a live tag for people: with that of its group before it.
    pub(super) fn live_tag_name(&self, at: usize) -> String {
        let group = self.group_of(at).map(|group| self.live.groups[group].name.as_str());
        path(group, &self.live.tags[at].name)
    }

    /// The name of a wanted tag for people: with that of its group before it.
    pub(super) fn wanted_tag_name(&self, tag: &WantTag) -> String {
        let group = tag.group.and_then(|at| self.desired.groups.get(at));
        path(group.map(|group| group.name.as_str()), &tag.name)
    }
}

/// The live group of each live tag. Tags of one group mostly follow each other in the list.
fn tag_groups(live: &Live, group_ids: &HashMap<&str, usize>) -> Vec<Option<usize>> {
    let mut last: (Option<&GroupId>, Option<usize>) = (None, None);
    let groups = live.tags.iter().map(|tag| {
        if tag.group.as_ref() != last.0 {
            let at = tag.group.as_ref().and_then(|id| group_ids.get(id.as_str()));
            last = (tag.group.as_ref(), at.copied());
        }
        last.1
    });
    groups.collect()
}

/// A tag's name with that of its group before it.
pub(super) fn path(group: Option<&str>, name: &str) -> String {
    group.map_or_else(|| name.to_owned(), |group| format!("{group} / {name}"))
}

/// Something that is not ours to change.
pub(super) fn not_owned(item: Item, key: Option<&str>, id: &str, name: String) -> Blocked {
    Blocked {
        why: Reason::NotOwned,
        item: Some(item),
        key: key.map(str::to_owned),
        id: Some(id.to_owned()),
        name,
        message: "it belongs to another application, which alone may change it; \
                  --retry-refused tries again"
            .to_owned(),
    }
}

/// Something for which the platform has no call.
pub(super) fn unsupported(
    item: Item,
    key: Option<&str>,
    id: Option<&str>,
    name: String,
    message: &str,
) -> Blocked {
    Blocked {
        why: Reason::Unsupported,
        item: Some(item),
        key: key.map(str::to_owned),
        id: id.map(str::to_owned),
        name,
        message: message.to_owned(),
    }
}
