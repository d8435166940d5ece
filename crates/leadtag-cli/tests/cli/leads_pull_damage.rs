//! `leadtag leads pull` into a destination that cannot take it: an error that names place and
//! remedy, nothing sent, nothing of what is there changed, and the next good pull works.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leadtag_sandbox::Sandbox;
use rusqlite::Connection;
use serde_json::Value;

use crate::support::{Bench, Ran};

const FILES: [(&str, &str, &str); 3] = [
    ("jsonl:leads.jsonl", "leads.jsonl", "leads.jsonl.leadtag/state.json"),
    ("csv:leads.csv", "leads.csv", "leads.csv.leadtag/state.json"),
    ("parquet:leads", "leads/leads/part-00000.parquet", "leads/_leadtag/state.json"),
];
const SQLITE: &str = "sqlite:leads.db";
/// As errors name it.
const DATABASE: &str = "sqlite:leads.db: ";

fn pull(bench: &Bench, to: &str, options: &[&str]) -> Ran {
    let command = ["leads", "pull", "--provider", "crm", "--to", to, "--pii", "plain"];
    bench.run(&[&command, options].concat())
}

/// Every file below a folder but locks, with its content.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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
fn refused(bench: &Bench, to: &str, options: &[&str], code: i32, parts: &[&str]) {
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
fn works(bench: &Bench, to: &str, options: &[&str]) -> (u64, u64) {
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

fn kind_of(to: &str) -> &str {
    to.split_inclusive(':').next().unwrap()
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
fn the_stream_of_another_account_or_provider_is_left_alone() {
    for (to, ..) in FILES.iter().copied().chain([(SQLITE, "", "")]) {
        let bench = Bench::all();
        works(&bench, to, &[]);
        let config = bench.dir.read("leadtag.toml");
        let crm = bench.section("crm");

        let line = crm.lines().find(|line| line.starts_with("app_id")).unwrap();
        bench.dir.write("leadtag.toml", &crm.replace(line, "app_id = \"another\""));
        refused(
            &bench,
            to,
            &[],
            64,
            &["another account", "leads reset --provider crm --to", kind_of(to)],
        );

        let other = bench.section("leads-beschannels").replace("leads-beschannels", "crm");
        bench.dir.write("leadtag.toml", &other);
        refused(&bench, to, &[], 64, &["crm-v3", "beschannels", "leads reset", kind_of(to)]);

        bench.dir.write("leadtag.toml", &crm.replace("[providers.crm]", "[providers.renamed]"));
        let before = everything(bench.dir.path());
        let ran = bench.run(&["leads", "pull", "--provider", "renamed", "--to", to]);
        ran.fails(64, &["under the name crm", "leads reset", "who was forgotten comes again"]);
        assert!(everything(bench.dir.path()) == before, "{to}");

        bench.dir.write("leadtag.toml", &config);
        assert_eq!(works(&bench, to, &[]), (0, 0), "{to}");
    }
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

#[cfg(unix)]
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

#[test]
fn leads_of_the_sandbox_and_real_ones_are_never_in_one_store() {
    let live = Bench::all();
    let none = Bench::all();
    fs::remove_file(none.dir.path().join("leadtag.toml")).unwrap();
    let real = live.section("crm").replace("[providers.crm]", "[providers.tanma]");
    live.dir.write("leadtag.toml", &real);
    for to in ["jsonl:leads.jsonl", "parquet:leads", SQLITE] {
        let (kind, path) = to.split_once(':').unwrap();
        let shared = |bench: &Bench| format!("{kind}:{}", bench.dir.path().join(path).display());
        let pull = |bench: &Bench, provider, to: &str| {
            bench.run(&["leads", "pull", "--provider", provider, "--to", to, "--pii", "mask"])
        };
        let reset = |bench: &Bench, provider, to: &str| {
            bench.run(&["leads", "reset", "--provider", provider, "--to", to, "--yes"])
        };
        pull(&live, "tanma", to).ok();
        let before = everything(live.dir.path());
        pull(&none, "crm-v3", &shared(&live))
            .fails(64, &["leads of tanma, which are real", "--config"]);
        // A reset is what would make room for them.
        reset(&none, "tanma", &shared(&live)).fails(64, &["tanma is real", "--config"]);
        assert!(everything(live.dir.path()) == before, "{to}");

        let ran = pull(&none, "crm-v3", to).ok();
        assert!(ran.stderr.contains("what is pulled is made up too, and stays in"), "{ran:?}");
        let before = everything(none.dir.path());
        let ran = pull(&live, "tanma", &shared(&none));
        ran.fails(64, &["leads of the sandbox (crm), which are made up", "another destination"]);
        reset(&live, "crm", &shared(&none)).fails(64, &["made up", "another destination"]);
        assert!(everything(none.dir.path()) == before, "{to}");
    }
}

#[test]
fn other_settings_are_refused_without_a_full_pull() {
    for (to, ..) in FILES.iter().copied().chain([(SQLITE, "", "")]) {
        let bench = Bench::all();
        works(&bench, to, &[]);
        bench.dir.write("map.toml", "[rename]\nname = \"full_name\"\n");
        for options in [
            &["--pii", "name=mask"][..],
            &["--columns", "name,mobiles"],
            &["--attributes", "json"],
            &["--map", "map.toml"],
        ] {
            refused(&bench, to, options, 64, &["crm", "--full"]);
        }
        works(&bench, to, &["--interactions"]);
        let all = ["--full", "--attributes", "json"];
        refused(&bench, to, &all, 64, &["interactions of crm", "--interactions"]);
        assert_eq!(works(&bench, to, &[]), (0, 0), "{to}");
    }
}

#[test]
fn a_place_that_cannot_be_written_to_is_told_before_anything_is_sent() {
    let bench = Bench::all();
    bench.dir.write("file", "x");
    for kind in ["jsonl", "csv", "parquet", "sqlite"] {
        for path in ["file/leads", "no/such/folder/leads", "/proc/leads"] {
            let to = format!("{kind}:{path}");
            if to == "parquet:no/such/folder/leads" {
                // It makes its folder.
                continue;
            }
            refused(&bench, &to, &[], 1, &[path]);
        }
    }
    for to in ["jsonl:.", "csv:.", "sqlite:.", "parquet:file"] {
        refused(&bench, to, &[], 1, &[to.split(':').next_back().unwrap()]);
    }
}

#[test]
fn nothing_that_was_plain_is_left_in_a_database_that_is_masked() {
    let bench = Bench::with(Sandbox::builder().leads(300));
    let has_mobiles = || {
        let bytes = fs::read(bench.dir.path().join("leads.db")).unwrap();
        bytes.windows(7).any(|window| window == b"1990000")
    };
    works(&bench, SQLITE, &[]);
    assert!(has_mobiles());
    let masked = ["leads", "pull", "--provider", "crm", "--to", SQLITE, "--pii", "mask", "--full"];
    bench.run(&masked).ok();
    assert!(!has_mobiles());
}

/// A copy of a folder, and of the program, where nothing may be written.
#[cfg(unix)]
struct Shelf(PathBuf);

#[cfg(unix)]
impl Shelf {
    fn of(bench: &Bench) -> Self {
        let name = bench.dir.path().file_name().unwrap();
        let shelf = Self(std::env::temp_dir().join(name));
        for (path, bytes) in everything(bench.dir.path()) {
            let path = shelf.0.join(path.strip_prefix(bench.dir.path()).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        fs::copy(env!("CARGO_BIN_EXE_leadtag"), shelf.0.join("leadtag-copy")).unwrap();
        shelf.permit("a-w,a+rX");
        shelf
    }

    fn permit(&self, mode: &str) {
        let done = std::process::Command::new("chmod").arg("-R").arg(mode).arg(&self.0).status();
        assert!(done.unwrap().success());
    }

    /// Runs the program as somebody who may not write here: whoever may write anywhere becomes
    /// nobody.
    fn run(&self, args: &[&str]) -> Ran {
        use std::os::unix::fs::MetadataExt as _;
        use std::os::unix::process::CommandExt as _;
        const NOBODY: u32 = 65_534;
        let mut command = std::process::Command::new(self.0.join("leadtag-copy"));
        command.args(args).current_dir(&self.0);
        if fs::metadata(&self.0).unwrap().uid() == 0 {
            command.gid(NOBODY).uid(NOBODY);
        }
        Ran::from(command.output().unwrap())
    }
}

#[cfg(unix)]
impl Drop for Shelf {
    fn drop(&mut self) {
        self.permit("u+w");
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_may_only_be_read_tells_where_it_stands_and_stays_as_it_is() {
    for (to, _, _) in FILES.iter().copied().chain([(SQLITE, "leads.db", "")]) {
        let bench = Bench::all();
        works(&bench, to, &[]);
        let shelf = Shelf::of(&bench);
        let before = everything(&shelf.0);
        let status = shelf.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        assert_eq!(status["streams"][0]["rows"], 40, "{to}: {status}");
        bench.admin().reset_counts();
        let pulled = shelf.run(&["leads", "pull", "--provider", "crm", "--to", to]);
        pulled.fails(1, &["Permission denied", "hint: "]);
        assert!(bench.admin().all_requests().is_empty(), "{to}: something was sent");
        assert!(everything(&shelf.0) == before, "{to}: something was changed");
    }
}

#[cfg(unix)]
#[test]
fn who_only_looks_at_a_store_leaves_nothing_beside_it() {
    let bench = Bench::all();
    works(&bench, SQLITE, &[]);
    let status = ["leads", "status", "--to", SQLITE];
    bench.run(&status).ok();
    assert!(!bench.dir.path().join("leads.db-shm").exists());
    // Somebody else's files would keep the owner from writing.
    let shelf = Shelf::of(&bench);
    let done = std::process::Command::new("chmod").arg("a+w").arg(&shelf.0).status();
    assert!(done.unwrap().success());
    let before = everything(&shelf.0);
    shelf.run(&status).ok();
    assert!(everything(&shelf.0) == before, "something was left");
}

/// Runs a pull in which no file may get longer than so many blocks of 512 bytes.
fn pull_with_little_room(bench: &Bench, to: &str, blocks: u64) -> Ran {
    let script = format!("ulimit -f {blocks}; exec \"$@\"");
    let program = env!("CARGO_BIN_EXE_leadtag");
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", &script, "sh", program, "leads", "pull", "--provider", "crm"])
        .args(["--to", to, "--pii", "plain", "--page-size", "50", "--commit-rows", "100"])
        .args(["--report", "report.json"])
        .current_dir(bench.dir.path());
    Ran::from(command.output().unwrap())
}

#[test]
fn a_disk_that_gets_full_leaves_the_last_checkpoint() {
    for (to, file, _) in FILES.iter().copied().chain([(SQLITE, "leads.db", "")]) {
        let bench = Bench::with(Sandbox::builder().leads(600));
        pull(&bench, to, &["--limit", "150", "--page-size", "50"]).ok();
        let path = bench.dir.path().join(file);
        let before = fs::read(&path).unwrap();
        let blocks = (before.len() as u64).div_ceil(512);
        bench.dir.write("report.json", r#"{"to":"here","streams":[]}"#);
        let ran = pull_with_little_room(&bench, to, blocks + blocks / 4);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{to}: {ran:?}");
        for part in ["leads", "hint: ", "make room"] {
            assert!(ran.stderr.contains(part), "{to}: {part}: {ran:?}");
        }
        let report = fs::read_to_string(bench.dir.path().join("report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert!(
            report["error"].as_str().is_some_and(|error| error.contains("make room")),
            "{report}"
        );
        assert!(report["streams"][0]["read"].as_u64() > Some(0), "{report}");
        assert_eq!(report["streams"][0]["complete"], false, "{report}");
        assert!(report["streams"][0].get("leads").is_none(), "{report}");
        if to != SQLITE {
            assert!(fs::read(&path).unwrap() == before, "{to}: the published file was changed");
        }
        works(&bench, to, &[]);
        let (new, changed) = works(&bench, to, &["--full"]);
        assert_eq!((new, changed), (0, 0), "{to}: not everything had arrived");
    }
}
