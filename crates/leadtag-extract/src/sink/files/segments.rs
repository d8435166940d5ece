//! What came since the last commit, and how it gets into segments.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;
use std::sync::Arc;

use super::FileSink;
use super::format::Output;
use super::index::{Entry, hash_of};
use super::state::Segment;
use crate::{Cell, Error, Result, Row, Table};

/// Rows that are not in a segment yet, each key once.
#[derive(Default)]
pub(super) struct Buffer {
    rows: Vec<Row>,
    places: HashMap<u128, usize>,
}

impl Buffer {
    pub(super) fn take(&mut self, row: Row) {
        let at = self.rows.len();
        match self.places.entry(hash_of(&row.key)) {
            Place::Occupied(place) => {
                let before = &mut self.rows[*place.get()];
                let snapshot = row.snapshot.or(before.snapshot);
                *before = Row { snapshot, ..row };
            }
            Place::Vacant(place) => {
                place.insert(at);
                self.rows.push(row);
            }
        }
    }

    /// The rows as they are after a column got wider.
    pub(super) fn widen(&mut self, from: &Table, to: &Table) {
        for (at, (old, new)) in from.columns.iter().zip(&to.columns).enumerate() {
            if old.kind == new.kind {
                continue;
            }
            for cell in self.rows.iter_mut().filter_map(|row| row.cells.get_mut(at)) {
                let narrow = std::mem::replace(cell, Cell::Null);
                *cell = narrow.into_kind(new.kind);
            }
        }
    }
}

impl FileSink {
    /// Writes what is buffered into segments. They count with the next commit.
    pub(super) fn flush(&mut self) -> Result<()> {
        let mut written = false;
        for (name, buffer) in std::mem::take(&mut self.buffers) {
            if !buffer.rows.is_empty() {
                self.write_segment(&name, buffer.rows)?;
                written = true;
            }
        }
        if written {
            let synced = self.disk.sync_folder(&self.place.work);
            synced.map_err(Error::file(&self.place.work, "cannot be written"))?;
        }
        Ok(())
    }

    fn write_segment(&mut self, name: &str, rows: Vec<Row>) -> Result<()> {
        let number = self.state.next_segment;
        self.state.next_segment += 1;
        let mut providers: HashMap<Arc<str>, u16> = HashMap::new();
        for row in &rows {
            if !providers.contains_key(&row.key.provider) {
                let number = self.state.number_of(&row.key.provider)?;
                providers.insert(row.key.provider.clone(), number);
            }
        }
        let unknown = || self.place.error(format!("rows of a table {name} that was never made"));
        let table = self.state.table(name).ok_or_else(unknown)?;
        let first = table.rows();
        let mut entries: Vec<Entry> = (first..)
            .zip(&rows)
            .map(|(row, content)| Entry {
                key: hash_of(&content.key),
                hash: content.hash,
                row,
                snapshot: content.snapshot.unwrap_or(0),
                provider: providers.get(&content.key.provider).copied().unwrap_or_default(),
                deleted: false,
            })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.key);
        let mut out = Output::create(&*self.disk, &self.place.segment(name, number))?;
        self.format.write_segment(table.shape(), &rows, &mut out)?;
        let content = Some(out.close()?);
        let mut out = Output::create(&*self.disk, &self.place.segment_index(name, number))?;
        entries.into_iter().try_for_each(|entry| entry.write(&mut out))?;
        let index = Some(out.close()?);
        let shape = table.shapes.len() - 1;
        let segment = Segment { number, first, rows: rows.len() as u64, shape, content, index };
        if let Some(table) = self.state.table_mut(name) {
            table.segments.push(segment);
        }
        Ok(())
    }
}
