//! Rows into files and back.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
use leadtag_core::Timestamp;

use super::Parquet;
use super::cells::Values;
use crate::sink::files::bits::Bits;
use crate::sink::files::{Disk, DiskFile, Fates, Format, Output, Piece, RealDisk};
use crate::{Cell, Column, ColumnKind, Error, Key, Result, Row, Table};

fn table(columns: &[(&str, ColumnKind)]) -> Table {
    let columns = columns.iter().map(|(name, kind)| Column::new(*name, *kind));
    Table::new("leads", columns.collect())
}

/// A column of each kind.
fn every_kind() -> Table {
    use ColumnKind::{Bool, Float, Int, Json, List, Text, Time};
    table(&[
        ("id", Text),
        ("vip", Bool),
        ("score", Int),
        ("rate", Float),
        ("created_at", Time),
        ("tags", List),
        ("表单", Json),
    ])
}

fn full_row(id: usize) -> Vec<Cell> {
    let time = Timestamp::from_unix_millis(1_700_000_000_123 + id as i64).unwrap();
    vec![
        Cell::Text(format!("lead-{id}")),
        Cell::Bool(id.is_multiple_of(2)),
        Cell::Int(i64::MIN + id as i64),
        Cell::Float(id as f64 / 3.0),
        Cell::Time(time),
        Cell::List((0..id % 3).map(|n| format!("标签 {n}")).collect()),
        Cell::Json(format!("{{\"n\":{id}}}")),
    ]
}

fn write(path: &Path, table: &Table, rows: &[Vec<Cell>]) {
    let rows = rows.iter().map(|cells| Row::new(Key::new("crm", "1"), 0, cells.clone()));
    let out = Output::create(&RealDisk, path).unwrap();
    segment_of(table, rows, out).unwrap().close().unwrap();
}

fn segment_of(table: &Table, rows: impl IntoIterator<Item = Row>, out: Output) -> Result<Output> {
    let mut segment = Parquet.segment(table, out)?;
    rows.into_iter().try_for_each(|row| segment.push(&row))?;
    segment.finish()
}

/// A file that goes into the next one.
struct Source {
    path: PathBuf,
    table: Table,
    rows: u64,
    is_published: bool,
}

fn segment(path: &Path, table: &Table, rows: usize) -> Source {
    Source { path: path.to_owned(), table: table.clone(), rows: rows as u64, is_published: false }
}

/// Publishes the rows of files that are wanted, by their numbers over all files; `gone` are
/// deleted.
fn publish(
    sources: &[Source],
    table: &Table,
    to: &Path,
    wanted: &dyn Fn(u64) -> bool,
    gone: &[(Timestamp, u64)],
) -> Result<()> {
    let all = sources.iter().map(|source| source.rows).sum();
    let mut living = Bits::none(all);
    (0..all).filter(|row| wanted(*row)).for_each(|row| living.add(row));
    let living = living.sum_up();
    let deleted: Vec<_> = gone
        .iter()
        .map(|(at, row)| {
            let mut rows = Bits::none(all);
            rows.add(*row);
            (*at, rows.sum_up())
        })
        .collect();
    let mut first = 0;
    let pieces = sources.iter().map(|source| {
        let fates = Fates { first, rows: source.rows, living: &living, deleted: &deleted };
        first += source.rows;
        let Source { path, table, rows, is_published } = source;
        Piece { path: path.clone(), table, rows: *rows, is_published: *is_published, fates }
    });
    let mut out = Output::create(&RealDisk, to)?;
    Parquet.publish(table, &pieces.collect::<Vec<_>>(), &mut out)?;
    out.close().map(drop)
}

/// The cells of all rows of a file.
fn cells(path: &Path, table: &Table) -> Vec<Vec<Cell>> {
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut rows = Vec::new();
    for batch in file.build().unwrap() {
        let batch = batch.unwrap();
        let columns = table.columns.iter().zip(batch.columns());
        let columns: Vec<_> =
            columns.map(|(column, array)| Values::new(array, column.kind).unwrap()).collect();
        let cells = |row| columns.iter().map(|values| values.cell(row)).collect();
        rows.extend((0..batch.num_rows()).map(cells));
    }
    rows
}

/// The rows and bytes of each row group.
fn groups(path: &Path) -> Vec<(i64, i64)> {
    let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let groups = file.metadata().row_groups().iter();
    groups.map(|group| (group.num_rows(), group.compressed_size())).collect()
}

fn numbers(span: Range<i64>) -> Vec<Vec<Cell>> {
    span.map(|n| vec![Cell::Int(n)]).collect()
}

fn number_table() -> Table {
    table(&[("n", ColumnKind::Int)])
}

#[test]
fn cells_of_every_kind_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let mut rows: Vec<_> = (0..10).map(full_row).collect();
    rows.push(vec![Cell::Null; 7]);
    write(&from, &every_kind(), &rows);
    assert_eq!(cells(&from, &every_kind()), rows);
    publish(&[segment(&from, &every_kind(), 11)], &every_kind(), &to, &|_| true, &[]).unwrap();
    assert_eq!(cells(&to, &every_kind()), rows);
}

