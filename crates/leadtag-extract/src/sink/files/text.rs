//! What the formats that are text have in common: reading back what they wrote.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use leadtag_core::Timestamp;

use super::format::{Output, Piece};
use crate::{Cell, ColumnKind, Error, Result, Table};

/// So much is read at once.
const BUFFER: usize = 64 * 1024;

/// A format whose rows are records of text, one behind the other.
pub(super) trait Records {
    /// Whether a published file has a record before the first row.
    const HAS_HEAD: bool;

    /// Reads a record with its end; nothing, at the end of the file.
    fn read(file: &mut impl BufRead, record: &mut Vec<u8>) -> io::Result<()>;

    /// How many columns a record of a piece must get at its end.
    fn missing(piece: &Table, table: &Table) -> usize;

    /// The record in the columns of `table`, and with `gone` as its `deleted_at`.
    fn rewritten(
        record: &[u8],
        piece: &Piece<'_>,
        table: &Table,
        gone: Option<Timestamp>,
    ) -> Result<Vec<u8>>;

    /// Writes a record with so many empty columns at its end.
    fn put(record: &[u8], missing: usize, out: &mut Output) -> Result<()>;
}

/// Copies the living rows of pieces: without looking at them, where they stay as they are.
pub(super) fn copy<R: Records>(
    table: &Table,
    pieces: &[Piece<'_>],
    out: &mut Output,
) -> Result<()> {
    let mut living = pieces.iter().filter(|piece| piece.fates.living() > 0);
    living.try_for_each(|piece| copy_piece::<R>(table, piece, out))
}

fn copy_piece<R: Records>(table: &Table, piece: &Piece<'_>, out: &mut Output) -> Result<()> {
    let unreadable = || Error::file(&piece.path, "cannot be read");
    let file = File::open(&piece.path).map_err(unreadable())?;
    let mut file = BufReader::with_capacity(BUFFER, file);
    let mut record = Vec::new();
    if R::HAS_HEAD && piece.is_published {
        R::read(&mut file, &mut record).map_err(unreadable())?;
    }
    let (is_narrower, missing) = (is_narrower(piece.table, table), R::missing(piece.table, table));
    if piece.fates.is_whole() && !is_narrower && missing == 0 {
        let mut buffer = vec![0; BUFFER];
        loop {
            let read = file.read(&mut buffer).map_err(unreadable())?;
            if read == 0 {
                return Ok(());
            }
            out.put(&buffer[..read])?;
        }
    }
    for row in 0..piece.rows {
        record.clear();
        R::read(&mut file, &mut record).map_err(unreadable())?;
        if record.is_empty() {
            return Err(damaged(piece, "it ends too early"));
        }
        if !piece.fates.lives(row) {
            continue;
        }
        let gone = piece.fates.deleted_at(row);
        if is_narrower || gone.is_some() {
            out.put(&R::rewritten(&record, piece, table, gone)?)?;
        } else {
            R::put(&record, missing, out)?;
        }
    }
    Ok(())
}

/// Whether a piece has columns that have got wider since.
fn is_narrower(piece: &Table, table: &Table) -> bool {
    piece.columns.iter().zip(&table.columns).any(|(old, new)| old.kind != new.kind)
}

/// The cell that was written as this JSON into a column of that kind.
pub(super) fn cell_of_json(json: &str, kind: ColumnKind) -> Cell {
    if json == "null" {
        return Cell::Null;
    }
    let cell = match kind {
        ColumnKind::Bool => serde_json::from_str(json).ok().map(Cell::Bool),
        ColumnKind::Int => serde_json::from_str(json).ok().map(Cell::Int),
        ColumnKind::Float => serde_json::from_str(json).ok().map(Cell::Float),
        ColumnKind::Text => serde_json::from_str(json).ok().map(Cell::Text),
        ColumnKind::Time => serde_json::from_str(json).ok().map(Cell::Time),
        ColumnKind::List => serde_json::from_str(json).ok().map(Cell::List),
        ColumnKind::Json => None,
    };
    cell.unwrap_or_else(|| Cell::Json(json.to_owned()))
}

pub(super) fn damaged(piece: &Piece<'_>, why: &str) -> Error {
    Error::Damaged {
        place: piece.path.display().to_string(),
        why: format!("{why}; move it and leadtag's folder beside it away, and pull again"),
    }
}
