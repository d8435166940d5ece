//! What can go wrong besides what a platform answers.

use std::io;
use std::path::PathBuf;

/// The result of this crate's fallible calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Each text says where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}: {what}: {source}; {}", path.display(), remedy(source))]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done, such as `cannot be read`.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// What leadtag wrote does not read as it was written, or is something else altogether.
    #[error("{place}: {why}")]
    Damaged {
        /// The file or table.
        place: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// What the user wrote cannot be used. Nothing was sent and nothing written.
    #[error("{0}")]
    Input(String),
    /// The destination cannot take it as things stand.
    #[error("{place}: {why}")]
    Destination {
        /// The destination, without its password.
        place: String,
        /// What it said, and what to do.
        why: String,
    },
    /// Somebody else writes to the destination.
    #[error("{0}")]
    Held(String),
}

/// What to do about a file that cannot be used.
fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind as Kind;
    // EMFILE has no kind.
    if cfg!(unix) && error.raw_os_error() == Some(24) {
        return "this program has too many files open: raise the limit (`ulimit -n`) and start again: what was \
                committed is safe";
    }
    match error.kind() {
        Kind::StorageFull | Kind::FileTooLarge | Kind::QuotaExceeded => {
            "make room and start again: what was committed is safe"
        }
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => {
            "see to it that it may be used, or give another path"
        }
        Kind::NotADirectory => "a file stands where a folder is needed; give another path",
        Kind::NotFound => "check the path",
        _ => "check the path and the disk, and start again: what was committed is safe",
    }
}

impl Error {
    /// For `map_err`: a file could not be used.
    pub(crate) fn file(
        path: impl Into<PathBuf>,
        what: &'static str,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, what, source }
    }
}
