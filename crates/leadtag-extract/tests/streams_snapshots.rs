//! Streams that are read as a whole each time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod support;

use leadtag_core::{Error as PlatformError, ErrorKind};
use leadtag_extract::{PiiMode, Place, PullOptions, Snapshot};
use leadtag_testkit::LeadCall;
use support::streams::*;

#[tokio::test]
async fn a_limit_gets_on_also_where_leads_come_in_on_top() {
    let provider = snapshots(leads(60, 60));
    let rig = Rig::new();
    let limited = |options: &mut PullOptions| {
        options.page_size = Some(10);
        options.limit = Some(10);
    };
    for _ in 0..6 {
        rig.pull(&provider, limited).await.unwrap();
    }
    for newcomer in 100..112 {
        provider.push(lead(newcomer, NOW));
    }
    for _ in 0..3 {
        rig.pull(&provider, limited).await.unwrap();
    }
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn who_is_gone_from_a_complete_snapshot_is_deleted_and_who_is_unchanged_is_not() {
    let provider = snapshots(leads(10, 60));
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    provider.remove(&"3".into());
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!((report.leads.deleted, report.leads.new), (1, 0));
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert!(rig.store.rows("leads")["3"].deleted_at.is_some());
    provider.push(lead(3, NOW));
    rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn nobody_is_deleted_where_a_number_of_leads_is_asked_for() {
    let provider = snapshots(leads(10, 60));
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    provider.remove(&"3".into());
    let many = |options: &mut PullOptions| {
        small_pages(options);
        options.limit = Some(1_000);
    };
    let report = rig.pull(&provider, many).await.unwrap();
    assert_eq!((report.complete, report.leads.deleted), (true, 0));
    assert!(report.notices[0].contains("without --limit"), "{report:?}");
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(report.leads.deleted, 1);
}

#[tokio::test]
async fn nobody_is_deleted_by_a_snapshot_that_was_stopped() {
    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    provider.remove(&"3".into());
    provider.pass_next(2);
    provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert!(!report.complete);
    assert_eq!(report.leads.deleted, 0);
    assert_eq!(rig.store.ids().len(), 20);
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert!(report.complete);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn a_stopped_snapshot_goes_on_where_it_stopped() {
    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    provider.pass_next(3);
    provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
    rig.pull(&provider, small_pages).await.unwrap();
    let before = provider.call_count();
    rig.pull(&provider, small_pages).await.unwrap();
    let LeadCall::List(_, from) = provider.calls()[before].clone() else { panic!("no list") };
    assert_eq!(from, 12);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

/// An id may be a mobile, and all mobiles can be tried.
#[tokio::test]
async fn what_a_checkpoint_has_of_ids_is_hashed_with_the_key() {
    let mut heads = Vec::new();
    for key in ["0123456789abcdef", "fedcba9876543210"] {
        let provider = snapshots(leads(20, 60));
        let rig = Rig::new();
        provider.pass_next(3);
        provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
        let with_key = |options: &mut PullOptions| {
            small_pages(options);
            options.pii.default = PiiMode::Hmac;
            options.pii.key = Some(key.into());
        };
        rig.pull(&provider, with_key).await.unwrap();
        let Place::Snapshot(Snapshot { head, .. }) = rig.store.checkpoint("crm").unwrap().place
        else {
            panic!("no snapshot")
        };
        assert!(!head.is_empty() && head.iter().all(|hash| *hash < 1 << 53), "{head:?}");
        heads.push(head);
    }
    assert!(heads[0].iter().all(|hash| !heads[1].contains(hash)));
}

#[tokio::test]
async fn a_cursor_that_is_not_accepted_any_more_begins_the_list_again() {
    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    provider.pass_next(3);
    provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
    rig.pull(&provider, small_pages).await.unwrap();
    // Pages of another size are another list.
    let report = rig.pull(&provider, |options| options.page_size = Some(5)).await.unwrap();
    assert!(report.complete, "{report:?}");
    assert_eq!(report.notices.len(), 1);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn leads_that_come_in_on_top_meanwhile_arrive() {
    let mut number = 0;
    let provider = snapshots(leads(20, 60)).after_each(move |_, leads| {
        number += 1;
        if number <= 4 {
            leads.push(lead(format!("new{number}"), NOW - 100 + number));
        }
    });
    let rig = Rig::new();
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert!(report.complete);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

/// In the middle of the list the lead on top goes, and `last` comes in at the end: the pages shift,
/// and one lead is given by none of them.
fn shifting(all: Vec<leadtag_core::Lead>, last: i64) -> leadtag_testkit::MemoryLeadsProvider {
    let mut calls = 0;
    snapshots(all).after_each(move |_, leads| {
        calls += 1;
        if calls == 2 {
            leads.retain(|lead| lead.id.as_str() != "19");
            leads.push(lead(last, NOW - 90_000));
        }
    })
}

#[tokio::test]
async fn a_list_that_gave_less_than_the_platform_counts_is_read_once_more() {
    for before in [0, 20] {
        let rig = Rig::new();
        rig.pull(&snapshots(leads(before, 60)), small_pages).await.unwrap();
        let provider = shifting(leads(20, 60), 19);
        let report = rig.pull(&provider, small_pages).await.unwrap();
        assert_eq!((report.leads.deleted, report.notices.len()), (0, 0), "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn nobody_is_deleted_whom_pages_that_moved_left_out() {
    let rig = Rig::new();
    rig.pull(&snapshots(leads(20, 60)), small_pages).await.unwrap();
    // There are as many as before.
    let provider = shifting(leads(20, 60), 99);
    let report = rig.pull(&provider, small_pages).await.unwrap();
    // With the one that went there are more than the platform counts, which is told.
    assert_eq!((report.leads.deleted, report.notices.len()), (0, 1), "{report:?}");
    assert!(ids_of(&provider).iter().all(|id| rig.store.ids().contains(id)));
    // Who was read just before going is found out by the next pull.
    let report = rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(report.leads.deleted, 1);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn no_number_of_a_snapshot_comes_again() {
    let provider = snapshots(leads(3, 60));
    let rig = Rig::new();
    let mut numbers = Vec::new();
    for _ in 0..3 {
        rig.pull(&provider, small_pages).await.unwrap();
        let place = rig.store.checkpoint("crm").unwrap().place;
        let Place::Snapshot(Snapshot { number, complete: true, .. }) = place else {
            panic!("{place:?}")
        };
        numbers.push(number);
    }
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}
