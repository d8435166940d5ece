//! Tags: which live one each wanted one is, and what has to change.

use std::collections::HashSet;

use super::absent::Gone;
use super::changes::{Changes, Create, Home, Rename};
use super::context::{Context, unsupported};
use super::groups::NewGroups;
use super::matching::{Ambiguous, Matched, Now, Pair};
use super::{Findings, names};
use crate::plan::{Blocked, Item, Reason, TagToMake};

/// Unmanaged tags that are named where there is no room.
const NAMED: usize = 5;

/// Matches tags: by id, by name in their group, by a former name there.
pub(super) fn find(cx: &Context<'_>, groups: &Matched, found: &mut Findings) -> Matched {
    let wanted = &cx.desired.tags;
    let mut tags = Matched::new(wanted.len(), cx.live.tags.len());
    for (at, tag) in wanted.iter().enumerate() {
        let Some(live) = cx.our_tags.of_wanted[at].map(|held| held.live) else { continue };
        tags.set(at, live);
        match tag.group.map(|group| groups.now[group]) {
            Some(Now::Live(group)) if cx.live.tags[live].group == Some(group) => {}
            None => {}
            // Nobody knows where it should stand, and so not which names are free there.
            Some(Now::Blocked(why)) => {
                tags.now[at] = Now::Blocked(why);
                if cx.live.tags[live].name != tag.name {
                    found.blocked.push(without_group(cx, at, why));
                }
            }
            Some(Now::Live(_) | Now::Missing) => {
                tags.now[at] = Now::Blocked(Reason::Move);
                found.blocked.push(moved(cx, at, live));
            }
        }
    }
    let names = |at: usize| {
        let tag = &wanted[at];
        let scope = match tag.group.map(|group| groups.now[group]) {
            None => None,
            Some(Now::Live(group)) => Some(group),
            Some(_) => return None,
        };
        Some(((scope, &*tag.name), tag.former.as_slice()))
    };
    let several = tags.by_names(names, &cx.tag_names, &cx.our_tags);
    found.blocked.extend(several.iter().map(|several| ambiguous(cx, several)));
    tags
}

/// Notes what has to change on tags, and what is made of groups and tags.
pub(super) fn change<'a>(
    cx: &Context<'a>,
    groups: &Matched,
    tags: &Matched,
    gone: &mut Gone<'_>,
    new_groups: NewGroups,
    changes: &mut Changes<'a>,
    found: &mut Findings,
) {
    let (mut claims, mut claimants) = (Vec::new(), Vec::new());
    for (at, tag) in cx.desired.tags.iter().enumerate() {
        let group = tag.group.map(|group| groups.now[group]);
        let live = match tags.now[at] {
            Now::Live(live) => {
                let shown = || cx.wanted_tag_name(tag);
                if !pair(cx, at, live).compare(cx, shown, changes, found) {
                    continue;
                }
                Some(live)
            }
            Now::Missing if !cx.can.create => {
                let (key, name) = (Some(&*tag.key), cx.wanted_tag_name(tag));
                let message = "tags cannot be created there";
                found.blocked.push(unsupported(Item::Tag, key, None, name, message));
                continue;
            }
            Now::Missing => match group {
                Some(Now::Blocked(why)) => {
                    found.blocked.push(without_group(cx, at, why));
                    continue;
                }
                _ => None,
            },
            Now::Blocked(_) => continue,
        };
        // In a group that is made, every name is free.
        let scope = match (live, group) {
            (Some(live), _) => Some(cx.live.tags[live].group),
            (None, Some(Now::Live(group))) => Some(Some(group)),
            (None, Some(_)) => None,
            (None, None) => Some(None),
        };
        claims.push(names::Claim { live, spot: scope.map(|scope| (scope, &*tag.name)) });
        claimants.push(at);
    }
    let refused = names::refused(&claims, &cx.tag_names, &gone.leaving_tags);
    let mut new = Vec::new();
    for ((claim, refused), at) in claims.iter().zip(refused).zip(claimants) {
        let tag = &cx.desired.tags[at];
        match (refused, claim.live) {
            (Some(holder), live) => found.blocked.push(name_taken(cx, at, live, holder)),
            (None, Some(live)) => {
                let (key, to) = (Some(&*tag.key), &*tag.name);
                changes.tags.renames.push(Rename { key, live, to });
            }
            (None, None) => new.push(at),
        }
    }
    loop {
        leave_out_what_has_no_room(cx, tags, gone, &mut new, found);
        let homes = new.iter().filter_map(|at| cx.desired.tags[*at].group);
        let growing: HashSet<usize> = homes.collect();
        if !gone.keep_wanted_groups(cx, groups, &growing, found) {
            break;
        }
    }
    changes.creates = creates(cx, groups, new_groups, &new, found);
}

