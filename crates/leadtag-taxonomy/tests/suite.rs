//! The same story on providers of every kind: what is applied is there, nothing is left to plan,
//! and nothing is touched that is not ours.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod workshop;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use leadtag_core::{ContactRef, Platform, TagCapabilities, TagId};
use leadtag_taxonomy::{DiffOptions, File, Lock, Plan, Target, apply, check, drift, import, plan};
use leadtag_testkit::{MemoryTagProvider, TagCall, TakenNames, tag_capabilities};
use proptest::prelude::*;
use workshop::Workshop;

const HERE: Platform = Platform::new("here");
/// Stand there before, and belong to nobody.
const UNMANAGED: &str = "手工";

/// Every kind of provider whose tags can be written.
fn kinds() -> Vec<(&'static str, TagCapabilities)> {
    let mut by_hand = tag_capabilities::grouped();
    by_hand.max_page_size = Some(1);
    vec![
        ("grouped", tag_capabilities::grouped()),
        ("grouped, pages of one", by_hand),
        ("grouped with empty groups", tag_capabilities::grouped_with_empty_groups()),
        ("flat", tag_capabilities::flat()),
        ("flat, one by one", tag_capabilities::flat_one_by_one()),
        ("replacing", tag_capabilities::replacing()),
        ("replacing blindly", tag_capabilities::replacing_blindly()),
        ("small", tag_capabilities::small()),
    ]
}

const TAKEN: [TakenNames; 3] = [TakenNames::Refuse, TakenNames::GiveExisting, TakenNames::Allow];

/// One tag that nobody manages and, where there are groups, one of another application.
fn provider(can: TagCapabilities, taken: TakenNames) -> MemoryTagProvider {
    let provider = MemoryTagProvider::new(HERE, can).with_taken_names(taken);
    match can.groups {
        true => provider.with_tags("手工组", [UNMANAGED]).with_not_owned("别的应用", ["他人的"]),
        false => provider.with_tags("", [UNMANAGED]),
    }
}

