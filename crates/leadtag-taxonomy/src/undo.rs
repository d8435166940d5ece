//! From what was done to the plan that takes it back.

use std::collections::{HashMap, HashSet};

use leadtag_core::{ContactRef, TagCapabilities};

use crate::diff::{Changes, Create, Deletion, GroupDeletion, Home, Rename, Reorder, order};
use crate::journal::{History, Thing};
use crate::live::{LiveGroup, LiveTag};
use crate::{
    ContactCount, Item, Live, Note, Plan, PlanKind, ProviderLock, ProviderPlan, Step, StepKind,
    TagRef, TagToMake, Target,
};

/// Contacts of one step.
const CONTACTS: usize = 500;

/// The plan that takes back what the last runs of `history` did, from what is live now.
pub(crate) fn plan(history: &History, live: &[(Target<'_>, Live, ProviderLock)]) -> Plan {
    let providers = live.iter().map(|(target, live, lock)| one(history, target, live, lock));
    let kind = match history.kind() {
        PlanKind::Undo => PlanKind::Redo,
        PlanKind::Apply | PlanKind::Redo => PlanKind::Undo,
    };
    Plan::new(kind, providers.collect())
}

fn one(history: &History, target: &Target<'_>, live: &Live, lock: &ProviderLock) -> ProviderPlan {
    let can = target.provider.tag_capabilities();
    let mut undo = Undo::new(live, can);
    for effect in effects(history, target.name) {
        undo.take_back(effect);
    }
    let Undo { mut changes, mut notes, contacts, .. } = undo.settle_groups();
    changes.renames.sort_by_key(|rename| rename.item);
    let mut steps = order(changes, live, &can);
    if can.can_assign() {
        for (tag, contacts) in contacts {
            for some in contacts.chunks(CONTACTS) {
                let n = steps.last().map_or(1, |last: &Step| last.n + 1);
                let kind = StepKind::Retag { tag: tag.clone(), contacts: some.to_vec() };
                steps.push(Step { n, kind });
            }
        }
    } else if !contacts.is_empty() {
        notes.push(Note::new("not-tagged", "contacts do not get their tags back here"));
    }
    let is_live: HashSet<&str> = live.tags.iter().map(|tag| tag.id.as_str()).collect();
    let managed = lock.tags.values().filter(|held| is_live.contains(held.id.as_str()));
    ProviderPlan {
        name: target.name.to_owned(),
        platform: target.provider.platform().as_str().to_owned(),
        fingerprint: live.fingerprint(),
        managed_tags: managed.count(),
        steps,
        blocked: Vec::new(),
        notes,
    }
}

/// What all steps together did to one thing.
struct Effect {
    before: Option<Thing>,
    after: Option<Thing>,
    /// The name of its group, if it was deleted.
    group: Option<String>,
    /// Who carried it, if it was deleted.
    contacts: Vec<ContactRef>,
}

/// What was done to each thing, in the order in which they were touched first.
fn effects(history: &History, provider: &str) -> Vec<Effect> {
    let mut effects: Vec<Effect> = Vec::new();
    let mut places: HashMap<(Item, String), usize> = HashMap::new();
    for (_, noted) in history.last_steps().filter(|(name, _)| *name == provider) {
        for change in noted.ended.iter().flat_map(|ended| &ended.changes) {
            let Some(thing) = change.thing() else { continue };
            let at = *places.entry((thing.item, thing.id.clone())).or_insert_with(|| {
                effects.push(Effect {
                    before: change.before.clone(),
                    after: None,
                    group: None,
                    contacts: Vec::new(),
                });
                effects.len() - 1
            });
            effects[at].after.clone_from(&change.after);
            let begun = noted.begun.as_ref().filter(|_| thing.item == Item::Tag);
            if let Some(begun) = begun
                && let StepKind::DeleteTag { group, .. } = &begun.step.kind
            {
                effects[at].group.clone_from(group);
                effects[at].contacts.clone_from(&begun.contacts);
            }
        }
    }
    effects
}

/// What is to be done, as far as it is known.
struct Undo<'a> {
    can: TagCapabilities,
    groups: HashMap<&'a str, &'a LiveGroup>,
    tags: HashMap<&'a str, &'a LiveTag>,
    live: &'a Live,
    changes: Changes,
    /// The creates by the old ids of their groups.
    homes: HashMap<Option<String>, usize>,
    /// Groups that were deleted, by their old ids.
    deleted: HashMap<String, Thing>,
    /// Groups that were created.
    created: Vec<Thing>,
    contacts: Vec<(TagRef, Vec<ContactRef>)>,
    notes: Vec<Note>,
}

impl<'a> Undo<'a> {
    fn new(live: &'a Live, can: TagCapabilities) -> Self {
        Self {
            can,
            groups: live.groups.iter().map(|group| (group.id.as_str(), group)).collect(),
            tags: live.tags.iter().map(|tag| (tag.id.as_str(), tag)).collect(),
            live,
            changes: Changes::default(),
            homes: HashMap::new(),
            deleted: HashMap::new(),
            created: Vec::new(),
            contacts: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn take_back(&mut self, effect: Effect) {
        let Effect { before, after, group, contacts } = effect;
        match (before, after) {
            (None, Some(made)) => self.delete(made),
            (Some(was), None) if was.item == Item::Group => {
                self.deleted.insert(was.id.clone(), was);
            }
            (Some(was), None) => self.create(was, group, contacts),
            (Some(was), Some(is)) => self.change_back(&was, &is),
            (None, None) => {}
        }
    }

    /// What was created goes, if it is still there.
    fn delete(&mut self, made: Thing) {
        if made.item == Item::Group {
            if self.groups.contains_key(made.id.as_str()) {
                self.created.push(made);
            }
            return;
        }
        let Some(tag) = self.tags.get(made.id.as_str()) else { return };
        let contacts = tag.contacts.map_or(ContactCount::Unknown, ContactCount::Known);
        self.changes.deletions.push(Deletion { key: made.key, id: made.id, contacts });
    }

    /// What was deleted comes again, with another id.
    fn create(&mut self, was: Thing, group: Option<String>, contacts: Vec<ContactRef>) {
        let home = was.group.clone();
        let at = *self.homes.entry(home.clone()).or_insert_with(|| {
            let home = match home {
                None => Home::Flat,
                Some(id) if self.groups.contains_key(id.as_str()) => Home::Group(id),
                Some(id) => Home::NewGroup {
                    key: None,
                    // What is known of it comes later.
                    name: group.clone().unwrap_or(id),
                    order: None,
                },
            };
            self.changes.creates.push(Create { home, tags: Vec::new() });
            self.changes.creates.len() - 1
        });
        if !contacts.is_empty() {
            let tag = TagRef::Made { group, name: was.name.clone() };
            self.contacts.push((tag, contacts));
        }
        let tag = TagToMake::new(was.key, was.name, was.order);
        self.changes.creates[at].tags.push(tag);
    }

    /// What was changed is changed back.
    fn change_back(&mut self, was: &Thing, is: &Thing) {
        let (name, order) = match is.item {
            Item::Group => match self.groups.get(is.id.as_str()) {
                Some(group) => (&group.name, group.order),
                None => return,
            },
            Item::Tag => match self.tags.get(is.id.as_str()) {
                Some(tag) => (&tag.name, tag.order),
                None => return,
            },
        };
        let (item, id, key) = (is.item, is.id.clone(), is.key.clone());
        match (&was.key, &is.key) {
            (old, new) if old == new => {}
            (Some(old), _) => self.changes.lock_only.push(StepKind::Adopt {
                item,
                key: old.clone(),
                id: id.clone(),
                group: is.group.clone(),
                name: name.clone(),
                order,
            }),
            (None, Some(new)) => self.changes.lock_only.push(StepKind::Forget {
                item,
                key: new.clone(),
                id: id.clone(),
                name: name.clone(),
            }),
            (None, None) => {}
        }
        if let Some(to) = was.order.filter(|to| self.can.order && order != Some(*to)) {
            let (key, id) = (key.clone(), id.clone());
            self.changes.reorders.push(Reorder { item, key, id, to });
        }
        if was.name != *name {
            self.changes.renames.push(Rename { item, key, id, to: was.name.clone() });
        }
    }

    /// Groups are made again with their tags, and those that were made go when they are empty.
    fn settle_groups(mut self) -> Self {
        for (home, at) in &self.homes {
            let was = home.as_ref().and_then(|id| self.deleted.remove(id));
            let create = &mut self.changes.creates[*at];
            if let (Home::NewGroup { key, name, order }, Some(was)) = (&mut create.home, was) {
                (*key, *name, *order) = (was.key, was.name, was.order);
            }
        }
        if self.can.empty_groups {
            let mut empty: Vec<Thing> = self.deleted.drain().map(|(_, was)| was).collect();
            empty.sort_by(|a, b| a.id.cmp(&b.id));
            for Thing { key, name, order, .. } in empty {
                let home = Home::NewGroup { key, name, order };
                self.changes.creates.push(Create { home, tags: Vec::new() });
            }
            let going: HashSet<&str> =
                self.changes.deletions.iter().map(|deletion| deletion.id.as_str()).collect();
            let stays = self.live.tags.iter().filter(|tag| !going.contains(tag.id.as_str()));
            let used: HashSet<&str> =
                stays.filter_map(|tag| Some(tag.group.as_ref()?.as_str())).collect();
            for Thing { key, id, name, .. } in std::mem::take(&mut self.created) {
                if used.contains(id.as_str()) {
                    let message = format!("the group {name} is kept: other tags stand in it");
                    self.notes.push(Note::new("group-kept", message));
                } else {
                    self.changes.group_deletions.push(GroupDeletion { key, id });
                }
            }
        }
        self
    }
}
