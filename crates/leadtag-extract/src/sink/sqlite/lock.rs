//! One writer at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use fs4::TryLockError;

use crate::{Error, Result};

/// Keeps other processes of this machine out as long as it lives. The system frees it when the
/// process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks the file `PATH.lock` beside the database, which is made and stays.
    pub(super) fn take(database: &Path) -> Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push(".lock");
        let path = Path::new(&path);
        let unusable = || Error::file(path, "cannot be locked");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(unusable())?;
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unusable()(error)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who has it is only for the message.
                let _ = file.read_to_string(&mut holder);
                let holder = if holder.is_empty() { "another process" } else { holder.trim() };
                return Err(Error::Held(format!(
                    "{holder} writes to {}; wait until it is done",
                    database.display()
                )));
            }
        }
        let _ = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
        let _ = writeln!(file, "process {}", std::process::id());
        Ok(Self { _file: file })
    }
}
