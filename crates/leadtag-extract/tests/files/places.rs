//! Whose files they are, and what else may happen to them.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{FileSink, Jsonl};
use leadtag_extract::{Cell, Column, ColumnKind, Counts, Error, Key, Row, Table};

use crate::rows::{at, checkpoint, lead, leads, number, objects, open, put};

fn refused(path: &std::path::Path) -> String {
    let sink = FileSink::open(path, Arc::new(Jsonl));
    let error = sink.and_then(|mut sink| sink.tables()).unwrap_err();
    assert!(matches!(error, Error::Destination { .. } | Error::Damaged { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    fs::write(&path, "mine").unwrap();
    assert!(!FileSink::exists(&path, &Jsonl));
    assert!(refused(&path).contains("was not written by leadtag"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_file_that_appears_before_the_first_publication_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    fs::write(&path, "mine").unwrap();
    let error = sink.finish().unwrap_err();
    assert!(error.to_string().contains("was not written by leadtag"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    fs::remove_file(&path).unwrap();
    open(&path).finish().unwrap();
    assert_eq!(objects(&path).len(), 1);
}

#[test]
fn what_cannot_be_published_is_a_failure_of_its_streams_until_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let failed = || {
        let known = FileSink::peek(&path, &Jsonl).unwrap();
        known.into_iter().map(|known| (known.provider, known.failed)).collect::<Vec<_>>()
    };
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("bes", "1", "A", vec![])]);
    sink.finish().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    let in_the_way = folder.path().join(".leads.jsonl.next");
    fs::create_dir(&in_the_way).unwrap();
    let error = sink.finish().unwrap_err().to_string();
    // Of the other one all is where it was.
    assert_eq!(failed(), [("bes".to_owned(), None), ("crm".to_owned(), Some(error))]);
    fs::remove_dir(&in_the_way).unwrap();
    let mut sink = open(&path);
    sink.commit(&[checkpoint("crm", 2)]).unwrap();
    sink.finish().unwrap();
    assert_eq!(failed(), [("bes".to_owned(), None), ("crm".to_owned(), None)]);
    assert_eq!(objects(&path).len(), 2);
}

#[test]
fn a_second_writer_is_told_who_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let first = open(&path);
    let error = FileSink::open(&path, Arc::new(Jsonl)).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
    assert!(FileSink::peek(&path, &Jsonl).unwrap().is_empty());
    assert!(text.contains(&std::process::id().to_string()), "{text}");
    drop(first);
    open(&path);
}

#[test]
fn a_file_that_was_changed_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("\"A\"", "\"B\"");
    fs::write(&path, &text).unwrap();
    let later = SystemTime::now() + Duration::from_secs(5);
    fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
    assert!(refused(&path).contains("was changed by another program"));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_file_that_was_only_copied_back_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "2", "B", vec![])]);
    sink.finish().unwrap();
    assert_eq!(objects(&path).len(), 2);
}

#[test]
fn a_file_that_is_gone_is_named_and_a_reset_starts_afresh() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    put(&mut sink, &leads(&[]), vec![lead("shop", "1", "A", vec![])]);
    sink.finish().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(refused(&path).contains("leads reset"));
    // The rows of the other one are gone too: it must not go on as if they were there.
    assert_eq!(leads_after_a_reset(&path, &["crm", "shop"]), 1);
}

/// Forgets a stream, which leaves none, and tells how many leads there are with another one.
fn leads_after_a_reset(path: &Path, gone: &[&str]) -> usize {
    let mut sink = FileSink::open(path, Arc::new(Jsonl)).unwrap();
    assert_eq!(sink.reset("crm").unwrap(), gone);
    assert!(sink.checkpoints().unwrap().is_empty());
    drop(sink);
    let mut sink = open(path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "2", "B", vec![])]);
    sink.finish().unwrap();
    objects(path).len()
}

