//! Which files there are, and what they are called.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::disk::{Disk, folder_of, make_folders};
use super::format::Format;
use crate::sink::place::resolved;
use crate::table::{INTERACTIONS, LEADS};
use crate::{Error, Result};

/// Where the files of a destination are.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// As users write it.
    pub(super) name: String,
    /// The file, or the folder of folders.
    target: PathBuf,
    /// The folder of everything that is not published.
    pub(super) work: PathBuf,
    extension: &'static str,
    in_folder: bool,
}

impl Paths {
    /// Finds the place and makes its folders. Nothing is made where a file stands that is not ours.
    pub(super) fn make(path: &Path, format: &dyn Format, disk: &dyn Disk) -> Result<Self> {
        let make =
            |path: &Path| make_folders(disk, path).map_err(Error::file(path, "cannot be made"));
        if format.in_folder() && !path.exists() && !path.is_symlink() {
            make(path)?;
        }
        let paths = Self::find(path, format)?;
        if !paths.state().exists() {
            paths.refuse_foreign(LEADS)?;
        }
        make(&paths.work)?;
        Ok(paths)
    }

    /// Finds the place. There may be nothing yet.
    pub(super) fn find(path: &Path, format: &dyn Format) -> Result<Self> {
        let name = format!("{}:{}", format.name(), path.display());
        let target = real(path, format.in_folder(), &name)?;
        Ok(Self::at(target, name, format))
    }

    fn at(target: PathBuf, name: String, format: &dyn Format) -> Self {
        let work = if format.in_folder() {
            target.join("_leadtag")
        } else {
            beside(&target, &format!("{}.leadtag", file_name(&target)))
        };
        let (extension, in_folder) = (format.name(), format.in_folder());
        Self { name, target, work, extension, in_folder }
    }

    /// Whether a path leads to one of the files of the destination at `target`, or into one of its
    /// folders.
    pub(super) fn owns(target: &Path, format: &dyn Format, path: &Path) -> bool {
        let (Some(target), Some(path)) = (resolved(target), resolved(path)) else { return false };
        let paths = Self::at(target, String::new(), format);
        let is_file = |table| path == paths.file(table) || path == paths.next(table);
        path.starts_with(&paths.work)
            || path.starts_with(&paths.target)
            || [LEADS, INTERACTIONS].into_iter().any(is_file)
    }

    /// An error if a file stands where a table is to be published for the first time.
    pub(super) fn refuse_foreign(&self, table: &str) -> Result<()> {
        self.refuse_strangers(table)?;
        let file = self.file(table);
        match file.symlink_metadata() {
            Err(_) => Ok(()),
            Ok(_) => Err(self.error(format!(
                "{} is there already, and was not written by leadtag, or its work folder {} was \
                 removed; give another path, or move it away",
                file.display(),
                self.work.display()
            ))),
        }
    }

