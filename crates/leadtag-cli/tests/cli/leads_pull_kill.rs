//! `leadtag leads pull`, stopped and killed: the union of any number of runs is one whole run.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use leadtag_sandbox::Sandbox;
use rusqlite::Connection;

use crate::leads_pull::{keys, listed};
use crate::support::{Bench, Dir, Ran};

/// How long something may take that happens at once.
const DEADLINE: Duration = Duration::from_secs(60);
const LEADS: usize = 1500;
const KILLS: u64 = 50;
const LIST: &str = "clue/list-by-create-time-asc";

const PULL: [&str; 8] = [
    "leads",
    "pull",
    "--provider",
    "shop-douyin,crm,leads-beschannels",
    "--commit-rows",
    "100",
    "--pii=plain",
    "--to",
];

/// Pseudo-random, and the same in every run.
fn moment(number: u64) -> Duration {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^= state >> 29;
    Duration::from_micros(state.wrapping_mul(0xbf58_476d_1ce4_e5b9) % 400_000)
}

/// Kills the program at random moments, and lets the last one run to its end.
fn killed(to: &str) -> Bench {
    let bench = Bench::with(Sandbox::builder().leads(LEADS));
    let command = [&PULL[..], &[to]].concat();
    let mut killed = 0;
    for number in 0..KILLS {
        let mut child = bench.dir.command(&command);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(moment(number));
        // SIGKILL.
        let _ = child.kill();
        killed += u64::from(!child.wait().unwrap().success());
        if number == KILLS / 2 {
            let _ = bench.admin().insert_crm_lead();
            let _ = bench.admin().insert_beschannels_lead();
        }
    }
    assert!(killed > KILLS / 2, "only {killed} kills");
    bench.run(&command).ok();
    bench
}

/// Reads provider and id of every row of `leads.db`; the key makes each be there once.
fn rows(dir: &Dir) -> std::collections::BTreeSet<(String, String)> {
    let database = Connection::open(dir.path().join("leads.db")).unwrap();
    let mut all =
        database.prepare("SELECT provider, id FROM leads WHERE deleted_at IS NULL").unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn sqlite_survives_50_kills() {
    let bench = killed("sqlite:leads.db");
    assert_eq!(rows(&bench.dir), listed(&bench));
}

#[test]
fn jsonl_survives_50_kills() {
    let bench = killed("jsonl:leads.jsonl");
    assert_eq!(keys(&bench.dir, "leads.jsonl"), listed(&bench));
}

#[test]
fn csv_and_parquet_survive_50_kills() {
    for to in ["csv:leads.csv", "parquet:leads"] {
        let bench = killed(to);
        let status = bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        for stream in status["streams"].as_array().unwrap() {
            assert_eq!(stream["complete"], true, "{to}: {status}");
        }
        // Everything is there already, each once: a whole pull finds nothing new.
        let whole = bench.run(&[&PULL[..], &[to, "--full", "--format", "json"]].concat()).json();
        for stream in whole["streams"].as_array().unwrap() {
            let counts = &stream["leads"];
            let told = (&counts["new"], &counts["changed"], &counts["deleted"]);
            assert_eq!(told, (&0.into(), &0.into(), &0.into()), "{to}: {whole}");
        }
    }
}

#[test]
fn ctrl_c_stops_at_a_checkpoint_and_says_how_to_go_on() {
    let bench = Bench::with(Sandbox::builder().leads(LEADS));
    bench.admin().set_latency(Some(LIST), Duration::from_millis(200));
    let command =
        ["leads", "pull", "--provider", "crm", "--to", "sqlite:leads.db", "--page-size", "50"];
    let child = bench.dir.command(&command);
    let child = { child }.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while bench.admin().calls(LIST) < 3 {
        assert!(begun.elapsed() < DEADLINE, "nothing happens");
        sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    let next = "to go on: leadtag leads pull --provider crm --to sqlite:leads.db --page-size 50";
    assert!(ran.stderr.contains(next), "{ran:?}");
    let there = rows(&bench.dir).len();
    assert!((50..LEADS).contains(&there), "{there}");
    let status = bench.run(&["leads", "status", "--to", "sqlite:leads.db"]).ok();
    assert!(status.stdout.contains("unfinished, at "), "{status:?}");

    bench.admin().set_latency(None, Duration::ZERO);
    bench.admin().reset_counts();
    bench.run(&command).ok();
    let all = rows(&bench.dir);
    assert!(listed(&bench).iter().filter(|(p, _)| p == "crm").all(|key| all.contains(key)));
}

#[test]
fn who_watches_pulls_again_until_ctrl_c() {
    let bench = Bench::all();
    let command =
        ["leads", "pull", "--provider", "crm", "--to", "sqlite:leads.db", "--watch", "1s"];
    let child = bench.dir.command(&command);
    let child = { child }.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while !bench.dir.path().join("leads.db").exists() || bench.admin().calls(LIST) < 2 {
        assert!(begun.elapsed() < DEADLINE, "nothing happens");
        sleep(Duration::from_millis(10));
    }
    let lead = bench.admin().insert_crm_lead();
    let calls = bench.admin().calls(LIST);
    while bench.admin().calls(LIST) < calls + 4 {
        assert!(begun.elapsed() < DEADLINE, "it does not come back");
        sleep(Duration::from_millis(10));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.matches("PROVIDER").count() >= 2, "{ran:?}");
    assert!(rows(&bench.dir).contains(&("crm".to_owned(), lead)));
}