#[test]
fn a_reset_keeps_the_tables_whose_files_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let names = ["provider", "lead_id", "id"].map(|name| Column::new(name, ColumnKind::Text));
    let table = Table::new("interactions", names.to_vec());
    let cells = ["crm", "1", "1/a"].map(|text| Cell::Text(text.to_owned())).to_vec();
    let mut sink = open(&path);
    put(&mut sink, &table, vec![Row::new(Key::new("crm", "1/a"), 1, cells)]);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    fs::remove_file(folder.path().join("leads.interactions.jsonl")).unwrap();
    assert_eq!(leads_after_a_reset(&path, &["crm"]), 2);
}

#[test]
fn a_reset_forgets_one_checkpoint_and_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    put(&mut sink, &leads(&[]), vec![lead("shop", "1", "A", vec![])]);
    sink.finish().unwrap();
    let mut sink = open(&path);
    assert_eq!(sink.reset("crm").unwrap(), ["crm"]);
    assert!(sink.reset("crm").unwrap().is_empty());
    drop(sink);
    let mut sink = open(&path);
    assert_eq!((number(&mut *sink, "crm"), number(&mut *sink, "shop")), (0, 1));
    assert_eq!(objects(&path).len(), 2);
}

#[test]
fn nothing_new_leaves_the_file_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    assert!(FileSink::exists(&path, &Jsonl));
    let known = fs::metadata(&path).unwrap().modified().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.commit(&[checkpoint("crm", 8)]).unwrap();
    let counts = sink.finish().unwrap().counts;
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), known);
    assert_eq!((counts.len(), counts[0].2.unchanged), (1, 1));
    assert_eq!(number(&mut *open(&path), "crm"), 8);
}

#[test]
fn an_index_or_segment_that_is_another_one_is_named_before_rows_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "2", "B", vec![])]);
    drop(sink);
    let work = folder.path().join("leads.jsonl.leadtag");
    let files = fs::read_dir(&work).unwrap().map(|file| file.unwrap().path());
    let own = |path: &std::path::PathBuf| !path.ends_with("lock") && !path.ends_with("state.json");
    let files: Vec<_> = files.filter(own).collect();
    assert_eq!(files.len(), 3, "an index, a segment and its index: {files:?}");
    for file in files {
        let good = fs::read(&file).unwrap();
        let mut wrong = good.clone();
        wrong[3] ^= 1;
        fs::write(&file, wrong).unwrap();
        assert!(refused(&path).contains("not as it was written"), "{}", file.display());
        fs::remove_file(&file).unwrap();
        assert!(refused(&path).contains("it is gone"), "{}", file.display());
        fs::write(&file, good).unwrap();
    }
    open(&path).finish().unwrap();
    assert_eq!(objects(&path).len(), 2);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("leads.jsonl"), folder.path().join("link.jsonl"));
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut sink = open(&link);
    put(&mut sink, &leads(&[]), vec![lead("crm", "2", "B", vec![])]);
    sink.finish().unwrap();
    assert!(link.is_symlink());
    assert_eq!(objects(&path).len(), 2);
    std::os::unix::fs::symlink("nowhere", folder.path().join("dangling")).unwrap();
    assert!(refused(&folder.path().join("dangling")).contains("leads nowhere"));
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused() {
    assert!(refused("/dev/null".as_ref()).contains("not a regular file"));
    let folder = tempfile::tempdir().unwrap();
    assert!(refused(folder.path()).contains("is a folder"));
    assert!(refused(&folder.path().join("none/leads.jsonl")).contains("make it first"));
}

#[test]
fn a_state_that_does_not_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.finish().unwrap();
    let state = folder.path().join("leads.jsonl.leadtag/state.json");
    let text = fs::read_to_string(&state).unwrap();
    let before = fs::read(&path).unwrap();
    for (wrong, why) in [
        (text.replacen("\"version\":1", "\"version\":2", 1), "another version of leadtag"),
        (text[..text.len() / 2].to_owned(), "state.json: it cannot be read"),
        (text.replacen("\"jsonl\"", "\"csv\"", 1), "it holds csv files"),
        (text.replacen("\"shape\":0", "\"shape\":3", 1), "contradicts itself"),
        (String::new(), "cannot be read"),
    ] {
        assert_ne!(wrong, text);
        fs::write(&state, &wrong).unwrap();
        let said = refused(&path);
        assert!(said.contains(why), "{said}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    fs::write(&state, text).unwrap();
    open(&path);
}

#[test]
fn what_was_committed_but_not_published_is_published_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    sink.upsert(&leads(&[]), vec![lead("crm", "2", "B", vec![])]).unwrap();
    drop(sink);
    assert!(!path.exists());
    let counts = open(&path).finish().unwrap().counts;
    assert_eq!(counts, [("crm".into(), "leads".into(), new(1))]);
    assert_eq!(objects(&path)[0]["name"], "A");
}

