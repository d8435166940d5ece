//! Writes one file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::column::writer::ColumnCloseResult;
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::ColumnPath;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::columns::{Filling, weight};
use super::schema;
use crate::{Cell, ColumnKind, Error, Result, Table};

/// Rows in a row group, at most. A group is in memory until it ends.
const GROUP_ROWS: usize = 16_384;
/// Bytes of a row group in the file, about.
const GROUP_BYTES: usize = 8 << 20;
/// Bytes of the dictionary of a column; with more, its values are written as they are. Every column
/// holds one in memory, and the values that it saves a place are few ones that come often.
const DICTIONARY_BYTES: usize = 16 << 10;
/// Bytes and rows of a page of a column, before it is compressed. Every column holds one in memory,
/// with ten bytes for each row besides.
const PAGE_BYTES: usize = 32 << 10;
const PAGE_ROWS: usize = 2_048;
/// Rows that are made columns of together, at most.
const BATCH_ROWS: usize = 2_048;
/// Bytes that are made columns of together, about.
const BATCH_BYTES: usize = 4 << 20;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// To be read once, and soon.
    Segment,
    /// To be kept.
    Published,
}

/// Writes one file.
pub(super) struct PartWriter<W: Write + Send> {
    path: PathBuf,
    table: Table,
    schema: SchemaRef,
    filling: Vec<Filling>,
    bytes: usize,
    columns: ArrowRowGroupWriterFactory,
    group: Group,
    out: SerializedFileWriter<W>,
}

/// A row group that is being written.
#[derive(Default)]
struct Group {
    columns: Vec<ArrowColumnWriter>,
    rows: usize,
}

impl Group {
    fn bytes(&self) -> usize {
        self.columns.iter().map(ArrowColumnWriter::get_estimated_total_bytes).sum()
    }
}

impl<W: Write + Send> PartWriter<W> {
    /// Begins a file of a table. `path` is for the texts of errors.
    pub(super) fn new(path: &Path, out: W, table: &Table, used: Use) -> Result<Self> {
        let schema = schema::schema(table);
        let (out, columns) =
            ArrowWriter::try_new(out, schema.clone(), Some(properties(table, used)))
                .and_then(ArrowWriter::into_serialized_writer)
                .map_err(|error| failed(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            table: table.clone(),
            schema,
            filling: table.columns.iter().map(|column| Filling::new(column.kind)).collect(),
            bytes: 0,
            columns,
            group: Group::default(),
            out,
        })
    }

