//! `leadtag tags apply`, killed in the middle: the next one ends it.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use leadtag_taxonomy::Lock;

use crate::support::{Bench, wait_while_running};

const APPLY: [&str; 9] = [
    "tags",
    "apply",
    "--yes",
    "--max-changed-percent",
    "100",
    "--max-deletions",
    "1000",
    "--allow-unknown-contacts",
    "--max-contacts=100000",
];

/// A platform, what the file says of it first and then, and the calls that write.
struct Case {
    provider: &'static str,
    apis: &'static [&'static str],
    before: String,
    after: String,
    /// Groups and tags that the second file has.
    things: usize,
    kills: usize,
}

/// Groups of three tags: two of each are renamed, the third one goes in some, and others come.
fn grouped(provider: &'static str, apis: &'static [&'static str], sizes: [usize; 4]) -> Case {
    let [groups, gone, new, kills] = sizes;
    let mut files = [String::from("version = 1\n"), String::from("version = 1\n")];
    let group = |key: String, name: String| {
        format!("[[group]]\nkey = \"{key}\"\nname = \"{name}\"\nproviders = [\"{provider}\"]\n")
    };
    let tag =
        |key: String, name: String| format!("[[group.tag]]\nkey = \"{key}\"\nname = \"{name}\"\n");
    for at in 0..groups {
        for (number, file) in files.iter_mut().enumerate() {
            file.push_str(&group(format!("g{at}"), format!("组{at}")));
            for one in 0..2 {
                let name = if number == 0 { "旧" } else { "新" };
                file.push_str(&tag(format!("g{at}.{one}"), format!("{name}{at}-{one}")));
            }
            if number == 0 || at >= gone {
                file.push_str(&tag(format!("g{at}.2"), format!("留{at}")));
            }
        }
    }
    for at in 0..new {
        files[1].push_str(&group(format!("n{at}"), format!("新组{at}")));
        files[1].push_str(&tag(format!("n{at}.0"), format!("加{at}")));
    }
    let things = groups * 4 - gone + new * 2;
    let [before, after] = files;
    Case { provider, apis, before, after, things, kills }
}

/// Without groups.
fn flat(provider: &'static str, apis: &'static [&'static str], sizes: [usize; 4]) -> Case {
    let [renamed, gone, new, kills] = sizes;
    let head = format!(
        "version = 1\n[[group]]\nkey = \"g\"\nname = \"g\"\nproviders = [\"{provider}\"]\n"
    );
    let mut files = [head.clone(), head];
    let tag =
        |key: String, name: String| format!("[[group.tag]]\nkey = \"{key}\"\nname = \"{name}\"\n");
    for at in 0..renamed {
        files[0].push_str(&tag(format!("r{at}"), format!("旧{at}")));
        files[1].push_str(&tag(format!("r{at}"), format!("新{at}")));
    }
    for at in 0..gone {
        files[0].push_str(&tag(format!("d{at}"), format!("去{at}")));
    }
    for at in 0..new {
        files[1].push_str(&tag(format!("n{at}"), format!("加{at}")));
    }
    let [before, after] = files;
    Case { provider, apis, before, after, things: renamed + new, kills }
}

fn lines(bench: &Bench) -> usize {
    let journal = std::fs::read(bench.dir.path().join("tags.lock.journal")).unwrap_or_default();
    journal.iter().filter(|byte| **byte == b'\n').count()
}

/// Kills the program after some more steps, before a call, after it, or between.
fn kill_one(bench: &Bench, case: &Case, number: usize) -> bool {
    let admin = bench.admin();
    let some = [2, 5, 3, 6, 4][number % 5];
    let fault = [Some(Fault::Hang), Some(Fault::CommitHang), None][number % 3];
    let counted = |api: &str| match fault {
        Some(Fault::CommitHang) => admin.commits(api),
        _ => admin.calls(api),
    };
    let before: Vec<u64> = case.apis.iter().map(|api| counted(api)).collect();
    let begun = lines(bench);
    match fault {
        Some(fault) => {
            for api in case.apis {
                admin.inject(FaultSpec::new(fault).on(*api).skip(some));
            }
        }
        None => admin.set_latency(None, Duration::from_millis(3)),
    }
    let mut child = bench.dir.command(&APPLY).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.as_mut().unwrap();
    let reached = wait_while_running(child, "some steps are done", || match fault {
        Some(_) => case.apis.iter().zip(&before).any(|(api, before)| counted(api) > before + some),
        None => lines(bench) > begun + 2 * usize::try_from(some).unwrap(),
    });
    // SIGKILL.
    let _ = child.kill();
    let ended = child.wait().unwrap();
    admin.clear_faults();
    admin.set_latency(None, Duration::ZERO);
    if reached {
        assert!(!ended.success());
    }
    reached
}

fn run(case: &Case) {
    let bench = Bench::all();
    let config = bench.section(case.provider);
    bench.dir.write("leadtag.toml", &format!("{config}\n[tags]\nsettle = \"0s\"\n"));
    bench.dir.write("tags.toml", &case.before);
    bench.run(&APPLY).ok();
    bench.dir.write("tags.toml", &case.after);
    let created: Vec<u64> = case.apis.iter().map(|api| bench.admin().commits(api)).collect();

    let killed = (0..case.kills).filter(|number| kill_one(&bench, case, *number)).count();
    assert!(killed * 6 >= case.kills * 5, "only {killed} of {} kills", case.kills);
    bench.run(&APPLY).ok();

    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    assert!(!bench.dir.path().join("tags.lock.journal").exists());
    let listed = bench.run(&["tags", "list", "--format", "json"]).json();
    let mut live = BTreeSet::new();
    let mut names = BTreeSet::new();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    for group in listed["groups"].as_array().unwrap() {
        live.insert(text(&group["id"]));
        assert!(names.insert(format!("{}/", text(&group["name"]))), "twice: {group}");
        for tag in group["tags"].as_array().unwrap() {
            live.insert(text(&tag["id"]));
            let name = format!("{}/{}", text(&group["name"]), text(&tag["name"]));
            assert!(names.insert(name), "twice: {group}");
        }
    }
    for tag in listed["tags"].as_array().unwrap() {
        live.insert(text(&tag["id"]));
        assert!(names.insert(text(&tag["name"])), "twice: {tag}");
    }
    let lock = Lock::parse(&bench.dir.read("tags.lock"), "tags.lock").unwrap();
    let held = &lock.providers[case.provider];
    let ids: BTreeSet<&String> = held
        .groups
        .values()
        .map(|group| &group.id)
        .chain(held.tags.values().map(|tag| &tag.id))
        .collect();
    assert_eq!(ids.len(), case.things);
    assert!(ids.iter().all(|id| live.contains(*id)));
    assert!(!names.iter().any(|name| name.contains('旧') || name.contains('去')));
    if case.provider == "shop-wecom" {
        // Every group was made by one call, and by no second one.
        assert_eq!(bench.admin().commits("add_corp_tag") - created[0], 40);
    }
}

#[test]
fn an_apply_of_200_steps_survives_36_kills() {
    run(&grouped(
        "shop-wecom",
        &["add_corp_tag", "edit_corp_tag", "del_corp_tag"],
        [60, 40, 40, 36],
    ));
}

#[test]
fn nothing_is_made_twice_where_it_could_be() {
    run(&flat("shop-douyin", &["tag/create", "tag/update", "tag/delete"], [16, 8, 16, 8]));
    run(&grouped(
        "agent-miaokol",
        &["smart-tag/batchAddTag", "smart-tag/add", "smart-tag/delete"],
        [10, 10, 20, 8],
    ));
}

/// Three tags to rename and a group to make; killed when the platform has made the second rename
/// and has not answered.
fn killed_in_a_rename(bench: &Bench) {
    let file = |name: &str| {
        let group = "[[group]]\nkey = \"g\"\nname = \"组\"\n";
        (0..3).fold(format!("version = 1\n{group}"), |file, at| {
            file + &format!("[[group.tag]]\nkey = \"g.{at}\"\nname = \"{name}{at}\"\n")
        })
    };
    bench.dir.write("tags.toml", &file("旧"));
    bench.run(&APPLY).ok();
    let new =
        "[[group]]\nkey = \"n\"\nname = \"新组\"\n[[group.tag]]\nkey = \"n.0\"\nname = \"加\"\n";
    bench.dir.write("tags.toml", &(file("新") + new));
    let (admin, api) = (bench.admin(), "edit_corp_tag");
    admin.inject(FaultSpec::new(Fault::CommitHang).on(api).skip(1));
    let mut command = bench.dir.command(&APPLY);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(wait_while_running(&mut child, "two are renamed", || admin.commits(api) == 2));
    child.kill().unwrap();
    child.wait().unwrap();
    admin.clear_faults();
}

#[test]
fn after_a_kill_plan_and_drift_tell_of_it_and_leave_it_to_the_next_apply() {
    let bench = Bench::new();
    killed_in_a_rename(&bench);
    let journal = bench.dir.read("tags.lock.journal");
    let lock = bench.dir.read("tags.lock");

    let ran = bench.run(&["tags", "plan", "--detailed-exitcode"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("an apply was interrupted"), "{ran:?}");
    // The first rename is known, the second one is seen; what is left is the third and the group.
    assert!(ran.stdout.contains("2 to create, 1 to rename, 1 in the lock alone"), "{ran:?}");
    assert!(ran.stdout.contains("= tag   新1") && ran.stdout.contains("旧2 → 新2"), "{ran:?}");
    // A plan that was saved by now is applied as it is.
    bench.run(&["tags", "plan", "--out", "plan.json"]).ok();

    // What nobody has noted yet is a difference, and it is said why.
    let ran = bench.run(&["tags", "drift"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("an apply was interrupted"), "{ran:?}");
    assert!(ran.stdout.contains("新1") && !ran.stdout.contains("新0"), "{ran:?}");

    let import = ["tags", "import", "--provider", "shop-wecom", "--overwrite"];
    let parts = ["tags.lock.journal is still there", "leadtag tags apply goes on"];
    bench.run(&import).fails(1, &parts);
    assert_eq!(bench.dir.read("tags.lock.journal"), journal);
    assert_eq!(bench.dir.read("tags.lock"), lock);

    let ran = bench.run(&[&APPLY[..], &["plan.json"]].concat()).ok();
    assert!(ran.stderr.contains("of 1 step whose outcome was unknown, 1 had been done"), "{ran:?}");
    assert_eq!(bench.admin().commits("edit_corp_tag"), 3);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    bench.run(&["tags", "drift"]).ok();
    // All that both runs did is taken back.
    bench.run(&[&APPLY[..], &["tags.undo.json"]].concat()).ok();
    let listed = bench.run(&["tags", "list"]).ok().stdout;
    assert!(!listed.contains("新") && listed.contains("旧1"), "{listed}");
}

#[test]
fn what_a_killed_apply_did_can_be_taken_back_although_nothing_is_left_to_do() {
    let bench = Bench::new();
    killed_in_a_rename(&bench);
    let file = bench.dir.read("tags.toml");
    let file = file[..file.find("[[group]]\nkey = \"n\"").unwrap()].replace("新2", "旧2");
    bench.dir.write("tags.toml", &file);
    let ran = bench.run(&APPLY).ok();
    assert!(ran.stdout.starts_with("shop-wecom: nothing to do\nTo take it back: "), "{ran:?}");
    assert_eq!(bench.run(&APPLY).ok().stdout, "No changes.\n");
}

#[test]
fn an_apply_that_was_cut_off_where_nothing_is_configured_any_more_says_what_to_do() {
    let bench = Bench::new();
    killed_in_a_rename(&bench);
    bench.dir.write("leadtag.toml", &bench.section("shop-douyin"));
    bench.dir.write("tags.toml", "version = 1\n");
    let ran = bench.run(&APPLY).ok();
    for part in ["interrupted on shop-wecom", "configure it again", "delete tags.lock.journal"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
}
