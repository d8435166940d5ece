//! Reading the input row by row, and as often as needed.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use csv::ByteRecord;
use leadtag_core::config::nearest;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::row::{ADDED, COLUMNS, Row};
use crate::{Error, Result, hash};

/// The form of the rows of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RowsForm {
    /// A header, and commas. UTF-8, with or without a byte order mark.
    Csv,
    /// One JSON object on each line.
    Jsonl,
}

impl RowsForm {
    /// By the ending of the file's name: `.csv`, `.jsonl` or `.ndjson`.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// The ending of a file of that form.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What is known of the whole input before anything is done.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    pub(super) form: RowsForm,
    pub(super) rows: u64,
    pub(super) sha256: String,
    /// The providers that the rows name; "" if some name none.
    pub(super) providers: BTreeSet<String>,
}

/// A row with what it was read from.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) raw: Raw,
    /// What is wrong with it, if it is no row.
    pub(super) row: Result<Row, String>,
}

/// A row as it stands in the input.
#[derive(Debug)]
pub(super) enum Raw {
    Csv(ByteRecord),
    Jsonl(Vec<u8>),
}

/// Reads rows, one after the other.
pub(super) enum Rows {
    Csv { reader: csv::Reader<Box<dyn BufRead>>, columns: Vec<String>, path: PathBuf },
    Jsonl { reader: Box<dyn BufRead>, path: PathBuf, number: u64 },
}

impl Input {
    /// Reads the whole input once.
    pub(super) fn scan(path: &Path, form: RowsForm) -> Result<Self> {
        let about = std::fs::metadata(path).map_err(Error::file(path, "cannot be read"))?;
        if !about.is_file() {
            let name = path.display();
            return Err(Error::Input(format!(
                "{name} is no regular file, and the rows are read more than once; \
                 write them into a file first"
            )));
        }
        let mut rows = Rows::open(path, form)?;
        let (mut count, mut providers) = (0, BTreeSet::new());
        while let Some(record) = rows.next()? {
            count += 1;
            if let Ok(row) = record.row
                && !providers.contains(&row.provider)
            {
                providers.insert(row.provider);
            }
        }
        let sha256 = hash_of(path)?;
        Ok(Self { path: path.to_owned(), form, rows: count, sha256, providers })
    }

    pub(super) fn rows(&self) -> Result<Rows> {
        Rows::open(&self.path, self.form)
    }

    /// Whether the input is still the one that was scanned.
    pub(super) fn is_unchanged(&self) -> Result<bool> {
        Ok(hash_of(&self.path)? == self.sha256)
    }
}

fn hash_of(path: &Path) -> Result<String> {
    let unreadable = || Error::file(path, "cannot be read");
    let mut file = File::open(path).map_err(unreadable())?;
    let mut buffer = vec![0; 1 << 16];
    let mut hash = hash::Stream::default();
    loop {
        match file.read(&mut buffer).map_err(unreadable())? {
            0 => return Ok(hash.finish()),
            n => hash.add(&buffer[..n]),
        }
    }
}

