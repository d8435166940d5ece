//! Which rows a file has, by key, and what they say as a hash: sorted, so that any number of them
//! are gone through together in little memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_128;

use super::format::Output;
use crate::{Error, Key, Result};

/// The bytes of an entry.
const SIZE: usize = 48;
/// An index is read in pieces of so many entries: many are open at a time.
const READ: usize = 170 * SIZE;

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: u128,
    /// What it says.
    pub(super) hash: u64,
    /// Its number among all rows of its table: first those of the published file, then those of the
    /// segments.
    pub(super) row: u64,
    /// The newest snapshot it was seen in; 0 for none.
    pub(super) snapshot: u64,
    /// The provider's number.
    pub(super) provider: u16,
    /// Whether its `deleted_at` is set.
    pub(super) deleted: bool,
    /// It is no row: that of this key, which came before, is there no more.
    pub(super) removed: bool,
}

/// A key as a number. That two keys have the same one does not happen.
pub(super) fn hash_of(key: &Key) -> u128 {
    XxHash3_128::oneshot(&[key.provider.as_bytes(), &[0], key.id.as_bytes()].concat())
}

impl Entry {
    fn to_bytes(self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..16].copy_from_slice(&self.key.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.hash.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.row.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.snapshot.to_le_bytes());
        bytes[40..42].copy_from_slice(&self.provider.to_le_bytes());
        bytes[42] = u8::from(self.deleted);
        bytes[43] = u8::from(self.removed);
        bytes
    }

    fn from_bytes(bytes: &[u8; SIZE]) -> Self {
        let number = |at: usize| {
            let mut part = [0; 8];
            part.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(part)
        };
        Self {
            key: u128::from(number(0)) | (u128::from(number(8)) << 64),
            hash: number(16),
            row: number(24),
            snapshot: number(32),
            provider: u16::from_le_bytes([bytes[40], bytes[41]]),
            deleted: bytes[42] != 0,
            removed: bytes[43] != 0,
        }
    }

    pub(super) fn write(self, out: &mut Output) -> Result<()> {
        out.put(&self.to_bytes())
    }

    /// What is known after `later` was read too: it wins, but what snapshot the row was seen in
    /// stays known.
    pub(super) fn then(self, later: Self) -> Self {
        let snapshot = if later.snapshot == 0 { self.snapshot } else { later.snapshot };
        Self { snapshot, ..later }
    }
}

/// The entries of one file.
#[derive(Debug)]
pub(super) struct IndexReader {
    path: PathBuf,
    file: BufReader<File>,
    before: Option<u128>,
}

impl IndexReader {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(path, "it is gone"));
            }
            Err(error) => return Err(Error::file(path, "cannot be read")(error)),
        };
        let file = BufReader::with_capacity(READ, file);
        Ok(Self { path: path.to_owned(), file, before: None })
    }

    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let mut bytes = [0; SIZE];
        let mut have = 0;
        while have < SIZE {
            match self.file.read(&mut bytes[have..]) {
                Ok(0) if have == 0 => return Ok(None),
                Ok(0) => return Err(self.damaged()),
                Ok(read) => have += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::file(&self.path, "cannot be read")(error)),
            }
        }
        let entry = Entry::from_bytes(&bytes);
        if self.before.is_some_and(|before| before >= entry.key) {
            return Err(self.damaged());
        }
        self.before = Some(entry.key);
        Ok(Some(entry))
    }

    fn damaged(&self) -> Error {
        damaged(&self.path, "it is not as it was written")
    }
}

/// What stands in the work folder is not what was written.
pub(super) fn damaged(path: &Path, why: &str) -> Error {
    Error::Damaged {
        place: path.display().to_string(),
        why: format!("{why}; move its folder and the file beside it away, and pull again"),
    }
}

/// All that is known of one key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Versions {
    /// In the published file.
    pub(super) published: Option<Entry>,
    /// The last one in the segments.
    pub(super) later: Option<Entry>,
}

/// Several indexes, gone through together by key.
#[derive(Debug)]
pub(super) struct Merge {
    published: bool,
    readers: Vec<IndexReader>,
    heads: Vec<Option<Entry>>,
    order: BinaryHeap<Reverse<(u128, usize)>>,
}

impl Merge {
    /// The index of the published file, if there is one, and those of the segments from the oldest
    /// to the newest.
    pub(super) fn open(published: Option<&Path>, segments: &[PathBuf]) -> Result<Self> {
        let paths = published.into_iter().chain(segments.iter().map(PathBuf::as_path));
        let mut merge = Self {
            published: published.is_some(),
            readers: paths.map(IndexReader::open).collect::<Result<_>>()?,
            heads: Vec::new(),
            order: BinaryHeap::new(),
        };
        merge.heads.resize(merge.readers.len(), None);
        for source in 0..merge.readers.len() {
            merge.advance(source)?;
        }
        Ok(merge)
    }

    /// The next key; they come in ascending order.
    pub(super) fn next(&mut self) -> Result<Option<Versions>> {
        let Some(&Reverse((key, _))) = self.order.peek() else { return Ok(None) };
        let mut known = Versions { published: None, later: None };
        while let Some(&Reverse((next, source))) = self.order.peek()
            && next == key
        {
            self.order.pop();
            let entry = self.heads[source].take();
            if self.published && source == 0 {
                known.published = entry;
            } else if let Some(entry) = entry {
                known.later = Some(known.later.map_or(entry, |before| before.then(entry)));
            }
            self.advance(source)?;
        }
        if let (Some(published), Some(later)) = (known.published, known.later) {
            known.later = Some(published.then(later));
        }
        Ok(Some(known))
    }

    fn advance(&mut self, source: usize) -> Result<()> {
        self.heads[source] = self.readers[source].next()?;
        if let Some(entry) = self.heads[source] {
            self.order.push(Reverse((entry.key, source)));
        }
        Ok(())
    }
}