    /// An error if the folder of a table has something else in it that readers of the whole folder
    /// would take for a part of the table.
    pub(super) fn refuse_strangers(&self, table: &str) -> Result<()> {
        if !self.in_folder {
            return Ok(());
        }
        let own = self.file(table);
        let folder = folder_of(&own);
        let unreadable = || Error::file(&folder, "cannot be read");
        let found = match fs::read_dir(&folder) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unreadable()(error)),
        };
        for entry in found {
            let path = entry.map_err(unreadable())?.path();
            let is_hidden = file_name(&path).starts_with(['.', '_']);
            if path != own && !is_hidden {
                return Err(self.error(format!(
                    "{} was not written by leadtag, and who reads the folder would take it for \
                     {table}; move it away, or give another folder",
                    path.display()
                )));
            }
        }
        Ok(())
    }

    /// The published file of a table.
    pub(super) fn file(&self, table: &str) -> PathBuf {
        if self.in_folder {
            return self.target.join(table).join(format!("part-00000.{}", self.extension));
        }
        if table == LEADS {
            return self.target.clone();
        }
        let stem = self.target.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let end = self.target.extension().map(|end| format!(".{}", end.to_string_lossy()));
        beside(&self.target, &format!("{stem}.{table}{}", end.unwrap_or_default()))
    }

    /// What is to become the published file of a table: in the same folder, hidden.
    pub(super) fn next(&self, table: &str) -> PathBuf {
        let file = self.file(table);
        beside(&file, &format!(".{}.next", file_name(&file)))
    }

    /// The index of the published file of a table.
    pub(super) fn index(&self, table: &str) -> PathBuf {
        self.work.join(format!("{table}.idx"))
    }

    pub(super) fn next_index(&self, table: &str) -> PathBuf {
        self.work.join(format!("{table}.idx.next"))
    }

    pub(super) fn merged(&self, table: &str, number: usize) -> PathBuf {
        self.work.join(format!("{table}-{number}.merged"))
    }

    pub(super) fn segment(&self, table: &str, number: u64) -> PathBuf {
        self.work.join(format!("seg-{number:06}.{table}.{}", self.extension))
    }

    pub(super) fn segment_index(&self, table: &str, number: u64) -> PathBuf {
        self.work.join(format!("seg-{number:06}.{table}.idx"))
    }

    pub(super) fn state(&self) -> PathBuf {
        self.work.join("state.json")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.work.join("lock")
    }

    /// The files in the work folder that are only there while something is written, or are named
    /// by the state.
    pub(super) fn leftovers(&self) -> Result<Vec<PathBuf>> {
        let unreadable = || Error::file(&self.work, "cannot be read");
        let mut files = Vec::new();
        for file in fs::read_dir(&self.work).map_err(unreadable())? {
            let path = file.map_err(unreadable())?.path();
            let name = file_name(&path);
            let is_ours = name.starts_with("seg-")
                || [".idx", ".next", ".merged", ".part"].iter().any(|end| name.ends_with(end));
            if is_ours && path.is_file() {
                files.push(path);
            }
        }
        Ok(files)
    }

    pub(super) fn error(&self, why: impl Into<String>) -> Error {
        Error::Destination { place: self.name.clone(), why: why.into() }
    }

    /// The error where a file is not what was published.
    pub(super) fn changed(&self, file: &Path) -> Error {
        self.error(format!(
            "{} was changed by another program and would be overwritten; move it away, forget what \
             was read (`leadtag leads reset --provider P --to {}`) and pull everything again, or give \
             another path",
            file.display(),
            self.name
        ))
    }

    /// The error where a file is gone that was published.
    pub(super) fn gone(&self, file: &Path) -> Error {
        self.error(format!(
            "{} is gone; put it back, or forget what was read (`leadtag leads reset --provider P \
             --to {}`) and pull everything again",
            file.display(),
            self.name
        ))
    }
}

/// The one name that a file has, however it was written: a link leads to its file, which is not to
/// be replaced by another one under the link's name.
fn real(path: &Path, in_folder: bool, name: &str) -> Result<PathBuf> {
    let refuse =
        |why: &str| Err(Error::Destination { place: name.to_owned(), why: why.to_owned() });
    let unusable = || Error::file(path, "cannot be used");
    let is_there = match path.metadata() {
        Ok(known) if in_folder && !known.is_dir() => {
            return refuse("it is not a folder; give another path");
        }
        Ok(known) if !in_folder && known.is_dir() => {
            return refuse("it is a folder; give the path of a file");
        }
        Ok(known) if !in_folder && !known.is_file() => {
            return refuse("it is not a regular file; give another path");
        }
        Ok(_) => true,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if path.is_symlink() {
                return refuse("it is a link that leads nowhere; give the path of a file");
            }
            false
        }
        Err(error) => return Err(unusable()(error)),
    };
    if is_there {
        return path.canonicalize().map_err(unusable());
    }
    let Some(last) = path.file_name() else {
        return refuse("it has no file name; give the path of a file");
    };
    let folder = folder_of(path);
    match folder.canonicalize() {
        Ok(folder) => Ok(folder.join(last)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            refuse(&format!("there is no folder {}; make it first", folder.display()))
        }
        Err(error) => Err(Error::file(folder, "cannot be used")(error)),
    }
}

fn beside(path: &Path, name: &str) -> PathBuf {
    path.with_file_name(name)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
