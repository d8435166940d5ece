//! What holds for every diff, whatever is wanted, ours and there.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use leadtag_core::{TagCapabilities, TagNode};
use leadtag_taxonomy::{Live, StepKind, WantGroup, WantTag, diff};
use leadtag_testkit::tag_capabilities::{
    flat, flat_one_by_one, grouped, grouped_with_empty_groups, read_only,
};
use proptest::collection::vec;
use proptest::prelude::*;
use world::{World, blocks, lines, lock_group, lock_tag};

/// Few names, so that they meet.
const NAMES: [&str; 6] = ["甲", "乙", "丙", "丁", "戊", "己"];

fn capabilities() -> impl Strategy<Value = TagCapabilities> {
    let small = |max| {
        let mut can = flat();
        can.max_tags = Some(max);
        can
    };
    let mut tight = grouped();
    tight.max_tags = Some(6);
    prop_oneof![
        4 => Just(grouped()),
        3 => Just(grouped_with_empty_groups()),
        3 => Just(flat()),
        1 => Just(flat_one_by_one()),
        2 => Just(small(6)),
        2 => Just(tight),
        1 => Just(read_only()),
    ]
}

/// A wanted thing: name, former name, sort value, and which live one is ours under its key.
type Wish = (usize, Option<usize>, Option<i64>, Option<usize>);

fn wish() -> impl Strategy<Value = Wish> {
    let order = proptest::option::weighted(0.3, 0_i64..3);
    (
        0..NAMES.len(),
        proptest::option::weighted(0.3, 0..NAMES.len()),
        order,
        proptest::option::weighted(0.6, 0_usize..8),
    )
}

fn world() -> impl Strategy<Value = World> {
    let live = vec((0..NAMES.len(), vec((0..NAMES.len(), 0_i64..3), 1..5)), 0..4);
    let wanted = vec((wish(), vec(wish(), 0..5)), 0..4);
    let orphans = vec(0_usize..8, 0..3);
    let absent = vec((proptest::option::of(0..NAMES.len()), 0..NAMES.len()), 0..2);
    let refused = vec(0_usize..8, 0..2);
    (capabilities(), live, wanted, orphans, absent, refused).prop_map(
        |(can, live, wanted, orphans, absent, refused)| {
            let mut world = World::new(can);
            add_live(&mut world, &live);
            add_wanted(&mut world, &wanted);
            for (at, nth) in orphans.into_iter().enumerate() {
                own_tag(&mut world, &format!("gone{at}"), nth);
                own_group(&mut world, &format!("gonegroup{at}"), nth);
            }
            for (group, name) in absent {
                add_absent(&mut world, group, name);
            }
            for nth in refused {
                let id = world.tags.keys().nth(nth).cloned();
                world = id.map_or(world.clone(), |id| world.clone().refused(&id));
            }
            world
        },
    )
}

fn add_live(world: &mut World, live: &[(usize, Vec<(usize, i64)>)]) {
    for (g, (name, tags)) in live.iter().enumerate() {
        let group = world.can.groups.then(|| format!("g{g}"));
        if let Some(id) = &group {
            world.groups.insert(id.clone(), (NAMES[*name].to_owned(), Some(0)));
        }
        for (t, (name, order)) in tags.iter().enumerate() {
            // A platform so full that no group can get its first new tag before it loses its last
            // old one has no plan.
            let spare = if world.can.groups { 3 } else { 0 };
            let room = |max| world.tags.len() + spare < max as usize;
            let room = world.can.max_tags.is_none_or(room);
            if room {
                let tag = (group.clone(), NAMES[*name].to_owned(), Some(*order));
                world.tags.insert(format!("t{g}{t}"), tag);
            }
        }
        let empty = world.tags.values().all(|tag| tag.0 != group);
        if let Some(id) = group.filter(|_| empty && !world.can.empty_groups) {
            world.groups.remove(&id);
        }
    }
}

