//! What is sent, and how.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use leadtag_core::{ContactRef, Error, ErrorKind, TagId};
use leadtag_taxonomy::{AssignWatch, Lock};
use leadtag_testkit::{ManualClock, MemoryTagProvider, TagCall, tag_capabilities};

use crate::bench::{Dir, HERE, Watched, carried, contact, id, options, provider, target};

#[tokio::test]
async fn all_rows_of_a_contact_are_one_write() {
    let (dir, can) = (Dir::new(), tag_capabilities::grouped());
    let provider = provider(can).with_marks(contact(can, "c1"), ["t2"]);
    let text = "provider,owner,contact,add,remove\n\
                p,o,c1,b;c,\np,o,c2,a,\np,o,c1,c;d,a\n";
    let (report, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((report.providers[0].sent, counts.ok), (2, 3));
    assert_eq!(provider.writes().len(), 2);
    assert_eq!(carried(&provider, &contact(can, "c1")), "bcd");
    assert_eq!(carried(&provider, &contact(can, "c2")), "a");
}

#[tokio::test]
async fn every_way_of_writing_ends_in_the_same_tags() {
    for can in [
        tag_capabilities::flat(),
        tag_capabilities::flat_one_by_one(),
        tag_capabilities::small(),
        tag_capabilities::grouped(),
        tag_capabilities::grouped_with_empty_groups(),
        tag_capabilities::replacing(),
        tag_capabilities::replacing_blindly(),
    ] {
        let dir = Dir::new();
        let provider = provider(can);
        let ids: Vec<TagId> = ["a", "b"].map(|name| id(&provider, name)).to_vec();
        let provider = provider.with_marks(contact(can, "c1"), ids);
        let text = "owner,contact,add,remove,current\no,c1,c,a,a;b\n";
        let mut options = options(&ManualClock::new());
        options.default_provider = Some("p".to_owned());
        let (_, counts) = dir.run(text, &provider, options).await;
        assert!(counts.is_good(), "{can:?}: {}", dir.results());
        assert_eq!(carried(&provider, &contact(can, "c1")), "bc", "{can:?}");
    }
}

#[tokio::test]
async fn what_a_contact_has_already_is_not_sent_where_it_is_known() {
    let (dir, can) = (Dir::new(), tag_capabilities::flat_one_by_one());
    let provider = provider(can).with_marks(contact(can, "c1"), ["t1"]);
    let text = "provider,contact,add,remove\np,c1,a,\np,c1,,b\np,c2,a,b\np,c3,,\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.unchanged, counts.ok), (3, 1));
    assert_eq!(dir.statuses(), ["unchanged", "unchanged", "ok", "unchanged"]);
    assert_eq!(provider.writes().len(), 1);
}

#[tokio::test]
async fn a_set_that_cannot_be_read_is_shown_with_what_stays() {
    let (dir, can) = (Dir::new(), tag_capabilities::replacing_blindly());
    let provider = provider(can);
    let text = "provider,owner,contact,add,remove,current\np,o,c1,a,b,b;c\n";
    let options = options(&ManualClock::new());
    let prepared = dir.prepare(text, &provider, &Lock::default(), options).await.unwrap();
    assert_eq!(prepared.examples()[0].to_string(), "+a -b =c");
    prepared.discard().unwrap();
    assert_eq!(provider.writes(), []);
    assert!(!dir.path("work").exists());
}

#[tokio::test]
async fn an_owner_that_the_platform_does_not_ask_for_makes_no_second_contact() {
    let (dir, can) = (Dir::new(), tag_capabilities::flat());
    let provider = provider(can);
    let text = "provider,owner,contact,add\np,x,c1,a\np,y,c1,b\np,,c1,c\n";
    dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!(provider.writes().len(), 1);
    assert_eq!(carried(&provider, &contact(can, "c1")), "abc");
}

#[tokio::test]
async fn at_most_five_contacts_are_in_flight_and_each_once() {
    let dir = Dir::new();
    let inner = MemoryTagProvider::new(HERE, tag_capabilities::flat())
        .with_tags("", ["a"])
        .with_contacts((0..200).map(|n| ContactRef::new(format!("c{n}"))));
    let provider = Watched::new(inner.clone());
    let rows: String = (0..400).map(|n| format!("p,c{},a\n", n % 200)).collect();
    let text = format!("provider,contact,add\n{rows}");
    let (_, counts) = dir.run(&text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, inner.writes().len()), (400, 200));
    assert_eq!(provider.most(), (5, 1));
}

struct Waits(AtomicUsize);

