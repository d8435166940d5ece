//! `tags.toml`: what is read, and every mistake with its place.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use leadtag_taxonomy::{Code, File, Finding};
use proptest::prelude::*;

const EXAMPLE: &str = r#"version = 1

[[group]]
key  = "intent"                      # stable logical key
name = "意向"
providers = ["shop-wecom", "agent"]

[[group.tag]]
key     = "intent.high"
name    = "高意向"
order   = 20
aliases = ["高意向客户"]
on.shop-douyin = { name = "高意" }

[absent]
shop-wecom = ["测试标签", { group = "来源", name = "测试" }]

[providers.shop-douyin]
flatten = "{group}-{tag}"
"#;

/// Each finding as `code line:column`.
fn places(text: &str) -> Vec<String> {
    let (_, findings) = File::parse(text, "tags.toml");
    let line =
        |found: &Finding| format!("{} {}:{}", found.code, found.place.line, found.place.column);
    findings.iter().map(line).collect()
}

/// The findings of a group with `lines`, with lines counted from the first of them.
fn in_group(lines: &str) -> Vec<String> {
    let text = format!("version = 1\n[[group]]\nkey = \"g\"\nname = \"组\"\n{lines}");
    let (_, findings) = File::parse(&text, "tags.toml");
    let line =
        |found: &Finding| format!("{} {}:{}", found.code, found.place.line - 4, found.place.column);
    findings.iter().map(line).collect()
}

#[test]
fn the_example_is_read_as_it_stands() {
    let (file, findings) = File::parse(EXAMPLE, "tags.toml");
    assert_eq!(findings, []);
    let group = &file.groups[0];
    assert_eq!((group.key.as_str(), group.name.as_str()), ("intent", "意向"));
    let names: Vec<_> = group.providers.iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["shop-wecom", "agent"]);
    let tag = &group.tags[0];
    assert_eq!((tag.key.as_str(), tag.name.as_str()), ("intent.high", "高意向"));
    assert_eq!((tag.order, &tag.aliases), (Some(20), &vec!["高意向客户".to_owned()]));
    assert_eq!(tag.on["shop-douyin"].name.as_deref(), Some("高意"));
    assert_eq!(tag.place.to_string(), "tags.toml:8:1");
    let absent = &file.absent["shop-wecom"];
    assert_eq!((absent[0].group.as_deref(), absent[0].name.as_str()), (None, "测试标签"));
    assert_eq!((absent[1].group.as_deref(), absent[1].name.as_str()), (Some("来源"), "测试"));
    assert_eq!(file.flatten["shop-douyin"].0, "{group}-{tag}");
}

#[test]
fn a_file_that_was_written_reads_the_same() {
    let (file, _) = File::parse(EXAMPLE, "tags.toml");
    let text = file.to_toml();
    let (again, findings) = File::parse(&text, "tags.toml");
    assert_eq!(findings, [], "{text}");
    assert_eq!(again.to_toml(), text);
    assert_eq!(again.groups[0].tags[0].aliases, file.groups[0].tags[0].aliases);
    assert_eq!(again.absent["shop-wecom"].len(), 2);
}

#[test]
fn columns_count_characters_not_bytes() {
    assert_eq!(in_group("aliases = [\"旧名\", \"  x\"]"), ["bad-name 1:18"]);
}

#[test]
fn a_byte_order_mark_is_not_seen() {
    assert_eq!(places("\u{feff}version = 1\nwrong = 2\n"), ["unknown-key 2:1"]);
    assert_eq!(places("\u{feff}wrong = 1\nversion = 1\n"), ["unknown-key 1:1"]);
}

#[test]
fn every_syntax_error_is_told() {
    let text =
        "version = 1\n[[group]]\nkey = intent\nname = \"意向\"\n\n[[group.tag]\nkey = \"a\"\n";
    let found = places(text);
    let syntax: Vec<_> = found.iter().filter(|found| found.starts_with("syntax")).collect();
    assert!(syntax.len() == 2, "{found:?}");
    assert!(syntax[0].starts_with("syntax 3:") && syntax[1].starts_with("syntax 6:"), "{found:?}");
}

#[test]
fn other_mistakes_are_told_beside_a_syntax_error() {
    let text = "version = 1\n[[group]]\nkey = \"a b\"\nname = = \"意向\"\n";
    let found = places(text);
    assert!(found.contains(&"bad-key 3:7".to_owned()), "{found:?}");
    assert!(found.iter().any(|found| found.starts_with("syntax 4:")), "{found:?}");
    assert!(!found.iter().any(|found| found.starts_with("missing")), "{found:?}");
}

#[test]
fn a_key_that_stands_twice_in_a_table_is_a_syntax_error() {
    assert_eq!(in_group("order = 1\norder = 2"), ["syntax 2:1"]);
}

#[test]
fn a_missing_version_is_told_with_the_rest() {
    assert_eq!(places("wrong = 1\n"), ["missing 1:1", "unknown-key 1:1"]);
}

#[test]
fn of_an_unknown_version_nothing_else_is_checked() {
    assert_eq!(places("version = 2\nwrong = 1\n"), ["version 1:11"]);
}

#[test]
fn an_unknown_key_names_the_nearest_one() {
    let (_, findings) = File::parse("version = 1\n[[groups]]\n", "tags.toml");
    assert_eq!(findings[0].code, Code::UnknownKey);
    assert_eq!(findings[0].hint.as_deref(), Some("did you mean group?"));
    assert_eq!(in_group("alias = [\"x\"]"), ["unknown-key 1:1"]);
    assert_eq!(in_group("on.p = { nam = \"x\" }"), ["unknown-key 1:10"]);
}

