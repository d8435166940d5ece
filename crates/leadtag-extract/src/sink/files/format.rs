//! What a kind of file must know: how rows are written, and how files are made into one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use leadtag_core::Timestamp;
use serde::{Deserialize, Serialize};
use twox_hash::xxhash3_128::Hasher;

use super::bits::Bits;
use super::disk::{Disk, DiskFile};
use crate::{Error, Result, Row, Table};

/// A kind of file.
///
/// The engine writes two sorts of files with it. Segments hold what was read between two commits,
/// or part of it; users do not look at them, so a format may write them as it likes. A published
/// file holds all living rows of a table, and is what users asked for.
pub trait Format: fmt::Debug + Send + Sync {
    /// What it is called in a destination, and how the names of its files end: `jsonl`.
    fn name(&self) -> &'static str;

    /// Whether a destination is a folder, with a folder for each table, or one file, with another
    /// one beside it for each further table.
    fn in_folder(&self) -> bool {
        false
    }

    /// Begins a segment of `table` in a new file.
    ///
    /// # Errors
    /// If it cannot be written.
    fn segment(&self, table: &Table, out: Output) -> Result<Box<dyn SegmentWriter>>;

    /// Writes a published file: the living rows of all pieces, one piece after the other, each in
    /// its order, in the columns of `table`. A piece may have fewer columns and narrower kinds.
    ///
    /// # Errors
    /// If a piece cannot be read, or the file cannot be written.
    fn publish(&self, table: &Table, pieces: &[Piece<'_>], out: &mut Output) -> Result<()>;
}

/// A segment that is being written.
pub trait SegmentWriter: Send {
    /// Adds a row, which fits the table.
    ///
    /// # Errors
    /// If it cannot be written.
    fn push(&mut self, row: &Row) -> Result<()>;

    /// Writes what is left, and gives the file back.
    ///
    /// # Errors
    /// If it cannot be written.
    fn finish(self: Box<Self>) -> Result<Output>;
}

/// A file that goes into a published one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Piece<'a> {
    /// The file.
    pub path: PathBuf,
    /// Whether it is the published file of the last time, and not a segment.
    pub is_published: bool,
    /// The table as it was when the file was written.
    pub table: &'a Table,
    /// How many rows are in it.
    pub rows: u64,
    /// What becomes of them.
    pub fates: Fates<'a>,
}

/// What becomes of the rows of a piece. Rows are counted from 0.
#[derive(Clone, Copy, Debug)]
pub struct Fates<'a> {
    pub(super) first: u64,
    pub(super) rows: u64,
    pub(super) living: &'a Bits,
    pub(super) deleted: &'a [(Timestamp, Bits)],
}

impl Fates<'_> {
    /// Whether the row goes into the new file. The others have been replaced by later ones.
    #[must_use]
    pub fn lives(&self, row: u64) -> bool {
        self.living.has(self.first + row)
    }

    /// When the lead was found to be gone, if it was found just now: the row lives, and its
    /// `deleted_at` is to say so.
    #[must_use]
    pub fn deleted_at(&self, row: u64) -> Option<Timestamp> {
        let row = self.first + row;
        self.deleted.iter().find(|(_, rows)| rows.has(row)).map(|(at, _)| *at)
    }

    /// Whether every row goes into the new file as it is.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let span = self.first..self.first + self.rows;
        self.living.count(span.clone()) == self.rows
            && self.deleted.iter().all(|(_, rows)| rows.count(span.clone()) == 0)
    }

    /// How many rows go into the new file.
    #[must_use]
    pub fn living(&self) -> u64 {
        self.living.count(self.first..self.first + self.rows)
    }
}

/// A new file. Its content is hashed on the way.
pub struct Output {
    path: PathBuf,
    file: Box<dyn DiskFile>,
    buffer: Vec<u8>,
    length: u64,
    hash: Hasher,
}

/// So much is gathered before it is written.
const BUFFER: usize = 64 * 1024;

/// What a file holds, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) length: u64,
    /// XXH3-128, as hexadecimal digits.
    pub(super) hash: String,
}

impl Content {
    /// What a file holds that is there; `None` if there is none.
    pub(super) fn of(path: &Path) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let (mut length, mut hash) = (0, Hasher::new());
        let mut buffer = vec![0; BUFFER];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(Some(Self::new(length, &hash))),
                Ok(read) => {
                    hash.write(&buffer[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn new(length: u64, hash: &Hasher) -> Self {
        Self { length, hash: format!("{:032x}", hash.finish_128()) }
    }
}

impl Output {
    pub(super) fn create(disk: &dyn Disk, path: &Path) -> Result<Self> {
        let file = disk.create(path).map_err(Error::file(path, "cannot be made"))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            buffer: Vec::with_capacity(BUFFER),
            length: 0,
            hash: Hasher::new(),
        })
    }

    /// The file's path, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes bytes, with an error that names the file.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.write_all(bytes).map_err(|error| Error::file(&self.path, "cannot be written")(error))
    }

    /// Ends the file; it is on the disk when this is back.
    pub(super) fn close(mut self) -> Result<Content> {
        let written = self.write_buffer().and_then(|()| self.file.sync());
        written.map_err(Error::file(&self.path, "cannot be written"))?;
        Ok(Content::new(self.length, &self.hash))
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        self.hash.write(&self.buffer);
        self.length += self.buffer.len() as u64;
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.write_buffer()?;
        }
        // What is larger than the buffer goes in pieces: the buffer never grows.
        let bytes = &bytes[..bytes.len().min(BUFFER)];
        self.buffer.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_buffer()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("path", &self.path).finish_non_exhaustive()
    }
}
