//! Plans of several providers: made, shown, saved, held against the limits; and drift.
#![allow(clippy::unwrap_used, clippy::panic)]

use leadtag_core::{ContactRef, Error, ErrorKind, Platform, TagChange, TagId, TagProvider};
use leadtag_taxonomy::{
    ContactCount, DiffOptions, DriftKind, File, Item, Limits, Lock, LockChange, PLAN_SCHEMA, Plan,
    PlanFile, Planned, Reason, StepKind, Target, drift_of_all, markdown, plan, refusals, text,
};
use leadtag_testkit::tag_capabilities::{
    flat, flat_one_by_one, grouped, grouped_with_empty_groups,
};
use leadtag_testkit::{MemoryTagProvider, TagCall};
use serde_json::Value;

const SHOP: Platform = Platform::new("shop");

fn file(text: &str) -> File {
    let (file, findings) = File::parse(text, "tags.toml");
    assert!(findings.is_empty(), "{findings:?}");
    file
}

const INTENT: &str = r#"
version = 1
[[group]]
key = "intent"
name = "意向"
[[group.tag]]
key = "intent.high"
name = "高意向"
aliases = ["高意向客户"]
[[group.tag]]
key = "intent.low"
name = "低意向"
"#;

fn shop() -> MemoryTagProvider {
    MemoryTagProvider::new(SHOP, grouped()).with_tags("意向", ["高意向客户", "测试标签"])
}

/// The ids of the live tags by name.
async fn id(provider: &MemoryTagProvider, name: &str) -> String {
    let live = leadtag_taxonomy::Live::fetch(provider).await.unwrap();
    live.tags.iter().find(|tag| tag.name == name).unwrap().id.as_str().to_owned()
}

async fn planned(file: &File, lock: &Lock, targets: &[(&str, &MemoryTagProvider)]) -> Planned {
    let targets: Vec<_> =
        targets.iter().map(|(name, provider)| Target { name, provider: *provider }).collect();
    plan(file, lock, &targets, DiffOptions::default()).await
}

/// A lock in which everything live of `provider` is ours, under its own names as keys.
async fn all_ours(lock: &mut Lock, name: &str, provider: &MemoryTagProvider) {
    let live = leadtag_taxonomy::Live::fetch(provider).await.unwrap();
    let held = lock.providers.entry(name.to_owned()).or_default();
    for group in &live.groups {
        let entry = serde_json::json!({
            "key": group.name, "id": group.id, "name": group.name, "order": group.order });
        held.make(&LockChange::Group(serde_json::from_value(entry).unwrap()));
    }
    for tag in &live.tags {
        let entry = serde_json::json!({
            "key": tag.name, "id": tag.id, "group": live.group_of(tag).map(|group| &group.id), "name": tag.name,
            "order": tag.order });
        held.make(&LockChange::Tag(serde_json::from_value(entry).unwrap()));
    }
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_keep_the_others_from_being_planned() {
    let (first, second) = (shop(), MemoryTagProvider::new(SHOP, flat()));
    first.fail_next(Error::new(ErrorKind::Transport, "down"));
    let all = [("first", &first), ("second", &second)];
    let planned = planned(&file(INTENT), &Lock::default(), &all).await;
    let names: Vec<_> = planned.plan.providers.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["second"]);
    assert_eq!(planned.unreachable.len(), 1);
    assert_eq!(planned.unreachable[0].0, "first");
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let provider = shop();
    planned(&file(INTENT), &Lock::default(), &[("shop", &provider)]).await;
    assert_eq!(provider.writes(), []);
}

#[tokio::test]
async fn the_same_state_gives_the_same_bytes_whatever_the_order_of_the_list() {
    let one = MemoryTagProvider::new(SHOP, flat()).with_tags("", ["甲", "乙", "丙"]);
    let file = file(INTENT);
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &one).await;
    let first = planned(&file, &lock, &[("shop", &one)]).await.plan;
    let second = planned(&file, &lock, &[("shop", &one)]).await.plan;
    assert_eq!(first.to_json(), second.to_json());
    assert_eq!(text(&first, true), text(&second, true));
    assert_eq!(markdown(&first), markdown(&second));
}

#[tokio::test]
async fn a_saved_plan_reads_as_it_was() {
    let provider = shop();
    let file_of = PlanFile::of("some/where/tags.toml".as_ref(), INTENT);
    assert_eq!(file_of.name, "tags.toml");
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file(INTENT), &lock, &[("shop", &provider)]).await.plan.from_file(file_of);
    assert!(!made.is_empty());
    let saved = made.to_json();
    assert_eq!(Plan::load(&saved).unwrap(), made);
    // How it is laid out does not count.
    let value: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(value["checksum"], made.checksum());
    assert_eq!(Plan::load(&format!("\u{feff}{value}\r\n")).unwrap(), made);
}

