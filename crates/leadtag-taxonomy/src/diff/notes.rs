//! What is worth knowing, although nothing is to be done about it.

use std::collections::HashSet;

use super::Findings;
use super::absent::Gone;
use super::context::{Context, Spot, path};
use super::matching::{Matched, Now};
use crate::plan::Note;

/// Tells of unmanaged ones beside ours: of the same name, and of a former one.
pub(super) fn tell(
    cx: &Context<'_>,
    groups: &Matched,
    tags: &Matched,
    gone: &Gone<'_>,
    found: &mut Findings,
) {
    let free_group = |at: usize| {
        groups.of[at].is_none() && !cx.our_groups.locked[at] && !gone.leaving_groups[at]
    };
    for (want, now) in cx.desired.groups.iter().zip(&groups.now) {
        let Now::Live(live) = *now else { continue };
        let name = cx.live.groups[live].name.as_str();
        let others = |name| {
            let all = cx.group_names.of((None, name));
            all.filter(|at| free_group(*at)).map(|at| cx.live.groups[at].id.as_str())
        };
        duplicate("group", name.to_owned(), others(name).collect(), found);
        for former in want.former.iter().filter(|_| name == want.name) {
            alias_left("group", former, others(former).collect(), found);
        }
    }
    let free_tag =
        |at: usize| tags.of[at].is_none() && !cx.our_tags.locked[at] && !gone.leaving_tags[at];
    let several = cx.tag_names.any_several();
    let mut told: HashSet<Spot<'_>> = HashSet::new();
    for (want, now) in cx.desired.tags.iter().zip(&tags.now) {
        let Now::Live(live) = *now else { continue };
        if !several && want.former.is_empty() {
            continue;
        }
        let tag = &cx.live.tags[live];
        let group = cx.live.group_of(tag).map(|group| group.name.as_str());
        let others = |name| {
            let all = cx.tag_names.of((tag.group, name));
            all.filter(|at| free_tag(*at)).map(|at| cx.live.tags[at].id.as_str())
        };
        if told.insert((tag.group, &tag.name)) {
            duplicate("tag", path(group, &tag.name), others(&tag.name).collect(), found);
        }
        for former in want.former.iter().filter(|_| tag.name == want.name) {
            alias_left("tag", &path(group, former), others(former).collect(), found);
        }
    }
}

fn duplicate(what: &str, name: String, mut others: Vec<&str>, found: &mut Findings) {
    if others.is_empty() {
        return;
    }
    others.sort_unstable();
    let ids = others.join(", ");
    let message = format!("another {what} is also named {name}; it is kept ({ids})");
    found.notes.push(Note::new("duplicate", message));
}

fn alias_left(what: &str, name: &str, mut others: Vec<&str>, found: &mut Findings) {
    others.sort_unstable();
    for id in others {
        let message = format!("a {what} of the former name {name} is there too; it is kept ({id})");
        found.notes.push(Note::new("alias-left", message));
    }
}