/// What the file says: the groups A and B with their names, and each tag with its name and order.
/// The tags k0, k2, … stand in A, the others in B.
#[derive(Clone, Debug)]
struct Wanted {
    groups: [&'static str; 2],
    tags: BTreeMap<usize, (&'static str, Option<i64>)>,
}

impl Wanted {
    fn text(&self) -> String {
        let mut text = "version = 1\n".to_owned();
        for (at, name) in self.groups.iter().enumerate() {
            let tags: Vec<_> = self.tags.iter().filter(|(key, _)| **key % 2 == at).collect();
            if tags.is_empty() {
                continue;
            }
            write!(text, "\n[[group]]\nkey = \"g{at}\"\nname = \"{name}\"\n").unwrap();
            for (key, (name, order)) in tags {
                write!(text, "[[group.tag]]\nkey = \"k{key}\"\nname = \"{name}\"\n").unwrap();
                if let Some(order) = order {
                    writeln!(text, "order = {order}").unwrap();
                }
            }
        }
        text
    }
}

/// Providers of several kinds, and a file for all of them.
struct Story {
    shop: Workshop,
    kind: String,
}

impl Story {
    fn on(kind: &str, provider: MemoryTagProvider) -> Self {
        Self { shop: Workshop::new([("p", provider)]), kind: kind.to_owned() }
    }

    fn provider(&self) -> &MemoryTagProvider {
        self.shop.provider("p")
    }

    fn can(&self) -> TagCapabilities {
        leadtag_core::TagProvider::tag_capabilities(self.provider())
    }

    async fn plan(&self, text: &str, lock: &Lock) -> Plan {
        let (file, findings) = File::parse(text, "tags.toml");
        assert!(findings.is_empty(), "{}: {findings:?}", self.kind);
        let planned = plan(&file, lock, &self.shop.targets(), DiffOptions::default()).await;
        assert!(planned.unreachable.is_empty(), "{}", self.kind);
        planned.plan
    }

    /// Plans, applies, and expects that a new plan has no step.
    async fn apply(&self, wanted: &Wanted) {
        let (text, kind) = (wanted.text(), &self.kind);
        let workspace = self.shop.open().unwrap();
        self.shop.recover(&workspace).await.unwrap();
        let before = self.plan(&text, &workspace.lock()).await;
        let targets = self.shop.targets();
        let report = apply(&before, &workspace, &targets, &self.shop.options, &()).await.unwrap();
        let failed = report.providers.iter().find_map(|one| one.failed.as_ref());
        assert!(failed.is_none(), "{kind}: {failed:?} of {before:#?}");
        drop(workspace);
        let lock = self.shop.lock();
        let after = self.plan(&text, &lock).await;
        let steps: Vec<_> = after.providers.iter().flat_map(|one| &one.steps).collect();
        assert!(steps.is_empty(), "{kind}: after {before:#?} there are still {steps:#?}");
        let calls = self.provider().writes().len();
        self.shop.apply_saved(&after).await.unwrap();
        assert_eq!(self.provider().writes().len(), calls, "{kind}: an empty plan sends nothing");
        let live = leadtag_taxonomy::Live::fetch(self.provider()).await.unwrap();
        let held = lock.providers.get("p").cloned().unwrap_or_default();
        assert_eq!(drift("p", &held, &live, &self.can()), [], "{kind}");
    }

    /// The ids of the tags, by key.
    fn ids(&self) -> BTreeMap<String, String> {
        let lock = self.shop.lock();
        let tags = lock.providers.get("p").into_iter().flat_map(|held| held.tags.values());
        tags.map(|tag| (tag.key.clone(), tag.id.clone())).collect()
    }

    /// What is live is what the file says, once, and what is not ours is as it was.
    fn is_as(&self, wanted: &Wanted) {
        let (tree, kind) = (self.provider().state(), &self.kind);
        let ids = self.ids();
        let live: BTreeMap<&str, _> = tree.all_tags().map(|tag| (tag.id.as_str(), tag)).collect();
        for (key, (name, order)) in &wanted.tags {
            let tag = live[ids[&format!("k{key}")].as_str()];
            assert_eq!(tag.name, *name, "{kind}");
            if self.can().order && order.is_some() {
                assert_eq!(tag.order, *order, "{kind}: {name}");
            }
            let group = tree.groups.iter().find(|group| Some(&group.id) == tag.group.as_ref());
            let in_group = self.can().groups.then_some(wanted.groups[key % 2]);
            assert_eq!(group.map(|group| group.name.as_str()), in_group, "{kind}: {name}");
        }
        let foreign = if self.can().groups { 2 } else { 1 };
        assert_eq!(live.len(), wanted.tags.len() + foreign, "{kind}: {live:?}");
        let kept: BTreeSet<&str> = live.values().map(|tag| tag.name.as_str()).collect();
        assert!(kept.contains(UNMANAGED) && kept.contains("他人的") == self.can().groups, "{kind}");
    }
}

fn wanted<const N: usize>(
    groups: [&'static str; 2],
    tags: [(usize, &'static str, Option<i64>); N],
) -> Wanted {
    Wanted { groups, tags: tags.into_iter().map(|(key, name, at)| (key, (name, at))).collect() }
}

fn first() -> Wanted {
    wanted(["意向", "来源"], [(0, "高", Some(3)), (1, "展会", None), (2, "低", Some(1))])
}

/// Two names swapped, a group and a tag renamed, one deleted, one new: no more than five tags.
fn second() -> Wanted {
    wanted(["意向度", "来源"], [(0, "低", Some(3)), (2, "高", Some(9)), (3, "官网", None)])
}

#[tokio::test]
async fn what_is_applied_is_there_and_nothing_is_left_to_plan() {
    for (kind, can) in kinds() {
        for taken in TAKEN {
            let story = Story::on(kind, provider(can, taken));
            story.apply(&first()).await;
            story.is_as(&first());
            story.apply(&second()).await;
            story.is_as(&second());
        }
    }
}

#[tokio::test]
async fn a_rename_keeps_id_and_contacts_also_in_a_swap() {
    for (kind, can) in kinds() {
        let story = Story::on(kind, provider(can, TakenNames::Refuse));
        story.apply(&first()).await;
        let ids = story.ids();
        let contact = ContactRef::owned_by("o", "c");
        let high = TagId::new(ids["k0"].clone());
        let _ = story.provider().clone().with_marks(contact.clone(), [high.clone()]);
        story.apply(&second()).await;
        assert_eq!(story.ids()["k0"], ids["k0"], "{kind}");
        assert_eq!(story.ids()["k2"], ids["k2"], "{kind}");
        assert_eq!(story.provider().carried_by(&contact), [high], "{kind}");
    }
}

#[tokio::test]
async fn an_order_is_sent_only_where_there_is_one_and_only_when_it_differs() {
    for (kind, can) in kinds() {
        let story = Story::on(kind, provider(can, TakenNames::Refuse));
        story.apply(&first()).await;
        story.provider().forget_calls();
        story.apply(&second()).await;
        let orders: Vec<_> = story
            .provider()
            .writes()
            .into_iter()
            .filter_map(|call| match call {
                TagCall::UpdateTag(_, change) => change.order,
                TagCall::UpdateGroup(_, change) => change.order,
                _ => None,
            })
            .collect();
        // k0 has the order it had; k2 gets another one.
        assert_eq!(orders, if can.order { vec![9] } else { Vec::new() }, "{kind}");
    }
}

#[tokio::test]
async fn an_undo_brings_back_the_names_and_where_it_can_the_contacts() {
    for (kind, can) in kinds() {
        let story = Story::on(kind, provider(can, TakenNames::Refuse));
        story.apply(&first()).await;
        let before = story.shop.names("p");
        let contact =
            if can.needs_owner { ContactRef::owned_by("o", "c") } else { ContactRef::new("c") };
        let fair = TagId::new(story.ids()["k1"].clone());
        let _ = story.provider().clone().with_marks(contact.clone(), [fair]);
        story.apply(&second()).await;
        assert_eq!(story.provider().carried_by(&contact), [], "{kind}: 展会 is deleted");
        let report = story.shop.apply_saved(&story.shop.undo()).await.unwrap();
        assert!(report.is_complete(), "{kind}: {report:?}");
        assert_eq!(story.shop.names("p"), before, "{kind}");
        let again = story.provider().carried_by(&contact).len();
        assert_eq!(again, usize::from(can.tag_contacts && can.can_assign()), "{kind}");
    }
}

#[tokio::test]
async fn a_provider_that_cannot_be_written_is_left_alone() {
    let provider =
        MemoryTagProvider::new(HERE, tag_capabilities::read_only()).with_tags("意向", ["高", "低"]);
    let story = Story::on("read only", provider);
    let text = first().text();
    let plan = story.plan(&text, &Lock::default()).await;
    assert!(plan.is_empty(), "a file that names no provider is for those that can be written");
    let named = text.replace("key = \"g0\"\n", "key = \"g0\"\nproviders = [\"p\"]\n");
    let (file, findings) = File::parse(&named, "tags.toml");
    assert!(findings.is_empty(), "{findings:?}");
    let facts: Vec<_> = story.shop.targets().iter().map(Target::facts).collect();
    let codes: Vec<String> =
        check(&file, &facts, None).iter().map(|found| found.code.to_string()).collect();
    assert!(codes.contains(&"read-only-provider".to_owned()), "{codes:?}");
    assert!(import(&story.shop.targets(), None).await.is_err());
    assert_eq!(story.provider().writes(), []);
}

#[tokio::test]
async fn what_does_not_fit_is_found_without_a_call() {
    let story = Story::on("small", provider(tag_capabilities::small(), TakenNames::Refuse));
    let names = ["一", "二", "三", "四", "五", "一个长长长长长长的名字"];
    let tags = names.into_iter().enumerate().map(|(at, name)| (at, (name, None))).collect();
    let text = Wanted { groups: ["A", "B"], tags }.text();
    let (file, _) = File::parse(&text, "tags.toml");
    let facts: Vec<_> = story.shop.targets().iter().map(Target::facts).collect();
    let codes: Vec<String> =
        check(&file, &facts, None).iter().map(|found| found.code.to_string()).collect();
    assert!(codes.contains(&"too-many-tags".to_owned()), "{codes:?}");
    assert!(codes.contains(&"name-too-long".to_owned()), "{codes:?}");
    assert_eq!(story.provider().call_count(), 0);
}

#[tokio::test]
async fn what_finds_no_room_beside_unmanaged_tags_is_said_and_not_tried() {
    let provider = MemoryTagProvider::new(HERE, tag_capabilities::small())
        .with_tags("", ["手1", "手2", "手3"]);
    let story = Story::on("small", provider);
    story.apply(&first()).await;
    let plan = story.plan(&first().text(), &story.shop.lock()).await;
    let reasons: Vec<_> = plan.providers[0].blocked.iter().map(|blocked| blocked.why).collect();
    assert_eq!(reasons, [leadtag_taxonomy::Reason::NoRoom]);
    assert_eq!(story.provider().state().tags.len(), 5);
}

#[tokio::test]
async fn after_an_import_there_is_nothing_to_plan() {
    for (kind, can) in kinds() {
        for taken in TAKEN {
            let group = if can.groups { "意向" } else { "" };
            let provider = provider(can, taken).with_tags(group, ["高", "低", "高"]);
            let story = Story::on(kind, provider);
            let imported = import(&story.shop.targets(), None).await.unwrap();
            let plan = story.plan(&imported.file.to_toml(), &imported.lock).await;
            assert!(plan.is_empty(), "{kind}: {plan:#?}");
            assert_eq!(story.provider().writes(), [], "{kind}");
        }
    }
}

#[tokio::test]
async fn a_tag_of_another_application_is_reported_once_and_never_tried_again() {
    let can = tag_capabilities::grouped();
    let story = Story::on("grouped", provider(can, TakenNames::Refuse));
    let imported = import(&story.shop.targets(), None).await.unwrap();
    story.shop.shelf.put(workshop::LOCK, &imported.lock.to_text());
    let text = imported.file.to_toml().replace("name = \"他人的\"", "name = \"改名\"");
    let workspace = story.shop.open().unwrap();
    let plan = story.plan(&text, &workspace.lock()).await;
    let report =
        apply(&plan, &workspace, &story.shop.targets(), &story.shop.options, &()).await.unwrap();
    assert_eq!(report.providers[0].refused.len(), 1, "{report:?}");
    drop(workspace);
    let (writes, lock) = (story.provider().writes().len(), story.shop.lock());
    assert_eq!(lock.providers["p"].refused.len(), 1);
    let plan = story.plan(&text, &lock).await;
    assert_eq!(plan.providers[0].blocked[0].why, leadtag_taxonomy::Reason::NotOwned);
    assert!(plan.providers[0].steps.is_empty(), "{plan:#?}");
    story.shop.apply_saved(&plan).await.unwrap();
    assert_eq!(story.provider().writes().len(), writes);
    assert_eq!(
        story.shop.lock().providers["p"].tags.len(),
        imported.lock.providers["p"].tags.len()
    );
}

#[tokio::test]
async fn a_file_for_providers_of_every_kind_is_applied_on_all_of_them() {
    let shop = Workshop::new([
        ("grouped", provider(tag_capabilities::grouped(), TakenNames::Refuse)),
        ("empty", provider(tag_capabilities::grouped_with_empty_groups(), TakenNames::Allow)),
        ("flat", provider(tag_capabilities::flat_one_by_one(), TakenNames::GiveExisting)),
        ("small", provider(tag_capabilities::small(), TakenNames::Refuse)),
    ]);
    for wanted in [first(), second()] {
        let (file, _) = File::parse(&wanted.text(), "tags.toml");
        let workspace = shop.open().unwrap();
        let planned =
            plan(&file, &workspace.lock(), &shop.targets(), DiffOptions::default()).await.plan;
        let report =
            apply(&planned, &workspace, &shop.targets(), &shop.options, &()).await.unwrap();
        assert!(report.is_complete(), "{report:?}");
        let left = plan(&file, &workspace.lock(), &shop.targets(), DiffOptions::default()).await;
        assert!(left.plan.is_empty(), "{:#?}", left.plan);
    }
}

/// Names to permute: no two tags of a version have the same.
const NAMES: [&str; 8] = ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"];
const GROUPS: [[&str; 2]; 3] = [["意向", "来源"], ["来源", "意向"], ["意向度", "渠道"]];

fn any_wanted() -> impl Strategy<Value = Wanted> {
    let names = Just(NAMES.to_vec()).prop_shuffle();
    let tags = prop::collection::vec((any::<bool>(), prop::option::of(0i64..4)), 8);
    (0..GROUPS.len(), names, tags).prop_map(|(groups, names, tags)| {
        let all = tags.into_iter().zip(names).enumerate();
        let tags = all.filter(|(_, ((there, _), _))| *there);
        let tags = tags.map(|(key, ((_, order), name))| (key, (name, order))).collect();
        Wanted { groups: GROUPS[groups], tags }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Any file after any other: swaps and longer cycles, groups that vanish and come again. What
    /// stays keeps its id, what is not ours stays, and the undo brings the names back.
    #[test]
    fn any_file_after_any_other_is_applied(
        kind in 0..kinds().len(),
        taken in 0usize..3,
        mut versions in prop::collection::vec(any_wanted(), 2..4),
    ) {
        let (kind, can) = kinds()[kind];
        // One place is taken by the tag that nobody manages.
        let room = can.max_tags.map_or(usize::MAX, |max| max as usize - 1);
        for wanted in &mut versions {
            wanted.tags = std::mem::take(&mut wanted.tags).into_iter().take(room).collect();
        }
        let story = Story::on(kind, provider(can, TAKEN[taken]));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut before, mut names, mut steps) = (BTreeMap::new(), Vec::new(), 0);
            for wanted in &versions {
                let plan = story.plan(&wanted.text(), &story.shop.lock()).await;
                (names, steps) = (story.shop.names("p"), plan.providers[0].steps.len());
                story.apply(wanted).await;
                story.is_as(wanted);
                let ids = story.ids();
                for (key, id) in &ids {
                    assert!(before.get(key).is_none_or(|known| known == id), "{kind}: {key}");
                }
                before = ids;
            }
            if steps > 0 {
                story.shop.apply_saved(&story.shop.undo()).await.unwrap();
                assert_eq!(story.shop.names("p"), names, "{kind}");
            }
        });
    }
}

#[test]
fn the_kinds_differ_in_what_they_can_do() {
    let kinds = kinds();
    for (at, (name, can)) in kinds.iter().enumerate() {
        assert!(kinds[..at].iter().all(|(_, other)| other != can), "{name} is there twice");
    }
}
