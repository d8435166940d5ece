//! Whatever is cut off where, the next apply ends it: no duplicate, nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod workshop;

use leadtag_core::{Platform, TagCapabilities};
use leadtag_testkit::{MemoryTagProvider, TakenNames, tag_capabilities};
use workshop::{End, Workshop};

const HERE: Platform = Platform::new("memory");

const GROUPED_BEFORE: &str = r#"
version = 1
[[group]]
key = "intent"
name = "意向"
[[group.tag]]
key = "a"
name = "甲"
[[group.tag]]
key = "b"
name = "乙"
[[group.tag]]
key = "c"
name = "丙"
[[group]]
key = "old"
name = "旧"
[[group.tag]]
key = "x"
name = "x"
[[group.tag]]
key = "y"
name = "y"
"#;

/// A swap, a group renamed, another one made, one that goes, tags that come and go.
const GROUPED_AFTER: &str = r#"
version = 1
[[group]]
key = "intent"
name = "意图"
aliases = ["意向"]
[[group.tag]]
key = "a"
name = "乙"
[[group.tag]]
key = "b"
name = "甲"
[[group.tag]]
key = "d"
name = "丁"
[[group.tag]]
key = "e"
name = "丙"
[[group]]
key = "new"
name = "新"
[[group.tag]]
key = "n1"
name = "一"
[[group.tag]]
key = "n2"
name = "二"
[absent]
here = ["测试"]
"#;

const FLAT_BEFORE: &str = r#"
version = 1
[[group]]
key = "g"
name = "g"
[[group.tag]]
key = "a"
name = "甲"
[[group.tag]]
key = "b"
name = "乙"
[[group.tag]]
key = "c"
name = "丙"
"#;

const FLAT_AFTER: &str = r#"
version = 1
[[group]]
key = "g"
name = "g"
[[group.tag]]
key = "a"
name = "乙"
[[group.tag]]
key = "b"
name = "甲"
[[group.tag]]
key = "d"
name = "丁"
[[group.tag]]
key = "e"
name = "丙"
[absent]
here = ["测试"]
"#;

struct Case {
    can: TagCapabilities,
    taken: TakenNames,
    group: &'static str,
    before: &'static str,
    after: &'static str,
}

fn cases() -> Vec<Case> {
    let grouped = |can, taken| Case {
        can,
        taken,
        group: "意向",
        before: GROUPED_BEFORE,
        after: GROUPED_AFTER,
    };
    let flat = |can, taken| Case { can, taken, group: "", before: FLAT_BEFORE, after: FLAT_AFTER };
    vec![
        grouped(tag_capabilities::grouped(), TakenNames::Refuse),
        grouped(tag_capabilities::grouped_with_empty_groups(), TakenNames::Allow),
        flat(tag_capabilities::flat(), TakenNames::GiveExisting),
        flat(tag_capabilities::flat_one_by_one(), TakenNames::Allow),
    ]
}

/// Everything is as the file `before` says, and an unmanaged tag is there.
async fn started(case: &Case) -> Workshop {
    let provider = MemoryTagProvider::new(HERE, case.can).with_taken_names(case.taken);
    let workshop = Workshop::new([("here", provider.with_tags(case.group, ["测试"]))]);
    let report = workshop.apply(case.before).await.unwrap();
    assert!(report.is_complete(), "{report:#?}");
    workshop.is_settled(case.before, "before").await;
    workshop
}

#[tokio::test]
async fn wherever_an_apply_ends_the_next_one_completes_it() {
    let mut ends = 0;
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let first = whole.names("here");
        whole.fuse.restart();
        assert!(whole.apply(case.after).await.unwrap().is_complete());
        let (events, last) = (whole.fuse.events(), whole.names("here"));
        for event in 1..=events {
            for end in [End::Before, End::After, End::Torn] {
                if end == End::Torn && !whole.fuse.tears(event) {
                    continue;
                }
                let what = format!("case {at}, event {event} of {events}, {end:?}");
                let workshop = started(case).await;
                workshop.fuse.set(event, end);
                let _ = workshop.apply(case.after).await;
                assert!(workshop.fuse.is_dead(), "{what}");
                workshop.fuse.restart();
                let report = workshop.apply(case.after).await.expect(&what);
                assert!(report.is_complete(), "{what}: {report:#?}");
                assert_eq!(workshop.names("here"), last, "{what}");
                workshop.is_settled(case.after, &what).await;
                // What both runs did is taken back.
                let report = workshop.apply_saved(&workshop.undo()).await.expect(&what);
                assert!(report.is_complete(), "{what}: {report:#?}");
                assert_eq!(workshop.names("here"), first, "{what}");
                ends += 1;
            }
        }
    }
    assert!(ends > 300, "{ends}");
}

#[tokio::test]
async fn a_saved_plan_goes_on_where_it_was_cut_off() {
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let plan = whole.plan(case.after, &whole.lock()).await.unwrap();
        whole.fuse.restart();
        assert!(whole.apply_saved(&plan).await.unwrap().is_complete());
        let events = whole.fuse.events();
        for event in 1..=events {
            for end in [End::Before, End::After] {
                let what = format!("case {at}, event {event} of {events}, {end:?}");
                let workshop = started(case).await;
                let plan = workshop.plan(case.after, &workshop.lock()).await.unwrap();
                workshop.fuse.set(event, end);
                let _ = workshop.apply_saved(&plan).await;
                workshop.fuse.restart();
                match workshop.apply_saved(&plan).await {
                    Ok(report) => assert!(report.is_complete(), "{what}: {report:#?}"),
                    // All was done and noted, only the journal was still to go.
                    Err(error) => assert!(event + 1 >= events, "{what}: {error}"),
                }
                workshop.is_settled(case.after, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn an_undo_that_was_cut_off_goes_on() {
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let first = whole.names("here");
        whole.apply(case.after).await.unwrap();
        whole.fuse.restart();
        whole.apply_saved(&whole.undo()).await.unwrap();
        let events = whole.fuse.events();
        for event in 1..=events {
            let what = format!("case {at}, event {event} of {events}");
            let workshop = started(case).await;
            workshop.apply(case.after).await.unwrap();
            let undo = workshop.undo();
            workshop.fuse.set(event, End::After);
            let _ = workshop.apply_saved(&undo).await;
            workshop.fuse.restart();
            match workshop.apply_saved(&undo).await {
                Ok(report) => assert!(report.is_complete(), "{what}: {report:#?}"),
                // All was done and noted, only the journal was still to go.
                Err(error) => assert!(event + 1 >= events, "{what}: {error}"),
            }
            assert_eq!(workshop.names("here"), first, "{what}");
        }
    }
}
