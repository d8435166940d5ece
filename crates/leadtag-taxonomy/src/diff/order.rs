//! The order of the steps: nothing is sent before what it needs, and nothing is deleted before it
//! must be.

use std::collections::{HashMap, HashSet};

use leadtag_core::TagCapabilities;

use super::changes::{Changes, Create, Deletion, Home, Rename, Updates};
use super::context::{Holders, Spot};
use super::renames::{self, Sent};
use crate::Live;
use crate::plan::{ContactCount, GroupRef, Step, StepKind};

/// Tags of one create.
const TAGS_AT_ONCE: usize = 50;

/// Brings changes into the order in which they can be made, starting from `live`, whose tags have
/// the names `held`: the lock, renames of groups, deletions that others wait for, renames of tags,
/// creates, sort values, all other deletions, deletions of groups.
pub(crate) fn order(
    changes: Changes<'_>,
    live: &Live,
    held: &Holders<'_>,
    can: &TagCapabilities,
) -> Vec<Step> {
    let Changes { lock_only, groups, tags, creates, deletions, group_deletions } = changes;
    let homes = Homes::new(live, can, &creates, &deletions, &group_deletions, &groups.renames);
    let group_renames = homes.rename_groups(&groups.renames);

    let Early { first, aside, later, missing } = homes.early(&tags.renames, &creates, deletions);
    let tag_renames = homes.rename_tags(&tags.renames, &aside, &first, held);
    let (creates, late_creates) = homes.split(creates, missing);
    let ends = homes.last_tags(first.iter().chain(&later));
    let delete = |deletion: &Deletion<'_>| homes.delete_tag(deletion, &ends);
    let delete_group = |deletion: &Deletion<'_>| {
        let group = &live.groups[deletion.live];
        let (key, id) = (deletion.key.map(str::to_owned), group.id.as_str().to_owned());
        StepKind::DeleteGroup { key, id, name: group.name.clone() }
    };
    let kinds = lock_only
        .into_iter()
        .chain(group_renames)
        .chain(first.iter().map(delete))
        .chain(tag_renames)
        .chain(creates.into_iter().flat_map(|create| homes.create(create)))
        .chain(homes.reorder(&groups, &tags))
        .chain(later.iter().map(delete))
        .chain(late_creates.into_iter().flat_map(|create| homes.create(create)))
        .chain(group_deletions.iter().map(delete_group));
    (1..).zip(kinds).map(|(n, kind)| Step { n, kind }).collect()
}

/// Deletions, by when they are made.
struct Early<'a> {
    /// Before the renames and creates that wait for them.
    first: Vec<Deletion<'a>>,
    /// Live tags that are renamed first, because their group would vanish with them.
    aside: Vec<usize>,
    /// At the end; those that step aside as well.
    later: Vec<Deletion<'a>>,
    /// How many tags have no room before that.
    missing: usize,
}

/// The live groups and tags, and what becomes of the groups.
struct Homes<'a> {
    live: &'a Live,
    can: &'a TagCapabilities,
    /// The names the live groups get.
    new_names: HashMap<usize, &'a str>,
    /// How many tags of each live group there are now.
    sizes: Vec<usize>,
    /// How many of them stay.
    stay: Vec<usize>,
    /// Which live groups get new tags.
    growing: Vec<bool>,
    /// Which live groups go.
    leaving: Vec<bool>,
}

