//! Waits, faults, and who asks to stop.

use std::time::Duration;

use crate::support::streams::*;
use leadtag_core::{Error as PlatformError, ErrorKind, RetryClass};
use leadtag_extract::PullOptions;

#[tokio::test]
async fn who_says_again_and_again_that_no_wait_is_needed_is_left_alone_longer() {
    let provider = forward(leads(20, 60));
    let rig = Rig::new();
    for seconds in [0, 0, 1, 2, 600] {
        let error = PlatformError::new(ErrorKind::RateLimited, "slowly");
        let error = error.with_retry_class(RetryClass::Throttled);
        provider.fail_next(error.with_retry_after(Duration::from_secs(seconds)));
    }
    assert!(rig.pull(&provider, small_pages).await.unwrap().complete);
    assert_eq!(rig.waits(), [1, 5, 30, 30, 600]);
}

#[tokio::test]
async fn a_fault_that_says_how_long_is_waited_for_however_often() {
    let provider = forward(leads(5, 60));
    let rig = Rig::new();
    for _ in 0..5 {
        let error = PlatformError::new(ErrorKind::Transport, "maintenance");
        let error = error.with_retry_class(RetryClass::Transport);
        provider.fail_next(error.with_retry_after(Duration::from_secs(65)));
    }
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert!(report.complete, "{report:?}");
    assert_eq!((report.waits, report.waited.as_secs()), (5, 325));
}

#[tokio::test]
async fn a_rate_limit_is_a_wait_and_no_failure() {
    for provider in all_kinds(|| leads(20, 60)) {
        let rig = Rig::new();
        provider.pass_next(1);
        for _ in 0..5 {
            let error = PlatformError::new(ErrorKind::RateLimited, "slowly");
            let error = error.with_retry_class(RetryClass::Throttled);
            provider.fail_next(error.with_retry_after(Duration::from_secs(60)));
        }
        let report = rig.pull(&provider, small_pages).await.unwrap();
        assert!(report.complete, "{report:?}");
        assert_eq!((report.waits, report.retries, report.waited.as_secs()), (5, 5, 300));
        assert_eq!(rig.waits(), [60; 5]);
    }
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_and_a_lasting_one_ends_the_stream_alone() {
    let busy =
        || PlatformError::new(ErrorKind::Platform, "busy").with_retry_class(RetryClass::Busy);
    let (good, bad) = (forward(leads(20, 60)), windows(leads(20, 60)));
    (0..3).for_each(|_| good.fail_next(busy()));
    (0..4).for_each(|_| bad.fail_next(busy()));
    let rig = Rig::new();
    let sources = [("good", good), ("bad", bad)].map(|(name, provider)| {
        leadtag_extract::Source::new(name, std::sync::Arc::new(provider) as _)
    });
    let report = rig.pull_all(sources.to_vec(), plain).await.unwrap();
    assert!(report.streams[0].complete);
    assert!(!report.streams[1].complete);
    assert_eq!(report.streams[1].cause.as_ref().unwrap().retry_class(), RetryClass::Busy);
    assert!(report.streams[1].error.as_ref().unwrap().contains("busy"));
}

#[tokio::test]
async fn a_destination_that_fails_ends_the_pull_and_keeps_what_was_committed() {
    let provider = forward(leads(40, 60));
    let rig = Rig::new();
    rig.store.fail_in(4);
    let error = rig.pull(&provider, small_pages).await.unwrap_err();
    assert!(error.to_string().contains("no space left"), "{error}");
    assert!(rig.store.ids().len() >= 8);
    let failed = rig.store.checkpoint("crm").unwrap().failed.unwrap();
    assert!(failed.contains("no space left"), "{failed}");
    rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(rig.store.checkpoint("crm").unwrap().failed, None);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn who_asks_to_stop_finds_everything_read_so_far_committed() {
    let rig = Rig::new();
    let stop = rig.stop.clone();
    let mut calls = 0;
    let provider = forward(leads(40, 60)).after_each(move |_, _| {
        calls += 1;
        if calls == 4 {
            stop.ask();
        }
    });
    let source = leadtag_extract::Source::new("crm", std::sync::Arc::new(provider.clone()) as _);
    let all = |options: &mut PullOptions| options.page_size = Some(4);
    let report = rig.pull_all(vec![source], all).await.unwrap();
    assert!(report.stopped && !report.streams[0].complete);
    assert!((10..20).contains(&rig.store.ids().len()), "{:?}", rig.store.ids());
    let next = Rig { stop: leadtag_extract::Stop::new(), ..rig };
    next.pull(&provider, plain).await.unwrap();
    assert_eq!(next.store.ids(), ids_of(&provider));
}