#[test]
fn cells_that_are_missing_at_the_end_are_null() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, &every_kind(), &[vec![Cell::Text("lead-1".into())]]);
    assert_eq!(cells(&path, &every_kind())[0][1..], vec![Cell::Null; 6]);
}

#[test]
fn nothing_published_is_a_file_with_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    publish(&[], &every_kind(), &path, &|_| true, &[]).unwrap();
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let names: Vec<_> = file.schema().fields().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["id", "vip", "score", "rate", "created_at", "tags", "表单"]);
    assert_eq!(cells(&path, &every_kind()), Vec::<Vec<Cell>>::new());
}

#[test]
fn the_living_rows_of_all_files_come_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, to] = ["a", "b", "to"].map(|name| folder.path().join(name));
    write(&a, &number_table(), &numbers(0..140_000));
    write(&b, &number_table(), &numbers(140_000..150_000));
    let wanted = |n: u64| n % 7 == 3 && !(60_000..131_500).contains(&n);
    let sources = [segment(&a, &number_table(), 140_000), segment(&b, &number_table(), 10_000)];
    publish(&sources, &number_table(), &to, &wanted, &[]).unwrap();
    let mut expected = numbers(0..150_000);
    expected.retain(|row| matches!(row[0], Cell::Int(n) if wanted(n as u64)));
    assert_eq!(cells(&to, &number_table()), expected);
}

#[test]
fn a_row_group_ends_by_rows() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    write(&from, &number_table(), &numbers(0..100_000));
    publish(&[segment(&from, &number_table(), 100_000)], &number_table(), &to, &|_| true, &[])
        .unwrap();
    let rows: Vec<_> = groups(&to).iter().map(|(rows, _)| *rows).collect();
    assert_eq!(rows, [16_384, 16_384, 16_384, 16_384, 16_384, 16_384, 1_696]);
}

/// Texts that do not compress: hexadecimal digits of a linear congruence.
fn noise(rows: usize, words: usize) -> Vec<Vec<Cell>> {
    let mut state = 1_u64;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{state:016x}")
    };
    let mut text = || (0..words).map(|_| word()).collect::<String>();
    (0..rows).map(|_| vec![Cell::Text(text())]).collect()
}

#[test]
fn a_row_group_ends_by_bytes_too() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let texts = table(&[("t", ColumnKind::Text)]);
    let rows = noise(3_000, 1_000);
    write(&from, &texts, &rows);
    publish(&[segment(&from, &texts, 3_000)], &texts, &to, &|_| true, &[]).unwrap();
    let groups = groups(&to);
    assert!(groups.len() > 1, "{groups:?}");
    assert!(groups.iter().all(|(_, bytes)| *bytes < 12 << 20), "{groups:?}");
    assert_eq!(cells(&to, &texts), rows);
}

#[test]
fn whole_row_groups_of_the_last_time_stay_and_small_ones_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let [seg, base, next, last] = ["a", "b", "c", "d"].map(|name| folder.path().join(name));
    write(&seg, &number_table(), &numbers(0..70_000));
    publish(&[segment(&seg, &number_table(), 70_000)], &number_table(), &base, &|_| true, &[])
        .unwrap();
    let published =
        |path: &Path, rows| Source { is_published: true, ..segment(path, &number_table(), rows) };
    write(&seg, &number_table(), &numbers(70_000..70_010));
    let sources = [published(&base, 70_000), segment(&seg, &number_table(), 10)];
    // A row of the first group dies; the next ones stay, the last one takes the new rows.
    publish(&sources, &number_table(), &next, &|row| row != 5, &[]).unwrap();
    let rows = |path| groups(path).iter().map(|(rows, _)| *rows).collect::<Vec<_>>();
    assert_eq!(rows(&next), [16_383, 16_384, 16_384, 16_384, 4_474]);
    let mut expected = numbers(0..70_010);
    expected.remove(5);
    assert_eq!(cells(&next, &number_table()), expected);
    // When all are empty or nearly so, they become one.
    let sources = [published(&next, 70_009)];
    publish(&sources, &number_table(), &last, &|row| row % 32_767 > 30_000, &[]).unwrap();
    assert_eq!(rows(&last).len(), 1);
    expected = expected
        .into_iter()
        .enumerate()
        .filter(|(row, _)| row % 32_767 > 30_000)
        .map(|(_, cells)| cells)
        .collect();
    assert_eq!(cells(&last, &number_table()), expected);
}