#[test]
fn a_plan_of_an_earlier_leadtag_is_read_and_knows_of_no_lock() {
    let saved = r#"{"format":"leadtag-plan","version":1,"kind":"apply","file":null,"providers":[{"name":"shop","platform":"here","fingerprint":"sha256:00","managed_tags":0,"steps":[],"blocked":[],"notes":[]}],"summary":{"create_groups":0,"create_tags":0,"renames":0,"reorders":0,"delete_tags":0,"delete_groups":0,"lock_only":0,"blocked":0},"checksum":"sha256:021334c6906ff90bce3997bc6986760de129d93df9a66b78339701a5c5c098e5"}"#;
    assert_eq!(Plan::load(saved).unwrap().providers[0].lock, None);
}

#[tokio::test]
async fn an_altered_plan_is_refused() {
    let provider = shop();
    let made = planned(&file(INTENT), &Lock::default(), &[("shop", &provider)]).await.plan;
    let saved = made.to_json();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&saved).unwrap();
        change(&mut value);
        Plan::load(&value.to_string()).unwrap_err().to_string()
    };
    let altered = [
        changed(&|plan| plan["providers"][0]["steps"][0]["id"] = "other".into()),
        changed(&|plan| plan["providers"][0]["managed_tags"] = 1000.into()),
        changed(&|plan| plan["providers"][0]["lock"] = Value::Null),
        changed(&|plan| plan["extra"] = 1.into()),
        changed(&|plan| plan["providers"][0]["steps"][0]["extra"] = 1.into()),
        changed(&|plan| plan["providers"][0]["steps"] = Value::Array(Vec::new())),
        changed(&|plan| plan["checksum"] = "sha256:00".into()),
        changed(&|plan| plan["checksum"] = Value::Null),
    ];
    for message in altered {
        assert!(message.contains("altered"), "{message}");
    }
    assert!(changed(&|plan| plan["version"] = 3.into()).contains("version 3"));
    assert!(changed(&|plan| plan["format"] = "x".into()).contains("no saved plan"));
    assert!(Plan::load("[]").is_err());
    assert!(Plan::load("no json").is_err());
}

#[test]
fn the_schema_is_json_and_knows_every_kind_of_step() {
    let schema: Value = serde_json::from_str(PLAN_SCHEMA).unwrap();
    let kinds: Vec<_> = schema["$defs"]["step"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["properties"]["kind"]["const"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "adopt",
            "forget",
            "rename-group",
            "rename-tag",
            "reorder-group",
            "reorder-tag",
            "create-group",
            "create-tags",
            "delete-tag",
            "delete-group",
            "retag"
        ]
    );
}

#[tokio::test]
async fn a_plan_holds_no_time_no_host_and_no_directory() {
    let provider = shop();
    let file_of = PlanFile::of("/home/somebody/tags.toml".as_ref(), INTENT);
    let made = planned(&file(INTENT), &Lock::default(), &[("shop", &provider)]).await.plan;
    let saved = made.from_file(file_of).to_json();
    assert!(!saved.contains("somebody"), "{saved}");
}

#[tokio::test]
async fn contacts_of_a_deletion_are_listed_where_the_list_of_tags_does_not_tell() {
    let contacts = ["c1", "c2", "c3"].map(ContactRef::new);
    let provider = MemoryTagProvider::new(SHOP, flat_one_by_one())
        .with_tags("", ["再见"])
        .with_contacts(contacts.clone());
    let tag = TagId::new(id(&provider, "再见").await);
    for contact in &contacts[..2] {
        provider.assign(contact, std::slice::from_ref(&tag), &[]).await.unwrap();
    }
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file("version = 1"), &lock, &[("shop", &provider)]).await.plan;
    assert_eq!(contacts_of(&made), [ContactCount::Known(2)]);
}

#[tokio::test]
async fn contacts_of_a_deletion_are_unknown_where_the_platform_does_not_tell() {
    let provider = MemoryTagProvider::new(SHOP, flat()).with_tags("", ["再见"]);
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file("version = 1"), &lock, &[("shop", &provider)]).await.plan;
    assert_eq!(contacts_of(&made), [ContactCount::Unknown]);
    assert!(text(&made, false).contains("on an unknown number of contacts"));
}

#[tokio::test]
async fn contacts_that_the_list_of_tags_tells_are_not_listed() {
    let provider =
        MemoryTagProvider::new(SHOP, grouped_with_empty_groups()).with_tags("组", ["再见"]);
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file("version = 1"), &lock, &[("shop", &provider)]).await.plan;
    assert_eq!(contacts_of(&made), [ContactCount::Known(0)]);
    let listed = |call: &TagCall| format!("{call:?}").contains("Contact");
    assert!(!provider.calls().iter().any(listed));
}

