//! `leadtag leads`.

use leadtag_sandbox::{FaultSpec, Sandbox};
use serde_json::Value;

use crate::support::{Bench, Dir, LEADS, Ran, keys};

const KEYS: [&str; 14] = [
    "platform",
    "provider",
    "id",
    "name",
    "mobiles",
    "emails",
    "company",
    "tags",
    "level",
    "source",
    "created_at",
    "updated_at",
    "attributes",
    "raw",
];

const LIST: &str = "clue/list-by-create-time-asc";

fn list(bench: &Bench, provider: &str, options: &[&str]) -> Ran {
    bench.run(&[&["leads", "list", "--provider", provider], options].concat())
}

fn listed(bench: &Bench, provider: &str, options: &[&str]) -> Vec<Value> {
    let ran = list(bench, provider, &[&["--format", "json"], options].concat());
    ran.json()["leads"].as_array().unwrap().clone()
}

fn text<'a>(lead: &'a Value, key: &str) -> &'a str {
    lead[key].as_str().unwrap()
}

#[test]
fn a_lead_as_json_has_exactly_the_documented_keys_in_their_order() {
    let bench = Bench::all();
    for (provider, platform, _) in LEADS {
        let ran = list(&bench, provider, &["--format", "json", "--limit", "3"]).ok();
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!((lines.len(), lines[0], lines[4]), (5, "{\"leads\":[", "]}"), "{ran:?}");
        for line in &lines[1..4] {
            let mut from = 0;
            for key in KEYS {
                let found = line[from..].find(&format!("\"{key}\":"));
                from += found.unwrap_or_else(|| panic!("{key}: {line}"));
            }
        }
        for lead in ran.json()["leads"].as_array().unwrap() {
            let mut sorted = KEYS;
            sorted.sort_unstable();
            assert_eq!(keys(lead), sorted);
            assert_eq!(
                (&lead["platform"], &lead["provider"]),
                (&platform.into(), &provider.into())
            );
            assert!(lead["id"].is_string() && lead["mobiles"].is_array(), "{lead}");
            assert!(lead["attributes"].is_object() && lead["raw"].is_object(), "{lead}");
        }
    }
}

#[test]
fn times_are_utc() {
    let bench = Bench::all();
    for provider in ["crm", "leads-beschannels"] {
        for lead in listed(&bench, provider, &["--limit", "3"]) {
            let time = text(&lead, "created_at");
            assert!(time.ends_with('Z') && time.contains('T'), "{time}");
        }
    }
}

/// What of the leads nobody is to see unasked.
fn personal(leads: &[Value]) -> Vec<String> {
    let lists = leads.iter().flat_map(|lead| [&lead["mobiles"], &lead["emails"]]);
    let listed = lists.flat_map(|list| list.as_array().unwrap());
    let single = leads.iter().flat_map(|lead| {
        let attributes = &lead["attributes"];
        [&lead["name"], &lead["company"], &attributes["wechat"], &attributes["avatar"]]
    });
    let all = listed.chain(single).filter_map(Value::as_str);
    all.filter(|text| text.chars().count() > 1).map(str::to_owned).collect()
}

#[test]
fn personal_data_is_masked_in_every_form_unless_it_is_asked_for() {
    let bench = Bench::all();
    for (provider, ..) in LEADS {
        let revealed = listed(&bench, provider, &["--reveal"]);
        let personal = personal(&revealed);
        assert!(personal.iter().any(|text| text.starts_with("1990000")), "{provider}");
        for format in ["json", "text"] {
            let ran = list(&bench, provider, &["--format", format]).ok();
            for hidden in &personal {
                assert!(
                    !ran.stdout.contains(hidden.as_str()),
                    "{provider} {hidden}: {}",
                    ran.stdout
                );
            }
            assert!(!ran.stdout.contains("1990000") && !ran.stdout.contains("@example"), "{ran:?}");
            let notice = "personal data is masked; --reveal shows it";
            assert_eq!(ran.stderr.matches(notice).count(), 1, "{ran:?}");
        }
        let ran = list(&bench, provider, &["--reveal"]).ok();
        assert!(ran.stdout.contains("1990000") && !ran.stderr.contains("masked"), "{ran:?}");
    }
}

