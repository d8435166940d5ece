//! Rows into files and back.

use std::fs::File;
use std::path::Path;

use leadtag_core::Timestamp;

use super::read::Part;
use super::write::PartWriter;
use crate::{Cell, Column, ColumnKind, Error, Table};

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
        Cell::Bool(id % 2 == 0),
        Cell::Int(i64::MIN + id as i64),
        Cell::Float(id as f64 / 3.0),
        Cell::Time(time),
        Cell::List((0..id % 3).map(|n| format!("标签 {n}")).collect()),
        Cell::Json(format!("{{\"n\":{id}}}")),
    ]
}

fn write(path: &Path, table: &Table, rows: &[Vec<Cell>]) {
    let mut part = PartWriter::new(path, File::create(path).unwrap(), table).unwrap();
    for row in rows {
        part.push(row).unwrap();
    }
    part.finish().unwrap();
}

fn cells(path: &Path, wanted: &dyn Fn(u64) -> bool) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let mut each = |row| {
        rows.push(row);
        Ok(())
    };
    Part::open(path).unwrap().cells(wanted, &mut each).unwrap();
    rows
}

/// Copies rows of a file into a new one of this table, and reads that.
fn copied(from: &Path, table: &Table, wanted: &dyn Fn(u64) -> bool) -> Vec<Vec<Cell>> {
    let to = from.with_extension("copy");
    let mut part = PartWriter::new(&to, File::create(&to).unwrap(), table).unwrap();
    let old = Part::open(from).unwrap();
    old.columns(table, wanted, &mut |rows| part.push_columns(&rows)).unwrap();
    part.finish().unwrap();
    cells(&to, &|_| true)
}

#[test]
fn cells_of_every_kind_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let mut rows: Vec<_> = (0..10).map(full_row).collect();
    rows.push(vec![Cell::Null; 7]);
    write(&path, &every_kind(), &rows);
    assert_eq!(cells(&path, &|_| true), rows);
    assert_eq!(*Part::open(&path).unwrap().table(), every_kind());
}

#[test]
fn cells_that_are_missing_at_the_end_are_null() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, &every_kind(), &[vec![Cell::Text("lead-1".into())]]);
    assert_eq!(cells(&path, &|_| true)[0][1..], vec![Cell::Null; 6]);
}

#[test]
fn a_table_without_rows_is_a_file_with_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, &every_kind(), &[]);
    let part = Part::open(&path).unwrap();
    assert_eq!((part.rows(), part.table()), (0, &every_kind()));
}

#[test]
fn only_the_wanted_rows_are_read_also_over_many_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows: Vec<_> = (0..140_000).map(|n| vec![Cell::Int(n)]).collect();
    write(&path, &table(&[("n", ColumnKind::Int)]), &rows);
    assert_eq!(Part::open(&path).unwrap().rows(), 140_000);
    let wanted = |n: u64| n % 7 == 3 && !(60_000..131_500).contains(&n);
    let expected: Vec<_> =
        (0..140_000).filter(|n| wanted(*n as u64)).map(|n| vec![Cell::Int(n)]).collect();
    assert_eq!(cells(&path, &wanted), expected);
    assert_eq!(copied(&path, &table(&[("n", ColumnKind::Int)]), &wanted), expected);
}

#[test]
fn a_row_group_ends_by_bytes_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    // Texts that do not compress: pseudo-random hexadecimal digits.
    let mut state = 1_u64;
    let mut noise = || {
        let digits = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("{state:016x}")
        });
        digits.take(1_000).collect::<String>()
    };
    let rows: Vec<_> = (0..5_000).map(|_| vec![Cell::Text(noise())]).collect();
    write(&path, &table(&[("t", ColumnKind::Text)]), &rows);
    let groups = groups(&path);
    assert!(groups.len() > 1, "{groups:?}");
    assert!(groups.iter().all(|bytes| *bytes < 24 << 20), "{groups:?}");
    assert_eq!(cells(&path, &|_| true), rows);
}

/// The bytes of each row group.
fn groups(path: &Path) -> Vec<i64> {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    file.metadata().row_groups().iter().map(|group| group.compressed_size()).collect()
}

#[test]
fn older_rows_take_new_columns_and_wider_kinds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let old = table(&[
        ("id", ColumnKind::Text),
        ("a", ColumnKind::Int),
        ("b", ColumnKind::Int),
        ("c", ColumnKind::List),
    ]);
    let row = |id: &str, a, b, c| vec![Cell::Text(id.into()), a, b, c];
    let list = Cell::List(vec!["x".into()]);
    let rows =
        [row("1", Cell::Int(7), Cell::Int(8), list), row("2", Cell::Null, Cell::Null, Cell::Null)];
    write(&path, &old, &rows);
    let new = table(&[
        ("id", ColumnKind::Text),
        ("a", ColumnKind::Float),
        ("b", ColumnKind::Text),
        ("c", ColumnKind::Json),
        ("d", ColumnKind::List),
    ]);
    let mut first =
        row("1", Cell::Float(7.0), Cell::Text("8".into()), Cell::Json("[\"x\"]".into()));
    first.push(Cell::Null);
    let mut second = rows[1].clone();
    second.push(Cell::Null);
    assert_eq!(copied(&path, &new, &|_| true), [first, second]);
}

#[test]
fn a_cell_of_another_kind_is_an_error_that_names_the_column() {
    let mut part = PartWriter::new(Path::new("a.parquet"), Vec::new(), &every_kind()).unwrap();
    let error = part.push(&[Cell::Text("1".into()), Cell::Int(1)]).unwrap_err();
    assert!(error.to_string().contains("\"vip\""), "{error}");
}

#[test]
fn a_file_of_something_else_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, "id,name\r\n1,a\r\n").unwrap();
    let error = Part::open(&path).err().unwrap();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn a_file_that_was_cut_off_or_changed_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, &every_kind(), &(0..2_000).map(full_row).collect::<Vec<_>>());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(Part::open(&path).err().unwrap(), Error::Damaged { .. }));
    let mut changed = whole;
    changed[40..400].fill(0xA5);
    std::fs::write(&path, changed).unwrap();
    let error = Part::open(&path).unwrap().cells(&|_| true, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn a_full_disk_is_an_error_of_the_file() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let written = PartWriter::new(Path::new("a.parquet"), Full, &every_kind())
        .and_then(|mut part| part.push(&full_row(1)).map(|()| part))
        .and_then(PartWriter::finish);
    let Err(Error::File { path, source, .. }) = written else { panic!("no error of the file") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(path, Path::new("a.parquet"));
}
