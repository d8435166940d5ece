//! Where leads go, as a user writes it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use crate::sink::files::{self, FileSink, Format};
use crate::url::{self, without_password};
use crate::{Checkpoint, Error, Result, Sink};

/// Where leads go: `jsonl:PATH`, `csv:PATH`, `parquet:DIR`, `sqlite:PATH` or `postgres:URL`.
///
/// It is displayed without the password of a URL.
///
/// ```
/// use leadtag_extract::Destination;
/// let to: Destination = "postgres://ada:secret@db.example.com/crm".parse()?;
/// assert_eq!(to.to_string(), "postgres://ada:***@db.example.com/crm");
/// # Ok::<(), leadtag_extract::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// A file of one JSON object per line.
    Jsonl(PathBuf),
    /// A file that spreadsheets open.
    Csv(PathBuf),
    /// A folder of Parquet files.
    Parquet(PathBuf),
    /// An SQLite database.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by its URL.
    Postgres(String),
}

/// The forms, for messages.
const FORMS: &str = "jsonl:PATH, csv:PATH, parquet:DIR, sqlite:PATH or postgres:URL";

impl Destination {
    /// Opens it for writing, which nobody else can do meanwhile. That makes the file of an SQLite
    /// database, or the work folder of files; tables and rows are made when there is something to
    /// write.
    ///
    /// # Errors
    /// [`Error::Held`] if somebody else writes to it; [`Error::Damaged`] if it holds something else
    /// than leadtag wrote; [`Error::Destination`] if it cannot be reached; [`Error::File`] if its lock or
    /// its folders cannot be made; [`Error::Input`] if this program was built without it.
    pub fn open(&self) -> Result<Box<dyn Sink>> {
        if let Some((path, format)) = self.file()? {
            return Ok(Box::new(FileSink::open(path, format)?));
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => Ok(Box::new(crate::sink::SqliteSink::open(path)?)),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => Ok(Box::new(crate::sink::PostgresSink::open(url)?)),
            other => Err(other.not_built()),
        }
    }

    /// The checkpoints of all its streams, also while somebody writes to it. Nothing is made or
    /// changed; there are none where there is no such file. It blocks, as [`open`](Self::open) does.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for [`Error::Held`].
    pub fn checkpoints(&self) -> Result<Vec<Checkpoint>> {
        if let Some((path, format)) = self.file()? {
            return FileSink::peek(path, &*format);
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) if !path.exists() => Ok(Vec::new()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => crate::sink::SqliteSink::open_to_read(path)?.checkpoints(),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => crate::sink::PostgresSink::open_to_read(url)?.checkpoints(),
            other => Err(other.not_built()),
        }
    }

    /// How many leads of each provider it holds, those that are gone from their platforms too. Files
    /// have those that were there at the end of the last pull. Nothing is made or changed. It blocks.
    ///
    /// # Errors
    /// As [`checkpoints`](Self::checkpoints), and if they cannot be counted.
    pub fn count(&self) -> Result<BTreeMap<String, u64>> {
        if let Some((path, format)) = self.file()? {
            return FileSink::count(path, &*format);
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) if !path.exists() => Ok(BTreeMap::new()),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => crate::sink::SqliteSink::open_to_read(path)?.count(),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => crate::sink::PostgresSink::open_to_read(url)?.count(),
            other => Err(other.not_built()),
        }
    }

    /// Whether there is something: what a pull made, or a file of that name. Nothing is made or
    /// changed. It blocks.
    ///
    /// # Errors
    /// If it is a database that cannot be reached, or this program was built without it.
    pub fn exists(&self) -> Result<bool> {
        if let Some((path, format)) = self.file()? {
            // Before the first pull is at its end, there is its work only.
            return Ok(path.exists() || FileSink::exists(path, &*format));
        }
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => Ok(path.exists()),
            #[cfg(feature = "postgres")]
            Self::Postgres(url) => crate::sink::PostgresSink::open_to_read(url)?.is_made(),
            other => Err(other.not_built()),
        }
    }

    /// Whether a path leads to one of its files, or into a folder of its own: nobody else's file may be
    /// there. Nothing need be there yet.
    #[must_use]
    pub fn owns(&self, path: &Path) -> bool {
        match (self, self.file()) {
            (_, Ok(Some((target, format)))) => FileSink::owns(target, &*format, path),
            #[cfg(feature = "sqlite")]
            (Self::Sqlite(target), _) => crate::sink::SqliteSink::owns(target, path),
            _ => false,
        }
    }

    /// Its path and how it is written, if it is a file.
    fn file(&self) -> Result<Option<(&Path, Arc<dyn Format>)>> {
        Ok(Some(match self {
            Self::Jsonl(path) => (path, Arc::new(files::Jsonl)),
            #[cfg(feature = "csv")]
            Self::Csv(path) => (path, Arc::new(files::Csv)),
            #[cfg(feature = "parquet")]
            Self::Parquet(path) => (path, Arc::new(files::Parquet)),
            #[cfg(not(feature = "csv"))]
            Self::Csv(_) => return Err(self.not_built()),
            #[cfg(not(feature = "parquet"))]
            Self::Parquet(_) => return Err(self.not_built()),
            Self::Sqlite(_) | Self::Postgres(_) => return Ok(None),
        }))
    }

    fn not_built(&self) -> Error {
        let kind = self.kind();
        Error::Input(format!(
            "{self}: this program was built without {kind} destinations (feature `{kind}`)"
        ))
    }

    /// Whether it has a password, which is not displayed.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self, Self::Postgres(url) if without_password(url) != *url)
    }

    /// What stands before the colon.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Jsonl(_) => "jsonl",
            Self::Csv(_) => "csv",
            Self::Parquet(_) => "parquet",
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