impl<'a> Homes<'a> {
    fn new(
        live: &'a Live,
        can: &'a TagCapabilities,
        creates: &[Create],
        deletions: &[Deletion<'_>],
        group_deletions: &[Deletion<'_>],
        renames: &[Rename<'a>],
    ) -> Self {
        let none = vec![false; live.groups.len()];
        let mut sizes = vec![0; live.groups.len()];
        for group in live.tags.iter().filter_map(|tag| tag.group) {
            sizes[group] += 1;
        }
        let mut growing = none.clone();
        for create in creates.iter().filter(|create| !create.tags.is_empty()) {
            if let Home::Group(group) = create.home {
                growing[group] = true;
            }
        }
        let (mut stay, mut leaving) = (sizes.clone(), none);
        for group in deletions.iter().filter_map(|deletion| live.tags[deletion.live].group) {
            stay[group] -= 1;
            leaving[group] = stay[group] == 0 && !can.empty_groups && !growing[group];
        }
        group_deletions.iter().for_each(|deletion| leaving[deletion.live] = true);
        let new_names = renames.iter().map(|rename| (rename.live, rename.to)).collect();
        Self { live, can, new_names, sizes, stay, growing, leaving }
    }

    /// A live group's name by the time that groups have been renamed.
    fn group_name(&self, group: usize) -> &str {
        self.new_names.get(&group).copied().unwrap_or(&self.live.groups[group].name)
    }

    /// The name of a live tag's group by then.
    fn group_of(&self, tag: usize) -> Option<String> {
        self.live.tags[tag].group.map(|group| self.group_name(group).to_owned())
    }

    /// Renames groups. A group that goes and has a name that another one gets makes way: its tags
    /// are deleted at the end only.
    fn rename_groups(&self, renames: &[Rename<'_>]) -> Vec<StepKind> {
        let mut held: HashMap<Spot<'_>, usize> = HashMap::new();
        for group in &self.live.groups {
            *held.entry((None, group.name.as_str())).or_default() += 1;
        }
        let wanted: HashSet<&str> = renames.iter().map(|rename| rename.to).collect();
        let mut aside: Vec<_> = (0..self.live.groups.len())
            .filter(|at| self.leaving[*at] && !self.new_names.contains_key(at))
            .filter(|at| wanted.contains(self.live.groups[*at].name.as_str()))
            .collect();
        aside.sort_unstable_by_key(|at| &self.live.groups[*at].id);
        self.sequence(
            renames,
            &aside,
            held,
            |at| {
                let group = &self.live.groups[at];
                (group.id.as_str(), (None, group.name.as_str()))
            },
            |_, key, id, Sent { from, to, temporary, .. }| StepKind::RenameGroup {
                key,
                id,
                from,
                to,
                temporary,
            },
        )
    }

    /// Renames tags, after the deletions `before`.
    fn rename_tags(
        &self,
        renames: &[Rename<'_>],
        aside: &[usize],
        before: &[Deletion<'_>],
        holders: &Holders<'_>,
    ) -> Vec<StepKind> {
        if renames.is_empty() && aside.is_empty() {
            return Vec::new();
        }
        let mut held = HashMap::with_capacity(2 * renames.len() + aside.len());
        // Of all the names there are, only those that are given up or wanted matter, and those
        // for a while.
        let given_up = aside.iter().chain(renames.iter().map(|rename| &rename.live));
        let given_up = given_up.map(|tag| self.spot(*tag));
        let wanted = renames.iter().map(|rename| (self.spot(rename.live).0, rename.to));
        let for_a_while = (0..self.live.tags.len()).map(|tag| self.spot(tag));
        let for_a_while = for_a_while.filter(|(_, name)| name.starts_with('~'));
        for spot in given_up.chain(wanted).chain(for_a_while) {
            held.insert(spot, holders.of(spot).count());
        }
        for deletion in before {
            if let Some(count) = held.get_mut(&self.spot(deletion.live)) {
                *count = count.saturating_sub(1);
            }
        }
        self.sequence(
            renames,
            aside,
            held,
            |tag| (self.live.tags[tag].id.as_str(), self.spot(tag)),
            |tag, key, id, Sent { from, to, temporary, .. }| {
                let group = self.group_of(tag);
                StepKind::RenameTag { key, id, group, from, to, temporary }
            },
        )
    }

    /// Renames in an order that works, those before that only make way. `known` tells the id and
    /// the name of a live one, and `step` makes the step of it, its key and its id.
    fn sequence<'s>(
        &self,
        renames: &[Rename<'_>],
        aside: &[usize],
        held: HashMap<Spot<'_>, usize>,
        known: impl Fn(usize) -> (&'s str, Spot<'s>),
        step: impl Fn(usize, Option<String>, String, Sent) -> StepKind,
    ) -> Vec<StepKind> {
        let width = self.can.max_name_chars;
        let for_a_while = |live: &usize| {
            let (id, (scope, _)) = known(*live);
            renames::temporary_name(id, width, |name| held.contains_key(&(scope, name)))
        };
        let names: Vec<String> = aside.iter().map(for_a_while).collect();
        let way = aside.iter().zip(&names).map(|(live, to)| Rename { key: None, live: *live, to });
        let all: Vec<Rename<'_>> = way.chain(renames.iter().copied()).collect();
        let steps = all.iter().enumerate().map(|(at, rename)| {
            let (id, from) = known(rename.live);
            renames::Step { id, from, to: rename.to, aside: at < aside.len() }
        });
        let steps: Vec<_> = steps.collect();
        let kind = |sent: Sent| {
            let Rename { key, live, .. } = all[sent.at];
            step(live, key.map(str::to_owned), steps[sent.at].id.to_owned(), sent)
        };
        renames::sequence(&steps, held, width).into_iter().map(kind).collect()
    }

    /// Sets the sort values of groups, then of tags.
    fn reorder(&self, groups: &Updates<'_>, tags: &Updates<'_>) -> Vec<StepKind> {
        let names: HashMap<usize, &str> =
            tags.renames.iter().map(|rename| (rename.live, rename.to)).collect();
        let of_groups = groups.reorders.iter().map(|reorder| {
            let group = &self.live.groups[reorder.live];
            StepKind::ReorderGroup {
                key: reorder.key.map(str::to_owned),
                id: group.id.as_str().to_owned(),
                name: self.group_name(reorder.live).to_owned(),
                from: group.order,
                to: reorder.to,
            }
        });
        let of_tags = tags.reorders.iter().map(|reorder| {
            let tag = &self.live.tags[reorder.live];
            StepKind::ReorderTag {
                key: reorder.key.map(str::to_owned),
                id: tag.id.as_str().to_owned(),
                group: self.group_of(reorder.live),
                name: names.get(&reorder.live).copied().unwrap_or(&tag.name).to_owned(),
                from: tag.order,
                to: reorder.to,
            }
        });
        of_groups.chain(of_tags).collect()
    }

    fn spot(&self, tag: usize) -> Spot<'a> {
        let tag = &self.live.tags[tag];
        (tag.group, tag.name.as_str())
    }

    /// Which deletions have to come first: those whose names others get, and as many as there is
    /// room missing.
    fn early<'d>(
        &self,
        renames: &[Rename<'_>],
        creates: &[Create],
        deletions: Vec<Deletion<'d>>,
    ) -> Early<'d> {
        let mut wanted: HashSet<Spot<'_>> =
            renames.iter().map(|rename| (self.spot(rename.live).0, rename.to)).collect();
        for create in creates {
            let group = match create.home {
                Home::NewGroup { .. } | Home::Made(_) => continue,
                Home::Group(group) => Some(group),
                Home::Flat => None,
            };
            wanted.extend(create.tags.iter().map(|tag| (group, tag.name.as_str())));
        }
        // How many tags each group has by then.
        let mut left = self.sizes.clone();
        let mut early =
            Early { first: Vec::new(), aside: Vec::new(), later: Vec::new(), missing: 0 };
        for deletion in deletions {
            let spot = self.spot(deletion.live);
            if !wanted.contains(&spot) {
                early.later.push(deletion);
            } else if self.can.rename && self.would_end(spot.0, &left) {
                early.aside.push(deletion.live);
                early.later.push(deletion);
            } else {
                spot.0.into_iter().for_each(|group| left[group] -= 1);
                early.first.push(deletion);
            }
        }
        self.make_room(creates, &mut left, &mut early);
        early
    }

    /// Whether a group that is to stay would end with the tag that is deleted next.
    fn would_end(&self, group: Option<usize>, left: &[usize]) -> bool {
        !self.can.empty_groups && group.is_some_and(|group| left[group] == 1 && self.growing[group])
    }

    fn make_room(&self, creates: &[Create], left: &mut [usize], early: &mut Early<'_>) {
        let Some(max) = self.can.max_tags else { return };
        let made: usize = creates.iter().map(|create| create.tags.len()).sum();
        let after = self.live.tags.len() + made - early.first.len();
        let mut missing = after.saturating_sub(max as usize);
        if missing == 0 {
            return;
        }
        let aside: HashSet<usize> = early.aside.iter().copied().collect();
        for deletion in std::mem::take(&mut early.later) {
            let group = self.live.tags[deletion.live].group;
            let stays = self.would_end(group, left) || aside.contains(&deletion.live);
            if missing == 0 || stays {
                early.later.push(deletion);
            } else {
                missing -= 1;
                group.into_iter().for_each(|group| left[group] -= 1);
                early.first.push(deletion);
            }
        }
        early.missing = missing;
    }

    /// What is created before the last deletions, and what has room only after them. A group that
    /// would vanish by them gets a tag before: even where there is no room at all, since without
    /// the group there is no plan. The platform decides then.
    fn split(&self, creates: Vec<Create>, missing: usize) -> (Vec<Create>, Vec<Create>) {
        if missing == 0 {
            return (creates, Vec::new());
        }
        let all: usize = creates.iter().map(|create| create.tags.len()).sum();
        let ends =
            |create: &Create| matches!(create.home, Home::Group(group) if self.stay[group] == 0);
        let keepers = creates.iter().filter(|create| ends(create)).count();
        let mut room = all.saturating_sub(missing).saturating_sub(keepers);
        let (mut now, mut late) = (Vec::new(), Vec::new());
        for mut create in creates {
            let keeper = usize::from(ends(&create));
            let extra = room.min(create.tags.len().saturating_sub(keeper));
            room -= extra;
            let rest = create.tags.split_off(keeper + extra);
            let home = match &create.home {
                Home::NewGroup { name, .. } if extra > 0 => Home::Made(name.clone()),
                other => other.clone(),
            };
            if !rest.is_empty() {
                late.push(Create { home, tags: rest });
            }
            if keeper + extra > 0 {
                now.push(create);
            }
        }
        (now, late)
    }

    fn delete_tag(&self, deletion: &Deletion<'_>, ends: &HashSet<usize>) -> StepKind {
        let tag = &self.live.tags[deletion.live];
        StepKind::DeleteTag {
            key: deletion.key.map(str::to_owned),
            id: tag.id.as_str().to_owned(),
            group: self.group_of(deletion.live),
            name: tag.name.clone(),
            contacts: tag.contacts.map_or(ContactCount::Unknown, ContactCount::Known),
            ends_group: ends.contains(&deletion.live),
        }
    }

    /// Of tags in the order in which they are deleted, those with which their groups vanish.
    fn last_tags<'d>(
        &self,
        deletions: impl DoubleEndedIterator<Item = &'d Deletion<'d>>,
    ) -> HashSet<usize> {
        let mut marked: HashSet<usize> = HashSet::new();
        let vanishes = |group: &usize| {
            !self.can.empty_groups && self.stay[*group] == 0 && !self.growing[*group]
        };
        let last = |tag: &usize| {
            let group = self.live.tags[*tag].group.filter(vanishes);
            group.is_some_and(|group| marked.insert(group))
        };
        deletions.rev().map(|deletion| deletion.live).filter(last).collect()
    }

    /// A group with its first tags, then the others.
    fn create(&self, create: Create) -> Vec<StepKind> {
        let Create { home, mut tags } = create;
        let mut kinds = Vec::new();
        let into = match home {
            Home::Flat => GroupRef::Flat,
            Home::Group(group) => {
                let id = self.live.groups[group].id.as_str().to_owned();
                GroupRef::Id { id, name: self.group_name(group).to_owned() }
            }
            Home::Made(name) => GroupRef::Made { name },
            Home::NewGroup { key, name, order } => {
                let rest = tags.split_off(tags.len().min(TAGS_AT_ONCE));
                kinds.push(StepKind::CreateGroup { key, name: name.clone(), order, tags });
                tags = rest;
                GroupRef::Made { name }
            }
        };
        while !tags.is_empty() {
            let rest = tags.split_off(tags.len().min(TAGS_AT_ONCE));
            kinds.push(StepKind::CreateTags { into: into.clone(), tags });
            tags = rest;
        }
        kinds
    }
}
