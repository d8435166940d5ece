//! What is refused before the first request.
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

use leadtag_extract::{Error, PiiMode, PullOptions, Source, Stop};
use leadtag_testkit::MemoryLeadsProvider;
use support::streams::*;

async fn refused(
    rig: &Rig,
    provider: &MemoryLeadsProvider,
    change: impl FnOnce(&mut PullOptions),
) -> String {
    let before = provider.call_count();
    let error = rig.pull(provider, change).await.unwrap_err();
    assert!(matches!(error, Error::Input(_) | Error::Damaged { .. }), "{error:?}");
    assert_eq!(provider.call_count(), before, "a request was sent");
    error.to_string()
}

#[tokio::test]
async fn impossible_options_are_refused() {
    let (rig, provider) = (Rig::new(), forward(leads(3, 60)));
    let error = refused(&rig, &provider, |options| {
        options.since = Some(at(NOW));
        options.until = Some(at(NOW));
    });
    assert!(error.await.contains("--since"));
    assert!(refused(&rig, &provider, |o| o.limit = Some(0)).await.contains("limit"));
    assert!(refused(&rig, &provider, |o| o.page_size = Some(0)).await.contains("page"));
    let snapshots = snapshots(leads(3, 60));
    let error = refused(&rig, &snapshots, |options| options.since = Some(at(NOW - 60))).await;
    assert!(error.contains("crm") && error.contains("--since"), "{error}");
    let error = refused(&rig, &snapshots, |options| options.until = Some(at(NOW))).await;
    assert!(error.contains("--until"), "{error}");
}

#[tokio::test]
async fn an_attribute_without_a_name_is_refused() {
    let nameless =
        |options: &mut PullOptions| options.layout.columns = Some(vec!["attributes.".into()]);
    let told = refused(&Rig::new(), &forward(leads(1, 60)), nameless).await;
    assert!(told.contains("write attributes.NAME"), "{told}");
}

#[tokio::test]
async fn an_unknown_column_is_refused() {
    let (rig, provider) = (Rig::new(), forward(leads(3, 60)));
    let unknown = |options: &mut PullOptions| options.layout.columns = Some(vec!["nmae".into()]);
    assert!(refused(&rig, &provider, unknown).await.contains("name"));
}

#[tokio::test]
async fn the_stream_of_another_platform_version_or_strategy_is_refused() {
    let provider = forward(leads(3, 60));
    let rig = Rig::new();
    rig.pull(&provider, |_| {}).await.unwrap();
    let good = rig.store.checkpoint("crm").unwrap();

    let mut other = good.clone();
    other.platform = "elsewhere".to_owned();
    rig.store.set_checkpoint(other);
    let error = refused(&rig, &provider, |_| {}).await;
    assert!(error.contains("leads reset --provider crm --to memory:test"), "{error}");

    let mut other = good.clone();
    other.version = 2;
    rig.store.set_checkpoint(other);
    assert!(refused(&rig, &provider, |_| {}).await.contains("version 2"));

    rig.store.set_checkpoint(good);
    let error = refused(&rig, &snapshots(leads(3, 60)), |_| {}).await;
    assert!(error.contains("leads reset"), "{error}");
}

#[tokio::test]
async fn another_account_and_a_renamed_provider_are_refused() {
    let provider = forward(leads(3, 60));
    let rig = Rig::new();
    let source = |name: &str, account: &str| {
        Source::new(name, Arc::new(provider.clone()) as _).with_account(account)
    };
    rig.pull_all(vec![source("crm", "a")], |_| {}).await.unwrap();
    let calls = provider.call_count();
    let error = rig.pull_all(vec![source("crm", "b")], |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("another account"), "{error}");
    let error = rig.pull_all(vec![source("new", "a")], |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("under the name crm"), "{error}");
    let twice = vec![source("crm", "a"), source("crm", "a")];
    assert!(rig.pull_all(twice, |_| {}).await.is_err());
    assert_eq!(provider.call_count(), calls);
    rig.pull_all(vec![source("crm", "a"), source("other", "b")], |_| {}).await.unwrap();
}

#[tokio::test]
async fn other_settings_need_a_full_pull() {
    let plain = |options: &mut PullOptions| options.pii.default = PiiMode::Plain;
    let provider = forward(leads(30, 60));
    let rig = Rig::new();
    rig.pull(&provider, |_| {}).await.unwrap();
    assert!(refused(&rig, &provider, plain).await.contains("--full"));
    let since = |options: &mut PullOptions| {
        plain(options);
        options.full = true;
        options.since = Some(at(NOW - 600));
    };
    assert!(refused(&rig, &provider, since).await.contains("--full"));
    // Stopped in the middle, it is the new settings that count.
    let begun = |options: &mut PullOptions| {
        plain(options);
        options.full = true;
        options.page_size = Some(5);
        options.limit = Some(5);
    };
    assert!(!rig.pull(&provider, begun).await.unwrap().complete);
    assert!(refused(&rig, &provider, |_| {}).await.contains("--full"));
    let report = rig.pull(&provider, plain).await.unwrap();
    assert!(report.complete);
    let rows = rig.store.rows("leads");
    let plain_rows = rows.values().filter(|stored| {
        stored.row.cells.contains(&leadtag_extract::Cell::Text("甲方".to_owned()))
    });
    assert_eq!(plain_rows.count(), 30);
}

#[tokio::test]
async fn a_pull_that_was_asked_to_stop_before_sends_nothing() {
    let provider = forward(leads(3, 60));
    let rig = Rig { stop: Stop::new(), ..Rig::new() };
    rig.stop.ask();
    let report = rig.pull(&provider, |_| {}).await.unwrap();
    assert!(!report.complete);
    assert_eq!(provider.call_count(), 0);
}
