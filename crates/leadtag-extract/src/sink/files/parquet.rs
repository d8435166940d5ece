//! Parquet: a folder for each table, and a file in it that every tool of data reads.

mod cells;
mod columns;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use super::format::SegmentWriter;
use super::{Format, Output, Piece};
use crate::{Result, Row, Table};
use read::Part;
use write::{PartWriter, Use};

/// Parquet files, compressed with zstd.
///
/// A row group has at most 16,384 rows, and about 8 MiB. Texts and JSON are strings, lists are
/// lists of strings, moments are timestamps in UTC to the microsecond. Every column may be null.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn in_folder(&self) -> bool {
        true
    }

    fn segment(&self, table: &Table, out: Output) -> Result<Box<dyn SegmentWriter>> {
        let path = out.path().to_owned();
        Ok(Box::new(PartWriter::new(&path, out, table, Use::Segment)?))
    }

    fn publish(&self, table: &Table, pieces: &[Piece<'_>], out: &mut Output) -> Result<()> {
        let path = out.path().to_owned();
        let mut part = PartWriter::new(&path, out, table, Use::Published)?;
        for piece in pieces.iter().filter(|piece| piece.fates.living() > 0) {
            Part::open(piece)?.copy(table, &mut part)?;
        }
        part.finish().map(drop)
    }
}

impl SegmentWriter for PartWriter<Output> {
    fn push(&mut self, row: &Row) -> Result<()> {
        self.push(&row.cells)
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        (*self).finish()
    }
}
