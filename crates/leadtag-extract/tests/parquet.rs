//! A folder of Parquet: what its readers see after pulls, deletions and crashes.
#![cfg(feature = "parquet")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "files/rows.rs"]
#[expect(dead_code, reason = "other formats read other files")]
mod rows;
#[path = "support/sink_suite.rs"]
mod sink_suite;
#[path = "parquet/suite.rs"]
mod suite;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{FileSink, Parquet};
use leadtag_extract::{Cell, Column, ColumnKind, Counts, Error, Row, Table};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use proptest::prelude::*;
use rows::{at, checkpoint, lead, leads, number, put};

fn open(path: &Path) -> Box<FileSink> {
    rows::open_as(path, Arc::new(Parquet))
}

/// The files of a table, as tools of data find them.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'))
        .collect();
    paths.sort();
    paths
}

fn batches(folder: &Path) -> Vec<RecordBatch> {
    let files = parts(folder).into_iter().map(|path| File::open(path).unwrap());
    let batches = files
        .flat_map(|file| ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap());
    batches.map(|batch| batch.unwrap()).collect()
}

/// Name, and whether the lead is gone, by provider and id; each once.
fn content(folder: &Path) -> BTreeMap<(String, String), (String, bool)> {
    let mut rows = BTreeMap::new();
    for batch in batches(folder) {
        let text = |name: &str, row| {
            batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned()
        };
        for row in 0..batch.num_rows() {
            let gone = batch.column_by_name("deleted_at").unwrap().is_valid(row);
            let key = (text("provider", row), text("id", row));
            let before = rows.insert(key.clone(), (text("name", row), gone));
            assert_eq!(before, None, "{key:?} stands twice");
        }
    }
    rows
}

fn names(folder: &Path) -> Vec<(String, bool)> {
    content(folder).into_values().collect()
}

fn named(names: &[(&str, bool)]) -> Vec<(String, bool)> {
    names.iter().map(|(name, gone)| ((*name).to_owned(), *gone)).collect()
}

fn crm(id: &str, name: &str) -> Row {
    lead("crm", id, name, Vec::new())
}

#[test]
fn columns_have_the_types_that_tools_of_data_expect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let table = leads(&[
        ("vip", ColumnKind::Bool),
        ("score", ColumnKind::Int),
        ("Score-意向", ColumnKind::Float),
        ("form", ColumnKind::Json),
    ]);
    let attributes =
        vec![Cell::Bool(true), Cell::Int(7), Cell::Float(0.5), Cell::Json("{\"a\":[1]}".into())];
    let mut sink = open(&path);
    put(&mut sink, &table, vec![lead("crm", "1", "赵", attributes)]);
    sink.finish().unwrap();
    let [batch] = &batches(&path.join("leads"))[..] else { panic!("one row") };
    let schema = batch.schema();
    let kind = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
    assert_eq!(kind("name"), DataType::Utf8);
    assert_eq!(kind("synced_at"), DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    assert!(matches!(kind("mobiles"), DataType::List(of) if *of.data_type() == DataType::Utf8));
    assert_eq!(
        ["vip", "score", "Score-意向", "form"].map(kind),
        [DataType::Boolean, DataType::Int64, DataType::Float64, DataType::Utf8]
    );
    let time = batch.column_by_name("synced_at").unwrap();
    let time = time.as_primitive::<TimestampMicrosecondType>().value(0);
    assert_eq!(time, at(1).as_unix_micros());
    let mobiles = batch.column_by_name("mobiles").unwrap().as_list::<i32>().value(0);
    assert_eq!(mobiles.as_string::<i32>().value(0), "19900001234");
}

#[test]
fn every_column_is_compressed_with_zstd() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    sink.finish().unwrap();
    let [part] = &parts(&path.join("leads"))[..] else { panic!("one file") };
    let file = SerializedFileReader::new(File::open(part).unwrap()).unwrap();
    let columns = file.metadata().row_group(0).columns();
    assert!(columns.iter().all(|column| matches!(column.compression(), Compression::ZSTD(_))));
}

