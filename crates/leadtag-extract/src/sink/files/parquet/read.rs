//! Reads one file, for the next one.

use std::error::Error as _;
use std::fs::File;
use std::io::{self, Write};
use std::iter::successors;
use std::ops::Range;
use std::path::Path;

use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use ::parquet::errors::ParquetError;
use arrow_array::RecordBatch;

use super::cells::{Widening, change};
use super::schema;
use super::write::PartWriter;
use crate::sink::files::{Fates, Piece, when_gone};
use crate::{Cell, ColumnKind, Error, Result, Table};

/// Rows that are read together, at most.
const BATCH_ROWS: usize = 2_048;
/// Bytes that are read together, about.
const BATCH_BYTES: usize = 4 << 20;

/// A file whose rows go into another one.
pub(super) struct Part<'a> {
    piece: &'a Piece<'a>,
    file: File,
    footer: ArrowReaderMetadata,
}

impl<'a> Part<'a> {
    /// Opens a file. Its columns and the number of its rows are known.
    pub(super) fn open(piece: &'a Piece<'a>) -> Result<Self> {
        let path = &*piece.path;
        let file = File::open(path).map_err(Error::file(path, "cannot be read"))?;
        let footer = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())
            .map_err(|error| unread(path, &error))?;
        if footer.schema().fields() != schema::schema(piece.table).fields() {
            return Err(schema::damaged(path, "it has other columns than leadtag gave it"));
        }
        let part = Self { piece, file, footer };
        if part.groups().map(|(_, rows)| rows as u64).sum::<u64>() != piece.rows {
            return Err(schema::damaged(path, "it has other rows than leadtag gave it"));
        }
        Ok(part)
    }

    /// Adds the living rows to a file with the columns of `table`.
    pub(super) fn copy<W: Write + Send>(
        &self,
        table: &Table,
        out: &mut PartWriter<W>,
    ) -> Result<()> {
        let fates = &self.piece.fates;
        let stays = self.piece.is_published && self.piece.table.columns == table.columns;
        let change = Change::new(self.piece.table, table);
        let mut first = 0;
        for (number, rows) in self.groups() {
            let span = first..first + rows as u64;
            first = span.end;
            let whole = span.clone().all(|row| fates.lives(row) && fates.deleted_at(row).is_none());
            let group = self.footer.metadata().row_group(number);
            if stays && whole && out.push_group(&self.file, group)? {
                continue;
            }
            let Some(batches) = self.living(number, span.clone()).map_err(self.unread())? else {
                continue;
            };
            let mut numbers = span.filter(|row| fates.lives(*row));
            for batch in batches {
                let batch = batch.map_err(ParquetError::from).map_err(self.unread())?;
                let numbers = numbers.by_ref().take(batch.num_rows());
                let batch = change.make(batch, numbers, fates).map_err(self.unread())?;
                out.push_columns(&batch)?;
            }
        }
        Ok(())
    }

    /// The numbers of the row groups, and how many rows they have.
    fn groups(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let groups = self.footer.metadata().row_groups().iter();
        groups.map(|group| usize::try_from(group.num_rows()).unwrap_or_default()).enumerate()
    }

    /// The living rows of a row group, which has the rows of `span`.
    fn living(
        &self,
        group: usize,
        span: Range<u64>,
    ) -> Result<Option<ParquetRecordBatchReader>, ParquetError> {
        let mut runs: Vec<RowSelector> = Vec::new();
        for row in span {
            let skip = !self.piece.fates.lives(row);
            match runs.last_mut() {
                Some(run) if run.skip == skip => run.row_count += 1,
                _ if skip => runs.push(RowSelector::skip(1)),
                _ => runs.push(RowSelector::select(1)),
            }
        }
        if runs.iter().all(|run| run.skip) {
            return Ok(None);
        }
        let known = self.footer.metadata().row_group(group);
        let per_row = known.total_byte_size() / known.num_rows().max(1) + 1;
        let rows = BATCH_BYTES / usize::try_from(per_row)?;
        ParquetRecordBatchReaderBuilder::new_with_metadata(
            self.file.try_clone()?,
            self.footer.clone(),
        )
        .with_row_groups(vec![group])
        .with_batch_size(rows.clamp(16, BATCH_ROWS))
        .with_row_selection(RowSelection::from(runs))
        .build()
        .map(Some)
    }

    /// For `map_err`.
    fn unread(&self) -> impl Fn(ParquetError) -> Error + '_ {
        |error| unread(&self.piece.path, &error)
    }
}

/// What becomes of rows on their way into the next file.
struct Change {
    widening: Option<Widening>,
    /// The columns that say since when a lead is gone.
    when_gone: Vec<usize>,
}

impl Change {
    fn new(from: &Table, to: &Table) -> Self {
        let is_time = |place: &usize| to.columns[*place].kind == ColumnKind::Time;
        let when_gone = when_gone(to).filter(is_time).collect();
        Self { widening: Widening::new(from, to), when_gone }
    }

    /// `numbers` are those of the rows in their file.
    fn make(
        &self,
        rows: RecordBatch,
        numbers: impl Iterator<Item = u64>,
        fates: &Fates<'_>,
    ) -> Result<RecordBatch, ParquetError> {
        let rows = match &self.widening {
            Some(widening) => widening.widen(&rows)?,
            None => rows,
        };
        let gone: Vec<_> = numbers.map(|row| fates.deleted_at(row)).collect();
        if gone.iter().all(Option::is_none) {
            return Ok(rows);
        }
        let mut columns = rows.columns().to_vec();
        let kind = ColumnKind::Time;
        for place in &self.when_gone {
            columns[*place] = change(&columns[*place], kind, kind, |row, cell| {
                gone.get(row).copied().flatten().map_or(cell, Cell::Time)
            })?;
        }
        Ok(RecordBatch::try_new(rows.schema(), columns)?)
    }
}

/// What became of a file that is read: the disk fails, or it holds something else.
fn unread(path: &Path, error: &ParquetError) -> Error {
    match disk_error(error) {
        Some(error) => Error::file(path, "cannot be read")(error),
        None => schema::damaged(path, &format!("it does not read as Parquet: {error}")),
    }
}

fn disk_error(error: &ParquetError) -> Option<io::Error> {
    let codes = successors(error.source(), |error| (*error).source())
        .filter_map(|error| error.downcast_ref::<io::Error>()?.raw_os_error());
    codes.map(io::Error::from_raw_os_error).next().or_else(|| os_error(&error.to_string()))
}

/// Of what Arrow says of the disk there is but the text.
fn os_error(text: &str) -> Option<io::Error> {
    let (_, behind) = text.rsplit_once("(os error ")?;
    let (code, _) = behind.split_once(')')?;
    code.parse().ok().map(io::Error::from_raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_the_disk_does_not_give_is_not_called_damaged() {
        let of = |text: &str| unread(Path::new("seg"), &ParquetError::General(text.to_owned()));
        let error = of("Arrow: External: Too many open files (os error 24)").to_string();
        assert!(error.contains("ulimit -n"), "{error}");
        assert!(of("Invalid footer").to_string().contains("does not read as Parquet"));
    }
}
