//! The order of the steps: nothing is sent before what it needs, and nothing is deleted before it
//! must be.

use std::collections::{HashMap, HashSet};

use leadtag_core::TagCapabilities;

use super::changes::{Changes, Create, Deletion, Home, Rename};
use super::context::Spot;
use super::renames::{self, Sent};
use crate::Live;
use crate::plan::{GroupRef, Item, Step, StepKind, TagToMake};

/// Tags of one create.
const TAGS_AT_ONCE: usize = 50;

/// Brings changes into the order in which they can be made, starting from `live`:
/// the lock, renames of groups, deletions that others wait for, renames of tags, creates, sort
/// values, all other deletions, deletions of groups.
pub(crate) fn order(changes: Changes, live: &Live, can: &TagCapabilities) -> Vec<Step> {
    let Changes { lock_only, renames, reorders, creates, deletions, group_deletions } = changes;
    let (group_renames, tag_renames): (Vec<_>, Vec<_>) =
        renames.into_iter().partition(|rename| rename.item == Item::Group);
    let homes = Homes::new(live, can, &creates, &deletions, &group_deletions, &group_renames);
    let mut kinds = lock_only;
    kinds.extend(homes.rename_groups(&group_renames));

    let Early { first, aside, later, missing } = homes.early(&tag_renames, &creates, deletions);
    let (creates, late_creates) = homes.split(creates, missing);
    kinds.extend(first.into_iter().map(|deletion| homes.delete_tag(deletion)));
    kinds.extend(homes.rename_tags(&tag_renames, &aside, &kinds));
    kinds.extend(creates.into_iter().flat_map(|create| homes.create(create)));

    let names: HashMap<&str, &str> =
        tag_renames.iter().map(|rename| (rename.id.as_str(), rename.to.as_str())).collect();
    let (group_orders, tag_orders): (Vec<_>, Vec<_>) =
        reorders.into_iter().partition(|reorder| reorder.item == Item::Group);
    kinds.extend(group_orders.into_iter().filter_map(|reorder| {
        let group = &live.groups[*homes.group_ids.get(reorder.id.as_str())?];
        let (name, from) = (homes.group_name(&reorder.id)?.to_owned(), group.order);
        let (key, id, to) = (reorder.key, reorder.id, reorder.to);
        Some(StepKind::ReorderGroup { key, id, name, from, to })
    }));
    kinds.extend(tag_orders.into_iter().filter_map(|reorder| {
        let tag = &live.tags[*homes.tag_ids.get(reorder.id.as_str())?];
        let name = names.get(reorder.id.as_str()).copied().unwrap_or(&tag.name).to_owned();
        let group = homes.group_of(&reorder.id);
        let (key, id, to, from) = (reorder.key, reorder.id, reorder.to, tag.order);
        Some(StepKind::ReorderTag { key, id, group, name, from, to })
    }));

    kinds.extend(later.into_iter().map(|deletion| homes.delete_tag(deletion)));
    homes.mark_last_tags(&mut kinds);
    kinds.extend(late_creates.into_iter().flat_map(|create| homes.create(create)));
    kinds.extend(group_deletions.into_iter().filter_map(|deletion| {
        let group = &live.groups[*homes.group_ids.get(deletion.id.as_str())?];
        let (key, id, name) = (deletion.key, deletion.id, group.name.clone());
        Some(StepKind::DeleteGroup { key, id, name })
    }));
    number(kinds)
}

/// Numbers the steps of one provider.
pub(crate) fn number(kinds: Vec<StepKind>) -> Vec<Step> {
    (1..).zip(kinds).map(|(n, kind)| Step { n, kind }).collect()
}

/// Deletions, by when they are made.
struct Early {
    /// Before the renames and creates that wait for them.
    first: Vec<Deletion>,
    /// Renamed first, by their ids, because their group would vanish with them.
    aside: Vec<String>,
    /// At the end; those that step aside as well.
    later: Vec<Deletion>,
    /// How many tags have no room before that.
    missing: usize,
}

