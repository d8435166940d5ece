//! `leadtag tags plan`.

use leadtag_sandbox::FaultSpec;
use serde_json::Value;

use crate::support::{Bench, Ran, keys};

const WRITABLE: &str = "shop-wecom,shop-douyin,agent-miaokol";

/// A directory with the files of an import of `providers`.
fn imported(providers: &str) -> Bench {
    let bench = Bench::all();
    bench.run(&["tags", "import", "--provider", providers]).ok();
    bench
}

fn change(bench: &Bench, from: &str, to: &str) {
    let text = bench.dir.read("tags.toml");
    assert!(text.contains(from), "{from} in {text}");
    bench.dir.write("tags.toml", &text.replacen(from, to, 1));
}

/// WeCom, with a rename, a deletion and a new group.
fn changed() -> Bench {
    let bench = imported("shop-wecom");
    change(&bench, "name = \"高意向\"", "name = \"最高意向\"");
    let text = bench.dir.read("tags.toml");
    let at = text.find("name = \"低意向\"").unwrap();
    let begin = text[..at].rfind("[[group.tag]]").unwrap();
    let end = text[at..].find("[[").map_or(text.len(), |next| at + next);
    let added = "\n[[group]]\nkey = \"event\"\nname = \"活动\"\nproviders = [\"shop-wecom\"]\n\
                 [[group.tag]]\nkey = \"event.spring\"\nname = \"春季沙龙\"\n";
    bench.dir.write("tags.toml", &format!("{}{}{added}", &text[..begin], &text[end..]));
    bench
}

fn plan(bench: &Bench, more: &[&str]) -> Ran {
    bench.run(&[&["tags", "plan"], more].concat())
}

/// The plan, which the schema must allow.
fn valid(text: &str) -> Value {
    let schema: Value = serde_json::from_str(leadtag_taxonomy::PLAN_SCHEMA).unwrap();
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.add_resource("plan.json", schema).unwrap();
    let schema = compiler.compile("plan.json", &mut schemas).unwrap();
    let plan: Value = serde_json::from_str(text).unwrap();
    if let Err(error) = schemas.validate(&plan, schema) {
        panic!("{error:#}");
    }
    plan
}

#[test]
fn after_an_import_there_is_nothing_to_do() {
    for providers in ["shop-wecom", "shop-douyin", "agent-miaokol", WRITABLE] {
        let bench = imported(providers);
        let ran = plan(&bench, &["--detailed-exitcode"]).ok();
        assert!(ran.stdout.ends_with("No changes.\n"), "{ran:?}");
        let json = valid(&plan(&bench, &["--format", "json"]).ok().stdout);
        let planned = json["providers"].as_array().unwrap();
        assert_eq!(planned.len(), providers.split(',').count());
        assert!(planned.iter().all(|one| one["steps"].as_array().unwrap().is_empty()));
    }
}

#[test]
fn the_exit_code_says_on_request_that_there_are_changes() {
    let bench = changed();
    assert_eq!(plan(&bench, &[]).code, 0);
    assert_eq!(plan(&bench, &["--detailed-exitcode"]).code, 2);
    assert_eq!(plan(&bench, &["--detailed-exitcode", "--format", "json"]).code, 2);
}