fn new(count: u64) -> Counts {
    let mut counts = Counts::default();
    counts.new = count;
    counts
}

#[test]
fn what_became_of_rows_is_told_by_provider_and_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let row =
        |id: &str, name: &str, snapshot| lead("crm", id, name, vec![]).with_snapshot(snapshot);
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![row("1", "A", 1), row("2", "B", 1), row("3", "C", 1)]);
    sink.finish().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![row("1", "A", 2), row("2", "BB", 2), row("4", "D", 2)]);
    sink.delete_unseen("crm", 2, at(60)).unwrap();
    sink.commit(&[]).unwrap();
    let counts = sink.finish().unwrap().counts[0].2;
    assert_eq!((counts.new, counts.changed, counts.unchanged, counts.deleted), (1, 1, 1, 1));
    let gone: Vec<_> =
        objects(&path).into_iter().filter(|row| !row["deleted_at"].is_null()).collect();
    assert_eq!(gone.len(), 1);
    assert_eq!((&gone[0]["id"], &gone[0]["deleted_at"]), (&"3".into(), &at(60).to_string().into()));
}

#[test]
fn a_lead_that_comes_back_unchanged_is_not_deleted_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    for (snapshot, ids) in [(1, vec!["1", "2"]), (2, vec!["1"]), (3, vec!["1", "2"])] {
        let mut sink = open(&path);
        let rows = ids.iter().map(|id| lead("crm", id, "A", vec![]).with_snapshot(snapshot));
        put(&mut sink, &leads(&[]), rows.collect());
        sink.delete_unseen("crm", snapshot, at(60)).unwrap();
        sink.commit(&[]).unwrap();
        sink.finish().unwrap();
        let gone = objects(&path).iter().filter(|row| !row["deleted_at"].is_null()).count();
        assert_eq!(gone, usize::from(snapshot == 2), "{snapshot}");
    }
}

#[test]
fn a_second_table_stands_beside_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![lead("crm", "1", "A", vec![])]);
    let columns = ["provider", "lead_id", "id"].map(|name| Column::new(name, ColumnKind::Text));
    let table = Table::new("interactions", columns.to_vec());
    let cells = ["crm", "1", "1/7"].map(|text| Cell::Text(text.into()));
    put(&mut sink, &table, vec![Row::new(Key::new("crm", "1/7"), 3, cells.to_vec())]);
    let counts = sink.finish().unwrap().counts;
    assert_eq!(counts.len(), 2);
    let second = folder.path().join("leads.interactions.jsonl");
    assert_eq!(
        objects(&second),
        [serde_json::json!({"provider": "crm", "lead_id": "1", "id": "1/7"})]
    );
}

#[test]
fn any_number_of_commits_becomes_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    for number in 0..150 {
        let rows = (number..number + 3)
            .map(|id| lead("crm", &id.to_string(), &number.to_string(), vec![]));
        put(&mut sink, &leads(&[]), rows.collect());
    }
    sink.finish().unwrap();
    let rows = objects(&path);
    assert_eq!(rows.len(), 152);
    for row in rows {
        let id: u64 = row["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(row["name"], id.min(149).to_string());
    }
    assert_eq!(fs::read_dir(folder.path().join("leads.jsonl.leadtag")).unwrap().count(), 3);
}

#[test]
fn an_empty_pull_makes_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![]);
    assert!(sink.finish().unwrap().counts.is_empty());
    assert_eq!(fs::read(&path).unwrap(), b"");
}
