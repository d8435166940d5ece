//! Going on after a crash, a stop or a failure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leadtag_core::{ContactRef, Error, ErrorKind};
use leadtag_taxonomy::{AssignPhase, AssignWatch, Error as TaxonomyError, Lock, Prepared};
use leadtag_testkit::{ManualClock, MemoryTagProvider, tag_capabilities};

use crate::bench::{Dir, HERE, Watched, options, target};

const CONTACTS: usize = 60;

fn many() -> MemoryTagProvider {
    MemoryTagProvider::new(HERE, tag_capabilities::flat())
        .with_tags("", ["a"])
        .with_contacts((0..CONTACTS).map(|n| ContactRef::new(format!("c{n}"))))
}

fn rows() -> String {
    let rows: String = (0..CONTACTS).map(|n| format!("p,c{n},a\n")).collect();
    format!("provider,contact,add\n{rows}")
}

async fn prepare(dir: &Dir, provider: &MemoryTagProvider) -> Result<Prepared, TaxonomyError> {
    let options = options(&ManualClock::new());
    dir.prepare(&rows(), provider, &Lock::default(), options).await
}

/// Sends, and lets go of everything after so many writes, as a crash does.
async fn crash_after(dir: &Dir, provider: &MemoryTagProvider, writes: usize) {
    let mut prepared = prepare(dir, provider).await.unwrap();
    let hanging = Watched::hanging_after(provider.clone(), writes);
    let targets = [target(&hanging)];
    let sending = prepared.send(&targets, &());
    tokio::select! {
        biased;
        done = sending => assert!(provider.writes().len() <= writes, "{done:?}"),
        () = async {
            // Every call that is not held back ends within a few turns.
            for _ in 0..10_000 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
}

#[tokio::test]
async fn wherever_it_is_cut_off_the_next_run_does_the_rest() {
    for at in [0, 1, 4, 5, 17, 59, 60] {
        let (dir, provider) = (Dir::new(), many());
        crash_after(&dir, &provider, at).await;
        assert_eq!(provider.writes().len(), at);
        let prepared = prepare(&dir, &provider).await.unwrap();
        assert!(prepared.is_resumed() || at == CONTACTS, "{at}");
        drop(prepared);
        let (_, counts) = dir.run(&rows(), &provider, options(&ManualClock::new())).await;
        assert_eq!((counts.ok, counts.rows), (60, 60), "{at}");
        let twice = provider.writes().len() - CONTACTS;
        assert!(twice <= 5, "cut off after {at}, {twice} contacts were written again");
        let carry = (0..CONTACTS)
            .all(|n| provider.carried_by(&ContactRef::new(format!("c{n}"))).len() == 1);
        assert!(carry && !dir.path("work").exists());
    }
}

#[tokio::test]
async fn a_line_of_the_journal_that_was_cut_off_counts_for_nothing() {
    let (dir, provider) = (Dir::new(), many());
    crash_after(&dir, &provider, 20).await;
    let done = dir.path("work").join("0").join("0.done");
    let mut text = std::fs::read_to_string(&done).unwrap();
    text.push('5');
    std::fs::write(&done, text).unwrap();
    let (_, counts) = dir.run(&rows(), &provider, options(&ManualClock::new())).await;
    assert!(counts.is_good());
    let carry =
        (0..CONTACTS).all(|n| provider.carried_by(&ContactRef::new(format!("c{n}"))).len() == 1);
    assert!(carry);
}

#[tokio::test]
async fn failed_contacts_are_tried_again_and_no_others() {
    let (dir, provider) = (Dir::new(), many());
    provider.pass_next(11);
    (0..3).for_each(|_| provider.fail_next(Error::new(ErrorKind::Transport, "broken")));
    let (_, counts) = dir.run(&rows(), &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.failed), (57, 3));
    provider.forget_calls();
    let (_, counts) = dir.run(&rows(), &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.failed), (60, 0));
    assert_eq!(provider.writes().len(), 3);
}

