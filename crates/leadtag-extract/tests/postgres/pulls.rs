//! Whole pulls into PostgreSQL.

use std::sync::Arc;

use leadtag_core::{Lead, LeadCapabilities, LeadId, Platform, PlatformTime, RawJson};
use leadtag_extract::{
    Destination, PiiMode, PullOptions, Report, Result, Source, Stop, StreamReport, pull,
};
use leadtag_testkit::MemoryLeadsProvider;
use serde_json::{Map, Value, json};

use crate::postgres_server::Schema;

fn lead(number: usize, attributes: &Value, raw: &str) -> Lead {
    let raw: RawJson = serde_json::from_str(raw).unwrap();
    let mut lead = Lead::new(Platform::new("memory"), number.to_string(), raw);
    lead.created_at = Some(PlatformTime::from_unix_seconds(1_700_000_000 + number as i64));
    for (name, value) in attributes.as_object().unwrap() {
        lead.attributes.insert(name.clone(), value.clone());
    }
    lead
}

/// Pulls everything into it, with a checkpoint behind each lead.
fn pull_all(world: &Schema, leads: Vec<Lead>) -> StreamReport {
    try_pull(world, leads).unwrap().streams.into_iter().next().unwrap()
}

fn try_pull(world: &Schema, leads: Vec<Lead>) -> Result<Report> {
    pull_into(world.url(), leads)
}

fn pull_into(url: String, leads: Vec<Lead>) -> Result<Report> {
    let mut can = LeadCapabilities::none();
    (can.list, can.filter_by_time, can.oldest_first) = (true, true, true);
    let provider = MemoryLeadsProvider::new(Platform::new("memory"), can, leads);
    let mut options = PullOptions::default();
    (options.full, options.page_size, options.commit_rows) = (true, Some(2), 1);
    options.pii.default = PiiMode::Plain;
    options.layout.columns = Some(["name", "attributes.*", "raw"].map(str::to_owned).to_vec());
    let sink = Destination::Postgres(url).open().unwrap();
    let sources = vec![Source::new("p", Arc::new(provider))];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let report = pull(sources, sink, options, Stop::new(), |_| ());
    runtime.block_on(report)
}

/// The type of a column, and its values in the order of the leads.
fn column(world: &Schema, name: &str) -> (String, Vec<Option<String>>) {
    let sql = format!(
        "SELECT format_type(atttypid, NULL) FROM pg_attribute
         WHERE attrelid = 'leads'::regclass AND attname = '{name}'"
    );
    let values = format!("SELECT \"{name}\"::text FROM leads ORDER BY id");
    let values = world.db().query(&values, &[]).unwrap();
    (world.one(&sql), values.iter().map(|row| row.get(0)).collect())
}

#[test]
fn a_row_of_more_attributes_than_a_page_holds_is_written() {
    let Some(world) = Schema::new("pull_wide") else { return };
    let many: Map<_, _> = (0..700)
        .map(|n| (format!("a{n:03}"), json!(format!("2024-01-01 10:00:00.{n:03}"))))
        .collect();
    let report = pull_all(&world, vec![lead(0, &Value::Object(many), "{}")]);
    assert_eq!((report.leads.new, report.complete), (1, true), "{report:?}");
    assert!(report.notices[0].contains("more than 300 attributes"), "{report:?}");
    assert_eq!(world.one("SELECT a299 FROM leads"), "2024-01-01 10:00:00.299");
    assert_eq!(world.one("SELECT attributes->>'a300' FROM leads"), "2024-01-01 10:00:00.300");
}

#[test]
fn floats_keep_their_digits_whatever_a_session_begins_with() {
    let Some(world) = Schema::new("pull_digits") else { return };
    // The column gets wider behind the first page.
    let leads = [json!({ "f": 0.300_000_000_000_000_04 }), json!({}), json!({ "f": "x" })];
    let lead = |(at, it)| lead(at, it, "{}");
    // A role or a database can be set to this as well.
    let between = if world.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{between}options=-c%20extra_float_digits%3D-10", world.url());
    let report = pull_into(url, leads.iter().enumerate().map(lead).collect()).unwrap();
    assert!(report.streams[0].complete, "{report:?}");
    assert_eq!(world.one("SELECT min(f) FROM leads"), "0.30000000000000004");
}

