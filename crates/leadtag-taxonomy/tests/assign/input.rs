//! The forms of the input, and the results.

use leadtag_taxonomy::{Error, Lock, RowsForm};
use leadtag_testkit::{ManualClock, tag_capabilities};
use proptest::prelude::*;

use crate::bench::{Dir, options, provider, target};

fn wrong(name: &str, text: impl AsRef<[u8]>) -> String {
    let dir = Dir::new();
    dir.write(name, text);
    match dir.open(name) {
        Err(Error::Input(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_form_is_told_by_the_name() {
    for (name, form) in [
        ("a.csv", Some(RowsForm::Csv)),
        ("a.CSV", Some(RowsForm::Csv)),
        ("a.jsonl", Some(RowsForm::Jsonl)),
        ("a.ndjson", Some(RowsForm::Jsonl)),
        ("a.xlsx", None),
        ("csv", None),
    ] {
        assert_eq!(RowsForm::of(name.as_ref()), form, "{name}");
    }
}

#[test]
fn a_header_that_is_none_is_refused_with_the_nearest_column() {
    assert!(wrong("in.csv", "provider,contract,add\n").contains("did you mean contact?"));
    assert!(wrong("in.csv", "provider,add\n").contains("no column contact"));
    assert!(wrong("in.csv", "contact,add,add\n").contains("stands twice"));
    assert!(wrong("in.csv", "contact,add,status\n").contains("results"));
    assert!(wrong("in.csv", "").contains("no column contact"));
    assert!(wrong("in.jsonl", "{\"contact\":\"c\",\"ad\":[]}\n").contains("row 1: unknown member"));
}

#[tokio::test]
async fn csv_results_are_the_rows_as_they_were_with_three_columns_more() {
    let dir = Dir::new();
    let provider = provider(tag_capabilities::flat());
    let text = "\u{feff}contact,add,provider\nc1,\"a;b\",p\n\"x,\"\"y\"\"\",a,p\n";
    dir.run(text, &provider, options(&ManualClock::new())).await;
    let results = dir.results();
    let lines: Vec<&str> = results.lines().collect();
    assert_eq!(lines[0], "contact,add,provider,row,status,message");
    assert_eq!(lines[1], "c1,a;b,p,1,ok,");
    assert!(lines[2].starts_with("\"x,\"\"y\"\"\",a,p,2,failed,"), "{}", lines[2]);
}

#[tokio::test]
async fn jsonl_results_are_the_objects_as_they_were_with_three_members_more() {
    let dir = Dir::new();
    let provider = provider(tag_capabilities::flat());
    dir.write(
        "in.jsonl",
        "{\"contact\": \"c1\",  \"add\": [\"a\"], \"provider\":\"p\"}\n\n\
         {\"provider\":\"p\",\"contact\":2,\"add\":\"zzz\"}\n{}\nnonsense\n[1]\n\
         {\"provider\":\"p\",\"contact\":\"c\",\"add\":7.5}\n",
    );
    let prepared = dir.open("in.jsonl").unwrap();
    assert_eq!(prepared.rows(), 6);
    let targets = [target(&provider)];
    let options = options(&ManualClock::new());
    let mut prepared = prepared.prepare(&targets, &Lock::default(), options, &()).await.unwrap();
    prepared.send(&targets, &()).await.unwrap();
    prepared.finish(&dir.path("results")).unwrap();
    let results = dir.results();
    let lines: Vec<&str> = results.lines().collect();
    assert_eq!(
        lines[0],
        "{\"contact\": \"c1\",  \"add\": [\"a\"], \"provider\":\"p\",\"row\":1,\"status\":\"ok\",\"message\":\"\"}"
    );
    for (at, line) in lines.iter().enumerate() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["row"], at + 1);
    }
    assert!(lines[3].starts_with("{\"input\":\"nonsense\",\"row\":4,\"status\":\"refused\""));
    assert!(lines[4].starts_with("{\"input\":[1],"), "{}", lines[4]);
    assert!(lines[5].contains("must be a list"), "{}", lines[5]);
}

#[tokio::test]
async fn a_row_that_is_not_utf_8_is_refused_and_kept_as_it_was() {
    let dir = Dir::new();
    let provider = provider(tag_capabilities::flat());
    // 高 in GBK.
    dir.write("in.csv", b"provider,contact,add\np,c1,\xb8\xdf\n");
    let targets = [target(&provider)];
    let options = options(&ManualClock::new());
    let prepared = dir.open("in.csv").unwrap();
    let prepared = prepared.prepare(&targets, &Lock::default(), options, &()).await.unwrap();
    assert_eq!(prepared.refused(), 1);
    prepared.finish(&dir.path("results")).unwrap();
    let results = std::fs::read(dir.path("results")).unwrap();
    assert!(results.windows(2).any(|two| two == b"\xb8\xdf"));
    assert!(String::from_utf8_lossy(&results).contains("not UTF-8"));
}

#[test]
fn what_cannot_be_read_twice_or_is_no_text_is_refused() {
    let dir = Dir::new();
    std::fs::create_dir(dir.path("in.csv")).unwrap();
    let refused = dir.open("in.csv").unwrap_err().to_string();
    assert!(refused.contains("no regular file"), "{refused}");
    assert!(wrong("in.csv", b"\xff\xfec\0o\0").contains("UTF-16"));
    assert!(wrong("in.jsonl", b"\xfe\xff\0{").contains("UTF-16"));
}

#[tokio::test]
async fn a_quote_that_is_not_closed_and_a_member_that_stands_twice_are_told_as_such() {
    let (dir, provider) = (Dir::new(), provider(tag_capabilities::flat()));
    dir.run("provider,contact,add\np,\"c1,a\np,c2,a\n", &provider, options(&ManualClock::new()))
        .await;
    assert!(dir.results().contains("is a quote not closed?"), "{}", dir.results());
    let row = "{\"provider\":\"p\",\"contact\":\"c1\",\"add\":\"a\",\"add\":\"b\"}\n";
    dir.write("in.jsonl", row);
    let prepared = dir.open("in.jsonl").unwrap();
    let (targets, lock) = ([target(&provider)], Lock::default());
    let prepared =
        prepared.prepare(&targets, &lock, options(&ManualClock::new()), &()).await.unwrap();
    prepared.finish(&dir.path("results")).unwrap();
    assert!(dir.results().contains("add stands twice"), "{}", dir.results());
}

#[tokio::test]
async fn rows_that_change_while_they_are_sent_are_told_and_their_results_can_still_be_had() {
    let (dir, provider) = (Dir::new(), provider(tag_capabilities::flat()));
    let text = "provider,contact,add\np,c1,a\n";
    let (lock, clock) = (Lock::default(), ManualClock::new());
    let mut prepared = dir.prepare(text, &provider, &lock, options(&clock)).await.unwrap();
    prepared.send(&[target(&provider)], &()).await.unwrap();
    dir.write("in.csv", "provider,contact,add\np,c2,b\n");
    let told = prepared.finish(&dir.path("results")).unwrap_err().to_string();
    assert!(told.contains("changed meanwhile") && !dir.path("results").exists(), "{told}");
    let (_, counts) = dir.run(text, &provider, options(&clock)).await;
    assert_eq!((counts.ok, provider.writes().len()), (1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever the rows say, each has one line in the results, in its place, and what was sent is
    /// what the rows that are ok ask for.
    #[test]
    fn every_row_has_one_line_of_results(
        rows in prop::collection::vec(
            ("p|q|", "c[0-9]|", "[abz]?", "[abz]?"), 1..40)
    ) {
        let dir = Dir::new();
        let provider = provider(tag_capabilities::flat());
        let lines: String =
            rows.iter().map(|(p, c, add, remove)| format!("{p},{c},{add},{remove}\n")).collect();
        let text = format!("provider,contact,add,remove\n{lines}");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let options = options(&ManualClock::new());
        let (report, counts) = runtime.block_on(dir.run(&text, &provider, options));
        let statuses = dir.statuses();
        prop_assert_eq!(statuses.len(), rows.len());
        prop_assert_eq!(counts.rows as usize, rows.len());
        prop_assert_eq!(report.providers[0].sent as usize, provider.writes().len());
        for ((p, c, add, remove), status) in rows.iter().zip(&statuses) {
            let bad = p != "p" || c.is_empty() || add == "z" || remove == "z";
            prop_assert!(!bad || status == "refused", "{} {} {} {}: {}", p, c, add, remove, status);
            prop_assert!(status != "failed" && status != "not-sent");
        }
    }
}
