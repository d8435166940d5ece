//! One JSON object per line.

use std::io::{self, BufRead, Write as _};

use leadtag_core::Timestamp;
use serde_json::value::RawValue;

use super::format::{Format, Output, Piece, SegmentWriter};
use super::text::{self, Records};
use super::when_gone;
use crate::cell::{json, on_one_line};
use crate::layout::columns::is_fixed;
use crate::masking::members;
use crate::{Cell, Result, Row, Table};

/// Files of one JSON object per line.
///
/// Every fixed column is a member of every object, `null` where nothing is known; of the others
/// those that say something. Times are texts in UTC with `Z`, lists arrays, and JSON is not packed
/// into texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jsonl;

impl Format for Jsonl {
    fn name(&self) -> &'static str {
        "jsonl"
    }

    fn segment(&self, table: &Table, out: Output) -> Result<Box<dyn SegmentWriter>> {
        let columns = table.columns.iter();
        let members = columns
            .map(|column| {
                (format!("{}:", json(&column.name)), !is_fixed(&table.name, column.own_name()))
            })
            .collect();
        Ok(Box::new(Lines { members, line: Vec::new(), out }))
    }

    fn publish(&self, table: &Table, pieces: &[Piece<'_>], out: &mut Output) -> Result<()> {
        text::copy::<Self>(table, pieces, out)
    }
}

impl Records for Jsonl {
    const HAS_HEAD: bool = false;

    fn read(file: &mut impl BufRead, record: &mut Vec<u8>) -> io::Result<()> {
        file.read_until(b'\n', record).map(drop)
    }

    /// What an object has not is not known.
    fn missing(_: &Table, _: &Table) -> usize {
        0
    }

    fn rewritten(
        record: &[u8],
        piece: &Piece<'_>,
        table: &Table,
        gone: Option<Timestamp>,
    ) -> Result<Vec<u8>> {
        let unread = |why: &str| text::damaged(piece, &format!("a line does not read ({why})"));
        let object: &RawValue =
            serde_json::from_slice(record).map_err(|error| unread(&error.to_string()))?;
        let members =
            members(object).ok_or_else(|| unread("it is no object that reads"))?.into_iter();
        let mut members: Vec<(String, String)> =
            members.map(|(name, value)| (name, value.get().to_owned())).collect();
        for (old, new) in piece.table.columns.iter().zip(&table.columns) {
            let member = members.iter_mut().find(|(name, _)| *name == old.name);
            if let Some((_, value)) = member.filter(|_| old.kind != new.kind) {
                let cell = text::cell_of_json(value, old.kind).into_kind(new.kind);
                let mut written = Vec::new();
                write_value(&mut written, &cell);
                *value = String::from_utf8_lossy(&written).into_owned();
            }
        }
        for (gone, at) in gone.iter().flat_map(|gone| when_gone(table).map(move |at| (gone, at))) {
            let column = &table.columns[at].name;
            let value = json(&gone.to_string());
            match members.iter_mut().find(|(name, _)| name == column) {
                Some((_, old)) => *old = value,
                None => members.push((column.clone(), value)),
            }
        }
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("{}:{value}", json(name))).collect();
        Ok(format!("{{{}}}\n", members.join(",")).into_bytes())
    }

    fn put(record: &[u8], _: usize, out: &mut Output) -> Result<()> {
        out.put(record)
    }
}

/// Writes a segment: as the published file.
struct Lines {
    /// The names as JSON with a colon, and whether they are left out where nothing is known.
    members: Vec<(String, bool)>,
    line: Vec<u8>,
    out: Output,
}

impl SegmentWriter for Lines {
    fn push(&mut self, row: &Row) -> Result<()> {
        self.line.clear();
        write_object(&mut self.line, &self.members, &row.cells);
        self.out.put(&self.line)
    }

    fn finish(self: Box<Self>) -> Result<Output> {
        Ok(self.out)
    }
}

fn write_object(line: &mut Vec<u8>, members: &[(String, bool)], cells: &[Cell]) {
    line.push(b'{');
    let cells = cells.iter().chain(std::iter::repeat(&Cell::Null));
    for ((name, is_attribute), cell) in members.iter().zip(cells) {
        if *is_attribute && cell.is_null() {
            continue;
        }
        if line.len() > 1 {
            line.push(b',');
        }
        line.extend_from_slice(name.as_bytes());
        write_value(line, cell);
    }
    line.extend_from_slice(b"}\n");
}

fn write_value(line: &mut Vec<u8>, cell: &Cell) {
    match cell {
        Cell::Text(text) => {
            // Nothing can fail that is written into memory.
            let _ = serde_json::to_writer(line, text);
        }
        Cell::Json(json) => line.extend_from_slice(on_one_line(json).as_bytes()),
        Cell::Time(moment) => {
            let _ = write!(line, "\"{moment}\"");
        }
        Cell::List(texts) => {
            let _ = serde_json::to_writer(line, texts);
        }
        Cell::Int(int) => {
            let _ = serde_json::to_writer(line, int);
        }
        Cell::Null => line.extend_from_slice(b"null"),
        other => line.extend_from_slice(other.to_json().as_bytes()),
    }
}
