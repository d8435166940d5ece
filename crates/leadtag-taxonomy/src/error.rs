//! What can go wrong besides what a platform answers.

use std::io;
use std::path::PathBuf;

use crate::Excess;

/// The result of this crate's fallible calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Each text says where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{}: {what}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was being done, such as `cannot be read`.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// A file that leadtag wrote does not read as it was written.
    #[error("{file}: {why}")]
    Damaged {
        /// The file, with the line if it is known.
        file: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// What the user wrote cannot be used. Nothing was sent.
    #[error("{0}")]
    Input(String),
    /// It may not be done as things stand.
    #[error("{0}")]
    Refused(String),
    /// A plan does more than the limits allow.
    #[error("{}", messages(.0))]
    LimitsExceeded(Vec<Excess>),
    /// Somebody else holds the process lock.
    #[error("{holder}")]
    Held {
        /// Who, since when, and what to do.
        holder: String,
    },
    /// A provider failed.
    #[error("{provider}: {error}")]
    Provider {
        /// The provider's name in the configuration.
        provider: String,
        /// What it answered.
        error: leadtag_core::Error,
    },
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

fn messages(excesses: &[Excess]) -> String {
    excesses.iter().map(|excess| excess.message.as_str()).collect::<Vec<_>>().join("; ")
}
