//! `leadtag demo`.

use std::path::PathBuf;

use serde_json::Value;

use crate::leads_pull::stream;
use crate::support::{Dir, LEADS, Ran};

/// The lines that are shown, in their order, without `leadtag`.
const COMMANDS: [&str; 8] = [
    "tags import --provider shop-wecom,shop-douyin,agent-miaokol",
    "tags check",
    "tags check",
    "tags plan",
    "tags apply --yes",
    "tags plan --detailed-exitcode",
    "leads pull --provider shop-douyin,crm,leads-beschannels --to sqlite:leads.db --pii mask",
    "leads pull --provider shop-douyin,crm,leads-beschannels --to parquet:leads --pii mask",
];

/// A demo whose temporary directory is the test's own.
struct Demo {
    dir: Dir,
    ran: Ran,
}

impl Demo {
    fn run() -> Self {
        let dir = Dir::new();
        let ran = Ran::from(dir.contained(&["demo"]).output().unwrap()).ok();
        Self { dir, ran }
    }

    /// Where it says that its files are.
    fn place(&self) -> PathBuf {
        let (_, rest) = self.ran.stdout.split_once("The files are in ").unwrap();
        PathBuf::from(rest.split_once(" and stay there").unwrap().0)
    }

    /// What is shown below each command, up to the next one.
    fn answers(&self) -> Vec<(&str, &str)> {
        let parts = self.ran.stdout.split("\n$ leadtag ").skip(1);
        parts.map(|part| part.split_once('\n').unwrap()).collect()
    }

    /// Runs a command afterwards, where the files are.
    fn then(&self, args: &[&str]) -> Ran {
        let mut command = self.dir.command(args);
        Ran::from(command.current_dir(self.place()).output().unwrap()).ok()
    }
}

#[test]
fn every_step_shows_its_command_and_what_the_command_says() {
    let demo = Demo::run();
    let answers = demo.answers();
    let shown: Vec<_> = answers.iter().map(|(line, _)| *line).collect();
    assert_eq!(shown, COMMANDS);
    let parts = [
        "wrote tags.toml and tags.lock; groups: 17, tags: 56",
        "2 errors",
        "nothing is wrong; groups: 18, tags: 57, for shop-wecom, shop-douyin, agent-miaokol",
        "Plan: 5 create, 3 rename, 0 reorder, 0 delete, 0 not possible.",
        "agent-miaokol: 2 steps done",
        "No changes.",
        "PROVIDER",
        "PROVIDER",
    ];
    for ((line, answer), part) in answers.iter().zip(parts) {
        assert!(answer.contains(part), "{line}: {part}: {answer}");
    }
    assert!(demo.ran.stderr.contains("SANDBOX"), "{:?}", demo.ran);
    assert!(demo.ran.stdout.contains("Try next"), "{:?}", demo.ran);
}

#[test]
fn what_is_shown_is_what_the_command_itself_says_there() {
    let demo = Demo::run();
    let answers = demo.answers();
    let check = demo.then(&["tags", "check"]);
    assert!(answers[2].1.starts_with(&check.stdout), "{answers:?}");
}

