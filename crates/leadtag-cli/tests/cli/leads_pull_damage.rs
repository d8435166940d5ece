//! `leadtag leads pull` into a destination that cannot take it: an error that names place and
//! remedy, nothing sent, nothing of what is there changed, and the next good pull works.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leadtag_sandbox::Sandbox;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Bench, Ran};

/// Destinations, the file that others read, and the file of its state.
pub const FILES: [(&str, &str, &str); 3] = [
    ("jsonl:leads.jsonl", "leads.jsonl", "leads.jsonl.leadtag/state.json"),
    ("csv:leads.csv", "leads.csv", "leads.csv.leadtag/state.json"),
    ("parquet:leads", "leads/leads/part-00000.parquet", "leads/_leadtag/state.json"),
];
pub const SQLITE: &str = "sqlite:leads.db";
/// As errors name it.
const DATABASE: &str = "sqlite:leads.db: ";

/// Pulls the leads of one provider as they are.
pub fn pull(bench: &Bench, to: &str, options: &[&str]) -> Ran {
    let command = ["leads", "pull", "--provider", "crm", "--to", to, "--pii", "plain"];
    bench.run(&[&command, options].concat())
}

/// Every file below a folder but locks, with its content.
pub fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            all.extend(everything(&path));
        } else if name != "lock" && !name.ends_with(".lock") {
            all.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    all
}

