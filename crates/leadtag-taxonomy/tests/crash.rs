//! Whatever is cut off where, the next apply ends it: no duplicate, nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod workshop;

use leadtag_core::{Platform, TagCapabilities};
use leadtag_taxonomy::Plan;
use leadtag_testkit::{MemoryTagProvider, TakenNames, tag_capabilities};
use workshop::{End, Workshop};

const HERE: Platform = Platform::new("memory");

const BEFORE: &str = r#"
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
const AFTER: &str = r#"
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

struct Case {
    can: TagCapabilities,
    taken: TakenNames,
    /// The group of the tag that is not ours.
    group: &'static str,
}

fn cases() -> [Case; 4] {
    let case = |can, taken, group| Case { can, taken, group };
    [
        case(tag_capabilities::grouped(), TakenNames::Refuse, "意向"),
        case(tag_capabilities::grouped_with_empty_groups(), TakenNames::Allow, "意向"),
        case(tag_capabilities::flat(), TakenNames::GiveExisting, ""),
        case(tag_capabilities::flat_one_by_one(), TakenNames::Allow, ""),
    ]
}

/// Everything is as the first file says, and an unmanaged tag is there.
async fn started(case: &Case) -> Workshop {
    let provider = MemoryTagProvider::new(HERE, case.can).with_taken_names(case.taken);
    let workshop = Workshop::new([("here", provider.with_tags(case.group, ["测试"]))]);
    let report = workshop.apply(BEFORE).await.unwrap();
    assert!(report.is_complete(), "{report:#?}");
    workshop.is_settled(BEFORE, "before").await;
    workshop
}

#[tokio::test]
async fn wherever_an_apply_ends_the_next_one_completes_it() {
    let mut ends = 0;
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let first = whole.names("here");
        whole.fuse.restart();
        assert!(whole.apply(AFTER).await.unwrap().is_complete());
        let (events, last) = (whole.fuse.events(), whole.names("here"));
        for event in 1..=events {
            for end in [End::Before, End::After, End::Torn] {
                if end == End::Torn && !whole.fuse.tears(event) {
                    continue;
                }
                let what = format!("case {at}, event {event} of {events}, {end:?}");
                let workshop = started(case).await;
                workshop.fuse.set(event, end);
                let _ = workshop.apply(AFTER).await;
                assert!(workshop.fuse.is_dead(), "{what}");
                workshop.fuse.restart();
                let report = workshop.apply(AFTER).await.expect(&what);
                assert!(report.is_complete(), "{what}: {report:#?}");
                assert_eq!(workshop.names("here"), last, "{what}");
                workshop.is_settled(AFTER, &what).await;
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

/// The same saved plan once more; whether that went on, or nothing was left of it.
async fn goes_on(workshop: &Workshop, plan: &Plan, what: &str) -> bool {
    match workshop.apply_saved(plan).await {
        Ok(report) => {
            assert!(report.is_complete(), "{what}: {report:#?}");
            true
        }
        Err(error) => {
            assert!(error.to_string().contains("is done already"), "{what}: {error}");
            false
        }
    }
}

#[tokio::test]
async fn a_saved_plan_goes_on_where_it_was_cut_off() {
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let plan = whole.plan(AFTER, &whole.lock()).await.unwrap();
        whole.fuse.restart();
        assert!(whole.apply_saved(&plan).await.unwrap().is_complete());
        let events = whole.fuse.events();
        for event in 1..=events {
            for end in [End::Before, End::After] {
                let what = format!("case {at}, event {event} of {events}, {end:?}");
                let workshop = started(case).await;
                let plan = workshop.plan(AFTER, &workshop.lock()).await.unwrap();
                workshop.fuse.set(event, end);
                let _ = workshop.apply_saved(&plan).await;
                workshop.fuse.restart();
                // The last event is that the journal goes.
                let is_over = event == events && end == End::After;
                assert_eq!(goes_on(&workshop, &plan, &what).await, !is_over, "{what}");
                workshop.is_settled(AFTER, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn an_undo_that_was_cut_off_goes_on() {
    for (at, case) in cases().iter().enumerate() {
        let whole = started(case).await;
        let first = whole.names("here");
        whole.apply(AFTER).await.unwrap();
        let last = whole.names("here");
        whole.fuse.restart();
        whole.apply_saved(&whole.undo()).await.unwrap();
        let events = whole.fuse.events();
        for event in 1..=events {
            let what = format!("case {at}, event {event} of {events}");
            let workshop = started(case).await;
            workshop.apply(AFTER).await.unwrap();
            workshop.fuse.set(event, End::After);
            let _ = workshop.apply_saved(&workshop.undo()).await;
            workshop.fuse.restart();
            // The file is what it was.
            let undo = workshop.undo();
            assert_eq!(goes_on(&workshop, &undo, &what).await, event < events, "{what}");
            assert_eq!(workshop.names("here"), first, "{what}");
            let redo = workshop.redo();
            assert!(workshop.apply_saved(&redo).await.expect(&what).is_complete(), "{what}");
            assert_eq!(workshop.names("here"), last, "{what}");
        }
    }
}

/// The lock of many tags is not written after every step.
#[tokio::test]
async fn a_big_lock_is_complete_at_the_end_and_brought_up_to_date_after_a_crash() {
    let file = |name: &dyn Fn(usize) -> String| {
        let group = "version = 1\n[[group]]\nkey = \"g\"\nname = \"组\"\n".to_owned();
        (0..1_100).fold(group, |file, at| {
            file + &format!("[[group.tag]]\nkey = \"k{at}\"\nname = \"{}\"\n", name(at))
        })
    };
    let before = file(&|at| format!("旧{at}"));
    let after = file(&|at| if at < 100 { format!("新{at}") } else { format!("旧{at}") });
    let workshop =
        Workshop::new([("here", MemoryTagProvider::new(HERE, tag_capabilities::grouped()))]);
    assert!(workshop.apply(&before).await.unwrap().is_complete());
    workshop.is_settled(&before, "made").await;

    workshop.fuse.set(150, End::Before);
    let _ = workshop.apply(&after).await;
    assert!(workshop.fuse.is_dead());
    workshop.fuse.restart();
    let live = workshop.provider("here").state();
    let renamed = |name: &str| name.starts_with('新');
    let live = live.all_tags().filter(|tag| renamed(&tag.name)).count();
    assert!(live > 10, "{live}");
    // Whatever the file says, who reads it with the journal knows of every step that was noted.
    let known = workshop.open().unwrap().lock();
    let known = known.providers["here"].tags.values().filter(|tag| renamed(&tag.name)).count();
    assert!(live - known <= 1, "{known} of {live}");

    assert!(workshop.apply(&after).await.unwrap().is_complete());
    workshop.is_settled(&after, "gone on").await;
}
