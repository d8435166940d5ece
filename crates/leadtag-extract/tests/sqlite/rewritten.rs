//! Rows that are written again with other settings for personal data.

use std::sync::Arc;

use leadtag_core::{Lead, LeadCapabilities, LeadsProvider, Platform};
use leadtag_extract::{PiiMode, PullOptions, Source, Stop, StreamReport, pull};
use leadtag_testkit::{MemoryLeadsProvider, raw_json};

use crate::Sqlite;
use crate::sink_suite::World;
use crate::sink_suite::people::MOBILE;

pub(crate) async fn pulled(
    world: &Sqlite,
    provider: &Arc<MemoryLeadsProvider>,
    mode: PiiMode,
    has_key: bool,
) -> StreamReport {
    let mut options = PullOptions::default();
    options.pii.default = mode;
    options.pii.key = has_key.then(|| "0123456789abcdef".into());
    pulled_with(world, provider, options).await
}

async fn pulled_with(
    world: &Sqlite,
    provider: &Arc<MemoryLeadsProvider>,
    mut options: PullOptions,
) -> StreamReport {
    options.full = true;
    let source = Source::new("p", Arc::clone(provider) as Arc<dyn LeadsProvider>);
    let tell = |_| ();
    let sink = world.open().unwrap();
    let mut report = pull(vec![source], sink, options, Stop::new(), tell).await.unwrap();
    report.streams.remove(0)
}

/// Leads of these ids, and nothing else.
pub(crate) fn of_ids(ids: impl IntoIterator<Item = String>) -> Arc<MemoryLeadsProvider> {
    let mut can = LeadCapabilities::none();
    can.list = true;
    let platform = Platform::new("memory");
    let lead = |id: String| Lead::new(platform, id, serde_json::from_str("{}").unwrap());
    let leads: Vec<Lead> = ids.into_iter().map(lead).collect();
    Arc::new(MemoryLeadsProvider::new(platform, can, leads))
}

#[tokio::test]
async fn what_is_masked_now_is_nowhere_in_the_files_any_more() {
    let platform = Platform::new("memory");
    let people = (0..400).map(|number: usize| {
        let mobile = format!("1990000{:04}", number);
        let row = serde_json::json!({"phone": mobile, "text": "x".repeat(number * 7 % 400)});
        let mut person = Lead::new(platform, number.to_string(), raw_json(&row));
        person.mobiles = vec![mobile.as_str().into()];
        person
    });
    let mut can = LeadCapabilities::none();
    can.list = true;
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, people));
    for commit_rows in [20, 5_000] {
        let world = Sqlite::new();
        for (mode, columns) in [
            (PiiMode::Mask, None),
            (PiiMode::Plain, Some(vec!["mobiles".to_owned(), "raw".to_owned()])),
            (PiiMode::Mask, None),
        ] {
            let mut options = PullOptions::default();
            options.commit_rows = commit_rows;
            options.page_size = Some(20);
            options.pii.default = mode;
            options.layout.columns = columns;
            let report = pulled_with(&world, &provider, options).await;
            assert!(report.complete, "{report:?}");
            assert_eq!(
                world.has_bytes("1990000"),
                mode == PiiMode::Plain,
                "{commit_rows} {mode:?}"
            );
        }
    }
}

#[tokio::test]
async fn with_other_settings_nobody_is_there_under_two_ids() {
    let world = Sqlite::new();
    let provider = of_ids([MOBILE, "+8619900001235", "a@example.com", "7"].map(str::to_owned));
    use PiiMode::{Hmac, Mask, Plain};
    // What was hidden with a key can be found with that key alone.
    let modes = [(Plain, false), (Mask, false), (Hmac, true), (Mask, true), (Plain, true)];
    for (mode, has_key) in modes.into_iter().chain(modes) {
        let report = pulled(&world, &provider, mode, has_key).await;
        assert_eq!(report.leads.deleted, 0, "{mode}");
        let ids: Vec<String> = world.rows("leads").iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids.len(), 4, "{mode}: {ids:?}");
        let hidden = ids.iter().filter(|id| id.starts_with("person-")).count();
        assert_eq!(hidden, if mode == PiiMode::Plain { 0 } else { 3 }, "{mode}: {ids:?}");
    }
}

#[tokio::test]
async fn what_was_written_plain_leaves_no_bytes_behind() {
    let world = Sqlite::new();
    let provider = of_ids((0..1_000).map(|id| format!("1990000{id:04}")));
    pulled(&world, &provider, PiiMode::Plain, false).await;
    assert!(world.has_bytes("19900000123"));
    // A reset forgets how the rows were written.
    world.open().unwrap().reset("p").unwrap();
    pulled(&world, &provider, PiiMode::Mask, false).await;
    assert_eq!(world.rows("leads").len(), 1_000);
    assert!(!world.has_bytes("1990000"));
}
