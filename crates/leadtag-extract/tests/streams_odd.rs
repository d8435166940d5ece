//! Platforms that answer otherwise than they should: what arrives, and what is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leadtag_core::{
    Clock, Cursor, Error as PlatformError, ErrorKind, Lead, LeadQuery, LeadsProvider, Page,
    PlatformTime, RetryClass, SecretString, Timestamp,
};
use leadtag_extract::{Cell, Event, Layout, PiiMode, PullOptions, Source};
use leadtag_testkit::{MemoryLeadsProvider, raw_json};
use serde_json::json;
use support::odd::*;
use support::streams::*;

/// Leads of one second, as an import makes them.
fn imported(count: i64) -> Vec<Lead> {
    (0..count).map(|id| lead(id, NOW - 4_000)).collect()
}

#[tokio::test]
async fn a_second_whose_list_is_cut_off_again_and_again_is_an_error_and_not_the_end() {
    for provider in [forward(imported(45)), windows(imported(45))] {
        let rig = Rig::new();
        let cut = |cursor: Option<&Cursor>, page: Page<Lead>| {
            if cursor.is_some() { Page::last(page.items) } else { page }
        };
        let report = pull(&rig, Odd::new(&provider).answering(cut), small_pages).await;
        let error = report.error.unwrap();
        assert!(error.contains("no two readings of them agree"), "{error}");
        assert!(!report.complete);
        // The next pull begins there again.
        let report = rig.pull(&provider, small_pages).await.unwrap();
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_second_whose_list_is_cut_off_twice_arrives_whole() {
    for provider in [forward(imported(45)), windows(imported(45))] {
        let rig = Rig::new();
        let left = AtomicUsize::new(2);
        let cut = move |cursor: Option<&Cursor>, page: Page<Lead>| {
            let take = |left: usize| left.checked_sub(1);
            let is_cut = cursor.is_some()
                && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
            if is_cut { Page::last(page.items) } else { page }
        };
        let report = pull(&rig, Odd::new(&provider).answering(cut), small_pages).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_lead_of_which_a_list_gives_only_the_id_is_read_by_itself() {
    let provider = windows(leads(3, 60));
    provider.push(named("4", NOW - 4000, "丙方"));
    let rig = Rig::new();
    let ids = Odd::new(&provider).answering(|_, mut page| {
        for lead in &mut page.items {
            *lead = Lead::new(PLATFORM, lead.id.as_str(), raw_json(&json!(lead.id.as_str())));
        }
        page
    });
    let report = pull(&rig, ids, |_| {}).await;
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert_ne!(rig.store.cell("4", "name"), Cell::Null);
    assert_eq!(report.calls, 5);
}

#[tokio::test]
async fn a_lead_of_which_a_list_gives_more_than_the_id_is_not_read_by_itself_whatever_its_row_is() {
    let provider = windows(leads(3, 60));
    let rig = Rig::new();
    let rowless = Odd::new(&provider).answering(|_, mut page| {
        for lead in &mut page.items {
            (lead.raw, lead.name) = (raw_json(&json!(null)), Some("乙方".into()));
        }
        page
    });
    let report = pull(&rig, rowless, |options| options.pii.default = PiiMode::Plain).await;
    assert_eq!((report.calls, rig.store.ids()), (1, ids_of(&provider)));
    assert_eq!(rig.store.cell("1", "name"), Cell::Text("乙方".to_owned()));
}

#[tokio::test]
async fn a_list_that_takes_no_end_in_the_future_is_read_to_now_by_every_pull() {
    for gap in [1, 60] {
        let provider = windows(leads(40, gap));
        let rig = Rig::new();
        for run in 0..4 {
            let clock = rig.clock.clone();
            let odd = Odd::new(&provider)
                .allowing(move |query| query.until.is_none_or(|until| until <= clock.now()));
            let report = pull(&rig, odd, small_pages).await;
            assert!(report.complete, "{gap} {report:?}");
            assert_eq!(rig.store.ids(), ids_of(&provider), "{gap}");
            rig.clock.advance(Duration::from_secs(600));
            let now = rig.clock.now().as_unix_seconds();
            (0..6).for_each(|n| provider.push(lead(100 + run * 10 + n, now - 1 - n)));
        }
    }
}

#[tokio::test]
async fn leads_of_the_second_that_runs_arrive_where_no_end_in_the_future_is_taken() {
    for kind in [forward as fn(Vec<_>) -> MemoryLeadsProvider, windows] {
        let provider =
            kind(leads(3, 60).into_iter().chain((10..19).map(|n| lead(n, NOW))).collect());
        let rig = Rig::new();
        let clock = rig.clock.clone();
        // The end is not included: the second that runs ends with the next one.
        let odd = Odd::new(&provider).allowing(move |query| {
            let now = clock.now().as_unix_seconds();
            query.until.is_none_or(|until| until.as_unix_seconds() <= now + 1)
        });
        let report = pull(&rig, odd, small_pages).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider), "{:?}", report.strategy);
    }
}

#[tokio::test]
async fn a_platform_whose_clock_is_behind_and_that_takes_no_end_in_the_future_gives_its_leads() {
    for behind in [2, 90, 3_000] {
        let provider = windows((0..20).map(|n| lead(n, NOW - 20_000 + n * 600)).collect());
        let rig = Rig::new();
        let odd = || {
            let clock = rig.clock.clone();
            Odd::new(&provider).allowing(move |query| {
                let now = clock.now().as_unix_seconds() - behind;
                query.until.is_none_or(|until| until.as_unix_seconds() <= now)
            })
        };
        let report = pull(&rig, odd(), small_pages).await;
        assert!(report.complete, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
        // What comes then arrives when the platform's clock is past it.
        provider.push(lead("new", NOW - 10));
        rig.clock.advance(Duration::from_secs(4_000));
        pull(&rig, odd(), small_pages).await;
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_list_with_short_pages_and_a_cursor_on_every_one_is_not_asked_for_by_the_second() {
    let provider = windows(leads(200, 3_000));
    let rig = Rig::new();
    let pages = AtomicUsize::new(0);
    let odd = Odd::new(&provider).answering(move |_, mut page| {
        // Every third page lacks its last row, which the next one has.
        let is_short = pages.fetch_add(1, Ordering::Relaxed).is_multiple_of(3);
        if is_short && page.items.len() > 1 && page.next.is_none() {
            page.items.pop();
        }
        let end = Cursor::new(PLATFORM, &"odd", "the end");
        let next = page.next.or((!page.items.is_empty()).then_some(end));
        Page::new(page.items, next)
    });
    let report = pull(&rig, odd, |options| options.page_size = Some(20)).await;
    assert!(report.complete && report.calls < 300, "{report:?}");
}

#[tokio::test]
async fn a_list_with_a_cursor_on_every_page_that_has_leads_is_not_asked_for_by_the_second() {
    let provider = windows(leads(200, 3_000));
    let odd = || {
        Odd::new(&provider).answering(|_, page| {
            let end = Cursor::new(PLATFORM, &"odd", "the end");
            let next = page.next.or((!page.items.is_empty()).then_some(end));
            Page::new(page.items, next)
        })
    };
    for page_size in [None, Some(20)] {
        let rig = Rig::new();
        let report = pull(&rig, odd(), |options| options.page_size = page_size).await;
        assert!(report.complete && report.calls < 200, "{report:?}");
        assert_eq!(rig.store.ids(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_provider_that_panics_ends_its_stream_alone_with_what_it_said() {
    let rig = Rig::new();
    let odd = |panics: bool| {
        let provider = windows(leads(3, 60));
        let odd = Odd::new(&provider).answering(move |_, page| match panics {
            true => panic!("no row for 19900001234"),
            false => page,
        });
        Arc::new(odd) as Arc<dyn LeadsProvider>
    };
    let sources = vec![Source::new("bad", odd(true)), Source::new("good", odd(false))];
    let report = rig.pull_all(sources, |_| {}).await.unwrap();
    let error = report.streams[0].error.as_deref().unwrap();
    assert!(error.contains("a fault of the program ended it (no row for ***)"), "{error}");
    assert!(report.streams[1].complete && report.streams[1].error.is_none());
}

#[tokio::test]
async fn no_page_is_asked_for_that_is_larger_than_the_platform_has() {
    for (count, most) in [(2, 1), (7, 3), (90, 5)] {
        for kind in [forward as fn(Vec<_>) -> MemoryLeadsProvider, windows] {
            let real = kind(imported(count));
            let mut can = real.lead_capabilities();
            can.max_page_size = Some(most);
            let provider =
                MemoryLeadsProvider::new(PLATFORM, can, real.leads()).with_page_size(most as usize);
            let rig = Rig::new();
            let odd = Odd::new(&provider)
                .allowing(move |query| query.page_size.is_none_or(|size| size <= most));
            let report = pull(&rig, odd, |_| {}).await;
            assert!(report.complete, "{report:?}");
            assert_eq!(rig.store.ids(), ids_of(&provider));
        }
    }
}

#[tokio::test]
async fn leads_that_cannot_be_read_by_themselves_are_told_without_their_ids_and_not_one_by_one() {
    let provider = windows(leads(8, 60));
    let rig = Rig::new();
    // Of whom there is nothing but a mobile, and that is not found.
    let ids = Odd::new(&provider).answering(|_, mut page| {
        for (number, lead) in page.items.iter_mut().enumerate() {
            let id = format!("1990000123{number}");
            *lead = Lead::new(PLATFORM, id.as_str(), raw_json(&json!(id)));
        }
        page
    });
    let report = pull(&rig, ids, |_| {}).await;
    assert!(report.complete, "{report:?}");
    assert!(rig.store.ids().is_empty());
    assert_eq!(report.notices.len(), 4, "{report:?}");
    assert!(report.notices[0].contains("cannot be read and is left out"), "{report:?}");
    assert!(report.notices[3].contains("8 leads in all"), "{report:?}");
    assert!(!format!("{:?}", report.notices).contains("1990000"), "{report:?}");
}

#[tokio::test]
async fn a_list_of_empty_pages_without_end_is_an_error() {
    for provider in [forward(leads(9, 60)), windows(leads(9, 60)), snapshots(leads(9, 60))] {
        let rig = Rig::new();
        let count = AtomicUsize::new(0);
        let odd = Odd::new(&provider).answering(move |_, _| {
            let place = count.fetch_add(1, Ordering::Relaxed).to_string();
            Page::new(Vec::new(), Some(Cursor::new(PLATFORM, &"odd", place)))
        });
        let report = pull(&rig, odd, small_pages).await;
        let error = report.error.unwrap();
        assert!(error.contains("pages in a row are empty"), "{error}");
    }
}

/// Whatever is asked for, the first page comes, and always with another cursor.
fn same_page_again(number: &AtomicUsize, first: &Page<Lead>) -> Page<Lead> {
    let number = number.fetch_add(1, Ordering::Relaxed);
    let next = Cursor::new(PLATFORM, &LeadQuery::all(), number.to_string());
    Page::new(first.items.clone(), Some(next))
}

#[tokio::test]
async fn a_list_that_gives_the_same_leads_without_end_is_an_error() {
    for provider in [forward(imported(4)), windows(imported(4)), snapshots(imported(4))] {
        let rig = Rig::new();
        let number = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&number);
        let first = Page::last(imported(4));
        let endless = move |_: Option<&Cursor>, _| same_page_again(&counted, &first);
        let report = pull(&rig, Odd::new(&provider).answering(endless), small_pages).await;
        let error = report.error.unwrap();
        assert!(error.contains("repeats its rows and would never end"), "{error}");
        let asked = number.load(Ordering::Relaxed);
        assert!(asked < 200, "{asked} pages");
    }
}

#[tokio::test]
async fn a_list_whose_empty_pages_stand_between_the_same_ones_is_an_error() {
    for provider in [forward(imported(4)), snapshots(imported(4))] {
        let rig = Rig::new();
        let number = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&number);
        let endless = move |_: Option<&Cursor>, _| {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            let rows = if number.is_multiple_of(2) { imported(4) } else { Vec::new() };
            Page::new(rows, Some(Cursor::new(PLATFORM, &"odd", number.to_string())))
        };
        let report = pull(&rig, Odd::new(&provider).answering(endless), small_pages).await;
        assert!(report.error.unwrap().contains("would never end"));
        assert!(number.load(Ordering::Relaxed) < 300);
    }
}

#[tokio::test]
async fn leads_of_a_second_arrive_where_the_end_of_a_span_is_not_included() {
    // Within a second there is nothing then, however many leads it has.
    let exclusive = |query: &mut LeadQuery| {
        let end = |until: Timestamp| Timestamp::from_unix_seconds(until.as_unix_seconds() - 1);
        query.until = query.until.and_then(end);
    };
    for per_second in [1, 3, 4, 5, 12, 20] {
        for gap in [1, 2, 60] {
            let all = (0..60).map(|n| lead(n, NOW - 9_000 + n / per_second * gap)).collect();
            let (real, rig) = (windows(all), Rig::new());
            let report = pull(&rig, Odd::new(&real).taking(exclusive), small_pages).await;
            assert!(report.complete, "{per_second} in a second, each {gap} s: {report:?}");
            assert_eq!(rig.store.ids(), ids_of(&real), "{per_second} in a second, each {gap} s");
        }
    }
}

#[tokio::test]
async fn an_answer_without_the_lead_that_was_read_last_is_asked_for_again() {
    let provider = forward(leads(20, 60));
    let rig = Rig::new();
    let calls = AtomicUsize::new(0);
    let empty = move |_: Option<&Cursor>, page| match calls.fetch_add(1, Ordering::Relaxed) {
        2 => Page::last(Vec::new()),
        _ => page,
    };
    let report = pull(&rig, Odd::new(&provider).answering(empty), small_pages).await;
    assert!(report.complete);
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn a_list_that_ends_before_the_lead_that_was_read_last_is_told_and_comes_with_the_next_pull()
{
    let provider = forward(leads(20, 60));
    let rig = Rig::new();
    let calls = AtomicUsize::new(0);
    let empty = move |_: Option<&Cursor>, page| match calls.fetch_add(1, Ordering::Relaxed) {
        2 | 3 => Page::last(Vec::new()),
        _ => page,
    };
    let report = pull(&rig, Odd::new(&provider).answering(empty), small_pages).await;
    assert!(report.complete && rig.store.ids().len() < 20, "{report:?}");
    assert!(report.notices[0].contains("the next pull looks for what is behind it"), "{report:?}");
    rig.pull(&provider, small_pages).await.unwrap();
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

#[tokio::test]
async fn nobody_is_deleted_where_the_platform_does_not_count_what_it_gives() {
    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    let empty = |_: Option<&Cursor>, _| Page::last(Vec::new());
    let report = pull(&rig, Odd::new(&provider).answering(empty), small_pages).await;
    assert_eq!((report.complete, report.leads.deleted), (true, 0));
    assert!(report.notices.iter().any(|text| text.contains("does not say how many")));
    assert_eq!(rig.store.ids().len(), 20);
}

#[tokio::test]
async fn nobody_is_deleted_where_the_platform_counts_less_than_it_listed() {
    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    rig.pull(&provider, small_pages).await.unwrap();
    let report = pull(&rig, without(&provider, "5", 18), small_pages).await;
    assert_eq!((report.leads.deleted, report.notices.len()), (0, 1), "{report:?}");
    assert_eq!(rig.store.ids(), ids_of(&provider));
}

/// A list that leaves a lead out, and says that it has so many.
fn without(provider: &MemoryLeadsProvider, id: &'static str, total: u64) -> Odd {
    Odd::new(provider).answering(move |_, mut page| {
        page.items.retain(|lead| lead.id.as_str() != id);
        page.with_total(Some(total))
    })
}

#[tokio::test]
async fn a_list_that_always_gives_less_than_it_counts_is_read_twice_and_told() {
    for (limit, read) in [(None, 38), (Some(1_000), 19)] {
        let provider = without(&snapshots(leads(20, 60)), "5", 20);
        let rig = Rig::new();
        let report = pull(&rig, provider, |options| {
            small_pages(options);
            options.limit = limit;
        });
        let report = report.await;
        assert_eq!(
            (report.read, report.leads.new, report.leads.deleted),
            (read, 19, 0),
            "{report:?}"
        );
        assert!(report.complete && report.notices.len() == 1, "{report:?}");
        assert!(report.notices[0].contains("counts 20 leads and the list gave 19"), "{report:?}");
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn nobody_is_deleted_for_somebody_forgotten_who_was_read_several_times() {
    use leadtag_extract::sink::SqliteSink;
    use leadtag_extract::{Person, Sink};

    let provider = snapshots(leads(20, 60));
    let rig = Rig::new();
    let folder = tempfile::tempdir().unwrap();
    let open = || Box::new(SqliteSink::open(folder.path().join("leads.db")).unwrap());
    let source = |odd| vec![Source::new("crm", Arc::new(odd) as Arc<dyn LeadsProvider>)];
    let all = source(Odd::new(&provider));
    rig.pull_into(open(), all.clone(), small_pages).await.unwrap();
    open().forget(&Person::id(Some("crm"), "3"), None).unwrap();
    // A snapshot that stops before it comes to the forgotten lead.
    let some = |options: &mut PullOptions| {
        small_pages(options);
        options.limit = Some(8);
    };
    rig.pull_into(open(), all, some).await.unwrap();
    // The platform counts all twenty, and leaves one out.
    let odd = source(without(&provider, "5", 20));
    let report = rig.pull_into(open(), odd, small_pages).await.unwrap().streams.remove(0);
    // The list is read twice before it is believed.
    assert_eq!((report.skipped, report.leads.deleted), (3, 0), "{report:?}");
    assert!(report.notices.iter().any(|text| text.contains("counts 20")), "{report:?}");
}

#[tokio::test]
async fn of_two_rows_of_a_lead_on_a_page_the_last_one_stays() {
    let rows = || {
        let mut rows = leads(12, 60);
        rows.push(named(5, NOW - 3_600 - 6 * 60, "乙方"));
        rows.sort_by_key(|lead| lead.created_at.as_ref().and_then(PlatformTime::instant));
        rows
    };
    for provider in [forward(leads(12, 60)), windows(leads(12, 60)), snapshots(leads(12, 60))] {
        let rig = Rig::new();
        for _ in 0..2 {
            // The list is read again from its beginning where newcomers are looked for.
            let odd = Odd::new(&provider).answering(move |_, mut page| {
                let all =
                    rows().into_iter().filter(|row| page.items.iter().any(|l| l.id == row.id));
                page.items = all.collect();
                page
            });
            pull(&rig, odd, |options| options.page_size = Some(6)).await;
            assert_eq!(rig.store.cell("5", "name"), Cell::Text("乙**".to_owned()));
        }
    }
}

#[tokio::test]
async fn hashes_of_another_key_in_the_same_destination_are_told() {
    let rig = Rig::new();
    let provider = forward(leads(3, 60));
    let hashed = |key: &'static str| {
        move |options: &mut PullOptions| {
            options.pii.default = PiiMode::Hmac;
            options.pii.key = Some(SecretString::from(key));
        }
    };
    let source =
        |name: &str| vec![Source::new(name, Arc::new(provider.clone()) as Arc<dyn LeadsProvider>)];
    let one = hashed("a key of the first pull");
    rig.pull_all(source("crm"), one).await.unwrap();
    let report = rig.pull_all(source("shop"), one).await.unwrap();
    assert!(report.streams[0].notices.is_empty(), "{report:?}");
    let report = rig.pull_all(source("third"), hashed("a key of somebody else")).await.unwrap();
    let notices = &report.streams[0].notices;
    assert!(notices[0].starts_with("the leads of crm, shop were written"), "{report:?}");
}

#[tokio::test]
async fn a_wait_that_is_for_no_limit_says_what_it_is_for() {
    let rig = Rig::new();
    let provider = forward(imported(5));
    let fault = |kind, class, message| {
        let error = PlatformError::new(kind, message).with_retry_class(class);
        error.with_retry_after(Duration::from_secs(60))
    };
    provider.fail_next(fault(ErrorKind::Transport, RetryClass::Transport, "maintenance"));
    provider.fail_next(fault(ErrorKind::RateLimited, RetryClass::Throttled, "slowly"));
    assert!(rig.pull(&provider, small_pages).await.unwrap().complete);
    let events = rig.events.lock().unwrap();
    let told: Vec<bool> = events
        .iter()
        .filter_map(|event| match event {
            Event::Waiting { error, .. } => Some(error.as_ref()),
            _ => None,
        })
        .map(|error| error.is_some_and(|error| error.contains("maintenance")))
        .collect();
    assert_eq!(told, [true, false]);
}

#[tokio::test]
async fn a_table_that_cannot_be_read_while_it_gets_wider_is_committed_with_the_page_that_it_did() {
    let commits = async |locks: bool, wider: &[usize]| {
        let mut people: Vec<Lead> = (0..50).map(|id| lead(id, NOW - 9_000 + id)).collect();
        for at in wider {
            people[*at].attributes.insert(format!("column {at}"), json!(1));
        }
        let rig = Rig::new();
        if locks {
            rig.store.lock_while_wider();
        }
        let pages = |options: &mut PullOptions| options.page_size = Some(5);
        assert!(rig.pull(&forward(people), pages).await.unwrap().complete);
        rig.store.commits()
    };
    let without = commits(true, &[]).await;
    assert_eq!(commits(true, &[20]).await, without + 1);
    assert_eq!(commits(true, &[20, 40]).await, without + 2);
    assert_eq!(commits(false, &[20, 40]).await, commits(false, &[]).await);
}

#[tokio::test]
async fn a_column_more_is_committed_before_the_platform_is_waited_for() {
    let rig = Rig::new();
    rig.store.lock_while_wider();
    let provider = forward(imported(5));
    let columns = |names: &'static [&str]| {
        move |options: &mut PullOptions| {
            options.full = true;
            options.layout = Layout::default().with_columns(names.iter().copied());
        }
    };
    assert!(rig.pull(&provider, columns(&["name"])).await.unwrap().complete);
    let before = rig.store.commits();
    rig.store.fail_in(1);
    rig.pull(&provider, columns(&["name", "raw"])).await.unwrap_err();
    assert_eq!(rig.store.commits(), before + 2, "the column, and why it failed");
    assert_eq!(rig.store.cell("0", "raw"), Cell::Null);
}