/// Asserts that a pull fails with these parts before anything is sent, and leaves every file alone.
#[track_caller]
pub fn refused(bench: &Bench, to: &str, options: &[&str], code: i32, parts: &[&str]) {
    let before = everything(bench.dir.path());
    bench.admin().reset_counts();
    let ran = pull(bench, to, options);
    assert!(bench.admin().all_requests().is_empty(), "{to}: something was sent: {ran:?}");
    let after = everything(bench.dir.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{ran:?}");
    for (path, bytes) in before {
        assert!(after[&path] == bytes, "{to}: {} was changed", path.display());
    }
    assert!(ran.stderr.contains("hint: "), "{to}: {ran:?}");
    ran.fails(code, parts);
}

/// Asserts that the status of a store is told as a failure too.
#[track_caller]
fn status_fails(bench: &Bench, to: &str, why: &str) {
    let ran = bench.run(&["leads", "status", "--to", to, "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains(why), "{ran:?}");
    if !ran.stdout.is_empty() {
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        let mut streams = told["streams"].as_array().unwrap().iter();
        assert!(streams.all(|stream| stream["rows"].is_null()), "{ran:?}");
    }
}

/// Asserts that a pull works, and tells what became of the rows.
#[track_caller]
pub fn works(bench: &Bench, to: &str, options: &[&str]) -> (u64, u64) {
    let report = pull(bench, to, &[options, &["--format", "json"]].concat()).json();
    let counts = &report["streams"][0]["leads"];
    assert_eq!(report["streams"][0]["complete"], true, "{report}");
    (counts["new"].as_u64().unwrap(), counts["changed"].as_u64().unwrap())
}

#[test]
fn a_state_file_that_does_not_read_is_left_alone() {
    for (to, _, state) in FILES {
        let bench = Bench::all();
        works(&bench, to, &[]);
        let path = bench.dir.path().join(state);
        let good = fs::read(&path).unwrap();
        let text = String::from_utf8(good.clone()).unwrap();
        let newer = text.replacen("\"version\":1", "\"version\":2", 1);
        assert_ne!(newer, text);
        for (damage, parts) in [
            (&good[..good.len() / 2], &["cannot be read", "pull again"][..]),
            (b"", &["cannot be read", "pull again"]),
            (b"\x00\xff\xfe random \x80 bytes", &["cannot be read", "pull again"]),
            (b"{}", &["cannot be read", "pull again"]),
            (b"[]", &["cannot be read", "pull again"]),
            (newer.as_bytes(), &["another version", "2"]),
        ] {
            fs::write(&path, damage).unwrap();
            refused(&bench, to, &[], 1, &[&["state.json"], parts].concat());
        }
        fs::write(&path, &good).unwrap();
        assert_eq!(works(&bench, to, &[]), (0, 0), "{to}");
    }
}

#[test]
fn a_published_file_that_is_gone_or_another_one_is_left_alone() {
    for (to, file, _) in FILES {
        let bench = Bench::all();
        works(&bench, to, &[]);
        let path = bench.dir.path().join(file);
        let good = fs::read(&path).unwrap();
        fs::write(&path, b"something else\n").unwrap();
        refused(&bench, to, &[], 1, &[file, "changed by another program", "leads reset"]);
        status_fails(&bench, to, "changed by another program");
        fs::remove_file(&path).unwrap();
        refused(&bench, to, &[], 1, &[file, "is gone", "leads reset"]);
        status_fails(&bench, to, "is gone");
        fs::write(&path, &good).unwrap();
        assert_eq!(works(&bench, to, &[]), (0, 0), "{to}");
    }
}

#[test]
fn who_reset_before_the_rows_were_removed_can_reset_again() {
    for (to, file) in
        FILES.map(|(to, file, _)| (to, Some(file))).into_iter().chain([(SQLITE, None)])
    {
        let bench = Bench::all();
        let all = works(&bench, to, &[]).0;
        let reset = ["leads", "reset", "--provider", "crm", "--to", to, "--yes"];
        bench.run(&reset).ok();
        match file {
            Some(file) => fs::remove_file(bench.dir.path().join(file)).unwrap(),
            None => change(&bench, "DROP TABLE leads"),
        }
        status_fails(&bench, to, "is gone");
        refused(&bench, to, &[], 1, &["is gone", "leads reset"]);
        bench.run(&reset).ok();
        assert_eq!(works(&bench, to, &[]), (all, 0), "{to}");
        // Nothing is gone any more.
        let nobody = ["leads", "reset", "--provider", "nobody", "--to", to, "--yes"];
        bench.run(&nobody).fails(64, &["no checkpoint of nobody"]);
    }
}

#[test]
fn a_file_that_leadtag_did_not_write_is_left_alone() {
    for (to, file, _) in FILES {
        let bench = Bench::all();
        let path = bench.dir.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, b"mine\n").unwrap();
        refused(&bench, to, &[], 1, &[file, "not written by leadtag", "another path"]);
        status_fails(&bench, to, "not written by leadtag");
        fs::remove_file(&path).unwrap();
        assert!(works(&bench, to, &[]).0 >= 40, "{to}");
    }
    let bench = Bench::all();
    bench.dir.write("leads.db", &"no database at all\n".repeat(100));
    refused(&bench, SQLITE, &[], 1, &[DATABASE, "not a database", "another path"]);
}

fn change(bench: &Bench, sql: &str) {
    let database = Connection::open(bench.dir.path().join("leads.db")).unwrap();
    database.execute_batch(sql).unwrap();
}

#[test]
fn a_database_of_another_shape_is_left_alone() {
    let bench = Bench::all();
    change(&bench, "CREATE TABLE leads (id TEXT, note TEXT); INSERT INTO leads VALUES ('1', 'x');");
    refused(
        &bench,
        SQLITE,
        &[],
        1,
        &[DATABASE, "table leads", "leadtag did not make", "rename it"],
    );
    change(&bench, "ALTER TABLE leads RENAME TO mine");
    assert!(works(&bench, SQLITE, &[]).0 >= 40);

    for (damage, repair, parts) in [
        (
            "ALTER TABLE leads RENAME COLUMN company TO firma",
            "ALTER TABLE leads RENAME COLUMN firma TO company",
            &["no column", "company"][..],
        ),
        (
            "ALTER TABLE leads RENAME TO gone",
            "ALTER TABLE gone RENAME TO leads",
            &["table leads is gone"],
        ),
        (
            "UPDATE leadtag_settings SET value = '2' WHERE name = 'version'",
            "UPDATE leadtag_settings SET value = '1' WHERE name = 'version'",
            &["version 2", "newer"],
        ),
        (
            "UPDATE leadtag_columns SET description = 'x' || description",
            "UPDATE leadtag_columns SET description = substr(description, 2)",
            &["leadtag_columns", "unreadable"],
        ),
    ] {
        change(&bench, damage);
        refused(&bench, SQLITE, &[], 1, &[&[DATABASE], parts].concat());
        change(&bench, repair);
        assert_eq!(works(&bench, SQLITE, &[]), (0, 0), "{damage}");
    }
    // What is not put back is read again, and never taken for read.
    for damage in ["DROP TABLE leads", "DROP TABLE leads; DELETE FROM leadtag_columns"] {
        change(&bench, damage);
        refused(&bench, SQLITE, &[], 1, &["table leads is gone", "leads reset"]);
        status_fails(&bench, SQLITE, "table leads is gone");
        bench.run(&["leads", "reset", "--provider", "crm", "--to", SQLITE, "--yes"]).ok();
        assert!(works(&bench, SQLITE, &[]).0 >= 40, "{damage}");
    }
}

#[test]
fn a_checkpoint_that_does_not_read_can_be_forgotten_as_the_error_says() {
    let bench = Bench::all();
    works(&bench, SQLITE, &[]);
    change(&bench, "UPDATE leadtag_checkpoints SET checkpoint = substr(checkpoint, 1, 20)");
    let remedy = "leadtag leads reset --provider crm --to sqlite:";
    refused(&bench, SQLITE, &[], 1, &["checkpoint of crm", remedy]);
    bench.run(&["leads", "status", "--to", SQLITE]).fails(1, &["checkpoint of crm", remedy]);
    let reset = ["leads", "reset", "--provider", "crm", "--to", SQLITE];
    bench.run(&reset).fails(64, &["--yes"]);
    bench.run(&[&reset[..], &["--yes"]].concat()).ok();
    assert_eq!(works(&bench, SQLITE, &[]), (0, 0));

    change(
        &bench,
        "UPDATE leadtag_checkpoints SET checkpoint = \
         json_set(checkpoint, '$.version', 7, '$.place.strategy', 'unheard-of')",
    );
    refused(&bench, SQLITE, &[], 1, &["checkpoint of crm"]);
}

#[test]
fn a_database_that_is_cut_off_or_overwritten_is_left_alone() {
    let bench = Bench::with(Sandbox::builder().leads(450));
    works(&bench, SQLITE, &[]);
    let path = bench.dir.path().join("leads.db");
    let good = fs::read(&path).unwrap();
    let mut garbled = good.clone();
    garbled[100..8192].fill(0xa5);
    for damage in [&good[..good.len() / 2], &good[..50], &garbled] {
        fs::write(&path, damage).unwrap();
        let before = fs::read(&path).unwrap();
        let ran = pull(&bench, SQLITE, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains("sqlite:") && ran.stderr.contains("hint: "), "{ran:?}");
        assert!(fs::read(&path).unwrap() == before, "it was changed: {ran:?}");
    }
    fs::write(&path, &good).unwrap();
    assert_eq!(works(&bench, SQLITE, &[]), (0, 0));
}

#[test]
fn a_file_of_interactions_that_is_gone_is_told_by_the_status_too() {
    for (to, file) in [
        ("jsonl:leads.jsonl", "leads.interactions.jsonl"),
        ("csv:leads.csv", "leads.interactions.csv"),
    ] {
        let bench = Bench::all();
        works(&bench, to, &["--interactions"]);
        fs::remove_file(bench.dir.path().join(file)).unwrap();
        status_fails(&bench, to, file);
        refused(&bench, to, &["--interactions"], 1, &[file, "is gone"]);
    }
}

#[test]
fn a_database_with_two_names_is_refused() {
    let bench = Bench::all();
    works(&bench, SQLITE, &[]);
    let file = |name| bench.dir.path().join(name);
    fs::hard_link(file("leads.db"), file("same.db")).unwrap();
    refused(&bench, "sqlite:same.db", &[], 1, &["sqlite:same.db: ", "second name"]);
    fs::remove_file(file("leads.db")).unwrap();
    std::os::unix::fs::symlink("same.db", file("leads.db")).unwrap();
    assert_eq!(works(&bench, SQLITE, &[]), (0, 0));
}
