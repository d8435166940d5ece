//! `leadtag leads pull` with something wrong: named before anything is sent or written.

use serde_json::Value;

use crate::support::Bench;

const PULL: [&str; 3] = ["leads", "pull", "--provider"];

/// Asserts that the pull is refused with these parts, without a request and without a file.
#[track_caller]
fn refused(bench: &Bench, options: &[&str], parts: &[&str]) {
    let before = std::fs::read_dir(bench.dir.path()).unwrap().count();
    bench.admin().reset_counts();
    let ran = bench.run(&[&PULL[..], options].concat());
    assert!(bench.admin().all_requests().is_empty(), "{options:?}");
    assert_eq!(std::fs::read_dir(bench.dir.path()).unwrap().count(), before, "{ran:?}");
    ran.fails(64, parts);
}

#[test]
fn an_option_that_says_nothing_is_refused_by_its_name() {
    let bench = Bench::all();
    let to = ["crm", "--to", "jsonl:leads.jsonl"];
    for (option, parts) in [
        (&["--since", "yesterday"][..], &["--since", "2026-01-31"][..]),
        (&["--since", "2024-13-01"], &["--since", "2026-01-31"]),
        (&["--since", "-7d"], &["--since", "2026-01-31"]),
        (&["--until", "32.1.2026"], &["--until", "2026-01-31"]),
        (&["--refresh", "some"], &["--refresh", "all"]),
        (&["--look-back", "long"], &["--look-back", "30s"]),
        (&["--watch", "0s"], &["--watch"]),
        (&["--limit", "0"], &["--limit", "1 or more"]),
        (&["--page-size", "many"], &["--page-size", "1 or more"]),
        (&["--pii", "hide"], &["--pii", "mask, hmac or plain"]),
        (&["--attributes", "rows"], &["--attributes", "columns"]),
        (&["--since", "7d", "--full"], &["--since", "--full"]),
    ] {
        refused(&bench, &[&to, option].concat(), parts);
    }
}

#[test]
fn a_destination_that_is_none_is_answered_with_those_there_are() {
    let bench = Bench::all();
    for to in ["leads.jsonl", "xlsx:leads.xlsx", "mysql:leads", "jsonl:", "csv:~/leads.csv", ""] {
        refused(&bench, &["crm", "--to", to], &["--to", "sqlite:"]);
    }
    refused(&bench, &["crm"], &["--to", "jsonl:PATH", "sqlite:PATH"]);
}

#[test]
fn a_provider_without_leads_and_one_that_is_not_there_are_told() {
    let bench = Bench::all();
    let to = ["--to", "jsonl:leads.jsonl"];
    refused(&bench, &[&["shop-wecom"][..], &to].concat(), &["has no leads", "crm (crm-v3)"]);
    let unknown = ["no provider \"shop-doyin\"", "did you mean shop-douyin?"];
    refused(&bench, &[&["shop-doyin"][..], &to].concat(), &unknown);
    refused(&bench, &[&["crm,shop-doyin"][..], &to].concat(), &unknown);
    bench.run(&["leads", "pull", "--to", "jsonl:leads.jsonl"]).fails(64, &["several providers"]);
}

#[test]
fn a_span_is_refused_where_the_platform_has_no_filter_for_it() {
    let bench = Bench::all();
    for option in [["--since", "7d"], ["--until", "2024-01-01"]] {
        let to = ["crm,leads-beschannels", "--to", "jsonl:leads.jsonl"];
        refused(&bench, &[&to[..], &option].concat(), &["leads-beschannels", option[0]]);
    }
    let span =
        ["crm", "--to", "jsonl:leads.jsonl", "--since", "2024-02-01", "--until", "2024-01-01"];
    refused(&bench, &span, &["since", "until"]);
    let future = ["crm", "--to", "jsonl:leads.jsonl", "--since", "2999-01-01"];
    refused(&bench, &future, &["--since", "in the future"]);
}

#[test]
fn a_column_that_is_none_is_refused_with_the_nearest() {
    let bench = Bench::all();
    let to = ["crm", "--to", "jsonl:leads.jsonl"];
    refused(&bench, &[&to[..], &["--columns", "name,mobile"]].concat(), &["mobile", "mobiles"]);
    refused(&bench, &[&to[..], &["--pii", "mobils=plain"]].concat(), &["mobils", "mobiles"]);
}

#[test]
fn a_map_that_is_impossible_is_refused_with_its_place() {
    let bench = Bench::all();
    let to = ["crm", "--to", "jsonl:leads.jsonl", "--map"];
    for (map, parts) in [
        ("drop = [\"id\"]\n", &["id"][..]),
        ("drop = [\"deleted_at\"]\n", &["map.toml:1", "deleted_at", "leadtag needs it"]),
        ("[rename]\ndeleted_at = \"gone\"\n", &["map.toml:2", "deleted_at", "leadtag needs it"]),
        ("[rename]\nname = \"company\"\n", &["company"]),
        ("[rename]\nname = \"x\"\ncompany = \"x\"\n", &["x"]),
        ("renames = 1\n", &["map.toml:1", "rename"]),
        ("[rename\n", &["map.toml:1"]),
        ("[pii]\nmobiles = \"hide\"\n", &["map.toml:2"]),
    ] {
        bench.dir.write("map.toml", map);
        refused(&bench, &[&to[..], &["map.toml"]].concat(), parts);
    }
    refused(&bench, &[&to[..], &["nowhere.toml"]].concat(), &["nowhere.toml"]);
}

