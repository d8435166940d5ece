//! The tag calls, corp and strategy alike: list, add, edit, delete.
//!
//! Documented (WeCom docs, pages 92117 and 99544): everything that is not called inferred here.
//! Inferred: unknown ids in a filter or a delete are 40068 and then nothing is done; names that are
//! in the group already are 40071 and then nothing is added; neither `tag` nor a name in it is
//! 41018; no id at all in a delete is 41017; any app may add to a group, but only a group whose
//! tags are all its own can be deleted by it.

use std::collections::HashSet;

use super::codes;
use super::envelope::{Outcome, Refusal, Success, object};
use super::fields::{Fields, check_name, invalid};
use super::state::{Caller, State};
use super::tag_views::{Flags, GroupList, GroupView, OneGroup};
use super::tags::{Library, Place, Tags, Wanted};

/// Which of the two sets of calls is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Corp,
    Strategy,
}

impl Kind {
    fn holds(self, library: Library) -> bool {
        library.is_some() == (self == Self::Strategy)
    }
}

pub(super) fn list(state: &mut State, kind: Kind, caller: Caller, fields: &Fields) -> Outcome {
    let strategy = strategy_filter(state, kind, caller, fields)?;
    let groups = fields.texts("group_id")?;
    // With both filters given, tag_id is ignored.
    let tags = if groups.is_empty() { fields.texts("tag_id")? } else { Vec::new() };
    if kind == Kind::Corp && groups.is_empty() && tags.is_empty() {
        let fields = state.tags.full_list(|tags| full_list(tags).map(Into::into))?;
        return Ok(Success { fields, committed: false });
    }
    let seen = |library: Library| match kind {
        Kind::Corp => library.is_none(),
        Kind::Strategy => {
            library.is_some_and(|id| strategy.map_or(state.owns_strategy(id, caller), |s| s == id))
        }
    };
    let list = if !tags.is_empty() {
        by_tags(&state.tags, kind, &tags, seen)?
    } else {
        by_groups(&state.tags, kind, &groups, seen)?
    };
    Success::read(&list)
}

fn full_list(tags: &Tags) -> Result<Vec<u8>, Refusal> {
    let flags = Flags { on_groups: false, on_tags: false };
    let groups = tags.groups().iter().filter(|group| !group.deleted && group.library.is_none());
    let views = groups.map(|group| GroupView::new(group, group.live_tags(), flags)).collect();
    object(&GroupList::new(views))
}

/// Groups by id, deleted ones and their deleted tags included; for strategies also all groups.
fn by_groups<'a>(
    tags: &'a Tags,
    kind: Kind,
    ids: &[&str],
    seen: impl Fn(Library) -> bool,
) -> Result<GroupList<'a>, Refusal> {
    let with_deleted = kind == Kind::Corp;
    let wanted = wanted_places(tags, ids, |place| place.tag.is_none())?;
    let flags = Flags { on_groups: false, on_tags: with_deleted };
    let views = tags.groups().iter().enumerate().filter(|(at, group)| {
        let asked = ids.is_empty() || wanted.contains(&Place { group: *at, tag: None });
        asked && seen(group.library) && (with_deleted || !group.deleted)
    });
    let views = views.map(|(_, group)| {
        let shown = group.tags.iter().filter(|tag| with_deleted || !tag.deleted);
        GroupView::new(group, shown, flags)
    });
    Ok(GroupList::new(views.collect()))
}

/// The groups of some tags, with only those tags.
fn by_tags<'a>(
    tags: &'a Tags,
    kind: Kind,
    ids: &[&str],
    seen: impl Fn(Library) -> bool,
) -> Result<GroupList<'a>, Refusal> {
    let with_deleted = kind == Kind::Corp;
    let wanted = wanted_places(tags, ids, |place| place.tag.is_some())?;
    let groups: HashSet<usize> = wanted.iter().map(|place| place.group).collect();
    let flags = Flags { on_groups: with_deleted, on_tags: with_deleted };
    let mut views = Vec::new();
    for (at, group) in tags.groups().iter().enumerate() {
        if !groups.contains(&at) || !seen(group.library) {
            continue;
        }
        let asked = group.tags.iter().enumerate().filter(|(tag_at, tag)| {
            (with_deleted || !tag.deleted)
                && wanted.contains(&Place { group: at, tag: Some(*tag_at) })
        });
        let asked: Vec<_> = asked.map(|(_, tag)| tag).collect();
        if !asked.is_empty() {
            views.push(GroupView::new(group, asked.into_iter(), flags));
        }
    }
    Ok(GroupList::new(views))
}

fn wanted_places(
    tags: &Tags,
    ids: &[&str],
    right_kind: impl Fn(&Place) -> bool,
) -> Result<HashSet<Place>, Refusal> {
    let place = |id: &&str| tags.place(id).filter(&right_kind);
    ids.iter().map(|id| place(id).ok_or_else(|| Refusal::new(codes::INVALID_TAG))).collect()
}