impl FromStr for Destination {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unusable = |why: &str| {
            let shown = without_password(text);
            Error::Input(format!("destination {shown:?}: {why}; write {FORMS}"))
        };
        let (kind, rest) = text.split_once(':').ok_or_else(|| unusable("it has no kind"))?;
        if rest.trim().is_empty() {
            return Err(unusable("nothing follows the colon"));
        }
        if rest == "~" || rest.starts_with("~/") {
            return Err(unusable("shells leave ~ as it is there; write the whole path, or $HOME"));
        }
        match (kind, rest) {
            ("jsonl" | "csv", "-") => {
                return Err(unusable("leads are put into files, and a pull prints none"));
            }
            ("sqlite", ":memory:") => {
                return Err(unusable("what is in memory would be gone at the end; give a path"));
            }
            ("jsonl" | "csv" | "parquet" | "sqlite", rest)
                if rest.starts_with("//") || rest.contains("://") || names_a_kind(rest) =>
            {
                return Err(unusable("a path follows the colon, and no URL"));
            }
            _ => {}
        }
        let path = || PathBuf::from(rest);
        Ok(match kind {
            "jsonl" => Self::Jsonl(path()),
            "csv" => Self::Csv(path()),
            "parquet" => Self::Parquet(path()),
            "sqlite" => Self::Sqlite(path()),
            "postgres" | "postgresql" if rest.starts_with("//") => Self::Postgres(text.to_owned()),
            "postgres" | "postgresql" if !url::is_in_words(rest) && !rest.contains("://") => {
                return Err(unusable("it is no URL, such as postgres://user@host/database"));
            }
            "postgres" | "postgresql" => Self::Postgres(rest.to_owned()),
            _ => return Err(unusable("its kind is not known")),
        })
    }
}

/// Whether a path begins as a destination does, or as a URL of a file.
fn names_a_kind(path: &str) -> bool {
    let kinds = ["jsonl", "csv", "parquet", "sqlite", "postgres", "postgresql", "file"];
    path.split_once(':').is_some_and(|(kind, _)| kinds.contains(&kind))
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jsonl(path) | Self::Csv(path) | Self::Parquet(path) | Self::Sqlite(path) => {
                write!(f, "{}:{}", self.kind(), path.display())
            }
            Self::Postgres(url) => f.write_str(&url::display(url)),
        }
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_and_shown_as_it_was_written() {
        for text in [
            "jsonl:leads.jsonl",
            "csv:/tmp/leads.csv",
            "parquet:out",
            "sqlite:C:\\leads.db",
            "postgres://db.example.com/crm",
            "postgresql://ada@db.example.com:5433/crm?sslmode=disable",
            "postgres:host=db.example.com user=ada",
        ] {
            let destination: Destination = text.parse().unwrap();
            assert_eq!(destination.to_string(), text);
        }
        assert_eq!(
            "postgres:postgres://h/db".parse::<Destination>().unwrap(),
            "postgres://h/db".parse().unwrap()
        );
    }

    #[test]
    fn what_is_no_destination_is_refused_with_the_forms() {
        for text in [
            "leads.db",
            "sqlite:",
            "mysql://u:secret@h/db",
            "",
            "csv:~/leads.csv",
            "jsonl:-",
            "sqlite::memory:",
            "sqlite:///leads.db",
            "sqlite:file:leads.db?mode=ro",
            "parquet:s3://bucket/leads",
            "csv:sqlite:leads.db",
            "postgres:crm",
        ] {
            let error = text.parse::<Destination>().unwrap_err().to_string();
            assert!(error.contains("sqlite:PATH"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
