//! CSV as spreadsheets read it.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::iter;
use std::path::PathBuf;

use ::csv::{
    ErrorKind, IntoInnerError, ReaderBuilder, StringRecord, Terminator, Writer, WriterBuilder,
};
use leadtag_core::Timestamp;

use super::format::{Format, Output, Piece, SegmentWriter};
use super::text::{self, Records};
use super::when_gone;
use crate::{Cell, ColumnKind, Error, Result, Row, Table};

/// What tells a spreadsheet that the text is UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Files that spreadsheets open: UTF-8 with a byte-order mark, a header, lines that end with CR LF,
/// lists and JSON as JSON texts, times in UTC with `Z`.
///
/// A text that a spreadsheet would take for a formula gets a `'` before it; so does one that begins
/// with such a `'` itself. A single `-` or `+` and a negative number are left as they are. Columns
/// that came late are empty in the rows before.
///
/// What a spreadsheet itself does to a file cannot be helped: it shows digits beyond the fifteenth
/// as zeros unless the column is imported as text, and cuts off cells of more than 32,767
/// characters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }

    /// As the published file, without its first line.
    fn segment(&self, table: &Table, out: Output) -> Result<Box<dyn SegmentWriter>> {
        let (path, columns) = (out.path().to_owned(), table.columns.len());
        Ok(Box::new(Rows { path, columns, writer: writer(out) }))
    }

    fn publish(&self, table: &Table, pieces: &[Piece<'_>], out: &mut Output) -> Result<()> {
        out.put(BOM)?;
        out.put(&line(table.columns.iter().map(|column| guard(&column.name))))?;
        text::copy::<Self>(table, pieces, out)
    }
}

impl Records for Csv {
    const HAS_HEAD: bool = true;

    /// A line break within quotes does not end a record.
    fn read(file: &mut impl BufRead, record: &mut Vec<u8>) -> io::Result<()> {
        let mut quotes = 0;
        loop {
            let before = record.len();
            if file.read_until(b'\n', record)? == 0 {
                return Ok(());
            }
            quotes += record[before..].iter().filter(|byte| **byte == b'"').count();
            if quotes % 2 == 0 {
                return Ok(());
            }
        }
    }

    fn missing(piece: &Table, table: &Table) -> usize {
        table.columns.len().saturating_sub(piece.columns.len())
    }

    fn rewritten(
        record: &[u8],
        piece: &Piece<'_>,
        table: &Table,
        gone: Option<Timestamp>,
    ) -> Result<Vec<u8>> {
        let unreadable =
            |why: String| text::damaged(piece, &format!("a line does not read ({why})"));
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(record);
        let mut fields = StringRecord::new();
        reader.read_record(&mut fields).map_err(|error| unreadable(error.to_string()))?;
        if fields.len() != piece.table.columns.len() {
            return Err(unreadable("it has another number of columns".to_owned()));
        }
        let cells = fields.iter().zip(&piece.table.columns).zip(&table.columns);
        let mut cells: Vec<Cell> =
            cells.map(|((field, old), new)| cell_of(field, old.kind).into_kind(new.kind)).collect();
        cells.resize(table.columns.len(), Cell::Null);
        if let Some(gone) = gone {
            when_gone(table).for_each(|at| cells[at] = Cell::Time(gone));
        }
        Ok(line(cells.iter().map(field)))
    }

    fn put(record: &[u8], missing: usize, out: &mut Output) -> Result<()> {
        out.put(record.strip_suffix(b"\r\n").unwrap_or(record))?;
        (0..missing).try_for_each(|_| out.put(b","))?;
        out.put(b"\r\n")
    }
}

/// Writes a segment.
struct Rows {
    path: PathBuf,
    columns: usize,
    writer: Writer<Output>,
}

impl SegmentWriter for Rows {
    fn push(&mut self, row: &Row) -> Result<()> {
        let cells = row.cells.iter().chain(iter::repeat(&Cell::Null));
        let fields = cells.take(self.columns).map(field);
        write(&mut self.writer, fields).map_err(Error::file(&self.path, "cannot be written"))
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        let out = self.writer.into_inner().map_err(IntoInnerError::into_error);
        out.map_err(Error::file(&self.path, "cannot be written"))
    }
}

fn writer<W: std::io::Write>(out: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).has_headers(false).from_writer(out)
}

fn write<'a, W: std::io::Write>(
    writer: &mut Writer<W>,
    mut fields: impl Iterator<Item = Cow<'a, str>>,
) -> std::io::Result<()> {
    let written = fields.try_for_each(|field| writer.write_field(field.as_bytes()));
    let written = written.and_then(|()| writer.write_record(None::<&[u8]>));
    written.map_err(|error| match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => std::io::Error::other(format!("{other:?}")),
    })
}

fn line<'a>(fields: impl Iterator<Item = Cow<'a, str>>) -> Vec<u8> {
    let mut writer = writer(Vec::new());
    // Nothing can fail that is written into memory.
    let _ = write(&mut writer, fields);
    writer.into_inner().unwrap_or_default()
}

fn field(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Null => Cow::Borrowed(""),
        Cell::Text(text) => guard(text),
        Cell::Json(json) => Cow::Borrowed(json),
        other => Cow::Owned(other.to_text()),
    }
}

/// The cell that was written as this field into a column of that kind.
fn cell_of(field: &str, kind: ColumnKind) -> Cell {
    let text = || Cell::Text(unguard(field).to_owned());
    match kind {
        _ if field.is_empty() => Cell::Null,
        ColumnKind::Bool => field.parse().map_or_else(|_| text(), Cell::Bool),
        ColumnKind::Int => field.parse().map_or_else(|_| text(), Cell::Int),
        ColumnKind::Float => field.parse().map_or_else(|_| text(), Cell::Float),
        ColumnKind::Text => text(),
        ColumnKind::Time => field.parse().map_or_else(|_| text(), Cell::Time),
        ColumnKind::List => serde_json::from_str(field).map_or_else(|_| text(), Cell::List),
        ColumnKind::Json => Cell::Json(field.to_owned()),
    }
}

/// A text so that no spreadsheet takes it for a formula.
fn guard(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text that was guarded.
fn unguard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(text)
}

fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    begins && !matches!(text, "-" | "+") && !is_negative(text)
}

/// Whether it is a number below zero and nothing else.
fn is_negative(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix('-').is_some_and(|number| match number.split_once('.') {
        Some((whole, part)) => is_digits(whole) && is_digits(part),
        None => is_digits(number),
    })
}

#[cfg(test)]
mod tests {
    use super::{guard, unguard};

    #[test]
    fn what_a_spreadsheet_would_run_gets_a_quote() {
        for text in
            ["=1+1", "+8613800000000", "-2+3", "-x", "@x", "\t=1", "\r=1", "\n=1", "＝1", "－1"]
        {
            assert_eq!(guard(text), format!("'{text}"));
        }
        for text in ["", "-", "+", "-1", "-0.5", "1=1", "'x", "'", " =1", "赵"] {
            assert_eq!(guard(text), text);
        }
    }

    #[test]
    fn every_text_comes_back() {
        for text in ["=1", "'=1", "''=1", "'x", "-", "'-", "-1", "'-1", "-1-", "+", "", "'", "a"] {
            assert_eq!(unguard(&guard(text)), text, "{text:?}");
        }
    }
}
