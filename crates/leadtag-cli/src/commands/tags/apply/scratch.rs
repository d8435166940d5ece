//! Where an apply on the embedded sandbox keeps its files: that company is gone afterwards, and its
//! ids must not stand in the lock of a real one.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// A directory with a copy of the lock, removed in the end.
pub(super) struct Scratch {
    directory: PathBuf,
    lock: PathBuf,
}

impl Scratch {
    /// `None` unless the command runs on an embedded sandbox of its own.
    pub(super) fn for_sandbox(
        session: &Session,
        lock: &Path,
        output: &Output,
    ) -> Result<Option<Self>, Failure> {
        if !session.is_fleeting() {
            return Ok(None);
        }
        let directory = std::env::temp_dir().join(format!("leadtag-{}", std::process::id()));
        let failed = |error: std::io::Error| {
            Failure::failed(format!("{} cannot be used: {error}", directory.display()))
        };
        fs::create_dir_all(&directory).map_err(failed)?;
        let copy = directory.join("tags.lock");
        if lock.exists() {
            fs::copy(lock, &copy).map_err(failed)?;
        }
        output.notice("the lock stays as it is, and no undo plan is kept");
        Ok(Some(Self { directory, lock: copy }))
    }

    pub(super) fn lock(&self) -> &Path {
        &self.lock
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system clears its own directory if this cannot.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
