//! `leadtag tap` when it is stopped, when its target dies, and with a state of something else.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

use leadtag_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{Bench, Ran, wait_until};

const LIST: &str = "clue/list-by-create-time-asc";

/// A bench with so many leads of CRM v3 alone.
fn crm(leads: usize) -> Bench {
    let bench = Bench::with(Sandbox::builder().leads(leads));
    bench.dir.write("leadtag.toml", &bench.section("crm"));
    bench
}

/// The last message of an output must be a STATE; its value.
fn last_state(stdout: &str) -> Value {
    let last = stdout.lines().last().unwrap_or_default();
    let mut message: Value = serde_json::from_str(last).expect(last);
    assert_eq!(message["type"], "STATE", "{last}");
    message["value"].take()
}

fn ids(stdout: &str) -> impl Iterator<Item = String> {
    let messages = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let records = messages.filter(|message| message["type"] == "RECORD");
    records.map(|message| message["record"]["id"].as_str().unwrap().to_owned())
}

#[test]
fn who_is_told_to_end_ends_with_a_state_that_covers_what_was_sent() {
    for signal in ["-TERM", "-INT"] {
        let bench = crm(1_000);
        bench.admin().set_latency(Some(LIST), Duration::from_millis(100));
        let mut command = bench.dir.command(&["tap"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("the third page is asked for", || bench.admin().calls(LIST) >= 3);
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 130, "{ran:?}");
        assert!(ran.stderr.contains("stopped; to go on, run it again"), "{ran:?}");
        let sent: Vec<String> = ids(&ran.stdout).collect();
        let mut all: BTreeSet<&String> = sent.iter().collect();
        assert!(!all.is_empty() && all.len() < 1_000, "{}", all.len());
        bench.dir.write("state.json", &last_state(&ran.stdout).to_string());

        bench.admin().set_latency(None, Duration::ZERO);
        let ran = bench.run(&["tap", "--state", "state.json"]).ok();
        let rest: Vec<String> = ids(&ran.stdout).collect();
        assert_ne!(rest[0], sent[0], "it did not go on where it was");
        all.extend(&rest);
        assert_eq!(all.len(), 1_000);
    }
}

#[test]
fn who_is_told_to_end_while_he_looks_prints_no_half_of_a_catalog() {
    let bench = crm(1_000);
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &format!("{config}\n[pull]\nattributes = \"columns\"\n"));
    bench.admin().set_latency(Some(LIST), Duration::from_millis(500));
    let mut command = bench.dir.command(&["tap", "--discover"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("leads are asked for", || bench.admin().calls(LIST) > 0);
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (130, ""), "{ran:?}");
}

#[test]
fn a_target_that_died_ends_the_tap_with_one_line() {
    let bench = crm(450);
    for args in [&["tap"][..], &["tap", "--discover"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bench.dir.command(args);
        let ran = Ran::from(command.stdout(writer).output().unwrap());
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        if args.len() == 1 {
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(ran.stderr.contains("error: stdout: nobody reads it any more"), "{ran:?}");
        } else {
            assert_eq!(ran.code, 0, "{ran:?}");
        }
    }
}

#[test]
fn a_state_of_something_else_is_refused_before_anything_is_sent() {
    let bench = crm(40);
    let state = last_state(&bench.run(&["tap"]).ok().stdout);
    bench.admin().reset_counts();
    for (key, value, parts) in [
        ("account", "0", &["another account", "--state"][..]),
        ("platform", "douyin", &["another platform", "--state"]),
    ] {
        let mut other = state.clone();
        other["bookmarks"]["crm"]["checkpoint"][key] = value.into();
        bench.dir.write("state.json", &other.to_string());
        bench.run(&["tap", "--state", "state.json"]).fails(64, parts);
    }
    let mut other = state.clone();
    other["bookmarks"]["crm"]["checkpoint"]["place"] =
        serde_json::json!({"strategy": "snapshot", "number": 1, "cursor": null, "complete": true});
    bench.dir.write("state.json", &other.to_string());
    bench.run(&["tap", "--state", "state.json"]).fails(64, &["in another way", "--state"]);
    // What is there of providers that this configuration does not have is no business of it.
    let mut more = state.clone();
    more["bookmarks"]["other"] = state["bookmarks"]["crm"].clone();
    bench.dir.write("state.json", &more.to_string());
    assert_eq!(bench.admin().calls(LIST), 0);
    let ran = bench.run(&["tap", "--state", "state.json"]).ok();
    assert_eq!(last_state(&ran.stdout)["bookmarks"]["other"], more["bookmarks"]["other"]);
}
