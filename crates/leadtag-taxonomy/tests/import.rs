//! From what is live to a file and a lock with which there is nothing to do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use leadtag_core::{Platform, TagCapabilities};
use leadtag_taxonomy::{
    Desired, DiffOptions, File, Imported, Live, Lock, LockTag, ProviderFacts, Target, check_text,
    diff, import,
};
use leadtag_testkit::{MemoryTagProvider, tag_capabilities};
use proptest::prelude::*;
use proptest::sample::select;

type Provider = (&'static str, MemoryTagProvider);

fn provider(name: &'static str, can: TagCapabilities, groups: &[(&str, &[&str])]) -> Provider {
    let provider = MemoryTagProvider::new(Platform::new(name), can);
    let add = |provider: MemoryTagProvider, (group, tags): &(&str, &[&str])| {
        provider.with_tags(group, tags.iter().copied())
    };
    (name, groups.iter().fold(provider, add))
}

fn wecom(groups: &[(&str, &[&str])]) -> Provider {
    provider("wecom", tag_capabilities::grouped(), groups)
}

fn agent(groups: &[(&str, &[&str])]) -> Provider {
    provider("agent", tag_capabilities::grouped_with_empty_groups(), groups)
}

fn douyin(tags: &[&str]) -> Provider {
    provider("douyin", tag_capabilities::flat_one_by_one(), &[("", tags)])
}

fn targets(providers: &[Provider]) -> Vec<Target<'_>> {
    providers.iter().map(|(name, provider)| Target { name, provider }).collect()
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn imported_over(providers: &[Provider], old: Option<&Lock>) -> Imported {
    let imported = block(import(&targets(providers), old)).unwrap();
    is_what_is_live(&imported, providers);
    imported
}

fn imported(providers: &[Provider]) -> Imported {
    imported_over(providers, None)
}

/// The file reads without a finding, there is nothing to do, and every id of the lock has the name, group and sort value
/// that the file wants for its key, and has them live.
fn is_what_is_live(imported: &Imported, providers: &[Provider]) {
    let facts: Vec<ProviderFacts> = targets(providers).iter().map(Target::facts).collect();
    let text = imported.file.to_toml();
    let lock = Lock::parse(&imported.lock.to_text(), "tags.lock").unwrap();
    assert_eq!(lock, imported.lock);
    let (file, findings) = check_text(&text, "tags.toml", &facts, Some((&lock, "tags.lock")));
    assert_eq!(findings, [], "{text}");
    for (facts, (name, provider)) in facts.iter().zip(providers) {
        let desired = Desired::of(&file, facts);
        let live = block(Live::fetch(provider)).unwrap();
        let held = &lock.providers[*name];
        let can = facts.capabilities.unwrap();
        let plan = diff(&desired, held, &live, &can, DiffOptions::default());
        assert_eq!((plan.steps, plan.blocked), (vec![], vec![]), "{text}");
        assert_eq!(desired.groups.len(), held.groups.len(), "{text}");
        for group in &desired.groups {
            let held = &held.groups[&*group.key];
            let live = live.groups.iter().find(|live| live.id.as_str() == held.id).unwrap();
            assert_eq!((&*live.name, live.order), (&*group.name, group.order.or(live.order)));
            assert_eq!((&live.name, live.order), (&held.name, held.order));
        }
        assert_eq!(desired.tags.len(), held.tags.len(), "{text}");
        for tag in &desired.tags {
            let held_tag = &held.tags[&*tag.key];
            let found = live.tags.iter().find(|live| live.id.as_str() == held_tag.id).unwrap();
            assert_eq!((&*found.name, found.order), (&*tag.name, tag.order.or(found.order)));
            assert_eq!((&found.name, found.order), (&held_tag.name, held_tag.order));
            let group = live.group_of(found).map(|group| group.id.as_str());
            assert_eq!(group, held_tag.group.as_deref());
            let group = tag.group.map(|at| &held.groups[&*desired.groups[at].key].id);
            assert_eq!(group, held_tag.group.as_ref());
        }
    }
}

/// Keys of groups, each with those of its tags.
fn keys(file: &File) -> Vec<(String, Vec<String>)> {
    let tags = |group: &leadtag_taxonomy::Group| group.tags.iter().map(|t| t.key.clone()).collect();
    file.groups.iter().map(|group| (group.key.clone(), tags(group))).collect()
}

fn names(providers: &Option<Vec<(String, leadtag_taxonomy::Place)>>) -> Option<Vec<&str>> {
    providers.as_ref().map(|all| all.iter().map(|(name, _)| name.as_str()).collect())
}

fn codes(imported: &Imported) -> Vec<&str> {
    imported.notes.iter().map(|note| note.code.as_str()).collect()
}

#[test]
fn groups_and_tags_of_one_name_become_one() {
    let imported = imported(&[
        wecom(&[("意向", &["高", "中"]), ("来源", &["抖音"])]),
        agent(&[("意向", &["高", "低"])]),
    ]);
    let expected = [("意向", vec!["意向.高", "意向.中", "意向.低"]), ("来源", vec!["来源.抖音"])];
    let expected = expected.map(|(group, tags)| {
        (group.to_owned(), tags.into_iter().map(str::to_owned).collect::<Vec<_>>())
    });
    assert_eq!(keys(&imported.file), expected);
    let group = &imported.file.groups[0];
    assert_eq!(names(&group.providers), Some(vec!["wecom", "agent"]));
    let tags: Vec<_> = group.tags.iter().map(|tag| names(&tag.providers)).collect();
    assert_eq!(tags, [None, Some(vec!["wecom"]), Some(vec!["agent"])]);
    assert_eq!(imported.merged, 2);
    assert!(imported.notes.is_empty());
}

#[test]
fn a_tag_without_group_joins_the_only_one_of_its_name() {
    let imported = imported(&[douyin(&["高", "新"]), wecom(&[("意向", &["高"])])]);
    let group = &imported.file.groups[0];
    assert_eq!((group.key.as_str(), group.tags.len()), ("意向", 1));
    assert_eq!(names(&group.providers), Some(vec!["douyin", "wecom"]));
    let rest = &imported.file.groups[1];
    assert_eq!((rest.key.as_str(), rest.name.as_str()), ("ungrouped", "未分组"));
    assert_eq!(names(&rest.providers), Some(vec!["douyin"]));
    assert_eq!(rest.tags[0].key, "ungrouped.新");
}

#[test]
fn a_tag_without_group_joins_none_of_several() {
    let imported = imported(&[wecom(&[("甲", &["同"]), ("乙", &["同"])]), douyin(&["同"])]);
    let groups: Vec<_> = imported.file.groups.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(groups, ["甲", "乙", "ungrouped"]);
    assert_eq!(imported.merged, 0);
}

#[test]
fn a_key_has_letters_and_digits_and_a_number_where_it_is_taken() {
    let imported =
        imported(&[wecom(&[("VIP 客户 (2026)", &["A+", "A-", "!!"]), ("vip-客户-2026", &["x"])])]);
    let keys = keys(&imported.file);
    assert_eq!(keys[0].0, "vip-客户-2026");
    let tags = ["vip-客户-2026.a", "vip-客户-2026.a-2", "vip-客户-2026.tag"];
    assert_eq!(keys[0].1, tags);
    assert_eq!(keys[1].0, "vip-客户-2026-2");
}

#[test]
fn long_names_make_keys_that_can_be_read_back() {
    let (one, other) = ("长".repeat(200), format!("{}短", "长".repeat(199)));
    let mut can = tag_capabilities::grouped();
    can.max_name_chars = None;
    imported(&[provider("wecom", can, &[(&one, &[&one, &other]), (&other, &[&one])])]);
}

#[test]
fn a_group_without_tags_is_imported_where_groups_can_be_empty() {
    let imported = imported(&[agent(&[("空", &[])]), wecom(&[("满", &["x"])])]);
    assert_eq!(keys(&imported.file)[0], ("空".to_owned(), vec![]));
}

#[test]
fn a_second_tag_of_one_name_is_left_unmanaged() {
    let imported = imported(&[douyin(&["同", "同"])]);
    assert_eq!(codes(&imported), ["duplicate"]);
    assert_eq!(imported.lock.providers["douyin"].tags.len(), 1);
}

#[test]
fn a_name_that_a_file_cannot_hold_is_left_unmanaged() {
    let long = "长".repeat(31);
    let imported =
        imported(&[wecom(&[("意向", &["高", " 低", &long]), (" 坏", &["x"]), ("空", &[" "])])]);
    let mut found = codes(&imported);
    found.sort_unstable();
    assert_eq!(found, ["bad-name", "bad-name", "bad-name", "bad-name", "empty-group"]);
    assert_eq!(keys(&imported.file), [("意向".to_owned(), vec!["意向.高".to_owned()])]);
}

#[test]
fn a_provider_that_cannot_be_written_is_refused() {
    let provider = provider("crm", tag_capabilities::read_only(), &[("组", &["标"])]);
    let error = block(import(&targets(&[provider]), None)).unwrap_err();
    assert!(error.to_string().starts_with("crm: its tags cannot be written"), "{error}");
}

#[test]
fn a_provider_that_cannot_be_listed_is_an_error_that_names_it() {
    let providers = [wecom(&[("组", &["标"])]), agent(&[])];
    providers[1].1.fail_next(leadtag_core::Error::config("down"));
    let error = block(import(&targets(&providers), None)).unwrap_err();
    assert!(error.to_string().starts_with("agent: "), "{error}");
}

/// The lock of `imported` with other keys.
fn with_keys(imported: &Imported, change: impl Fn(&str) -> String) -> Lock {
    let mut lock = imported.lock.clone();
    for held in lock.providers.values_mut() {
        let groups = std::mem::take(&mut held.groups).into_values().map(|mut group| {
            group.key = change(&group.key);
            (group.key.clone(), group)
        });
        held.groups = groups.collect();
        let tags = std::mem::take(&mut held.tags).into_values().map(|mut tag: LockTag| {
            tag.key = change(&tag.key);
            (tag.key.clone(), tag)
        });
        held.tags = tags.collect();
    }
    lock
}

#[test]
fn what_the_old_lock_knows_keeps_its_key() {
    let providers = [wecom(&[("意向", &["高", "低"])]), douyin(&["高"])];
    let old = with_keys(&imported(&providers), |key| format!("my-{key}"));
    let again = imported_over(&providers, Some(&old));
    assert_eq!(
        keys(&again.file),
        [("my-意向".to_owned(), vec!["my-意向.高".to_owned(), "my-意向.低".to_owned()])]
    );
    assert_eq!(again.lock, old);
}

#[test]
fn one_key_of_the_old_lock_holds_different_names_together() {
    let providers =
        [wecom(&[("意向", &["高意向"])]), agent(&[("意愿", &["高"])]), douyin(&["高意"])];
    let first = imported(&providers);
    let common = |key: &str| if key.contains('.') { "t".to_owned() } else { "g".to_owned() };
    let again = imported_over(&providers, Some(&with_keys(&first, common)));
    assert_eq!(keys(&again.file), [("g".to_owned(), vec!["t".to_owned()])]);
    let group = &again.file.groups[0];
    assert_eq!(group.on["agent"].name.as_deref(), Some("意愿"));
    let own = |name: &str| group.tags[0].on[name].name.as_deref();
    assert_eq!((own("agent"), own("douyin")), (Some("高"), Some("高意")));
}

#[test]
fn ids_of_another_platform_in_the_old_lock_mean_nothing() {
    let providers = [wecom(&[("意向", &["高"])])];
    let mut old = with_keys(&imported(&providers), |key| format!("my-{key}"));
    old.providers.get_mut("wecom").unwrap().platform = "douyin".to_owned();
    assert_eq!(keys(&imported_over(&providers, Some(&old)).file)[0].0, "意向");
}

#[test]
fn a_provider_of_the_old_lock_that_is_not_imported_is_told() {
    let old = imported(&[wecom(&[("意向", &["高"])]), agent(&[("意向", &["高"])])]).lock;
    let again = imported_over(&[wecom(&[("意向", &["高"])])], Some(&old));
    assert_eq!(codes(&again), ["not-imported"]);
    assert!(!again.lock.providers.contains_key("agent"));
}

#[test]
fn what_was_refused_before_stays_in_the_lock() {
    let providers = [wecom(&[("意向", &["高"])])];
    let text = "version = 1\n[providers.wecom]\nplatform = 'wecom'\n\
                refused = [{ id = 'x', why = 'not-owned' }]\n";
    let old = Lock::parse(text, "tags.lock").unwrap();
    let again = imported_over(&providers, Some(&old));
    assert!(again.lock.providers["wecom"].refused.contains_key("x"));
}

fn groups() -> impl Strategy<Value = Vec<(String, Vec<String>)>> {
    let name = || select(vec!["甲", "乙", "丙", "A", "a", "A b", " x", "甲.乙", "甲-2"]);
    let tags = proptest::collection::vec(name().prop_map(str::to_owned), 0..5);
    proptest::collection::vec((name().prop_map(str::to_owned), tags), 0..5)
}

fn any_provider(name: &'static str) -> impl Strategy<Value = Provider> {
    let presets = vec![
        tag_capabilities::grouped(),
        tag_capabilities::grouped_with_empty_groups(),
        tag_capabilities::flat(),
        tag_capabilities::flat_one_by_one(),
        tag_capabilities::replacing(),
    ];
    (select(presets), groups()).prop_map(move |(can, groups)| {
        let mut seen = std::collections::HashSet::new();
        let mut provider = MemoryTagProvider::new(Platform::new(name), can);
        for (group, tags) in groups {
            // A group that comes twice would be the same one in memory.
            if seen.insert(group.clone()) {
                let group = if can.groups { group.as_str() } else { "" };
                provider = provider.with_tags(group, tags.iter().map(String::as_str));
            }
        }
        (name, provider)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_live_there_is_nothing_to_do(
        one in any_provider("one"), two in any_provider("two"), three in any_provider("three"),
    ) {
        let providers = [one, two, three];
        let first = imported(&providers);
        // Once more, over a lock in which the keys of one provider belong to items of another.
        let mut old = with_keys(&first, |key| key.chars().rev().collect());
        old.providers.remove("two");
        let again = imported_over(&providers, Some(&old));
        let kept = imported_over(&providers, Some(&again.lock));
        prop_assert_eq!(kept.file.to_toml(), again.file.to_toml());
        prop_assert_eq!(kept.lock, again.lock);
        // Bytes do not depend on anything but what is live.
        prop_assert_eq!(imported(&providers).file.to_toml(), first.file.to_toml());
    }
}