pub(super) fn add(state: &mut State, kind: Kind, caller: Caller, fields: &Fields) -> Outcome {
    let wanted = wanted_tags(fields)?;
    let library = strategy_to_add_to(state, kind, caller, fields)?;
    let group = match fields.text("group_id")? {
        Some(id) => Some(existing_group(&state.tags, library, id)?),
        None => None,
    };
    let new_group = if group.is_none() {
        let Some(name) = fields.text("group_name")? else {
            return Err(invalid("field `group_name` unexpected empty string".to_owned()));
        };
        check_name(name)?;
        Some(Wanted { name: name.to_owned(), order: fields.order()?.unwrap_or(0) })
    } else {
        None
    };
    let group =
        group.or_else(|| new_group.as_ref().and_then(|g| state.tags.group_named(library, &g.name)));
    state.tags.check_room(group, library, &wanted)?;
    let at = match (group, new_group) {
        (Some(at), _) => at,
        (None, Some(new)) => state.tags.new_group(library, new, caller.app, caller.now),
        (None, None) => return Err(Refusal::new(codes::INVALID_TAG)),
    };
    let made = state.tags.fill(at, wanted, caller.app, caller.now);
    let flags = Flags { on_groups: false, on_tags: false };
    let Some(group) = state.tags.group(Place { group: at, tag: None }) else {
        return Err(Refusal::new(codes::INVALID_TAG));
    };
    let tags = group.tags.get(made).unwrap_or_default();
    Success::wrote(&OneGroup { tag_group: GroupView::new(group, tags.iter(), flags) })
}

/// The tags of an add request: of several with one name only the first is kept.
fn wanted_tags(fields: &Fields) -> Result<Vec<Wanted>, Refusal> {
    let mut names = HashSet::new();
    let mut wanted = Vec::new();
    for tag in fields.objects("tag")? {
        let Some(name) = tag.any_text("name")? else {
            return Err(Refusal::new(codes::MISSING_TAG_NAME));
        };
        check_name(name)?;
        let order = tag.order()?.unwrap_or(0);
        if names.insert(name.to_owned()) {
            wanted.push(Wanted { name: name.to_owned(), order });
        }
    }
    if wanted.is_empty() {
        return Err(Refusal::new(codes::MISSING_TAG_NAME));
    }
    Ok(wanted)
}

fn existing_group(tags: &Tags, library: Library, id: &str) -> Result<usize, Refusal> {
    let place = tags.live(id).filter(|place| place.tag.is_none());
    let place = place.filter(|place| tags.group(*place).is_some_and(|g| g.library == library));
    place.map(|place| place.group).ok_or_else(|| Refusal::new(codes::INVALID_TAG))
}

pub(super) fn edit(state: &mut State, kind: Kind, caller: Caller, fields: &Fields) -> Outcome {
    let Some(id) = fields.text("id")? else {
        return Err(Refusal::new(codes::MISSING_TAG_ID));
    };
    let name = fields.any_text("name")?;
    if let Some(name) = name {
        check_name(name)?;
    }
    let order = fields.order()?;
    let place = own_place(&state.tags, kind, caller, id)?;
    if let (Some(name), Some(group)) = (name, state.tags.group(place)) {
        let taken = match place.tag {
            None => state
                .tags
                .group_named(group.library, name)
                .is_some_and(|other| other != place.group),
            Some(_) => group.live_tags().any(|tag| tag.id != id && tag.name == name),
        };
        if taken {
            return Err(Refusal::new(codes::TAG_EXISTS));
        }
    }
    let changed = state.tags.edit(place, name, order);
    Success::done(changed)
}

pub(super) fn delete(state: &mut State, kind: Kind, caller: Caller, fields: &Fields) -> Outcome {
    let (tags, groups) = (fields.texts("tag_id")?, fields.texts("group_id")?);
    if tags.is_empty() && groups.is_empty() {
        return Err(Refusal::new(codes::MISSING_TAG_ID));
    }
    let mut places = Vec::new();
    for (ids, of_tags) in [(&tags, true), (&groups, false)] {
        for id in ids {
            let place = own_place(&state.tags, kind, caller, id)?;
            if place.tag.is_some() != of_tags {
                return Err(Refusal::new(codes::INVALID_TAG));
            }
            places.push(place);
        }
    }
    for place in places {
        state.tags.delete(place);
    }
    Success::done(true)
}

/// A live tag or group of the right kind that the caller's app may change.
fn own_place(tags: &Tags, kind: Kind, caller: Caller, id: &str) -> Result<Place, Refusal> {
    let unknown = || Refusal::new(codes::INVALID_TAG);
    let place = tags.live(id).ok_or_else(unknown)?;
    let group = tags.group(place).filter(|group| kind.holds(group.library)).ok_or_else(unknown)?;
    let own = match place.tag {
        Some(at) => group.tags.get(at).is_some_and(|tag| tag.app == caller.app),
        None => group.app == caller.app && group.live_tags().all(|tag| tag.app == caller.app),
    };
    if own { Ok(place) } else { Err(Refusal::new(codes::NO_PRIVILEGE_ON_TAG)) }
}

/// The strategy asked for in a list call, if any: it must be the app's own.
fn strategy_filter(
    state: &State,
    kind: Kind,
    caller: Caller,
    fields: &Fields,
) -> Result<Option<i64>, Refusal> {
    if kind == Kind::Corp {
        return Ok(None);
    }
    match fields.integer("strategy_id")? {
        Some(id) if !state.owns_strategy(id, caller) => {
            Err(Refusal::new(codes::STRATEGY_OUT_OF_SCOPE))
        }
        strategy => Ok(strategy),
    }
}

/// Where an add call puts its tags; a strategy call must name a strategy.
fn strategy_to_add_to(
    state: &State,
    kind: Kind,
    caller: Caller,
    fields: &Fields,
) -> Result<Library, Refusal> {
    let strategy = strategy_filter(state, kind, caller, fields)?;
    if kind == Kind::Strategy && strategy.is_none() {
        return Err(invalid("field `strategy_id` expected an integer".to_owned()));
    }
    Ok(strategy)
}
