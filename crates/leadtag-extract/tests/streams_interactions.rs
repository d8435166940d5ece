//! Interactions: what arrives of them, also where platforms give them otherwise than they should, and
//! what is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadtag_core::{
    Cursor, Error as PlatformError, ErrorKind, Interaction, LeadId, LeadsProvider, Page,
    PlatformTime, UtcOffset,
};
use leadtag_extract::{PiiMode, PullOptions, Source};
use leadtag_testkit::{MemoryLeadsProvider, raw_json};
use serde_json::json;
use support::odd::*;
use support::streams::*;

fn refused(kind: ErrorKind) -> PlatformError {
    PlatformError::new(kind, "it is refused")
}

fn with_interactions(options: &mut PullOptions) {
    small_pages(options);
    options.interactions = true;
}

fn called(provider: MemoryLeadsProvider, leads: i64) -> MemoryLeadsProvider {
    let row = || Interaction::new("call", raw_json(&json!({ "n": 1 })));
    (0..leads).fold(provider, |provider, id| provider.with_interactions(id.to_string(), [row()]))
}

#[tokio::test]
async fn interactions_of_every_lead_arrive_in_a_table_of_their_own() {
    let row = |n: usize| Interaction::new("call", raw_json(&json!({ "n": n })));
    let provider = forward(leads(3, 60))
        .with_interactions("0", (0..45).map(row))
        .with_interactions("2", (0..2).map(row));
    let rig = Rig::new();
    let report = rig.pull(&provider, |options| options.interactions = true).await.unwrap();
    assert_eq!(report.interactions.new, 47);
    assert_eq!(rig.store.rows("interactions").len(), 47);
    let again = rig.pull(&provider, |options| options.interactions = true).await.unwrap();
    assert_eq!((again.interactions.new, again.interactions.unchanged), (0, 47));
}

#[tokio::test]
async fn who_asks_for_interactions_later_is_told_how_those_of_older_leads_come() {
    let row = |n: usize| Interaction::new("call", raw_json(&json!({ "n": n })));
    let provider = forward(leads(3, 60)).with_interactions("0", (0..5).map(row));
    let rig = Rig::new();
    rig.pull(&provider, |_| {}).await.unwrap();
    let report = rig.pull(&provider, |options| options.interactions = true).await.unwrap();
    assert!(report.notices.iter().any(|notice| notice.contains("--full")), "{report:?}");
    let report = rig.pull(&provider, |options| options.interactions = true).await.unwrap();
    assert!(report.notices.is_empty(), "{report:?}");
}

#[tokio::test]
async fn interactions_of_another_provider_are_no_reason_to_read_those_of_this_one() {
    let row = |n: usize| Interaction::new("call", raw_json(&json!({ "n": n })));
    let [one, other] = [60, 61]
        .map(|gap| Arc::new(forward(leads(3, gap)).with_interactions("0", (0..5).map(row))));
    let rig = Rig::new();
    let source = |name: &str, provider: &Arc<MemoryLeadsProvider>| {
        vec![Source::new(name, Arc::clone(provider) as _)]
    };
    let with = |options: &mut PullOptions| options.interactions = true;
    rig.pull_all(source("one", &one), with).await.unwrap();
    rig.pull_all(source("other", &other), |_| {}).await.unwrap();
    // What it has not was not written with other settings.
    let report = rig.pull_all(source("other", &other), |options| {
        options.pii.default = PiiMode::Plain;
        options.full = true;
    });
    report.await.unwrap();
    let report = rig.pull_all(source("other", &other), |options| {
        options.pii.default = PiiMode::Plain;
        options.interactions = true;
    });
    let notices = report.await.unwrap().streams.remove(0).notices;
    assert!(notices.iter().any(|notice| notice.contains("--full")), "{notices:?}");
}

#[tokio::test]
async fn who_changes_settings_is_told_at_once_all_that_it_takes() {
    let row = |n: usize| Interaction::new("call", raw_json(&json!({ "n": n })));
    for (kind, takes) in [
        (forward as fn(Vec<_>) -> MemoryLeadsProvider, "add --interactions and --full, or"),
        (|leads| that_lists_them(snapshots(leads)), "add --interactions, or"),
    ] {
        let provider = kind(leads(3, 60)).with_interactions("0", (0..5).map(row));
        let rig = Rig::new();
        rig.pull(&provider, |options| options.interactions = true).await.unwrap();
        let plain = |options: &mut PullOptions| options.pii.default = PiiMode::Plain;
        let error = rig.pull(&provider, plain).await.unwrap_err().to_string();
        assert!(error.contains(takes), "{error}");
    }
}

