//! `leadtag leads pull` of something else into a destination that has leads: another account or
//! provider, made-up leads among real ones, other settings.

use std::fs;

use crate::leads_pull_damage::{FILES, SQLITE, everything, refused, works};
use crate::support::Bench;

fn kind_of(to: &str) -> &str {
    to.split_inclusive(':').next().unwrap()
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