impl AssignWatch for Waits {
    fn waiting(&self, _: &str, _: Duration) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_throttled_provider_is_waited_for_and_no_row_is_lost() {
    let (dir, clock) = (Dir::new(), ManualClock::new());
    let provider = provider(tag_capabilities::flat());
    // The list, and one write.
    provider.pass_next(2);
    for _ in 0..3 {
        let limit = Error::new(ErrorKind::RateLimited, "too many");
        provider.fail_next(limit.with_retry_after(Duration::from_secs(30)));
    }
    let rows: String = (0..10).map(|n| format!("p,c{n},a\n")).collect();
    let text = format!("provider,contact,add\n{rows}");
    let slow = Watched::new(provider.clone());
    let targets = [target(&slow)];
    let waits = Waits(AtomicUsize::new(0));
    let lock = Lock::default();
    let mut prepared =
        clock.run(dir.prepare(&text, &provider, &lock, options(&clock))).await.unwrap();
    clock.run(prepared.send(&targets, &waits)).await.unwrap();
    assert_eq!(prepared.finish(&dir.path("results")).unwrap().ok, 10);
    assert_eq!(waits.0.load(Ordering::Relaxed), 1, "three were in flight, it is one pause");
    assert!(clock.slept().iter().sum::<Duration>() >= Duration::from_secs(30));
}

#[tokio::test]
async fn a_provider_that_cannot_work_is_left_alone() {
    let dir = Dir::new();
    let provider = provider(tag_capabilities::flat());
    provider.pass_next(1);
    provider.fail_next(Error::new(ErrorKind::Unauthenticated, "no"));
    let rows: String = (0..10).map(|n| format!("p,c{n},a\n")).collect();
    let text = format!("provider,contact,add\n{rows}");
    let (report, counts) = dir.run(&text, &provider, options(&ManualClock::new())).await;
    let stopped = report.providers[0].stopped.as_ref().unwrap();
    assert!(stopped.contains("not authenticated"), "{stopped}");
    assert_eq!((counts.failed, counts.ok + counts.failed + counts.not_sent), (1, 10));
    assert!(counts.not_sent >= 5, "{counts:?}");
}

#[tokio::test]
async fn after_twenty_failures_in_a_row_a_provider_is_left_alone() {
    let dir = Dir::new();
    let provider = MemoryTagProvider::new(HERE, tag_capabilities::flat())
        .with_tags("", ["a"])
        .with_contacts((0..100).map(|n| ContactRef::new(format!("c{n}"))));
    provider.pass_next(1);
    (0..100).for_each(|_| provider.fail_next(Error::new(ErrorKind::Transport, "broken")));
    let rows: String = (0..100).map(|n| format!("p,c{n},a\n")).collect();
    let text = format!("provider,contact,add\n{rows}");
    let (report, counts) = dir.run(&text, &provider, options(&ManualClock::new())).await;
    assert!(report.providers[0].stopped.as_ref().unwrap().contains("20 failures in a row"));
    assert!((20..=25).contains(&counts.failed), "{counts:?}");
}

#[tokio::test]
async fn whom_every_contact_is_denied_from_the_start_is_left_alone() {
    for allowed in [0, 1] {
        let dir = Dir::new();
        let provider = MemoryTagProvider::new(HERE, tag_capabilities::flat())
            .with_tags("", ["a"])
            .with_contacts((0..50).map(|n| ContactRef::new(format!("c{n}"))));
        provider.pass_next(1 + allowed);
        (0..49).for_each(|_| provider.fail_next(Error::new(ErrorKind::PermissionDenied, "no")));
        let rows: String = (0..50).map(|n| format!("p,c{n},a\n")).collect();
        let text = format!("provider,contact,add\n{rows}");
        let (report, _) = dir.run(&text, &provider, options(&ManualClock::new())).await;
        assert_eq!(report.providers[0].stopped.is_some(), allowed == 0);
    }
}

#[tokio::test]
async fn a_contact_that_fails_does_not_hinder_the_next() {
    let (dir, can) = (Dir::new(), tag_capabilities::flat());
    let provider = provider(can);
    let text = "provider,contact,add\np,c1,a\np,nobody,a\np,c2,a\n";
    let (report, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.failed), (2, 1));
    assert_eq!(dir.statuses(), ["ok", "failed", "ok"]);
    assert!(dir.results().contains("not found"), "{}", dir.results());
    assert_eq!(report.providers[0].stopped, None);
}

#[tokio::test]
async fn logical_keys_come_from_the_lock() {
    let dir = Dir::new();
    let provider = provider(tag_capabilities::flat());
    let text = "version = 1\n\n[providers.p]\nplatform = \"here\"\ntags = [\n  \
                { key = \"k.x\", id = \"t6\", name = \"f\" },\n]\n";
    let lock = Lock::parse(text, "tags.lock").unwrap();
    let options = options(&ManualClock::new());
    let rows = "provider,contact,add\np,c1,k.x\n";
    let mut prepared = dir.prepare(rows, &provider, &lock, options).await.unwrap();
    prepared.send(&[target(&provider)], &()).await.unwrap();
    assert_eq!(provider.carried_by(&ContactRef::new("c1")), [TagId::new("t6")]);
}

#[tokio::test]
async fn a_write_of_no_effect_on_the_set_replaces_nothing() {
    let (dir, can) = (Dir::new(), tag_capabilities::replacing_blindly());
    let provider = provider(can);
    let text = "provider,owner,contact,add,remove,current\np,o,c1,a,b,a;c\np,o,c2,,b,[]\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!(counts.unchanged, 2);
    assert!(!provider.calls().iter().any(TagCall::is_write));
}
