//! `leadtag leads pull` while it waits: it shows that it does, and Ctrl-C ends it at once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::Value;

use crate::leads_pull::{keys, stream};
use crate::leads_pull_faults::{TO, bench, check_numbers, check_the_rest, pull, report, start};
use crate::support::{Bench, LEADS, Ran, wait_until};

#[test]
fn a_rate_limit_is_a_wait_that_is_shown_and_no_failure() {
    let bench = bench();
    let admin = bench.admin();
    admin.set_closed_seconds(2);
    for (_, platform, api) in LEADS {
        // Douyin does not tell for how long: a minute it is.
        if platform != "douyin" {
            admin.inject(FaultSpec::new(Fault::RateLimited).on(api).skip(1));
        }
    }
    admin.reset_counts();
    let ran = pull(&bench, TO);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = report(&ran);
    assert!(check_numbers(&bench, &told) >= 2, "{told}");
    for (provider, platform, _) in LEADS {
        let stream = stream(&told, provider);
        assert_eq!(stream["complete"], true, "{stream}");
        assert!(stream.get("error").is_none(), "{stream}");
        let waits = stream["waits"].as_u64().unwrap();
        if platform == "douyin" {
            assert_eq!((waits, stream["waited"].as_f64()), (0, Some(0.0)), "{stream}");
            continue;
        }
        assert!(waits >= 1 && stream["waited"].as_f64().unwrap() > 1.5, "{stream}");
        let line = format!("{provider}: waits 2 s for the rate limit");
        assert!(ran.stderr.contains(&line), "{ran:?}");
    }
    assert!(!ran.stderr.contains("error"), "{ran:?}");
    check_the_rest(&bench, "rate-limited");
}

#[test]
fn a_rate_limit_of_the_call_for_a_token_is_a_wait_too() {
    let bench = bench();
    bench.admin().set_closed_seconds(2);
    bench.admin().inject(FaultSpec::new(Fault::RateLimited).on("get-access-token"));
    bench.admin().reset_counts();
    let ran = pull(&bench, TO);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told = report(&ran);
    assert_eq!(check_numbers(&bench, &told), 1);
    let stream = stream(&told, "leads-beschannels");
    assert_eq!((&stream["waits"], &stream["token_calls"]), (&1.into(), &2.into()), "{stream}");
    assert!(ran.stderr.contains("leads-beschannels: waits 2 s for the rate limit"), "{ran:?}");
}

