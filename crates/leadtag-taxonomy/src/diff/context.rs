//! What the diff compares, with everything looked up once.

use std::collections::HashMap;

use leadtag_core::TagCapabilities;

use super::DiffOptions;
use super::ours::{Entry, Ours};
use crate::plan::{Blocked, Item, Reason};
use crate::{Desired, Live, ProviderLock, WantTag};

/// A name and where it has to be unique: in a live group, by its index, or among all (`None`).
pub(crate) type Spot<'a> = (Option<usize>, &'a str);

/// Which live ones have a name, by their index.
#[derive(Default)]
pub(crate) struct Holders<'a> {
    /// Most names have one holder.
    first: HashMap<Spot<'a>, usize>,
    /// The others, with the first, by id.
    several: HashMap<Spot<'a>, Vec<usize>>,
}

impl<'a> Holders<'a> {
    /// Of the live groups.
    pub(crate) fn of_groups(live: &'a Live) -> Self {
        Self::new(live.groups.iter().map(|group| ((None, group.name.as_str()), &group.id)))
    }

    /// Of the live tags.
    pub(crate) fn of_tags(live: &'a Live) -> Self {
        Self::new(live.tags.iter().map(|tag| ((tag.group, tag.name.as_str()), &tag.id)))
    }

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
    pub(super) desired: &'a Desired<'a>,
    pub(super) lock: &'a ProviderLock,
    pub(super) live: &'a Live,
    pub(super) can: TagCapabilities,
    pub(super) options: DiffOptions,
    pub(super) group_names: Holders<'a>,
    pub(super) tag_names: Holders<'a>,
    /// Which groups are ours.
    pub(super) our_groups: Ours<'a>,
    /// Which tags are ours.
    pub(super) our_tags: Ours<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn new(
        desired: &'a Desired<'a>,
        lock: &'a ProviderLock,
        live: &'a Live,
        can: TagCapabilities,
        options: DiffOptions,
    ) -> Self {
        let our_groups = Ours::new(
            lock.groups.values().map(Entry::of_group),
            desired.groups.iter().map(|group| &*group.key),
            live.groups.iter().map(|group| group.id.as_str()),
            |entry, at| {
                let group = &live.groups[at];
                entry.beside(at, None, &group.name, group.order)
            },
        );
        let our_tags = Ours::new(
            lock.tags.values().map(Entry::of_tag),
            desired.tags.iter().map(|tag| &*tag.key),
            live.tags.iter().map(|tag| tag.id.as_str()),
            |entry, at| {
                let tag = &live.tags[at];
                let group = live.group_of(tag).map(|group| group.id.as_str());
                entry.beside(at, group, &tag.name, tag.order)
            },
        );
        let (group_names, tag_names) = (Holders::of_groups(live), Holders::of_tags(live));
        Self { desired, lock, live, can, options, group_names, tag_names, our_groups, our_tags }
    }

    /// Whether the platform has refused to let this application change it.
    pub(super) fn refused(&self, id: &str) -> bool {
        !self.options.retry_refused && self.lock.refused.contains_key(id)
    }

    /// The name of a live tag for people: with that of its group before it.
    pub(super) fn live_tag_name(&self, at: usize) -> String {
        let tag = &self.live.tags[at];
        path(self.live.group_of(tag).map(|group| group.name.as_str()), &tag.name)
    }

    /// The name of a wanted tag for people: with that of its group before it.
    pub(super) fn wanted_tag_name(&self, tag: &WantTag<'_>) -> String {
        let group = tag.group.and_then(|at| self.desired.groups.get(at));
        path(group.map(|group| &*group.name), &tag.name)
    }
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
