//! The tag library: groups with their tags, for the corp and for each strategy.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use serde::Serialize;

use super::codes;
use super::envelope::Refusal;

/// Live corp tags a corp may have (WeCom docs, page 92117).
pub(super) const MAX_TAGS: usize = 10_000;

/// Whose library: the corp's, or one strategy's (规则组).
pub(super) type Library = Option<i64>;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tag {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) create_time: u64,
    pub(super) order: u32,
    pub(super) deleted: bool,
    pub(super) app: u32,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Group {
    #[serde(rename = "group_id")]
    pub(super) id: String,
    #[serde(rename = "group_name")]
    pub(super) name: String,
    pub(super) create_time: u64,
    pub(super) order: u32,
    pub(super) deleted: bool,
    pub(super) app: u32,
    #[serde(rename = "strategy_id", skip_serializing_if = "Option::is_none")]
    pub(super) library: Library,
    #[serde(rename = "tag")]
    pub(super) tags: Vec<Tag>,
}

/// Where an id stands: its group, and its place there if it is a tag's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) group: usize,
    pub(super) tag: Option<usize>,
}

/// A tag or group to make.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) order: u32,
}

#[derive(Debug, Default)]
pub(super) struct Tags {
    groups: Vec<Group>,
    places: HashMap<String, Place>,
    live_tags: usize,
    serial: u64,
    full_list: Option<Bytes>,
}

impl Tags {
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The place of a live tag or group.
    pub(super) fn live(&self, id: &str) -> Option<Place> {
        let place = *self.places.get(id)?;
        let group = self.groups.get(place.group)?;
        let deleted = match place.tag {
            Some(tag) => group.tags.get(tag)?.deleted,
            None => group.deleted,
        };
        (!deleted).then_some(place)
    }

    /// The place of an id, deleted or not.
    pub(super) fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    /// A live tag with its group.
    pub(super) fn live_tag(&self, id: &str) -> Option<(&Group, &Tag)> {
        let place = self.live(id)?;
        let group = self.groups.get(place.group)?;
        Some((group, group.tags.get(place.tag?)?))
    }

    pub(super) fn group(&self, place: Place) -> Option<&Group> {
        self.groups.get(place.group)
    }

    /// The live group of that name.
    pub(super) fn group_named(&self, library: Library, name: &str) -> Option<usize> {
        self.groups.iter().position(|g| !g.deleted && g.library == library && g.name == name)
    }

    /// Makes an empty group; [`Tags::fill`] follows at once, as empty groups do not exist.
    pub(super) fn new_group(
        &mut self,
        library: Library,
        wanted: Wanted,
        app: u32,
        now: u64,
    ) -> usize {
        let id = self.next_id();
        let at = self.groups.len();
        self.places.insert(id.clone(), Place { group: at, tag: None });
        self.groups.push(Group {
            id,
            name: wanted.name,
            create_time: now,
            order: wanted.order,
            deleted: false,
            app,
            library,
            tags: Vec::new(),
        });
        at
    }

    /// Whether the wanted tags fit: none of their names in the group yet, and room in the corp.
    pub(super) fn check_room(
        &self,
        group: Option<usize>,
        library: Library,
        wanted: &[Wanted],
    ) -> Result<(), Refusal> {
        let there: HashSet<&str> = group
            .and_then(|at| self.groups.get(at))
            .map(|group| group.live_tags().map(|tag| tag.name.as_str()).collect())
            .unwrap_or_default();
        if wanted.iter().any(|tag| there.contains(tag.name.as_str())) {
            return Err(Refusal::new(codes::TAG_EXISTS));
        }
        if library.is_none() && self.live_tags + wanted.len() > MAX_TAGS {
            return Err(Refusal::new(codes::TOO_MANY_TAGS));
        }
        Ok(())
    }

    /// Adds tags to a group without any check; answers their positions.
    pub(super) fn fill(
        &mut self,
        group: usize,
        wanted: Vec<Wanted>,
        app: u32,
        now: u64,
    ) -> std::ops::Range<usize> {
        let ids: Vec<String> = wanted.iter().map(|_| self.next_id()).collect();
        self.full_list = None;
        let Some(target) = self.groups.get_mut(group) else {
            return 0..0;
        };
        let first = target.tags.len();
        if target.library.is_none() {
            self.live_tags += wanted.len();
        }
        for (id, Wanted { name, order }) in ids.into_iter().zip(wanted) {
            let tag = Some(target.tags.len());
            self.places.insert(id.clone(), Place { group, tag });
            target.tags.push(Tag { id, name, create_time: now, order, deleted: false, app });
        }
        first..target.tags.len()
    }

    /// Renames and reorders what stands at a place; answers whether anything differs now.
    pub(super) fn edit(&mut self, place: Place, name: Option<&str>, order: Option<u32>) -> bool {
        self.full_list = None;
        let Some(group) = self.groups.get_mut(place.group) else {
            return false;
        };
        let (old_name, old_order) = match place.tag {
            None => (&mut group.name, &mut group.order),
            Some(at) => match group.tags.get_mut(at) {
                Some(tag) => (&mut tag.name, &mut tag.order),
                None => return false,
            },
        };
        let before = (old_name.clone(), *old_order);
        if let Some(name) = name {
            name.clone_into(old_name);
        }
        if let Some(order) = order {
            *old_order = order;
        }
        before.0 != *old_name || before.1 != *old_order
    }

    /// Marks a tag deleted, or a group with all its tags; a group goes with its last tag.
    pub(super) fn delete(&mut self, place: Place) {
        self.full_list = None;
        let Some(group) = self.groups.get_mut(place.group) else {
            return;
        };
        let live_before = group.live_tags().count();
        match place.tag {
            None => group.tags.iter_mut().for_each(|tag| tag.deleted = true),
            Some(at) => {
                if let Some(tag) = group.tags.get_mut(at) {
                    tag.deleted = true;
                }
            }
        }
        let live_after = group.live_tags().count();
        group.deleted = live_after == 0;
        if group.library.is_none() {
            self.live_tags -= live_before - live_after;
        }
    }

    /// The serialised full list, made once until the library changes.
    pub(super) fn full_list(
        &mut self,
        make: impl FnOnce(&Self) -> Result<Bytes, Refusal>,
    ) -> Result<Bytes, Refusal> {
        if let Some(list) = &self.full_list {
            return Ok(list.clone());
        }
        let list = make(self)?;
        self.full_list = Some(list.clone());
        Ok(list)
    }

    fn next_id(&mut self) -> String {
        self.serial += 1;
        format!("etSandbox{:08}", self.serial)
    }
}

impl Group {
    pub(super) fn live_tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.iter().filter(|tag| !tag.deleted)
    }
}