#[test]
fn the_row_is_shown_as_it_came_when_it_is_revealed() {
    let bench = Bench::all();
    let ran = list(&bench, "crm", &["--format", "json", "--reveal", "--limit", "3"]).ok();
    assert!(ran.stdout.contains(r#"\"1990000"#), "{ran:?}");
}

#[test]
fn what_can_be_no_mobile_is_kept_and_marked() {
    let bench = Bench::all();
    let revealed = listed(&bench, "crm", &["--reveal"]);
    let odd = revealed.iter().find(|lead| {
        let mobiles = lead["mobiles"].as_array().unwrap();
        mobiles.iter().any(|mobile| !mobile.as_str().unwrap().starts_with("199"))
    });
    let odd = odd.expect("the sandbox has a lead with an invalid mobile");
    let id = text(odd, "id");
    for (options, shown) in [(&["--reveal"][..], odd["mobiles"][0].as_str().unwrap()), (&[], "***")]
    {
        let ran = list(&bench, "crm", options).ok();
        let line = ran.stdout.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains(shown) && line.contains('?'), "{line}");
    }
}

#[test]
fn no_page_is_fetched_beyond_the_limit() {
    for (provider, _, api) in LEADS {
        let bench = Bench::with(Sandbox::builder().leads(450));
        assert_eq!(listed(&bench, provider, &["--limit", "5"]).len(), 5);
        assert_eq!(bench.admin().calls(api), 1, "{provider}");
        let request = &bench.admin().requests(api)[0];
        let sent = format!("{} {}", request.query, request.body);
        assert!(sent.contains('5'), "{sent}");
    }
    let bench = Bench::with(Sandbox::builder().leads(450));
    assert_eq!(listed(&bench, "crm", &["--limit", "5"]).len(), 5);
    assert!(bench.admin().requests(LIST)[0].body.contains("\"size\":5"));
    assert_eq!(listed(&bench, "crm", &["--limit", "150"]).len(), 150);
    assert_eq!(bench.admin().calls(LIST), 1 + 2);
}

#[test]
fn a_span_of_time_is_what_is_asked_for() {
    let bench = Bench::all();
    let all = listed(&bench, "crm", &[]);
    let (first, last) = (text(&all[0], "created_at"), text(&all[all.len() - 1], "created_at"));
    assert!(first < last, "{first} {last}");
    let middle = text(&all[all.len() / 2], "created_at");
    let late = listed(&bench, "crm", &["--since", middle]);
    let early = listed(&bench, "crm", &["--until", middle]);
    assert_eq!(late.len() + early.len(), all.len());
    assert!(late.iter().all(|lead| text(lead, "created_at") >= middle));
    assert!(early.iter().all(|lead| text(lead, "created_at") < middle));
    list(&bench, "crm", &["--since", middle, "--until", middle]).fails(64, &["since", "until"]);
}

#[test]
fn a_day_is_a_day_in_china_and_a_span_goes_back_from_now() {
    let bench = Bench::all();
    list(&bench, "crm", &["--since", "2024-01-02", "--limit", "1"]).ok();
    let body = bench.admin().requests(LIST)[0].body.clone();
    assert!(body.contains("2024-01-02 00:00:00"), "{body}");
    let ran = list(&bench, "crm", &["--since", "0m"]).ok();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("crm has no leads that the filters leave"), "{ran:?}");
    assert!(listed(&bench, "crm", &["--since", "0m"]).is_empty());
}

#[test]
fn a_level_may_be_a_negative_number() {
    let bench = Bench::all();
    for lead in listed(&bench, "shop-douyin", &["--level", "-1"]) {
        assert_eq!(lead["level"], "-1");
    }
}