#[test]
fn the_platforms_whose_tags_cannot_be_written_are_named() {
    let demo = Demo::run();
    let (_, refused) = demo.answers()[1];
    for part in ["crm: its tags cannot be written", "leads-beschannels: its platform has no tags"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
}

#[test]
fn the_plan_after_the_apply_is_empty() {
    let demo = Demo::run();
    let (line, answer) = demo.answers()[5];
    assert_eq!(line, COMMANDS[5]);
    assert!(answer.starts_with("No changes.\n"), "{answer}");
}

#[test]
fn both_stores_have_every_lead_of_the_sandbox() {
    let demo = Demo::run();
    let store = rusqlite::Connection::open(demo.place().join("leads.db")).unwrap();
    let mut total = 0;
    for (provider, ..) in LEADS {
        let listed = demo.then(&["leads", "list", "--provider", provider, "--format", "json"]);
        let listed = listed.json();
        let mut listed: Vec<_> =
            listed["leads"].as_array().unwrap().iter().map(|lead| text(&lead["id"])).collect();
        let sql = "SELECT id FROM leads WHERE provider = ?1 AND deleted_at IS NULL ORDER BY id";
        let mut asked = store.prepare(sql).unwrap();
        let there = asked.query_map([provider], |row| row.get(0)).unwrap();
        let there: Vec<String> = there.map(Result::unwrap).collect();
        listed.sort();
        assert_eq!(there, listed, "{provider}");
        total += there.len();

        // The same people come from the next sandbox, with the tags by their old names.
        let pull = ["leads", "pull", "--full", "--provider", provider, "--format", "json"];
        let report = demo.then(&[&pull[..], &["--to", "parquet:leads"]].concat()).json();
        let counts = &stream(&report, provider)["leads"];
        let known = ["unchanged", "changed"].map(|key| counts[key].as_u64().unwrap());
        assert_eq!(known.iter().sum::<u64>(), there.len() as u64, "{report}");
        assert_eq!((&counts["new"], &counts["deleted"]), (&0.into(), &0.into()), "{report}");
    }
    assert!(total > 100, "{total}");
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn what_arrived_is_shown_of_every_provider_and_masked() {
    let demo = Demo::run();
    let (_, shown) = demo.ran.stdout.split_once("\nSELECT ").unwrap();
    let (counts, people) = shown.split_once("\nSELECT ").unwrap();
    for (provider, ..) in LEADS {
        let line = counts.lines().find(|line| line.starts_with(provider)).unwrap();
        assert_eq!(line.split_whitespace().nth(1), Some("40"), "{line}");
        let lines = people.lines().filter(|line| line.starts_with(provider));
        assert!(lines.clone().count() >= 2, "{people}");
        assert!(lines.clone().all(|line| line.contains("199****00")), "{people}");
    }
    assert!(!demo.ran.stdout.contains("1990000"), "{:?}", demo.ran);
    let store = std::fs::read(demo.place().join("leads.db")).unwrap();
    assert!(!store.windows(7).any(|bytes| bytes == b"1990000"));
}

#[test]
fn files_are_left_only_where_it_says_so() {
    let demo = Demo::run();
    let entries = std::fs::read_dir(demo.dir.path()).unwrap();
    let left: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [demo.place()]);
    for name in ["tags.toml", "tags.lock", "leads.db", "leads"] {
        assert!(demo.place().join(name).exists(), "{name}");
    }
    assert!(!demo.place().join("leads.db-wal").exists());
    let place = demo.place().display().to_string();
    let end = demo.ran.stdout.split("== ").last().unwrap();
    assert!(end.contains(&format!("{place}; delete it when you are done")), "{end}");
}

#[test]
fn the_commands_to_try_next_work_where_the_files_are() {
    let demo = Demo::run();
    let (_, next) = demo.ran.stdout.split_once("Try next").unwrap();
    let (place, lines): (Vec<_>, Vec<_>) =
        next.lines().filter_map(|line| line.strip_prefix("  ")).partition(|l| l.starts_with("cd "));
    assert_eq!((place.len(), lines.len()), (1, 7), "{next}");
    // As they are printed, one after the other. One serves until it is stopped.
    for line in lines.iter().filter(|line| !line.ends_with("sandbox serve")) {
        demo.then(&line.split_whitespace().skip(1).collect::<Vec<_>>());
    }
}

#[test]
fn in_a_pipe_there_are_neither_colours_nor_bars() {
    let Ran { stdout, stderr, .. } = Demo::run().ran;
    for text in [stdout, stderr] {
        assert!(!text.contains(['\u{1b}', '\r']), "{text:?}");
    }
}

#[test]
fn the_demo_does_not_look_at_a_configuration() {
    let dir = Dir::new();
    dir.write("leadtag.toml", "this is no TOML");
    Ran::from(dir.contained(&["demo"]).output().unwrap()).ok();
}

#[test]
fn without_a_place_for_its_files_it_says_so() {
    let dir = Dir::new();
    let mut command = dir.contained(&["demo"]);
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, dir.path().join("none"));
    }
    Ran::from(command.output().unwrap()).fails(1, &["none cannot be used"]);
}
