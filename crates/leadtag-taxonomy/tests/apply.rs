//! What an apply does, one rule each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod workshop;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadtag_core::{ErrorKind, SystemClock};
use leadtag_taxonomy::{
    DiffOptions, Error, Outcome, ProcessLock, Step, StepKind, Watch, Workspace, apply,
};
use leadtag_testkit::{ManualClock, MemoryTagProvider, TagCall, TakenNames, tag_capabilities};
use workshop::simple::{HERE, answered, file, provider, started};
use workshop::{JOURNAL, LOCK, Workshop, lost};

#[tokio::test]
async fn the_first_failure_stops_its_provider_and_no_other_one() {
    let workshop = Workshop::new([("here", provider()), ("there", provider())]);
    workshop.apply(&file(&["a", "b", "c"])).await.unwrap();
    let here = workshop.provider("here");
    // Listed twice, then the first rename.
    here.pass_next(3);
    here.fail_next(answered(ErrorKind::Platform));
    let report = workshop.apply(&file(&["a1", "b1", "c1"])).await.unwrap();
    let [here, there] = &report.providers[..] else { panic!("{report:#?}") };
    assert_eq!((here.done, here.not_done.len(), there.done), (1, 2, 3));
    let failed = here.failed.as_ref().unwrap();
    assert_eq!(failed.step.as_ref().unwrap().n, 2);
    assert!(failed.message.contains("the platform reported an error"), "{}", failed.message);
    assert!(!report.is_complete());
    assert!(workshop.apply(&file(&["a1", "b1", "c1"])).await.unwrap().is_complete());
    workshop.is_settled(&file(&["a1", "b1", "c1"]), "after").await;
}

#[tokio::test]
async fn a_write_whose_reply_is_lost_is_looked_up_and_not_made_again() {
    for taken in [TakenNames::Refuse, TakenNames::Allow, TakenNames::GiveExisting] {
        let after = file(&["a1", "c", "d"]);
        let writes = 3;
        for lost_one in 0..writes {
            let workshop = started(provider().with_taken_names(taken), &["a", "b", "c"]).await;
            let here = workshop.provider("here");
            here.pass_next(2 + lost_one);
            here.lose_next_reply(lost());
            let report = workshop.apply(&after).await.unwrap();
            assert!(report.is_complete(), "{report:#?}");
            assert_eq!(here.writes().len(), writes);
            workshop.is_settled(&after, "after").await;
        }
    }
}

#[tokio::test]
async fn what_belongs_to_another_application_is_left_and_remembered() {
    let not_owned = provider().with_tags("组", ["a"]).with_not_owned("组", ["b", "c"]);
    let workshop = started(not_owned, &["a", "b", "c"]).await;
    // b and c swap, so that nothing of it is possible.
    let after = file(&["a1", "bc", "cb"]);
    let report = workshop.apply(&after).await.unwrap();
    let here = &report.providers[0];
    assert_eq!((here.done, here.refused.len(), here.not_done.len()), (1, 2, 0), "{here:#?}");
    assert!(here.failed.is_none() && !report.is_complete());
    let lock = workshop.lock();
    let lock = &lock.providers["here"];
    assert_eq!(lock.refused.len(), 2);
    assert_eq!((lock.tags["b"].name.as_str(), lock.tags["a"].name.as_str()), ("b", "a1"));
    // Never again, unless it is asked for.
    workshop.provider("here").forget_calls();
    let report = workshop.apply(&after).await.unwrap();
    assert_eq!(report.providers[0].blocked.len(), 2);
    assert_eq!(workshop.provider("here").writes(), []);
    let retry = DiffOptions::default().with_retry_refused(true);
    let plan = workshop.plan_with(&after, &workshop.lock(), retry).await.unwrap();
    assert_eq!(workshop.apply_saved(&plan).await.unwrap().providers[0].refused.len(), 2);
}

#[tokio::test]
async fn what_belongs_to_another_application_stays_in_the_lock_when_it_leaves_the_file() {
    let not_owned = provider().with_tags("组", ["a"]).with_not_owned("组", ["b"]);
    let workshop = started(not_owned, &["a", "b"]).await;
    let report = workshop.apply(&file(&["a"])).await.unwrap();
    assert_eq!(report.providers[0].refused.len(), 1, "{report:#?}");
    let lock = workshop.lock();
    let lock = &lock.providers["here"];
    assert_eq!((lock.tags["b"].name.as_str(), lock.refused.len()), ("b", 1));
    workshop.provider("here").forget_calls();
    assert_eq!(workshop.apply(&file(&["a"])).await.unwrap().providers[0].blocked.len(), 1);
    assert_eq!(workshop.provider("here").writes(), []);
    assert_eq!(workshop.lock().providers["here"].tags.len(), 2);
}

