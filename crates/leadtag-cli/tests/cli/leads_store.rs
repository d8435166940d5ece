//! `leadtag leads status`, `reset` and `forget`.

use rusqlite::Connection;

use leadtag_sandbox::{Fault, FaultSpec};

use crate::leads_pull::{pull, stream};
use crate::support::{Bench, Dir};

const DESTINATIONS: [&str; 4] =
    ["jsonl:leads.jsonl", "csv:leads.csv", "parquet:leads", "sqlite:leads.db"];

const SQLITE: &str = DESTINATIONS[3];

/// The rows of a table of `leads.db`.
fn count(dir: &Dir, sql: &str) -> i64 {
    let database = Connection::open(dir.path().join("leads.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn what_was_removed_is_told_also_where_its_bytes_are_still_in_the_files() {
    let bench = Bench::all();
    bench.run(&["leads", "pull", "--provider", "crm", "--to", SQLITE]).ok();
    let id: String = Connection::open(bench.dir.path().join("leads.db"))
        .unwrap()
        .query_row("SELECT min(id) FROM leads", [], |row| row.get(0))
        .unwrap();
    let reader = Connection::open(bench.dir.path().join("leads.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM leads").unwrap();
    let forget = ["leads", "forget", "--to", SQLITE, "--id", &id, "--provider", "crm", "--yes"];
    let ran = bench.run(&forget);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("removed 1 row"), "{ran:?}");
    assert!(ran.stderr.contains("another program reads it"), "{ran:?}");
    // A pull tells it, and is none the worse for it.
    let pull = ["leads", "pull", "--provider", "crm", "--to", SQLITE];
    let ran = bench.run(&pull).ok();
    assert!(ran.stderr.contains("another program reads it"), "{ran:?}");
    drop(reader);
    let ran = bench.run(&pull).ok();
    assert!(!ran.stderr.contains("another program"), "{ran:?}");
}

#[test]
fn who_was_read_before_a_reset_can_be_forgotten_by_provider() {
    let bench = Bench::all();
    bench.run(&["leads", "pull", "--provider", "crm", "--to", SQLITE]).ok();
    let id = bench.run(&["leads", "list", "--provider", "crm", "--limit", "1", "--format", "json"]);
    let id = id.json()["leads"][0]["id"].as_str().unwrap().to_owned();
    bench.run(&["leads", "reset", "--provider", "crm", "--to", SQLITE, "--yes"]).ok();
    // The configuration may have another one by now.
    let other = bench.section("shop-douyin");
    bench.dir.write("leadtag.toml", &other);
    let forget = ["leads", "forget", "--to", SQLITE, "--id", &id, "--provider", "crm", "--yes"];
    let ran = bench.run(&forget).ok();
    assert!(ran.stdout.contains("removed 1 row"), "{ran:?}");
}

#[test]
fn status_tells_where_each_stream_stands() {
    let bench = Bench::all();
    for to in DESTINATIONS {
        pull(&bench, to, &[]).ok();
        let status = bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        assert_eq!(status["to"], to);
        let streams = status["streams"].as_array().unwrap();
        assert_eq!(streams.len(), 3, "{to}: {status}");
        let crm = stream(&status, "crm");
        assert_eq!(crm["platform"], "crm-v3");
        assert_eq!(crm["strategy"], "forward");
        assert_eq!(crm["rows"], 40);
        assert_eq!(crm["complete"], true);
        for key in ["read_up_to", "newest", "last_run"] {
            assert!(crm[key].as_str().is_some_and(|time| time.ends_with('Z')), "{key}: {crm}");
        }
        let scores = stream(&status, "leads-beschannels");
        assert_eq!((&scores["strategy"], &scores["complete"]), (&"snapshot".into(), &true.into()));
        assert!(scores["read_up_to"].is_string(), "{scores}");
        assert_eq!(stream(&status, "shop-douyin")["strategy"], "windows");
        let text = bench.run(&["leads", "status", "--to", to]).ok().stdout;
        assert_eq!(text.lines().filter(|line| line.contains("complete")).count(), 3, "{text}");
    }
}

#[test]
fn a_store_that_begins_somewhere_is_not_called_complete_without_saying_where() {
    let bench = Bench::all();
    let pull = ["leads", "pull", "--provider", "crm", "--to", SQLITE, "--since", "2021-06-01"];
    bench.run(&pull).ok();
    let text = bench.run(&["leads", "status", "--to", SQLITE]).ok().stdout;
    assert!(text.contains("complete from 2021-05-31T16:00:00Z on"), "{text}");
}

#[test]
fn a_pull_that_did_not_end_is_told_as_such() {
    let bench = Bench::with(leadtag_sandbox::Sandbox::builder().leads(450));
    pull(&bench, "sqlite:leads.db", &["--limit", "100"]).ok();
    let status = bench.run(&["leads", "status", "--to", "sqlite:leads.db", "--format", "json"]);
    let status = status.json();
    let crm = stream(&status, "crm");
    assert_eq!(crm["complete"], false, "{crm}");
    assert!(crm["unfinished"]["at"].is_string(), "{crm}");
    let rows = crm["rows"].as_u64().unwrap();
    assert!((100..450).contains(&rows), "{crm}");
    let scores = stream(&status, "leads-beschannels");
    assert_eq!(scores["read_up_to"], serde_json::Value::Null, "{scores}");
    assert!(scores["unfinished"]["to"].is_string(), "{scores}");
    let text = bench.run(&["leads", "status", "--to", "sqlite:leads.db"]).ok().stdout;
    assert!(text.contains("unfinished, at 20") && text.contains("unfinished, begun 20"), "{text}");
}

#[test]
fn status_says_how_a_stream_is_read_in_the_words_of_the_pull() {
    let bench = Bench::all();
    let pulled = pull(&bench, "sqlite:leads.db", &[]).ok().stderr;
    let status = bench.run(&["leads", "status", "--to", "sqlite:leads.db"]).ok().stdout;
    for provider in ["crm", "shop-douyin", "leads-beschannels"] {
        let told = pulled.lines().find_map(|line| line.strip_prefix(&format!("{provider}: read ")));
        let (how, _) = told.and_then(|told| told.rsplit_once(", from ")).expect(&pulled);
        let line = status.lines().find(|line| line.starts_with(provider)).expect(&status);
        assert!(line.contains(how), "{how}: {line}");
    }
}

#[test]
fn where_nothing_was_pulled_nothing_is_made() {
    let bench = Bench::all();
    let before = std::fs::read_dir(bench.dir.path()).unwrap().count();
    for to in DESTINATIONS {
        bench.run(&["leads", "status", "--to", to]).fails(1, &["nothing at", "leads pull"]);
        let reset = ["leads", "reset", "--provider", "crm", "--to", to, "--yes"];
        bench.run(&reset).fails(1, &["nothing at"]);
    }
    assert_eq!(std::fs::read_dir(bench.dir.path()).unwrap().count(), before);
    bench.run(&["leads", "status"]).fails(64, &["--to"]);
}

#[test]
fn a_reset_needs_a_yes_and_then_everything_is_read_again_into_the_same_rows() {
    for to in DESTINATIONS {
        let bench = Bench::all();
        pull(&bench, to, &[]).ok();
        let reset = ["leads", "reset", "--provider", "crm", "--to", to];
        bench.run(&reset).fails(64, &["no terminal", "--yes"]);
        let status = || bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        assert_eq!(status()["streams"].as_array().unwrap().len(), 3);

        let ran = bench.run(&[&reset[..], &["--yes", "--format", "json"]].concat()).json();
        assert_eq!(ran["reset"], serde_json::json!(["crm"]));
        assert_eq!(status()["streams"].as_array().unwrap().len(), 2, "{to}");
        bench.run(&[&reset[..], &["--yes"]].concat()).fails(64, &["no checkpoint of crm"]);

        let report = pull(&bench, to, &[]).json();
        let crm = stream(&report, "crm");
        assert_eq!(crm["leads"]["new"], 0, "{to}: {crm}");
        assert!(crm["read"].as_u64().unwrap() >= 40, "{to}: {crm}");
    }
}

#[test]
fn a_run_that_failed_is_told_as_such_and_the_next_one_mends_it() {
    for to in ["jsonl:leads.jsonl", "sqlite:leads.db"] {
        let bench = Bench::all();
        let status = || bench.run(&["leads", "status", "--to", to, "--format", "json"]).json();
        let fail = || {
            bench.admin().inject(FaultSpec::new(Fault::InvalidTokenForever));
            assert_eq!(pull(&bench, to, &[]).code, 1);
            bench.admin().clear_faults();
        };
        // Before anything was ever read.
        fail();
        assert!(stream(&status(), "crm")["failed"].is_string(), "{}", status());
        pull(&bench, to, &["--pii", "plain"]).ok();
        let good = status();
        assert_eq!(stream(&good, "crm")["failed"], serde_json::Value::Null, "{good}");
        bench.admin().inject(FaultSpec::new(Fault::InvalidTokenForever));
        assert_eq!(pull(&bench, to, &["--pii", "plain"]).code, 1);
        bench.admin().clear_faults();
        let failed = status();
        let (before, after) = (stream(&good, "crm"), stream(&failed, "crm"));
        assert!(after["failed"].is_string(), "{failed}");
        for same in ["read_up_to", "newest", "rows"] {
            assert_eq!(after[same], before[same], "{same}");
        }
        let told = bench.run(&["leads", "status", "--to", to]).ok();
        assert!(told.stdout.contains("failed, "), "{told:?}");
        assert!(told.stderr.contains("crm: its last run failed: "), "{told:?}");
        pull(&bench, to, &["--pii", "plain"]).ok();
        assert_eq!(stream(&status(), "crm")["failed"], serde_json::Value::Null);
    }
}

#[test]
fn a_provider_is_also_known_by_its_platform() {
    let bench = Bench::all();
    pull(&bench, "sqlite:leads.db", &[]).ok();
    let to = ["--to", "sqlite:leads.db", "--yes"];
    let forget = ["leads", "forget", "--id", "1", "--provider"];
    bench.run(&[&forget[..], &["crm-v3"], &to].concat()).ok();
    bench.run(&[&forget[..], &["cmr"], &to].concat()).fails(64, &["cmr", "crm"]);
    let reset = ["leads", "reset", "--provider", "crm-v3"];
    let ran = bench.run(&[&reset[..], &to].concat()).ok();
    assert!(ran.stdout.contains("the checkpoint of crm;"), "{ran:?}");
}

#[test]
fn a_number_is_forgotten_everywhere_or_not_at_all() {
    let bench = Bench::all();
    pull(&bench, "sqlite:leads.db", &["--pii", "plain"]).ok();
    let forget = ["leads", "forget", "--to", "sqlite:leads.db", "--yes", "--mobile"];
    let of = |options: &[&str]| bench.run(&[&forget[..], options].concat());
    of(&["19900000001", "--provider", "crm"]).fails(64, &["--provider"]);
    for number in ["1", "0000", "19900000001,19900000002", "nobody", "****"] {
        of(&[number]).fails(64, &["--mobile", "one number"]);
    }
}

#[test]
fn rows_that_have_a_forgotten_number_elsewhere_are_counted() {
    let bench = Bench::all();
    pull(&bench, "sqlite:leads.db", &["--pii", "plain"]).ok();
    let database = Connection::open(bench.dir.path().join("leads.db")).unwrap();
    let sql = "UPDATE leads SET source = 'call １99-0000–9876' WHERE provider = 'crm'
               AND id = (SELECT min(id) FROM leads WHERE provider = 'crm')";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    drop(database);
    let forget = ["leads", "forget", "--to", "sqlite:leads.db", "--yes", "--format", "json"];
    let ran = bench.run(&[&forget[..], &["--mobile", "199 0000 9876"]].concat());
    assert!(ran.stderr.contains("1 other rows have these digits"), "{ran:?}");
    let gone = ran.json();
    assert_eq!((&gone["rows"], &gone["elsewhere"]), (&0.into(), &1.into()), "{gone}");
}

#[test]
fn a_reset_names_what_there_is() {
    let bench = Bench::all();
    pull(&bench, "jsonl:leads.jsonl", &[]).ok();
    let reset = ["leads", "reset", "--provider", "cmr", "--to", "jsonl:leads.jsonl", "--yes"];
    bench.run(&reset).fails(64, &["no checkpoint of cmr", "crm"]);
}

#[test]
fn who_is_forgotten_is_gone_and_does_not_come_back() {
    let bench = Bench::all();
    pull(&bench, "sqlite:leads.db", &["--interactions", "--pii", "plain"]).ok();
    let all = count(&bench.dir, "SELECT count(*) FROM leads");
    let database = Connection::open(bench.dir.path().join("leads.db")).unwrap();
    let sql = "SELECT id, name FROM leads WHERE provider = 'crm' LIMIT 1";
    let (id, name): (String, String) =
        database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    drop(database);
    let forget = ["leads", "forget", "--to", "sqlite:leads.db", "--id", &id, "--provider", "crm"];
    bench.run(&forget).fails(64, &["no terminal", "--yes"]);
    let ran = bench.run(&[&forget[..], &["--yes", "--format", "json"]].concat()).json();
    assert_eq!(ran["leads"], 1, "{ran}");
    assert_eq!(count(&bench.dir, "SELECT count(*) FROM leads"), all - 1);
    let of_it = format!("SELECT count(*) FROM interactions WHERE lead_id = '{id}'");
    assert_eq!(count(&bench.dir, &of_it), 0);

    let options = ["--interactions", "--pii", "plain", "--full"];
    let report = pull(&bench, "sqlite:leads.db", &options).json();
    assert_eq!(stream(&report, "crm")["skipped"], 1, "{report}");
    assert_eq!(count(&bench.dir, "SELECT count(*) FROM leads"), all - 1);
    let bytes = std::fs::read(bench.dir.path().join("leads.db")).unwrap();
    let name = name.as_bytes();
    assert!(!bytes.windows(name.len()).any(|part| part == name), "the name is still in the file");
}

#[test]
fn a_mobile_is_forgotten_on_every_platform_also_where_it_is_hashed() {
    for (pii, key) in [("plain", None), ("hmac", Some("file:key"))] {
        let bench = Bench::all();
        bench.dir.write("key", "0123456789abcdef0123456789abcdef\n");
        let mobile = {
            let list =
                bench.run(&["leads", "list", "--provider", "crm", "--reveal", "--format", "json"]);
            let list = list.json();
            let leads = list["leads"].as_array().unwrap().clone();
            let mobiles = leads.iter().filter_map(|lead| lead["mobiles"][0].as_str());
            mobiles.map(str::to_owned).find(|mobile| mobile.starts_with("199")).unwrap()
        };
        let key = key.map_or_else(Vec::new, |key| vec!["--hmac-key", key]);
        pull(&bench, "sqlite:leads.db", &[&["--pii", pii][..], &key].concat()).ok();
        // As a Chinese keyboard may write it.
        let wide =
            |c: char| char::from_u32(u32::from(c) - u32::from('0') + u32::from('０')).unwrap();
        let written: String = mobile.chars().map(wide).collect();
        let forget = ["leads", "forget", "--to", "sqlite:leads.db", "--mobile", &written, "--yes"];
        if !key.is_empty() {
            bench.dir.write("other", "fedcba9876543210fedcba9876543210\n");
            let other = [&forget[..], &["--hmac-key", "file:other"]].concat();
            bench.run(&other).fails(64, &["with another key", "--hmac-key"]);
        }
        let ran = bench.run(&[&forget[..], &key].concat()).ok();
        assert!(ran.stdout.starts_with("removed "), "{ran:?}");
        assert!(!ran.stdout.starts_with("removed 0 "), "{pii}: {ran:?}");
        assert!(!ran.stdout.contains(&mobile) && !ran.stderr.contains(&mobile), "{ran:?}");
        let ran = bench.run(&[&forget[..], &key, &["--format", "json"]].concat());
        assert_eq!(ran.json()["rows"], 0);
    }
}

#[test]
fn a_file_forgets_nobody() {
    let bench = Bench::all();
    for to in ["jsonl:leads.jsonl", "csv:leads.csv", "parquet:leads"] {
        pull(&bench, to, &[]).ok();
        for yes in [&["--yes"][..], &[]] {
            bench
                .run(&[&["leads", "forget", "--to", to, "--id", "1"], yes].concat())
                .fails(64, &["SQLite or PostgreSQL"]);
        }
    }
    bench
        .run(&["leads", "forget", "--to", "sqlite:x.db", "--yes"])
        .fails(64, &["--mobile", "--id"]);
}

#[test]
fn who_is_forgotten_learns_what_stays() {
    let bench = Bench::all();
    pull(&bench, "sqlite:leads.db", &["--pii", "plain"]).ok();
    let forget = ["leads", "forget", "--to", "sqlite:leads.db", "--yes"];
    let by_id = |id: &str| {
        let options = ["--id", id, "--provider", "crm"];
        bench.run(&[&forget[..], &options].concat()).ok()
    };
    let new = bench.admin().insert_crm_lead();
    let ran = bench.run(&[&forget[..], &["--id", &new]].concat()).ok();
    assert!(ran.stderr.contains("nothing is remembered: with --provider later pulls"), "{ran:?}");
    assert!(!ran.stderr.contains("the platform may still"), "{ran:?}");
    // Somebody who was not pulled yet never is.
    let ran = by_id(&new);
    assert!(ran.stderr.contains("later pulls leave this id out"), "{ran:?}");
    assert!(ran.stderr.contains("under another id it is a new lead"), "{ran:?}");
    pull(&bench, "sqlite:leads.db", &["--pii", "plain"]).ok();
    assert_eq!(count(&bench.dir, &format!("SELECT count(*) FROM leads WHERE id = '{new}'")), 0);

    // With some mobiles masked, nobody can be sure.
    let database = Connection::open(bench.dir.path().join("leads.db")).unwrap();
    let plain: String = database
        .query_row("SELECT mobiles FROM leads WHERE mobiles LIKE '%1990%' LIMIT 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    let sql =
        "UPDATE leads SET mobiles = '[\"199****0000\"]' WHERE mobiles <> ?1 AND provider = 'crm'";
    let masked = database.execute(sql, [&plain]).unwrap();
    drop(database);
    let mobile: Vec<String> = serde_json::from_str(&plain).unwrap();
    let options = ["--mobile", &mobile[0], "--format", "json"];
    let ran = bench.run(&[&forget[..], &options].concat());
    assert!(ran.stderr.contains(&format!("{masked} other leads have masked mobiles")), "{ran:?}");
    let told = ran.json();
    assert_eq!((&told["masked"], told["leads"].as_u64() > Some(0)), (&masked.into(), true));
}
