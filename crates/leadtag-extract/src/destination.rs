//! Where leads go, as a user writes it.

use std::path::PathBuf;

/// Where leads go: `jsonl:PATH`, `csv:PATH`, `parquet:DIR`, `sqlite:PATH` or `postgres:URL`.
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