#[test]
fn the_latest_version_of_each_lead_stands_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A"), crm("2", "B"), crm("1", "A2")]);
    put(&mut sink, &leads(&[]), vec![crm("2", "B2"), crm("3", "C")]);
    let count = |sink: Box<FileSink>| {
        let counts = sink.finish().unwrap().counts;
        counts.into_iter().find(|(_, table, _)| table == "leads").unwrap().2
    };
    assert_eq!(count(sink).new, 3);
    assert_eq!(names(&path.join("leads")), named(&[("A2", false), ("B2", false), ("C", false)]));
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A2"), crm("3", "C3"), crm("4", "D")]);
    let Counts { new, changed, unchanged, .. } = count(sink);
    assert_eq!((new, changed, unchanged), (1, 1, 1));
    let expected = named(&[("A2", false), ("B2", false), ("C3", false), ("D", false)]);
    assert_eq!(names(&path.join("leads")), expected);
}

#[test]
fn who_is_gone_is_marked_and_who_comes_back_is_not_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let read = |snapshot: u64, rows: Vec<Row>| {
        let mut sink = open(&path);
        let rows = rows.into_iter().map(|row| row.with_snapshot(snapshot)).collect();
        put(&mut sink, &leads(&[]), rows);
        sink.delete_unseen("crm", snapshot, at(9)).unwrap();
        sink.commit(&[]).unwrap();
        sink.finish().unwrap();
        names(&path.join("leads"))
    };
    read(1, vec![crm("1", "A"), crm("2", "B")]);
    assert_eq!(read(2, vec![crm("2", "B")]), named(&[("A", true), ("B", false)]));
    assert_eq!(read(3, vec![crm("1", "A"), crm("2", "B")]), named(&[("A", false), ("B", false)]));
}

#[test]
fn columns_come_and_get_wider_in_mid_run_and_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let x = |kind| leads(&[("x", kind)]);
    let row = |id: &str, cell| lead("crm", id, "A", vec![cell]);
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("0", "A")]);
    put(&mut sink, &x(ColumnKind::Int), vec![row("1", Cell::Int(1))]);
    put(&mut sink, &x(ColumnKind::Text), vec![row("2", Cell::Text("abc".into()))]);
    sink.finish().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &x(ColumnKind::Json), vec![row("3", Cell::Json("[\"a\"]".into()))]);
    sink.finish().unwrap();
    let [batch] = &batches(&path.join("leads"))[..] else { panic!("one file") };
    let texts = batch.column_by_name("x").unwrap().as_string::<i32>();
    let texts: Vec<_> = texts.iter().collect();
    assert_eq!(texts, [None, Some("\"1\""), Some("\"abc\""), Some("[\"a\"]")]);
}

#[test]
fn interactions_are_a_folder_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    let columns = ["provider", "lead_id", "id"].map(|name| Column::new(name, ColumnKind::Text));
    let table = Table::new("interactions", columns.to_vec());
    let cells = ["crm", "1", "7"].map(|text| Cell::Text(text.into()));
    let key = leadtag_extract::Key::new("crm", "1/7");
    put(&mut sink, &table, vec![Row::new(key, 1, cells.to_vec())]);
    sink.finish().unwrap();
    assert_eq!(batches(&path.join("leads")).len(), 1);
    let [batch] = &batches(&path.join("interactions"))[..] else { panic!("one row") };
    assert_eq!(batch.column_by_name("id").unwrap().as_string::<i32>().value(0), "7");
}

#[test]
fn nothing_new_leaves_the_file_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    sink.finish().unwrap();
    let [part] = &parts(&path.join("leads"))[..] else { panic!("one file") };
    let before = fs::metadata(part).unwrap().modified().unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    sink.finish().unwrap();
    assert_eq!(parts(&path.join("leads")), std::slice::from_ref(part));
    assert_eq!(fs::metadata(part).unwrap().modified().unwrap(), before);
}