#[test]
fn a_hash_needs_a_key_that_is_none_of_the_command_line() {
    let bench = Bench::all();
    let to = ["crm", "--to", "jsonl:leads.jsonl", "--pii", "hmac"];
    refused(&bench, &to, &["hmac_key"]);
    bench.dir.write("short", "123\n");
    for (key, parts) in [
        ("0123456789abcdef", &["env:NAME", "file:PATH"][..]),
        ("env:LEADTAG_TEST_UNSET", &["LEADTAG_TEST_UNSET", "not set"]),
        ("file:nowhere", &["nowhere"]),
        ("file:short", &["16"]),
    ] {
        refused(&bench, &[&to[..], &["--hmac-key", key]].concat(), parts);
    }
}

#[test]
fn a_key_in_clear_text_is_good_and_told() {
    let bench = Bench::all();
    let key = "0123456789abcdef0123456789abcdef";
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &format!("{config}\n[pull]\nhmac_key = \"{key}\"\n"));
    let pull = ["leads", "pull", "--provider", "crm", "--to", "jsonl:leads.jsonl", "--pii", "hmac"];
    let ran = bench.run(&pull).ok();
    assert!(ran.stderr.contains("hmac_key") && ran.stderr.contains("env:"), "{ran:?}");
    assert!(!ran.stderr.contains(key), "{ran:?}");
}

