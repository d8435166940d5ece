//! The clock moves when it is moved, and not otherwise.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, join, join_all, select};
use leadtag_core::Clock;
use leadtag_testkit::{Gate, ManualClock};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn time_stands_still_until_it_is_moved() {
    let clock = ManualClock::new();
    let before = clock.now();
    assert_eq!(before.to_string(), "2026-01-05T04:00:00Z");
    tokio::task::yield_now().await;
    assert_eq!((clock.now(), clock.monotonic()), (before, Duration::ZERO));
    clock.advance(seconds(90));
    assert_eq!(clock.now().since(before), seconds(90));
    assert_eq!(clock.monotonic(), seconds(90));
}

#[tokio::test]
async fn sleepers_are_told_and_wake_when_their_time_has_come() {
    let clock = ManualClock::new();
    let mut short = clock.sleep(seconds(5));
    let mut long = clock.sleep(seconds(9));
    assert_eq!((clock.sleepers(), clock.next_wake()), (2, Some(seconds(5))));
    clock.advance(seconds(4));
    assert!(short.as_mut().now_or_never().is_none());
    assert_eq!(clock.next_wake(), Some(seconds(1)));
    clock.advance(seconds(1));
    assert!(short.as_mut().now_or_never().is_some());
    assert!(long.as_mut().now_or_never().is_none());
    drop(long);
    assert_eq!((clock.sleepers(), clock.next_wake()), (0, None));
    assert_eq!(clock.slept(), [seconds(5)], "a sleep that was given up is not among them");
}

#[tokio::test]
async fn a_sleep_of_no_length_ends_at_once() {
    let clock = ManualClock::new();
    assert!(clock.sleep(Duration::ZERO).now_or_never().is_some());
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn a_timeout_fires_only_if_the_work_would_wait_for_ever() {
    let clock = ManualClock::new();
    let work = async {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        clock.sleep(seconds(20)).await;
    };
    let raced = select(Box::pin(work), clock.sleep(seconds(30)));
    assert!(matches!(clock.run(raced).await, Either::Left(_)));
    assert_eq!(clock.monotonic(), seconds(20));
    let raced = select(std::future::pending::<()>(), clock.sleep(seconds(30)));
    assert!(matches!(clock.run(raced).await, Either::Right(_)));
    assert_eq!(clock.monotonic(), seconds(50));
}

#[tokio::test]
async fn work_in_other_tasks_goes_before_a_timeout() {
    let clock = ManualClock::new();
    let (gate, opener) = (Gate::new(), Gate::new());
    let (waits, opens) = (opener.clone(), gate.clone());
    tokio::spawn(async move {
        waits.passed().await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        opens.open();
    });
    opener.open();
    let raced = select(Box::pin(gate.passed()), clock.sleep(seconds(1)));
    assert!(matches!(clock.run(raced).await, Either::Left(_)));
    assert_eq!(clock.monotonic(), Duration::ZERO);
}

#[tokio::test]
async fn running_visits_every_sleeper_in_order() {
    let clock = ManualClock::new();
    let seen = Mutex::new(Vec::new());
    let (clock_ref, seen_ref) = (&clock, &seen);
    let sleeps = [7, 3, 5].map(|span| async move {
        clock_ref.sleep(seconds(span)).await;
        seen_ref.lock().unwrap_or_else(|e| e.into_inner()).push(clock_ref.monotonic());
    });
    clock.run(join_all(sleeps)).await;
    assert_eq!(seen.into_inner().unwrap_or_default(), [3, 5, 7].map(seconds));
    assert_eq!(clock.slept(), [3, 5, 7].map(seconds));
}

#[tokio::test]
async fn elapsing_lets_each_sleeper_see_its_own_time() {
    let clock = ManualClock::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (ticks, ticking) = (Arc::clone(&seen), clock.clone());
    let task = tokio::spawn(async move {
        loop {
            ticking.sleep(seconds(2)).await;
            ticks.lock().unwrap_or_else(|e| e.into_inner()).push(ticking.monotonic());
        }
    });
    clock.elapse(seconds(7)).await;
    task.abort();
    let seen = seen.lock().unwrap_or_else(|e| e.into_inner()).clone();
    assert_eq!(seen, [2, 4, 6].map(seconds));
    assert_eq!(clock.monotonic(), seconds(7));
}

#[tokio::test]
async fn the_next_sleeper_is_waited_for() {
    let clock = ManualClock::new();
    let later = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        clock.sleep(seconds(4)).await;
    };
    let (moved, ()) = join(clock.advance_to_next_sleeper(), later).await;
    assert_eq!((moved, clock.monotonic()), (seconds(4), seconds(4)));
}
