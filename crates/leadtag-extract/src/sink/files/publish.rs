//! How the rows that count become the file that users read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use leadtag_core::Timestamp;

use super::FileSink;
use super::bits::Bits;
use super::disk::{folder_of, make_folders};
use super::format::{Content, Fates, Output, Piece};
use super::index::{Entry, IndexReader, Merge, Versions};
use super::state::{Deletion, Pending, Published, Rename, TableState, modified};
use crate::table::LEADS;
use crate::{Counts, Error, Result};

/// So many indexes of segments are open at a time.
const OPEN: usize = 64;

/// What becomes of the rows of a table.
struct Survivors {
    living: Bits,
    deleted: Vec<(Timestamp, Bits)>,
    counts: BTreeMap<u16, Counts>,
    /// The index of the living rows, with their numbers as they are before.
    merged: PathBuf,
    /// Whether the published file is not what it is to be.
    is_new: bool,
}

impl FileSink {
    /// Publishes every table that something came for.
    pub(super) fn publish(&mut self) -> Result<Vec<(String, String, Counts)>> {
        let mut all = Vec::new();
        let mut pending = Pending { renames: Vec::new(), tables: Vec::new() };
        for table in &self.committed.tables {
            let deletions = self.deletions_of(table);
            let is_wider =
                table.published.as_ref().is_none_or(|p| p.shape + 1 < table.shapes.len());
            if table.segments.is_empty() && deletions.is_empty() && !is_wider {
                pending.tables.push(table.clone());
                continue;
            }
            let survivors = self.survivors(table, deletions)?;
            let told = survivors.counts.iter().filter(|(_, counts)| **counts != Counts::default());
            for (provider, counts) in told {
                let provider = self.committed.providers.get(usize::from(*provider));
                let provider = provider.cloned().unwrap_or_default();
                all.push((provider, table.name().to_owned(), *counts));
            }
            let after = self.write_next(table, &survivors, &mut pending.renames)?;
            pending.tables.push(after);
        }
        if pending.renames.is_empty() && self.committed.deletions.is_empty() {
            return Ok(all);
        }
        self.committed.pending = Some(pending);
        self.committed.save(&*self.disk, &self.paths)?;
        self.roll_forward()?;
        Ok(all)
    }

    /// Ends a publication that was begun: the new files are there, and only their names are not
    /// those that users know.
    pub(super) fn roll_forward(&mut self) -> Result<()> {
        // It stays in the state until all of it is done.
        let Some(mut pending) = self.committed.pending.clone() else { return Ok(()) };
        for rename in &pending.renames {
            let (from, to) = if rename.is_index {
                (self.paths.next_index(&rename.table), self.paths.index(&rename.table))
            } else {
                (self.paths.next(&rename.table), self.paths.file(&rename.table))
            };
            if from.exists() {
                self.disk.rename(&from, &to).map_err(Error::file(&to, "cannot be replaced"))?;
            } else if Content::of(&to).map_err(Error::file(&to, "cannot be read"))?.as_ref()
                != Some(&rename.content)
            {
                return Err(Error::Damaged {
                    place: to.display().to_string(),
                    why: format!(
                        "it was to be replaced by {}, which is gone; move it and {} away and pull \
                         again",
                        from.display(),
                        self.paths.work.display()
                    ),
                });
            }
            let folder = folder_of(&to);
            self.disk.sync_folder(&folder).map_err(Error::file(&folder, "cannot be written"))?;
        }
        for table in &mut pending.tables {
            let file = self.paths.file(table.name());
            if let Some(published) = &mut table.published {
                published.modified = modified(&file);
            }
        }
        self.committed.tables = pending.tables;
        self.committed.deletions.clear();
        self.committed.pending = None;
        self.committed.save(&*self.disk, &self.paths)?;
        self.state = self.committed.clone();
        Ok(())
    }

    fn deletions_of(&self, table: &TableState) -> &[Deletion] {
        if table.name() == LEADS { &self.committed.deletions } else { &[] }
    }

