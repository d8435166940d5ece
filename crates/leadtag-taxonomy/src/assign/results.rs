//! The file of results: every row of the input as it was, with what became of it.

use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::input::{Input, Raw, Record};
use super::row::ADDED;
use super::slots::{RowStatus, SlotReader};
use crate::{Error, Result};

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowCounts {
    /// Rows of the input.
    pub rows: u64,
    /// Done.
    pub ok: u64,
    /// Nothing had to be changed.
    pub unchanged: u64,
    /// Cannot be done; nothing was sent.
    pub refused: u64,
    /// The platform answered with an error, or not at all.
    pub failed: u64,
    /// Nothing was sent.
    pub not_sent: u64,
}

impl RowCounts {
    fn count(&mut self, status: RowStatus) {
        self.rows += 1;
        match status {
            RowStatus::Ok => self.ok += 1,
            RowStatus::Unchanged => self.unchanged += 1,
            RowStatus::Refused => self.refused += 1,
            RowStatus::Failed => self.failed += 1,
            RowStatus::NotSent => self.not_sent += 1,
        }
    }

    /// Whether every row was done or needed nothing.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ok + self.unchanged == self.rows
    }
}

/// Counts the rows that are over and done with.
pub(super) fn settled(directory: &Path, rows: u64) -> Result<u64> {
    let mut slots = SlotReader::open(directory)?;
    let mut settled = 0;
    for _ in 0..rows {
        let (status, _) = slots.next()?;
        settled += u64::from(!matches!(status, RowStatus::NotSent | RowStatus::Failed));
    }
    Ok(settled)
}

/// Writes the results of `input`, whose slots are in `directory`, and puts them in place at once.
pub(super) fn write(input: &Input, directory: &Path, to: &Path) -> Result<RowCounts> {
    let failed = || Error::file(to, "cannot be written");
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        // It holds the ids of contacts.
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(&part).map_err(failed())?;
    let mut out = BufWriter::new(&file);
    let mut rows = input.rows()?;
    let mut slots = SlotReader::open(directory)?;
    let mut counts = RowCounts::default();
    if !rows.header().is_empty() {
        let header = rows.header().iter().map(String::as_bytes);
        csv_line(&mut out, header.chain(ADDED.map(str::as_bytes))).map_err(failed())?;
    }
    while counts.rows < input.rows {
        let Some(record) = rows.next()? else {
            break;
        };
        let (status, message) = slots.next()?;
        counts.count(status);
        line(&mut out, &record, counts.rows, status, message).map_err(failed())?;
    }
    out.flush().map_err(failed())?;
    drop(out);
    file.sync_all().map_err(failed())?;
    fs::rename(&part, to).map_err(failed())?;
    Ok(counts)
}

fn line(
    out: &mut impl Write,
    record: &Record,
    number: u64,
    status: RowStatus,
    message: &str,
) -> std::io::Result<()> {
    match &record.raw {
        Raw::Csv(cells) => {
            let (number, status) = (number.to_string(), status.as_str());
            let added = [number.as_bytes(), status.as_bytes(), message.as_bytes()];
            csv_line(out, cells.iter().chain(added))
        }
        Raw::Jsonl(text) => {
            let message = Value::from(message);
            let added =
                format!(r#""row":{number},"status":"{}","message":{message}}}"#, status.as_str());
            out.write_all(&members(record, text))?;
            out.write_all(added.as_bytes())?;
            out.write_all(b"\n")
        }
    }
}

/// The beginning of the object: the row's own members as they stand in the input.
fn members(record: &Record, text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii();
    let inner = text.strip_prefix(b"{").and_then(|text| text.strip_suffix(b"}"));
    match inner.map(<[u8]>::trim_ascii) {
        // What is no object is kept as a text.
        _ if record.row.is_err() && serde_json::from_slice::<Value>(text).is_err() => {
            let line = Value::from(String::from_utf8_lossy(text));
            format!(r#"{{"input":{line},"#).into_bytes()
        }
        Some([]) => b"{".to_vec(),
        Some(inner) => [b"{", inner, b","].concat(),
        None => [b"{\"input\":", text, b","].concat(),
    }
}

fn csv_line<'a>(
    out: &mut impl Write,
    cells: impl Iterator<Item = &'a [u8]>,
) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(cells).map_err(std::io::Error::other)?;
    let line = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    out.write_all(&line)
}
