//! `leadtag tags assign`.

use std::time::Duration;

use leadtag_sandbox::Sandbox;
use serde_json::Value;

use crate::support::{Bench, Ran, keys};

pub const ASSIGN: [&str; 4] = ["tags", "assign", "--from", "rows.csv"];

fn assign(bench: &Bench, rows: &str, args: &[&str]) -> Ran {
    bench.dir.write("rows.csv", rows);
    bench.run(&[&ASSIGN, args].concat())
}

/// Members with their customers in WeCom.
fn pairs(bench: &Bench) -> Vec<(String, String)> {
    let snapshot = bench.admin().snapshot();
    let marks = snapshot["wecom"]["marks"].as_array().unwrap();
    let text = |mark: &Value, key: &str| mark[key].as_str().unwrap().to_owned();
    marks.iter().map(|mark| (text(mark, "userid"), text(mark, "external_userid"))).collect()
}

/// The tags that a member has put on a customer.
fn marks(bench: &Bench, (owner, contact): &(String, String)) -> Vec<String> {
    let snapshot = bench.admin().snapshot();
    let marks = snapshot["wecom"]["marks"].as_array().unwrap();
    let mark = marks.iter().find(|m| m["userid"] == **owner && m["external_userid"] == **contact);
    let ids = mark.unwrap()["tag_id"].as_array().unwrap();
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The first lead in Douyin, and its tags.
fn lead(bench: &Bench) -> (String, usize) {
    let snapshot = bench.admin().snapshot();
    let mark = &snapshot["douyin"]["accounts"][0]["marks"][0];
    let tags = mark["tag_id"].as_array().unwrap().len();
    (mark["user_id"].as_str().unwrap().to_owned(), tags)
}

#[test]
fn rows_are_sent_and_each_has_a_result() {
    let bench = Bench::new();
    let pairs = pairs(&bench);
    let [(o1, c1), (o2, c2)] = &pairs[..2] else { panic!() };
    let rows = format!(
        "provider,owner,contact,add,remove\nshop-wecom,{o1},{c1},展会,\n\
         ,{o2},{c2},name:来源/展会,\nshop-wecom,{o1},{c1},高意向,低意向\n"
    );
    let ran = assign(&bench, &rows, &["--yes"]).ok();
    assert!(ran.stdout.contains("3 rows: 3 ok"), "{ran:?}");
    let results = bench.dir.read("rows.results.csv");
    let lines: Vec<&str> = results.lines().collect();
    assert_eq!(lines[0], "provider,owner,contact,add,remove,row,status,message");
    assert_eq!(lines[1], format!("shop-wecom,{o1},{c1},展会,,1,ok,"));
    assert_eq!(bench.admin().calls("mark_tag"), 2);
    let (fair, high) = (bench.id("展会"), bench.id("高意向"));
    let carried = marks(&bench, &pairs[0]);
    assert!(carried.contains(&fair) && carried.contains(&high), "{carried:?}");
    assert!(!bench.dir.path().join("rows.csv.assign").exists());
}

#[test]
fn a_dry_run_shows_what_would_be_sent_and_sends_nothing() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let rows = format!("owner,contact,add,remove\n{owner},{contact},展会,高意向\n");
    let ran = assign(&bench, &rows, &["--dry-run"]).ok();
    assert!(ran.stdout.contains("shop-wecom: 1 contact to write, 1 tag on, 1 off"), "{ran:?}");
    assert!(ran.stdout.contains("+展会 -高意向") && !ran.stdout.contains(contact), "{ran:?}");
    let json = assign(&bench, &rows, &["--dry-run", "--format", "json"]).json();
    assert_eq!(keys(&json), ["examples", "providers", "refused", "results", "rows"]);
    let totals = ["add", "contacts", "name", "refused", "remove", "unchanged"];
    assert_eq!(keys(&json["providers"][0]), totals);
    assert_eq!(keys(&json["examples"][0]), ["add", "contact", "keep", "provider", "remove"]);
    assert_eq!(bench.admin().calls("mark_tag"), 0);
    assert!(!bench.dir.path().join("rows.results.csv").exists());
    assert!(!bench.dir.path().join("rows.csv.assign.dry-run").exists());
}

#[test]
fn the_report_as_json_has_exactly_the_documented_keys() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let rows = format!("owner,contact,add\n{owner},{contact},展会\n");
    let json = assign(&bench, &rows, &["--yes", "--format", "json"]).json();
    let wanted = [
        "failed",
        "interrupted",
        "not_sent",
        "ok",
        "providers",
        "refused",
        "results",
        "rows",
        "unchanged",
    ];
    assert_eq!(keys(&json), wanted);
    let provider = ["failed", "name", "not_sent", "sent", "stopped"];
    assert_eq!(keys(&json["providers"][0]), provider);
    assert_eq!((&json["ok"], &json["results"]), (&1.into(), &"rows.results.csv".into()));
}

