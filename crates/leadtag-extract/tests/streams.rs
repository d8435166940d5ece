//! Streams: what a pull reads, in which order, and what it keeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "streams/limits.rs"]
mod limits;
mod support;
#[path = "streams/told.rs"]
mod told;
#[path = "streams/waits.rs"]
mod waits;

use std::time::Duration;

use leadtag_core::{Error as PlatformError, ErrorKind};
use leadtag_extract::{PullOptions, Strategy};
use leadtag_testkit::LeadCall;
use support::streams::*;

#[tokio::test]
async fn every_lead_arrives_once_by_each_strategy() {
    let expected = [Strategy::Forward, Strategy::Windows, Strategy::Snapshot];
    for (provider, strategy) in all_kinds(|| leads(57, 777)).into_iter().zip(expected) {
        let rig = Rig::new();
        let report = rig.pull(&provider, small_pages).await.unwrap();
        assert_eq!(report.strategy, Some(strategy));
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider), "{strategy:?}");
        let counts = (report.read, report.leads.new, report.leads.unchanged);
        assert_eq!(counts, (57, 57, 0), "{strategy:?}");
    }
}

#[tokio::test]
async fn a_second_pull_finds_new_and_changed_leads() {
    for provider in all_kinds(|| leads(30, 7200)) {
        let rig = Rig::new();
        rig.pull(&provider, small_pages).await.unwrap();
        rig.clock.advance(Duration::from_secs(600));
        provider.push(lead("new", NOW + 300));
        provider.upsert(named(3, NOW - 3600 - 26 * 7200, "乙方"));
        let report = rig.pull(&provider, small_pages).await.unwrap();
        assert_eq!((report.leads.new, report.leads.changed), (1, 1), "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn leads_of_one_second_arrive_however_many_they_are() {
    let crowd = || (0..23).map(|number| lead(number, NOW - 50_000)).collect::<Vec<_>>();
    for provider in all_kinds(crowd) {
        let rig = Rig::new();
        provider.push(lead("before", NOW - 60_000));
        provider.push(lead("behind", NOW - 40_000));
        rig.pull(&provider, small_pages).await.unwrap();
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_lead_that_comes_into_the_second_of_the_bookmark_arrives() {
    let mut calls = 0;
    let provider = forward(leads(20, 60)).after_each(move |_, leads| {
        calls += 1;
        if calls == 1 {
            // The last one of the first page.
            leads.push(lead("late", NOW - 3600 - 16 * 60));
        }
    });
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    assert!(rig.store.ids().contains(&"late".to_owned()));
}

#[tokio::test]
async fn a_lead_that_comes_in_behind_the_reader_arrives_with_the_next_pull() {
    for provider in [forward(leads(40, 2_500_000)), windows(leads(40, 2_500_000))] {
        let rig = Rig::new();
        rig.pull(&provider, small_pages).await.unwrap();
        provider.push(lead("late", NOW - 3600 - 30 * 2_500_000));
        provider.push(lead("now", NOW));
        rig.pull(&provider, small_pages).await.unwrap();
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_lead_that_comes_at_the_edge_of_a_window_arrives() {
    let provider = windows(leads(40, 1000)).after_each(|call, leads| {
        let LeadCall::List(query, _) = call else { return };
        if let Some(until) = query.until.filter(|until| *until < at(NOW)) {
            let second = until.as_unix_seconds() - 1;
            if leads.len() < 80 {
                leads.push(lead(format!("edge{second}"), second));
            }
        }
    });
    let rig = Rig::new();
    let first = rig.pull(&provider, |options| options.page_size = Some(10)).await.unwrap();
    assert!(first.complete);
    rig.pull(&provider, |options| options.page_size = Some(10)).await.unwrap();
    rig.pull(&provider, |options| options.page_size = Some(50)).await.unwrap();
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn a_lead_of_this_very_second_arrives_and_one_of_a_clock_that_is_ahead_too() {
    for provider in [forward(leads(5, 60)), windows(leads(5, 60))] {
        provider.push(lead("now", NOW));
        provider.push(lead("ahead", NOW + 600));
        let rig = Rig::new();
        rig.pull(&provider, plain).await.unwrap();
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_list_that_takes_no_end_in_the_future_is_read_to_now() {
    let provider = windows(leads(5, 60));
    provider.fail_next(PlatformError::invalid_argument("end_time is in the future"));
    let rig = Rig::new();
    let report = rig.pull(&provider, plain).await.unwrap();
    assert!(report.complete, "{report:?}");
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn a_list_without_readable_times_or_in_no_order_is_read_to_its_end() {
    let rig = Rig::new();
    let provider = forward(leads(30, 60)).hiding_times();
    rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(rig.store.ids(), ids_of(&provider));

    let rig = Rig::new();
    let unordered = forward(leads(30, 60)).newest_first();
    let report = rig.pull(&unordered, small_pages).await.unwrap();
    assert!(report.complete);
    assert_eq!(rig.store.ids(), ids_of(&unordered));
}

#[tokio::test]
async fn an_interrupted_pull_goes_on_and_the_parts_are_the_whole() {
    for provider in all_kinds(|| leads(60, 500)) {
        let rig = Rig::new();
        for _ in 0..40 {
            // Some of the calls fail for good.
            provider.pass_next(3);
            let error = PlatformError::new(ErrorKind::PermissionDenied, "no");
            provider.fail_next(error);
            if rig.pull(&provider, small_pages).await.unwrap().complete {
                break;
            }
        }
        // What was ordered and did not happen yet may still stand.
        let _ = rig.pull(&provider, small_pages).await.unwrap();
        let report = rig.pull(&provider, plain).await.unwrap();
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn full_and_incremental_agree() {
    for provider in all_kinds(|| leads(60, 500)) {
        let (whole, parts) = (Rig::new(), Rig::new());
        parts.pull(&provider, |options| options.limit = Some(7)).await.unwrap();
        parts.pull(&provider, plain).await.unwrap();
        provider.upsert(named(59, NOW - 3600, "乙方"));
        parts.pull(&provider, plain).await.unwrap();
        whole.pull(&provider, |options| options.full = true).await.unwrap();
        let said = |rig: &Rig| {
            let rows = rig.store.rows("leads").into_iter();
            rows.map(|(id, stored)| (id, stored.row.hash)).collect::<Vec<_>>()
        };
        assert_eq!(said(&whole), said(&parts));
    }
}

#[tokio::test]
async fn where_there_was_nothing_is_asked_for_at_once_and_what_came_there_arrives() {
    let provider = windows(leads(150, 600));
    let rig = Rig::new();
    let options = |options: &mut PullOptions| options.page_size = Some(100);
    rig.pull(&provider, options).await.unwrap();
    let (first, oldest) = (provider.call_count(), NOW - 3_600 - 149 * 600);
    rig.pull(&provider, options).await.unwrap();
    let calls = provider.calls();
    let LeadCall::List(query, _) = &calls[first] else { panic!("{:?}", calls[first]) };
    assert_eq!(query.since, None);
    assert!(query.until.is_some_and(|until| until <= at(oldest)), "{query:?}");
    // Of 150 leads on pages of 100.
    assert!(calls.len() - first <= 10, "{} calls", calls.len() - first);
    for imported in [oldest - 86_400, 1_000] {
        provider.push(lead(imported, imported));
        rig.pull(&provider, options).await.unwrap();
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}
