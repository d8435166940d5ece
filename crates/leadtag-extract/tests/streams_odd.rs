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

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadtag_core::{
    Clock, Cursor, Error as PlatformError, ErrorKind, Interaction, Lead, LeadCapabilities, LeadId,
    LeadQuery, LeadsProvider, Page, Platform, PlatformTime, SecretString, Timestamp, UtcOffset,
    async_trait,
};
use leadtag_extract::{Cell, PiiMode, PullOptions, Source, StreamReport};
use leadtag_testkit::{MemoryLeadsProvider, raw_json};
use serde_json::json;
use support::streams::*;

type Answer = Box<dyn Fn(Option<&Cursor>, Page<Lead>) -> Page<Lead> + Send + Sync>;
type Refusal = Box<dyn Fn(&LeadId) -> Option<PlatformError> + Send + Sync>;
type Question = Box<dyn Fn(&mut LeadQuery) + Send + Sync>;
type Rule = Box<dyn Fn(&LeadQuery) -> bool + Send + Sync>;
type Interactions = Box<dyn Fn(Option<&Cursor>) -> Page<Interaction> + Send + Sync>;

/// A provider whose answers are changed on their way.
struct Odd {
    real: MemoryLeadsProvider,
    answer: Answer,
    refusal: Refusal,
    question: Question,
    rule: Rule,
    interactions: Option<Interactions>,
}

impl Odd {
    fn new(real: &MemoryLeadsProvider) -> Self {
        let answer: Answer = Box::new(|_, page| page);
        let (refusal, question): (Refusal, Question) = (Box::new(|_| None), Box::new(|_| ()));
        let rule: Rule = Box::new(|_| true);
        Self { real: real.clone(), answer, refusal, question, rule, interactions: None }
    }

    /// Takes such queries only.
    fn allowing(mut self, rule: impl Fn(&LeadQuery) -> bool + Send + Sync + 'static) -> Self {
        self.rule = Box::new(rule);
        self
    }

    /// Takes what is asked for to be something else.
    fn taking(mut self, question: impl Fn(&mut LeadQuery) + Send + Sync + 'static) -> Self {
        self.question = Box::new(question);
        self
    }

    /// Gives these interactions, whatever is asked for.
    fn telling(
        mut self,
        page: impl Fn(Option<&Cursor>) -> Page<Interaction> + Send + Sync + 'static,
    ) -> Self {
        self.interactions = Some(Box::new(page));
        self
    }

    fn answering(
        mut self,
        answer: impl Fn(Option<&Cursor>, Page<Lead>) -> Page<Lead> + Send + Sync + 'static,
    ) -> Self {
        self.answer = Box::new(answer);
        self
    }

    /// Refuses the interactions of leads.
    fn refusing(
        mut self,
        refusal: impl Fn(&LeadId) -> Option<PlatformError> + Send + Sync + 'static,
    ) -> Self {
        self.refusal = Box::new(refusal);
        self
    }
}

#[async_trait]
impl LeadsProvider for Odd {
    fn platform(&self) -> Platform {
        self.real.platform()
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        self.real.lead_capabilities()
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Lead>> {
        if !(self.rule)(query) {
            return Err(PlatformError::invalid_argument(format!("not allowed: {query:?}")));
        }
        let mut query = query.clone();
        (self.question)(&mut query);
        if query.until.is_some() && query.since >= query.until {
            return Ok(Page::last(Vec::new()));
        }
        let page = match self.real.fetch_lead_page(&query, cursor).await {
            // The cursor was made up by the answer before.
            Err(error) if error.kind() == ErrorKind::InvalidArgument => Page::last(Vec::new()),
            page => page?,
        };
        Ok((self.answer)(cursor, page))
    }

    async fn get_lead(&self, id: &LeadId) -> leadtag_core::Result<Lead> {
        self.real.get_lead(id).await
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> leadtag_core::Result<Page<Interaction>> {
        if let Some(page) = &self.interactions {
            return Ok(page(cursor));
        }
        match (self.refusal)(id) {
            Some(error) => Err(error),
            None => self.real.fetch_interaction_page(id, cursor).await,
        }
    }
}

async fn pull(rig: &Rig, odd: Odd, change: impl FnOnce(&mut PullOptions)) -> StreamReport {
    let source = Source::new("crm", Arc::new(odd) as Arc<dyn LeadsProvider>);
    rig.pull_all(vec![source], change).await.unwrap().streams.remove(0)
}

fn small_pages(options: &mut PullOptions) {
    options.page_size = Some(4);
    options.commit_rows = 1;
}

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
    assert_eq!((report.skipped, report.leads.deleted), (2, 0), "{report:?}");
    assert!(report.notices.iter().any(|text| text.contains("counts 20")), "{report:?}");
}

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