#[test]
fn six_tags_on_a_douyin_user_are_refused_before_anything_is_sent() {
    let bench = Bench::all();
    let (id, _) = lead(&bench);
    let new = ["一", "二", "三", "四", "五", "六"];
    let create = [&["tags", "create", "--provider", "shop-douyin"][..], &new].concat();
    bench.run(&create).ok();
    let rows = format!("provider,contact,add\nshop-douyin,{id},{}\n", new.join(";"));
    let ran = assign(&bench, &rows, &["--yes"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stderr.contains("1 row refused, nothing was sent"), "{ran:?}");
    let results = bench.dir.read("rows.results.csv");
    assert!(results.contains("refused,\"6 tags, but a contact carries at most 5\""), "{results}");
    assert_eq!(bench.admin().calls("tag/user/update"), 0);
    assert_eq!(bench.admin().calls("user/detail"), 0);
}

#[test]
fn the_tags_that_a_douyin_user_has_count_too() {
    let bench = Bench::all();
    let (id, has) = lead(&bench);
    let new = ["一", "二", "三", "四", "五"];
    let create = [&["tags", "create", "--provider", "shop-douyin"][..], &new].concat();
    bench.run(&create).ok();
    let fit = &new[..5 - has];
    let rows =
        |tags: &[&str]| format!("provider,contact,add\nshop-douyin,{id},{}\n", tags.join(";"));
    if has > 0 {
        let ran = assign(&bench, &rows(&new), &["--yes"]);
        assert_eq!(ran.code, 64, "{ran:?}");
        assert_eq!(bench.admin().calls("tag/user/update"), 0);
    }
    assign(&bench, &rows(fit), &["--yes"]).ok();
    assert_eq!(lead(&bench).1, 5);
}

#[test]
fn miaokol_is_written_only_where_the_current_tags_are_given() {
    let bench = Bench::all();
    let contact = "provider,owner,contact,add,remove,current\n\
                   agent-miaokol,1688850000000000,1688850000000001";
    let ran = assign(&bench, &format!("{contact},高意向,,\n"), &["--yes"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(bench.dir.read("rows.results.csv").contains("column current"));
    assert_eq!(bench.admin().calls("smart-tag/updateContact"), 0);
}

#[test]
fn what_a_replacing_write_leaves_is_shown() {
    let bench = Bench::all();
    let snapshot = bench.admin().snapshot();
    let mark = &snapshot["miaokol"]["marks"][0];
    let (owner, contact) = (&mark["rel_wxid"], &mark["contact_wxid"]);
    let (owner, contact) = (owner.as_str().unwrap(), contact.as_str().unwrap());
    let rows = format!(
        "provider,owner,contact,add,remove,current\n\
         agent-miaokol,{owner},{contact},展会,低意向,低意向;A类\n"
    );
    let ran = assign(&bench, &rows, &["--dry-run"]).ok();
    assert!(ran.stdout.contains("+展会 -低意向 =A类"), "{ran:?}");
    assign(&bench, &rows, &["--yes"]).ok();
    let snapshot = bench.admin().snapshot();
    let marks = snapshot["miaokol"]["marks"].as_array().unwrap();
    let mark = marks.iter().find(|m| m["rel_wxid"] == owner && m["contact_wxid"] == contact);
    assert_eq!(mark.unwrap()["smart_tag_ids"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_a_file_of_rows_is_refused_with_what_to_do() {
    let bench = Bench::new();
    bench.dir.write("rows.txt", "");
    let run = |args: &[&str]| bench.run(&[&["tags", "assign"], args].concat());
    run(&["--from", "-"]).fails(64, &["must name a file"]);
    run(&["--from", "rows.txt"]).fails(64, &["--input csv"]);
    run(&["--from", "nothing.csv"]).fails(1, &["nothing.csv: cannot be read"]);
    bench.dir.write("rows.csv", "contract,add\n");
    bench.run(&ASSIGN).fails(64, &["did you mean contact?"]);
    let results = ["--results", "rows.csv"];
    bench.run(&[&ASSIGN[..], &results].concat()).fails(64, &["would overwrite the rows"]);
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn without_a_terminal_it_takes_a_yes() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let rows = format!("owner,contact,add\n{owner},{contact},展会\n");
    assign(&bench, &rows, &[]).fails(64, &["1 contact of 1 provider", "--yes", "--dry-run"]);
    assert_eq!(bench.admin().calls("mark_tag"), 0);
    assert!(!bench.dir.path().join("rows.csv.assign").exists());
}

#[test]
fn refused_rows_can_be_skipped() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let rows = format!("owner,contact,add\n{owner},{contact},展会\n{owner},{contact},无\n");
    assert_eq!(assign(&bench, &rows, &["--yes"]).code, 64);
    assert_eq!(bench.admin().calls("mark_tag"), 0);
    let ran = assign(&bench, &rows, &["--yes", "--skip-refused"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("1 ok, 0 unchanged, 1 refused"), "{ran:?}");
    assert_eq!(bench.admin().commits("mark_tag"), 1);
}

#[test]
fn jsonl_is_read_and_written_as_jsonl() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let row = format!("{{\"owner\":\"{owner}\",\"contact\":\"{contact}\",\"add\":[\"展会\"]}}");
    bench.dir.write("rows.jsonl", &row);
    bench.run(&["tags", "assign", "--from", "rows.jsonl", "--yes"]).ok();
    let line = row.replace('}', ",\"row\":1,\"status\":\"ok\",\"message\":\"\"}\n");
    assert_eq!(bench.dir.read("rows.results.jsonl"), line);
}

/// 300 customers in one file.
pub fn many() -> (Bench, String, usize) {
    let bench = Bench::with(Sandbox::builder().leads(300));
    bench.dir.write("leadtag.toml", &bench.section("shop-wecom"));
    let pairs = pairs(&bench);
    let lines: String = pairs.iter().map(|(o, c)| format!("{o},{c},一起加的\n")).collect();
    bench.run(&["tags", "create", "--group", "批量", "一起加的"]).ok();
    (bench, format!("owner,contact,add\n{lines}"), pairs.len())
}

#[test]
fn at_most_five_are_in_flight_and_one_for_each_customer() {
    let (bench, rows, count) = many();
    bench.admin().set_latency(Some("mark_tag"), Duration::from_millis(2));
    assign(&bench, &rows, &["--yes"]).ok();
    assert_eq!(bench.admin().calls("mark_tag") as usize, count);
    assert_eq!(bench.admin().max_in_flight("mark_tag"), 5);
    assert_eq!(bench.admin().max_in_flight_per_contact(), 1);
}

#[test]
fn without_a_terminal_there_is_no_bar() {
    let (bench, rows, _) = many();
    let ran = assign(&bench, &rows, &["--yes"]).ok();
    let own: Vec<&str> = ran.stderr.lines().filter(|line| !line.starts_with("notice: ")).collect();
    assert_eq!(own, [""; 0]);
}

#[test]
fn results_never_replace_the_rows_and_a_place_for_them_is_looked_for_first() {
    let bench = Bench::new();
    let (owner, contact) = &pairs(&bench)[0];
    let rows = format!("owner,contact,add\n{owner},{contact},展会\n");
    let path = bench.dir.path();
    let whole = path.join("rows.csv").display().to_string();
    std::fs::create_dir(path.join("results.csv")).unwrap();
    let overwrites = "would overwrite the rows";
    let mut cases = vec![
        ("./rows.csv", overwrites),
        (whole.as_str(), overwrites),
        ("results.csv", "no regular file"),
        ("nowhere/results.csv", "no directory nowhere"),
    ];
    if cfg!(unix) {
        cases.push(("link.csv", overwrites));
        #[cfg(unix)]
        std::os::unix::fs::symlink("rows.csv", path.join("link.csv")).unwrap();
    }
    for (results, why) in cases {
        let ran = assign(&bench, &rows, &["--yes", "--results", results]);
        ran.fails(64, &[why, "name another file with --results"]);
        assert_eq!(bench.dir.read("rows.csv"), rows);
    }
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn a_row_for_a_provider_that_cannot_take_it_is_told_why() {
    let bench = Bench::all();
    let rows = "provider,contact,add\ncrm,1,a\nshop-wecm,1,a\nnothing,1,a\n,1,a\n";
    assert_eq!(assign(&bench, rows, &["--yes"]).code, 64);
    let results = bench.dir.read("rows.results.csv");
    for why in
        ["contacts of crm cannot be tagged", "mean shop-wecom?", "\"\"nothing\"\"", "names no"]
    {
        assert!(results.contains(why), "{why}: {results}");
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_it_asks_and_shows_how_far_it_is() {
    let (bench, rows, count) = many();
    bench.admin().set_latency(Some("mark_tag"), Duration::from_millis(2));
    bench.dir.write("rows.csv", &rows);
    let (code, shown) = crate::terminal::run(&bench.dir, &ASSIGN, "n\n", false);
    assert_eq!(code, Some(1), "{shown}");
    let question = format!("Write the tags of {count} contacts of 1 provider?");
    assert!(shown.contains(&question) && shown.contains("nothing was sent"), "{shown}");
    assert_eq!(bench.admin().calls("mark_tag"), 0);
    let (code, shown) = crate::terminal::run(&bench.dir, &ASSIGN, "y\n", false);
    assert_eq!(code, Some(0), "{shown}");
    let bar = shown.rfind("sending [").map(|at| &shown[at..]).unwrap_or_default();
    assert!(
        bar.contains(" rows, ") && bar.contains(" rows/s, ") && bar.contains(" left"),
        "{shown}"
    );
}