/// Wants what `check` would let through: names and former names meet in no scope.
fn add_wanted(world: &mut World, wanted: &[(Wish, Vec<Wish>)]) {
    let mut group_names = BTreeSet::new();
    let mut flat_names = BTreeSet::new();
    for (g, ((name, former, order, owned), tags)) in wanted.iter().enumerate() {
        let mut tag_names = BTreeSet::new();
        let group = world.can.groups.then_some(world.desired.groups.len());
        if group.is_some() {
            if !group_names.insert(*name) || (tags.is_empty() && !world.can.empty_groups) {
                continue;
            }
            let mut want = WantGroup::default();
            want.key = format!("group{g}").into();
            want.name = NAMES[*name].into();
            want.former = former
                .filter(|former| group_names.insert(*former))
                .map(|former| NAMES[former].into())
                .into_iter()
                .collect();
            want.order = *order;
            own_group_if(world, &want.key, *owned);
            world.desired.groups.push(want);
        }
        let names = if group.is_some() { &mut tag_names } else { &mut flat_names };
        let before = world.desired.tags.len();
        for (t, (name, former, order, owned)) in tags.iter().enumerate() {
            if !names.insert(*name) {
                continue;
            }
            let mut want = WantTag::default();
            want.key = format!("tag{g}{t}").into();
            want.group = group;
            want.name = NAMES[*name].into();
            want.former = former
                .filter(|former| names.insert(*former))
                .map(|former| NAMES[former].into())
                .into_iter()
                .collect();
            want.order = *order;
            if let Some(nth) = owned {
                own_tag(world, &want.key, *nth);
            }
            world.desired.tags.push(want);
        }
        assert!(group.is_none() || world.can.empty_groups || world.desired.tags.len() > before);
    }
}

/// Removes by name only what the file does not want.
fn add_absent(world: &mut World, group: Option<usize>, name: usize) {
    let wanted = |tag: &WantTag<'_>| {
        tag.name == NAMES[name] || tag.former.iter().any(|former| former == NAMES[name])
    };
    if !world.desired.tags.iter().any(wanted) {
        *world = world.clone().absent(group.map(|at| NAMES[at]), NAMES[name]);
    }
}

fn own_group_if(world: &mut World, key: &str, nth: Option<usize>) {
    if let Some(nth) = nth {
        own_group(world, key, nth);
    }
}

fn own_group(world: &mut World, key: &str, nth: usize) {
    let Some((id, (name, order))) = world.groups.iter().nth(nth) else { return };
    if world.lock.groups.values().all(|entry| entry.id != *id) {
        world.lock.groups.insert(key.to_owned(), lock_group(key, id, name, *order));
    }
}

fn own_tag(world: &mut World, key: &str, nth: usize) {
    let Some((id, (group, name, order))) = world.tags.iter().nth(nth) else { return };
    if world.lock.tags.values().all(|entry| entry.id != *id) {
        let entry = lock_tag(key, id, group.clone(), name, *order);
        world.lock.tags.insert(key.to_owned(), entry);
    }
}

fn sorted(mut all: Vec<String>) -> Vec<String> {
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The platform refuses two of one name and too many tags; and after one plan nothing is left
    /// to do but what cannot be done.
    #[test]
    fn a_plan_can_be_carried_out_and_is_the_last_one(world in world()) {
        let plan = world.diff();
        let mut after = world.clone();
        after.carry_out(&plan);
        let again = after.diff();
        prop_assert_eq!(lines(&again), Vec::<String>::new(), "first {:?}", lines(&plan));
        prop_assert_eq!(sorted(blocks(&again)), sorted(blocks(&plan)));
    }

    #[test]
    fn what_nobody_owns_or_names_is_never_touched(world in world()) {
        let plan = world.diff();
        let adopted: BTreeSet<_> = plan.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Adopt { id, .. } => Some(id.clone()),
            _ => None,
        }).collect();
        let owned: BTreeSet<_> = world.lock.tags.values().map(|entry| entry.id.clone()).collect();
        let named = |name: &String| world.desired.absent.iter().any(|one| one.name == *name);
        let unmanaged: BTreeMap<_, _> = world.tags.clone().into_iter()
            .filter(|(id, tag)| !adopted.contains(id) && !owned.contains(id) && !named(&tag.1))
            .collect();
        let mut after = world.clone();
        after.carry_out(&plan);
        for (id, tag) in unmanaged {
            prop_assert_eq!(after.tags.get(&id), Some(&tag), "{}", id);
        }
    }

    /// Every tag that was ours and is wanted keeps its id, and nothing the platform refused is
    /// touched.
    #[test]
    fn what_is_ours_and_wanted_keeps_its_id(world in world()) {
        let plan = world.diff();
        let mut after = world.clone();
        after.carry_out(&plan);
        for want in &world.desired.tags {
            if let Some(entry) = world.lock.tags.get(&*want.key) {
                prop_assert!(after.tags.contains_key(&entry.id));
                prop_assert_eq!(&after.lock.tags[&*want.key].id, &entry.id);
            }
        }
        for id in world.lock.refused.keys() {
            prop_assert_eq!(after.tags.get(id), world.tags.get(id));
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(world in world()) {
        let plan = world.diff();
        let mut nodes = world.nodes();
        nodes.reverse();
        for node in &mut nodes {
            if let TagNode::Group(group) = node {
                group.tags.reverse();
            }
        }
        let live = Live::of(nodes, &world.can);
        let turned = diff(&world.desired, &world.lock, &live, &world.can, world.options);
        prop_assert_eq!(plan, turned);
    }
}
