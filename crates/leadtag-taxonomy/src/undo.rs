//! From what was done to the plan that takes it back.

use std::collections::{HashMap, HashSet};

use leadtag_core::{ContactRef, TagCapabilities};

use crate::diff::{Changes, Create, Deletion, Holders, Home, Rename, Reorder, order};
use crate::journal::{History, Thing};
use crate::{
    Item, Live, Note, Plan, PlanKind, ProviderLock, ProviderPlan, Step, StepKind, TagRef,
    TagToMake, Target,
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
    let effects = effects(history, target.name);
    let mut undo = Undo::new(live, can);
    for effect in &effects {
        undo.take_back(effect);
    }
    let Undo { changes, mut notes, contacts, .. } = undo.settle_groups();
    let mut steps = order(changes, live, &Holders::of_tags(live), &can);
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
        lock: None,
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
    /// The live groups by id.
    groups: HashMap<&'a str, usize>,
    /// The live tags by id.
    tags: HashMap<&'a str, usize>,
    live: &'a Live,
    changes: Changes<'a>,
    /// The creates by the old ids of their groups.
    homes: HashMap<Option<&'a str>, usize>,
    /// Groups that were deleted, by their old ids.
    deleted: HashMap<&'a str, &'a Thing>,
    /// Groups that were created.
    created: Vec<&'a Thing>,
    contacts: Vec<(TagRef, &'a [ContactRef])>,
    notes: Vec<Note>,
}

impl<'a> Undo<'a> {
    fn new(live: &'a Live, can: TagCapabilities) -> Self {
        Self {
            can,
            groups: live.groups.iter().map(|group| group.id.as_str()).zip(0..).collect(),
            tags: live.tags.iter().map(|tag| tag.id.as_str()).zip(0..).collect(),
            live,
            changes: Changes::default(),
            homes: HashMap::new(),
            deleted: HashMap::new(),
            created: Vec::new(),
            contacts: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn take_back(&mut self, effect: &'a Effect) {
        let Effect { before, after, group, contacts } = effect;
        match (before, after) {
            (None, Some(made)) => self.delete(made),
            (Some(was), None) if was.item == Item::Group => {
                self.deleted.insert(&was.id, was);
            }
            (Some(was), None) => self.create(was, group.as_deref(), contacts),
            (Some(was), Some(is)) => self.change_back(was, is),
            (None, None) => {}
        }
    }

    /// What was created goes, if it is still there.
    fn delete(&mut self, made: &'a Thing) {
        if made.item == Item::Group {
            if self.groups.contains_key(made.id.as_str()) {
                self.created.push(made);
            }
            return;
        }
        let Some(live) = self.tags.get(made.id.as_str()).copied() else { return };
        self.changes.deletions.push(Deletion { key: made.key.as_deref(), live });
    }

    /// What was deleted comes again, with another id.
    fn create(&mut self, was: &'a Thing, group: Option<&str>, contacts: &'a [ContactRef]) {
        let home = was.group.as_deref();
        let at = *self.homes.entry(home).or_insert_with(|| {
            let home = match home {
                None => Home::Flat,
                Some(id) => match self.groups.get(id) {
                    Some(live) => Home::Group(*live),
                    // What is known of it comes later.
                    None => {
                        let name = group.unwrap_or(id).to_owned();
                        Home::NewGroup { key: None, name, order: None }
                    }
                },
            };
            self.changes.creates.push(Create { home, tags: Vec::new() });
            self.changes.creates.len() - 1
        });
        if !contacts.is_empty() {
            let tag = TagRef::Made { group: group.map(str::to_owned), name: was.name.clone() };
            self.contacts.push((tag, contacts));
        }
        let tag = TagToMake::new(was.key.clone(), &*was.name, was.order);
        self.changes.creates[at].tags.push(tag);
    }

    /// What was changed is changed back.
    fn change_back(&mut self, was: &'a Thing, is: &'a Thing) {
        let ids = if is.item == Item::Group { &self.groups } else { &self.tags };
        let Some(live) = ids.get(is.id.as_str()).copied() else { return };
        let (name, order) = match is.item {
            Item::Group => (&self.live.groups[live].name, self.live.groups[live].order),
            Item::Tag => (&self.live.tags[live].name, self.live.tags[live].order),
        };
        let (item, id) = (is.item, &is.id);
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
        let key = is.key.as_deref();
        if let Some(to) = was.order.filter(|to| self.can.order && order != Some(*to)) {
            self.changes.of(item).reorders.push(Reorder { key, live, to });
        }
        if was.name != *name {
            self.changes.of(item).renames.push(Rename { key, live, to: &was.name });
        }
    }

    /// Groups are made again with their tags, and those that were made go when they are empty.
    fn settle_groups(mut self) -> Self {
        for (home, at) in &self.homes {
            let was = home.and_then(|id| self.deleted.remove(id));
            let create = &mut self.changes.creates[*at];
            if let (Home::NewGroup { key, name, order }, Some(was)) = (&mut create.home, was) {
                (*key, *name, *order) = (was.key.clone(), was.name.clone(), was.order);
            }
        }
        if self.can.empty_groups {
            let mut empty: Vec<&Thing> = self.deleted.drain().map(|(_, was)| was).collect();
            empty.sort_by(|a, b| a.id.cmp(&b.id));
            for Thing { key, name, order, .. } in empty {
                let (key, name, order) = (key.clone(), name.clone(), *order);
                let home = Home::NewGroup { key, name, order };
                self.changes.creates.push(Create { home, tags: Vec::new() });
            }
            let going: HashSet<usize> =
                self.changes.deletions.iter().map(|deletion| deletion.live).collect();
            let stays = (0..self.live.tags.len()).filter(|tag| !going.contains(tag));
            let used: HashSet<usize> = stays.filter_map(|tag| self.live.tags[tag].group).collect();
            for Thing { key, id, name, .. } in std::mem::take(&mut self.created) {
                let Some(live) = self.groups.get(id.as_str()).copied() else { continue };
                if used.contains(&live) {
                    let message = format!("the group {name} is kept: other tags stand in it");
                    self.notes.push(Note::new("group-kept", message));
                } else {
                    self.changes.group_deletions.push(Deletion { key: key.as_deref(), live });
                }
            }
        }
        self
    }
}
