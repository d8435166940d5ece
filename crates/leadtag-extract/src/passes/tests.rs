use super::*;
use crate::tail::Tail;

fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(second).unwrap()
}

fn wanted(since: Option<i64>, until: Option<i64>, full: bool) -> Wanted {
    Wanted {
        since: since.map(at),
        until: until.map(at),
        full,
        look_back: Duration::from_secs(3_600),
        refresh: None,
    }
}

const DAY: i64 = 86_400;
const NOW: i64 = 1_000 * DAY;

fn plain() -> Wanted {
    wanted(None, None, false)
}

fn span(from: Option<i64>, to: i64) -> Span {
    Span { from: from.map(at), to: at(to) }
}

fn pass(from: Option<i64>, until: Option<i64>, reached: Option<i64>, to: i64) -> Pass {
    let (from, until, at_) = (from.map(at), until.map(at), reached.map(at));
    Pass { from, until, at: at_, to: at(to), full: false }
}

/// A stream with so many leads that its tail does not reach back to its start.
fn long(done: Span) -> Progress {
    let mut progress = Progress { done: Some(done), ..Progress::default() };
    (0..5_000).for_each(|n| progress.tail.add(at(done.to.as_unix_seconds() - 5_000 + n), 1));
    progress.newest = Some(done.to);
    progress
}

fn run(progress: &mut Progress, wanted: &Wanted, now: i64) -> Option<Planned> {
    let planned = progress.first(wanted, at(now))?;
    if planned.resumed {
        progress.pass = Some(planned.pass);
    } else {
        progress.begin(planned.pass);
    }
    Some(planned)
}

#[test]
fn the_first_pass_has_no_start_and_no_end() {
    let planned = run(&mut Progress::default(), &plain(), NOW).unwrap();
    assert_eq!((planned.pass.from, planned.pass.until), (None, None));
    assert_eq!(planned.pass.to, at(NOW));
}

#[test]
fn the_next_pass_begins_before_the_end_of_the_last_one() {
    let mut progress = long(span(None, NOW));
    let from = run(&mut progress, &plain(), NOW + DAY).unwrap().pass.from;
    assert_eq!(from, Some(at(NOW - 7 * DAY)));
    let mut few = Progress { done: Some(span(None, NOW)), ..Progress::default() };
    few.tail.add(at(DAY), 100);
    assert_eq!(run(&mut few, &plain(), NOW + DAY).unwrap().pass.from, None);
    let mut all = long(span(Some(DAY), NOW));
    let everywhere = Wanted { refresh: Some(Duration::MAX), ..plain() };
    assert_eq!(run(&mut all, &everywhere, NOW).unwrap().pass.from, Some(at(DAY)));
    // Who says how far back says it of few leads too.
    let mut few = Progress { done: Some(span(None, NOW)), ..Progress::default() };
    (few.newest, few.tail) = (Some(at(NOW - 2 * DAY)), Tail::default());
    few.tail.add(at(DAY), 100);
    let near = Wanted { refresh: Some(Duration::from_secs(3_600)), ..plain() };
    let from = run(&mut few, &near, NOW + DAY).unwrap().pass.from;
    assert_eq!(from, Some(at(NOW - 2 * DAY - 3_600)));
}

#[test]
fn an_end_in_the_future_does_not_end_the_stream() {
    let mut progress = long(span(None, NOW));
    run(&mut progress, &wanted(None, Some(NOW + 900 * DAY), false), NOW).unwrap();
    progress.complete();
    assert_eq!(progress.done, Some(span(None, NOW)));
    // Nor does a clock that was wrong once.
    let mut ahead = long(span(None, NOW + 900 * DAY));
    let from = run(&mut ahead, &plain(), NOW).unwrap().pass.from.unwrap();
    assert!(from < at(NOW));
}

#[test]
fn what_is_read_never_grows_over_a_hole() {
    let mut progress = long(span(Some(500 * DAY), NOW));
    run(&mut progress, &wanted(Some(100 * DAY), Some(200 * DAY), false), NOW).unwrap();
    progress.complete();
    assert_eq!(progress.done, Some(span(Some(500 * DAY), NOW)));
    run(&mut progress, &wanted(Some(100 * DAY), Some(500 * DAY), false), NOW).unwrap();
    progress.complete();
    assert_eq!(progress.done, Some(span(Some(100 * DAY), NOW)));
    let behind = wanted(Some(NOW + DAY), None, false);
    assert_eq!(progress.gap(&behind), Some(span(Some(NOW), NOW + DAY)));
    let before = wanted(Some(10 * DAY), Some(50 * DAY), false);
    assert_eq!(progress.gap(&before), Some(span(Some(50 * DAY), 100 * DAY)));
    for joins in [
        wanted(Some(10 * DAY), Some(100 * DAY), false),
        wanted(Some(10 * DAY), None, false),
        wanted(None, Some(50 * DAY), false),
    ] {
        assert_eq!(progress.gap(&joins), None);
    }
    run(&mut progress, &behind, NOW + 2 * DAY).unwrap();
    progress.complete();
    assert_eq!(progress.done, Some(span(Some(100 * DAY), NOW)));
}

#[test]
fn an_end_before_the_start_reads_nothing() {
    let mut progress = long(span(None, NOW));
    assert_eq!(progress.first(&wanted(None, Some(DAY), false), at(NOW)), None);
    assert_eq!(progress, long(span(None, NOW)));
}

