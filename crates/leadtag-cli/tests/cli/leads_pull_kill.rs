//! `leadtag leads pull`, stopped and killed: the union of any number of runs is one whole run.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use leadtag_sandbox::Sandbox;
use parquet::file::reader::SerializedFileReader;
use parquet::record::RowAccessor;
use rusqlite::Connection;

use crate::leads_pull::{keys, lines, listed};
use crate::postgres_server::Schema;
use crate::support::{Bench, Dir, Ran, wait_until};

const LEADS: usize = 1500;
const KILLS: u64 = 50;
const EDITED: &str = "改名";
const ROWS: &str = "SELECT provider, id FROM leads WHERE deleted_at IS NULL";
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

/// Pseudo-random, and the same in every run: within so many microseconds.
fn moment(number: u64, longest: u64) -> Duration {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state ^= state >> 29;
    Duration::from_micros(state.wrapping_mul(0xbf58_476d_1ce4_e5b9) % longest)
}

/// Kills the program at random moments, and lets the last one run to its end. What is there then is
/// what a whole run finds, everything in its latest version.
fn killed(to: &str) -> Bench {
    let bench = Bench::with(Sandbox::builder().leads(LEADS));
    let (command, admin) = ([&PULL[..], &[to]].concat(), bench.admin());
    let (mut killed, mut longest, mut newcomer) = (0, 400_000, String::new());
    for number in 0.. {
        let mut child = bench.dir.command(&command);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(moment(number, longest));
        // SIGKILL.
        let _ = child.kill();
        if child.wait().unwrap().success() {
            // It was through already, as it is on a fast machine.
            longest = (longest * 3 / 4).max(10_000);
            assert!(number < 20 * KILLS, "only {killed} kills");
            continue;
        }
        killed += 1;
        if killed == KILLS {
            break;
        }
        if killed == KILLS / 2 {
            newcomer = admin.insert_crm_lead();
            let _ = admin.insert_beschannels_lead();
            let _ = admin.insert_douyin_lead();
        }
        if killed == KILLS * 3 / 4 {
            assert!(admin.edit_crm_lead(&newcomer, "name", EDITED));
        }
    }
    bench.run(&command).ok();

    let whole = bench.run(&[&command[..], &["--full", "--format", "json"]].concat()).json();
    for stream in whole["streams"].as_array().unwrap() {
        let (counts, there) = (&stream["leads"], LEADS as u64 + 1);
        let told = ["new", "changed", "deleted", "unchanged"].map(|key| counts[key].as_u64());
        assert_eq!(told, [0, 0, 0, there].map(Some), "{to}: {whole}");
        assert_eq!(stream["complete"], true, "{to}: {whole}");
    }
    bench
}

/// These are provider and id of every lead.
fn assert_each_once(bench: &Bench, rows: impl Iterator<Item = (String, String)>) {
    let mut keys = BTreeSet::new();
    for key in rows {
        assert!(keys.insert(key.clone()), "twice: {key:?}");
    }
    assert_eq!(keys, listed(bench));
}

/// Provider and id of every row of `leads.db`; the key makes each be there once.
fn rows(dir: &Dir) -> BTreeSet<(String, String)> {
    let database = Connection::open(dir.path().join("leads.db")).unwrap();
    let mut all = database.prepare(ROWS).unwrap();
    let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn sqlite_survives_50_kills() {
    let bench = killed("sqlite:leads.db");
    assert_eq!(rows(&bench.dir), listed(&bench));
}

#[test]
fn postgres_survives_50_kills() {
    let Some(schema) = Schema::new("killed") else { return };
    let bench = killed(&schema.url());
    let rows = schema.db().query(ROWS, &[]).unwrap();
    let rows: BTreeSet<_> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows, listed(&bench));
    let edited = format!("SELECT count(*)::text FROM leads WHERE name = '{EDITED}'");
    assert_eq!(schema.one(&edited), "1");
}

#[test]
fn jsonl_survives_50_kills() {
    let bench = killed("jsonl:leads.jsonl");
    assert_eq!(keys(&bench.dir, "leads.jsonl"), listed(&bench));
    let names = lines(&bench.dir, "leads.jsonl").into_iter().filter(|line| line["name"] == EDITED);
    assert_eq!(names.count(), 1);
}

#[test]
fn csv_survives_50_kills() {
    let bench = killed("csv:leads.csv");
    let mut reader = csv::Reader::from_path(bench.dir.path().join("leads.csv")).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        (row[0].to_owned(), row[1].to_owned())
    });
    assert_each_once(&bench, rows);
}

#[test]
fn parquet_survives_50_kills() {
    let bench = killed("parquet:leads");
    let parts = std::fs::read_dir(bench.dir.path().join("leads/leads")).unwrap();
    let rows = parts.flat_map(|part| {
        let file = std::fs::File::open(part.unwrap().path()).unwrap();
        SerializedFileReader::new(file).unwrap().into_iter().map(|row| {
            let row = row.unwrap();
            (row.get_string(0).unwrap().clone(), row.get_string(1).unwrap().clone())
        })
    });
    assert_each_once(&bench, rows);
}

/// Presses Ctrl-C while the third page of leads is under way.
fn interrupted(bench: &Bench, command: &[&str]) -> Ran {
    bench.admin().set_latency(Some(LIST), Duration::from_millis(200));
    let child = bench.dir.command(command);
    let child = { child }.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the third page is asked for", || bench.admin().calls(LIST) >= 3);
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    ran
}

#[test]
fn who_watches_is_told_how_to_go_on_when_a_pull_was_stopped() {
    let bench = Bench::with(Sandbox::builder().leads(LEADS));
    let command = ["leads", "pull", "--provider", "crm", "--to", "sqlite:leads.db"];
    let ran =
        interrupted(&bench, &[&command[..], &["--page-size", "50", "--watch", "5m"]].concat());
    let next = "to go on: leadtag leads pull --provider crm --to sqlite:leads.db --page-size 50 \
                --watch 300s";
    assert!(ran.stderr.contains(next), "{ran:?}");
}

#[test]
fn ctrl_c_stops_at_a_checkpoint_and_says_how_to_go_on() {
    let bench = Bench::with(Sandbox::builder().leads(LEADS));
    let command =
        ["leads", "pull", "--provider", "crm", "--to", "sqlite:leads.db", "--page-size", "50"];
    let ran = interrupted(&bench, &command);
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
    let database = bench.dir.path().join("leads.db");
    wait_until("the first pull is under way", || {
        database.exists() && bench.admin().calls(LIST) >= 2
    });
    let lead = bench.admin().insert_crm_lead();
    let calls = bench.admin().calls(LIST);
    wait_until("it pulls again", || bench.admin().calls(LIST) >= calls + 4);
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert!(ran.code == 130 && ran.stderr.contains("stopped"), "{ran:?}");
    assert!(ran.stdout.matches("PROVIDER").count() >= 2, "{ran:?}");
    assert!(ran.stderr.contains("Z: pulls again"), "{ran:?}");
    assert!(rows(&bench.dir).contains(&("crm".to_owned(), lead)));
}
