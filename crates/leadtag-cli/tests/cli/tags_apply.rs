//! `leadtag tags apply`.

use std::process::Stdio;
use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};

use crate::support::{Bench, Dir, Ran, keys, wait_while_running};

const APPLY: [&str; 3] = ["tags", "apply", "--yes"];

/// What is live is imported.
fn imported(providers: &[&str]) -> Bench {
    let bench = Bench::all();
    let sections: Vec<String> = providers.iter().map(|name| bench.section(name)).collect();
    let tags =
        "[tags]\nsettle = \"0s\"\nmax_changed_percent = 100\nallow_unknown_contacts = true\n";
    bench.dir.write("leadtag.toml", &format!("{}\n{tags}", sections.join("\n")));
    bench.run(&["tags", "import", "--provider", &providers.join(",")]).ok();
    bench
}

fn edit(bench: &Bench, from: &str, to: &str) {
    let file = bench.dir.read("tags.toml");
    assert!(file.contains(from), "{from}: {file}");
    bench.dir.write("tags.toml", &file.replace(from, to));
}

fn add_group(bench: &Bench, name: &str, tags: &[&str]) {
    let mut file = bench.dir.read("tags.toml");
    file.push_str(&format!("\n[[group]]\nkey = \"{name}\"\nname = \"{name}\"\n"));
    for tag in tags {
        file.push_str(&format!("[[group.tag]]\nkey = \"{name}.{tag}\"\nname = \"{tag}\"\n"));
    }
    bench.dir.write("tags.toml", &file);
}

fn apply(bench: &Bench, args: &[&str]) -> Ran {
    bench.run(&[&APPLY, args].concat())
}

/// Nothing is left to do.
fn settled(bench: &Bench) {
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    assert!(!bench.dir.path().join("tags.lock.journal").exists());
}

fn names(bench: &Bench, provider: &str) -> Vec<String> {
    let listed = bench.run(&["tags", "list", "--provider", provider, "--format", "json"]).json();
    let text = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let mut names: Vec<String> = listed["tags"].as_array().unwrap().iter().map(text).collect();
    for group in listed["groups"].as_array().unwrap() {
        names.push(format!("{}/", text(group)));
        let tags = group["tags"].as_array().unwrap().iter();
        names.extend(tags.map(|tag| format!("{}/{}", text(group), text(tag))));
    }
    names.sort();
    names
}

#[test]
fn without_a_terminal_nothing_is_done_but_with_yes() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    let ran = bench.run(&["tags", "apply"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stderr.contains("1 change on 1 provider would be made"), "{ran:?}");
    assert!(ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    let ran = apply(&bench, &[]).ok();
    assert!(ran.stdout.contains("高意向 → 很高"), "{ran:?}");
    assert!(ran.stdout.contains("shop-wecom: 1 step done\n"), "{ran:?}");
    assert!(ran.stdout.contains("leadtag tags apply tags.undo.json"), "{ran:?}");
    settled(&bench);
    assert_eq!(apply(&bench, &[]).ok().stdout, "No changes.\n");
}

#[test]
fn a_stdout_that_nobody_reads_neither_stops_it_nor_makes_a_failure_a_success() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    assert_eq!(bench.dir.run_unread(&["tags", "apply"]), Some(64));
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    assert_eq!(bench.dir.run_unread(&APPLY), Some(0));
    settled(&bench);
    // Another application's.
    edit(&bench, "\"售前咨询\"", "\"售前\"");
    assert_eq!(bench.dir.run_unread(&APPLY), Some(1));
}

#[test]
fn what_was_done_is_told_as_json() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    let told = apply(&bench, &["--format", "json"]).json();
    assert_eq!(keys(&told), ["disk", "next", "providers", "stopped", "undo"]);
    assert_eq!(
        told,
        json!({
            "providers": [{
                "name": "shop-wecom", "done": 1, "refused": [], "blocked": [], "failed": null,
                "not_done": 0, "notes": []
            }],
            "stopped": false,
            "undo": "tags.undo.json",
            "next": null,
            "disk": null
        })
    );
}