#[tokio::test]
async fn other_rows_are_refused_while_an_earlier_run_is_cut_off() {
    let (dir, provider) = (Dir::new(), many());
    crash_after(&dir, &provider, 10).await;
    let other = "provider,contact,add\np,c1,a\n";
    let clock = ManualClock::new();
    let refused = dir.prepare(other, &provider, &Lock::default(), options(&clock)).await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("with other rows") && error.contains("--restart"), "{error}");
    let mut restart = options(&clock);
    restart.restart = true;
    let (_, counts) = dir.run(other, &provider, restart).await;
    assert_eq!(counts.ok, 1);
}

#[tokio::test]
async fn other_rows_are_taken_after_a_run_that_came_to_its_end() {
    let (dir, provider) = (Dir::new(), many());
    let text = "provider,contact,add\np,nobody,a\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!(counts.failed, 1);
    let text = "provider,contact,add\np,c1,a\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!(counts.ok, 1);
}

#[tokio::test]
async fn what_was_refused_is_looked_at_again() {
    let (dir, provider) = (Dir::new(), many());
    let text = "provider,contact,add\np,c1,new\np,c2,a\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.refused), (1, 1));
    let provider = provider.with_tags("", ["new"]);
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.refused), (2, 0));
}

#[tokio::test]
async fn two_at_once_are_not_let_in() {
    let (dir, provider) = (Dir::new(), many());
    let first = prepare(&dir, &provider).await.unwrap();
    let second = prepare(&dir, &provider).await.unwrap_err();
    assert!(matches!(second, TaxonomyError::Held { .. }), "{second}");
    drop(first);
    prepare(&dir, &provider).await.unwrap();
}

/// Stops after the first contact.
struct Stopper(Arc<AtomicBool>);

impl AssignWatch for Stopper {
    fn progress(&self, phase: AssignPhase, _: u64, _: u64) {
        if phase == AssignPhase::Sending {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[tokio::test]
async fn what_is_stopped_ends_what_it_sends_and_can_go_on() {
    let (dir, provider) = (Dir::new(), many());
    let watched = Watched::new(provider.clone());
    let options = options(&ManualClock::new());
    let stop = Stopper(options.stop.clone());
    let mut prepared = dir.prepare(&rows(), &provider, &Lock::default(), options).await.unwrap();
    let report = prepared.send(&[target(&watched)], &stop).await.unwrap();
    assert!(report.interrupted);
    let counts = prepared.finish(&dir.path("results")).unwrap();
    assert_eq!(counts.ok as usize, provider.writes().len());
    assert!(counts.not_sent > 0 && counts.ok + counts.not_sent == 60, "{counts:?}");
    let clock = ManualClock::new();
    let (_, counts) = dir.run(&rows(), &provider, crate::bench::options(&clock)).await;
    assert_eq!((counts.ok, provider.writes().len()), (60, CONTACTS));
}

#[tokio::test]
async fn what_hangs_when_it_is_stopped_is_not_waited_for_long() {
    let (dir, provider, clock) = (Dir::new(), many(), ManualClock::new());
    let hanging = Watched::hanging_after(provider.clone(), 3);
    let options = options(&clock);
    let stop = Stopper(options.stop.clone());
    let mut prepared = dir.prepare(&rows(), &provider, &Lock::default(), options).await.unwrap();
    let report = clock.run(prepared.send(&[target(&hanging)], &stop)).await.unwrap();
    assert!(report.interrupted);
    let counts = prepared.finish(&dir.path("results")).unwrap();
    assert_eq!(counts.ok, 3);
    assert!(counts.failed >= 1 && counts.failed <= 5, "{counts:?}");
    assert!(dir.results().contains("stopped before an answer came"), "{}", dir.results());
    let (_, counts) = dir.run(&rows(), &provider, crate::bench::options(&ManualClock::new())).await;
    assert!(counts.is_good());
}
