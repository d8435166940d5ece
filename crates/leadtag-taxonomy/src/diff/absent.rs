//! What goes: what is ours and no longer wanted, and what `[absent]` names.

use std::collections::{HashMap, HashSet};

use super::Findings;
use super::changes::Deletion;
use super::context::{Context, not_owned, unsupported};
use super::matching::Matched;
use super::ours::Entry;
use crate::Absent;
use crate::plan::{Blocked, Item, Note, Reason, StepKind};

/// What goes.
pub(super) struct Gone<'a> {
    /// What is not there any more, or stays without being ours. Changes the lock alone.
    pub(super) forget: Vec<StepKind>,
    pub(super) deletions: Vec<Deletion<'a>>,
    pub(super) group_deletions: Vec<Deletion<'a>>,
    /// Which live tags go.
    pub(super) leaving_tags: Vec<bool>,
    /// Which live groups go, by a step of their own or with their last tag.
    pub(super) leaving_groups: Vec<bool>,
}

impl Gone<'_> {
    /// Where groups vanish with their last tag, a wanted group that gets no new tag keeps one of
    /// the old ones. Tells whether one had to be kept.
    pub(super) fn keep_wanted_groups(
        &mut self,
        cx: &Context<'_>,
        groups: &Matched,
        growing: &HashSet<usize>,
        found: &mut Findings,
    ) -> bool {
        if cx.can.empty_groups {
            return false;
        }
        let mut stay = vec![0_usize; cx.live.groups.len()];
        for at in (0..cx.live.tags.len()).filter(|at| !self.leaving_tags[*at]) {
            cx.live.tags[at].group.into_iter().for_each(|group| stay[group] += 1);
        }
        let before = self.deletions.len();
        let mut kept = HashSet::new();
        self.deletions.retain(|deletion| {
            let tag = deletion.live;
            let group = cx.live.tags[tag].group.filter(|group| stay[*group] == 0);
            let Some(group) = group else { return true };
            let Some(wanted) = groups.of[group] else { return true };
            if growing.contains(&wanted) || !kept.insert(group) {
                return true;
            }
            self.leaving_tags[tag] = false;
            let name = cx.live_tag_name(tag);
            let message = format!("tag {name} is kept: its group would vanish with it");
            found.notes.push(Note::new("tag-kept", message));
            false
        });
        self.deletions.len() < before
    }
}

/// Finds what goes. Nothing that is neither ours nor named goes.
pub(super) fn find<'a>(
    cx: &Context<'a>,
    groups: &Matched,
    tags: &Matched,
    found: &mut Findings,
) -> Gone<'a> {
    let mut gone = Gone {
        forget: Vec::new(),
        deletions: Vec::new(),
        group_deletions: Vec::new(),
        leaving_tags: vec![false; cx.live.tags.len()],
        leaving_groups: vec![false; cx.live.groups.len()],
    };
    unwanted_tags(cx, groups, tags, &mut gone, found);
    named_tags(cx, groups, tags, &mut gone, found);
    unwanted_groups(cx, groups, tags, &mut gone, found);
    gone
}

fn unwanted_tags<'a>(
    cx: &Context<'a>,
    groups: &Matched,
    tags: &Matched,
    gone: &mut Gone<'a>,
    found: &mut Findings,
) {
    for (entry, live) in &cx.our_tags.unwanted {
        match *live {
            None => gone.forget.push(forget(Item::Tag, entry)),
            // Another key has taken it over, or may.
            Some(live) if tags.of[live].is_some() || tags.undecided[live] => {}
            Some(live) if in_undecided_group(cx, groups, live) => {}
            Some(live) => delete(cx, live, Some(entry.key), gone, found),
        }
    }
}

fn forget(item: Item, entry: &Entry<'_>) -> StepKind {
    let Entry { key, id, name, .. } = *entry;
    StepKind::Forget { item, key: key.to_owned(), id: id.to_owned(), name: name.to_owned() }
}

/// Whether a live tag stands in a group that the file may mean.
fn in_undecided_group(cx: &Context<'_>, groups: &Matched, tag: usize) -> bool {
    cx.live.tags[tag].group.is_some_and(|group| groups.undecided[group])
}

/// Deletes a live tag, if that can be.
fn delete<'a>(
    cx: &Context<'a>,
    live: usize,
    key: Option<&'a str>,
    gone: &mut Gone<'a>,
    found: &mut Findings,
) {
    let id = cx.live.tags[live].id.as_str();
    if cx.refused(id) {
        found.blocked.push(not_owned(Item::Tag, key, id, cx.live_tag_name(live)));
        return;
    }
    if !cx.can.delete_tags {
        let name = cx.live_tag_name(live);
        let message = "it is no longer wanted, and tags cannot be deleted there";
        found.blocked.push(unsupported(Item::Tag, key, Some(id), name, message));
        return;
    }
    gone.leaving_tags[live] = true;
    gone.deletions.push(Deletion { key, live });
}