fn contacts_of(plan: &Plan) -> Vec<ContactCount> {
    let steps = plan.providers.iter().flat_map(|one| &one.steps);
    steps
        .filter_map(|step| match step.kind {
            StepKind::DeleteTag { contacts, .. } => Some(contacts),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_name_that_now_stands_for_another_platform_is_noticed() {
    let provider = shop();
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    lock.providers.get_mut("shop").unwrap().platform = "other".to_owned();
    let made = planned(&file(INTENT), &lock, &[("shop", &provider)]).await.plan;
    assert_eq!(made.providers[0].blocked[0].why, Reason::OtherAccount);
    assert!(made.providers[0].steps.is_empty());
}

/// A plan that deletes the first `delete` of `all` tags, all ours.
async fn deleting(all: usize, delete: usize) -> Plan {
    let names: Vec<String> = (0..all).map(|n| format!("tag{n:03}")).collect();
    let provider = MemoryTagProvider::new(SHOP, flat_one_by_one())
        .with_tags("", names.iter().map(String::as_str));
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let mut text = "version = 1\n[[group]]\nkey = \"g\"\nname = \"g\"\n".to_owned();
    for name in &names[delete..] {
        text += &format!("[[group.tag]]\nkey = \"{name}\"\nname = \"{name}\"\n");
    }
    planned(&file(&text), &lock, &[("shop", &provider)]).await.plan
}

fn limits_passed(limits: Limits, plan: &Plan) -> Vec<&'static str> {
    limits.excesses(plan).iter().map(|excess| excess.limit).collect()
}

#[tokio::test]
async fn at_most_thirty_percent_of_the_managed_tags_change() {
    let limits = Limits::default();
    assert_eq!(limits_passed(limits, &deleting(10, 3).await), [""; 0]);
    assert_eq!(limits_passed(limits, &deleting(10, 4).await), ["max_changed_percent"]);
    assert_eq!(limits_passed(limits, &deleting(9, 9).await), [""; 0]);
    let raised = limits.with_max_changed_percent(40);
    assert_eq!(limits_passed(raised, &deleting(10, 4).await), [""; 0]);
}

#[tokio::test]
async fn at_most_ten_are_deleted() {
    let limits = Limits::default();
    assert_eq!(limits_passed(limits, &deleting(90, 10).await), [""; 0]);
    assert_eq!(limits_passed(limits, &deleting(90, 11).await), ["max_deletions"]);
    assert_eq!(limits_passed(limits.with_max_deletions(11), &deleting(90, 11).await), [""; 0]);
}

#[tokio::test]
async fn at_most_a_thousand_contacts_lose_a_tag_and_unknown_counts_as_over() {
    let mut plan = deleting(10, 2).await;
    let mut counts = |first, second| {
        let all = [first, second];
        for (step, count) in plan.providers[0].steps.iter_mut().zip(all) {
            if let StepKind::DeleteTag { contacts, .. } = &mut step.kind {
                *contacts = count;
            }
        }
        plan.clone()
    };
    let limits = Limits::default();
    let (known, unknown) = (ContactCount::Known, ContactCount::Unknown);
    assert_eq!(limits_passed(limits, &counts(known(999), known(1))), [""; 0]);
    assert_eq!(limits_passed(limits, &counts(known(999), known(2))), ["max_contacts"]);
    let at_least = counts(ContactCount::AtLeast(10_000), known(0));
    assert_eq!(limits_passed(limits, &at_least), ["max_contacts"]);
    let none_known = counts(unknown, known(0));
    assert_eq!(limits_passed(limits, &none_known), ["allow_unknown_contacts"]);
    // A higher limit of contacts does not lift it; only its own flag does.
    let more = limits.with_max_contacts(u64::MAX);
    assert_eq!(limits_passed(more, &none_known), ["allow_unknown_contacts"]);
    assert_eq!(limits_passed(limits.with_allow_unknown_contacts(true), &none_known), [""; 0]);
}

#[tokio::test]
async fn every_excess_is_told_with_its_own_flag() {
    let plan = deleting(20, 12).await;
    let told = refusals(&Limits::default().with_max_contacts(0).excesses(&plan));
    assert!(told.contains("--max-changed-percent 60"), "{told}");
    assert!(told.contains("--max-deletions 12"), "{told}");
    assert_eq!(told.lines().count(), 2);
}

#[tokio::test]
async fn the_text_of_a_plan_reads_like_this() {
    let provider = shop();
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file(INTENT), &lock, &[("shop", &provider)]).await.plan;
    let expected = "\
shop (shop)  1 to create, 1 to rename, 1 to delete, 2 in the lock alone
  = group 意向                        is there; noted in the lock
  = tag   高意向客户                  is there; noted in the lock
  ~ tag   意向 / 高意向客户 → 高意向  keeps its contacts
  + tag   意向 / 低意向
  - tag   意向 / 测试标签             on an unknown number of contacts

Plan: 1 create, 1 rename, 0 reorder, 1 delete, 2 in the lock alone, 0 not possible.
";
    assert_eq!(text(&made, false), expected);
}

#[tokio::test]
async fn colours_are_all_that_colours_add() {
    let provider = shop();
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file(INTENT), &lock, &[("shop", &provider)]).await.plan;
    let colored = text(&made, true);
    let mut bare = colored.clone();
    for code in ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[35m", "\u{1b}[0m"] {
        bare = bare.replace(code, "");
    }
    assert_ne!(colored, bare);
    assert_eq!(bare, text(&made, false));
}

#[tokio::test]
async fn markdown_obeys_no_name_and_tells_deletions_first() {
    let provider = MemoryTagProvider::new(SHOP, flat()).with_tags("", ["a|b `c` <i> \u{7}", "x"]);
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let made = planned(&file(INTENT), &lock, &[("shop", &provider)]).await.plan;
    let expected = "\
## Plan of the tags

### shop (shop)  2 to create, 2 to delete

**2 to delete: contacts lose what is deleted**

| | | name | |
|---|---|---|---|
| `-` | tag | a\\|b \\`c\\` \\<i\\> \u{fffd} | on an unknown number of contacts |
| `-` | tag | x | on an unknown number of contacts |

| | | name | |
|---|---|---|---|
| `+` | tag | 高意向 |  |
| `+` | tag | 低意向 |  |

Plan: 2 create, 0 rename, 0 reorder, 2 delete, 0 not possible.
";
    assert_eq!(markdown(&made), expected);
}

#[tokio::test]
async fn a_long_markdown_is_cut() {
    let made = deleting(100, 0).await;
    assert_eq!(markdown(&made), "## Plan of the tags\n\nNo changes.\n");
    let mut text = "version = 1\n[[group]]\nkey = \"g\"\nname = \"g\"\n".to_owned();
    for n in 0..250 {
        text += &format!("[[group.tag]]\nkey = \"k{n}\"\nname = \"n{n}\"\n");
    }
    let empty = MemoryTagProvider::new(SHOP, flat());
    let made = planned(&file(&text), &Lock::default(), &[("shop", &empty)]).await.plan;
    let text = markdown(&made);
    assert!(text.contains("\nand 50 more\n"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("| `")).count(), 200);
}

#[tokio::test]
async fn nothing_to_do_is_said() {
    let made = planned(&file("version = 1"), &Lock::default(), &[("shop", &shop())]).await.plan;
    assert_eq!(text(&made, false), "No changes.\n");
}

#[tokio::test]
async fn drift_is_what_was_changed_by_hand_on_what_is_ours() {
    let provider = MemoryTagProvider::new(SHOP, grouped())
        .with_tags("意向", ["高", "低", "中"])
        .with_tags("其他", ["别的"]);
    let mut lock = Lock::default();
    all_ours(&mut lock, "shop", &provider).await;
    let targets = [Target { name: "shop", provider: &provider }];
    assert!(drift_of_all(&lock, &targets).await.differences.is_empty());

    let high = TagId::new(id(&provider, "高").await);
    let low = TagId::new(id(&provider, "低").await);
    let middle = TagId::new(id(&provider, "中").await);
    provider.update_tag(&high, &TagChange::rename("更高")).await.unwrap();
    provider.delete_tags(&[low]).await.unwrap();
    provider.update_tag(&middle, &TagChange::reorder(77)).await.unwrap();
    let shop = lock.providers.get_mut("shop").unwrap();
    shop.tags.get_mut("中").unwrap().order = Some(3);
    shop.tags.get_mut("别的").unwrap().group = shop.tags["高"].group.clone();
    let found = drift_of_all(&lock, &targets).await;
    let mut lines: Vec<_> = found
        .differences
        .iter()
        .map(|one| (one.key.as_str(), one.kind, one.applied.as_deref(), one.live.as_deref()))
        .collect();
    lines.sort_unstable_by_key(|line| format!("{:?}", line.1));
    assert_eq!(
        lines,
        [
            ("低", DriftKind::Missing, Some("低"), None),
            ("别的", DriftKind::Moved, Some("意向"), Some("其他")),
            ("高", DriftKind::Renamed, Some("高"), Some("更高")),
            ("中", DriftKind::Reordered, Some("3"), Some("77")),
        ]
    );
    assert!(found.differences.iter().all(|one| one.item == Item::Tag && one.provider == "shop"));
}
