//! What goes where: stdout, stderr, exit codes, pipes and colours.

use std::io::Read;
use std::process::Stdio;

use crate::support::{Bench, Dir, keys};

#[test]
fn help_and_version_are_results_and_wrong_usage_is_64() {
    let dir = Dir::new();
    for args in [&["--help"][..], &["--version"], &["tags", "create", "--help"]] {
        let ran = dir.run(args).ok();
        assert!(ran.stdout.contains("leadtag") && ran.stderr.is_empty(), "{ran:?}");
    }
    for args in [
        &[][..],
        &["tag"],
        &["tags"],
        &["tags", "list", "--format", "xml"],
        &["tags", "create", "--group", "a"],
        &["tags", "create", "--group", "a", "--group-id", "b", "c"],
        &["tags", "rename", "x"],
        &["tags", "rename", "--id", "a", "--group-id", "b", "c"],
        &["tags", "delete", "--yes"],
        &["contact", "tags"],
        &["leads"],
        &["leads", "get"],
        &["leads", "list", "--limit", "0"],
        &["leads", "list", "--since", "yesterday"],
        &["leads", "list", "--cursor", "none"],
        &["sandbox", "serve", "--fault", "bussy"],
        &["completions", "tcsh"],
    ] {
        dir.run(args).fails(64, &[]);
    }
}

#[test]
fn an_argument_beyond_a_limit_is_wrong_usage_and_is_not_sent() {
    let bench = Bench::new();
    let long = "长".repeat(31);
    bench.run(&["tags", "create", "--group", "a", &long]).fails(64, &["30"]);
    assert_eq!(bench.admin().calls("add_corp_tag"), 0);
}

#[test]
fn a_reader_that_leaves_is_a_clean_end() {
    let bench = Bench::new();
    bench.admin().add_tags(100, 50);
    let dir = Dir::new();
    for (dir, args) in [
        (&bench.dir, &["tags", "list"][..]),
        (&bench.dir, &["tags", "list", "--format", "json"]),
        (&dir, &["leads", "list", "--provider", "crm", "--format", "json"]),
        (&dir, &["completions", "bash"]),
        (&dir, &["demo"]),
    ] {
        let mut command = dir.contained(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked") && !stderr.contains("error:"), "{stderr}");
    }
}

#[test]
fn nothing_but_text_is_written_where_there_is_no_terminal() {
    let bench = Bench::new();
    for args in [&["tags", "list"][..], &["tags", "list", "--no-color"], &["doctor", "-v"]] {
        let ran = bench.run(args);
        assert!(!(ran.stdout + &ran.stderr).contains('\u{1b}'));
    }
    let ran = Dir::new().run(&["tags", "nothing", "--no-color"]);
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn what_a_terminal_would_obey_is_taken_out_of_names() {
    let bench = Bench::new();
    bench.run(&["tags", "create", "--group", "evil", "a\u{1b}[31mb"]).ok();
    let text = bench.run(&["tags", "list"]).ok().stdout;
    assert!(!text.contains('\u{1b}'), "{text}");
    let listed = bench.run(&["tags", "list", "--format", "json"]).json();
    let tags = listed["groups"].as_array().unwrap().iter();
    let mut names =
        tags.flat_map(|group| group["tags"].as_array().unwrap()).map(|tag| &tag["name"]);
    assert!(names.any(|name| name == "a\u{1b}[31mb"));
}

#[test]
fn caps_shows_every_platform_in_three_forms_without_a_configuration() {
    let dir = Dir::new();
    dir.write("leadtag.toml", "this is no TOML");
    let text = dir.run(&["caps"]).ok();
    assert!(text.stdout.contains("wecom") && text.stdout.contains("delta"), "{text:?}");
    assert_eq!(text.stderr, "");
    let markdown = dir.run(&["caps", "--format", "markdown"]).ok().stdout;
    let header = markdown.lines().next().unwrap();
    assert_eq!(header, "| capability | douyin | miaokol | wecom | crm-v3 | beschannels |");
    assert!(text.stdout.lines().all(|line| line.chars().count() <= 100), "{text:?}");
    let json = dir.run(&["caps", "--format", "json"]).json();
    assert_eq!(keys(&json), ["platforms"]);
    let platforms = json["platforms"].as_array().unwrap();
    assert!(platforms.iter().all(|platform| keys(platform) == ["leads", "platform", "tags"]));
    let named = |name: &str| platforms.iter().find(|known| known["platform"] == name).unwrap();
    let (wecom, beschannels) = (named("wecom"), named("beschannels"));
    assert!(beschannels["tags"].is_null() && beschannels["leads"]["list"] == true);
    assert_eq!(wecom["tags"]["write_semantics"], "delta");
    assert!(wecom["leads"].is_null());
}

#[test]
fn completions_know_the_commands_in_every_shell() {
    let dir = Dir::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = dir.run(&["completions", shell]).ok();
        for word in ["doctor", "sandbox", "with-deleted", "leads", "reveal"] {
            assert!(ran.stdout.contains(word), "{shell}: {word}");
        }
        assert_eq!(ran.stderr, "");
    }
}
