//! Leads built by hand, through the whole command but for the making of the provider.

use clap::Parser;
use leadtag::{Error, ErrorKind, Lead, Platform, PlatformTime, RawJson, Sent, UtcOffset};
use leadtag_testkit::{LeadCall, MemoryLeadsProvider, lead_capabilities, sample_leads};
use serde_json::{Value, json};

use super::*;
use crate::args::{Cli, Command, Leads};

const PLATFORM: Platform = Platform::new("crm-v3");

fn args(line: &[&str]) -> LeadsList {
    match Cli::parse_from([&["leadtag", "leads", "list"], line].concat()).command {
        Command::Leads(Leads::List(args)) => args,
        _ => panic!("another command"),
    }
}

fn memory(leads: Vec<Lead>) -> MemoryLeadsProvider {
    MemoryLeadsProvider::new(PLATFORM, lead_capabilities::full(), leads)
}

struct Printed {
    text: String,
    ended: Ended,
    count: u64,
    masked: bool,
}

fn run(provider: &MemoryLeadsProvider, line: &[&str]) -> Printed {
    let args = args(line);
    let query = query(&args, provider.lead_capabilities());
    let format = args.target.output.format;
    let mut text = String::new();
    let mut printer = Printer::new("crm", format, args.reveal, |piece: &str| {
        text.push_str(piece);
        Ok(())
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(print(&args, &query, provider, &mut printer));
    let (count, masked) = (printer.count(), printer.has_masked());
    Printed { text, ended, count, masked }
}

/// The lead of a row as the CRM documents it, with everything set.
fn full_lead() -> Lead {
    let row = r#"{"customerId":410983932389440,"fields":[{"field":"mobile","type":8,"valueAsText":"[\"145678388\"]"},{"field":"name","type":1,"valueAsText":"王小明"}],"tagIds":[]}"#;
    let raw: RawJson = serde_json::from_str(row).unwrap();
    let mut lead = Lead::new(PLATFORM, "410983932389440", raw);
    lead.name = Some("王小明".into());
    lead.mobiles = vec!["19900001234".into(), "145678388".into()];
    lead.emails = vec!["wang@example.com".into()];
    lead.company = Some("示例公司".into());
    lead.tags = vec!["11".to_owned()];
    lead.level = Some("A".to_owned());
    lead.source = Some("官网".to_owned());
    lead.created_at = Some(PlatformTime::parse("2026-01-31 08:00:00", UtcOffset::CHINA));
    lead.updated_at = Some(PlatformTime::parse("soon", UtcOffset::CHINA));
    lead.attributes.insert("wechat".to_owned(), json!("wx_ming"));
    lead.attributes.insert("score".to_owned(), json!(9));
    lead
}

#[test]
fn a_lead_as_json_has_exactly_the_documented_keys_in_their_order() {
    let printed = run(&memory(vec![full_lead()]), &["--format", "json", "--reveal"]);
    let lead = r#"{"platform":"crm-v3","provider":"crm","id":"410983932389440","name":"王小明","mobiles":["19900001234","145678388"],"emails":["wang@example.com"],"company":"示例公司","tags":["11"],"level":"A","source":"官网","created_at":"2026-01-31T00:00:00Z","updated_at":null,"attributes":{"score":9,"wechat":"wx_ming"},"raw":"#;
    let raw = full_lead().raw;
    assert_eq!(printed.text, format!("{{\"leads\":[\n{lead}{}}}\n]}}\n", raw.as_str()));
    assert!(!printed.masked);
}

#[test]
fn personal_data_is_masked_everywhere_unless_it_is_asked_for() {
    let printed = run(&memory(vec![full_lead()]), &["--format", "json"]);
    assert!(printed.masked);
    let listed: Value = serde_json::from_str(&printed.text).unwrap();
    let lead = &listed["leads"][0];
    assert_eq!(lead["name"], "王**");
    assert_eq!(lead["mobiles"], json!(["199****1234", "*********"]));
    assert_eq!(lead["emails"], json!(["w***@***"]));
    assert_eq!(lead["company"], "示**");
    assert_eq!(lead["attributes"], json!({"score": 9, "wechat": "wx***"}));
    assert_eq!(lead["raw"]["fields"][0]["valueAsText"], "[\"*********\"]");
    assert_eq!(lead["raw"]["fields"][1]["valueAsText"], "王**");
    assert_eq!(lead["raw"]["customerId"], 410_983_932_389_440_i64);
}

#[test]
fn what_is_not_set_is_null_or_an_empty_list() {
    let raw = serde_json::from_str("{}").unwrap();
    let printed = run(&memory(vec![Lead::new(PLATFORM, "1", raw)]), &["--format", "json"]);
    let lead = r#"{"platform":"crm-v3","provider":"crm","id":"1","name":null,"mobiles":[],"emails":[],"company":null,"tags":[],"level":null,"source":null,"created_at":null,"updated_at":null,"attributes":{},"raw":{}}"#;
    assert_eq!(printed.text, format!("{{\"leads\":[\n{lead}\n]}}\n"));
    assert!(!printed.masked);
}

#[test]
fn a_table_is_straight_and_marks_what_can_be_no_mobile() {
    let mut lead = full_lead();
    lead.mobiles.remove(0);
    let printed = run(&memory(vec![full_lead(), lead]), &[]);
    let expected = "\
ID               NAME  MOBILE          EMAIL     COMPANY  LEVEL  CREATED
─────────────────────────────────────────────────────────────────────────────────────
410983932389440  王**  199****1234 +1  w***@***  示**     A      2026-01-31T00:00:00Z
410983932389440  王**  *********?      w***@***  示**     A      2026-01-31T00:00:00Z
";
    assert_eq!(printed.text, expected);
    assert!(printed.masked);
}

#[test]
fn a_long_table_has_one_header_and_stays_straight() {
    let printed = run(&memory(sample_leads(PLATFORM, 250)), &["--reveal"]);
    assert_eq!(printed.text.matches("NAME").count(), 1);
    assert_eq!(printed.text.lines().count(), 252);
}

#[test]
fn an_empty_list_is_an_empty_object_of_leads() {
    assert_eq!(run(&memory(Vec::new()), &["--format", "json"]).text, "{\"leads\":[]}\n");
    assert_eq!(run(&memory(Vec::new()), &[]).text, "");
}

#[test]
fn no_page_is_fetched_beyond_the_limit() {
    let few = memory(sample_leads(PLATFORM, 200));
    assert_eq!(run(&few, &["--limit", "5"]).count, 5);
    let asked = few.calls();
    assert!(matches!(&asked[..], [LeadCall::List(query, 0)] if query.page_size == Some(5)));
    let many = memory(sample_leads(PLATFORM, 200));
    assert_eq!(run(&many, &["--limit", "60"]).count, 60);
    assert!(matches!(&many.calls()[0], LeadCall::List(query, 0) if query.page_size.is_none()));
    assert_eq!(many.call_count(), 3);
}

#[test]
fn filters_are_what_the_provider_is_asked_for() {
    let provider = memory(sample_leads(PLATFORM, 10));
    let line = [
        "--since",
        "2026-01-01",
        "--until",
        "2026-01-01T02:00:00Z",
        "--level",
        "B",
        "--group",
        "g1",
    ];
    assert_eq!(run(&provider, &line).count, 1);
    let mut query = LeadQuery::all().at_level("B").in_group("g1");
    query.since = Some("2025-12-31T16:00:00Z".parse().unwrap());
    query.until = Some("2026-01-01T02:00:00Z".parse().unwrap());
    assert_eq!(provider.calls(), [LeadCall::List(query, 0)]);
}

#[test]
fn a_filter_that_the_platform_lacks_is_refused_before_anything_is_sent() {
    let provider = MemoryLeadsProvider::new(PLATFORM, lead_capabilities::list_only(), Vec::new());
    for line in
        [["--since", "7d"], ["--until", "7d"], ["--level", "A"], ["--group", "g"], ["--kind", "k"]]
    {
        let printed = run(&provider, &line);
        assert_eq!(printed.text, "");
        let Ended::Broken { error, .. } = printed.ended else { panic!("{line:?}") };
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    assert_eq!(provider.call_count(), 0);
}

fn broken(format: &str) -> (MemoryLeadsProvider, Printed) {
    let provider = memory(sample_leads(PLATFORM, 50));
    provider.pass_next(1);
    provider.fail_next(Error::new(ErrorKind::RateLimited, "too fast").with_sent(Sent::Yes));
    let printed = run(&provider, &["--format", format]);
    (provider, printed)
}

#[test]
fn a_list_that_breaks_off_is_well_formed_and_goes_on_at_its_cursor() {
    let (provider, printed) = broken("json");
    assert_eq!(printed.count, 20);
    let listed: Value = serde_json::from_str(&printed.text).unwrap();
    assert_eq!(listed["leads"].as_array().unwrap().len(), 20);
    let Ended::Broken { cursor: Some(cursor), .. } = printed.ended else { panic!("no cursor") };
    let rest = run(&provider, &["--format", "json", "--cursor", &cursor]);
    let listed: Value = serde_json::from_str(&rest.text).unwrap();
    assert_eq!((rest.count, &listed["leads"][0]["id"]), (30, &json!("21")));
}

#[test]
fn a_table_that_breaks_off_shows_what_was_read() {
    let (_, printed) = broken("text");
    assert_eq!(printed.text.lines().count(), 22);
}

#[test]
fn a_list_that_fails_at_once_prints_nothing() {
    let provider = memory(sample_leads(PLATFORM, 5));
    provider.fail_next(Error::new(ErrorKind::PermissionDenied, "no"));
    let printed = run(&provider, &["--format", "json"]);
    assert_eq!(printed.text, "");
    assert!(matches!(printed.ended, Ended::Broken { cursor: None, .. }));
}

#[test]
fn a_reader_that_leaves_ends_the_list() {
    let provider = memory(sample_leads(PLATFORM, 50));
    let args = args(&["--format", "json"]);
    let query = query(&args, provider.lead_capabilities());
    let mut printer =
        Printer::new("crm", Format::Json, false, |_: &str| Err(Failure::OutputClosed));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(print(&args, &query, &provider, &mut printer));
    assert!(matches!(ended, Ended::Unwritten(Failure::OutputClosed)));
    assert_eq!(provider.call_count(), 1);
}

#[test]
fn a_single_lead_shows_its_attributes_line_by_line() {
    let lead = full_lead();
    let names = Names::default();
    let view = LeadView::masked(&lead, "crm", &names);
    let lines = view.lines();
    let line = |name: &str| lines.iter().find(|line| line[0] == name).map(|line| line[1].as_str());
    assert_eq!(line("mobiles"), Some("199****1234, *********?"));
    assert_eq!(line("updated"), Some("soon"));
    assert_eq!((line("score"), line("wechat")), (Some("9"), Some("wx***")));
    assert!(view.has_masked());
}
