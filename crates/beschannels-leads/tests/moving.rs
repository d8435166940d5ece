//! A list whose rows move while it is read: no lead is missed, and none comes twice.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use leadtag_core::{ErrorKind, LeadQuery};
use proptest::prelude::*;
use serde_json::json;
use support::moving::{Beyond, Moving, Rows, identity};

fn identities(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(identity).collect()
}

#[tokio::test]
async fn a_list_at_rest_costs_one_call_a_page() {
    for (leads, size, calls) in [(99, 20, 5), (101, 20, 6), (7, 50, 1), (0, 50, 1)] {
        let moving = Moving::with(leads);
        let read = moving.read(size, |_, _| ()).await;
        assert_eq!(read, identities((1..=leads).rev()));
        assert_eq!(moving.requests(), calls, "{leads} leads");
    }
}

#[tokio::test]
async fn leads_that_come_in_on_top_make_no_other_one_miss_or_come_twice() {
    for size in [1, 2, 10, 20, 50] {
        for count in [1, 3, 9, 10, 11, 25, 60, 200] {
            let moving = Moving::with(100);
            let read = moving
                .read(size, |rows, page| {
                    if page == 2 {
                        rows.insert_on_top(count);
                    }
                })
                .await;
            assert_eq!(read, identities((1..=100).rev()), "{count} new ones, pages of {size}");
        }
    }
}

#[tokio::test]
async fn one_new_lead_after_every_page_costs_no_call_more() {
    let moving = Moving::with(200);
    let read = moving.read(20, |rows, _| rows.insert_on_top(1)).await;
    assert_eq!(read, identities((1..=200).rev()));
    // Ten pages, and one for the ten rows that were pushed behind them.
    assert_eq!(moving.requests(), 11);
}

#[tokio::test]
async fn leads_that_go_make_no_other_one_miss() {
    for gone in [vec![95], vec![99, 98, 97], vec![81], vec![100, 60, 5], (62..=100).collect()] {
        let moving = Moving::with(100);
        let removed: BTreeSet<u64> = gone.iter().copied().collect();
        let read = moving
            .read(20, |rows, page| {
                if page == 2 {
                    rows.ids.retain(|id| !removed.contains(id));
                }
            })
            .await;
        let given_or_left = (1..=100).rev().filter(|id| *id > 60 || !removed.contains(id));
        assert_eq!(read, identities(given_or_left), "without {gone:?}");
    }
}

#[tokio::test]
async fn one_that_comes_and_one_that_goes_at_once_are_both_seen() {
    for gone in [100, 61, 60, 30] {
        let moving = Moving::with(100);
        let read = moving
            .read(20, |rows, page| {
                if page == 2 {
                    rows.insert_on_top(1);
                    rows.ids.retain(|id| *id != gone);
                }
            })
            .await;
        let expected = (1..=100).rev().filter(|id| *id > 60 || *id != gone);
        assert_eq!(read, identities(expected), "without {gone}");
    }
}

#[tokio::test]
async fn a_lead_that_moves_into_the_next_page_hides_none_and_comes_once() {
    let moving = Moving::with(100);
    let read = moving
        .read(20, |rows, page| {
            if page == 2 {
                // The last lead given goes down by ten rows.
                rows.ids.retain(|id| *id != 61);
                rows.ids.insert(49, 61);
            }
        })
        .await;
    let unique: BTreeSet<&String> = read.iter().collect();
    assert_eq!((read.len(), unique.len()), (100, 100));
}

#[tokio::test]
async fn leads_that_come_in_elsewhere_are_given_or_not_but_hide_none() {
    for at in [0, 5, 39, 40, 41, 70, 100] {
        let moving = Moving::with(100);
        let read = moving
            .read(20, |rows, page| {
                if page == 2 {
                    rows.ids.insert(at, 1_000);
                }
            })
            .await;
        let old: Vec<String> = read.iter().filter(|id| **id != identity(1_000)).cloned().collect();
        assert_eq!(old, identities((1..=100).rev()), "a new row at {at}");
    }
}

