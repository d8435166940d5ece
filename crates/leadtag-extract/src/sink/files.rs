//! Files: JSON lines, CSV and Parquet.
//!
//! Rows are written as segments into a work folder of leadtag's own, each with an index of its
//! keys, and one small file says which segments count and where the streams stand: it is replaced
//! in one step, after everything that it names is on the disk. At the end the rows that were not
//! replaced by later ones are written into one file per table, which takes the place of the one
//! before by a rename. So a reader finds a whole file at any time, and a crash leaves the last
//! commit.

mod bits;
mod check;
#[cfg(feature = "csv")]
mod csv;
mod disk;
mod format;
mod index;
mod jsonl;
#[cfg(feature = "parquet")]
mod parquet;
mod paths;
mod publish;
mod segments;
mod state;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use leadtag_core::Timestamp;

#[cfg(feature = "csv")]
pub use csv::Csv;
// For tests that let each step be the last.
#[doc(hidden)]
pub use disk::{Disk, DiskFile, RealDisk};
pub use format::{Fates, Format, Output, Piece, SegmentWriter};
pub use jsonl::Jsonl;
#[cfg(feature = "parquet")]
pub use parquet::Parquet;

use super::lock::WriterLock;
use crate::table::LEADS;
use crate::{Checkpoint, Closing, Column, Counts, Error, Result, Row, Seen, Sink, Table};
use disk::folder_of;
use index::{Entry, IndexReader};
use paths::Paths;
use segments::Open;
use state::{Deletion, State, TableState};

/// A destination of files, held by this process alone.
pub struct FileSink {
    name: String,
    disk: Arc<dyn Disk>,
    format: Arc<dyn Format>,
    paths: Paths,
    /// As the state file has it.
    committed: State,
    /// With what came since.
    state: State,
    /// The segments that are being written, by table.
    open: BTreeMap<String, Open>,
    /// What the entries of the next segment go into: memory that is asked for once.
    entries: Vec<Entry>,
    /// Nothing is written any more once a write has failed.
    broken: bool,
    /// The streams of which something was committed.
    written: BTreeSet<String>,
    /// Freed when this goes.
    _lock: WriterLock,
}

impl FileSink {
    /// Opens a destination, makes its folders, and ends what a crash left half done.
    ///
    /// # Errors
    /// [`Held`](crate::Error::Held) if another process has it, [`Damaged`](crate::Error::Damaged) if
    /// its state does not read, and others if it cannot be used.
    pub fn open(path: &Path, format: Arc<dyn Format>) -> Result<Self> {
        Self::open_on(path, format, Arc::new(RealDisk))
    }

    /// Whether there is such a destination, if only that a pull has begun. Nothing is made.
    #[must_use]
    pub fn exists(path: &Path, format: &dyn Format) -> bool {
        let is_there = |paths: Paths| paths.state().exists() || paths.lock().exists();
        Paths::find(path, format).is_ok_and(is_there)
    }

    /// Whether a path leads to a file of the destination at `target`, or into one of its folders:
    /// nobody else's file may be there. Nothing need be there yet.
    #[must_use]
    pub fn owns(target: &Path, format: &dyn Format, path: &Path) -> bool {
        Paths::owns(target, format, path)
    }

    /// The checkpoints of a destination, also while somebody writes to it. Nothing is made.
    ///
    /// # Errors
    /// [`Damaged`](crate::Error::Damaged) if its state does not read;
    /// [`Destination`](crate::Error::Destination) if there is a file without one.
    pub fn peek(path: &Path, format: &dyn Format) -> Result<Vec<Checkpoint>> {
        let paths = Paths::find(path, format)?;
        if !paths.state().exists() {
            paths.refuse_foreign(LEADS)?;
        }
        Ok(State::load(&paths, format.name())?.checkpoints)
    }

