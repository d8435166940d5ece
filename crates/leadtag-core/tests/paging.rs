//! Lists as streams: whole, lazy, without loops, and resumable.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{FutureExt, Stream, StreamExt, TryStreamExt};
use leadtag_core::{
    ContactRef, Cursor, Error, ErrorKind, Items, LeadQuery, LeadsProvider, LeadsProviderExt, Page,
    Pages, Platform, Result, TagNode, TagProvider, TagProviderExt, TagQuery,
};
use leadtag_testkit::conformance::{LeadFixture, TagFixture, run_leads, run_tags};
use leadtag_testkit::{
    MemoryLeadsProvider, MemoryTagProvider, lead_capabilities, sample_leads, tag_capabilities,
};

const HERE: Platform = Platform::new("here");

fn cursor(to: usize) -> Cursor {
    Cursor::new(HERE, &"list", to.to_string())
}

fn place(cursor: Option<&Cursor>) -> usize {
    cursor.map_or(0, |cursor| cursor.position(HERE, &"list").unwrap().parse().unwrap())
}

/// A list whose page `n` is what `page(n)` says, and a counter of what was fetched.
fn list<F>(page: F) -> (Pages<'static, usize>, Arc<AtomicUsize>)
where
    F: Fn(usize) -> Result<Page<usize>> + Send + Sync + 'static,
{
    list_from(None, page)
}

fn list_from<F>(start: Option<Cursor>, page: F) -> (Pages<'static, usize>, Arc<AtomicUsize>)
where
    F: Fn(usize) -> Result<Page<usize>> + Send + Sync + 'static,
{
    let fetched = Arc::new(AtomicUsize::new(0));
    let (counter, page) = (Arc::clone(&fetched), Arc::new(page));
    let pages = Pages::new(start, move |cursor| {
        let (counter, page) = (Arc::clone(&counter), Arc::clone(&page));
        Box::pin(async move {
            counter.fetch_add(1, Ordering::SeqCst);
            page(place(cursor.as_ref()))
        })
    });
    (pages, fetched)
}

/// Ten pages of two items each.
fn ten_pages(number: usize) -> Result<Page<usize>> {
    let next = (number < 9).then(|| cursor(number + 1));
    Ok(Page::new(vec![2 * number, 2 * number + 1], next))
}

#[tokio::test]
async fn all_pages_are_read_to_the_last() {
    let (pages, fetched) = list(ten_pages);
    let items: Vec<usize> = pages.items().try_collect().await.unwrap();
    assert_eq!(items, (0..20).collect::<Vec<_>>());
    assert_eq!(fetched.load(Ordering::SeqCst), 10);
}

#[tokio::test]
async fn empty_pages_in_the_middle_are_followed() {
    let (pages, _) = list(|number| {
        let items = if number == 99 { vec![7] } else { Vec::new() };
        Ok(Page::new(items, (number < 100).then(|| cursor(number + 1))))
    });
    let items: Vec<usize> = pages.items().try_collect().await.unwrap();
    assert_eq!(items, [7]);
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error_and_not_a_loop() {
    for length in [1, 2, 7] {
        for lead in [0, 1, 5] {
            let (pages, fetched) = list(move |number| {
                let next = if number + 1 < lead + length { number + 1 } else { lead };
                Ok(Page::new(vec![number], Some(cursor(next))))
            });
            let outcome: Result<Vec<usize>> = pages.items().take(1000).try_collect().await;
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Platform);
            assert!(error.to_string().contains("repeats a cursor"), "{error}");
            let fetched = fetched.load(Ordering::SeqCst);
            assert!(fetched <= 6 * (lead + length) + 6, "{fetched} for {lead}+{length}");
        }
    }
}

#[tokio::test]
async fn a_long_list_without_a_cycle_is_not_taken_for_one() {
    let (pages, _) =
        list(|number| Ok(Page::new(vec![number], (number < 100_000).then(|| cursor(number + 1)))));
    let count = pages.items().try_fold(0, |count, _| async move { Ok(count + 1) }).await;
    assert_eq!(count.unwrap(), 100_001);
}

#[tokio::test]
async fn an_error_on_a_page_leaves_the_cursor_from_which_it_is_read_again() {
    let fails = Arc::new(Mutex::new(true));
    let state = Arc::clone(&fails);
    let page = move |number: usize| {
        if number == 4 && std::mem::take(&mut *state.lock().unwrap()) {
            return Err(Error::new(ErrorKind::Transport, "the connection broke"));
        }
        ten_pages(number)
    };
    let page = Arc::new(page);
    let first = Arc::clone(&page);
    let (pages, _) = list(move |number| first(number));
    let mut items = pages.items();
    let mut read = Vec::new();
    let error = loop {
        match items.next().await.unwrap() {
            Ok(item) => read.push(item),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(items.next().await.is_none(), "the stream is over after an error");
    let at = items.cursor().cloned();
    assert_eq!(at, Some(cursor(4)));
    let (rest, _) = list_from(at, move |number| page(number));
    read.extend(rest.items().try_collect::<Vec<_>>().await.unwrap());
    assert_eq!(read, (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_reader_that_stops_within_a_page_begins_again_with_that_page() {
    let (pages, _) = list(ten_pages);
    let mut items = pages.items();
    for _ in 0..7 {
        items.next().await.unwrap().unwrap();
    }
    assert_eq!(items.cursor(), Some(&cursor(3)), "item 7 of page 3 was not given yet");
    items.next().await.unwrap().unwrap();
    assert_eq!(items.cursor(), Some(&cursor(4)), "page 3 was given to its end");
}

#[tokio::test]
async fn nothing_is_fetched_that_is_not_polled() {
    let (pages, fetched) = list(ten_pages);
    let mut items = pages.items();
    assert_eq!(fetched.load(Ordering::SeqCst), 0);
    for (item, pages) in [(0, 1), (1, 1), (2, 2), (3, 2), (4, 3)] {
        assert_eq!(items.next().await.unwrap().unwrap(), item);
        assert_eq!(fetched.load(Ordering::SeqCst), pages);
    }
}

#[tokio::test]
async fn a_poll_that_is_given_up_loses_nothing() {
    let gate = leadtag_testkit::Gate::new();
    let held = gate.clone();
    let mut pages = Pages::new(None, move |cursor| {
        let held = held.clone();
        Box::pin(async move {
            held.passed().await;
            ten_pages(place(cursor.as_ref()))
        })
    });
    for _ in 0..3 {
        assert!(pages.next().now_or_never().is_none());
    }
    gate.open();
    assert_eq!(pages.next().await.unwrap().unwrap().items, [0, 1]);
}

fn tags() -> MemoryTagProvider {
    let capabilities = tag_capabilities::grouped_with_empty_groups();
    MemoryTagProvider::new(HERE, capabilities)
        .with_contacts([ContactRef::new("c1")])
        .with_tags("Stage", ["new", "won"])
        .with_tags("Source", ["fair"])
        .with_tags("Size", ["small"])
}

fn leads() -> MemoryLeadsProvider {
    MemoryLeadsProvider::new(HERE, lead_capabilities::full(), sample_leads(HERE, 9))
}

#[tokio::test]
async fn streams_of_a_shared_provider_can_be_read_in_another_task() {
    let provider: Arc<dyn TagProvider> = Arc::new(tags());
    let count = tokio::spawn(async move {
        let nodes: Vec<TagNode> =
            provider.tag_pages(TagQuery::all()).items().try_collect().await.unwrap();
        nodes.len()
    });
    assert_eq!(count.await.unwrap(), 3);
    let provider: Arc<dyn LeadsProvider> = Arc::new(leads());
    let query = LeadQuery::all().with_page_size(2);
    let count = tokio::spawn(async move { provider.lead_pages(query).items().count().await });
    assert_eq!(count.await.unwrap(), 9);
}

#[test]
fn streams_and_futures_of_providers_are_send() {
    fn is_send<T: Send>(_: T) {}
    fn is_stream<S: Stream + Send + Unpin>(_: S) {}
    let tags: Arc<dyn TagProvider> = Arc::new(tags());
    let leads: Arc<dyn LeadsProvider> = Arc::new(leads());
    is_stream(tags.tag_pages(TagQuery::all()));
    is_stream(tags.tag_contact_pages("1".into()).items());
    is_stream(leads.lead_pages(LeadQuery::all()));
    is_stream(leads.interaction_pages("1".into()).items());
    is_send(tags.tag_tree(TagQuery::all()));
    is_send(tags.all_tags());
    is_send(leads.get_lead(&"1".into()));
}

#[test]
fn a_stream_of_pages_and_its_items_are_named_types() {
    let (pages, _) = list(ten_pages);
    let items: Items<'static, usize> = pages.items();
    assert_eq!(items.cursor(), None);
}

#[tokio::test]
async fn a_provider_behind_any_pointer_is_the_provider() {
    let fixture = || TagFixture::new("zz-").with_contact(ContactRef::new("c1"));
    let plain = tags();
    let expected: Vec<_> = run_tags(&plain, &fixture()).await.passed().collect();
    let pointers: [Box<dyn TagProvider>; 4] = [
        Box::new(Arc::new(tags())),
        Box::new(Box::new(tags())),
        Box::new(Arc::new(tags()) as Arc<dyn TagProvider>),
        Box::new(Box::new(tags()) as Box<dyn TagProvider>),
    ];
    for provider in &pointers {
        let report = run_tags(provider, &fixture()).await;
        report.assert_passed();
        assert_eq!(report.passed().collect::<Vec<_>>(), expected);
    }
    let borrowed: &dyn TagProvider = &plain;
    run_tags(&borrowed, &fixture()).await.assert_passed();
}

#[tokio::test]
async fn a_leads_provider_behind_any_pointer_is_the_provider() {
    let plain = leads();
    let pointers: [Box<dyn LeadsProvider>; 3] = [
        Box::new(Arc::new(leads())),
        Box::new(Box::new(leads()) as Box<dyn LeadsProvider>),
        Box::new(Arc::new(leads()) as Arc<dyn LeadsProvider>),
    ];
    let fixture = LeadFixture::new("none");
    let expected: Vec<_> = run_leads(&plain, &fixture).await.passed().collect();
    for provider in &pointers {
        let report = run_leads(provider, &fixture).await;
        report.assert_passed();
        assert_eq!(report.passed().collect::<Vec<_>>(), expected);
    }
    let borrowed: &dyn LeadsProvider = &plain;
    run_leads(&borrowed, &fixture).await.assert_passed();
}