#[test]
fn an_id_that_no_index_holds_is_not_blamed_on_the_attributes() {
    let Some(world) = Schema::new("pull_long_id") else { return };
    let mut long = lead(0, &json!({}), "{}");
    // Random, as PostgreSQL compresses what is not.
    let hash = |n: u64| format!("{:x}", (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    long.id = LeadId::new((0..400).map(hash).collect::<String>());
    let failed = try_pull(&world, vec![long]).unwrap_err().to_string();
    assert!(failed.contains("index row") && failed.contains("an id is too long"), "{failed}");
}

#[test]
fn a_column_gets_wider_in_the_middle_of_a_pull() {
    let Some(world) = Schema::new("pull_widens") else { return };
    let leads = [
        json!({ "n": 1, "b": true, "l": ["a", "b\"\\{},"], "j": null }),
        json!({ "n": null, "late": 7 }),
        json!({ "n": 1.5, "l": [] }),
        json!({ "n": 2, "b": 3 }),
        json!({ "n": "x", "b": "y", "l": { "a": 1 }, "j": { "k": [1, "二"] } }),
        json!({ "n": 9_007_199_254_740_993_i64, "late": "8" }),
    ];
    let leads = || leads.iter().enumerate().map(|(at, it)| lead(at, it, "{}")).collect::<Vec<_>>();
    let report = pull_all(&world, leads());
    assert_eq!((report.leads.new, report.complete), (6, true), "{report:?}");
    let some = |texts: [&str; 6]| {
        texts.map(|text| Some(text.to_owned()).filter(|text| text != "-")).to_vec()
    };
    let text = |texts| ("text".to_owned(), some(texts));
    assert_eq!(column(&world, "n"), text(["1", "-", "1.5", "2", "x", "9007199254740993"]));
    assert_eq!(column(&world, "b"), text(["true", "-", "-", "3", "y", "-"]));
    assert_eq!(column(&world, "late"), text(["-", "7", "-", "-", "-", "8"]));
    let lists = ["[\"a\", \"b\\\"\\\\{},\"]", "-", "[]", "-", "{\"a\": 1}", "-"];
    assert_eq!(column(&world, "l"), ("jsonb".to_owned(), some(lists)));
    let nested = ["-", "-", "-", "-", "{\"k\": [1, \"二\"]}", "-"];
    assert_eq!(column(&world, "j"), ("jsonb".to_owned(), some(nested)));
    // What was written before it got wider is the same as what would be written now.
    let report = pull_all(&world, leads());
    assert_eq!((report.leads.changed, report.leads.unchanged), (0, 6), "{report:?}");
}

#[test]
fn nothing_that_postgresql_cannot_hold_hinders_a_lead() {
    let Some(world) = Schema::new("pull_poison") else { return };
    let (nul, half) = (r#"{"a\u0000":"b\u0000"}"#, r#"["\ud800","\udc00\ud800",{"\uDEAD":0}]"#);
    let huge = r#"{"n":[1e400000,-1E+99999,1e-400000,0.1e5,12345678901234567890]}"#;
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let mut leads = vec![
        lead(0, &json!({ "a\0": "b\0", "l": ["c\0", ""], "j": { "k\0": "\0" } }), nul),
        lead(1, &json!({ "": 1, " ": "\u{ffff}\u{7f}\u{1}", "q\"'": "\\N", "e": "\\." }), half),
        lead(2, &json!({ "A": 1, "a": 2 }), huge),
        lead(3, &json!({ "l": ["NULL", "\t\n"] }), &deep),
    ];
    leads[0].name = Some("Ada\0".into());
    let report = pull_all(&world, leads.clone());
    assert_eq!((report.leads.new, report.complete), (4, true), "{report:?}");
    assert_eq!(world.one("SELECT name FROM leads WHERE id = '0'"), "Ada\u{fffd}");
    assert_eq!(world.one("SELECT l[1] FROM leads WHERE id = '0'"), "c\u{fffd}");
    assert_eq!(world.one("SELECT e FROM leads WHERE id = '1'"), "\\.");
    let report = pull_all(&world, leads);
    assert_eq!((report.leads.changed, report.leads.unchanged), (0, 4), "{report:?}");
}