#[tokio::test]
async fn when_all_that_is_remembered_goes_leads_come_twice_rather_than_never() {
    let moving = Moving::with(200);
    let read = moving
        .read(20, |rows, page| {
            if page == 3 {
                // Twenty that were given, the last ones, and ten that were not.
                rows.ids.retain(|id| !(131..=160).contains(id));
            }
        })
        .await;
    let given: BTreeSet<String> = read.iter().cloned().collect();
    assert!((1..=130).chain(141..=200).all(|id| given.contains(&identity(id))));
}

#[tokio::test]
async fn a_smaller_page_than_asked_for_is_no_end() {
    let moving = Moving::with(130);
    moving.rows(|rows| rows.clamp = Some(20));
    let read = moving
        .read(100, |rows, page| {
            if page == 3 {
                rows.insert_on_top(45);
            }
        })
        .await;
    assert_eq!(read, identities((1..=130).rev()));
}

#[tokio::test]
async fn a_list_without_a_total_is_read_until_a_page_is_empty() {
    let moving = Moving::with(60);
    moving.rows(|rows| rows.total = Some(serde_json::Value::Null));
    let read = moving
        .read(20, |rows, page| {
            if page == 1 {
                rows.insert_on_top(2);
            }
        })
        .await;
    assert_eq!(read, identities((1..=60).rev()));
}

#[tokio::test]
async fn without_a_total_nobody_is_missed_or_doubled_either() {
    for size in [5, 20, 50] {
        for (come, gone) in [(1, 0), (20, 0), (45, 0), (60, 0), (0, 1), (0, 3), (1, 1), (45, 3)] {
            let moving = Moving::with(100);
            moving.rows(|rows| rows.total = Some(serde_json::Value::Null));
            let read = moving
                .read(size, |rows, page| {
                    if page == 1 {
                        rows.ids.drain(1..=gone);
                        rows.insert_on_top(come);
                    }
                })
                .await;
            assert_eq!(read, identities((1..=100).rev()), "{come} come, {gone} go, {size} a page");
        }
    }
}