/// The same provider, which lists interactions too.
fn that_lists_them(provider: MemoryLeadsProvider) -> MemoryLeadsProvider {
    let mut can = provider.lead_capabilities();
    can.interactions = true;
    MemoryLeadsProvider::new(PLATFORM, can, provider.leads())
}

#[tokio::test]
async fn with_other_settings_no_interaction_is_there_under_two_ids() {
    let mobile = "19900001234";
    let mut person = lead(mobile, NOW - 4_000);
    person.mobiles = vec![mobile.into()];
    let said = |id: Option<&str>, text: &str| {
        let mut row = Interaction::new("call", raw_json(&json!({ "t": text })));
        (row.text, row.id) = (Some(text.into()), id.map(str::to_owned));
        row
    };
    // Two say the same and have no id, one has one.
    let rows = [said(None, "想买"), said(None, "想买"), said(Some("7"), "再联系")];
    let provider = forward(vec![person, lead("L", NOW - 3_000)])
        .with_interactions(mobile, rows.clone())
        .with_interactions("L", rows);
    let rig = Rig::new();
    use PiiMode::{Hmac, Mask, Plain};
    // What was shown is found whatever key comes next.
    let modes = [(Plain, false), (Mask, false), (Hmac, true), (Mask, true), (Plain, true)];
    for (mode, has_key) in modes.into_iter().chain([(Mask, false)]) {
        let report = rig.pull(&provider, |options| {
            (options.full, options.interactions) = (true, true);
            options.pii.default = mode;
            options.pii.key = has_key.then(|| "0123456789abcdef".into());
        });
        assert!(report.await.unwrap().complete);
        let ids: Vec<String> = rig.store.rows("interactions").into_keys().collect();
        assert_eq!(ids.len(), 6, "{mode}: {ids:?}");
        let shown = ids.iter().filter(|id| id.contains(mobile)).count();
        assert_eq!(shown, if mode == Plain { 3 } else { 0 }, "{mode}: {ids:?}");
    }
}

#[tokio::test]
async fn a_lead_whose_interactions_are_refused_keeps_no_other_from_coming() {
    let provider = called(forward(leads(30, 60)), 30);
    let rig = Rig::new();
    let some = |id: &LeadId| {
        let is_refused = ["3", "7", "11", "12", "20"].contains(&id.as_str());
        is_refused.then(|| refused(ErrorKind::PermissionDenied))
    };
    let report = pull(&rig, Odd::new(&provider).refusing(some), with_interactions).await;
    assert!(report.complete, "{report:?}");
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert_eq!(rig.store.rows("interactions").len(), 25);
    // Three are told one by one, and then how many there are.
    assert_eq!(report.notices.len(), 4, "{report:?}");
    assert!(report.notices[0].contains("it is refused"), "{report:?}");
    assert!(report.notices[3].contains("of 5 leads in all"), "{report:?}");
}

#[tokio::test]
async fn interactions_that_are_refused_of_everybody_are_an_error() {
    let provider = called(forward(leads(60, 60)), 60);
    let rig = Rig::new();
    let all = |_: &LeadId| Some(refused(ErrorKind::PermissionDenied));
    let report = pull(&rig, Odd::new(&provider).refusing(all), with_interactions).await;
    assert!(report.error.unwrap().contains("it is refused"));
    assert!(!report.complete);
}

#[tokio::test]
async fn a_refusal_with_a_code_that_nobody_knows_is_asked_again_and_then_left_out() {
    let provider = called(forward(leads(30, 60)), 30);
    let rig = Rig::new();
    let with_code = || refused(ErrorKind::Platform).with_platform_answer(50_013, "no");
    let one = move |id: &LeadId| (id.as_str() == "7").then(with_code);
    let report = pull(&rig, Odd::new(&provider).refusing(one), with_interactions).await;
    assert!(report.complete && report.notices[0].contains("of lead 7 are left out"), "{report:?}");
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert_eq!(rig.store.rows("interactions").len(), 29);
    let all = Odd::new(&provider).refusing(move |_| Some(with_code()));
    let report = pull(&Rig::new(), all, with_interactions).await;
    assert!(report.error.unwrap().contains("20 leads in a row"));
}