#[test]
fn what_stands_wrong_in_the_file_is_told_with_its_line() {
    let bench = Bench::all();
    let config = bench.dir.read("leadtag.toml");
    let line = config.lines().count() + 2;
    for (text, parts) in [
        ("too = \"x\"", &["too", "did you mean to?"][..]),
        ("to = \"xlsx:x\"", &["to:", "sqlite:"]),
        ("refresh = \"some\"", &["refresh:"]),
        ("attributes = \"rows\"", &["attributes:", "json"]),
        ("columns = [1]", &["columns:", "list of texts"]),
        ("pii = \"hide\"", &["pii:", "mask"]),
        ("provider = [\"\"]", &["provider:"]),
        ("hmac_key = \"env:LEADTAG_TEST_UNSET\"\npii = \"hmac\"", &["hmac_key:", "set it"]),
    ] {
        bench.dir.write(
            "leadtag.toml",
            &format!("{config}\n[pull]\n{text}\n").replace("\n\n[pull]", "\n[pull]"),
        );
        let place = format!("leadtag.toml:{line}: [pull] ");
        let parts = [parts, &[place.as_str()]].concat();
        refused(&bench, &["crm", "--to", "jsonl:leads.jsonl"], &parts);
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_the_pull() {
    let bench = Bench::all();
    bench.admin().reset_counts();
    let ran = bench.run(&[
        "leads",
        "pull",
        "--provider",
        "crm",
        "--to",
        "jsonl:l.jsonl",
        "--report",
        "no/where.json",
    ]);
    assert!(bench.admin().all_requests().is_empty());
    ran.fails(64, &["no/where.json", "--report"]);
}

#[test]
fn a_report_does_not_take_the_place_of_the_leads() {
    let bench = Bench::all();
    for to in ["jsonl:leads.jsonl", "csv:leads.csv", "sqlite:leads.db"] {
        let (_, file) = to.split_once(':').unwrap();
        let file = format!("./{file}");
        let pull = ["leads", "pull", "--provider", "crm", "--to", to];
        let both = [&pull[..], &["--report", &file]].concat();
        bench.run(&both).fails(64, &["take the place of", "--report"]);
        assert!(!bench.dir.path().join(&file).exists(), "{to}");
        bench.run(&pull).ok();
        bench.run(&both).fails(64, &["take the place of", "--report"]);
        bench.run(&pull).ok();
    }
}

#[test]
fn a_report_takes_the_place_of_no_other_file() {
    let bench = Bench::all();
    let pull = ["leads", "pull", "--provider", "crm", "--to", "jsonl:leads.jsonl"];
    let reported =
        |file: &str, more: &[&str]| bench.run(&[&pull[..], &["--report", file], more].concat());
    reported("report.json", &[]).ok();
    reported("report.json", &[]).ok();
    let state = "leads.jsonl.leadtag/state.json";
    for file in ["leadtag.toml", state] {
        let before = bench.dir.read(file);
        reported(file, &[]).fails(64, &["take the place of", file, "--report"]);
        assert_eq!(bench.dir.read(file), before);
    }
    // Nothing is there yet when the pull begins.
    let second = "leads.interactions.jsonl";
    reported(second, &["--interactions"]).fails(64, &["take the place of", "leads.jsonl"]);
    reported("report.json", &["--interactions"]).ok();
    assert!(!bench.dir.read(second).contains("\"streams\""));
    for (to, file) in [
        ("sqlite:a.db", "a.db-wal"),
        ("sqlite:a.db", "a.db.lock"),
        ("parquet:p", "p/leads/report.json"),
        ("jsonl:leads.jsonl", ".leads.jsonl.next"),
    ] {
        let pull = ["leads", "pull", "--provider", "crm", "--to", to, "--report", file];
        bench.run(&pull).fails(64, &["take the place of", to]);
    }
}

#[test]
fn a_destination_that_cannot_be_opened_leaves_no_report_of_the_pull_before() {
    let bench = Bench::all();
    let pull = ["leads", "pull", "--provider", "crm", "--to", "sqlite:a.db", "--report", "r.json"];
    bench.run(&pull).ok();
    bench.dir.write("a.db", "this is no database, and longer than a header of one");
    bench.run(&pull).fails(1, &["a.db", "hint: "]);
    let report: Value = serde_json::from_str(&bench.dir.read("r.json")).unwrap();
    assert!(report["error"].as_str().is_some_and(|error| error.contains("a.db")), "{report}");
    assert_eq!(report["streams"], serde_json::json!([]));
}

#[cfg(unix)]
#[test]
fn a_report_goes_where_a_link_leads_and_into_a_pipe() {
    let bench = Bench::all();
    let path = |name: &str| bench.dir.path().join(name);
    std::os::unix::fs::symlink("behind.json", path("link.json")).unwrap();
    let pull = ["leads", "pull", "--provider", "crm", "--to", "sqlite:a.db", "--report"];
    bench.run(&[&pull[..], &["link.json"]].concat()).ok();
    assert!(path("link.json").is_symlink());
    assert!(bench.dir.read("behind.json").contains("\"streams\""));
    assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
    let reader = std::thread::spawn({
        let pipe = path("pipe");
        move || std::fs::read_to_string(pipe).unwrap()
    });
    bench.run(&[&pull[..], &["pipe"]].concat()).ok();
    assert!(reader.join().unwrap().contains("\"streams\""));
}

#[test]
fn the_same_list_under_two_names_is_refused() {
    let bench = Bench::all();
    let crm = bench.section("crm");
    bench
        .dir
        .write("leadtag.toml", &format!("{crm}\n{}", crm.replace("providers.crm", "providers.b")));
    let pull = ["leads", "pull", "--provider", "crm,b", "--to", "sqlite:a.db"];
    bench.run(&pull).fails(64, &["crm and b are the same list", "name one of them"]);
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn an_attribute_that_is_dropped_and_that_no_lead_has_is_told() {
    let bench = Bench::all();
    bench.dir.write("map.toml", "drop = [\"attributes.Address\", \"attributes.address\"]\n");
    let pull = ["leads", "pull", "--provider", "crm", "--to", "sqlite:a.db", "--map", "map.toml"];
    let ran = bench.run(&pull).ok();
    assert!(
        ran.stderr.contains("no lead that was pulled so far has attributes.Address"),
        "{ran:?}"
    );
    // What a pull of some leads did not meet may be there.
    let ran = bench.run(&pull).ok();
    assert!(!ran.stderr.contains("no lead of any"), "{ran:?}");
    // What --columns leaves out is there all the same.
    bench.dir.write("map.toml", "[rename]\n\"attributes.address\" = \"addr\"\n");
    let pull = ["leads", "pull", "--provider", "crm", "--to", "sqlite:b.db", "--map", "map.toml"];
    let ran = bench.run(&[&pull[..], &["--columns", "name, mobiles"]].concat()).ok();
    assert!(!ran.stderr.contains("no lead of any"), "{ran:?}");
}

#[test]
fn a_mistyped_destination_is_not_repeated_with_its_password() {
    let bench = Bench::all();
    for to in ["postgres:ada:geheim@host", "mysql://ada:geheim@host/db", "foo:ada:geheim@host"] {
        for command in [&["leads", "status"][..], &["leads", "pull"]] {
            let ran = bench.run(&[command, &["--to", to]].concat());
            assert!(!ran.stderr.contains("geheim"), "{}", ran.stderr);
            ran.fails(64, &["ada:***@host"]);
        }
    }
}

#[test]
fn a_report_on_stdout_is_asked_for_otherwise() {
    let report = ["crm", "--to", "jsonl:leads.jsonl", "--report", "-"];
    refused(&Bench::all(), &report, &["--report", "--format json"]);
}

#[test]
fn errors_are_json_for_those_who_ask_for_json() {
    let bench = Bench::all();
    let ran = bench.run(&[
        "leads",
        "pull",
        "--provider",
        "crm",
        "--to",
        "jsonl:l.jsonl",
        "--columns",
        "mobile",
        "--format",
        "json",
    ]);
    assert_eq!(ran.error()["kind"], "usage");
}
