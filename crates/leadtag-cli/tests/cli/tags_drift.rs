//! `leadtag tags drift`.

use leadtag_sandbox::FaultSpec;
use serde_json::Value;

use crate::support::{Bench, Ran, keys};

fn imported() -> Bench {
    let bench = Bench::all();
    bench.run(&["tags", "import", "--provider", "shop-wecom,shop-douyin,agent-miaokol"]).ok();
    bench
}

fn drift(bench: &Bench, more: &[&str]) -> Ran {
    bench.run(&[&["tags", "drift"], more].concat())
}

fn rename(bench: &Bench, from: &str, to: &str) {
    let listed = ["tags", "list", "--provider", "shop-wecom", "--format", "json"];
    let listed = bench.run(&listed).json();
    let groups = listed["groups"].as_array().unwrap();
    let mut tags = groups.iter().flat_map(|group| group["tags"].as_array().unwrap());
    let id = tags.find(|tag| tag["name"] == from).unwrap()["id"].as_str().unwrap();
    bench.run(&["tags", "rename", "--provider", "shop-wecom", "--id", id, to]).ok();
}

#[test]
fn nothing_changed_is_exit_code_0() {
    let bench = imported();
    assert_eq!(drift(&bench, &[]).ok().stdout, "No differences.\n");
    let json = drift(&bench, &["--format", "json"]).json();
    assert_eq!(json["differences"], Value::Array(Vec::new()));
}

#[test]
fn what_was_changed_by_hand_is_told_with_exit_code_2() {
    let bench = imported();
    rename(&bench, "高意向", "很高意向");
    let ran = drift(&bench, &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    for word in ["shop-wecom", "renamed", "高意向", "很高意向"] {
        assert!(ran.stdout.contains(word), "{word} in {ran:?}");
    }
    let ran = drift(&bench, &["--format", "json"]);
    assert_eq!(ran.code, 2);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    let all = json["differences"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{json}");
    assert_eq!(keys(&all[0]), ["applied", "id", "item", "key", "kind", "live", "provider"]);
    assert_eq!(all[0]["kind"], "renamed");
    assert_eq!((&all[0]["applied"], &all[0]["live"]), (&"高意向".into(), &"很高意向".into()));
    assert_eq!(drift(&bench, &["--provider", "shop-douyin"]).code, 0);
}

#[test]
fn edits_of_the_file_and_unmanaged_tags_are_no_drift() {
    let bench = imported();
    bench.dir.write("tags.toml", "version = 1\n");
    bench.run(&["tags", "create", "--provider", "shop-douyin", "新来的"]).ok();
    drift(&bench, &[]).ok();
}

#[test]
fn with_a_file_only_the_providers_that_it_is_for_are_looked_at() {
    let bench = imported();
    rename(&bench, "高意向", "很高意向");
    assert_eq!(drift(&bench, &["--file", "tags.toml"]).code, 2);
    let one =
        "version = 1\n[[group]]\nkey = \"a\"\nname = \"甲\"\nproviders = [\"agent-miaokol\"]\n";
    bench.dir.write("one.toml", one);
    assert_eq!(drift(&bench, &["--file", "one.toml"]).ok().stdout, "No differences.\n");
    bench.dir.write("one.toml", "version = 1\n[[grup]]\n");
    drift(&bench, &["--file", "one.toml"]).fails(64, &["one.toml"]);
    drift(&bench, &["--file", "none.toml"]).fails(64, &["there is no file none.toml"]);
}

#[test]
fn without_a_lock_there_is_nothing_to_compare_with() {
    drift(&Bench::all(), &[]).fails(64, &["tags.lock"]);
}

#[test]
fn a_provider_that_is_down_is_exit_code_1_and_the_others_are_told() {
    let bench = imported();
    rename(&bench, "高意向", "很高意向");
    bench.admin().inject("html-502*always".parse::<FaultSpec>().unwrap().on("tag/list"));
    let ran = drift(&bench, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("很高意向"), "{ran:?}");
    assert!(ran.stderr.contains("listing the tags of shop-douyin"), "{ran:?}");
}

#[test]
fn what_was_never_applied_is_no_silent_success() {
    let bench = Bench::new();
    bench.run(&["tags", "import", "--provider", "shop-wecom"]).ok();
    let all = Bench::all();
    let config = bench.dir.read("leadtag.toml") + &all.section("shop-douyin");
    bench.dir.write("leadtag.toml", &config);
    drift(&bench, &["--provider", "shop-douyin"]).fails(64, &["owns nothing on shop-douyin"]);
    drift(&bench, &[]).ok();
    bench.dir.write("leadtag.toml", &(config + &all.section("crm")));
    drift(&bench, &["--provider", "crm"]).fails(64, &["crm: its tags cannot be written"]);
    let lock = bench.dir.read("tags.lock").replace("\"wecom\"", "\"miaokol\"");
    bench.dir.write("tags.lock", &lock);
    drift(&bench, &[]).fails(64, &["a provider of miaokol, but now it is one of wecom"]);
}

#[test]
fn differences_that_nobody_reads_are_told_by_the_exit_code() {
    let bench = imported();
    assert_eq!(bench.dir.run_unread(&["tags", "drift"]), Some(0));
    rename(&bench, "高意向", "很高意向");
    assert_eq!(bench.dir.run_unread(&["tags", "drift"]), Some(2));
}