#[test]
fn text_tells_what_becomes_of_each_tag() {
    let text = plan(&changed(), &[]).ok().stdout;
    for line in [
        "shop-wecom (wecom)  2 to create, 1 to rename, 1 to delete",
        "~ tag   意向 / 高意向 → 最高意向",
        "keeps its contacts",
        "+ group 活动",
        "new, with 1 tag",
        "+ tag   活动 / 春季沙龙",
        "- tag   意向 / 低意向",
        "on an unknown number of contacts",
        "Plan: 2 create, 1 rename, 0 reorder, 1 delete, 0 not possible.",
        "apply would refuse: of 1 tag that",
        "--allow-unknown-contacts",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn every_format_is_byte_identical_when_run_twice() {
    let bench = changed();
    for format in ["text", "json", "markdown"] {
        let run = || plan(&bench, &["--format", format, "--out", "plan.json"]).ok().stdout;
        let (first, saved) = (run(), bench.dir.read("plan.json"));
        assert_eq!(first, run());
        assert_eq!(saved, bench.dir.read("plan.json"));
        if format == "json" {
            assert_eq!(first, saved);
        }
    }
}

#[test]
fn the_plan_as_json_has_exactly_the_documented_keys() {
    let plan = valid(&plan(&changed(), &["--format", "json"]).ok().stdout);
    let all = ["checksum", "file", "format", "kind", "providers", "summary", "version"];
    assert_eq!(keys(&plan), all);
    assert_eq!((&plan["format"], &plan["version"]), (&"leadtag-plan".into(), &1.into()));
    assert_eq!(plan["file"]["name"], "tags.toml");
    let provider = &plan["providers"][0];
    let all =
        ["blocked", "fingerprint", "lock", "managed_tags", "name", "notes", "platform", "steps"];
    assert_eq!(keys(provider), all);
    let kinds: Vec<_> = provider["steps"].as_array().unwrap().iter().map(|s| &s["kind"]).collect();
    assert_eq!(kinds, ["rename-tag", "create-group", "delete-tag"]);
    assert_eq!(provider["steps"][2]["contacts"], "unknown");
}

#[test]
fn markdown_is_for_a_pull_request() {
    let text = plan(&changed(), &["--format", "markdown"]).ok().stdout;
    let deleted = text.find("| `-` | tag | 意向 / 低意向 |").unwrap();
    let renamed = text.find("| `~` | tag | 意向 / 高意向 → 最高意向 |").unwrap();
    assert!(deleted < renamed, "{text}");
    assert!(text.contains("\n\napply would refuse: "), "{text}");
}

#[test]
fn contacts_of_deletions_are_told_where_the_platform_can_tell() {
    for (provider, known) in [("agent-miaokol", true), ("shop-douyin", true), ("shop-wecom", false)]
    {
        let bench = imported(provider);
        bench.dir.write("tags.toml", "version = 1\n");
        let plan = valid(&plan(&bench, &["--format", "json"]).ok().stdout);
        let steps = plan["providers"][0]["steps"].as_array().unwrap();
        let deleted: Vec<_> = steps.iter().filter(|step| step["kind"] == "delete-tag").collect();
        assert!(deleted.len() > 2, "{plan}");
        for step in deleted {
            assert_eq!(step["contacts"]["known"].is_u64(), known, "{step}");
        }
    }
}

#[test]
fn a_plan_writes_nothing() {
    let bench = changed();
    let lock = bench.dir.read("tags.lock");
    bench.admin().reset_counts();
    plan(&bench, &[]).ok();
    for api in ["add_corp_tag", "edit_corp_tag", "del_corp_tag", "mark_tag"] {
        assert_eq!(bench.admin().calls(api), 0);
    }
    assert_eq!(bench.dir.read("tags.lock"), lock);
}

#[test]
fn an_error_in_the_file_is_told_before_anything_is_asked() {
    let bench = changed();
    change(&bench, "name = \"活动\"", "nmae = \"活动\"");
    bench.admin().reset_counts();
    let ran = plan(&bench, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{ran:?}");
    assert!(ran.stderr.contains("tags.toml:") && ran.stderr.contains("nmae"), "{ran:?}");
    assert_eq!(bench.admin().calls("get_corp_tag_list"), 0);
    let error = plan(&bench, &["--format", "json"]);
    assert_eq!(error.error()["kind"], "usage");
}

#[test]
fn one_provider_that_is_down_does_not_hide_the_plan_of_the_others() {
    let bench = imported(WRITABLE);
    bench.admin().inject("html-502*always".parse::<FaultSpec>().unwrap().on("tag/list"));
    let ran = plan(&bench, &["--out", "plan.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("No changes."), "{ran:?}");
    assert!(ran.stderr.contains("listing the tags of shop-douyin"), "{ran:?}");
    assert!(!bench.dir.path().join("plan.json").exists());
    let ran = plan(&bench, &["--provider", "shop-wecom,agent-miaokol", "--out", "plan.json"]).ok();
    assert!(ran.stderr.contains("leadtag tags apply plan.json"), "{ran:?}");
    assert_eq!(valid(&bench.dir.read("plan.json"))["providers"].as_array().unwrap().len(), 2);
}

#[test]
fn limits_of_the_configuration_count() {
    let bench = changed();
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &format!("{config}\n[tags]\nallow_unknown_contacts = true\n"));
    assert!(!plan(&bench, &[]).ok().stdout.contains("apply would refuse"));
    bench.dir.write(
        "leadtag.toml",
        &format!(
            "{config}\n[tags]\nallow_unknown_contacts = true\nmax_deletions = 0\nsettle = \"0s\"\n"
        ),
    );
    assert!(plan(&bench, &[]).ok().stdout.contains("--max-deletions 1 allows it"));
    bench.dir.write("leadtag.toml", &format!("{config}\n[tags]\nmax_deletion = 1\n"));
    plan(&bench, &[]).fails(64, &["max_deletion"]);
}

#[test]
fn a_provider_without_tags_is_refused() {
    plan(&changed(), &["--provider", "leads-beschannels"]).fails(64, &["has no tags"]);
    plan(&changed(), &["--provider", "nobody"]).fails(64, &["nobody"]);
}

#[test]
fn without_a_lock_what_is_there_is_taken_over_and_nothing_is_deleted() {
    let bench = changed();
    std::fs::remove_file(bench.dir.path().join("tags.lock")).unwrap();
    let plan = valid(&plan(&bench, &["--format", "json"]).ok().stdout);
    assert_eq!(plan["summary"]["delete_tags"], 0);
    assert!(plan["summary"]["lock_only"].as_u64().unwrap() > 10, "{plan}");
    // Without the lock nobody knows that 高意向 had this key.
    assert_eq!(plan["summary"]["renames"], 0);
}

#[test]
fn a_former_name_is_renamed_without_a_lock_too() {
    let bench = changed();
    change(&bench, "name = \"最高意向\"", "name = \"最高意向\"\naliases = [\"高意向\"]");
    std::fs::remove_file(bench.dir.path().join("tags.lock")).unwrap();
    let plan = valid(&plan(&bench, &["--format", "json"]).ok().stdout);
    assert_eq!(plan["summary"]["renames"], 1, "{plan}");
}

#[test]
fn an_unwritable_plan_file_is_told() {
    let ran = plan(&changed(), &["--out", "no/such/plan.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("there is no directory no/such"), "{ran:?}");
}

#[test]
fn a_provider_whose_tags_cannot_be_written_is_refused() {
    plan(&changed(), &["--provider", "crm"]).fails(64, &["crm: its tags cannot be written"]);
}

#[test]
fn only_a_plan_is_replaced_by_a_plan() {
    let bench = changed();
    std::fs::create_dir(bench.dir.path().join("directory")).unwrap();
    let lock = bench.dir.read("tags.lock");
    plan(&bench, &["--out", "tags.lock"]).fails(64, &["tags.lock is there already"]);
    assert_eq!(bench.dir.read("tags.lock"), lock);
    plan(&bench, &["--out", "directory"]).fails(64, &["directory is a directory"]);
    bench.dir.write("empty", "");
    for name in ["plan.json", "plan.json", "empty"] {
        plan(&bench, &["--out", name]).ok();
        valid(&bench.dir.read(name));
    }
}

#[cfg(unix)]
#[test]
fn a_plan_can_be_saved_to_what_is_no_file() {
    let bench = changed();
    let ran = plan(&bench, &["--out", "/dev/stderr"]).ok();
    assert!(ran.stderr.contains("\"leadtag-plan\""), "{ran:?}");
    assert!(!std::path::Path::new("/dev/stderr.part").exists());
}

#[test]
fn a_plan_that_nobody_reads_is_saved_all_the_same() {
    let bench = changed();
    let args = ["tags", "plan", "--out", "plan.json", "--detailed-exitcode"];
    assert_eq!(bench.dir.run_unread(&args), Some(2));
    valid(&bench.dir.read("plan.json"));
}
