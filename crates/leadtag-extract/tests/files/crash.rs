//! Whatever the last thing was that was done: nothing is lost, and the file is whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{Disk, DiskFile, FileSink, Jsonl, RealDisk};
use leadtag_extract::{Cell, ColumnKind, Error};
use serde_json::Value;

use crate::rows::{QuickDisk, at, checkpoint, lead, leads, number, objects};

/// A disk that fails after so many steps, and then may lose all that was not synced.
#[derive(Debug)]
struct CrashDisk(Arc<Mutex<Steps>>);

#[derive(Debug, Default)]
struct Steps {
    left: usize,
    /// Whether only one step fails, and those behind it do not.
    once: bool,
    /// How what is not synced yet is undone.
    undo: Vec<Undo>,
    unsynced: Vec<PathBuf>,
}

/// A file's path, what it was before, and whether it was only made.
#[derive(Debug)]
struct Undo {
    path: PathBuf,
    before: Option<Vec<u8>>,
    is_new: bool,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The process is killed.
    Killed,
    /// The power goes, and everything that was not synced.
    PowerCut,
    /// The power goes, and of what was not synced the renames were on the disk already.
    PowerCutAfterRenames,
}

impl Steps {
    fn take(&mut self) -> io::Result<()> {
        let Some(left) = self.left.checked_sub(1) else {
            self.left = if self.once { usize::MAX } else { 0 };
            return Err(io::Error::other("the end"));
        };
        self.left = left;
        Ok(())
    }

    fn remember(&mut self, path: &Path, is_new: bool) {
        self.undo.push(Undo { path: path.to_owned(), before: fs::read(path).ok(), is_new });
    }
}

impl CrashDisk {
    fn step(&self) -> io::Result<std::sync::MutexGuard<'_, Steps>> {
        let mut steps = self.0.lock().unwrap();
        steps.take()?;
        Ok(steps)
    }

    /// Leaves what the end leaves.
    fn end(steps: &Mutex<Steps>, end: End) {
        if end == End::Killed {
            return;
        }
        let mut steps = steps.lock().unwrap();
        for path in std::mem::take(&mut steps.unsynced) {
            if let Ok(bytes) = fs::read(&path) {
                fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            }
        }
        for undo in std::mem::take(&mut steps.undo).into_iter().rev() {
            if end == End::PowerCutAfterRenames && !undo.is_new {
                continue;
            }
            match undo.before {
                Some(bytes) => fs::write(&undo.path, bytes).unwrap(),
                None => drop(fs::remove_file(&undo.path)),
            }
        }
    }
}

impl Disk for CrashDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut steps = self.step()?;
        steps.remember(path, true);
        steps.unsynced.push(path.to_owned());
        let file = RealDisk.create(path)?;
        Ok(Box::new(CrashFile { file, path: path.to_owned(), steps: self.0.clone() }))
    }

    fn permit_like(&self, path: &Path, other: &Path) -> io::Result<()> {
        RealDisk.permit_like(path, other)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut steps = self.step()?;
        steps.remember(from, false);
        steps.remember(to, false);
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut steps = self.step()?;
        steps.remember(path, false);
        RealDisk.remove(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut steps = self.step()?;
        steps.undo.retain(|undo| undo.path.parent() != Some(path));
        Ok(())
    }
}

struct CrashFile {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    steps: Arc<Mutex<Steps>>,
}

impl Write for CrashFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.steps.lock().unwrap().take().is_err() {
            // A full disk takes a part.
            self.file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl DiskFile for CrashFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut steps = self.steps.lock().unwrap();
        steps.take()?;
        steps.unsynced.retain(|path| *path != self.path);
        Ok(())
    }
}

/// One step of a stream: what is committed with its number.
fn step(sink: &mut FileSink, number: u64) -> Result<(), Error> {
    let wide = number > 2;
    let kind = if wide { ColumnKind::Text } else { ColumnKind::Int };
    let table = leads(&[("score", kind)]);
    let score = if wide { Cell::Text(format!("{number} points")) } else { Cell::Int(7) };
    sink.widen(&table)?;
    let rows = (0..3).map(|i| {
        let id = (number + i).to_string();
        lead("crm", &id, &format!("{id} of {number}"), vec![score.clone()])
            .with_snapshot(number / 2)
    });
    sink.upsert(&table, rows.collect())?;
    if number == 3 {
        sink.delete_unseen("crm", 1, at(50))?;
    }
    sink.commit(&[checkpoint("crm", number)])
}

/// Goes on where the checkpoint says, up to the last step.
fn run(path: &Path, disk: Arc<dyn Disk>, last: u64) -> Result<(), Error> {
    let mut sink = Box::new(FileSink::open_on(path, Arc::new(Jsonl), disk)?);
    sink.tables()?;
    for at in number(&mut *sink, "crm") + 1..=last {
        step(&mut sink, at)?;
    }
    sink.finish().map(drop)
}

fn content(path: &Path) -> BTreeMap<String, Value> {
    let rows = if path.exists() { objects(path) } else { Vec::new() };
    let count = rows.len();
    let by_id: BTreeMap<_, _> =
        rows.into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect();
    assert_eq!(by_id.len(), count, "a lead stands twice");
    by_id
}

