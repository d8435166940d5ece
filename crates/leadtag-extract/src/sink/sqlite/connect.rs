//! How the file of a database is reached.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::super::place::with_end;
use super::{DbPath, JOURNAL, WAL};
use crate::{Error, Result};

/// A database is a regular file.
pub(super) fn check_kind(place: &DbPath) -> Result<()> {
    let path = &place.0;
    if !path.exists() {
        return Ok(());
    }
    let why = if path.is_dir() {
        "it is a folder; give the path of a file"
    } else if !path.is_file() {
        "it is not a regular file; give the path of a file"
    } else if has_two_names(path) {
        "the file has a second name (a hard link), and SQLite, which goes by names, would lose rows; \
         remove one of them, or make it a symbolic link"
    } else {
        return Ok(());
    };
    Err(Error::Destination { place: place.name(), why: why.to_owned() })
}

/// Its log and its lock stand beside it under one of them, where nobody finds them by the other.
fn has_two_names(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        path.metadata().is_ok_and(|there| there.nlink() > 1)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Which file a path leads to, where the system tells. The file is not opened for that: SQLite would
/// lose its locks when it is closed.
pub(super) fn file_at(path: &Path) -> Option<(u64, u64)> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        path.metadata().ok().map(|there| (there.dev(), there.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}

/// Connects to a database that is there, for reading alone.
///
/// SQLite makes files beside one that is read, and removes them if it may write; those of somebody
/// who may not would stay, and keep others from writing. So he reads the database as it stands, unless
/// a writer is at work: then the files are there already.
pub(super) fn connect_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let looked_at = |db: Connection| {
        db.pragma_update(None, "query_only", "ON")?;
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(db)
    };
    let own = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)
        .and_then(|db| Ok(if db.is_readonly("main")? { None } else { Some(looked_at(db)?) }));
    match own {
        Ok(Some(db)) => return Ok(db),
        Ok(None) => {}
        Err(error) => match error.sqlite_error_code() {
            // So it is in a folder where no file may be made, or on a disk without room for one.
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure,
            ) => {}
            _ => return Err(error),
        },
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_ONLY;
    match path.to_str() {
        Some(text) if is_at_rest(path) => {
            let text = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
            let uri = format!("file:{text}?immutable=1");
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Connection::open_with_flags(path, flags).and_then(looked_at),
    }
}

/// Whether a database has a log of its transactions, and nobody has it open.
fn is_at_rest(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = [0; 20];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
    // The versions that a program must know to write and to read it.
    let has_log = read.is_ok() && head[18..] == [2, 2];
    has_log && !with_end(path, WAL).exists() && !with_end(path, JOURNAL).exists()
}

/// Makes a file that is not there yet, for nobody but its owner. Where that fails, opening it tells
/// why.
pub(super) fn make_private(path: &Path) {
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _ = options.open(path);
}
