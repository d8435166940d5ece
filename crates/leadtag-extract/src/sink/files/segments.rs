//! What came since the last commit, and how it gets into segments.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::FileSink;
use super::format::{Output, SegmentWriter};
use super::index::{Entry, hash_of};
use super::state::Segment;
use crate::{Error, Key, Result, Row};

/// A segment that is being written.
pub(super) struct Open {
    number: u64,
    /// The number of its first row in the table.
    first: u64,
    shape: usize,
    writer: Box<dyn SegmentWriter>,
    rows: u64,
    /// In the order of the rows. A key may come twice.
    entries: Vec<Entry>,
    /// The provider of the row written last, and its number.
    provider: Option<(Arc<str>, u16)>,
}

impl FileSink {
    /// Writes rows into the segment of their table, and begins one if there is none.
    pub(super) fn write_rows(&mut self, table: &str, rows: Vec<Row>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut open = match self.open.remove(table) {
            Some(open) => open,
            None => self.begin_segment(table)?,
        };
        for row in rows {
            let provider = match &open.provider {
                Some((name, number)) if *name == row.key.provider => *number,
                _ => {
                    let number = self.state.number_of(&row.key.provider)?;
                    open.provider = Some((Arc::clone(&row.key.provider), number));
                    number
                }
            };
            open.writer.push(&row)?;
            open.entries.push(Entry {
                key: hash_of(&row.key),
                hash: row.hash,
                row: open.first + open.rows,
                snapshot: row.snapshot.unwrap_or(0),
                provider,
                deleted: false,
                removed: false,
            });
            open.rows += 1;
        }
        self.open.insert(table.to_owned(), open);
        Ok(())
    }

    /// Notes that rows are there no more under these ids.
    pub(super) fn remove_rows(&mut self, table: &str, provider: &str, ids: &[&str]) -> Result<()> {
        let number = self.state.number_of(provider)?;
        let mut open = match self.open.remove(table) {
            Some(open) => open,
            None => self.begin_segment(table)?,
        };
        let row = open.first + open.rows;
        open.entries.extend(ids.iter().map(|id| Entry {
            key: hash_of(&Key::new(provider, *id)),
            hash: 0,
            row,
            snapshot: 0,
            provider: number,
            deleted: false,
            removed: true,
        }));
        self.open.insert(table.to_owned(), open);
        Ok(())
    }

    /// Ends all segments. They count with the next commit.
    pub(super) fn flush(&mut self) -> Result<()> {
        let open = std::mem::take(&mut self.open);
        self.end_segments(open)
    }

    /// Ends the segment of a table: the next rows are of another shape.
    pub(super) fn end_segment(&mut self, table: &str) -> Result<()> {
        let open = self.open.remove_entry(table);
        self.end_segments(open.into_iter().collect())
    }

    fn begin_segment(&mut self, name: &str) -> Result<Open> {
        let number = self.state.next_segment;
        let unknown = || self.paths.error(format!("rows of a table {name} that was never made"));
        let table = self.state.table(name).ok_or_else(unknown)?;
        let out = Output::create(&*self.disk, &self.paths.segment(name, number))?;
        let open = Open {
            number,
            first: table.rows(),
            shape: table.shapes.len() - 1,
            writer: self.format.segment(table.shape(), out)?,
            rows: 0,
            entries: std::mem::take(&mut self.entries),
            provider: None,
        };
        self.state.next_segment += 1;
        Ok(open)
    }

    fn end_segments(&mut self, open: BTreeMap<String, Open>) -> Result<()> {
        if open.is_empty() {
            return Ok(());
        }
        for (name, open) in open {
            let Open { number, first, shape, writer, rows, mut entries, provider: _ } = open;
            let content = Some(writer.finish()?.close()?);
            // What is removed was there before the row that has its number.
            entries.sort_unstable_by_key(|entry| (entry.key, entry.row, !entry.removed));
            let mut out = Output::create(&*self.disk, &self.paths.segment_index(&name, number))?;
            for same in entries.chunk_by(|one, other| one.key == other.key) {
                same.iter().copied().reduce(Entry::then).map_or(Ok(()), |it| it.write(&mut out))?;
            }
            entries.clear();
            self.entries = entries;
            let index = Some(out.close()?);
            let segment = Segment { number, first, rows, shape, content, index };
            if let Some(table) = self.state.table_mut(&name) {
                table.segments.push(segment);
            }
        }
        let synced = self.disk.sync_folder(&self.paths.work);
        synced.map_err(Error::file(&self.paths.work, "cannot be written"))
    }
}
