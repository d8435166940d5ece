//! What became of each row: a slot of fixed size for each in one file, the messages in another, so
//! that a million rows need no memory.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::{Error, Result};

/// A byte for the status, eight for the place of the message.
const SLOT: u64 = 9;

/// What became of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RowStatus {
    /// Nothing was sent for it.
    #[default]
    NotSent,
    /// It was done.
    Ok,
    /// Nothing had to be changed for it.
    Unchanged,
    /// It cannot be done. Nothing was sent for it.
    Refused,
    /// The platform answered with an error, or not at all.
    Failed,
}

impl RowStatus {
    /// The word in the file of results.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not-sent",
            Self::Ok => "ok",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    fn of(byte: u8) -> Self {
        match byte {
            1 => Self::Ok,
            2 => Self::Unchanged,
            3 => Self::Refused,
            4 => Self::Failed,
            _ => Self::NotSent,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::NotSent => 0,
            Self::Ok => 1,
            Self::Unchanged => 2,
            Self::Refused => 3,
            Self::Failed => 4,
        }
    }
}

/// Writes the slots.
#[derive(Debug)]
pub(super) struct Slots {
    index: File,
    messages: File,
    end: u64,
    /// Many rows have the same message.
    last: Option<(String, u64)>,
    path: PathBuf,
}

impl Slots {
    /// Opens the slots of so many rows in a directory; new ones say that nothing was sent.
    pub(super) fn open(directory: &Path, rows: u64) -> Result<Self> {
        let path = directory.join("rows.idx");
        Self::open_files(directory, rows).map_err(Error::file(&path, "cannot be written"))
    }

    fn open_files(directory: &Path, rows: u64) -> io::Result<Self> {
        let path = directory.join("rows.idx");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let index = options.open(&path)?;
        index.set_len(rows * SLOT)?;
        let mut messages = options.open(directory.join("messages"))?;
        // The place 0 means that there is none.
        let end = messages.seek(SeekFrom::End(0))?.max(1);
        Ok(Self { index, messages, end, last: None, path })
    }

    /// Says what became of a row, counted from 1.
    pub(super) fn set(&mut self, row: u64, status: RowStatus, message: &str) -> Result<()> {
        self.write(row, status, message)
            .map_err(Error::file(self.path.clone(), "cannot be written"))
    }

    fn write(&mut self, row: u64, status: RowStatus, message: &str) -> io::Result<()> {
        let place = match &self.last {
            _ if message.is_empty() => 0,
            Some((last, place)) if last == message => *place,
            _ => {
                let place = self.end;
                let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
                self.messages.seek(SeekFrom::Start(place))?;
                let text = [&length.to_le_bytes(), message.as_bytes()].concat();
                self.messages.write_all(&text)?;
                self.end += text.len() as u64;
                self.last = Some((message.to_owned(), place));
                place
            }
        };
        let mut slot = [0; SLOT as usize];
        slot[0] = status.byte();
        slot[1..].copy_from_slice(&place.to_le_bytes());
        self.index.seek(SeekFrom::Start(row.saturating_sub(1) * SLOT))?;
        self.index.write_all(&slot)
    }

    /// Returns when everything is on the disk.
    pub(super) fn sync(&mut self) -> Result<()> {
        let synced = self.messages.sync_data().and_then(|()| self.index.sync_data());
        synced.map_err(Error::file(self.path.clone(), "cannot be written"))
    }
}

/// Reads the slots in the order of the rows.
#[derive(Debug)]
pub(super) struct SlotReader {
    index: BufReader<File>,
    messages: File,
    last: (u64, String),
    path: PathBuf,
}

impl SlotReader {
    pub(super) fn open(directory: &Path) -> Result<Self> {
        let path = directory.join("rows.idx");
        let open = |path: &Path| File::open(path).map_err(Error::file(path, "cannot be read"));
        let messages = open(&directory.join("messages"))?;
        let index = BufReader::new(open(&path)?);
        Ok(Self { index, messages, last: (0, String::new()), path })
    }

    /// The next row's status and message.
    pub(super) fn next(&mut self) -> Result<(RowStatus, &str)> {
        let status = self.read().map_err(Error::file(self.path.clone(), "cannot be read"))?;
        Ok((status, &self.last.1))
    }

    fn read(&mut self) -> io::Result<RowStatus> {
        let mut slot = [0; SLOT as usize];
        self.index.read_exact(&mut slot)?;
        let [status, place @ ..] = slot;
        let place = u64::from_le_bytes(place);
        if place != self.last.0 {
            self.last = (place, self.message(place)?);
        }
        Ok(RowStatus::of(status))
    }

    fn message(&mut self, place: u64) -> io::Result<String> {
        if place == 0 {
            return Ok(String::new());
        }
        self.messages.seek(SeekFrom::Start(place))?;
        let mut length = [0; 4];
        self.messages.read_exact(&mut length)?;
        let mut text = Vec::new();
        let length = u64::from(u32::from_le_bytes(length));
        (&mut self.messages).take(length).read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}
