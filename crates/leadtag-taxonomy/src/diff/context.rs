//! What the diff compares, with everything looked up once.

use std::collections::HashMap;

use leadtag_core::TagCapabilities;

use super::DiffOptions;
use super::ours::{Entry, Ours};
use super::table::Table;
use crate::plan::{Blocked, Item, Reason};
use crate::{Desired, Live, ProviderLock, WantTag};

/// A name and where it has to be unique: in a live group, by its index, or among all (`None`).
pub(crate) type Spot<'a> = (Option<usize>, &'a str);

/// Which live ones have a name, by their index.
pub(crate) struct Holders<'a> {
    live: &'a Live,
    /// The name of a live one.
    spot: fn(&'a Live, usize) -> Spot<'a>,
    /// Most names have one holder.
    one: Table,
    /// The others, with the first, by id.
    several: HashMap<Spot<'a>, Vec<usize>>,
}

impl<'a> Holders<'a> {
    /// Of the live groups.
    pub(crate) fn of_groups(live: &'a Live) -> Self {
        let spot = |live: &'a Live, at: usize| (None, live.groups[at].name.as_str());
        Self::new(live, live.groups.len(), spot, |at| &live.groups[at].id)
    }

    /// Of the live tags.
    pub(crate) fn of_tags(live: &'a Live) -> Self {
        let spot = |live: &'a Live, at: usize| (live.tags[at].group, live.tags[at].name.as_str());
        Self::new(live, live.tags.len(), spot, |at| &live.tags[at].id)
    }

    fn new<I: Ord>(
        live: &'a Live,
        len: usize,
        spot: fn(&'a Live, usize) -> Spot<'a>,
        id: impl Fn(usize) -> I,
    ) -> Self {
        let mut several: HashMap<Spot<'a>, Vec<usize>> = HashMap::new();
        let again = |at: usize, before: usize| {
            several.entry(spot(live, at)).or_insert_with(|| vec![before]).push(at);
        };
        let one = Table::of(len, |at| spot(live, at), again);
        // Whatever the order of the list: the same plan.
        several.values_mut().for_each(|all| all.sort_unstable_by_key(|at| id(*at)));
        Self { live, spot, one, several }
    }

    /// Those of that name, by id.
    pub(super) fn of<'s>(&'s self, spot: Spot<'s>) -> impl Iterator<Item = usize> + use<'a, 's> {
        let several = if self.several.is_empty() { None } else { self.several.get(&spot) };
        let one = match several {
            Some(_) => None,
            None => self.one.find(spot, |at| (self.spot)(self.live, at)),
        };
        one.into_iter().chain(several.into_iter().flatten().copied())
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