/// Two runs of a stream, of which one dies at every step in turn.
fn crash_at_every_step(end: End) {
    let whole = tempfile::tempdir().unwrap();
    let path = whole.path().join("leads.jsonl");
    run(&path, Arc::new(QuickDisk), 2).unwrap();
    let first = content(&path);
    run(&path, Arc::new(QuickDisk), 6).unwrap();
    let second = content(&path);
    assert_eq!((first.len(), second.len()), (4, 8));

    let mut deaths = 0;
    for left in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.jsonl");
        let steps = Arc::new(Mutex::new(Steps { left, ..Steps::default() }));
        let died = run(&path, Arc::new(CrashDisk(steps.clone())), 2)
            .and_then(|()| run(&path, Arc::new(CrashDisk(steps.clone())), 6))
            .is_err();
        CrashDisk::end(&steps, end);
        let now = content(&path);
        // Whoever counts leads there finds nothing that is not as it was written.
        let counted = FileSink::count(&path, &Jsonl);
        assert!(counted.is_ok(), "after {left} steps: {counted:?}");
        assert!(
            now.is_empty() || now == first || now == second,
            "after {left} steps the file is {now:?}"
        );
        run(&path, Arc::new(QuickDisk), 6).unwrap();
        // What was published in between decides nothing but which time of reading is kept.
        assert_eq!(content(&path), second, "after {left} steps");
        let work = folder.path().join("leads.jsonl.leadtag");
        let mut left_over: Vec<_> =
            fs::read_dir(work).unwrap().map(|file| file.unwrap().file_name()).collect();
        left_over.sort();
        assert_eq!(left_over, ["leads.idx", "lock", "state.json"], "after {left} steps");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "after {left} steps");
        if !died {
            break;
        }
        deaths += 1;
    }
    assert!(deaths > 60, "{deaths}");
}

/// A run as the program does it: what fails is noted at the destination.
fn run_and_note(path: &Path, disk: Arc<dyn Disk>, last: u64) -> Result<(), Error> {
    let mut sink = Box::new(FileSink::open_on(path, Arc::new(Jsonl), disk)?);
    sink.tables()?;
    for at in number(&mut *sink, "crm") + 1..=last {
        if let Err(error) = step(&mut sink, at) {
            let mut known = sink.checkpoints()?;
            known.iter_mut().for_each(|known| known.failed = Some(error.to_string()));
            let _ = sink.commit(&known);
            return Err(error);
        }
    }
    sink.finish().map(drop)
}

#[test]
fn whichever_step_fails_the_next_run_does_the_rest() {
    let whole = tempfile::tempdir().unwrap();
    let path = whole.path().join("leads.jsonl");
    run(&path, Arc::new(QuickDisk), 6).unwrap();
    let rows = content(&path);
    let mut failures = 0;
    for left in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.jsonl");
        let steps = Arc::new(Mutex::new(Steps { left, once: true, ..Steps::default() }));
        let disk = || Arc::new(CrashDisk(steps.clone()));
        let failed = run_and_note(&path, disk(), 2).and_then(|()| run_and_note(&path, disk(), 6));
        run(&path, Arc::new(QuickDisk), 6).unwrap_or_else(|error| panic!("{left}: {error}"));
        assert_eq!(content(&path), rows, "the step after {left} failed");
        if failed.is_ok() {
            break;
        }
        failures += 1;
    }
    assert!(failures > 60, "{failures}");
}

#[test]
fn a_process_that_is_killed_at_any_step_loses_nothing() {
    crash_at_every_step(End::Killed);
}

#[test]
fn a_power_cut_at_any_step_loses_nothing() {
    crash_at_every_step(End::PowerCut);
}

#[test]
fn a_power_cut_that_reorders_what_is_written_loses_nothing() {
    crash_at_every_step(End::PowerCutAfterRenames);
}

#[test]
fn a_full_disk_is_named_and_damages_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    run(&path, Arc::new(QuickDisk), 2).unwrap();
    let before = fs::read(&path).unwrap();
    let steps = Arc::new(Mutex::new(Steps { left: 2, ..Steps::default() }));
    let error = run(&path, Arc::new(CrashDisk(steps)), 6).unwrap_err();
    assert!(error.to_string().contains("seg-"), "{error}");
    assert!(
        matches!(error, Error::File { source, .. } if source.kind() == io::ErrorKind::StorageFull)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn after_a_failed_write_nothing_is_written_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let steps = Arc::new(Mutex::new(Steps { left: 2, ..Steps::default() }));
    let disk = Arc::new(CrashDisk(steps.clone()));
    let mut sink = FileSink::open_on(&path, Arc::new(Jsonl), disk).unwrap();
    step(&mut sink, 1).unwrap_err();
    steps.lock().unwrap().left = 1_000;
    let error = sink.commit(&[checkpoint("crm", 1)]).unwrap_err();
    assert!(error.to_string().contains("failed before"), "{error}");
    let error = sink.commit(&[]).unwrap_err();
    assert!(error.to_string().contains("failed before"), "{error}");
    drop(sink);
    let mut sink = FileSink::open(&path, Arc::new(Jsonl)).unwrap();
    assert!(sink.checkpoints().unwrap().is_empty());
}

#[test]
fn why_a_write_failed_is_noted_where_the_streams_stand_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leads.jsonl");
    let steps = Arc::new(Mutex::new(Steps { left: 1_000, ..Steps::default() }));
    let disk = Arc::new(CrashDisk(steps.clone()));
    let mut sink = FileSink::open_on(&path, Arc::new(Jsonl), disk).unwrap();
    step(&mut sink, 1).unwrap();
    steps.lock().unwrap().left = 0;
    step(&mut sink, 2).unwrap_err();
    steps.lock().unwrap().left = 1_000;
    let mut failed = checkpoint("crm", 2);
    failed.failed = Some("no room".to_owned());
    sink.commit(&[failed]).unwrap();
    drop(sink);
    let mut sink = FileSink::open(&path, Arc::new(Jsonl)).unwrap();
    assert_eq!(number(&mut sink, "crm"), 1);
    assert_eq!(sink.checkpoints().unwrap()[0].failed.as_deref(), Some("no room"));
}
