//! The directory in which an assignment keeps what it has done, so that it can go on after a crash.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use leadtag_core::Clock;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::plan::{Example, Totals};
use crate::store::ProcessLock;
use crate::{Error, Result};

const STATE: &str = "state.json";
const HELD: &str = "held";

/// The directory, held against other processes.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    held: Option<ProcessLock>,
}

/// What an assignment is about, written before anything is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// The SHA-256 of the input.
    pub(super) input: String,
    /// What else decides what a row means.
    pub(super) basis: String,
    /// The providers, by number: `0/` holds the contacts of the first.
    pub(super) providers: Vec<String>,
    /// Why a provider could not be asked about its rows: they are not checked yet.
    pub(super) away: Vec<Option<String>>,
    pub(super) buckets: u32,
    /// Whether every contact had its turn.
    pub(super) ended: bool,
    pub(super) totals: Vec<Totals>,
    /// Rows that belong to no provider.
    pub(super) nowhere: u64,
    pub(super) examples: Vec<Example>,
}

impl State {
    pub(super) fn refused(&self) -> u64 {
        self.nowhere + self.totals.iter().map(|totals| totals.refused).sum::<u64>()
    }
}

pub(super) const STATE_VERSION: u32 = 1;

/// One file of a directory: the rows of some contacts of a provider, or what is to be sent to them,
/// or which of them are done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Rows,
    Plan,
    Done,
}

impl Directory {
    /// Makes the directory if there is none, for its owner only, and holds it.
    pub(super) async fn open(path: &Path, clock: &dyn Clock) -> Result<Self> {
        make(path).map_err(Error::file(path, "cannot be made"))?;
        let held =
            ProcessLock::take(&path.join(HELD), "tags assign", Duration::ZERO, clock).await?;
        Ok(Self { path: path.to_owned(), held: Some(held) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes everything that an earlier run left.
    pub(super) fn clear(&self) -> Result<()> {
        let failed = || Error::file(&self.path, "cannot be emptied");
        // Without it the rest means nothing, so it goes first.
        remove(&self.path.join(STATE)).map_err(failed())?;
        for entry in fs::read_dir(&self.path).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            if entry.file_name() == HELD {
                continue;
            }
            let is_directory = entry.file_type().map_err(failed())?.is_dir();
            let path = entry.path();
            if is_directory { fs::remove_dir_all(path) } else { fs::remove_file(path) }
                .map_err(failed())?;
        }
        Ok(())
    }

    /// Removes the directory: nothing in it is needed any more.
    pub(super) fn remove(mut self) -> Result<()> {
        self.clear()?;
        self.held = None;
        let _ = remove(&self.path.join(HELD));
        // Another process may have begun to use it.
        let _ = fs::remove_dir(&self.path);
        Ok(())
    }

    pub(super) fn state(&self) -> Result<Option<State>> {
        let path = self.path.join(STATE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file(path, "cannot be read")(error)),
        };
        let state: State =
            serde_json::from_str(&text).map_err(|error| self.damaged(&path, &error))?;
        if state.version == STATE_VERSION {
            return Ok(Some(state));
        }
        let why = "it was written by another version of leadtag; --restart begins anew".to_owned();
        Err(Error::Damaged { file: path.display().to_string(), why })
    }

    pub(super) fn save_state(&self, state: &State) -> Result<()> {
        let path = self.path.join(STATE);
        let part = self.path.join("state.json.part");
        let text = serde_json::to_vec(state).map_err(|error| self.damaged(&path, &error))?;
        let write = || {
            let mut file = File::create(&part)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&part, &path)
        };
        write().map_err(Error::file(&path, "cannot be written"))
    }

    fn damaged(&self, path: &Path, error: &serde_json::Error) -> Error {
        let why = format!("it is damaged ({error}); --restart begins anew");
        Error::Damaged { file: path.display().to_string(), why }
    }

    pub(super) fn part(&self, provider: usize, bucket: u32, part: Part) -> PathBuf {
        let ending = match part {
            Part::Rows => "rows",
            Part::Plan => "plan",
            Part::Done => "done",
        };
        self.path.join(provider.to_string()).join(format!("{bucket}.{ending}"))
    }

    /// Makes the place of a provider, without what may be left of an earlier run.
    pub(super) fn make_provider(&self, provider: usize) -> Result<()> {
        let path = self.path.join(provider.to_string());
        let made = match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => make(&path),
        };
        made.map_err(Error::file(&path, "cannot be made"))
    }

    /// The lines of a part as values; none if there is no such file. A last line that was not
    /// written to its end does not count.
    pub(super) fn read<T: DeserializeOwned>(&self, path: &Path) -> Result<Vec<T>> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Error::file(path, "cannot be read")(error)),
        };
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines
            .map(|line| serde_json::from_slice(line).map_err(|error| self.damaged(path, &error)))
            .collect()
    }

    /// Writes values as lines, and returns when they are on the disk.
    pub(super) fn write<T: Serialize>(&self, path: &Path, values: &[T]) -> Result<()> {
        let mut bytes = Vec::new();
        for value in values {
            line_of(value, &mut bytes).map_err(|error| self.damaged(path, &error))?;
        }
        let write = || {
            let mut file = File::create(path)?;
            file.write_all(&bytes)?;
            file.sync_data()
        };
        write().map_err(Error::file(path, "cannot be written"))
    }

    pub(super) fn forget(&self, path: &Path) -> Result<()> {
        remove(path).map_err(Error::file(path, "cannot be removed"))
    }
}

/// Adds a value as a line.
pub(super) fn line_of<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *bytes, value)?;
    bytes.push(b'\n');
    Ok(())
}

pub(super) fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}
