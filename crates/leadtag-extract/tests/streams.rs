//! Streams: what a pull reads, in which order, and what it keeps.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod support;

use std::time::Duration;

use leadtag_core::{Error as PlatformError, ErrorKind, LeadsProvider, RetryClass};
use leadtag_extract::{Cell, Event, Place, Progress, PullOptions, Strategy};
use leadtag_testkit::{LeadCall, MemoryLeadsProvider};
use support::streams::*;

fn plain(_: &mut PullOptions) {}

fn small_pages(options: &mut PullOptions) {
    options.page_size = Some(4);
    options.commit_rows = 1;
}

fn all_kinds(leads: impl Fn() -> Vec<leadtag_core::Lead>) -> [MemoryLeadsProvider; 3] {
    [forward(leads()), windows(leads()), snapshots(leads())]
}

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
async fn a_limit_is_the_number_of_leads_and_the_pulls_after_it_get_on() {
    let cases = [(2, 5, 3), (1, 100, 1), (7, 3, 3), (13, 5, 12), (5, 5, 1), (3, 7, 1), (5, 10, 1)];
    for (limit, page, per_second) in cases {
        for provider in
            all_kinds(|| (0..30).map(|n| lead(n, NOW - 9000 + n / per_second)).collect())
        {
            let case = format!(
                "{limit} {page} {per_second} {:?}",
                Strategy::of(&provider.lead_capabilities())
            );
            let rig = Rig::new();
            let limited = |options: &mut PullOptions| {
                options.page_size = Some(page);
                options.limit = Some(limit);
            };
            for run in 1.. {
                assert!(run <= 30_u64.div_ceil(limit) + 2, "{case}");
                let complete = rig.pull(&provider, limited).await.unwrap().complete;
                assert_eq!(rig.store.ids().len() as u64, 30.min(run * limit), "{case}");
                if complete {
                    break;
                }
            }
            assert_eq!(rig.store.ids(), ids_of(&provider), "{case}");
        }
    }
}

#[tokio::test]
async fn a_limit_counts_again_in_the_next_snapshot() {
    let provider = snapshots(leads(10, 60));
    let rig = Rig::new();
    let limited = |options: &mut PullOptions| options.limit = Some(3);
    while !rig.pull(&provider, limited).await.unwrap().complete {}
    assert_eq!(rig.pull(&provider, limited).await.unwrap().read, 3);
}

#[tokio::test]
async fn a_first_pull_that_fails_keeps_neither_place_nor_account_nor_settings() {
    for provider in [forward(leads(20, 60)), windows(leads(20, 60))] {
        let rig = Rig::new();
        let source = |account: &str| {
            let provider = std::sync::Arc::new(provider.clone()) as _;
            vec![leadtag_extract::Source::new("p", provider).with_account(account)]
        };
        provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
        let since = |options: &mut PullOptions| options.since = Some(at(NOW - 3700));
        let report = rig.pull_all(source("wrong"), since).await.unwrap();
        assert!(report.streams[0].error.is_some());
        let report = rig.pull_all(source("right"), plain).await.unwrap();
        assert!(report.streams[0].complete, "{report:?}");
        assert_eq!(report.streams[0].leads.new, 20);
    }
}

#[tokio::test]
async fn a_lead_that_was_edited_after_a_limit_cut_its_page_arrives() {
    for provider in all_kinds(|| leads(30, 60)) {
        let rig = Rig::new();
        let limited = |limit| {
            move |options: &mut PullOptions| {
                options.page_size = Some(100);
                options.limit = Some(limit);
            }
        };
        rig.pull(&provider, limited(10)).await.unwrap();
        for id in rig.store.ids() {
            let number: i64 = id.parse().unwrap();
            provider.upsert(named(number, NOW - 3600 - (29 - number) * 60, "乙方"));
        }
        let report = rig.pull(&provider, limited(1)).await.unwrap();
        let counts = (report.leads.new, report.leads.changed);
        assert_eq!(counts, (1, 10), "{:?}", report.strategy);
    }
}