#[tokio::test]
async fn interactions_that_are_refused_while_settings_change_stay_owed_and_told() {
    let provider = called(forward(leads(5, 60)), 5);
    let rig = Rig::new();
    let plain = |options: &mut PullOptions| {
        with_interactions(options);
        options.pii.default = PiiMode::Plain;
    };
    let full = |options: &mut PullOptions| {
        with_interactions(options);
        options.full = true;
    };
    assert!(pull(&rig, Odd::new(&provider), plain).await.complete);
    let one = |id: &LeadId| (id.as_str() == "3").then(|| refused(ErrorKind::PermissionDenied));
    let report = pull(&rig, Odd::new(&provider).refusing(one), full).await;
    assert!(report.notices.iter().any(|text| text.contains("stay as they were written")));
    // A pull that does not read everything settles nothing.
    let few = |options: &mut PullOptions| {
        with_interactions(options);
        options.refresh = Some(Duration::ZERO);
    };
    for _ in 0..2 {
        assert!(rig.store.checkpoint("crm").unwrap().owes_interactions);
        let report = pull(&rig, Odd::new(&provider), few).await;
        assert!(report.notices.iter().any(|text| text.contains("stay as they were written")));
    }
    let report = pull(&rig, Odd::new(&provider), full).await;
    assert!(report.notices.iter().all(|text| !text.contains("stay as they were written")));
    assert!(!rig.store.checkpoint("crm").unwrap().owes_interactions);
}

#[tokio::test]
async fn a_refusal_does_not_tell_who_it_is_about() {
    let mut named = lead("7", NOW - 4_000);
    named.name = Some("王小密".into());
    let provider = called(forward(vec![named]), 8);
    let words = |_: &LeadId| {
        let error = refused(ErrorKind::Platform);
        Some(error.with_platform_answer(50_013, "王小密 has no follow-ups"))
    };
    let report = pull(&Rig::new(), Odd::new(&provider).refusing(words), with_interactions).await;
    assert!(report.notices[0].contains("50013"), "{report:?}");
    assert!(!report.notices[0].contains("王小密"), "{report:?}");
}

#[tokio::test]
async fn a_failure_that_is_no_answer_ends_the_stream_and_the_next_pull_asks_again() {
    let provider = called(forward(leads(30, 60)), 30);
    let rig = Rig::new();
    let one = |id: &LeadId| (id.as_str() == "7").then(|| refused(ErrorKind::Platform));
    let report = pull(&rig, Odd::new(&provider).refusing(one), with_interactions).await;
    assert!(report.error.unwrap().contains("it is refused"));
    let report = pull(&rig, Odd::new(&provider), with_interactions).await;
    assert!(report.complete);
    assert_eq!(rig.store.rows("interactions").len(), 30);
}

#[tokio::test]
async fn leads_before_one_whose_interactions_fail_are_written() {
    // All are on one page, and each takes a call.
    let provider = called(forward(leads(30, 60)), 30);
    let rig = Rig::new();
    let one = |id: &LeadId| (id.as_str() == "15").then(|| refused(ErrorKind::Platform));
    let interactions = |options: &mut PullOptions| options.interactions = true;
    let report = pull(&rig, Odd::new(&provider).refusing(one), interactions).await;
    assert!(report.error.is_some());
    assert_eq!((report.read, rig.store.ids().len()), (10, 10));
    let report = pull(&rig, Odd::new(&provider), interactions).await;
    assert!(report.complete, "{report:?}");
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert_eq!(rig.store.rows("interactions").len(), 30);
}

#[tokio::test]
async fn an_interaction_that_comes_in_while_they_are_read_makes_no_other_one_come_twice() {
    // Newest first, three on a page, and without ids.
    // Each answer writes them in another way.
    static ANSWERS: AtomicUsize = AtomicUsize::new(0);
    let row = |n: i64| {
        let answer = ANSWERS.fetch_add(1, Ordering::Relaxed);
        let mut row = Interaction::new("call", raw_json(&json!({ "n": n, "answer": answer })));
        row.at = Some(PlatformTime::parse(&at(NOW + n).to_string(), UtcOffset::CHINA));
        row
    };
    // How many come in on top before each call, and what the list has in the end.
    for (come, list, rows) in [
        (vec![], vec![7, 6, 5, 4, 3, 2, 1], 7),
        (vec![0, 1], vec![7, 6, 5, 4, 3, 2, 1], 8),
        (vec![0, 1, 0, 1, 0, 1], vec![7, 6, 5, 4, 3, 2, 1], 10),
        // More than a page.
        (vec![0, 4], vec![7, 6, 5, 4, 3, 2, 1], 11),
        // Two that say the same, in all readings.
        (vec![], vec![7, 6, 5, 5, 3, 2, 1], 7),
        // And one that comes in, which moves the second of them to the next page, or to none.
        (vec![0, 1], vec![7, 6, 5, 5, 3, 2, 1], 8),
        (vec![0, 0, 1], vec![7, 6, 5, 4, 3, 5, 1], 8),
        // One in each reading: the last one comes with the next pull.
        (vec![0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1], vec![7, 6, 5, 4, 3, 2, 1], 10),
        (vec![0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1], vec![7, 6, 5, 4, 3, 2, 2], 10),
    ] {
        let provider = called(forward(leads(1, 60)), 1);
        let (calls, list) = (AtomicUsize::new(0), Mutex::new(list));
        let shifting = move |cursor: Option<&Cursor>| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            let mut list = list.lock().unwrap();
            for _ in 0..come.get(call).copied().unwrap_or(0) {
                let newest = list[0] + 1;
                list.insert(0, newest);
            }
            let from = cursor.map_or(0, |cursor| {
                cursor.position(PLATFORM, &"rows").unwrap().parse::<usize>().unwrap()
            });
            let to = (from + 3).min(list.len());
            let next = || Cursor::new(PLATFORM, &"rows", to.to_string());
            let page = list[from..to].iter().copied().map(row).collect();
            Page::new(page, (to < list.len()).then(next))
        };
        let rig = Rig::new();
        let odd = Odd::new(&provider).telling(shifting);
        let report = pull(&rig, odd, with_interactions).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.rows("interactions").len(), rows);
    }
}