#[tokio::test]
async fn what_needs_a_refused_step_is_not_sent() {
    let not_owned = provider().with_tags("组", ["a"]).with_not_owned("组", ["b"]);
    let workshop = started(not_owned, &["a", "b"]).await;
    // a is to get the name that b would leave.
    let text = file(&["a", "b1"]).replace("name = \"a\"", "name = \"b\"");
    let report = workshop.apply(&text).await.unwrap();
    let here = &report.providers[0];
    assert_eq!((here.done, here.refused.len()), (0, 2), "{here:#?}");
    assert_eq!(workshop.provider("here").writes().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_seen_although_it_is_listed_belongs_to_somebody_else() {
    let workshop = started(provider(), &["a", "b"]).await;
    workshop.provider("here").pass_next(2);
    workshop.provider("here").fail_next(answered(ErrorKind::NotFound));
    let report = workshop.apply(&file(&["a1", "b1"])).await.unwrap();
    assert_eq!((report.providers[0].done, report.providers[0].refused.len()), (1, 1));
}

#[derive(Default)]
struct Told {
    waits: Mutex<Vec<Duration>>,
    steps: Mutex<Vec<(u32, Outcome)>>,
}

impl Watch for Told {
    fn step(&self, _: &str, step: &Step, outcome: Outcome) {
        self.steps.lock().unwrap().push((step.n, outcome));
    }

    fn waiting(&self, _: &str, span: Duration) {
        self.waits.lock().unwrap().push(span);
    }
}

#[tokio::test]
async fn a_step_waits_as_long_as_the_platform_asks_and_no_longer_than_allowed() {
    let after = file(&["a1", "b", "c"]);
    for (asked, waits) in [(40, true), (61, false)] {
        let mut workshop = started(provider(), &["a", "b"]).await;
        let clock = ManualClock::new();
        workshop.options.clock = Arc::new(clock.clone());
        workshop.options.max_wait = Duration::from_secs(60);
        let told = Told::default();
        let workspace = workshop.open().unwrap();
        let plan = workshop.plan(&after, &workspace.lock()).await.unwrap();
        let here = workshop.provider("here");
        for _ in 0..2 {
            // The list before it; both the rename and the create are throttled once.
            here.pass_next(1);
            let wait = Duration::from_secs(asked);
            here.fail_next(answered(ErrorKind::RateLimited).with_retry_after(wait));
        }
        let targets = workshop.targets();
        let run = apply(&plan, &workspace, &targets, &workshop.options, &told);
        let report = clock.run(run).await.unwrap();
        assert_eq!(report.is_complete(), waits, "{asked}: {report:#?}");
        let expected = if waits { vec![Duration::from_secs(asked); 2] } else { vec![] };
        assert_eq!(*told.waits.lock().unwrap(), expected);
        let steps = if waits {
            vec![(1, Outcome::Done), (2, Outcome::Done)]
        } else {
            vec![(1, Outcome::NotDone)]
        };
        assert_eq!(*told.steps.lock().unwrap(), steps);
    }
}

#[tokio::test]
async fn a_create_that_may_still_be_on_its_way_is_given_time() {
    let mut workshop = started(provider(), &["a"]).await;
    let clock = ManualClock::new();
    workshop.options.clock = Arc::new(clock.clone());
    workshop.options.settle = Duration::from_secs(3);
    workshop.provider("here").pass_next(2);
    workshop.provider("here").fail_next(lost());
    let report = clock.run(workshop.apply(&file(&["a", "b"]))).await.unwrap();
    assert!(!report.is_complete());
    assert_eq!(clock.slept(), [Duration::from_secs(3)]);
}

#[tokio::test]
async fn nothing_is_sent_once_it_is_to_stop() {
    let workshop = started(provider(), &["a", "b"]).await;
    workshop.options.stop.store(true, Ordering::Relaxed);
    let report = workshop.apply(&file(&["a1", "b1"])).await.unwrap();
    assert!(report.stopped && !report.is_complete());
    assert_eq!((report.providers[0].done, report.providers[0].not_done.len()), (0, 2));
    assert_eq!(workshop.provider("here").writes(), []);
}

#[tokio::test]
async fn a_group_that_others_use_is_not_deleted() {
    let can = tag_capabilities::grouped_with_empty_groups();
    let workshop = started(MemoryTagProvider::new(HERE, can), &["a"]).await;
    let plan = workshop.plan("version = 1\n", &workshop.lock()).await.unwrap();
    assert!(matches!(plan.providers[0].steps.last().unwrap().kind, StepKind::DeleteGroup { .. }));
    struct AddOne(MemoryTagProvider);
    impl Watch for AddOne {
        fn step(&self, _: &str, step: &Step, _: Outcome) {
            if let StepKind::DeleteTag { .. } = step.kind {
                let _ = self.0.clone().with_tags("组", ["别人的"]);
            }
        }
    }
    let workspace = workshop.open().unwrap();
    let watch = AddOne(workshop.provider("here").clone());
    let targets = workshop.targets();
    let report = apply(&plan, &workspace, &targets, &workshop.options, &watch).await.unwrap();
    assert_eq!(
        (report.providers[0].done, report.providers[0].not_done.len()),
        (1, 1),
        "{report:#?}"
    );
    assert_eq!(workshop.names("here"), ["组/", "组/别人的"]);
    let calls = workshop.provider("here").calls();
    assert!(!calls.iter().any(|call| matches!(call, TagCall::DeleteGroups(_))));
}

#[tokio::test]
async fn a_torn_last_line_is_cut_and_a_broken_one_before_it_is_refused() {
    let workshop = started(provider(), &["a"]).await;
    workshop.provider("here").pass_next(2);
    workshop.provider("here").fail_next(answered(ErrorKind::Platform));
    workshop.apply(&file(&["a1"])).await.unwrap();
    let journal = workshop.shelf.text(JOURNAL).unwrap();
    assert!(journal.ends_with("}\n"), "{journal}");
    workshop.shelf.put(JOURNAL, &format!("{journal}{{\"t\":\"begin\",\"ru"));
    drop(workshop.open().unwrap());
    assert_eq!(workshop.shelf.text(JOURNAL).unwrap(), journal);
    workshop.shelf.put(JOURNAL, &format!("{{\"t\":\n{journal}"));
    let error = workshop.open().unwrap_err();
    assert!(error.to_string().contains("line 1 is broken"), "{error}");
    let newer = journal.replace("\"v\":1", "\"v\":2");
    workshop.shelf.put(JOURNAL, &newer);
    let error = workshop.open().unwrap_err();
    assert!(error.to_string().contains("newer leadtag"), "{error}");
}

#[tokio::test]
async fn a_disk_that_is_full_ends_everything_before_the_next_call() {
    let workshop = started(provider(), &["a", "b"]).await;
    // Lists twice, then the run, the first begin and its call: the end cannot be written.
    workshop.fuse.set(6, workshop::End::Before);
    let report = workshop.apply(&file(&["a1", "b1"])).await.unwrap();
    assert!(report.disk.is_some(), "{report:#?}");
    assert_eq!(workshop.provider("here").writes().len(), 1);
    workshop.fuse.restart();
    assert!(workshop.apply(&file(&["a1", "b1"])).await.unwrap().is_complete());
    assert_eq!(workshop.provider("here").writes().len(), 2);
}

#[tokio::test]
async fn a_second_one_is_told_who_holds_the_lock() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = directory.join(format!("held-{}", std::process::id()));
    let clock = SystemClock::new();
    let first = ProcessLock::take(&path, "tags apply", Duration::ZERO, &clock).await.unwrap();
    let error = ProcessLock::take(&path, "tags apply", Duration::ZERO, &clock).await.unwrap_err();
    let Error::Held { holder } = error else { panic!("{error}") };
    let me = format!("process {}", std::process::id());
    assert!(holder.starts_with(&me) && holder.ends_with("for tags apply"), "{holder}");
    drop(first);
    ProcessLock::take(&path, "tags apply", Duration::ZERO, &clock).await.unwrap();
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn no_wait_for_the_lock_is_too_long_to_be_reckoned_with() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = directory.join(format!("waited-{}", std::process::id()));
    let clock = SystemClock::new();
    for wait in [Duration::ZERO, Duration::MAX] {
        ProcessLock::take(&path, "tags apply", wait, &clock).await.unwrap();
    }
    std::fs::remove_file(&path).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn journal_and_undo_are_for_their_owner_and_the_lock_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let directory = directory.join(format!("modes-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(LOCK);
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let workshop = Workshop::new([("here", provider())]);
    let clock = SystemClock::new();
    let workspace = Workspace::open(&path, "test", Duration::ZERO, &clock).await.unwrap();
    let plan = workshop.plan(&file(&["a", "b"]), &workspace.lock()).await.unwrap();
    // The list at the end fails, so that the journal stays.
    workshop.provider("here").pass_next(2);
    workshop.provider("here").fail_next(answered(ErrorKind::Platform));
    let targets = workshop.targets();
    apply(&plan, &workspace, &targets, &workshop.options, &()).await.unwrap();
    let mode = |name: &str| {
        let kept = std::fs::metadata(directory.join(name)).ok()?;
        Some(kept.permissions().mode() & 0o777)
    };
    let modes = [LOCK, JOURNAL, "tags.undo.json"].map(mode);
    assert_eq!(modes, [Some(0o640), Some(0o600), Some(0o600)]);
    std::fs::remove_dir_all(&directory).unwrap();
}
