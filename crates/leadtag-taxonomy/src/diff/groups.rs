//! Groups: which live one each wanted one is, and what has to change.

use std::collections::HashMap;

use super::absent::Gone;
use super::changes::{Changes, Rename};
use super::context::{Context, unsupported};
use super::matching::{Ambiguous, Matched, Now, Pair};
use super::{Findings, names};
use crate::plan::{Blocked, Item, Reason};

/// Matches groups: by id, by name, by a former name, and at last by the tags in them.
pub(super) fn find(cx: &Context<'_>, found: &mut Findings) -> Matched {
    let wanted = &cx.desired.groups;
    let mut groups = Matched::new(wanted.len(), cx.live.groups.len());
    for (at, held) in cx.our_groups.of_wanted.iter().enumerate() {
        held.iter().for_each(|held| groups.set(at, held.live));
    }
    let names = |at: usize| {
        let group = &wanted[at];
        Some(((None, &*group.name), group.former.as_slice()))
    };
    let several = groups.by_names(names, &cx.group_names, &cx.our_groups);
    found.blocked.extend(several.iter().map(|several| ambiguous(cx, several)));
    by_tags(cx, &mut groups);
    groups
}

/// A group whose logical key was changed is found by its tags: most of those that are ours stand
/// in one live group.
fn by_tags(cx: &Context<'_>, groups: &mut Matched) {
    let mut counts: HashMap<usize, HashMap<usize, usize>> = HashMap::new();
    for (tag, held) in cx.desired.tags.iter().zip(&cx.our_tags.of_wanted) {
        let Some(wanted) = tag.group.filter(|at| groups.now[*at] == Now::Missing) else { continue };
        if let Some(live) = held.and_then(|held| cx.live.tags[held.live].group) {
            *counts.entry(wanted).or_default().entry(live).or_default() += 1;
        }
    }
    for wanted in 0..groups.now.len() {
        let Some(homes) = counts.get(&wanted) else { continue };
        let all: usize = homes.values().sum();
        let home = homes.iter().find(|(_, count)| **count * 2 > all).map(|(live, _)| *live);
        let free = |live: &usize| {
            let taken = groups.of[*live].is_some() || groups.undecided[*live];
            !taken && !cx.our_groups.wanted[*live]
        };
        if let Some(live) = home.filter(free) {
            groups.set(wanted, live);
        }
    }
}

/// A group that is to be made, if it can be.
pub(super) type NewGroups = Vec<usize>;

/// Notes what has to change on groups, and returns those to make.
pub(super) fn change<'a>(
    cx: &Context<'a>,
    groups: &mut Matched,
    gone: &Gone<'_>,
    changes: &mut Changes<'a>,
    found: &mut Findings,
) -> NewGroups {
    let (mut claims, mut claimants) = (Vec::new(), Vec::new());
    for (at, group) in cx.desired.groups.iter().enumerate() {
        let live = match groups.now[at] {
            Now::Live(live) => {
                let pair = pair(cx, at, live);
                if !pair.compare(cx, || group.name.to_string(), changes, found) {
                    continue;
                }
                Some(live)
            }
            Now::Missing if cx.can.create => None,
            Now::Missing => {
                groups.now[at] = Now::Blocked(Reason::Unsupported);
                let name = group.name.to_string();
                let message = "tag groups cannot be created there";
                found.blocked.push(unsupported(Item::Group, Some(&group.key), None, name, message));
                continue;
            }
            Now::Blocked(_) => continue,
        };
        claims.push(names::Claim { live, spot: Some((None, &*group.name)) });
        claimants.push(at);
    }
    let refused = names::refused(&claims, &cx.group_names, &gone.leaving_groups);
    let mut new = Vec::new();
    for ((claim, refused), at) in claims.iter().zip(refused).zip(claimants) {
        let group = &cx.desired.groups[at];
        match (refused, claim.live) {
            (Some(holder), live) => {
                if live.is_none() {
                    groups.now[at] = Now::Blocked(Reason::NameTaken);
                }
                found.blocked.push(name_taken(cx, at, live, holder));
            }
            (None, Some(live)) => {
                let (key, to) = (Some(&*group.key), &*group.name);
                changes.groups.renames.push(Rename { key, live, to });
            }
            (None, None) => new.push(at),
        }
    }
    new
}

fn pair<'a>(cx: &Context<'a>, wanted: usize, at: usize) -> Pair<'a> {
    let (want, live) = (&cx.desired.groups[wanted], &cx.live.groups[at]);
    Pair {
        item: Item::Group,
        key: &want.key,
        want_name: &want.name,
        want_order: want.order,
        live: at,
        id: live.id.as_str(),
        group: None,
        name: &live.name,
        order: live.order,
        held: cx.our_groups.of_wanted[wanted],
    }
}

fn ambiguous(cx: &Context<'_>, several: &Ambiguous<'_>) -> Blocked {
    let group = &cx.desired.groups[several.wanted];
    let ids = several.live.iter().map(|at| cx.live.groups[*at].id.as_str());
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    Blocked {
        why: Reason::Ambiguous,
        item: Some(Item::Group),
        key: Some(group.key.to_string()),
        id: None,
        name: group.name.to_string(),
        message: format!(
            "{} groups are named {} there ({}): rename or delete all but one",
            ids.len(),
            several.name,
            ids.join(", "),
        ),
    }
}

fn name_taken(cx: &Context<'_>, wanted: usize, live: Option<usize>, holder: usize) -> Blocked {
    let (group, holder) = (&cx.desired.groups[wanted], &cx.live.groups[holder]);
    let id = live.map(|live| cx.live.groups[live].id.as_str().to_owned());
    Blocked {
        why: Reason::NameTaken,
        item: Some(Item::Group),
        key: Some(group.key.to_string()),
        id,
        name: group.name.to_string(),
        message: format!(
            "another group there has and keeps this name ({}): rename or delete that one",
            holder.id
        ),
    }
}
