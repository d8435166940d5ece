//! What a pull tells: notices, checkpoints, and how far it is.

use std::time::Duration;

use crate::support::streams::*;
use leadtag_extract::{Event, Place, Progress, PullOptions};

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
