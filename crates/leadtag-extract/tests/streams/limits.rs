//! Limits, and pulls that were cut off: nothing is left out, and nothing is read for ever.

use std::time::Duration;

use crate::support::streams::*;
use leadtag_core::{Error as PlatformError, ErrorKind, LeadsProvider};
use leadtag_extract::{Cell, PullOptions, Strategy};

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