impl Rows {
    pub(super) fn open(path: &Path, form: RowsForm) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(path, "cannot be read"))?;
        let mut reader: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 16, file));
        let start = reader.fill_buf().map_err(Error::file(path, "cannot be read"))?;
        if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
            let name = path.display();
            return Err(Error::Input(format!("{name} is UTF-16; save it as UTF-8")));
        }
        if start.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        match form {
            RowsForm::Jsonl => Ok(Self::Jsonl { reader, path: path.to_owned(), number: 0 }),
            RowsForm::Csv => {
                let mut builder = csv::ReaderBuilder::new();
                let mut reader = builder.flexible(true).from_reader(reader);
                let header = reader.byte_headers().map_err(|error| csv_error(path, error))?;
                let columns = columns(path, header)?;
                Ok(Self::Csv { reader, columns, path: path.to_owned() })
            }
        }
    }

    /// The names of the columns, where there is a header.
    pub(super) fn header(&self) -> &[String] {
        match self {
            Self::Csv { columns, .. } => columns,
            Self::Jsonl { .. } => &[],
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Record>> {
        match self {
            Self::Csv { reader, columns, path } => {
                let mut record = ByteRecord::new();
                if !reader.read_byte_record(&mut record).map_err(|e| csv_error(path, e))? {
                    return Ok(None);
                }
                let row = csv_row(columns, &record);
                Ok(Some(Record { raw: Raw::Csv(record), row }))
            }
            Self::Jsonl { reader, path, number } => {
                let mut line = Vec::new();
                loop {
                    line.clear();
                    let read = reader.read_until(b'\n', &mut line);
                    if read.map_err(Error::file(path.clone(), "cannot be read"))? == 0 {
                        return Ok(None);
                    }
                    line.truncate(line.trim_ascii_end().len());
                    if !line.trim_ascii().is_empty() {
                        break;
                    }
                }
                *number += 1;
                let row = json_row(path, *number, &line)?;
                Ok(Some(Record { raw: Raw::Jsonl(line), row }))
            }
        }
    }
}

fn columns(path: &Path, header: &ByteRecord) -> Result<Vec<String>> {
    let wrong = |why: String| Error::Input(format!("{}: {why}", path.display()));
    let mut columns: Vec<String> = Vec::with_capacity(header.len());
    for name in header {
        let name = String::from_utf8_lossy(name).trim().to_owned();
        if !COLUMNS.contains(&name.as_str()) {
            return Err(wrong(unknown("column", &name)));
        }
        if columns.contains(&name) {
            return Err(wrong(format!("column {name} stands twice in the header")));
        }
        columns.push(name);
    }
    if !columns.iter().any(|name| name == "contact") {
        return Err(wrong(format!(
            "the header has no column contact; the columns are {}",
            COLUMNS.join(", ")
        )));
    }
    Ok(columns)
}

fn unknown(what: &str, name: &str) -> String {
    if ADDED.contains(&name) {
        return format!("{what} {name}: a file of results is no input; take that column out");
    }
    match nearest(name, COLUMNS.into_iter()) {
        Some(near) => format!("unknown {what} {name:?}; did you mean {near}?"),
        None => format!("unknown {what} {name:?}; known are {}", COLUMNS.join(", ")),
    }
}

fn csv_row(columns: &[String], record: &ByteRecord) -> Result<Row, String> {
    if record.len() != columns.len() {
        let (has, wants) = (record.len(), columns.len());
        let why = match record.iter().any(|cell| cell.contains(&b'\n')) {
            true => "is a quote not closed?",
            false => "put quotes around a cell with a comma",
        };
        return Err(format!("it has {has} cells, the header has {wants}; {why}"));
    }
    let mut row = Row::default();
    for (column, cell) in columns.iter().zip(record) {
        let cell = std::str::from_utf8(cell)
            .map_err(|_| "it is not UTF-8; save the file as CSV in UTF-8".to_owned())?;
        row.set_cell(column, cell);
    }
    Ok(row)
}

/// # Errors
/// A member that no row has: the whole file is meant for something else.
fn json_row(path: &Path, number: u64, line: &[u8]) -> Result<Result<Row, String>> {
    let Members(members) = match serde_json::from_slice(line) {
        Ok(members) => members,
        Err(error) => return Ok(Err(format!("it is no JSON object ({error})"))),
    };
    let mut row = Row::default();
    for (at, (name, value)) in members.iter().enumerate() {
        if !COLUMNS.contains(&name.as_str()) {
            let why = unknown("member", name);
            return Err(Error::Input(format!("{}: row {number}: {why}", path.display())));
        }
        if members[..at].iter().any(|(before, _)| before == name) {
            return Ok(Err(format!("{name} stands twice in it")));
        }
        if let Err(why) = row.set_member(name, value) {
            return Ok(Err(why));
        }
    }
    Ok(Ok(row))
}

/// The members of an object as they stand there, those included that stand there twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Error::file(path, "cannot be read")(error),
        _ => Error::Input(format!("{}: {text}", path.display())),
    }
}