/// The live groups and tags, and what becomes of the groups.
struct Homes<'a> {
    live: &'a Live,
    can: &'a TagCapabilities,
    group_ids: HashMap<&'a str, usize>,
    tag_ids: HashMap<&'a str, usize>,
    /// The names groups get.
    new_names: HashMap<String, String>,
    /// How many tags of each live group stay.
    stay: HashMap<&'a str, usize>,
    /// The live groups that get new tags.
    growing: HashSet<String>,
    /// The live groups that go.
    leaving: HashSet<&'a str>,
}

impl<'a> Homes<'a> {
    fn new(
        live: &'a Live,
        can: &'a TagCapabilities,
        creates: &[Create],
        deletions: &[Deletion],
        group_deletions: &[super::GroupDeletion],
        renames: &[Rename],
    ) -> Self {
        let group_ids: HashMap<_, _> =
            live.groups.iter().enumerate().map(|(at, group)| (group.id.as_str(), at)).collect();
        let tag_ids: HashMap<_, _> =
            live.tags.iter().enumerate().map(|(at, tag)| (tag.id.as_str(), at)).collect();
        let mut stay: HashMap<&str, usize> = HashMap::new();
        for group in live.tags.iter().filter_map(|tag| tag.group.as_ref()) {
            *stay.entry(group.as_str()).or_default() += 1;
        }
        let mut emptied = Vec::new();
        for deletion in deletions {
            let tag = tag_ids.get(deletion.id.as_str()).map(|at| &live.tags[*at]);
            let Some(group) = tag.and_then(|tag| tag.group.as_ref()) else { continue };
            if let Some(count) = stay.get_mut(group.as_str()) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    emptied.push(group.as_str());
                }
            }
        }
        let growing: HashSet<String> = creates
            .iter()
            .filter_map(|create| match &create.home {
                Home::Group(id) if !create.tags.is_empty() => Some(id.clone()),
                _ => None,
            })
            .collect();
        let vanish = emptied.into_iter().filter(|id| !can.empty_groups && !growing.contains(*id));
        let mut leaving: HashSet<&str> = vanish.collect();
        let deleted = group_deletions.iter().filter_map(|one| group_ids.get(one.id.as_str()));
        leaving.extend(deleted.map(|at| live.groups[*at].id.as_str()));
        let new_names =
            renames.iter().map(|rename| (rename.id.clone(), rename.to.clone())).collect();
        Self { live, can, group_ids, tag_ids, new_names, stay, growing, leaving }
    }

    /// A group's name by the time that groups have been renamed.
    fn group_name(&self, id: &str) -> Option<&str> {
        let new = self.new_names.get(id).map(String::as_str);
        new.or_else(|| Some(&self.live.groups[*self.group_ids.get(id)?].name))
    }

    /// The name of a live tag's group by then.
    fn group_of(&self, tag: &str) -> Option<String> {
        let tag = &self.live.tags[*self.tag_ids.get(tag)?];
        self.group_name(tag.group.as_ref()?.as_str()).map(str::to_owned)
    }

    /// Renames groups. A group that goes and has a name that another one gets makes way: its tags
    /// are deleted at the end only.
    fn rename_groups(&self, renames: &[Rename]) -> Vec<StepKind> {
        let mut held: HashMap<Spot<'_>, usize> = HashMap::new();
        for group in &self.live.groups {
            *held.entry((None, group.name.as_str())).or_default() += 1;
        }
        let wanted: HashSet<&str> = renames.iter().map(|rename| rename.to.as_str()).collect();
        let renamed: HashSet<&str> = renames.iter().map(|rename| rename.id.as_str()).collect();
        let mut aside: Vec<_> = self
            .live
            .groups
            .iter()
            .filter(|group| self.leaving.contains(group.id.as_str()))
            .filter(|group| wanted.contains(group.name.as_str()))
            .filter(|group| !renamed.contains(group.id.as_str()))
            .collect();
        aside.sort_unstable_by_key(|group| &group.id);
        let width = self.can.max_name_chars;
        let free = |name: &str| held.contains_key(&(None, name));
        let aside: Vec<(&str, &str, String)> = aside
            .into_iter()
            .map(|group| {
                let id = group.id.as_str();
                (id, group.name.as_str(), renames::temporary_name(id, width, free))
            })
            .collect();
        let mut steps: Vec<renames::Step<'_>> = aside
            .iter()
            .map(|(id, name, to)| renames::Step { id, from: (None, name), to, aside: true })
            .collect();
        let mut keys: Vec<Option<&str>> = vec![None; steps.len()];
        for rename in renames {
            let Some(at) = self.group_ids.get(rename.id.as_str()) else { continue };
            let from = (None, self.live.groups[*at].name.as_str());
            steps.push(renames::Step { id: &rename.id, from, to: &rename.to, aside: false });
            keys.push(rename.key.as_deref());
        }
        let sent = renames::sequence(&steps, &held, width);
        let kind = |Sent { at, from, to, temporary }| {
            let (key, id) = (keys[at].map(str::to_owned), steps[at].id.to_owned());
            StepKind::RenameGroup { key, id, from, to, temporary }
        };
        sent.into_iter().map(kind).collect()
    }

    /// Renames tags, after the deletions among `before`.
    fn rename_tags(
        &self,
        renames: &[Rename],
        aside: &[String],
        before: &[StepKind],
    ) -> Vec<StepKind> {
        if renames.is_empty() && aside.is_empty() {
            return Vec::new();
        }
        let mut held: HashMap<Spot<'_>, usize> = HashMap::new();
        // Of all the names there are, only those that are given up or wanted matter, and those
        // for a while.
        for rename in renames {
            let Some(from) = self.spot(&rename.id) else { continue };
            held.extend([(from, 0), ((from.0, rename.to.as_str()), 0)]);
        }
        held.extend(aside.iter().filter_map(|id| Some((self.spot(id)?, 0))));
        for tag in &self.live.tags {
            let spot = (tag.group.as_ref().map(|id| id.as_str()), tag.name.as_str());
            if tag.name.starts_with('~') {
                *held.entry(spot).or_default() += 1;
            } else if let Some(count) = held.get_mut(&spot) {
                *count += 1;
            }
        }
        for kind in before {
            let StepKind::DeleteTag { id, .. } = kind else { continue };
            let spot = self.spot(id);
            if let Some(count) = spot.and_then(|spot| held.get_mut(&spot)) {
                *count = count.saturating_sub(1);
            }
        }
        let width = self.can.max_name_chars;
        let aside: Vec<(&str, Spot<'_>, String)> = aside
            .iter()
            .filter_map(|id| {
                let spot = self.spot(id)?;
                let taken = |name: &str| held.contains_key(&(spot.0, name));
                Some((id.as_str(), spot, renames::temporary_name(id, width, taken)))
            })
            .collect();
        let mut steps: Vec<renames::Step<'_>> = aside
            .iter()
            .map(|(id, from, to)| renames::Step { id, from: *from, to, aside: true })
            .collect();
        let mut keys: Vec<Option<&str>> = vec![None; steps.len()];
        for rename in renames {
            let Some(from) = self.spot(&rename.id) else { continue };
            steps.push(renames::Step { id: &rename.id, from, to: &rename.to, aside: false });
            keys.push(rename.key.as_deref());
        }
        let sent = renames::sequence(&steps, &held, width);
        let kind = |Sent { at, from, to, temporary }| {
            let (key, id) = (keys[at].map(str::to_owned), steps[at].id.to_owned());
            let group = self.group_of(&id);
            StepKind::RenameTag { key, id, group, from, to, temporary }
        };
        sent.into_iter().map(kind).collect()
    }

    fn spot(&self, tag: &str) -> Option<Spot<'a>> {
        let tag = &self.live.tags[*self.tag_ids.get(tag)?];
        Some((tag.group.as_ref().map(|id| id.as_str()), tag.name.as_str()))
    }

    /// Which deletions have to come first: those whose names others get, and as many as there is
    /// room missing.
    fn early(&self, renames: &[Rename], creates: &[Create], deletions: Vec<Deletion>) -> Early {
        let mut wanted: HashSet<Spot<'_>> = HashSet::new();
        for rename in renames {
            wanted.extend(self.spot(&rename.id).map(|(group, _)| (group, rename.to.as_str())));
        }
        for create in creates {
            let group = match &create.home {
                Home::NewGroup { .. } | Home::Made(_) => continue,
                Home::Group(id) => Some(id.as_str()),
                Home::Flat => None,
            };
            wanted.extend(create.tags.iter().map(|tag| (group, tag.name.as_str())));
        }
        // How many tags each group has by then.
        let mut left: HashMap<&str, usize> = HashMap::new();
        for group in self.live.tags.iter().filter_map(|tag| tag.group.as_ref()) {
            *left.entry(group.as_str()).or_default() += 1;
        }
        let mut early =
            Early { first: Vec::new(), aside: Vec::new(), later: Vec::new(), missing: 0 };
        for deletion in deletions {
            let Some(spot) = self.spot(&deletion.id).filter(|spot| wanted.contains(spot)) else {
                early.later.push(deletion);
                continue;
            };
            if self.can.rename && self.would_end(spot.0, &left) {
                early.aside.push(deletion.id.clone());
                early.later.push(deletion);
            } else {
                take_from(&mut left, spot.0);
                early.first.push(deletion);
            }
        }
        self.make_room(creates, &mut left, &mut early);
        early
    }

    /// Whether a group that is to stay would end with the tag that is deleted next.
    fn would_end(&self, group: Option<&str>, left: &HashMap<&str, usize>) -> bool {
        !self.can.empty_groups
            && group.is_some_and(|id| left.get(id) == Some(&1) && self.growing.contains(id))
    }

    fn make_room(&self, creates: &[Create], left: &mut HashMap<&'a str, usize>, early: &mut Early) {
        let Some(max) = self.can.max_tags else { return };
        let made: usize = creates.iter().map(|create| create.tags.len()).sum();
        let after = self.live.tags.len() + made - early.first.len();
        let mut missing = after.saturating_sub(max as usize);
        if missing == 0 {
            return;
        }
        let aside: HashSet<String> = early.aside.iter().cloned().collect();
        for deletion in std::mem::take(&mut early.later) {
            let group = self.spot(&deletion.id).and_then(|spot| spot.0);
            let stays = self.would_end(group, left) || aside.contains(&deletion.id);
            if missing == 0 || stays {
                early.later.push(deletion);
            } else {
                missing -= 1;
                take_from(left, group);
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
        let ends = |create: &Create| match &create.home {
            Home::Group(id) => self.stay.get(id.as_str()).is_none_or(|stay| *stay == 0),
            _ => false,
        };
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

    fn delete_tag(&self, deletion: Deletion) -> StepKind {
        let name = self.spot(&deletion.id).map(|spot| spot.1.to_owned()).unwrap_or_default();
        let group = self.group_of(&deletion.id);
        let Deletion { key, id, contacts } = deletion;
        StepKind::DeleteTag { key, id, group, name, contacts, ends_group: false }
    }

    /// Says of the last tag of a group that the group vanishes with it.
    fn mark_last_tags(&self, kinds: &mut [StepKind]) {
        if self.can.empty_groups {
            return;
        }
        let mut marked: HashSet<&str> = HashSet::new();
        for kind in kinds.iter_mut().rev() {
            let StepKind::DeleteTag { id, ends_group, .. } = kind else { continue };
            let Some(group) = self.spot(id).and_then(|spot| spot.0) else { continue };
            let empty = self.stay.get(group).is_none_or(|stay| *stay == 0);
            if empty && !self.growing.contains(group) && marked.insert(group) {
                *ends_group = true;
            }
        }
    }

    /// A group with its first tags, then the others.
    fn create(&self, create: Create) -> Vec<StepKind> {
        let Create { home, mut tags } = create;
        let mut kinds = Vec::new();
        let into = match home {
            Home::Flat => GroupRef::Flat,
            Home::Group(id) => {
                let name = self.group_name(&id).unwrap_or_default().to_owned();
                GroupRef::Id { id, name }
            }
            Home::Made(name) => GroupRef::Made { name },
            Home::NewGroup { key, name, order } => {
                let rest = tags.split_off(tags.len().min(TAGS_AT_ONCE));
                kinds.push(StepKind::CreateGroup { key, name: name.clone(), order, tags });
                tags = rest;
                GroupRef::Made { name }
            }
        };
        let make =
            |tags: &[TagToMake]| StepKind::CreateTags { into: into.clone(), tags: tags.to_vec() };
        kinds.extend(tags.chunks(TAGS_AT_ONCE).map(make));
        kinds
    }
}

fn take_from(left: &mut HashMap<&str, usize>, group: Option<&str>) {
    if let Some(count) = group.and_then(|id| left.get_mut(id)) {
        *count = count.saturating_sub(1);
    }
}