#[test]
fn a_value_of_another_type_is_told_where_it_stands() {
    assert_eq!(in_group("order = \"20\""), ["wrong-type 1:9"]);
    assert_eq!(in_group("aliases = \"x\""), ["wrong-type 1:11"]);
    assert_eq!(in_group("providers = [1]"), ["wrong-type 1:14"]);
    assert_eq!(in_group("on = \"x\""), ["wrong-type 1:6"]);
    assert_eq!(in_group("on.p = \"x\""), ["wrong-type 1:8"]);
    assert_eq!(in_group("tag = [1]"), ["wrong-type 1:8"]);
    assert_eq!(in_group("[absent]\np = \"x\""), ["wrong-type 2:5"]);
    assert_eq!(in_group("[providers]\np = 1"), ["wrong-type 2:5"]);
}

#[test]
fn key_and_name_are_required() {
    assert_eq!(in_group("[[group.tag]]\nkey = \"k\""), ["missing 1:1"]);
    assert_eq!(in_group("[[group.tag]]\nname = \"n\""), ["missing 1:1"]);
    assert_eq!(in_group("[absent]\np = [{ group = \"g\" }]"), ["missing 2:6"]);
}

#[test]
fn a_logical_key_has_letters_and_digits_of_any_script() {
    let tag = |key: &str| in_group(&format!("[[group.tag]]\nname = \"n\"\nkey = \"{key}\""));
    for key in ["a", "意向.高", "A_1-b.c", &"x".repeat(200)] {
        assert_eq!(tag(key), [] as [&str; 0], "{key}");
    }
    for key in ["", ".a", "a b", "a/b", &"x".repeat(201)] {
        assert_eq!(tag(key), ["bad-key 3:7"], "{key}");
    }
}

#[test]
fn a_logical_key_stands_once_among_groups_and_tags() {
    assert_eq!(in_group("[[group.tag]]\nname = \"n\"\nkey = \"g\""), ["duplicate-key 3:7"]);
    let (_, findings) = File::parse(
        "version = 1\n[[group]]\nkey = \"a\"\nname = \"x\"\n[[group]]\nkey = \"a\"\nname = \"y\"",
        "f",
    );
    assert_eq!(findings[0].also.as_ref().unwrap().to_string(), "f:3:7");
    assert_eq!(findings[0].key.as_deref(), Some("a"));
}

#[test]
fn a_name_is_not_blank_and_has_no_white_space_around_it() {
    for name in ["", " ", " x", "x ", "a\\nb", "a\\tb"] {
        let lines = format!("[[group.tag]]\nkey = \"k\"\nname = \"{name}\"");
        assert_eq!(in_group(&lines), ["bad-name 3:8"], "{name:?}");
    }
}

#[test]
fn an_order_is_not_negative() {
    assert_eq!(in_group("order = -1"), ["order-range 1:9"]);
    assert_eq!(in_group("order = 4294967296"), ["order-range 1:9"]);
    assert_eq!(in_group("order = 4294967295"), [] as [&str; 0]);
}

#[test]
fn an_alias_stands_once_and_is_not_the_name() {
    assert_eq!(in_group("aliases = [\"a\", \"a\"]"), ["duplicate-alias 1:17"]);
    assert_eq!(in_group("aliases = [\"组\"]"), ["duplicate-alias 1:11"]);
}

#[test]
fn a_list_of_providers_names_each_once_and_one_at_least() {
    assert_eq!(in_group("providers = []"), ["no-providers 1:13"]);
    assert_eq!(in_group("providers = [\"p\", \"p\"]"), ["duplicate-provider 1:19"]);
}

#[test]
fn a_template_holds_the_tag_and_no_other_braces() {
    let with = |template: &str| in_group(&format!("[providers.p]\nflatten = \"{template}\""));
    assert_eq!(with("{group}/{tag}"), [] as [&str; 0]);
    for template in ["", "x", "{group}", "{tag}-{name}", "{tag}}", " {tag}"] {
        assert_eq!(with(template), ["flatten-template 2:11"], "{template:?}");
    }
}

#[test]
fn findings_stand_in_the_order_of_the_file() {
    let found = in_group("order = -1\nx = 1\n[[group.tag]]\nkey = \"g\"\nname = \" \"");
    assert_eq!(found, ["order-range 1:9", "unknown-key 2:1", "duplicate-key 4:7", "bad-name 5:8"]);
}

#[test]
fn places_on_a_very_long_line_are_right() {
    let tags: Vec<_> =
        (0..2_000).map(|n| format!("{{ key = \"k{n:04}\", name = \"标签\", x = 1 }}")).collect();
    let text = format!(
        "version = 1\ngroup = [{{ key = \"g\", name = \"组\", tag = [{}] }}]",
        tags.join(",")
    );
    let (file, findings) = File::parse(&text, "tags.toml");
    assert_eq!(file.groups[0].tags.len(), 2_000);
    let line: Vec<char> = text.lines().nth(1).unwrap().chars().collect();
    assert_eq!(findings.len(), 2_000);
    for found in findings {
        assert_eq!((found.place.line, line[found.place.column as usize - 1]), (2, 'x'));
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _ = File::parse(&text, "tags.toml");
    }

    #[test]
    fn no_damage_to_a_good_file_makes_it_panic(at in 0..EXAMPLE.len(), with in "[\\[\\]{}\"'=.,\n a]{0,3}") {
        let at = (0..=at).rev().find(|at| EXAMPLE.is_char_boundary(*at)).unwrap();
        let rest = EXAMPLE[at..].chars().skip(1).collect::<String>();
        let _ = File::parse(&format!("{}{with}{rest}", &EXAMPLE[..at]), "tags.toml");
    }
}