#[test]
fn older_rows_take_new_columns_and_wider_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let kinds = |a, b, c| [("id", ColumnKind::Text), ("a", a), ("b", b), ("c", c)];
    let old = table(&kinds(ColumnKind::Int, ColumnKind::Int, ColumnKind::List));
    let row = |id: &str, a, b, c| vec![Cell::Text(id.into()), a, b, c];
    let list = Cell::List(vec!["x".into()]);
    let none = row("2", Cell::Null, Cell::Null, Cell::Null);
    write(&from, &old, &[row("1", Cell::Int(7), Cell::Int(8), list), none.clone()]);
    let new = kinds(ColumnKind::Float, ColumnKind::Text, ColumnKind::Json);
    let new = table(&[&new[..], &[("d", ColumnKind::List)]].concat());
    publish(&[segment(&from, &old, 2)], &new, &to, &|_| true, &[]).unwrap();
    let json = Cell::Json("[\"x\"]".into());
    let mut expected = [row("1", Cell::Float(7.0), Cell::Text("8".into()), json), none];
    expected.iter_mut().for_each(|row| row.push(Cell::Null));
    assert_eq!(cells(&to, &new), expected);
}

#[test]
fn texts_that_become_json_are_converted_though_both_are_strings() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let [old, new] = [ColumnKind::Text, ColumnKind::Json].map(|kind| table(&[("a", kind)]));
    write(&from, &old, &[vec![Cell::Text("x".into())]]);
    let source = Source { is_published: true, ..segment(&from, &old, 1) };
    publish(&[source], &new, &to, &|_| true, &[]).unwrap();
    assert_eq!(cells(&to, &new), [[Cell::Json("\"x\"".into())]]);
}

#[test]
fn who_is_gone_is_marked_in_the_row_whatever_the_column_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let [from, base, to] = ["from", "base", "to"].map(|name| folder.path().join(name));
    let mut marked = table(&[("id", ColumnKind::Text), ("gone", ColumnKind::Time)]);
    marked.columns[1].renamed_from = Some("deleted_at".to_owned());
    let rows: Vec<_> = (0..40_000).map(|n| vec![Cell::Text(format!("{n}"))]).collect();
    write(&from, &marked, &rows);
    publish(&[segment(&from, &marked, 40_000)], &marked, &base, &|_| true, &[]).unwrap();
    let at = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
    let source = Source { is_published: true, ..segment(&base, &marked, 40_000) };
    publish(&[source], &marked, &to, &|row| row != 7, &[(at, 30_000)]).unwrap();
    let gone: Vec<_> =
        cells(&to, &marked).into_iter().filter(|cells| cells[1] != Cell::Null).collect();
    assert_eq!(gone, [[Cell::Text("30000".into()), Cell::Time(at)]]);
}

#[test]
fn a_cell_of_another_kind_is_an_error_that_names_the_column() {
    let folder = tempfile::tempdir().unwrap();
    let out = Output::create(&RealDisk, &folder.path().join("a")).unwrap();
    let row = Row::new(Key::new("crm", "1"), 0, vec![Cell::Text("1".into()), Cell::Int(1)]);
    let error = segment_of(&every_kind(), [row], out).unwrap_err();
    assert!(error.to_string().contains("\"vip\""), "{error}");
}

fn is_damaged(path: &Path, table: &Table, rows: usize) -> bool {
    let source = segment(path, table, rows);
    let to = path.with_extension("next");
    let error = publish(&[source], table, &to, &|_| true, &[]).unwrap_err();
    assert!(error.to_string().starts_with(&path.display().to_string()), "{error}");
    matches!(error, Error::Damaged { .. })
}

#[test]
fn a_file_of_something_else_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::write(&path, "id,name\r\n1,a\r\n").unwrap();
    assert!(is_damaged(&path, &every_kind(), 1));
}

#[test]
fn a_file_with_other_columns_or_rows_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write(&path, &number_table(), &numbers(0..3));
    assert!(is_damaged(&path, &every_kind(), 3));
    assert!(is_damaged(&path, &number_table(), 4));
}

#[test]
fn a_file_that_was_cut_off_or_changed_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let [from, path] = ["from", "a"].map(|name| folder.path().join(name));
    write(&from, &every_kind(), &(0..2_000).map(full_row).collect::<Vec<_>>());
    publish(&[segment(&from, &every_kind(), 2_000)], &every_kind(), &path, &|_| true, &[]).unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(is_damaged(&path, &every_kind(), 2_000));
    let mut changed = whole;
    changed[40..400].fill(0xA5);
    std::fs::write(&path, changed).unwrap();
    assert!(is_damaged(&path, &every_kind(), 2_000));
}

#[test]
fn a_missing_file_is_an_error_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    assert!(!is_damaged(&path, &every_kind(), 1));
}

#[derive(Debug)]
struct FullDisk;

impl DiskFile for FullDisk {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for FullDisk {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for FullDisk {
    fn create(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(Self))
    }

    fn permit_like(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_of_the_file() {
    let out = Output::create(&FullDisk, Path::new("a")).unwrap();
    let rows = [Row::new(Key::new("crm", "1"), 0, noise(1, 10_000).remove(0))];
    let texts = table(&[("t", ColumnKind::Text)]);
    let written = segment_of(&texts, rows, out);
    let Err(Error::File { path, source, .. }) = written else { panic!("{written:?}") };
    assert_eq!(source.kind(), io::ErrorKind::StorageFull);
    assert_eq!(path, Path::new("a"));
}
