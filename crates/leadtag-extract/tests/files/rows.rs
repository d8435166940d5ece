//! Rows that the tests write, and what the files say.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use leadtag_core::Timestamp;
use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{Disk, DiskFile, FileSink, Format, Jsonl, RealDisk};
use leadtag_extract::{Cell, Checkpoint, Column, ColumnKind, Key, Place, Row, Snapshot, Table};
use serde_json::Value;

/// A moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + seconds).unwrap()
}

/// The table of leads with these attributes.
pub(crate) fn leads(attributes: &[(&str, ColumnKind)]) -> Table {
    let fixed = [
        ("provider", ColumnKind::Text),
        ("id", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("mobiles", ColumnKind::List),
        ("synced_at", ColumnKind::Time),
        ("deleted_at", ColumnKind::Time),
    ];
    let columns = fixed.iter().map(|(name, kind)| Column::new(*name, *kind));
    let attributes = attributes.iter().map(|(name, kind)| Column::new(*name, *kind));
    Table::new("leads", columns.chain(attributes).collect())
}

/// A lead of this name, with attributes.
pub(crate) fn lead(provider: &str, id: &str, name: &str, attributes: Vec<Cell>) -> Row {
    let mut cells = vec![
        Cell::Text(provider.into()),
        Cell::Text(id.into()),
        Cell::Text(name.into()),
        Cell::List(vec!["19900001234".into()]),
        Cell::Time(at(1)),
        Cell::Null,
    ];
    let hash = name.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte));
    cells.extend(attributes);
    Row::new(Key::new(provider, id), hash, cells)
}

/// A checkpoint that says a number.
pub(crate) fn checkpoint(provider: &str, number: u64) -> Checkpoint {
    let mut snapshot = Snapshot::default();
    snapshot.number = number;
    let place = Place::Snapshot(snapshot);
    Checkpoint::new(provider, "memory", place, at(0))
}

/// The number that a checkpoint of the provider says.
pub(crate) fn number(sink: &mut dyn Sink, provider: &str) -> u64 {
    let known = sink.checkpoints().unwrap().into_iter().find(|known| known.provider == provider);
    match known.map(|known| known.place) {
        Some(Place::Snapshot(snapshot)) => snapshot.number,
        _ => 0,
    }
}

pub(crate) fn open(path: &Path) -> Box<FileSink> {
    open_as(path, Arc::new(Jsonl))
}

pub(crate) fn open_as(path: &Path, format: Arc<dyn Format>) -> Box<FileSink> {
    let mut sink = Box::new(FileSink::open_on(path, format, Arc::new(QuickDisk)).unwrap());
    sink.tables().unwrap();
    sink
}

/// Writes rows of one provider, and commits them.
pub(crate) fn put(sink: &mut FileSink, table: &Table, rows: Vec<Row>) {
    let provider = rows.first().map(|row| row.key.provider.to_string());
    sink.widen(table).unwrap();
    sink.upsert(table, rows).unwrap();
    let checkpoints: Vec<_> = provider.iter().map(|provider| checkpoint(provider, 1)).collect();
    sink.commit(&checkpoints).unwrap();
}

/// The objects of a file.
pub(crate) fn objects(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The disk of this machine, but nobody waits for it.
#[derive(Debug)]
pub(crate) struct QuickDisk;

impl Disk for QuickDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(QuickFile(RealDisk.create(path)?)))
    }

    fn permit_like(&self, path: &Path, other: &Path) -> io::Result<()> {
        RealDisk.permit_like(path, other)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

struct QuickFile(Box<dyn DiskFile>);

impl Write for QuickFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl DiskFile for QuickFile {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}