#[tokio::test]
async fn a_lead_that_was_edited_after_a_pull_was_cut_off_arrives_whatever_came_since() {
    let day = 86_400;
    for kind in [forward as fn(Vec<_>) -> _, windows] {
        // An old stock, which is cut off near its end, is edited, and is followed by many new ones.
        let provider = kind((0..300).map(|n| lead(n, NOW - 40 * day + n * 6_000)).collect());
        let rig = Rig::new();
        for limit in [250, 40] {
            rig.pull(&provider, |options| options.limit = Some(limit)).await.unwrap();
        }
        provider.upsert(named(200, NOW - 40 * day + 200 * 6_000, "改名"));
        rig.clock.advance(Duration::from_secs(3_600));
        (0..2_500).for_each(|n| provider.push(lead(1_000 + n, NOW - 3_000 + n)));
        let report = rig.pull(&provider, plain).await.unwrap();
        assert_eq!(report.leads.changed, 1, "{:?}", report.strategy);
        assert_eq!(rig.store.ids(), ids_of(&provider));
        // It is looked for once: the next pull has the newest leads alone.
        let read = rig.pull(&provider, plain).await.unwrap().read;
        assert!(read <= 2_600, "{read}");
    }
}

#[tokio::test]
async fn a_lead_that_was_edited_before_two_cuts_arrives() {
    let day = 86_400;
    for kind in [forward as fn(Vec<_>) -> _, windows] {
        let provider = kind((0..300).map(|n| lead(n, NOW - 40 * day + n * 6_000)).collect());
        let rig = Rig::new();
        let limited = |limit| move |options: &mut PullOptions| options.limit = Some(limit);
        rig.pull(&provider, limited(298)).await.unwrap();
        for n in [200, 290] {
            provider.upsert(named(n, NOW - 40 * day + n * 6_000, "改名"));
        }
        (0..2_500).for_each(|n| provider.push(lead(1_000 + n, NOW - 3_000 + n)));
        rig.pull(&provider, limited(2_370)).await.unwrap();
        let strategy = rig.pull(&provider, plain).await.unwrap().strategy;
        for id in ["200", "290"] {
            assert_eq!(rig.store.cell(id, "name"), Cell::Text("改**".to_owned()), "{strategy:?}");
        }
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn what_a_pull_read_before_it_was_cut_off_is_read_again_after_its_rest_or_by_the_next_one() {
    let provider = forward(leads(9_000, 600));
    for second in [None, Some(3_000)] {
        let rig = Rig::new();
        rig.pull(&provider, |options| options.limit = Some(6_000)).await.unwrap();
        let rest = rig.pull(&provider, |options| options.limit = second).await.unwrap().read;
        let next = rig.pull(&provider, plain).await.unwrap().read;
        // The 3,000 that were left, and the last 2,000 before the cut, about, but nothing twice; or these
        // one pull later, with what lies behind them.
        let (least, most) = if second.is_none() { (5_000, 5_200) } else { (3_000, 3_100) };
        assert!((least..most).contains(&rest), "{second:?} {rest}");
        let (least, most) = if second.is_none() { (2_000, 2_200) } else { (5_000, 5_200) };
        assert!((least..most).contains(&next), "{second:?} {next}");
    }
}

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

#[tokio::test]
async fn what_was_cut_off_goes_before_what_is_asked_for_and_that_is_told() {
    for provider in [forward(leads(40, 5_000)), windows(leads(40, 5_000))] {
        let rig = Rig::new();
        let few = |options: &mut PullOptions| {
            small_pages(options);
            options.limit = Some(8);
        };
        rig.pull(&provider, few).await.unwrap();
        let span = |options: &mut PullOptions| {
            options.since = Some(at(NOW - 20_000));
            options.until = Some(at(NOW - 10_000));
        };
        let report = rig.pull(&provider, span).await.unwrap();
        assert!(report.notices[0].contains("is read first"), "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
        let report = rig.pull(&provider, span).await.unwrap();
        assert!(report.notices.is_empty(), "{report:?}");
    }
}

#[tokio::test]
async fn a_span_that_leaves_a_hole_before_what_was_read_tells_how_it_is_filled() {
    for provider in [forward(leads(40, 5_000)), windows(leads(40, 5_000))] {
        let rig = Rig::new();
        rig.pull(&provider, |options| options.since = Some(at(NOW - 60_000))).await.unwrap();
        let older = |options: &mut PullOptions| {
            options.since = Some(at(NOW - 200_000));
            options.until = Some(at(NOW - 100_000));
        };
        let report = rig.pull(&provider, older).await.unwrap();
        let hole = format!("from {} to {}", at(NOW - 100_000), at(NOW - 60_000));
        let remedy = format!("with --since {} and no --until", at(NOW - 100_000));
        let told = &report.notices[0];
        assert!(told.contains(&hole) && told.contains(&remedy), "{told}");
        rig.pull(&provider, |o| o.since = Some(at(NOW - 100_000))).await.unwrap();
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn ids_that_are_hashed_without_a_key_are_told() {
    let mobile = "19900001234";
    let mut person = lead(mobile, NOW - 4_000);
    person.mobiles = vec![mobile.into()];
    let provider = forward(vec![person]);
    let key = |options: &mut PullOptions| options.pii.key = Some("0123456789abcdef".into());
    for (rig, notices) in [(Rig::new(), 1), (Rig::new(), 0)] {
        let change = |options: &mut PullOptions| {
            if notices == 0 {
                key(options)
            }
        };
        let report = rig.pull(&provider, change).await.unwrap();
        assert_eq!(report.notices.len(), notices, "{report:?}");
        assert!(rig.store.ids()[0].starts_with("person-"));
    }
}

#[tokio::test]
async fn the_checkpoint_says_what_is_read() {
    let provider = forward(leads(5, 60));
    let rig = Rig::new();
    rig.pull(&provider, plain).await.unwrap();
    let Place::Windows(Progress { done, pass, newest, .. }) =
        rig.store.checkpoint("crm").unwrap().place
    else {
        panic!("not by time")
    };
    assert_eq!((done.unwrap().from, done.unwrap().to), (None, at(NOW)));
    assert_eq!((pass, newest), (None, Some(at(NOW - 3600))));
}

#[tokio::test]
async fn how_far_a_stream_is_never_gets_less() {
    for provider in [forward(leads(60, 5_000)), windows(leads(60, 5_000))] {
        let rig = Rig::new();
        rig.pull(&provider, small_pages).await.unwrap();
        let events = rig.events.lock().unwrap();
        let parts = events.iter().filter_map(|event| match event {
            Event::Read { part, .. } => *part,
            _ => None,
        });
        let parts: Vec<f64> = parts.collect();
        assert!(parts.len() > 3 && parts.is_sorted(), "{parts:?}");
    }
}

#[tokio::test]
async fn what_is_older_than_the_first_pull_is_told_to_need_a_beginning() {
    let provider = forward(leads(5, 60));
    let rig = Rig::new();
    rig.pull(&provider, |options| options.since = Some(at(NOW - 3_700))).await.unwrap();
    let older = |options: &mut PullOptions| options.until = Some(at(NOW - 90_000));
    let report = rig.pull(&provider, older).await.unwrap();
    let began = format!("the pulls before began at {}", at(NOW - 3_700));
    assert!(report.notices.iter().any(|notice| notice.starts_with(&began)), "{report:?}");
}

#[tokio::test]
async fn the_newest_lead_is_told_no_younger_than_it_is_however_often_it_is_read() {
    let newest = at(NOW - 3_600);
    for (provider, is_exact) in
        [(forward(leads(30, 7200)), true), (windows(leads(30, 7200)), false)]
    {
        let rig = Rig::new();
        for _ in 0..3 {
            rig.pull(&provider, small_pages).await.unwrap();
            rig.clock.advance(Duration::from_secs(86_400));
            let Place::Windows(progress) = rig.store.checkpoint("crm").unwrap().place else {
                panic!("no windows")
            };
            let told = progress.newest.unwrap();
            assert!(told <= newest && (told == newest || !is_exact), "{told}");
        }
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