    /// How many leads of each provider stand in the published file, those that are gone from their
    /// platforms too. Nothing is made.
    ///
    /// # Errors
    /// As [`peek`](Self::peek), and if a file is gone or of another length, or the index cannot be read.
    pub fn count(path: &Path, format: &dyn Format) -> Result<BTreeMap<String, u64>> {
        let paths = Paths::find(path, format)?;
        let state = check::settled(&paths, format.name())?;
        if state.table(LEADS).is_none_or(|table| table.published.is_none()) {
            return Ok(BTreeMap::new());
        }
        let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
        let mut index = IndexReader::open(&paths.index(LEADS))?;
        while let Some(entry) = index.next()? {
            *counts.entry(entry.provider).or_default() += 1;
        }
        let name = |number: u16| state.providers.get(usize::from(number)).cloned();
        Ok(counts.into_iter().filter_map(|(number, rows)| Some((name(number)?, rows))).collect())
    }

    /// As [`open`](Self::open), with the single steps as `disk` does them.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[doc(hidden)]
    pub fn open_on(path: &Path, format: Arc<dyn Format>, disk: Arc<dyn Disk>) -> Result<Self> {
        let paths = Paths::make(path, &*format, &*disk)?;
        let lock = WriterLock::take(&paths.lock(), &paths.name)?;
        let folder = folder_of(&paths.work);
        disk.sync_folder(&folder).map_err(Error::file(&folder, "cannot be written"))?;
        let state = State::load(&paths, format.name())?;
        let mut sink = Self {
            name: paths.name.clone(),
            disk,
            format,
            paths,
            committed: state.clone(),
            state,
            open: BTreeMap::new(),
            entries: Vec::new(),
            broken: false,
            written: BTreeSet::new(),
            _lock: lock,
        };
        sink.roll_forward()?;
        sink.sweep()?;
        Ok(sink)
    }

    /// Does something that writes; after an error nothing is written any more.
    fn writing<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.broken {
            return Err(self.paths.error("a write failed before; run it again"));
        }
        let done = work(self);
        self.broken = done.is_err();
        done
    }

    /// Notes in the state why streams of it failed, and nothing else.
    fn note_failed(&mut self, failed: &[Checkpoint]) -> Result<()> {
        self.open.clear();
        for known in &mut self.committed.checkpoints {
            if let Some(failed) = failed.iter().find(|failed| failed.provider == known.provider) {
                known.failed.clone_from(&failed.failed);
                known.at = failed.at;
            }
        }
        self.committed.save(&*self.disk, &self.paths)
    }

    /// Notes of the streams that were committed to that they failed: what they read is not where users
    /// look for it.
    fn note_unpublished(&mut self, error: &Error) {
        let mut failed = self.committed.checkpoints.clone();
        failed.retain(|known| self.written.contains(&known.provider));
        failed.iter_mut().for_each(|known| known.failed = Some(error.to_string()));
        // What failed may fail again, and is told anyway.
        let _ = self.note_failed(&failed);
    }

    /// Gives a table the columns of this one.
    fn widen_table(&mut self, table: &Table) -> Result<()> {
        if self.state.table(&table.name).is_some_and(|known| known.shape() != table) {
            self.end_segment(&table.name)?;
        }
        let Some(known) = self.state.table_mut(&table.name) else {
            self.paths.refuse_foreign(&table.name)?;
            self.state.tables.push(TableState::new(table.clone()));
            return Ok(());
        };
        if known.shape() == table {
            return Ok(());
        }
        let is_wider = known.shape().columns.len() <= table.columns.len()
            && known.shape().columns.iter().zip(&table.columns).all(|(a, b)| a.name == b.name);
        if !is_wider {
            return Err(self.paths.error(format!(
                "its table {} has other columns than are to be written; give another path",
                table.name
            )));
        }
        let last = known.shapes.len() - 1;
        let in_use = known.published.as_ref().is_some_and(|file| file.shape == last)
            || known.segments.last().is_some_and(|segment| segment.shape == last);
        if !in_use {
            known.shapes.pop();
        }
        known.shapes.push(table.clone());
        Ok(())
    }

    /// How many leads of a provider were seen in a snapshot.
    fn count_seen(&mut self, provider: &str, snapshot: u64) -> Result<Seen> {
        self.flush()?;
        let number = self.state.number_of(provider)?;
        let Some(table) = self.state.table(LEADS) else { return Ok(Seen::default()) };
        let mut merged = self.merge(table)?;
        let mut seen = Seen::default();
        while let Some(known) = merged.next()? {
            let last = known.later.or(known.published);
            let last = last.filter(|row| row.provider == number && !row.removed);
            let Some(row) = last else { continue };
            let is_here = row.snapshot == snapshot;
            seen.here += u64::from(is_here);
            seen.missing += u64::from(!is_here && !row.deleted);
        }
        Ok(seen)
    }
}

