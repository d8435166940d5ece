//! `leadtag tags assign`, cut off or disturbed in the middle: the same command does the rest.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::Value;

use crate::support::{Bench, Ran, wait_while_running};
use crate::tags_assign::{ASSIGN, many};

fn again(bench: &Bench) -> Ran {
    bench.run(&[&ASSIGN[..], &["--yes"]].concat())
}

fn start(bench: &Bench) -> Child {
    let mut command = bench.dir.command(&[&ASSIGN[..], &["--yes"]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until this is so of a program that must not end before.
#[track_caller]
fn wait(child: &mut Child, is_so: impl Fn() -> bool) {
    assert!(wait_while_running(child, "enough contacts are marked", is_so), "it ended before");
}

fn interrupt(child: Child) -> Ran {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    Ran::from(child.wait_with_output().unwrap())
}

/// The statuses in the results, of which each row has one, in the order of the rows.
fn statuses(bench: &Bench, rows: &str) -> Vec<String> {
    let results = bench.dir.read("rows.results.csv");
    assert_eq!(results.lines().count(), rows.lines().count());
    let lines = results.lines().zip(rows.lines()).enumerate().skip(1);
    lines
        .map(|(number, (line, row))| {
            let rest = line.strip_prefix(&format!("{row},{number},")).unwrap();
            rest.split(',').next().unwrap().to_owned()
        })
        .collect()
}

#[test]
fn wherever_kill_9_comes_the_same_command_does_the_rest() {
    const KILLS: u32 = 36;
    let (bench, rows, count) = many();
    let admin = bench.admin();
    admin.set_latency(Some("mark_tag"), Duration::from_millis(3));
    bench.dir.write("rows.csv", &rows);
    for kill in 0..KILLS {
        let before = admin.commits("mark_tag");
        let mut child = start(&bench);
        match kill {
            // While it begins, reads and checks.
            0..6 => sleep(Duration::from_millis(u64::from(kill) * 15)),
            _ => wait(&mut child, || admin.commits("mark_tag") >= before + 1 + u64::from(kill % 5)),
        }
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "{kill}");
        assert!(!bench.dir.path().join("rows.results.csv").exists());
    }
    let ran = again(&bench).ok();
    assert!(ran.stderr.contains(&format!("of {count} rows; this one goes on with it")), "{ran:?}");
    assert!(ran.stdout.contains(&format!("{count} rows: {count} ok")), "{ran:?}");
    let twice = admin.calls("mark_tag") as usize - count;
    assert!(twice <= KILLS as usize * 5, "{twice} calls too many");
    assert!(statuses(&bench, &rows).iter().all(|status| status == "ok"));
    assert!(!bench.dir.path().join("rows.csv.assign").exists());
}

#[test]
fn ctrl_c_ends_what_is_on_its_way_and_the_same_command_does_the_rest() {
    let (bench, rows, count) = many();
    let admin = bench.admin();
    admin.set_latency(Some("mark_tag"), Duration::from_millis(20));
    bench.dir.write("rows.csv", &rows);
    let mut child = start(&bench);
    wait(&mut child, || admin.commits("mark_tag") >= 10);
    let ran = interrupt(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    let results = bench.dir.read("rows.results.csv");
    let ok = results.matches(",ok,").count();
    assert_eq!(ok, admin.commits("mark_tag") as usize);
    assert_eq!(ok + results.matches(",not-sent,").count(), count);
    admin.set_latency(Some("mark_tag"), Duration::ZERO);
    again(&bench).ok();
    assert_eq!(admin.calls("mark_tag") as usize, count);
}

#[test]
fn ctrl_c_does_not_wait_for_a_platform_that_throttles() {
    let (bench, rows, count) = many();
    let admin = bench.admin();
    admin.inject(FaultSpec::new(Fault::RateLimited).on("mark_tag").skip(20));
    bench.dir.write("rows.csv", &rows);
    let mut child = start(&bench);
    wait(&mut child, || admin.calls("mark_tag") > 20);
    let ran = interrupt(child);
    assert_eq!(ran.code, 130, "{ran:?}");
    let ok = statuses(&bench, &rows).iter().filter(|status| *status == "ok").count();
    assert_eq!(ok, admin.commits("mark_tag") as usize, "{ran:?}");
    admin.advance_clock(Duration::from_secs(61));
    again(&bench).ok();
    assert_eq!(admin.commits("mark_tag") as usize, count);
}

/// A provider, and the calls of an assignment: those before the write, and the write.
struct Case {
    provider: &'static str,
    reads: &'static [&'static str],
    write: &'static str,
}

const CASES: [Case; 3] = [
    Case { provider: "shop-wecom", reads: &["get_corp_tag_list"], write: "mark_tag" },
    Case { provider: "shop-douyin", reads: &["tag/list", "user/detail"], write: "tag/user/update" },
    Case {
        provider: "agent-miaokol",
        reads: &["smart-tag/list"],
        write: "smart-tag/updateContact",
    },
];

const FAULTS: [Fault; 10] = [
    Fault::Busy,
    Fault::LostReply,
    Fault::CommitHang,
    Fault::Reset,
    Fault::Hang,
    Fault::Html502,
    Fault::EmptyBody,
    Fault::Gbk,
    Fault::Truncated,
    Fault::ExpiredToken,
];

/// The contacts of a platform, with their owners and tags.
fn contacts(bench: &Bench, provider: &str) -> Vec<(String, String, Vec<String>)> {
    let snapshot = bench.admin().snapshot();
    let (marks, [owner, contact, tags]) = match provider {
        "shop-wecom" => (&snapshot["wecom"]["marks"], ["userid", "external_userid", "tag_id"]),
        "shop-douyin" => (&snapshot["douyin"]["accounts"][0]["marks"], ["", "user_id", "tag_id"]),
        _ => (&snapshot["miaokol"]["marks"], ["rel_wxid", "contact_wxid", "smart_tag_ids"]),
    };
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let all = marks.as_array().unwrap().iter().map(|mark| {
        let tags = mark[tags].as_array().unwrap().iter().map(text).collect();
        (mark[owner].as_str().unwrap_or_default().to_owned(), text(&mark[contact]), tags)
    });
    all.collect()
}

/// Puts the tag on some contacts, or takes it off, with one fault on the way.
fn disturbed(bench: &Bench, case: &Case, tag: &str, (fault, api): (Fault, &str), on: bool) {
    let admin = bench.admin();
    let few = |(_, _, tags): &(String, String, Vec<String>)| tags.len() < 5;
    let before: Vec<_> = contacts(bench, case.provider).into_iter().filter(few).take(12).collect();
    let mut rows = "provider,owner,contact,add,remove,current\n".to_owned();
    for (owner, contact, tags) in &before {
        let (add, remove) = if on { (tag, "") } else { ("", tag) };
        let current = if tags.is_empty() { "[]".to_owned() } else { tags.join(";") };
        rows += &format!("{},{owner},{contact},{add},{remove},{current}\n", case.provider);
    }
    bench.dir.write("rows.csv", &rows);
    let skip = if api == case.write { 4 } else { 0 };
    admin.inject(FaultSpec::new(fault).on(api).skip(skip));
    let mut ran = again(bench);
    let what = format!("{}: {fault:?} of {api}: {ran:?}", case.provider);
    if ran.code != 0 {
        assert_eq!(ran.code, 1, "{what}");
        ran = again(bench);
    }
    assert_eq!(ran.code, 0, "{what}, then {ran:?}");
    assert!(admin.waiting_faults().is_empty(), "{what}");
    assert!(statuses(bench, &rows).iter().all(|status| status == "ok"), "{what}");
    assert!(!bench.dir.path().join("rows.csv.assign").exists(), "{what}");
    let after = contacts(bench, case.provider);
    for (owner, contact, mut tags) in before {
        tags.retain(|id| id != tag);
        tags.extend(on.then(|| tag.to_owned()));
        let is = after.iter().find(|(o, c, _)| (o, c) == (&owner, &contact)).unwrap();
        let mut is = is.2.clone();
        is.sort();
        tags.sort();
        assert_eq!(is, tags, "{what}");
    }
}

#[test]
fn whatever_disturbs_one_call_the_same_command_comes_to_the_end() {
    for case in CASES {
        let bench = Bench::with(Sandbox::builder());
        let section = bench.section(case.provider);
        bench.dir.write(
            "leadtag.toml",
            &format!("{}timeout = \"300ms\"\n", section.trim_end().to_owned() + "\n"),
        );
        let mut create = vec!["tags", "create", "--format", "json"];
        create.extend(
            (case.provider != "shop-douyin").then_some(["--group", "批量"]).iter().flatten(),
        );
        create.push("一起加的");
        let tag = bench.run(&create).json()["tags"][0]["id"].as_str().unwrap().to_owned();
        let mut on = false;
        for api in case.reads.iter().chain([&case.write]) {
            for fault in FAULTS {
                on = !on;
                disturbed(&bench, &case, &tag, (fault, api), on);
            }
        }
    }
}

/// Rows for 30 customers of WeCom and as many leads of Douyin.
fn two_providers() -> (Bench, String) {
    let bench = Bench::with(Sandbox::builder());
    let providers = ["shop-wecom", "shop-douyin"];
    let sections = providers.map(|name| bench.section(name).trim_end().to_owned());
    let sections = sections.map(|section| section + "\ntimeout = \"300ms\"\n");
    bench.dir.write("leadtag.toml", &sections.join("\n"));
    let wecom = ["tags", "create", "--provider", "shop-wecom", "--group", "批量", "一起加的"];
    bench.run(&wecom).ok();
    bench.run(&["tags", "create", "--provider", "shop-douyin", "一起加的"]).ok();
    let mut rows = "provider,owner,contact,add\n".to_owned();
    for provider in providers {
        let fits = contacts(&bench, provider).into_iter().filter(|contact| contact.2.len() < 5);
        for (owner, contact, _) in fits.take(30) {
            rows += &format!("{provider},{owner},{contact},一起加的\n");
        }
    }
    assert_eq!(rows.lines().count(), 61);
    bench.dir.write("rows.csv", &rows);
    (bench, rows)
}

#[test]
fn while_one_provider_is_down_the_others_are_done_and_the_same_command_does_the_rest() {
    for api in ["tag/list", "user/detail", "tag/user/update"] {
        for fault in [Fault::Html502, Fault::Hang] {
            let (bench, rows) = two_providers();
            let admin = bench.admin();
            admin.inject(FaultSpec::new(fault).on(api).always());
            let ran = again(&bench);
            assert_eq!(ran.code, 1, "{fault:?} of {api}: {ran:?}");
            assert!(ran.stderr.contains("shop-douyin was left alone: "), "{ran:?}");
            let statuses_now = statuses(&bench, &rows);
            assert!(statuses_now[..30].iter().all(|status| status == "ok"), "{statuses_now:?}");
            assert!(!statuses_now[30..].contains(&"ok".to_owned()), "{statuses_now:?}");
            admin.clear_faults();
            let ran = again(&bench).ok();
            assert!(ran.stdout.contains("60 rows: 60 ok"), "{ran:?}");
            assert!(statuses(&bench, &rows).iter().all(|status| status == "ok"));
            assert_eq!(admin.calls("mark_tag"), 30, "what is done is not sent again");
            assert_eq!(admin.commits("tag/user/update"), 30);
        }
    }
}

#[test]
fn a_row_that_is_refused_when_its_provider_is_back_is_refused_as_ever() {
    let (bench, rows) = two_providers();
    let admin = bench.admin();
    bench.dir.write("rows.csv", &rows.replacen("shop-douyin,,", "shop-douyin,,nobody-", 1));
    admin.inject(FaultSpec::new(Fault::Html502).on("tag/list").always());
    let dry = bench.run(&[&ASSIGN[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 1, "{dry:?}");
    assert!(dry.stderr.contains("the rows of shop-douyin are left out: "), "{dry:?}");
    assert_eq!(again(&bench).code, 1);
    admin.clear_faults();
    let ran = again(&bench);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert_eq!(admin.calls("tag/user/update"), 0);
    let ran = bench.run(&[&ASSIGN[..], &["--yes", "--skip-refused"]].concat());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("60 rows: 59 ok, 0 unchanged, 1 refused"), "{ran:?}");
    assert_eq!((admin.calls("mark_tag"), admin.commits("tag/user/update")), (30, 29));
}