#[tokio::test]
async fn a_platform_that_gives_the_same_page_again_is_told_from_one_that_moves() {
    let moving = Moving::with(60);
    moving.rows(|rows| rows.one_page_only = true);
    let query = LeadQuery::all().with_page_size(20);
    let first = moving.page(&query, None).await.unwrap();
    let error = moving.page(&query, first.next.as_ref()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert!(error.to_string().contains("again"), "{error}");
}

#[tokio::test]
async fn without_a_total_a_repeated_page_is_told_from_a_page_of_new_leads() {
    let repeating = Moving::with(60);
    repeating.rows(|rows| {
        rows.one_page_only = true;
        rows.total = Some(serde_json::Value::Null);
    });
    let query = LeadQuery::all().with_page_size(20);
    let first = repeating.page(&query, None).await.unwrap();
    let error = repeating.page(&query, first.next.as_ref()).await.unwrap_err();
    assert!(error.to_string().contains("again"), "{error}");

    let moving = Moving::with(0);
    moving.rows(|rows| rows.total = Some(serde_json::Value::Null));
    moving.before_each(|rows, request| {
        rows.insert_on_top([0, 16, 38, 1, 27].get(request).copied().unwrap_or(0));
    });
    // It ends; which of the new leads are given is open.
    moving.read(27, |_, _| ()).await;
}

#[tokio::test]
async fn a_total_that_is_too_small_or_that_of_a_page_ends_no_list() {
    for leads in [60, 63, 7] {
        for total in [json!(7), json!(0), json!(20), json!(leads - 3), json!("7")] {
            let moving = Moving::with(leads);
            moving.rows(|rows| rows.total = Some(total.clone()));
            let read = moving.read(7, |_, _| ()).await;
            assert_eq!(read, identities((1..=leads).rev()), "{total} of {leads}");
        }
    }
    // One call more tells whether a total is that of the page, or capped.
    for (leads, calls) in [(50, 2), (100, 3)] {
        let moving = Moving::with(leads);
        assert_eq!(moving.read(50, |_, _| ()).await.len() as u64, leads);
        assert_eq!(moving.requests(), calls);
    }
}

#[tokio::test]
async fn a_list_of_full_pages_ends_however_a_page_behind_it_is_answered() {
    for beyond in [Beyond::Nothing, Beyond::TheLastOne, Beyond::AnError] {
        for leads in [7, 14, 70] {
            let moving = Moving::with(leads);
            moving.rows(|rows| rows.beyond = beyond);
            let read = moving.read(7, |_, _| ()).await;
            assert_eq!(read, identities((1..=leads).rev()), "{beyond:?} {leads}");
        }
    }
}

#[tokio::test]
async fn a_total_that_flickers_ends_no_list() {
    let moving = Moving::with(100);
    moving.before_each(|rows, request| {
        rows.total = Some((100 - request % 2).into());
    });
    assert_eq!(moving.read(20, |_, _| ()).await.len(), 100);
}

#[tokio::test]
async fn a_page_that_is_empty_for_once_ends_no_list() {
    // Who is on a page that stays empty cannot be read; those behind it can.
    for (blank, missing) in
        [(vec![1], 0), (vec![2], 0), (vec![5], 0), (vec![3, 3], 20), (vec![1, 1, 2], 40)]
    {
        let moving = Moving::with(100);
        moving.rows(|rows| rows.blank.clone_from(&blank));
        let read = moving.read(20, |_, _| ()).await;
        assert_eq!(read.len(), 100 - missing, "{blank:?}");
        assert_eq!(read.last(), Some(&identity(1)), "{blank:?}");
    }
    let moving = Moving::with(20);
    moving.rows(|rows| (rows.blank, rows.total) = (vec![1], Some(serde_json::Value::Null)));
    assert_eq!(moving.read(50, |_, _| ()).await.len(), 20);
}

#[tokio::test]
async fn a_total_that_promises_more_than_is_listed_ends_the_list_behind_its_last_page() {
    for beyond in [Beyond::Nothing, Beyond::TheLastOne, Beyond::AnError] {
        for (leads, clamp) in [(100, None), (107, None), (100, Some(10))] {
            let moving = Moving::with(leads);
            moving.rows(|rows| {
                (rows.beyond, rows.total, rows.clamp) = (beyond, Some((leads + 30).into()), clamp);
            });
            let read = moving.read(20, |_, _| ()).await;
            assert_eq!(read, identities((1..=leads).rev()), "{beyond:?} {leads} {clamp:?}");
        }
    }
}

#[tokio::test]
async fn who_stands_twice_on_the_first_page_makes_no_other_one_miss() {
    let moving = Moving::with(100);
    moving.rows(|rows| rows.doubled = Some(95));
    let read = moving.read(20, |_, _| ()).await;
    let different: BTreeSet<&String> = read.iter().collect();
    assert_eq!(different.len(), 100);
    assert_eq!(moving.requests(), 6);
}

#[tokio::test]
async fn leads_that_go_and_come_and_go_around_one_page_hide_none() {
    let moving = Moving::with(60);
    moving.before_each(|rows, request| match request {
        4 => drop(rows.ids.remove(2)),
        5 => rows.insert_on_top(1),
        6 => drop(rows.ids.remove(3)),
        _ => {}
    });
    let read: BTreeSet<String> = moving.read(5, |_, _| ()).await.into_iter().collect();
    let there = moving.rows(|rows| rows.ids.clone());
    let missed: Vec<u64> =
        there.into_iter().filter(|id| *id <= 60 && !read.contains(&identity(*id))).collect();
    assert!(missed.is_empty(), "{missed:?}");
}

/// What happens to the list between two pages.
#[derive(Clone, Debug)]
enum Move {
    Rest,
    /// So many come in on top.
    Come(usize),
    /// The rows at these places go.
    Go(Vec<prop::sample::Index>),
}

fn moves(most_gone: usize) -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        2 => Just(Move::Rest),
        3 => (1..40_usize).prop_map(Move::Come),
        3 => prop::collection::vec(any::<prop::sample::Index>(), 1..=most_gone).prop_map(Move::Go),
    ];
    prop::collection::vec(one, 1..12)
}

fn apply(rows: &mut Rows, what: &Move) {
    match what {
        Move::Rest => {}
        Move::Come(count) => rows.insert_on_top(*count),
        Move::Go(places) => {
            for place in places {
                if !rows.ids.is_empty() {
                    rows.ids.remove(place.index(rows.ids.len()));
                }
            }
        }
    }
}