/// The last ones of the file are left out where the platform holds no more.
fn leave_out_what_has_no_room(
    cx: &Context<'_>,
    tags: &Matched,
    gone: &Gone<'_>,
    new: &mut Vec<usize>,
    found: &mut Findings,
) {
    let Some(max) = cx.can.max_tags.map(|max| max as usize) else { return };
    let stay = cx.live.tags.len() - gone.deletions.len();
    let over = (stay + new.len()).saturating_sub(max);
    let left_out = new.split_off(new.len() - over.min(new.len()));
    if left_out.is_empty() {
        return;
    }
    let unmanaged =
        |at: &usize| tags.of[*at].is_none() && !cx.our_tags.locked[*at] && !gone.leaving_tags[*at];
    let mut others: Vec<_> = (0..cx.live.tags.len()).filter(unmanaged).collect();
    others.sort_unstable_by_key(|at| &cx.live.tags[*at].id);
    let names: Vec<_> = others.iter().take(NAMED).map(|at| cx.live_tag_name(*at)).collect();
    let mut message = format!("there is room for {max} tags");
    if !names.is_empty() {
        let more = if others.len() > NAMED { ", …" } else { "" };
        let list = names.join(", ");
        message += &format!(", and {} of them are not in the file: {list}{more}", others.len());
    }
    for at in left_out {
        let tag = &cx.desired.tags[at];
        found.blocked.push(Blocked {
            why: Reason::NoRoom,
            item: Some(Item::Tag),
            key: Some(tag.key.to_string()),
            id: None,
            name: cx.wanted_tag_name(tag),
            message: message.clone(),
        });
    }
}

/// What is made, group by group in the order of the file.
fn creates(
    cx: &Context<'_>,
    groups: &Matched,
    new_groups: NewGroups,
    new: &[usize],
    found: &mut Findings,
) -> Vec<Create> {
    let make = |at: &usize| {
        let tag = &cx.desired.tags[*at];
        TagToMake::new(Some(tag.key.to_string()), &*tag.name, tag.order.filter(|_| cx.can.order))
    };
    let mut by_group: Vec<Vec<TagToMake>> = vec![Vec::new(); cx.desired.groups.len()];
    let mut flat = Vec::new();
    for at in new {
        match cx.desired.tags[*at].group {
            Some(group) => by_group[group].push(make(at)),
            None => flat.push(make(at)),
        }
    }
    let mut is_new = vec![false; by_group.len()];
    new_groups.into_iter().for_each(|at| is_new[at] = true);
    let mut wants_tags = vec![false; by_group.len()];
    cx.desired.tags.iter().filter_map(|tag| tag.group).for_each(|at| wants_tags[at] = true);
    let mut creates = Vec::new();
    for (at, tags) in by_group.into_iter().enumerate() {
        let group = &cx.desired.groups[at];
        let home = match groups.now[at] {
            Now::Live(_) if tags.is_empty() => continue,
            Now::Live(live) => Home::Group(live),
            _ if !is_new[at] => continue,
            _ if tags.is_empty() && !cx.can.empty_groups => {
                // What is in the way of its tags is told already.
                if !wants_tags[at] {
                    let (key, name) = (Some(&*group.key), group.name.to_string());
                    let message = "a group cannot be empty there: give it a tag";
                    found.blocked.push(unsupported(Item::Group, key, None, name, message));
                }
                continue;
            }
            _ => Home::NewGroup {
                key: Some(group.key.to_string()),
                name: group.name.to_string(),
                order: group.order.filter(|_| cx.can.order),
            },
        };
        creates.push(Create { home, tags });
    }
    if !flat.is_empty() {
        creates.push(Create { home: Home::Flat, tags: flat });
    }
    creates
}

fn pair<'a>(cx: &Context<'a>, wanted: usize, at: usize) -> Pair<'a> {
    let (want, live) = (&cx.desired.tags[wanted], &cx.live.tags[at]);
    Pair {
        item: Item::Tag,
        key: &want.key,
        want_name: &want.name,
        want_order: want.order,
        live: at,
        id: live.id.as_str(),
        group: cx.live.group_of(live).map(|group| group.id.as_str()),
        name: &live.name,
        order: live.order,
        held: cx.our_tags.of_wanted[wanted],
    }
}

fn blocked(cx: &Context<'_>, wanted: usize, why: Reason, message: String) -> Blocked {
    let tag = &cx.desired.tags[wanted];
    Blocked {
        why,
        item: Some(Item::Tag),
        key: Some(tag.key.to_string()),
        id: None,
        name: cx.wanted_tag_name(tag),
        message,
    }
}

fn moved(cx: &Context<'_>, wanted: usize, live: usize) -> Blocked {
    let live = &cx.live.tags[live];
    let place = cx.live.group_of(live).map_or("no group", |group| &group.name);
    let message = format!(
        "it stands in {place} there, and no platform moves a tag: put it back, or give the tag a \
         new key (the old one is then deleted, and contacts lose it)"
    );
    let id = Some(live.id.as_str().to_owned());
    Blocked { id, ..blocked(cx, wanted, Reason::Move, message) }
}

fn ambiguous(cx: &Context<'_>, several: &Ambiguous<'_>) -> Blocked {
    let mut ids: Vec<_> = several.live.iter().map(|at| cx.live.tags[*at].id.as_str()).collect();
    ids.sort_unstable();
    let (count, name, ids) = (ids.len(), several.name, ids.join(", "));
    let message =
        format!("{count} tags are named {name} there ({ids}): rename or delete all but one");
    blocked(cx, several.wanted, Reason::Ambiguous, message)
}

fn without_group(cx: &Context<'_>, wanted: usize, why: Reason) -> Blocked {
    blocked(
        cx,
        wanted,
        why,
        "nothing can be done with it, because its group cannot be used".to_owned(),
    )
}

fn name_taken(cx: &Context<'_>, wanted: usize, live: Option<usize>, holder: usize) -> Blocked {
    let id = live.map(|live| cx.live.tags[live].id.as_str().to_owned());
    let holder = &cx.live.tags[holder].id;
    let message = format!(
        "another tag there has and keeps this name ({holder}): rename or delete that one, or \
         remove it with [absent]"
    );
    Blocked { id, ..blocked(cx, wanted, Reason::NameTaken, message) }
}