fn named_tags<'a>(
    cx: &Context<'a>,
    groups: &Matched,
    tags: &Matched,
    gone: &mut Gone<'a>,
    found: &mut Findings,
) {
    if cx.desired.absent.is_empty() {
        return;
    }
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, tag) in cx.live.tags.iter().enumerate() {
        if tags.of[at].is_none() && !tags.undecided[at] && !cx.our_tags.locked[at] {
            by_name.entry(tag.name.as_str()).or_default().push(at);
        }
    }
    // The file speaks of groups by the names that it gives them.
    let group_name = |at: usize| match groups.of[at] {
        Some(wanted) => &*cx.desired.groups[wanted].name,
        None => cx.live.groups[at].name.as_str(),
    };
    for absent in &cx.desired.absent {
        let here = |at: &usize| match absent.group.filter(|_| cx.can.groups) {
            Some(name) => cx.live.tags[*at].group.is_some_and(|group| group_name(group) == name),
            None => true,
        };
        let all = by_name.get(absent.name).map_or(&[][..], Vec::as_slice);
        match all.iter().copied().filter(here).collect::<Vec<_>>()[..] {
            [] => {}
            [one] if gone.leaving_tags[one] => {}
            [one] if in_undecided_group(cx, groups, one) => {}
            [one] => delete(cx, one, None, gone, found),
            ref several => found.blocked.push(ambiguous(cx, absent, several)),
        }
    }
}

fn unwanted_groups<'a>(
    cx: &Context<'a>,
    groups: &Matched,
    tags: &Matched,
    gone: &mut Gone<'a>,
    found: &mut Findings,
) {
    let mut rest = vec![Rest::default(); cx.live.groups.len()];
    for at in 0..cx.live.tags.len() {
        let Some(group) = cx.live.tags[at].group else { continue };
        let rest = &mut rest[group];
        rest.all += 1;
        if !gone.leaving_tags[at] {
            rest.stay += 1;
            let ours = tags.of[at].is_some() || cx.our_tags.locked[at];
            rest.unmanaged += usize::from(!ours);
        }
    }
    // Where groups vanish with their last tag, one that is not ours does so too.
    for (at, rest) in rest.iter().enumerate().filter(|_| !cx.can.empty_groups) {
        gone.leaving_groups[at] = rest.all > 0 && rest.stay == 0 && groups.of[at].is_none();
    }
    for (entry, live) in &cx.our_groups.unwanted {
        let live = match *live {
            None => {
                gone.forget.push(forget(Item::Group, entry));
                continue;
            }
            Some(live) if groups.of[live].is_some() || groups.undecided[live] => continue,
            Some(live) => live,
        };
        let name = &cx.live.groups[live].name;
        let rest = &rest[live];
        if rest.unmanaged > 0 {
            gone.forget.push(forget(Item::Group, entry));
            found.notes.push(Note::new(
                "group-kept",
                format!("group {name} is kept: {} of its tags are not in the file", rest.unmanaged),
            ));
        } else if rest.stay == 0 {
            leave(cx, live, entry.key, rest, gone, found);
        }
    }
}

/// How many tags of a live group there are, stay, and stay without being ours.
#[derive(Clone, Default)]
struct Rest {
    all: usize,
    stay: usize,
    unmanaged: usize,
}

/// Lets an empty group go, where it does not go by itself.
fn leave<'a>(
    cx: &Context<'a>,
    live: usize,
    key: &'a str,
    rest: &Rest,
    gone: &mut Gone<'a>,
    found: &mut Findings,
) {
    let group = &cx.live.groups[live];
    let id = group.id.as_str();
    if !cx.can.empty_groups && rest.all > 0 {
        gone.leaving_groups[live] = true;
    } else if cx.refused(id) {
        found.blocked.push(not_owned(Item::Group, Some(key), id, group.name.clone()));
    } else if cx.can.delete_groups {
        gone.leaving_groups[live] = true;
        gone.group_deletions.push(Deletion { key: Some(key), live });
    } else {
        let name = group.name.clone();
        let message = "it is no longer wanted, and tag groups cannot be deleted there";
        found.blocked.push(unsupported(Item::Group, Some(key), Some(id), name, message));
    }
}

fn ambiguous(cx: &Context<'_>, absent: &Absent<'_>, several: &[usize]) -> Blocked {
    let mut names: Vec<_> = several
        .iter()
        .map(|at| format!("{} ({})", cx.live_tag_name(*at), cx.live.tags[*at].id))
        .collect();
    names.sort_unstable();
    let name = super::context::path(absent.group, absent.name);
    let remedy = if absent.group.is_none() && cx.can.groups {
        "name the group in [absent]"
    } else {
        "delete the right one by its id"
    };
    Blocked {
        why: Reason::Ambiguous,
        item: Some(Item::Tag),
        key: None,
        id: None,
        message: format!("{} tags could be meant: {}; {remedy}", names.len(), names.join(", ")),
        name,
    }
}
