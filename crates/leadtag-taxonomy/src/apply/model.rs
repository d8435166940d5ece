//! What one provider has, kept up to date while steps are made.

use std::collections::HashMap;

use crate::journal::{Change, Thing};
use crate::{Item, Live, ProviderLock};

/// Groups and tags by id and by name, each with its logical key if it is ours.
#[derive(Debug, Default)]
pub(crate) struct Model {
    things: HashMap<(Item, String), Thing>,
    /// Ids in the platform's order.
    names: HashMap<Name, Vec<String>>,
    /// How many tags a group has.
    sizes: HashMap<String, usize>,
}

/// Where a name has its meaning: among groups, or among the tags of one group.
type Name = (Item, Option<String>, String);

impl Model {
    pub(crate) fn new(live: &Live, lock: &ProviderLock) -> Self {
        let groups = lock.groups.values().map(|held| ((Item::Group, &held.id), &held.key));
        let tags = lock.tags.values().map(|held| ((Item::Tag, &held.id), &held.key));
        let keys: HashMap<(Item, &String), &String> = groups.chain(tags).collect();
        let key = |item: Item, id: &String| keys.get(&(item, id)).map(|key| (*key).clone());
        let mut model = Self::default();
        for group in &live.groups {
            let id = group.id.as_str().to_owned();
            model.put(Thing {
                item: Item::Group,
                key: key(Item::Group, &id),
                id,
                group: None,
                name: group.name.clone(),
                order: group.order,
            });
        }
        for tag in &live.tags {
            let id = tag.id.as_str().to_owned();
            model.put(Thing {
                item: Item::Tag,
                key: key(Item::Tag, &id),
                id,
                group: live.group_of(tag).map(|group| group.id.as_str().to_owned()),
                name: tag.name.clone(),
                order: tag.order,
            });
        }
        model
    }

    pub(crate) fn get(&self, item: Item, id: &str) -> Option<&Thing> {
        self.things.get(&(item, id.to_owned()))
    }

    /// Those of that name, in the platform's order: groups, or the tags of a group.
    pub(crate) fn named<'a>(
        &'a self,
        item: Item,
        group: Option<&str>,
        name: &str,
    ) -> impl Iterator<Item = &'a Thing> {
        let ids = self.names.get(&(item, group.map(str::to_owned), name.to_owned()));
        ids.into_iter().flatten().filter_map(move |id| self.get(item, id))
    }

    /// All groups and tags.
    pub(crate) fn things(&self) -> impl Iterator<Item = &Thing> {
        self.things.values()
    }

    /// How many tags the group has.
    pub(crate) fn size(&self, group: &str) -> usize {
        self.sizes.get(group).copied().unwrap_or_default()
    }

    /// Makes changes.
    pub(crate) fn make<'a>(&mut self, changes: impl IntoIterator<Item = &'a Change>) {
        for change in changes {
            if let Some(before) = &change.before {
                self.take(before.item, &before.id);
            }
            if let Some(after) = &change.after {
                self.take(after.item, &after.id);
                self.put(after.clone());
            }
        }
    }

    fn put(&mut self, thing: Thing) {
        self.names.entry(name_of(&thing)).or_default().push(thing.id.clone());
        if let Some(group) = &thing.group {
            *self.sizes.entry(group.clone()).or_default() += 1;
        }
        self.things.insert((thing.item, thing.id.clone()), thing);
    }

    fn take(&mut self, item: Item, id: &str) {
        let Some(thing) = self.things.remove(&(item, id.to_owned())) else { return };
        if let Some(ids) = self.names.get_mut(&name_of(&thing)) {
            ids.retain(|other| *other != thing.id);
        }
        if let Some(size) = thing.group.and_then(|group| self.sizes.get_mut(&group)) {
            *size = size.saturating_sub(1);
        }
    }
}

fn name_of(thing: &Thing) -> Name {
    (thing.item, thing.group.clone(), thing.name.clone())
}