    /// All keys of a table: of its published file, and of its segments.
    pub(super) fn merge(&self, table: &TableState) -> Result<Merged<'_>> {
        let name = table.name();
        let published = table.published.as_ref().map(|_| self.paths.index(name));
        let numbers = table.segments.iter().map(|segment| segment.number);
        let mut paths: Vec<PathBuf> =
            numbers.map(|number| self.paths.segment_index(name, number)).collect();
        let mut stages = Vec::new();
        while paths.len() > OPEN {
            let mut fewer = Vec::new();
            for group in paths.chunks(OPEN) {
                let path = self.paths.merged(name, stages.len() + 1);
                let mut merge = Merge::open(None, group)?;
                let mut out = Output::create(&*self.disk, &path)?;
                stages.push(Stage { sink: self, path: path.clone() });
                while let Some(known) = merge.next()? {
                    known.later.map_or(Ok(()), |entry| entry.write(&mut out))?;
                }
                out.close()?;
                fewer.push(path);
            }
            paths = fewer;
        }
        Ok(Merged { merge: Merge::open(published.as_deref(), &paths)?, _stages: stages })
    }

    /// Goes through all keys: the last row of each lives.
    fn survivors(&self, table: &TableState, deletions: &[Deletion]) -> Result<Survivors> {
        let mut merged = self.merge(table)?;
        let rows = table.rows();
        let mut living = Bits::none(rows);
        let mut deleted: Vec<_> = deletions.iter().map(|d| (d.at, Bits::none(rows))).collect();
        let mut counts: BTreeMap<u16, Counts> = BTreeMap::new();
        let path = self.paths.merged(table.name(), 0);
        let mut out = Output::create(&*self.disk, &path)?;
        while let Some(known) = merged.next()? {
            let last = known.later.or(known.published).filter(|last| !last.removed);
            let Some(last) = last else { continue };
            let mut row = row_of(&known, last);
            let death = deletions.iter().position(|deletion| is_unseen(&last, deletion));
            let death = death.filter(|_| !row.deleted);
            living.add(row.row);
            if let Some(at) = death {
                deleted[at].1.add(row.row);
                row.deleted = true;
            }
            count(counts.entry(row.provider).or_default(), &known, death.is_some());
            row.write(&mut out)?;
        }
        out.close()?;
        let deleted: Vec<_> = deleted.into_iter().map(|(at, rows)| (at, rows.sum_up())).collect();
        let living = living.sum_up();
        let is_new = match &table.published {
            Some(file) => {
                file.shape + 1 < table.shapes.len()
                    || living.count(0..file.rows) < file.rows
                    || living.count(file.rows..rows) > 0
                    || deleted.iter().any(|(_, deleted)| deleted.count(0..rows) > 0)
            }
            None => true,
        };
        Ok(Survivors { living, deleted, counts, merged: path, is_new })
    }

    /// Writes the next published file and its index beside the ones there are.
    fn write_next(
        &self,
        table: &TableState,
        survivors: &Survivors,
        renames: &mut Vec<Rename>,
    ) -> Result<TableState> {
        let name = table.name();
        let rows = survivors.living.count(0..table.rows());
        let mut after = TableState::new(table.shape().clone());
        after.published = match &table.published {
            Some(published) if !survivors.is_new => {
                Some(Published { shape: 0, ..published.clone() })
            }
            _ => {
                let content = self.write_file(table, survivors)?;
                renames.push(Rename {
                    table: name.to_owned(),
                    is_index: false,
                    content: content.clone(),
                });
                Some(Published { rows, content, index: None, modified: None, shape: 0 })
            }
        };
        let mut merged = IndexReader::open(&survivors.merged)?;
        let mut out = Output::create(&*self.disk, &self.paths.next_index(name))?;
        while let Some(entry) = merged.next()? {
            Entry { row: survivors.living.rank(entry.row), ..entry }.write(&mut out)?;
        }
        let content = out.close()?;
        if let Some(published) = &mut after.published {
            published.index = Some(content.clone());
        }
        let work = &self.paths.work;
        self.disk.sync_folder(work).map_err(Error::file(work, "cannot be written"))?;
        renames.push(Rename { table: name.to_owned(), is_index: true, content });
        Ok(after)
    }

    fn write_file(&self, table: &TableState, survivors: &Survivors) -> Result<Content> {
        let name = table.name();
        let (file, next) = (self.paths.file(name), self.paths.next(name));
        let folder = folder_of(&file);
        if !folder.exists() {
            let unusable = || Error::file(&folder, "cannot be made");
            make_folders(&*self.disk, &folder).map_err(unusable())?;
        }
        if table.published.is_none() {
            self.paths.refuse_foreign(name)?;
        }
        let fates = |first: u64, rows: u64| Fates {
            first,
            rows,
            living: &survivors.living,
            deleted: &survivors.deleted,
        };
        let published = table.published.as_ref().map(|known| Piece {
            path: file,
            is_published: true,
            table: &table.shapes[known.shape],
            rows: known.rows,
            fates: fates(0, known.rows),
        });
        let segments = table.segments.iter().map(|segment| Piece {
            path: self.paths.segment(name, segment.number),
            is_published: false,
            table: &table.shapes[segment.shape],
            rows: segment.rows,
            fates: fates(segment.first, segment.rows),
        });
        let pieces: Vec<Piece<'_>> = published.into_iter().chain(segments).collect();
        let written = self.write_pieces(table, &pieces);
        if written.is_err() {
            // It may have filled the disk.
            let _ = self.disk.remove(&next);
        }
        written
    }

    fn write_pieces(&self, table: &TableState, pieces: &[Piece<'_>]) -> Result<Content> {
        let name = table.name();
        let (file, next) = (self.paths.file(name), self.paths.next(name));
        let mut out = Output::create(&*self.disk, &next)?;
        // A file system without permissions keeps what it has.
        let _ = self.disk.permit_like(&next, &file);
        self.format.publish(table.shape(), pieces, &mut out)?;
        let content = out.close()?;
        let folder = folder_of(&next);
        self.disk.sync_folder(&folder).map_err(Error::file(&folder, "cannot be written"))?;
        Ok(content)
    }
}

