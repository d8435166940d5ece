//! `leadtag tags check`.

use std::fmt::Write;

use serde_json::Value;

use crate::support::{Bench, Dir, keys};

const CONFIG: &str = r#"
[providers.shop-wecom]
platform = "wecom"
corp_id = "ww0000000000000000"
corp_secret = "env:LEADTAG_TEST_UNSET"

[providers.shop-douyin]
platform = "douyin"
client_key = "tt0000000000000000"
client_secret = "env:LEADTAG_TEST_UNSET"
open_id = "open-0001"
refresh_token = "env:LEADTAG_TEST_UNSET"
"#;

const GOOD: &str = "version = 1\n[[group]]\nkey = 'intent'\nname = '意向'\n\
                    [[group.tag]]\nkey = 'intent.high'\nname = '高意向'\n";

/// A directory with providers that nobody could reach, and whose secrets are not set.
fn offline(tags: &str) -> Dir {
    let dir = Dir::new();
    dir.write("leadtag.toml", CONFIG);
    dir.write("tags.toml", tags);
    dir
}

/// 137 tags, an empty group, a name of 31 characters, a collision, and names of nobody.
fn wrong() -> String {
    let mut text = "version = 1\n[[group]]\nkey = 'many'\nname = '很多'\n".to_owned();
    for n in 1..=137 {
        let _ = write!(text, "[[group.tag]]\nkey = 'many.{n}'\nname = '标签{n}'\n");
    }
    let long = "长".repeat(31);
    let _ = write!(
        text,
        "[[group]]\nkey = 'empty'\nname = '空'\n\
         [[group]]\nkey = 'more'\nname = '更多'\nproviders = ['shop-wecom', 'nobody']\n\
         [[group.tag]]\nkey = 'many.1'\nname = '{long}'\nordr = 1\n\
         [[group]]\nkey = 'same'\nname = '同'\n[[group.tag]]\nkey = 'same.1'\nname = '标签1'\n"
    );
    text
}

#[test]
fn a_good_file_passes_without_network_and_secrets() {
    let ran = offline(GOOD).run(&["tags", "check"]).ok();
    assert!(
        ran.stdout.contains("nothing is wrong; groups: 1, tags: 1, for shop-wecom, shop-douyin")
    );
    assert_eq!(ran.stderr, "");
    let checked = offline(GOOD).run(&["tags", "check", "--format", "json"]).json();
    assert_eq!(checked, serde_json::json!({ "findings": [] }));
}