#[test]
fn who_watches_sends_refused_credentials_once() {
    let bench = Bench::all();
    let wrong = bench.dir.read("leadtag.toml").lines().fold(String::new(), |text, line| {
        let is_key = line.trim_start().starts_with("app_key");
        text + if is_key { "app_key = \"made-up-and-wrong\"" } else { line } + "\n"
    });
    bench.dir.write("leadtag.toml", &wrong);
    bench.admin().reset_counts();
    let ran = bench.run(&["leads", "pull", "--provider", "crm", "--to", TO, "--watch", "1s"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("crm is not asked any more"), "{ran:?}");
    assert_eq!(bench.admin().calls(LEADS[1].2), 1);
}

#[test]
fn who_refused_the_credentials_is_in_every_report_of_a_watch() {
    let bench = Bench::all();
    let crm = bench.section("crm");
    let key = crm.lines().find(|line| line.starts_with("app_key")).unwrap();
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &config.replace(key, "app_key = \"made-up-and-wrong\""));
    let api = LEADS[2].2;
    bench.admin().reset_counts();
    let command = ["leads", "pull", "--provider", "crm,leads-beschannels", "--to", TO];
    let more = ["--watch", "1s", "--report", "report.json"];
    let mut command = bench.dir.command(&[&command[..], &more].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let told = || {
        let text = std::fs::read(bench.dir.path().join("report.json")).unwrap_or_default();
        serde_json::from_slice::<Value>(&text).unwrap_or_default()
    };
    let error = |told: &Value| {
        let mut streams = told["streams"].as_array().into_iter().flatten();
        let crm = streams.find(|stream| stream["provider"] == "crm");
        crm.and_then(|crm| crm["error"].as_str()).unwrap_or_default().to_owned()
    };
    wait_until("a later pull has its report", || error(&told()).contains("not asked again"));
    assert!(error(&told()).contains("refused the credentials"), "{}", told());
    assert_eq!(stream(&told(), "leads-beschannels")["complete"], true);
    interrupt(child);
    assert!(bench.admin().calls(api) > 1);
    assert_eq!(bench.admin().calls(LEADS[1].2), 1);
}

#[test]
fn who_was_down_when_a_watch_began_is_asked_for_the_same_as_the_others() {
    let bench = bench();
    let list = bench.run(&["leads", "list", "--provider", "crm", "--format", "json"]).json();
    let leads = list["leads"].as_array().unwrap();
    let created = |lead: &Value| lead["created_at"].as_str().unwrap().to_owned();
    let since = created(&leads[leads.len() / 2]);
    let wanted = leads.iter().filter(|lead| created(lead) >= since);
    let wanted: BTreeSet<_> =
        wanted.map(|lead| ("crm".to_owned(), lead["id"].as_str().unwrap().to_owned())).collect();
    assert!(wanted.len() < leads.len());
    let api = LEADS[1].2;
    bench.admin().inject(FaultSpec::new(Fault::ErrorCode(40058)).on(api));
    let command = ["leads", "pull", "--provider", "crm", "--since", &since, "--to", TO];
    let mut command = bench.dir.command(&[&command[..], &["--watch", "1s"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let file = bench.dir.path().join("leads.jsonl");
    wait_until("the second pull writes its file", || file.exists());
    let calls = bench.admin().calls(api);
    wait_until("the third pull asks for leads", || bench.admin().calls(api) > calls + 1);
    let ran = interrupt(child);
    assert!(ran.stderr.contains("40058"), "{ran:?}");
    assert_eq!(keys(&bench.dir, "leads.jsonl"), wanted);
}

#[test]
fn the_status_of_a_first_pull_that_waits_is_that_there_is_no_checkpoint_yet() {
    for to in [TO, "csv:leads.csv", "parquet:leads", "sqlite:leads.db"] {
        let bench = bench();
        bench.admin().set_closed_seconds(60);
        bench.admin().inject(FaultSpec::new(Fault::RateLimited).on(LEADS[1].2));
        let command = ["leads", "pull", "--provider", "crm", "--to", to];
        let mut command = bench.dir.command(&command);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let mut shown = String::new();
        while !shown.contains(" for the rate limit") {
            assert!(lines.read_line(&mut shown).unwrap() > 0, "it does not wait: {shown}");
        }
        let status = bench.run(&["leads", "status", "--to", to]).ok();
        assert!(status.stderr.contains("has no checkpoint of any provider"), "{status:?}");
        interrupt(child);
    }
}

#[test]
fn a_failure_is_one_whether_or_not_somebody_reads_the_table() {
    let bench = Bench::all();
    bench.admin().inject(FaultSpec::new(Fault::InvalidTokenForever).always());
    let pull = ["leads", "pull", "--provider", "crm,leads-beschannels", "--to", TO];
    assert_eq!(bench.dir.run_unread(&pull), Some(1));
}

#[test]
fn a_wait_for_the_limits_of_the_configuration_is_shown_too() {
    let bench = bench();
    let config = bench.section("crm");
    bench
        .dir
        .write("leadtag.toml", &format!("{config}\n[providers.crm.limits]\nper_minute = 30\n"));
    let command = ["leads", "pull", "--provider", "crm", "--page-size", "10", "--limit", "150"];
    let options = ["--to", TO, "--format", "json"];
    bench.admin().reset_counts();
    let ran = bench.run(&[&command[..], &options].concat());
    let told = report(&ran);
    let stream = stream(&told, "crm");
    assert_eq!(stream["calls"], bench.admin().calls(LEADS[1].2), "{stream}");
    assert!(stream["calls"].as_u64().unwrap() > 15, "{stream}");
    assert!(stream["waits"].as_u64().unwrap() >= 1, "{stream}");
    assert_eq!(stream["retries"], 0, "{stream}");
    assert!(ran.stderr.contains("crm: waits "), "{ran:?}");
}

/// Presses Ctrl-C, and asserts that it ends by that.
pub fn interrupt(child: Child) -> Ran {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    ran
}

#[test]
fn ctrl_c_ends_a_wait_at_once_and_at_a_checkpoint() {
    // One that the call waits for by itself, and one that is longer than a call may take.
    for seconds in [30, 60] {
        ctrl_c_ends_a_wait_of(seconds);
    }
}

fn ctrl_c_ends_a_wait_of(seconds: u64) {
    let bench = bench();
    let admin = bench.admin();
    admin.set_closed_seconds(seconds);
    // Douyin's leads are looked for by spans of time, so it takes some calls to find the first ones.
    let good = |platform: &str| if platform == "douyin" { 15 } else { 2 };
    for (_, platform, api) in LEADS {
        admin.inject(FaultSpec::new(Fault::RateLimited).on(api).skip(good(platform)));
    }
    admin.reset_counts();
    let mut child = start(&bench);
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut shown = String::new();
    while shown.matches(" for the rate limit").count() < LEADS.len() {
        assert!(lines.read_line(&mut shown).unwrap() > 0, "not all wait: {shown}");
    }
    let mut ran = interrupt(child);
    lines.read_to_string(&mut shown).unwrap();
    ran.stderr = shown;
    let told = report(&ran);
    check_numbers(&bench, &told);
    assert_eq!(told["stopped"], true);
    for (provider, ..) in LEADS {
        let stream = stream(&told, provider);
        assert_eq!((&stream["waits"], &stream["complete"]), (&1.into(), &false.into()), "{stream}");
        // Douyin does not tell for how long.
        let seconds = if provider == "shop-douyin" { 60 } else { seconds };
        // It did not wait to the end.
        assert!(stream["waited"].as_f64().unwrap() < seconds as f64, "{stream}");
        assert!(stream.get("error").is_none(), "{stream}");
        let there = stream["leads"]["new"].as_u64().unwrap();
        assert!(there > 0 || provider == "shop-douyin", "{stream}");
        let line = format!("{provider}: waits {seconds} s for the rate limit");
        assert!(ran.stderr.contains(&line), "{ran:?}");
    }
    assert!(ran.stderr.contains("to go on: leadtag leads pull"), "{ran:?}");
    check_the_rest(&bench, "stopped while it waits");
}

#[test]
fn ctrl_c_ends_the_pause_before_another_try() {
    let bench = bench();
    let admin = bench.admin();
    for (_, _, api) in LEADS {
        admin.inject(FaultSpec::new(Fault::Busy).on(api).skip(2).always());
    }
    admin.reset_counts();
    let child = start(&bench);
    // Four requests, and four again after a second; then it pauses for five.
    wait_until("every platform is asked again", || {
        LEADS.iter().all(|(_, _, api)| admin.calls(api) >= 10)
    });
    let ran = interrupt(child);
    let told = report(&ran);
    assert!(check_numbers(&bench, &told) >= 7 * 3, "{told}");
    for (provider, ..) in LEADS {
        let stream = stream(&told, provider);
        assert_eq!((&stream["waits"], &stream["complete"]), (&0.into(), &false.into()), "{stream}");
        assert!(stream["retries"].as_u64().unwrap() >= 7, "{stream}");
        assert!(ran.stderr.contains("tries again in 1 s"), "{ran:?}");
    }
    check_the_rest(&bench, "stopped in a pause");
}