    /// Adds a row.
    pub(super) fn push(&mut self, cells: &[Cell]) -> Result<()> {
        for (place, filling) in self.filling.iter_mut().enumerate() {
            let cell = cells.get(place).unwrap_or(&Cell::Null);
            self.bytes += weight(cell);
            if !filling.push(cell) {
                return Err(misfit(&self.path, &self.table, place));
            }
        }
        if self.waiting() >= BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.hand_on()?;
        }
        Ok(())
    }

    /// Adds rows that are columns already: those of the table.
    pub(super) fn push_columns(&mut self, rows: &RecordBatch) -> Result<()> {
        self.hand_on()?;
        self.write(rows).map_err(|error| failed(&self.path, error))
    }

    /// Adds a row group of a file with the same columns as it is, if it and what comes before it
    /// are not so small that they had better become one. Returns whether it did.
    pub(super) fn push_group(&mut self, file: &File, group: &RowGroupMetaData) -> Result<bool> {
        self.hand_on()?;
        let rows = usize::try_from(group.num_rows()).unwrap_or_default();
        let bytes = usize::try_from(group.compressed_size()).unwrap_or_default();
        let before = self.group.rows == 0 || is_large(self.group.rows, self.group.bytes());
        if !before || !is_large(rows, bytes) {
            return Ok(false);
        }
        self.end_group()
            .and_then(|()| self.copy(file, group))
            .map_err(|error| failed(&self.path, error))?;
        Ok(true)
    }

    /// Ends the file, and gives it back.
    pub(super) fn finish(mut self) -> Result<W> {
        self.hand_on()?;
        self.end_group()
            .and_then(|()| self.out.into_inner())
            .map_err(|error| failed(&self.path, error))
    }

    fn waiting(&self) -> usize {
        self.filling.first().map_or(0, Filling::len)
    }

    fn hand_on(&mut self) -> Result<()> {
        if self.waiting() == 0 {
            return Ok(());
        }
        let columns = self.filling.iter_mut().map(Filling::take).collect();
        self.bytes = 0;
        RecordBatch::try_new(self.schema.clone(), columns)
            .map_err(ParquetError::from)
            .and_then(|rows| self.write(&rows))
            .map_err(|error| failed(&self.path, error))
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        let mut first = 0;
        while first < rows.num_rows() {
            let count = (rows.num_rows() - first).min(GROUP_ROWS - self.group.rows);
            self.add_to_group(&rows.slice(first, count))?;
            first += count;
            if self.group.rows >= GROUP_ROWS || self.group.bytes() >= GROUP_BYTES {
                self.end_group()?;
            }
        }
        Ok(())
    }

    fn add_to_group(&mut self, rows: &RecordBatch) -> Result<(), ParquetError> {
        if self.group.columns.is_empty() {
            let number = self.out.flushed_row_groups().len();
            self.group.columns = self.columns.create_column_writers(number)?;
        }
        self.group.rows += rows.num_rows();
        let mut columns = self.group.columns.iter_mut();
        for (field, values) in self.schema.fields().iter().zip(rows.columns()) {
            for (leaf, column) in compute_leaves(field, values)?.iter().zip(&mut columns) {
                column.write(leaf)?;
            }
        }
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), ParquetError> {
        let group = std::mem::take(&mut self.group);
        if group.rows == 0 {
            return Ok(());
        }
        let mut out = self.out.next_row_group()?;
        for column in group.columns {
            column.close()?.append_to_row_group(&mut out)?;
        }
        out.close()?;
        Ok(())
    }

    fn copy(&mut self, file: &File, group: &RowGroupMetaData) -> Result<(), ParquetError> {
        let mut out = self.out.next_row_group()?;
        for column in group.columns() {
            let close = ColumnCloseResult {
                bytes_written: u64::try_from(column.compressed_size())?,
                rows_written: u64::try_from(group.num_rows())?,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            out.append_column(file, close)?;
        }
        out.close()?;
        Ok(())
    }
}

/// Whether a row group is large enough to stay one.
fn is_large(rows: usize, bytes: usize) -> bool {
    rows >= GROUP_ROWS / 2 || bytes >= GROUP_BYTES / 2
}

fn properties(table: &Table, used: Use) -> WriterProperties {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("leadtag version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_offset_index_disabled(true);
    match used {
        Use::Segment => {
            properties.set_dictionary_enabled(false).set_statistics_enabled(EnabledStatistics::None)
        }
        Use::Published => numbers(table)
            .fold(properties, |properties, column| {
                properties
                    .set_column_dictionary_enabled(column.clone(), false)
                    .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED)
            })
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_data_page_size_limit(PAGE_BYTES)
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_statistics_enabled(EnabledStatistics::Chunk),
    }
    .build()
}

/// The columns of whole numbers: their differences take less than a dictionary of them.
fn numbers(table: &Table) -> impl Iterator<Item = ColumnPath> {
    let columns = table.columns.iter();
    let columns =
        columns.filter(|column| matches!(column.kind, ColumnKind::Int | ColumnKind::Time));
    columns.map(|column| ColumnPath::new(vec![column.name.clone()]))
}

/// What became of a file that is written.
fn failed(path: &Path, error: ParquetError) -> Error {
    let error = match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    };
    Error::file(path, "cannot be written")(error)
}

fn misfit(path: &Path, table: &Table, place: usize) -> Error {
    let column = &table.columns[place];
    schema::damaged(
        path,
        &format!("{} got something else than {:?} in {:?}", table.name, column.kind, column.name),
    )
}