#[test]
fn the_command_that_takes_it_back_names_the_same_files() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    std::fs::rename(bench.dir.path().join("tags.lock"), bench.dir.path().join("my tags.lock"))
        .unwrap();
    let files = ["--lock", "my tags.lock", "--config=leadtag.toml"];
    bench.dir.write("my tags.toml", &bench.dir.read("tags.toml"));
    let ran = apply(&bench, &[&files[..], &["--file", "my tags.toml"]].concat()).ok();
    assert!(ran.stdout.contains("(and put my tags.toml back too)"), "{ran:?}");
    let back = "leadtag tags apply 'my tags.undo.json' --lock 'my tags.lock' --config=leadtag.toml";
    assert!(ran.stdout.contains(&format!("To take it back: {back} ")), "{ran:?}");
    apply(&bench, &[&["my tags.undo.json"], &files[..]].concat()).ok();
    let names = names(&bench, "shop-wecom");
    assert!(names.iter().any(|name| name == "意向/高意向"), "{names:?}");
}

#[test]
fn an_undo_shows_and_limits_the_contacts_of_now_where_the_platform_can_count_them() {
    let bench = imported(&["shop-douyin"]);
    bench.dir.write("leadtag.toml", &bench.section("shop-douyin"));
    add_group(&bench, "春季", &["沙龙"]);
    apply(&bench, &[]).ok();
    let user = bench.admin().snapshot()["douyin"]["accounts"][0]["marks"][0]["user_id"].clone();
    let listed = bench.run(&["tags", "list", "--format", "json"]).json();
    let tag = listed["tags"].as_array().unwrap().iter().find(|tag| tag["name"] == "沙龙").unwrap();
    let add = ["contact", "tag", user.as_str().unwrap(), "--add", tag["id"].as_str().unwrap()];
    bench.run(&add).ok();
    let undo = ["tags.undo.json", "--max-contacts"];
    let ran = apply(&bench, &[&undo[..], &["0"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("--max-contacts 1 allows it"), "{ran:?}");
    assert_eq!(bench.admin().calls("tag/delete"), 0);
    let ran = apply(&bench, &[&undo[..], &["1"]].concat()).ok();
    assert!(ran.stdout.contains("沙龙  on 1 contact\n"), "{ran:?}");
    // And back again, with the contact, although the answer to that is lost.
    bench.admin().inject(FaultSpec::new(Fault::LostReply).on("tag/user/update"));
    let ran = apply(&bench, &["tags.redo.json"]).ok();
    assert!(ran.stdout.contains("沙龙  back on 1 contact"), "{ran:?}");
    let ran = bench.run(&["contact", "tags", user.as_str().unwrap()]).ok();
    assert!(ran.stdout.contains("沙龙"), "{ran:?}");
}

#[test]
fn an_undo_takes_everything_back() {
    let all = ["shop-wecom", "agent-miaokol", "shop-douyin"];
    let bench = imported(&all);
    let before: Vec<_> = all.iter().map(|name| names(&bench, name)).collect();
    let file = bench.dir.read("tags.toml");
    edit(&bench, "\"高意向\"", "\"很高\"");
    add_group(&bench, "春季", &["沙龙", "直播"]);
    apply(&bench, &[]).ok();
    settled(&bench);
    let ran = apply(&bench, &["tags.undo.json"]).ok();
    assert!(ran.stdout.contains("done"), "{ran:?}");
    let after: Vec<_> = all.iter().map(|name| names(&bench, name)).collect();
    assert_eq!(after, before);
    bench.dir.write("tags.toml", &file);
    settled(&bench);
}

#[test]
fn a_saved_plan_that_was_altered_or_is_none_is_wrong_usage() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    bench.run(&["tags", "plan", "--out", "plan.json"]).ok();
    let plan = bench.dir.read("plan.json");
    bench.dir.write("altered.json", &plan.replace("很高", "极高"));
    bench.dir.write("none.json", "{}");
    for name in ["altered.json", "none.json", "missing.json"] {
        let ran = apply(&bench, &[name]);
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{ran:?}");
    }
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    apply(&bench, &["plan.json"]).ok();
    settled(&bench);
}

#[test]
fn a_saved_plan_tells_its_command_with_the_same_files_and_is_refused_with_another_lock() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    std::fs::rename(bench.dir.path().join("tags.lock"), bench.dir.path().join("my tags.lock"))
        .unwrap();
    let plan = ["tags", "plan", "--out", "my plan.json", "--lock", "my tags.lock"];
    let ran = bench.run(&[&plan[..], &["--file", "tags.toml", "--config=leadtag.toml"]].concat());
    let told = "leadtag tags apply 'my plan.json' --lock 'my tags.lock' --file tags.toml \
                --config=leadtag.toml\n";
    assert!(ran.code == 0 && ran.stderr.ends_with(told), "{ran:?}");
    let ran = apply(&bench, &["my plan.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("tags.lock does not own what was owned on shop-wecom"), "{ran:?}");
    assert!(ran.stderr.contains("the same --lock"), "{ran:?}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    apply(&bench, &["my plan.json", "--lock", "my tags.lock"]).ok();
    assert_eq!(bench.admin().calls("edit_corp_tag"), 1);
}

#[test]
fn a_saved_plan_is_refused_if_the_tags_changed_since() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    bench.run(&["tags", "plan", "--out", "plan.json"]).ok();
    let id = bench.id("低意向");
    bench.run(&["tags", "rename", "--id", &id, "别的"]).ok();
    let calls = bench.admin().calls("edit_corp_tag");
    let ran = apply(&bench, &["plan.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("the tags of shop-wecom changed since the plan"), "{ran:?}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), calls);
}

#[test]
fn a_plan_beyond_a_limit_is_refused_and_the_flag_is_named() {
    let bench = imported(&["shop-wecom"]);
    bench.dir.write("leadtag.toml", &bench.section("shop-wecom"));
    let mut file = bench.dir.read("tags.toml");
    for (number, (from, to)) in
        [("name = \"高意向\"", "name = \"改1\""), ("name = \"中意向\"", "name = \"改2\"")]
            .into_iter()
            .enumerate()
    {
        assert!(file.contains(from), "{number}: {file}");
        file = file.replace(from, to);
    }
    bench.dir.write("tags.toml", &file);
    let ran = apply(&bench, &["--max-changed-percent", "1"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("--max-changed-percent"), "{ran:?}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    apply(&bench, &[]).ok();
}

#[test]
fn what_belongs_to_another_app_is_told_and_never_tried_again() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"售前咨询\"", "\"售前\"");
    edit(&bench, "\"高意向\"", "\"很高\"");
    let ran = apply(&bench, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("1 step done, 1 refused"), "{ran:?}");
    let lock = bench.dir.read("tags.lock");
    assert!(lock.contains("why = \"not-owned\""), "{lock}");
    assert!(lock.contains("name = \"售前咨询\""), "{lock}");
    let calls = bench.admin().calls("edit_corp_tag");
    let ran = apply(&bench, &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("1 not possible"), "{ran:?}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), calls);
    assert_eq!(bench.dir.read("tags.lock"), lock);
}

/// The calls of each platform that write tags.
const WRITES: [(&str, &[&str]); 3] = [
    ("shop-wecom", &["add_corp_tag", "edit_corp_tag", "del_corp_tag"]),
    ("shop-douyin", &["tag/create", "tag/update", "tag/delete"]),
    ("agent-miaokol", &["smart-tag/batchAddTag", "smart-tag/add", "smart-tag/delete"]),
];

#[test]
fn a_lost_reply_of_any_write_leaves_no_duplicate() {
    for (provider, apis) in WRITES {
        for api in apis {
            for fault in [Fault::LostReply, Fault::EmptyBody, Fault::Gbk, Fault::Html502] {
                let what = format!("{fault} on {api}");
                let bench = imported(&[provider]);
                add_group(&bench, "一组", &["甲", "乙"]);
                apply(&bench, &[]).ok();
                edit(&bench, "name = \"甲\"", "name = \"丙\"");
                let file = bench.dir.read("tags.toml");
                let end = file.rfind("[[group.tag]]").unwrap();
                bench.dir.write("tags.toml", &file[..end]);
                add_group(&bench, "二组", &["丁"]);
                bench.admin().inject(FaultSpec::new(fault).on(*api));
                let ran = apply(&bench, &[]);
                if ran.code != 0 {
                    bench.admin().clear_faults();
                    apply(&bench, &[]).ok();
                }
                assert!(bench.admin().waiting_faults().is_empty(), "{what}");
                settled(&bench);
                let names = names(&bench, provider);
                let mut once = names.clone();
                once.dedup();
                assert_eq!(once, names, "{what}");
                assert!(names.iter().any(|name| name.ends_with('丁')), "{what}: {names:?}");
                assert!(!names.iter().any(|name| name.ends_with('乙')), "{what}: {names:?}");
            }
        }
    }
}

#[test]
fn a_provider_that_is_down_does_not_keep_the_others_from_their_end() {
    for fault in [Fault::Hang, Fault::Html502] {
        for api in ["smart-tag/list", "smart-tag/batchAddTag"] {
            let what = format!("{fault} on {api}");
            let bench = imported(&["shop-wecom", "agent-miaokol", "shop-douyin"]);
            let config = bench.dir.read("leadtag.toml");
            let quick = "timeout = \"300ms\"\nretry = { max_attempts = 2, base_delay = \"1ms\" }\n";
            let at = config.find("[providers.agent-miaokol]\n").unwrap() + 26;
            let quick = format!("{}{quick}{}", &config[..at], &config[at..]);
            bench.dir.write("leadtag.toml", &quick);
            add_group(&bench, "一组", &["甲"]);
            bench.admin().inject(FaultSpec::new(fault).on(api).always());
            let ran = apply(&bench, &[]);
            assert_eq!(ran.code, 1, "{what}: {ran:?}");
            assert!(ran.stdout.contains("shop-wecom: 1 step done"), "{what}: {ran:?}");
            assert!(ran.stdout.contains("shop-douyin: 1 step done"), "{what}: {ran:?}");
            assert!(ran.stdout.contains("To go on: leadtag tags apply --yes"), "{what}: {ran:?}");
            // What cannot be listed cannot be planned.
            let is_planned = api != "smart-tag/list";
            let left = "  not done: + group 一组 and 1 more\n";
            assert_eq!(ran.stdout.contains(left), is_planned, "{what}: {ran:?}");
            bench.admin().clear_faults();
            apply(&bench, &[]).ok();
            settled(&bench);
        }
    }
}

#[test]
fn of_two_applies_at_once_the_second_fails_with_who_holds_it_or_waits() {
    let bench = imported(&["shop-wecom"]);
    edit(&bench, "\"高意向\"", "\"很高\"");
    bench.admin().inject(FaultSpec::new(Fault::Hang).on("edit_corp_tag"));
    let spawn = |args: &[&str]| {
        let mut command = bench.dir.command(&[&APPLY, args].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut first = spawn(&[]);
    let is_edited = || bench.admin().calls("edit_corp_tag") > 0;
    assert!(wait_while_running(&mut first, "a tag is edited", is_edited), "it ended before");
    let second = apply(&bench, &[]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.stderr.contains(&format!("process {}", first.id())), "{second:?}");
    assert!(second.stderr.contains("tags.lock.held since "), "{second:?}");
    let third = spawn(&["--wait", "60s"]);
    first.kill().unwrap();
    first.wait().unwrap();
    let third = Ran::from(third.wait_with_output().unwrap());
    assert_eq!(third.code, 0, "{third:?}");
    settled(&bench);
}

#[cfg(unix)]
#[test]
fn ctrl_c_lets_the_running_step_end_and_the_next_apply_goes_on() {
    let bench = imported(&["shop-wecom"]);
    add_group(&bench, "一组", &["甲", "乙", "丙", "丁"]);
    apply(&bench, &[]).ok();
    for (from, to) in [("甲", "改甲"), ("乙", "改乙"), ("丙", "改丙"), ("丁", "改丁")] {
        edit(&bench, &format!("name = \"{from}\""), &format!("name = \"{to}\""));
    }
    bench.admin().set_latency(Some("edit_corp_tag"), Duration::from_millis(500));
    let mut command = bench.dir.command(&APPLY);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let is_edited = || bench.admin().calls("edit_corp_tag") > 0;
    assert!(wait_while_running(&mut child, "a tag is edited", is_edited), "it ended before");
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stdout.contains("Stopped.\n"), "{ran:?}");
    assert!(ran.stdout.contains("To go on: leadtag tags apply --yes\n"), "{ran:?}");
    let (calls, done) =
        (bench.admin().calls("edit_corp_tag"), bench.admin().commits("edit_corp_tag"));
    assert!(calls == done && done < 4, "{calls} {done}");
    bench.admin().set_latency(None, Duration::ZERO);
    apply(&bench, &[]).ok();
    assert_eq!(bench.admin().commits("edit_corp_tag"), 4);
    settled(&bench);
}

#[test]
fn on_the_embedded_sandbox_nothing_is_kept() {
    let dir = Dir::new();
    dir.write(
        "tags.toml",
        "version = 1\n[[group]]\nkey = \"g\"\nname = \"新组\"\nproviders = [\"shop-wecom\"]\n\
         [[group.tag]]\nkey = \"g.t\"\nname = \"新\"\n",
    );
    let ran = dir.run(&APPLY).ok();
    assert!(ran.stderr.contains("the lock stays as it is"), "{ran:?}");
    assert!(ran.stdout.contains("shop-wecom: 1 step done"), "{ran:?}");
    let files: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files, [dir.path().join("tags.toml")]);
}
