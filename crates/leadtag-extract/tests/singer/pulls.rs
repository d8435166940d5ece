//! Whole pulls into a tap, and what a target has of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use leadtag_extract::singer::{Catalog, State, Tap};
use leadtag_extract::{Layout, PiiPolicy, PullOptions, Recorder, Source, Stop, pull};
use leadtag_testkit::{ManualClock, MemoryLeadsProvider};

use crate::shared::streams::{NOW, forward, ids_of, lead, leads, snapshots, windows};
use crate::spec::Read;
use crate::support::Output;

/// One run of a tap, from this state on. What it wrote was held against the rules.
async fn run(provider: &MemoryLeadsProvider, state: &str, limit: Option<u64>) -> Read {
    run_by(provider, state, limit, "INCREMENTAL").await
}

/// The same with this replication method.
async fn run_by(
    provider: &MemoryLeadsProvider,
    state: &str,
    limit: Option<u64>,
    method: &str,
) -> Read {
    let mut options = PullOptions::default();
    let clock = ManualClock::new();
    options.clock = Arc::new(clock.clone());
    options.page_size = Some(4);
    options.commit_rows = 1;
    // No edits are looked for: what is sent twice is sent for another reason.
    options.refresh = Some(Duration::ZERO);
    options.limit = limit;
    let recorder = Recorder::new(&Layout::default(), &PiiPolicy::default()).unwrap();
    let tables = vec![
        recorder.leads(None).unwrap().table().clone(),
        recorder.interactions(None).unwrap().table().clone(),
    ];
    let mut catalog = Catalog::discover(&[crate::support::forward("crm")], &tables).unwrap();
    let mut chosen = catalog.to_json();
    let root = &mut chosen["streams"][0]["metadata"][0]["metadata"];
    (root["selected"], root["replication-method"]) = (true.into(), method.into());
    catalog.select(&chosen.to_string(), "catalog.json").unwrap();
    let (output, state) = (Output::default(), State::parse(state, "state.json").unwrap());
    let tap = Tap::new(Box::new(output.clone()), &catalog, tables, state, |_| {}).unwrap();
    let source = Source::new("crm", Arc::new(provider.clone()));
    let work = pull(vec![source], tap.sink(), options, Stop::new(), |_| ());
    let report = clock.run(work).await.unwrap();
    assert_eq!(report.streams[0].error, None);
    output.read()
}

#[tokio::test]
async fn what_a_stream_has_does_not_depend_on_the_others() {
    let with = |name: &str, value: serde_json::Value| {
        let mut lead = lead(1, NOW - 4_000);
        lead.attributes.insert(name.to_owned(), value);
        Source::new("", Arc::new(snapshots(vec![lead])))
    };
    let mut options = PullOptions::default();
    let clock = ManualClock::new();
    options.clock = Arc::new(clock.clone());
    let recorder = Recorder::new(&Layout::default(), &PiiPolicy::default()).unwrap();
    let tables = vec![recorder.leads(None).unwrap().table().clone()];
    let providers = ["a", "b"].map(crate::support::forward);
    let catalog = Catalog::discover(&providers, &tables).unwrap();
    let output = Output::default();
    let tap = Tap::new(Box::new(output.clone()), &catalog, tables, State::new(), |_| {}).unwrap();
    let sources = [("a", with("stage", 1.into())), ("b", with("Stage", "x".into()))];
    let sources = sources.map(|(name, mut source)| {
        source.name = name.into();
        source
    });
    let work = pull(sources.into(), tap.sink(), options, Stop::new(), |_| ());
    clock.run(work).await.unwrap();
    let read = output.read();
    assert_eq!(
        (read.kind("a", "stage"), read.kind("b", "Stage")),
        (vec!["integer"], vec!["string"])
    );
}

fn all_kinds() -> [MemoryLeadsProvider; 3] {
    [forward(leads(31, 777)), windows(leads(31, 777)), snapshots(leads(31, 777))]
}

#[tokio::test]
async fn every_lead_is_sent_by_each_strategy() {
    for provider in all_kinds() {
        let read = run(&provider, "", None).await;
        let sent: BTreeSet<_> = read.ids("crm").into_iter().map(str::to_owned).collect();
        assert_eq!(sent.into_iter().collect::<Vec<_>>(), ids_of(&provider));
    }
}

#[tokio::test]
async fn runs_that_were_cut_off_send_together_what_one_run_sends() {
    for provider in all_kinds() {
        let (mut sent, mut state) = (BTreeSet::new(), String::new());
        for _ in 0..40 {
            let read = run(&provider, &state, Some(5)).await;
            sent.extend(read.ids("crm").into_iter().map(str::to_owned));
            state = read.state();
        }
        assert_eq!(sent.into_iter().collect::<Vec<_>>(), ids_of(&provider));
    }
}

#[tokio::test]
async fn a_stream_that_is_wanted_as_a_whole_is_sent_whole_each_time() {
    for provider in all_kinds() {
        let all = ids_of(&provider);
        let mut state = run(&provider, "", None).await.state();
        for _ in 0..2 {
            let read = run_by(&provider, &state, None, "FULL_TABLE").await;
            let sent: BTreeSet<_> = read.ids("crm").into_iter().map(str::to_owned).collect();
            assert_eq!(sent.into_iter().collect::<Vec<_>>(), all);
            state = read.state();
        }
        // What was cut off goes on.
        let mut sent = BTreeSet::new();
        for _ in 0..8 {
            let read = run_by(&provider, &state, Some(5), "FULL_TABLE").await;
            sent.extend(read.ids("crm").into_iter().map(str::to_owned));
            state = read.state();
        }
        assert_eq!(sent.into_iter().collect::<Vec<_>>(), all);
    }
}

#[tokio::test]
async fn every_state_covers_no_record_that_was_not_sent() {
    for provider in all_kinds() {
        let whole = run(&provider, "", None).await;
        for (records, state) in &whole.states {
            let before = whole.records[..*records].iter();
            let mut sent: BTreeSet<_> =
                before.map(|(_, record)| record["id"].as_str().unwrap().to_owned()).collect();
            // A target that was killed behind this state goes on there.
            let rest = run(&provider, &state.to_string(), None).await;
            sent.extend(rest.ids("crm").into_iter().map(str::to_owned));
            assert_eq!(sent.into_iter().collect::<Vec<_>>(), ids_of(&provider));
        }
    }
}

#[tokio::test]
async fn what_came_since_is_sent_by_the_next_run() {
    for provider in all_kinds() {
        let state = run(&provider, "", None).await.state();
        provider.push(lead("new", NOW - 60));
        assert!(run(&provider, &state, None).await.ids("crm").contains(&"new"));
    }
}
