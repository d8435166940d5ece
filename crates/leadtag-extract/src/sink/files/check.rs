//! Whether everything is as it was left, and what is done with what is not.

use super::FileSink;
use super::format::Content;
use super::index::damaged;
use super::paths::Paths;
use super::state::{self, State, TableState};
use crate::table::LEADS;
use crate::{Error, Result};

/// The state of files, of which the published ones are there and as long as it says. Where a pull
/// publishes just now, or was killed at it, a new file stands beside the state of the old one.
pub(super) fn settled(paths: &Paths, format: &str) -> Result<State> {
    let mut state = State::load(paths, format)?;
    loop {
        let checked = state.tables.iter().try_for_each(|table| check_length(paths, table));
        let Err(error) = checked else { return Ok(state) };
        let now = State::load(paths, format)?;
        if now.pending.is_some() {
            return Ok(now);
        }
        if now == state {
            return Err(error);
        }
        state = now;
    }
}

/// An error if a published file is gone, or has another length: nothing else is looked at.
fn check_length(paths: &Paths, table: &TableState) -> Result<()> {
    let Some(published) = &table.published else { return Ok(()) };
    let path = paths.file(table.name());
    match path.metadata() {
        Err(_) => Err(paths.gone(&path)),
        Ok(there) if there.len() != published.content.length => Err(paths.changed(&path)),
        Ok(_) => Ok(()),
    }
}

impl FileSink {
    /// Removes the files that the state does not name.
    pub(super) fn sweep(&self) -> Result<()> {
        let mut named = Vec::new();
        for table in &self.committed.tables {
            let name = table.name();
            if table.published.is_some() {
                named.push(self.paths.index(name));
            }
            for segment in &table.segments {
                named.push(self.paths.segment(name, segment.number));
                named.push(self.paths.segment_index(name, segment.number));
            }
        }
        let nexts = self.committed.tables.iter().map(|table| self.paths.next(table.name()));
        let mut leftovers = self.paths.leftovers()?;
        leftovers.extend(nexts.filter(|next| next.exists()));
        for path in leftovers.into_iter().filter(|path| !named.contains(path)) {
            self.disk.remove(&path).map_err(Error::file(&path, "cannot be removed"))?;
        }
        Ok(())
    }

    /// An error if a published file is not as it was written.
    pub(super) fn verify(&mut self) -> Result<()> {
        for table in &mut self.committed.tables {
            let name = table.name().to_owned();
            let path = self.paths.file(&name);
            let Some(published) = &mut table.published else {
                self.paths.refuse_foreign(&name)?;
                continue;
            };
            self.paths.refuse_strangers(&name)?;
            let modified = state::modified(&path);
            let length = path.metadata().ok().map(|known| known.len());
            if length == Some(published.content.length) && modified == published.modified {
                continue;
            }
            let content = Content::of(&path).map_err(Error::file(&path, "cannot be read"))?;
            let Some(content) = content else {
                return Err(self.paths.gone(&path));
            };
            if content != published.content {
                return Err(self.paths.changed(&path));
            }
            published.modified = modified;
            if let Some(staged) = self.state.table_mut(&name).and_then(|t| t.published.as_mut()) {
                staged.modified = modified;
            }
        }
        Ok(())
    }

    /// An error if a file of leadtag's own is not as it was written: who went on with it would lose
    /// rows, or have them twice.
    pub(super) fn verify_work(&self) -> Result<()> {
        for table in &self.committed.tables {
            let name = table.name();
            let published = table.published.iter();
            let published = published.map(|file| (self.paths.index(name), &file.index));
            let segments = table.segments.iter().flat_map(|segment| {
                [
                    (self.paths.segment(name, segment.number), &segment.content),
                    (self.paths.segment_index(name, segment.number), &segment.index),
                ]
            });
            for (path, written) in published.chain(segments) {
                let Some(written) = written else { continue };
                match Content::of(&path).map_err(Error::file(&path, "cannot be read"))? {
                    None => return Err(damaged(&path, "it is gone")),
                    Some(content) if content != *written => {
                        return Err(damaged(&path, "it is not as it was written"));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Whether the file of a table is gone that was published.
    fn lacks(&self, table: &TableState) -> bool {
        table.published.is_some() && !self.paths.file(table.name()).exists()
    }

    /// Whether any is.
    pub(super) fn is_gone(&self) -> bool {
        self.committed.tables.iter().any(|table| self.lacks(table))
    }

    /// Forgets the tables whose files are gone, and where all streams stand: they have read more
    /// than is there.
    pub(super) fn start_afresh(&mut self) -> Result<()> {
        let mut new = self.committed.clone();
        new.tables.retain(|table| !self.lacks(table));
        new.checkpoints.clear();
        new.pending = None;
        if new.table(LEADS).is_none() {
            new.deletions.clear();
        }
        new.save(&*self.disk, &self.paths)?;
        let old = std::mem::replace(&mut self.committed, new.clone());
        self.state = new;
        self.open.clear();
        let nexts = old.tables.iter().map(|table| self.paths.next(table.name()));
        for path in nexts {
            self.disk.remove(&path).map_err(Error::file(&path, "cannot be removed"))?;
        }
        self.sweep()
    }
}