#[test]
fn every_finding_is_told_at_once_with_file_line_and_column() {
    let ran = offline(&wrong()).run(&["tags", "check"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    for part in [
        "tags.toml:307:8: error: 138 tags for shop-douyin; douyin holds 100",
        "tags.toml:418:8: error: the group \"空\" has no tag on shop-wecom",
        "tags.toml:422:28: error: nobody: the configuration has no such provider [unknown-provider]",
        "tags.toml:424:7: error: the key \"many.1\" stands twice; first at tags.toml:6:7",
        "tags.toml:425:8: error: \"长长",
        "tags.toml:426:1: error: unknown key \"ordr\" [unknown-key]\n    hint: did you mean order?",
        "tags.toml:432:8: error: \"标签1\" would be the name of two tags on shop-douyin",
        "\n7 errors\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn as_json_a_finding_has_exactly_the_documented_keys() {
    let ran = offline(&wrong()).run(&["tags", "check", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (64, ""));
    let checked: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(keys(&checked), ["findings"]);
    let findings = checked["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 7);
    for found in findings {
        let documented = [
            "also", "code", "column", "file", "hint", "key", "line", "message", "provider",
            "severity",
        ];
        assert_eq!(keys(found), documented);
        assert_eq!((&found["severity"], &found["file"]), (&"error".into(), &"tags.toml".into()));
        assert!(found["line"].is_u64() && found["column"].is_u64());
    }
    let many = &findings[0];
    assert_eq!((&many["code"], &many["line"]), (&"too-many-tags".into(), &307.into()));
    assert_eq!((&many["provider"], &many["key"]), (&"shop-douyin".into(), &"many.101".into()));
}

#[test]
fn syntax_errors_are_findings_like_others() {
    let text = "version = 1\n[[group]]\nkey = 'a'\nname = 意向\norder = -1\n";
    let ran = offline(text).run(&["tags", "check"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stdout.contains("tags.toml:4:8: error: "), "{ran:?}");
    assert!(ran.stdout.contains("[syntax]"), "{ran:?}");
    assert!(ran.stdout.contains("tags.toml:5:9: error: "), "{ran:?}");
}

#[test]
fn a_notice_is_no_failure() {
    let text = format!("{GOOD}on.shop-douyin = {{ order = 1 }}\n");
    let ran = offline(&text).run(&["tags", "check"]).ok();
    assert!(ran.stdout.contains("tags.toml:8:4: notice: "), "{ran:?}");
    assert!(ran.stdout.contains("1 notice\n"), "{ran:?}");
}

#[test]
fn read_only_providers_and_those_without_tags_are_told() {
    let bench = Bench::all();
    let groups =
        "version = 1\n[[group]]\nkey = 'a'\nname = 'b'\nproviders = ['crm', 'leads-beschannels']\n";
    bench.dir.write("tags.toml", groups);
    let ran = bench.run(&["tags", "check"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stdout.contains("5:14: error: crm: its tags cannot be written [read-only-provider]")
    );
    assert!(ran.stdout.contains("[provider-without-tags]"), "{ran:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_wrong_input() {
    let dir = offline(GOOD);
    std::fs::create_dir(dir.path().join("directory")).unwrap();
    for command in ["check", "plan", "apply"] {
        dir.run(&["tags", command, "--file", "none.toml"])
            .fails(64, &["there is no file none.toml", "leadtag tags import"]);
        dir.run(&["tags", command, "--file", "directory"]).fails(64, &["directory cannot be read"]);
        dir.run(&["tags", command, "--lock", "directory"]).fails(64, &["directory", "be read"]);
    }
    let error = dir.run(&["tags", "check", "--file", "none.toml", "--format", "json"]).error();
    assert_eq!(error["kind"], "usage");
}

#[test]
fn bytes_that_are_no_text_are_a_finding_with_line_and_column() {
    let dir = offline(GOOD);
    std::fs::write(dir.path().join("tags.toml"), b"version = 1\n# \xe7\x94\xb2\xff\n").unwrap();
    let ran = dir.run(&["tags", "check"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stdout.starts_with("tags.toml:2:4: error: the file is not UTF-8"), "{ran:?}");
    assert!(ran.stdout.contains("hint: save it as UTF-8"), "{ran:?}");
    dir.run(&["tags", "plan"]).fails(64, &["tags.toml:2:4: error: "]);
}

#[test]
fn findings_that_nobody_reads_fail_all_the_same() {
    assert_eq!(offline(&wrong()).run_unread(&["tags", "check"]), Some(64));
    assert_eq!(offline(GOOD).run_unread(&["tags", "check"]), Some(0));
}

#[test]
fn a_damaged_lock_is_told_with_its_line() {
    let dir = offline(GOOD);
    dir.write("tags.lock", "version = 1\n<<<<<<< HEAD\n");
    for command in ["check", "plan", "apply", "drift"] {
        let told = ["tags.lock:2:9: ", "hint: take it from version control"];
        dir.run(&["tags", command]).fails(64, &told);
    }
    dir.write("tags.toml", &wrong());
    let ran = dir.run(&["tags", "check"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stdout.ends_with("\n7 errors\n"), "{ran:?}");
    assert!(ran.stderr.contains("error: tags.lock:2:9: "), "{ran:?}");
    dir.write("tags.toml", GOOD);
    std::fs::write(dir.path().join("tags.lock"), b"version = 1\n\xff").unwrap();
    for command in ["check", "plan", "apply", "drift"] {
        dir.run(&["tags", command]).fails(64, &["tags.lock: it is not UTF-8", "version control"]);
    }
}

#[test]
fn another_file_can_be_named() {
    let dir = offline("nonsense");
    dir.write("other.toml", GOOD);
    let ran = dir.run(&["tags", "check", "--file", "other.toml"]).ok();
    assert!(ran.stdout.starts_with("other.toml: "), "{ran:?}");
}

#[test]
fn what_a_terminal_would_obey_is_not_printed() {
    let text = format!("{GOOD}on.\"a\\u001b[31m\" = {{ name = 'x' }}\n");
    let ran = offline(&text).run(&["tags", "check"]);
    assert_eq!(ran.code, 64);
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
}