/// All keys of a table, gone through once.
pub(super) struct Merged<'a> {
    merge: Merge,
    /// What was made of the indexes of segments, where there are too many to be open together.
    _stages: Vec<Stage<'a>>,
}

impl Merged<'_> {
    /// The next key; they come in ascending order.
    pub(super) fn next(&mut self) -> Result<Option<Versions>> {
        self.merge.next()
    }
}

/// A file that is needed for a moment.
struct Stage<'a> {
    sink: &'a FileSink,
    path: PathBuf,
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        // What stays goes when the destination is opened the next time.
        let _ = self.sink.disk.remove(&self.path);
    }
}

/// The row of a key that lives: the published one, if the last one says the same.
fn row_of(known: &Versions, last: Entry) -> Entry {
    match known.published {
        Some(published) if !published.deleted && published.hash == last.hash => {
            Entry { row: published.row, ..last }
        }
        _ => last,
    }
}

/// Whether a complete snapshot ought to have had a row and did not.
fn is_unseen(last: &Entry, deletion: &Deletion) -> bool {
    last.provider == deletion.provider
        && last.row < deletion.before
        && last.snapshot != deletion.snapshot
}

fn count(counts: &mut Counts, known: &Versions, is_gone: bool) {
    match (known.published, known.later) {
        (None, _) => counts.new += 1,
        (Some(before), Some(last)) if before.hash == last.hash && !before.deleted => {
            counts.unchanged += 1;
        }
        (Some(_), Some(_)) => counts.changed += 1,
        (Some(_), None) => {}
    }
    counts.deleted += u64::from(is_gone);
}
