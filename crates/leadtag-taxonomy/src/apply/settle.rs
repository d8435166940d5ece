//! What became of a step, by what is live now.

use std::collections::HashSet;

use super::model::Model;
use crate::journal::{Change, Outcome, Thing};
use crate::{GroupRef, Item, Note, StepKind, TagToMake};

/// What a list says about a step.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) outcome: Outcome,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
}

impl Settled {
    fn plain(outcome: Outcome, changes: Vec<Change>) -> Self {
        Self { outcome, changes, notes: Vec::new() }
    }
}

/// What is live of the tags that were to be created.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    /// The group they stand in.
    pub(super) group: Option<String>,
    pub(super) missing: Vec<TagToMake>,
    pub(super) notes: Vec<Note>,
}

/// Decides by `now`. `before` is what the step changes, as it was; `had` are the ids that had one
/// of the names to be created already.
pub(super) fn settle(step: &StepKind, before: &[Thing], had: &[String], now: &Model) -> Settled {
    let was = || before.first().cloned();
    match step {
        StepKind::RenameGroup { id, to, .. } => {
            changed(Item::Group, id, was(), now, |thing| thing.name.clone_from(to))
        }
        StepKind::RenameTag { id, to, .. } => {
            changed(Item::Tag, id, was(), now, |thing| thing.name.clone_from(to))
        }
        StepKind::ReorderGroup { id, to, .. } => {
            changed(Item::Group, id, was(), now, |thing| thing.order = Some(*to))
        }
        StepKind::ReorderTag { id, to, .. } => {
            changed(Item::Tag, id, was(), now, |thing| thing.order = Some(*to))
        }
        StepKind::CreateGroup { key, name, tags, .. } => {
            created(find_group(key.as_deref(), name, tags, had, now))
        }
        StepKind::CreateTags { into, tags } => match group_of(into, now) {
            Some(group) => created(find_tags(tags, group.as_deref(), had, now)),
            None => Settled::plain(Outcome::NotDone, Vec::new()),
        },
        StepKind::DeleteTag { id, .. } => deleted(now.get(Item::Tag, id), before, now),
        StepKind::DeleteGroup { id, .. } => deleted(now.get(Item::Group, id), before, now),
        // Made again, they change nothing that they have changed already.
        StepKind::Adopt { .. } | StepKind::Forget { .. } | StepKind::Retag { .. } => {
            Settled::plain(Outcome::NotDone, Vec::new())
        }
    }
}

/// It is done if `alter` changes nothing of what is listed.
fn changed(
    item: Item,
    id: &str,
    was: Option<Thing>,
    now: &Model,
    alter: impl Fn(&mut Thing),
) -> Settled {
    let Some(thing) = now.get(item, id) else {
        return Settled::plain(Outcome::Stale, Vec::new());
    };
    let mut wanted = thing.clone();
    alter(&mut wanted);
    if wanted != *thing {
        return Settled::plain(Outcome::NotDone, Vec::new());
    }
    let change = Change::new(was.unwrap_or_else(|| thing.clone()), alter);
    Settled::plain(Outcome::Done, vec![change])
}

fn created(found: Found) -> Settled {
    let outcome = match (found.missing.is_empty(), found.changes.is_empty()) {
        // Without tags to find it is the group that counts.
        (true, false) => Outcome::Done,
        (_, true) => Outcome::NotDone,
        (false, false) => Outcome::Partly,
    };
    Settled { outcome, changes: found.changes, notes: found.notes }
}

/// What is not there any more was deleted, the group that vanished with its last tag as well.
fn deleted(still: Option<&Thing>, before: &[Thing], now: &Model) -> Settled {
    if still.is_some() {
        return Settled::plain(Outcome::NotDone, Vec::new());
    }
    let gone = before.iter().filter(|was| now.get(was.item, &was.id).is_none());
    let changes = gone.map(|was| Change { before: Some(was.clone()), after: None });
    Settled::plain(Outcome::Done, changes.collect())
}

/// Looks for a new group and its tags.
pub(super) fn find_group(
    key: Option<&str>,
    name: &str,
    tags: &[TagToMake],
    had: &[String],
    now: &Model,
) -> Found {
    let had_before: HashSet<&str> = had.iter().map(String::as_str).collect();
    let is_new = |thing: &&Thing| thing.key.is_none() && !had_before.contains(thing.id.as_str());
    let mut groups = now.named(Item::Group, None, name).filter(is_new);
    let Some(group) = groups.next() else {
        return Found { missing: tags.to_vec(), ..Found::default() };
    };
    let mut found = find_tags(tags, Some(&group.id), had, now);
    if groups.next().is_some() {
        found.notes.push(duplicate("group", name));
    }
    found.changes.insert(0, made(group, key));
    found
}

/// Looks for new tags in a group, or where there are no groups.
pub(super) fn find_tags(
    tags: &[TagToMake],
    group: Option<&str>,
    had: &[String],
    now: &Model,
) -> Found {
    let had: HashSet<&str> = had.iter().map(String::as_str).collect();
    let mut found = Found { group: group.map(str::to_owned), ..Found::default() };
    for tag in tags {
        let is_new = |thing: &&Thing| thing.key.is_none() && !had.contains(thing.id.as_str());
        let mut live = now.named(Item::Tag, group, &tag.name).filter(is_new);
        match live.next() {
            Some(thing) => found.changes.push(made(thing, tag.key.as_deref())),
            None => found.missing.push(tag.clone()),
        }
        if live.next().is_some() {
            found.notes.push(duplicate("tag", &tag.name));
        }
    }
    found
}

/// The id of the group that tags are created in: `Some(None)` where there are no groups, `None` if
/// it is not there.
pub(super) fn group_of(into: &GroupRef, now: &Model) -> Option<Option<String>> {
    match into {
        GroupRef::Flat => Some(None),
        GroupRef::Id { id, .. } => now.get(Item::Group, id).map(|group| Some(group.id.clone())),
        GroupRef::Made { name } => {
            let mut named = now.named(Item::Group, None, name);
            let ours = now.named(Item::Group, None, name).find(|group| group.key.is_some());
            ours.or_else(|| named.next()).map(|group| Some(group.id.clone()))
        }
    }
}

fn made(thing: &Thing, key: Option<&str>) -> Change {
    let after = Thing { key: key.map(str::to_owned), ..thing.clone() };
    Change { before: None, after: Some(after) }
}

fn duplicate(what: &str, name: &str) -> Note {
    let message = format!(
        "there are several new {what}s of the name {name}: the first one listed is taken as ours; \
         look which of them is wanted and delete the others by hand"
    );
    Note::new("duplicate", message)
}