fn read(leads: u64, size: u32, moves: &[Move], each_request: bool) -> (Vec<String>, Vec<u64>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let moving = Moving::with(leads);
    let read = runtime.block_on(async {
        if each_request {
            let moves = moves.to_vec();
            moving.before_each(move |rows, request| {
                if let Some(what) = moves.get(request) {
                    apply(rows, what);
                }
            });
            return moving.read(size, |_, _| ()).await;
        }
        moving
            .read(size, |rows, page| {
                if let Some(what) = moves.get(page) {
                    apply(rows, what);
                }
            })
            .await
    });
    (read, moving.rows(|rows| rows.ids.clone()))
}

fn times(read: &[String]) -> BTreeMap<&str, usize> {
    read.iter().fold(BTreeMap::new(), |mut times, id| {
        *times.entry(id.as_str()).or_default() += 1;
        times
    })
}

proptest! {
    #![proptest_config(ProptestConfig {  max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_stays_is_given_once_and_nobody_twice(
        leads in 0..150_u64,
        size in 1..40_u32,
        moves in moves(6),
    ) {
        let (read, left) = read(leads, size, &moves, false);
        let times = times(&read);
        prop_assert!(times.values().all(|times| *times == 1), "{:?}", times);
        for id in left.into_iter().filter(|id| *id <= leads) {
            prop_assert!(times.contains_key(identity(id).as_str()), "{id} is missing");
        }
    }

    #[test]
    fn nobody_is_missed_however_many_go(
        leads in 0..300_u64,
        size in 1..40_u32,
        moves in moves(120),
    ) {
        let (read, left) = read(leads, size, &moves, false);
        let times = times(&read);
        for id in left.into_iter().filter(|id| *id <= leads) {
            prop_assert!(times.contains_key(identity(id).as_str()), "{id} is missing");
        }
    }

    /// Where more leads than a page holds come in between any two requests, the place may not be
    /// found in time: then leads come twice.
    #[test]
    fn nobody_is_missed_while_leads_come_in_at_every_request(
        leads in 0..150_u64,
        size in 1..40_u32,
        counts in prop::collection::vec(0..60_usize, 1..12),
    ) {
        let moves: Vec<Move> = counts.into_iter().map(Move::Come).collect();
        let (read, _) = read(leads, size, &moves, true);
        let times = times(&read);
        prop_assert!((1..=leads).all(|id| times.contains_key(identity(id).as_str())));
    }

    #[test]
    fn nobody_is_missed_or_doubled_while_fewer_leads_than_a_page_come_in_at_every_request(
        leads in 0..150_u64,
        (size, counts) in (2..40_u32).prop_flat_map(|size| {
            (Just(size), prop::collection::vec(0..size as usize, 1..12))
        }),
    ) {
        let moves: Vec<Move> = counts.into_iter().map(Move::Come).collect();
        let (read, _) = read(leads, size, &moves, true);
        let times = times(&read);
        prop_assert!((1..=leads).all(|id| times.get(identity(id).as_str()) == Some(&1)));
    }

    #[test]
    fn whoever_stays_is_given_while_leads_go_at_every_request(
        leads in 0..150_u64,
        size in 1..40_u32,
        gone in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..6), 1..12),
    ) {
        let moves: Vec<Move> = gone.into_iter().map(Move::Go).collect();
        let (read, left) = read(leads, size, &moves, true);
        let times = times(&read);
        for id in left {
            prop_assert!(times.contains_key(identity(id).as_str()), "{id} is missing");
        }
    }

    #[test]
    fn without_a_total_nobody_is_missed_or_doubled_while_leads_come_in(
        leads in 0..120_u64,
        size in 10..40_u32,
        counts in prop::collection::vec(0..40_usize, 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let moving = Moving::with(leads);
        moving.rows(|rows| rows.total = Some(serde_json::Value::Null));
        let read = runtime.block_on(moving.read(size, |rows, page| {
            rows.insert_on_top(counts.get(page).copied().unwrap_or(0));
        }));
        let times = times(&read);
        prop_assert!((1..=leads).all(|id| times.get(identity(id).as_str()) == Some(&1)));
    }
}