#[test]
fn an_unfinished_pass_is_finished_first() {
    let old = pass(None, None, Some(300 * DAY), NOW);
    let mut progress = Progress { pass: Some(old), ..Progress::default() };
    let planned = run(&mut progress, &plain(), NOW + DAY).unwrap();
    assert_eq!((planned.pass, planned.resumed), (old, true));
    progress.complete();
    assert_eq!(progress.done, Some(span(None, NOW)));
    let next = progress.rest(&old, &plain(), at(NOW + DAY)).last().unwrap();
    assert_eq!((next.pass.to, next.resumed), (at(NOW + DAY), false));
}

#[test]
fn a_full_pull_that_was_killed_goes_on_and_is_not_done_twice() {
    let mut progress = long(span(Some(DAY), NOW));
    let full = wanted(None, None, true);
    let first = run(&mut progress, &full, NOW).unwrap();
    assert_eq!(first.pass.from, None);
    progress.pass = Some(Pass { at: Some(at(50 * DAY)), ..first.pass });
    let again = run(&mut progress, &full, NOW + 60).unwrap();
    assert_eq!((again.resumed, again.pass.at), (true, Some(at(50 * DAY))));
    progress.complete();
    progress.tail = long(span(None, NOW)).tail;
    let next = progress.rest(&again.pass, &full, at(NOW + 60)).last().unwrap();
    assert!(next.pass.from.is_some_and(|from| from > at(900 * DAY)), "{next:?}");
}

#[test]
fn a_full_pull_does_not_go_on_with_one_that_was_not_full() {
    let old = pass(None, None, Some(300 * DAY), NOW);
    let mut progress = Progress { pass: Some(old), ..Progress::default() };
    let planned = run(&mut progress, &wanted(None, None, true), NOW + 60).unwrap();
    assert_eq!((planned.resumed, planned.pass.at, planned.pass.full), (false, None, true));
    // What was read counts all the same.
    assert_eq!(progress.done, Some(span(None, 300 * DAY)));
}

#[test]
fn a_pass_that_reads_all_that_is_left_takes_the_place_of_the_old_one() {
    let old = pass(None, None, Some(300 * DAY), NOW);
    let mut progress = Progress { pass: Some(old), ..Progress::default() };
    let planned = run(&mut progress, &wanted(Some(200 * DAY), None, false), NOW + DAY).unwrap();
    assert!(!planned.resumed);
    assert_eq!(planned.pass.from, Some(at(200 * DAY)));
    progress.complete();
    assert_eq!(progress.done, Some(span(None, NOW + DAY)));
    // One that leaves something of it waits for its turn.
    let mut progress = Progress { pass: Some(old), ..Progress::default() };
    assert!(run(&mut progress, &wanted(Some(400 * DAY), None, false), NOW + DAY).unwrap().resumed);
}

#[test]
fn what_was_read_before_a_pass_was_cut_off_is_owed_until_it_is_read_again() {
    let cut_off = || {
        let mut progress = Progress {
            pass: Some(pass(None, None, Some(500 * DAY), NOW)),
            newest: Some(at(500 * DAY)),
            ..Progress::default()
        };
        (0..5_000).for_each(|n| progress.tail.add(at(500 * DAY - 5_000 + n), 1));
        let planned = run(&mut progress, &plain(), NOW + DAY).unwrap();
        assert!(planned.resumed);
        progress.complete();
        // Newer ones came.
        (progress.newest, progress.tail) = (Some(at(NOW)), long(span(None, NOW)).tail);
        (progress, planned.pass)
    };
    let owed = pass(Some(493 * DAY), Some(500 * DAY), None, 500 * DAY);
    let (mut progress, resumed) = cut_off();
    let rest: Vec<_> = progress.rest(&resumed, &plain(), at(NOW + DAY)).collect();
    assert_eq!((rest.len(), rest[0].pass), (2, owed));
    assert!(rest[1].pass.from > Some(at(NOW - 8 * DAY)));
    progress.begin(owed);
    assert_eq!(progress.rest(&resumed, &plain(), at(NOW + DAY)).count(), 1);
    // Behind it the leads are read that came since; where that is cut off, and not gone on with for days,
    // what was read before it is owed again.
    let (mut progress, resumed) = cut_off();
    progress.newest = Some(at(500 * DAY));
    let late = progress.rest(&resumed, &plain(), at(NOW + DAY)).last().unwrap().pass;
    assert_eq!(late.from, Some(at(NOW - 3_600)));
    progress.begin(late);
    run(&mut progress, &plain(), NOW + 9 * DAY).unwrap();
    assert_eq!(progress.again.unwrap().from, Some(at(493 * DAY)));
    // Where it was not read, the next pull begins with it, unless other leads are asked for.
    let (mut progress, resumed) = cut_off();
    assert_eq!(run(&mut progress.clone(), &plain(), NOW).unwrap().pass.from, owed.from);
    let near = wanted(Some(NOW), None, false);
    assert_eq!(run(&mut progress, &near, NOW).unwrap().pass.from, Some(at(NOW)));
    // All that is read again has it.
    let everywhere = Wanted { refresh: Some(Duration::MAX), ..plain() };
    assert_eq!(progress.rest(&resumed, &everywhere, at(NOW + DAY)).count(), 1);
}

#[test]
fn seconds_are_whole() {
    let half = at(5).saturating_add(Duration::from_millis(500));
    assert_eq!((floor(half), ceil(half), ceil(at(5))), (at(5), at(6), at(5)));
    assert_eq!(earlier(at(5), Duration::from_secs(9)), Timestamp::UNIX_EPOCH);
}
