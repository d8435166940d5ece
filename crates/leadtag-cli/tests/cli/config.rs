//! Where providers come from, and what is told about a wrong file.

use crate::support::{Bench, Dir};

const FILE: &str = r#"[providers.shop]
platform    = "wecom"
corp_id     = "ww0123"
corp_secret = "canary-secret"
base_url    = "http://127.0.0.1:9/wecom"
timeout     = "5s"
"#;

#[test]
fn a_wrong_file_is_told_with_file_line_and_remedy() {
    let dir = Dir::new();
    for (line, other, parts) in [
        (
            "corp_secret =",
            "corp_secrt =",
            ["leadtag.toml:4: [providers.shop] corp_secrt:", "corp_secret?"],
        ),
        (
            "\"canary-secret\"",
            "\"env:LEADTAG_TEST_UNSET\"",
            ["leadtag.toml:4: [providers.shop] corp_secret:", "set it"],
        ),
        (
            "http://127.0.0.1:9",
            "http://wecom.example.com",
            ["leadtag.toml:5: [providers.shop] base_url:", "use https"],
        ),
        ("\"5s\"", "\"soon\"", ["leadtag.toml:6: [providers.shop] timeout:", "\"30s\""]),
        ("[providers.shop]", "[providers.shop", ["leadtag.toml:1:", "TOML"]),
    ] {
        dir.write("leadtag.toml", &FILE.replace(line, other));
        let ran = dir.run(&["tags", "list"]);
        assert!(!ran.stderr.contains("canary"), "{ran:?}");
        assert!(!ran.stderr.contains("SANDBOX"), "{ran:?}");
        ran.fails(64, &parts);
        let error = dir.run(&["tags", "list", "--format", "json"]).error();
        assert_eq!(error["kind"], "config-invalid");
        assert!(error["message"].as_str().unwrap().contains(parts[0]), "{error}");
    }
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let dir = Dir::new();
    dir.run(&["tags", "list", "--config", "nowhere.toml"])
        .fails(64, &["nowhere.toml", "leadtag init"]);
}

#[test]
fn another_file_is_read_when_it_is_named() {
    let bench = Bench::new();
    bench.dir.write(
        "other.toml",
        &bench
            .dir
            .read("leadtag.toml")
            .replace("[providers.shop-wecom]", "[providers.other-wecom]"),
    );
    bench.run(&["tags", "list", "--config", "other.toml", "--provider", "other-wecom"]).ok();
}

#[test]
fn without_a_file_the_sandbox_is_used_and_says_so() {
    let dir = Dir::new();
    for args in [
        &["tags", "list", "--provider", "wecom"][..],
        &["tags", "list", "--provider", "wecom", "--format", "json"],
        &["doctor"],
        &["tags", "create", "--provider", "wecom", "--group", "a", "b"],
        &["leads", "list", "--provider", "crm", "--limit", "1"],
    ] {
        let ran = dir.run(args).ok();
        let notice = ran.stderr.lines().find(|line| line.contains("SANDBOX")).unwrap();
        assert!(notice.contains("nothing real") && notice.contains("leadtag init"), "{notice}");
        assert!(!ran.stdout.contains("SANDBOX"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_no_reason_to_use_the_sandbox() {
    let dir = Dir::new();
    std::os::unix::fs::symlink("gone.toml", dir.path().join("leadtag.toml")).unwrap();
    let ran = dir.run(&["tags", "list"]);
    assert!(!ran.stderr.contains("SANDBOX"), "{ran:?}");
    ran.fails(64, &["leadtag.toml"]);
}

#[test]
fn a_provider_may_be_left_out_only_if_there_is_one() {
    let bench = Bench::new();
    bench.run(&["tags", "list"]).ok();
    bench.run(&["tags", "list", "--provider", "wecom"]).ok();
    bench.add_other_app("second");
    bench.run(&["tags", "list"]).fails(
        64,
        &[
            "several providers; with tags: shop-wecom (wecom), second (wecom)",
            "--provider shop-wecom",
        ],
    );
    bench.run(&["tags", "list", "--provider", "wecom"]).fails(64, &["shop-wecom, second"]);
    bench.run(&["tags", "list", "--provider", "secnd"]).fails(64, &["did you mean second?"]);
    bench.run(&["tags", "list", "--provider", "second"]).ok();
}

#[test]
fn a_secret_in_the_file_works_and_is_told_without_being_shown() {
    let bench = Bench::new();
    let ran = bench.run(&["tags", "list"]).ok();
    assert!(ran.stderr.contains("leadtag.toml:4") && ran.stderr.contains("env:NAME"), "{ran:?}");
    assert!(!ran.stderr.contains(&bench.wecom().corp_secret), "{ran:?}");
}

#[test]
fn a_secret_comes_from_the_environment_or_from_a_file() {
    let bench = Bench::new();
    let secret = bench.wecom().corp_secret;
    let file = bench.dir.read("leadtag.toml");
    bench.dir.write("secret.txt", &format!("{secret}\n"));
    for place in ["env:LEADTAG_TEST_SECRET", "file:secret.txt"] {
        bench.dir.write("leadtag.toml", &file.replace(&secret, place));
        let mut command = bench.dir.command(&["tags", "list"]);
        let output = command.env("LEADTAG_TEST_SECRET", &secret).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{place}: {output:?}");
    }
}

#[test]
fn among_several_providers_those_are_named_that_can_do_it() {
    let dir = Dir::new();
    dir.run(&["leads", "list"]).fails(
        64,
        &["with leads: shop-douyin (douyin), crm (crm-v3), leads-beschannels (beschannels)"],
    );
    let error = dir.run(&["tags", "list", "--format", "json"]).error();
    let message = error["message"].as_str().unwrap();
    assert_eq!(error["kind"], "usage");
    assert!(message.contains("agent-miaokol (miaokol)"), "{message}");
    assert!(!message.contains("beschannels"), "{message}");
}

#[test]
fn a_wrong_value_of_tags_is_told_with_its_place_before_anything_is_listed() {
    let dir = Dir::new();
    dir.write("tags.toml", "version = 1\n");
    for (line, part) in [
        ("max_deletions = -1", "max_deletions: it must be a whole number from 0 on"),
        ("max_deletions = \"10\"", "max_deletions: it must be a whole number from 0 on"),
        ("max_contacts = 1.5", "max_contacts: it must be a whole number from 0 on"),
        ("max_changed_percent = 101", "it must be a whole number from 0 to 100"),
        ("allow_unknown_contacts = 1", "it must be true or false"),
        ("settle = 0", "settle: it must be a duration in quotes"),
        ("lock_wait = \"-1s\"", "lock_wait: \"-1s\" is not a duration"),
        ("max_delete = 1", "max_delete: unknown key; did you mean max_deletions?"),
    ] {
        dir.write("leadtag.toml", &format!("{FILE}[tags]\n{line}\n"));
        for command in ["plan", "apply"] {
            dir.run(&["tags", command]).fails(64, &["leadtag.toml:8: [tags]", part]);
        }
    }
    // Zero is a value like others; the file wants nothing of anybody.
    let zero = "max_deletions = 0\nmax_changed_percent = 0\nsettle = \"0s\"\nlock_wait = \"0s\"\n";
    dir.write("leadtag.toml", &format!("{FILE}[tags]\n{zero}max_wait = \"0s\"\n"));
    assert_eq!(dir.run(&["tags", "apply", "--yes"]).ok().stdout, "No changes.\n");
}
