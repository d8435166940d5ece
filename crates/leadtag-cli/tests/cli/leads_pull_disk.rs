//! `leadtag leads pull` where the disk is in its way: no rights, no room, bytes of before.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use leadtag_sandbox::Sandbox;
use serde_json::Value;

use crate::leads_pull_damage::{FILES, SQLITE, everything, pull, refused, works};
use crate::support::{Bench, Ran};

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
struct Shelf(PathBuf);

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
        let done = Command::new("chmod").arg("-R").arg(mode).arg(&self.0).status();
        assert!(done.unwrap().success());
    }

    /// Runs the program as somebody who may not write here: whoever may write anywhere becomes
    /// nobody.
    fn run(&self, args: &[&str]) -> Ran {
        const NOBODY: u32 = 65_534;
        let mut command = Command::new(self.0.join("leadtag-copy"));
        command.args(args).current_dir(&self.0);
        if fs::metadata(&self.0).unwrap().uid() == 0 {
            command.gid(NOBODY).uid(NOBODY);
        }
        Ran::from(command.output().unwrap())
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.permit("u+w");
        let _ = fs::remove_dir_all(&self.0);
    }
}

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

#[test]
fn who_only_looks_at_a_store_leaves_nothing_beside_it() {
    let bench = Bench::all();
    works(&bench, SQLITE, &[]);
    let status = ["leads", "status", "--to", SQLITE];
    bench.run(&status).ok();
    assert!(!bench.dir.path().join("leads.db-shm").exists());
    // Somebody else's files would keep the owner from writing.
    let shelf = Shelf::of(&bench);
    let done = Command::new("chmod").arg("a+w").arg(&shelf.0).status();
    assert!(done.unwrap().success());
    let before = everything(&shelf.0);
    shelf.run(&status).ok();
    assert!(everything(&shelf.0) == before, "something was left");
}

/// Runs the program where no file may get longer than so many blocks of 512 bytes.
fn with_little_room(bench: &Bench, blocks: u64, args: &[&str]) -> Ran {
    let script = format!("ulimit -f {blocks}; exec \"$@\"");
    let program = env!("CARGO_BIN_EXE_leadtag");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", program]).args(args).current_dir(bench.dir.path());
    Ran::from(command.output().unwrap())
}

fn pull_with_little_room(bench: &Bench, to: &str, blocks: u64) -> Ran {
    let pull = ["leads", "pull", "--provider", "crm", "--to", to, "--pii", "plain"];
    let more = ["--page-size", "50", "--commit-rows", "100", "--report", "report.json"];
    with_little_room(bench, blocks, &[&pull[..], &more].concat())
}

#[test]
fn a_file_that_cannot_be_published_is_a_failure_until_it_is_and_hinders_no_reset() {
    let bench = Bench::with(Sandbox::builder().leads(600));
    let to = "jsonl:leads.jsonl";
    let failed = || {
        let status = bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        status["streams"][0]["failed"].clone()
    };
    pull(&bench, to, &["--limit", "150", "--page-size", "50"]).ok();
    assert!(failed().is_null());
    let path = bench.dir.path().join("leads.jsonl");
    let blocks = path.metadata().unwrap().len().div_ceil(512);
    // What 100 rows are committed as is shorter.
    pull_with_little_room(&bench, to, blocks).fails(1, &[".leads.jsonl.next"]);
    assert!(failed().as_str().unwrap().contains(".leads.jsonl.next"));
    let reset = ["leads", "reset", "--provider", "crm", "--to", to, "--yes"];
    with_little_room(&bench, blocks, &reset).ok();
    works(&bench, to, &[]);
    assert!(failed().is_null());
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
        let report: Value = serde_json::from_str(&report).unwrap();
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
