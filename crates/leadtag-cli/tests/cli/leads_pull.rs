//! `leadtag leads pull`: what arrives, and what is told of it.

use std::collections::BTreeSet;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::Value;

use crate::support::{Bench, Dir, LEADS, Ran};

/// The providers with leads, with commas between them.
const ALL: &str = "shop-douyin,crm,leads-beschannels";

pub fn pull(bench: &Bench, to: &str, options: &[&str]) -> Ran {
    let command = ["leads", "pull", "--provider", ALL, "--to", to, "--format", "json"];
    bench.run(&[&command, options].concat())
}

/// The stream of a provider in a report.
pub fn stream<'a>(report: &'a Value, provider: &str) -> &'a Value {
    let streams = report["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["provider"] == provider).unwrap()
}

/// The lines of a JSONL file.
pub fn lines(dir: &Dir, name: &str) -> Vec<Value> {
    dir.read(name).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Provider and id of every line; each is there once.
pub fn keys(dir: &Dir, name: &str) -> BTreeSet<(String, String)> {
    let mut keys = BTreeSet::new();
    for line in lines(dir, name) {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        assert!(keys.insert((text("provider"), text("id"))), "twice: {line}");
    }
    keys
}

/// The same of what the platforms list.
pub fn listed(bench: &Bench) -> BTreeSet<(String, String)> {
    let mut keys = BTreeSet::new();
    for (provider, ..) in LEADS {
        let list = bench.run(&["leads", "list", "--provider", provider, "--format", "json"]);
        for lead in list.json()["leads"].as_array().unwrap() {
            keys.insert((provider.to_owned(), lead["id"].as_str().unwrap().to_owned()));
        }
    }
    keys
}

#[test]
fn interactions_are_left_out_for_once_whatever_the_file_says() {
    let bench = Bench::all();
    let config = bench.dir.read("leadtag.toml") + "\n[pull]\ninteractions = true\n";
    bench.dir.write("leadtag.toml", &config);
    let second = bench.dir.path().join("leads.interactions.jsonl");
    pull(&bench, "jsonl:leads.jsonl", &["--interactions=false"]).ok();
    assert!(!second.exists());
    pull(&bench, "jsonl:leads.jsonl", &[]).ok();
    assert!(second.exists());
}

#[test]
fn every_lead_of_every_provider_arrives_once_and_a_second_pull_finds_nothing_new() {
    let bench = Bench::with(Sandbox::builder().leads(450));
    let report = pull(&bench, "jsonl:leads.jsonl", &[]).json();
    assert_eq!(report["to"], "jsonl:leads.jsonl");
    assert_eq!(report["stopped"], false);
    for (provider, ..) in LEADS {
        let stream = stream(&report, provider);
        assert_eq!(stream["leads"]["new"], 450, "{stream}");
        assert_eq!(stream["complete"], true, "{stream}");
    }
    let there = keys(&bench.dir, "leads.jsonl");
    assert_eq!(there, listed(&bench));

    let before = bench.dir.read("leads.jsonl");
    let report = pull(&bench, "jsonl:leads.jsonl", &[]).json();
    for (provider, ..) in LEADS {
        let counts = &stream(&report, provider)["leads"];
        assert_eq!((&counts["new"], &counts["changed"]), (&0.into(), &0.into()), "{counts}");
    }
    assert_eq!(bench.dir.read("leads.jsonl"), before);
}

#[test]
fn what_came_since_and_what_was_edited_arrives_with_the_next_pull() {
    let bench = Bench::all();
    pull(&bench, "jsonl:leads.jsonl", &["--pii", "plain"]).json();
    let admin = bench.admin();
    let new = [
        ("shop-douyin", admin.insert_douyin_lead()),
        ("crm", admin.insert_crm_lead()),
        ("leads-beschannels", admin.insert_beschannels_lead()),
    ];
    let (_, edited) = &new[1];
    pull(&bench, "jsonl:leads.jsonl", &["--pii", "plain"]).json();
    let there = keys(&bench.dir, "leads.jsonl");
    for (provider, id) in &new {
        assert!(there.contains(&((*provider).to_owned(), id.clone())), "{provider} {id}");
    }
    assert_eq!(there, listed(&bench));

    assert!(admin.edit_crm_lead(edited, "name", "改名"));
    let report = pull(&bench, "jsonl:leads.jsonl", &["--pii", "plain"]).json();
    assert_eq!(stream(&report, "crm")["leads"]["changed"], 1, "{report}");
    let all = lines(&bench.dir, "leads.jsonl");
    let lead = all.iter().find(|line| line["id"] == edited.as_str()).unwrap();
    assert_eq!(lead["name"], "改名");
}

#[test]
fn personal_data_is_masked_unless_it_is_said_otherwise_and_one_line_says_so() {
    let bench = Bench::all();
    let notice = "personal data is masked";
    let ran = pull(&bench, "jsonl:masked.jsonl", &[]).ok();
    assert_eq!(ran.stderr.matches(notice).count(), 1, "{ran:?}");
    let text = bench.dir.read("masked.jsonl");
    assert!(!text.contains("1990000") && !text.contains("@example"), "{text}");

    let ran = pull(&bench, "jsonl:meant.jsonl", &["--pii", "mask"]).ok();
    assert!(!ran.stderr.contains(notice), "{ran:?}");
    let ran = pull(&bench, "jsonl:plain.jsonl", &["--pii", "plain"]).ok();
    assert!(!ran.stderr.contains(notice), "{ran:?}");
    assert!(bench.dir.read("plain.jsonl").contains("1990000"));
}

#[test]
fn what_is_hidden_in_its_own_column_alone_is_told() {
    let bench = Bench::all();
    let told = "notice: of mobiles, name the column alone is hidden";
    let half = ["--pii", "plain,mobiles=mask,name=mask"];
    assert!(pull(&bench, "jsonl:a.jsonl", &half).ok().stderr.contains(told));
    for whole in ["plain", "mask,name=plain"] {
        let ran = pull(&bench, &format!("jsonl:{whole}.jsonl"), &["--pii", whole]).ok();
        assert!(!ran.stderr.contains("column alone"), "{ran:?}");
    }
    let twice = pull(&bench, "jsonl:b.jsonl", &["--pii", "name=mask,name=plain"]);
    twice.fails(64, &["--pii says two things of name"]);
}

#[test]
fn one_column_may_be_treated_otherwise_than_the_rest() {
    let bench = Bench::all();
    bench.dir.write("key", "0123456789abcdef0123456789abcdef\n");
    let options = ["--pii", "mask,mobiles=hmac,name=plain", "--hmac-key", "file:key"];
    pull(&bench, "jsonl:leads.jsonl", &options).ok();
    let mut hashes = 0;
    for line in lines(&bench.dir, "leads.jsonl") {
        for mobile in line["mobiles"].as_array().unwrap() {
            let mobile = mobile.as_str().unwrap();
            assert!(mobile.len() == 32 && mobile.bytes().all(|b| b.is_ascii_hexdigit()), "{line}");
            hashes += 1;
        }
        assert!(!line["name"].as_str().unwrap_or_default().contains('*'), "{line}");
    }
    assert!(hashes > 50, "{hashes}");
}

#[test]
fn the_file_says_what_the_command_line_does_not() {
    let bench = Bench::all();
    let config = bench.dir.read("leadtag.toml");
    let pull = "[pull]\nto = \"jsonl:out.jsonl\"\nprovider = [\"crm\", \"shop-douyin\"]\n\
                columns = [\"name\", \"level\"]\n\
                [pull.pii]\nname = \"plain\"\ndefault = \"mask\"\n";
    bench.dir.write("leadtag.toml", &format!("{config}\n{pull}"));
    let ran = bench.run(&["leads", "pull", "--format", "json"]);
    assert!(!ran.stderr.contains("personal data is masked"), "{ran:?}");
    let report = ran.json();
    let names: Vec<_> = report["streams"].as_array().unwrap().iter().collect();
    assert_eq!(names.len(), 2, "{report}");
    let first = &lines(&bench.dir, "out.jsonl")[0];
    assert!(first.get("level").is_some() && first.get("company").is_none(), "{first}");
    // A flag wins over the file.
    bench.run(&["leads", "pull", "--provider", "crm", "--to", "jsonl:other.jsonl"]).ok();
    assert!(lines(&bench.dir, "other.jsonl").iter().all(|line| line["provider"] == "crm"));
    // Where the file says it of a column alone, nobody said what becomes of the rest.
    let unsaid = format!("{config}\n{}", pull.replace("default = \"mask\"\n", ""));
    bench.dir.write("leadtag.toml", &unsaid);
    let to = |name: &str| format!("jsonl:{name}.jsonl");
    let ran = bench.run(&["leads", "pull", "--to", &to("unsaid")]).ok();
    assert!(ran.stderr.contains("personal data is masked"), "{ran:?}");
    let is_masked = |name: &str| {
        let lines = lines(&bench.dir, &format!("{name}.jsonl"));
        let names: Vec<_> = lines.iter().filter_map(|line| line["name"].as_str()).collect();
        assert!(!names.is_empty());
        names.iter().all(|name| name.contains('*'))
    };
    assert!(!is_masked("unsaid"));
    // A mode for all on the command line is one for all.
    bench.run(&["leads", "pull", "--to", &to("all"), "--pii", "mask"]).ok();
    assert!(is_masked("all"));
}

#[test]
fn the_strategy_of_each_stream_is_told() {
    let bench = Bench::all();
    let ran = pull(&bench, "jsonl:leads.jsonl", &[]).ok();
    for (provider, how) in [
        ("crm", "by time of creation, oldest first"),
        ("shop-douyin", "by spans of time"),
        ("leads-beschannels", "as a whole, compared with the last time"),
    ] {
        let line = ran.stderr.lines().find(|line| line.starts_with(&format!("{provider}: read")));
        assert!(line.is_some_and(|line| line.contains(how)), "{provider}: {ran:?}");
    }
}

#[test]
fn the_report_is_what_stdout_says_as_json() {
    let bench = Bench::all();
    let ran = pull(&bench, "jsonl:leads.jsonl", &["--report", "report.json"]);
    let printed = ran.json();
    let written: Value = serde_json::from_str(&bench.dir.read("report.json")).unwrap();
    assert_eq!(printed, written);
    for key in ["read", "skipped", "calls", "retries", "waits", "waited", "seconds"] {
        assert!(stream(&written, "crm")[key].is_number(), "{key}: {written}");
    }
    assert!(written["seconds"].is_number());
    // In text, the file is there all the same.
    let text = bench.run(&[
        "leads",
        "pull",
        "--provider",
        "crm",
        "--to",
        "jsonl:leads.jsonl",
        "--report",
        "two.json",
    ]);
    assert!(text.ok().stdout.starts_with("PROVIDER"));
    let written: Value = serde_json::from_str(&bench.dir.read("two.json")).unwrap();
    assert_eq!(stream(&written, "crm")["complete"], true);
}

#[test]
fn a_stream_that_fails_hinders_no_other_one_and_goes_on_the_next_time() {
    let bench = Bench::with(Sandbox::builder().leads(450));
    let list = LEADS[1].2;
    bench.admin().inject(FaultSpec::new(Fault::InvalidTokenForever).on(list));
    let ran = pull(&bench, "jsonl:leads.jsonl", &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(stream(&report, "crm")["error"].is_string(), "{report}");
    let is_named = |line: &str| line.contains(r#""provider":"crm","platform":"crm-v3""#);
    assert!(ran.stderr.lines().any(is_named), "{ran:?}");
    for provider in ["shop-douyin", "leads-beschannels"] {
        assert_eq!(stream(&report, provider)["complete"], true, "{report}");
    }
    bench.admin().clear_faults();
    pull(&bench, "jsonl:leads.jsonl", &[]).ok();
    assert_eq!(keys(&bench.dir, "leads.jsonl"), listed(&bench));
}

#[test]
fn faults_that_pass_are_got_over() {
    for fault in [
        Fault::ExpiredToken,
        Fault::Busy,
        Fault::Html502,
        Fault::Truncated,
        Fault::Reset,
        Fault::LostReply,
        Fault::ShiftingPages,
    ] {
        let bench = Bench::with(Sandbox::builder().leads(450));
        for (_, platform, api) in LEADS {
            // Without tokens that can be had anew, an expired one is a refusal.
            if fault != Fault::ExpiredToken || platform != "crm-v3" {
                bench.admin().inject(FaultSpec::new(fault).on(api).skip(1));
            }
        }
        let ran = pull(&bench, "jsonl:leads.jsonl", &[]);
        assert_eq!(ran.code, 0, "{fault:?}: {ran:?}");
        pull(&bench, "jsonl:leads.jsonl", &[]).ok();
        assert_eq!(keys(&bench.dir, "leads.jsonl"), listed(&bench), "{fault:?}");
    }
}

#[test]
fn without_a_configuration_the_sandbox_is_pulled_and_goes_on() {
    let dir = Dir::new();
    let command = ["leads", "pull", "--provider", "crm", "--to", "jsonl:leads.jsonl"];
    let ran = dir.run(&command).ok();
    assert!(ran.stderr.starts_with("SANDBOX"), "{ran:?}");
    let count = lines(&dir, "leads.jsonl").len();
    assert!(count >= 40, "{count}");
    // Another sandbox, at another address, with the same people.
    dir.run(&command).ok();
    assert_eq!(keys(&dir, "leads.jsonl").len(), count);
}

#[test]
fn a_limit_is_the_number_of_leads_and_the_next_pull_does_the_rest() {
    let bench = Bench::with(Sandbox::builder().leads(450));
    for rows in [5, 125] {
        let limit = if rows == 5 { "5" } else { "120" };
        let report = pull(&bench, "jsonl:leads.jsonl", &["--limit", limit]).json();
        for (provider, ..) in LEADS {
            let stream = stream(&report, provider);
            assert!(!stream["complete"].as_bool().unwrap(), "{provider}: {report}");
            let stored = keys(&bench.dir, "leads.jsonl");
            let stored = stored.iter().filter(|(name, _)| name == provider);
            assert_eq!(stored.count(), rows, "{provider}: {report}");
        }
    }
    pull(&bench, "jsonl:leads.jsonl", &[]).ok();
    assert_eq!(keys(&bench.dir, "leads.jsonl"), listed(&bench));
}

#[test]
fn an_attribute_that_is_asked_for_and_that_no_lead_has_is_told() {
    let bench = Bench::all();
    bench.dir.write("map.toml", "[rename]\n\"attributes.brithday\" = \"born\"\n");
    for (column, told) in [
        ("attributes.gendre", "no lead that was pulled so far has attributes.gendre"),
        ("attributes.*", "no lead that was pulled so far has attributes.brithday"),
    ] {
        let columns = ["--columns", column, "--map", "map.toml", "--full"];
        let ran = pull(&bench, "jsonl:leads.jsonl", &columns).ok();
        assert!(ran.stderr.contains(told), "{ran:?}");
    }
}