#[test]
fn a_filter_that_the_platform_lacks_is_refused_and_nothing_is_sent() {
    let bench = Bench::all();
    for (provider, filter) in [
        ("crm", ["--level", "1"]),
        ("crm", ["--group", "1"]),
        ("leads-beschannels", ["--since", "7d"]),
        ("leads-beschannels", ["--level", "1"]),
        ("shop-douyin", ["--group", "1"]),
    ] {
        let error = list(&bench, provider, &[&filter[..], &["--format", "json"]].concat()).error();
        assert_eq!(error["kind"], "unsupported", "{provider} {filter:?}");
        let word = filter[0].trim_start_matches("--").replace("since", "time");
        assert!(text(&error, "message").contains(&word), "{error}");
        list(&bench, provider, &filter).fails(64, &["leadtag caps"]);
    }
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn a_provider_without_leads_names_those_that_have_some() {
    let bench = Bench::all();
    let command = [&["leads", "list"][..], &["leads", "get", "1"]];
    for (provider, args) in ["shop-wecom", "agent-miaokol"].into_iter().zip(command) {
        bench.run(&[args, &["--provider", provider]].concat()).fails(
            64,
            &["has no leads", "crm (crm-v3)", "shop-douyin (douyin)", "leads-beschannels"],
        );
    }
    let alone = Bench::new();
    alone.run(&["leads", "list"]).fails(64, &["platforms with leads: douyin, crm-v3, beschannels"]);
}

/// A sandbox on which the second page of the CRM's leads fails.
fn broken() -> Bench {
    let bench = Bench::with(Sandbox::builder().leads(250));
    let fault = format!("error-code:1001@{LIST}");
    bench.admin().inject(fault.parse::<FaultSpec>().unwrap().skip(1));
    bench
}

/// What a shell makes of the command that an error gives.
fn goes_on(bench: &Bench, told: &str) -> Ran {
    let command = &told[told.find("leadtag leads list").unwrap()..];
    let binary = env!("CARGO_BIN_EXE_leadtag");
    let line = command.replacen("leadtag", &format!("'{binary}'"), 1);
    let mut shell = std::process::Command::new("sh");
    Ran::from(shell.args(["-c", &line]).current_dir(bench.dir.path()).output().unwrap())
}

#[test]
fn a_list_that_breaks_off_is_whole_json_and_tells_how_to_go_on() {
    let bench = broken();
    let ran = list(&bench, "crm", &["--since", "4000d", "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let printed: Value = serde_json::from_str(&ran.stdout).unwrap();
    let printed = printed["leads"].as_array().unwrap();
    assert_eq!(printed.len(), 100);
    let error: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    let advice = text(&error["error"], "advice");
    assert!(advice.contains("100 leads are printed"), "{advice}");
    let rest = goes_on(&bench, advice).json();
    let rest = rest["leads"].as_array().unwrap();
    assert_eq!(rest.len(), 150);
    let all = listed(&bench, "crm", &[]);
    let ids: Vec<&str> = printed.iter().chain(rest).map(|lead| text(lead, "id")).collect();
    assert_eq!(ids, all.iter().map(|lead| text(lead, "id")).collect::<Vec<_>>());
}

#[test]
fn a_table_that_breaks_off_shows_what_was_read_and_tells_how_to_go_on() {
    let bench = broken();
    let ran = list(&bench, "crm", &["--config", "leadtag.toml"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 102), "{ran:?}");
    let error = ran.stderr.lines().find(|line| line.starts_with("error:")).unwrap();
    assert!(error.contains("listing the leads of crm, after 100 of them"), "{error}");
    let hint = ran.stderr.lines().find(|line| line.starts_with("hint:")).unwrap();
    assert_eq!(goes_on(&bench, hint).ok().stdout.lines().count(), 152);
}

#[test]
fn a_list_that_fails_at_once_prints_nothing() {
    let bench = Bench::all();
    for (provider, platform, api) in LEADS {
        let fault = format!("html-502@{api}*always");
        bench.admin().inject(fault.parse::<FaultSpec>().unwrap());
        let error = list(&bench, provider, &["--format", "json"]).error();
        assert_eq!((&error["kind"], &error["platform"]), (&"transport".into(), &platform.into()));
        assert!(!text(&error, "advice").contains("--cursor"), "{error}");
    }
}

#[test]
fn a_cursor_of_another_list_is_refused() {
    let bench = Bench::all();
    list(&bench, "crm", &["--cursor", "douyin:0123:1"]).fails(64, &["cursor"]);
    assert_eq!(bench.admin().calls(LIST), 0);
}

#[test]
fn a_single_lead_is_the_one_of_the_list() {
    let bench = Bench::all();
    for provider in ["shop-douyin", "crm"] {
        let lead = &listed(&bench, provider, &["--limit", "1", "--reveal"])[0];
        let get = ["leads", "get", "--provider", provider, text(lead, "id")];
        let revealed = bench.run(&[&get[..], &["--format", "json", "--reveal"]].concat()).json();
        for key in KEYS.into_iter().filter(|key| !matches!(*key, "attributes" | "raw")) {
            assert_eq!(revealed[key], lead[key], "{provider} {key}");
        }
        let masked = bench.run(&[&get[..], &["--format", "json"]].concat());
        let table = bench.run(&get).ok();
        for ran in [masked.ok(), table] {
            assert!(ran.stdout.contains(text(lead, "id")), "{ran:?}");
            for hidden in personal(std::slice::from_ref(lead)) {
                assert!(!ran.stdout.contains(&hidden), "{hidden}: {ran:?}");
            }
            assert!(ran.stderr.contains("--reveal shows it"), "{ran:?}");
        }
    }
}

#[test]
fn a_lead_that_there_is_not_is_an_error() {
    let bench = Bench::all();
    for (provider, id) in [("crm", "1"), ("shop-douyin", "nobody")] {
        let get = ["leads", "get", "--provider", provider, id];
        bench.run(&get).fails(1, &["error: reading a lead of "]);
        bench.run(&[&get[..], &["--format", "json"]].concat()).error();
    }
    bench.run(&["leads", "get", "--provider", "crm", "x"]).fails(64, &["whole number"]);
    bench.run(&["leads", "get", "--provider", "leads-beschannels", "1"]).fails(64, &["caps"]);
}

#[test]
fn a_table_is_straight_and_of_one_piece() {
    let bench = Bench::with(Sandbox::builder().leads(250));
    let ran = list(&bench, "crm", &["--reveal"]).ok();
    assert_eq!(ran.stdout.matches("CREATED").count(), 1);
    let columns = ran.stdout.lines().filter_map(|line| {
        let before = &line[..line.find("Z").filter(|_| line.ends_with('Z'))?];
        Some(before.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>())
    });
    let mut columns: Vec<usize> = columns.collect();
    assert_eq!(columns.len(), 250);
    // A column may widen once; it never narrows.
    columns.dedup();
    assert!(columns.is_sorted() && columns.len() <= 3, "{columns:?}");
}

#[test]
fn leads_come_without_a_configuration_from_the_sandbox() {
    let ran = Dir::new().run(&["leads", "list", "--provider", "crm", "--limit", "2"]).ok();
    assert_eq!(ran.stdout.lines().count(), 4);
    assert!(ran.stderr.contains("SANDBOX"), "{ran:?}");
}