/// The interactions of each of some leads, newest first and without ids; while the first reading of each
/// list is under way another one comes in on top.
#[tokio::test]
async fn interactions_of_many_leads_come_once_however_many_there_are() {
    for (people, rows, moment, stored) in [
        (10, 170, 140, 171),
        (10, 1_500, 140, 1_501),
        (10, 1_500, 1_260, 1_501),
        // Behind what was handed on, the newcomer waits for the next pull.
        (1, 21_000, 20_300, 21_000),
    ] {
        let provider = called(forward(leads(people, 60)), 1);
        let state = Mutex::new((0, rows));
        let shifting = move |cursor: Option<&Cursor>| {
            let mut state = state.lock().unwrap();
            let from = match cursor {
                Some(cursor) => cursor.position(PLATFORM, &"rows").unwrap().parse().unwrap(),
                None => 0_i64,
            };
            let (readings, newest) = &mut *state;
            *readings += u32::from(from == 0);
            if from == moment && *newest == rows {
                *newest += 1;
            }
            let all: Vec<i64> = (0..*newest).rev().collect();
            let to = (from + 70).min(all.len() as i64);
            let page = all[from as usize..to as usize].iter().map(|n| {
                let mut row = Interaction::new("call", raw_json(&json!({ "n": n })));
                row.at = Some(PlatformTime::parse(&at(NOW + n).to_string(), UtcOffset::CHINA));
                row
            });
            let is_end = to == all.len() as i64;
            let page = page.collect();
            if is_end && *readings % 2 == 0 {
                // The next lead has a list of its own.
                *newest = rows;
            }
            Page::new(page, (!is_end).then(|| Cursor::new(PLATFORM, &"rows", to.to_string())))
        };
        let rig = Rig::new();
        let odd = Odd::new(&provider).telling(shifting);
        let report = pull(&rig, odd, with_interactions).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.rows("interactions").len(), people as usize * stored, "{rows}");
    }
}

#[tokio::test]
async fn interactions_without_end_are_an_error() {
    for (rows, why) in [(1, "repeats its rows"), (0, "pages in a row are empty")] {
        let rig = Rig::new();
        let real = called(forward(leads(3, 60)), 3);
        let number = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&number);
        let endless = move |_: Option<&Cursor>| {
            let number = counted.fetch_add(1, Ordering::Relaxed).to_string();
            let rows = vec![Interaction::new("call", raw_json(&json!({}))); rows];
            Page::new(rows, Some(Cursor::new(PLATFORM, &"odd", number)))
        };
        let report = pull(&rig, Odd::new(&real).telling(endless), with_interactions).await;
        let error = report.error.unwrap();
        assert!(error.contains(why), "{error}");
        let asked = number.load(Ordering::Relaxed);
        assert!(asked < 200, "{asked} pages");
    }
}

#[tokio::test]
async fn interactions_that_are_refused_once_arrive() {
    let provider = called(forward(leads(30, 60)), 30);
    let rig = Rig::new();
    let left = AtomicUsize::new(1);
    let once = move |id: &LeadId| {
        let is_first = id.as_str() == "7" && left.swap(0, Ordering::Relaxed) > 0;
        is_first.then(|| refused(ErrorKind::InvalidArgument))
    };
    let report = pull(&rig, Odd::new(&provider).refusing(once), with_interactions).await;
    assert!(report.complete && report.notices.is_empty(), "{report:?}");
    assert_eq!(rig.store.rows("interactions").len(), 30);
}
