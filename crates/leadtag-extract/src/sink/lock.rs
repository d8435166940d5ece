//! One writer at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs4::TryLockError;
use leadtag_core::{Clock, SystemClock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Keeps other processes of this machine out as long as it lives; the system frees it when the
/// process ends, however it ends. Other machines that see the same files are not kept out.
#[derive(Debug)]
pub(super) struct WriterLock {
    _file: File,
}

/// Who has it.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    since: Timestamp,
}

impl WriterLock {
    /// Locks the file of that name, which is made and stays. `place` names the destination in
    /// messages.
    ///
    /// # Errors
    /// [`Error::Held`], with who has it, or [`Error::File`].
    pub(super) fn take(path: &Path, place: &str) -> Result<Self> {
        let unusable = || Error::file(path, "cannot be locked");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(unusable())?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unusable()(error)),
            Err(TryLockError::WouldBlock) => return Err(Error::Held(holder(&mut file, place))),
        }
        let holder = Holder { pid: std::process::id(), since: SystemClock::new().now() };
        let text = serde_json::to_string(&holder).unwrap_or_default();
        // It is locked. Who has it is only for the message.
        let _ = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
        let _ = file.write_all(text.as_bytes());
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File, place: &str) -> String {
    let mut text = String::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    let known = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    match known {
        Some(Holder { pid, since }) => format!(
            "process {pid} has been writing to {place} since {since}; wait for it or stop it"
        ),
        None => format!("another process writes to {place}; wait for it or stop it"),
    }
}
