//! What is done to files, step by step, so that a test can let each step be the last.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where files are kept. A test lets single calls fail.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Makes a file that only its owner reads, or empties it.
    ///
    /// # Errors
    /// If it cannot be made.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file the permissions of another one, as far as there are any.
    ///
    /// # Errors
    /// If that is not allowed.
    fn permit_like(&self, path: &Path, other: &Path) -> io::Result<()>;

    /// Puts a file in the place of another one.
    ///
    /// # Errors
    /// If it cannot be done.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. It need not be there.
    ///
    /// # Errors
    /// If it cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in a folder are on the disk.
    ///
    /// # Errors
    /// If they cannot be written.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// A file that is written from its beginning to its end.
pub trait DiskFile: Write + Send {
    /// Returns when everything is on the disk.
    ///
    /// # Errors
    /// If it cannot be written.
    fn sync(&mut self) -> io::Result<()>;
}

/// Makes a folder and those above it that are not there. Their names are on the disk then.
pub(super) fn make_folders(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path)?;
    missing.iter().try_for_each(|made| disk.sync_folder(&folder_of(made)))
}

/// The files of this machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        private(&mut options);
        Ok(Box::new(options.open(path)?))
    }

    fn permit_like(&self, path: &Path, other: &Path) -> io::Result<()> {
        match fs::metadata(other) {
            Ok(known) => fs::set_permissions(path, known.permissions()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Elsewhere than on Unix a folder cannot be opened.
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

impl DiskFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

/// The folder that a file is in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
}