impl Sink for FileSink {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        Ok(self.state.checkpoints.clone())
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        self.verify()?;
        self.verify_work()?;
        Ok(self.state.tables.iter().map(|table| table.shape().clone()).collect())
    }

    fn widen(&mut self, table: &Table) -> Result<()> {
        self.writing(|sink| sink.widen_table(table))
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        self.writing(|sink| sink.write_rows(&table.name, rows))?;
        Ok(Counts::default())
    }

    fn remove(&mut self, table: &str, provider: &str, ids: &[&str]) -> Result<()> {
        if self.state.table(table).is_none() {
            return Ok(());
        }
        self.writing(|sink| sink.remove_rows(table, provider, ids))
    }

    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
        self.writing(|sink| sink.count_seen(provider, snapshot).map(Some))
    }

    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
        self.writing(|sink| {
            sink.flush()?;
            let provider = sink.state.number_of(provider)?;
            let before = sink.state.table(LEADS).map_or(0, TableState::rows);
            sink.state.deletions.push(Deletion { provider, snapshot, at, before });
            Ok(Counts::default())
        })
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        let are_failures = !checkpoints.is_empty()
            && checkpoints.iter().all(|checkpoint| checkpoint.failed.is_some());
        if self.broken && are_failures {
            return self.note_failed(checkpoints);
        }
        self.writing(|sink| {
            sink.flush()?;
            for new in checkpoints {
                sink.written.insert(new.provider.clone());
                sink.state.checkpoints.retain(|known| known.provider != new.provider);
                sink.state.checkpoints.push(new.clone());
            }
            sink.state.checkpoints.sort_by(|a, b| a.provider.cmp(&b.provider));
            sink.state.save(&*sink.disk, &sink.paths)?;
            sink.committed = sink.state.clone();
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> Result<Closing> {
        self.open.clear();
        self.state = self.committed.clone();
        let published = self.verify().and_then(|()| self.publish());
        let counts = published.inspect_err(|error| self.note_unpublished(error))?;
        self.sweep()?;
        Ok(Closing::with_counts(counts))
    }

    fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        self.writing(|sink| {
            let is_gone = sink.is_gone();
            let (gone, kept): (Vec<_>, Vec<_>) = sink
                .committed
                .checkpoints
                .iter()
                .cloned()
                .partition(|known| is_gone || known.provider == provider);
            if is_gone {
                sink.start_afresh()?;
            } else if !gone.is_empty() {
                sink.committed.checkpoints.clone_from(&kept);
                sink.committed.save(&*sink.disk, &sink.paths)?;
                sink.state.checkpoints = kept;
            }
            Ok(gone.into_iter().map(|checkpoint| checkpoint.provider).collect())
        })
    }
}

impl fmt::Debug for FileSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSink").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where a table notes that a lead is gone, and that the row was written then, if it does.
fn when_gone(table: &Table) -> impl Iterator<Item = usize> {
    let named = |column: &Column| matches!(column.own_name(), "deleted_at" | "synced_at");
    table.columns.iter().enumerate().filter(move |(_, c)| named(c)).map(|(place, _)| place)
}
