//! How files are written so that a crash leaves the old one or the new one.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Where the files of an apply are kept. A test lets single calls fail.
pub trait Disk: fmt::Debug + Send + Sync {
    /// The file's bytes; `None` if there is no such file.
    ///
    /// # Errors
    /// If it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Writes `bytes` to the end of a file that only its owner reads, made if there is none, and
    /// returns when they are on the disk.
    ///
    /// # Errors
    /// If it cannot be written; a part of the bytes may be there then.
    fn append_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Writes a file that [`rename_synced`](Self::rename_synced) is to put in its place.
    ///
    /// # Errors
    /// If it cannot be written.
    fn write_part(&self, path: &Path, bytes: &[u8], mode: Mode<'_>) -> io::Result<()>;

    /// Puts a file in the place of another one, and returns when that is on the disk.
    ///
    /// # Errors
    /// If it cannot be done.
    fn rename_synced(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Cuts a file to its first `length` bytes.
    ///
    /// # Errors
    /// If it cannot be written.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Removes a file. It need not be there.
    ///
    /// # Errors
    /// If it cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug)]
pub enum Mode<'a> {
    /// Its owner.
    Private,
    /// Whoever may read this one, if it is there.
    Like(&'a Path),
}

/// The files of this machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files;

impl Disk for Files {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn append_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        private(&mut options);
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        if is_new { sync_directory_of(path) } else { Ok(()) }
    }

    fn write_part(&self, path: &Path, bytes: &[u8], mode: Mode<'_>) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        if let Mode::Private = mode {
            private(&mut options);
        }
        let mut file = options.open(path)?;
        if let Mode::Like(other) = mode
            && let Ok(known) = fs::metadata(other)
        {
            // A file system without permissions keeps what it has.
            let _ = file.set_permissions(known.permissions());
        }
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename_synced(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        sync_directory_of(to)
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => sync_directory_of(path),
        }
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// A new name is on the disk when its directory is. Elsewhere a directory cannot be opened.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