#[test]
fn a_file_that_another_program_changed_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    sink.finish().unwrap();
    let [part] = &parts(&path.join("leads"))[..] else { panic!("one file") };
    fs::write(part, "mine").unwrap();
    let error = FileSink::open(&path, Arc::new(Parquet)).unwrap().tables().unwrap_err();
    assert!(matches!(error, Error::Destination { .. } | Error::Damaged { .. }), "{error}");
    assert_eq!(fs::read(part).unwrap(), b"mine");
}

#[test]
fn what_others_put_beside_a_part_is_refused_by_name_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let leads_folder = path.join("leads");
    fs::create_dir_all(&leads_folder).unwrap();
    let foreign = leads_folder.join("mine.PARQUET");
    fs::write(&foreign, "mine").unwrap();
    let refused = |error: Error| {
        let text = error.to_string();
        assert!(matches!(error, Error::Destination { .. }), "{text}");
        assert!(text.contains("mine.PARQUET") && text.contains("move it away"), "{text}");
        assert_eq!(fs::read(&foreign).unwrap(), b"mine");
    };
    // Before the first pull, before the next one, and if it comes while one runs.
    refused(FileSink::open(&path, Arc::new(Parquet)).unwrap_err());
    fs::remove_file(&foreign).unwrap();
    let mut sink = open(&path);
    put(&mut sink, &leads(&[]), vec![crm("1", "A")]);
    fs::write(&foreign, "mine").unwrap();
    refused(sink.finish().unwrap_err());
    refused(FileSink::open(&path, Arc::new(Parquet)).unwrap().tables().unwrap_err());
    fs::remove_file(&foreign).unwrap();
    open(&path).finish().unwrap();
    assert_eq!(names(&leads_folder), named(&[("A", false)]));
    // Nor a folder: some readers go into it. What is hidden they leave out.
    fs::create_dir(leads_folder.join("_old")).unwrap();
    fs::write(leads_folder.join(".mine.parquet"), "mine").unwrap();
    open(&path).tables().unwrap();
    fs::create_dir(leads_folder.join("2026")).unwrap();
    let error = FileSink::open(&path, Arc::new(Parquet)).unwrap().tables().unwrap_err();
    assert!(error.to_string().contains("2026"), "{error}");
}

#[derive(Clone, Debug)]
enum Step {
    /// Rows: id and version.
    Put(Vec<(u8, u8)>),
    Commit,
    /// Killed, and opened again.
    Die,
    Finish,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = prop::collection::vec((0..12_u8, 0..3_u8), 0..8);
    let step = prop_oneof![
        5 => rows.prop_map(Step::Put),
        3 => Just(Step::Commit),
        1 => Just(Step::Die),
        2 => Just(Step::Finish),
    ];
    prop::collection::vec(step, 1..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_steps_gives_what_was_committed(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let (mut now, mut committed) = (BTreeMap::new(), BTreeMap::new());
        let mut commits = 0;
        let mut sink = open(&path);
        sink.widen(&leads(&[])).unwrap();
        sink.commit(&[]).unwrap();
        for step in steps.iter().chain([&Step::Finish]) {
            match step {
                Step::Put(rows) => {
                    let made = rows.iter().map(|(id, version)| {
                        let name = format!("v{version}");
                        now.insert(("crm".to_owned(), id.to_string()), (name.clone(), false));
                        crm(&id.to_string(), &name)
                    });
                    sink.upsert(&leads(&[]), made.collect()).unwrap();
                }
                Step::Commit => {
                    commits += 1;
                    sink.commit(&[checkpoint("crm", commits)]).unwrap();
                    committed.clone_from(&now);
                }
                Step::Die => {
                    drop(sink);
                    sink = open(&path);
                    now.clone_from(&committed);
                }
                Step::Finish => {
                    sink.finish().unwrap();
                    prop_assert_eq!(content(&path.join("leads")), committed.clone());
                    sink = open(&path);
                    now.clone_from(&committed);
                }
            }
            prop_assert_eq!(number(&mut *sink, "crm"), commits);
        }
    }
}
