//! Begins: `tags.toml` and `tags.lock` from what is live.

mod finish;
mod keys;
mod merge;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::join_all;
use leadtag_core::Clock;

use crate::store::{ProcessLock, beside, hold, journal_of, replace_file};
use crate::{Error, File, Live, Lock, Note, ProviderFacts, Result, Target};

/// What an import made.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Imported {
    /// The file: what is live, under logical keys.
    pub file: File,
    /// The lock: every id that the file is about.
    pub lock: Lock,
    /// How many groups and tags are on several providers.
    pub merged: usize,
    /// What was left out, or is worth knowing.
    pub notes: Vec<Note>,
}

/// Where an import goes to. While it lives, nobody applies or imports over the same lock.
#[derive(Debug)]
pub struct Destination {
    file: PathBuf,
    lock: PathBuf,
    _held: ProcessLock,
}

impl Destination {
    /// Keeps others out. To be made before anything is read.
    ///
    /// # Errors
    /// [`Error::Held`] if somebody is at work, [`Error::Refused`] if an apply was interrupted, of
    /// which the journal is still needed, and [`Error::File`].
    pub async fn open(file: &Path, lock: &Path, clock: &dyn Clock) -> Result<Self> {
        let held = hold(lock, "tags import", Duration::ZERO, clock).await?;
        if let Some(journal) = journal_of(lock) {
            return Err(Error::Refused(format!(
                "an apply was interrupted, and {} is still there; leadtag tags apply goes on with \
                 it, import after that",
                journal.display()
            )));
        }
        Ok(Self { file: file.to_owned(), lock: lock.to_owned(), _held: held })
    }

    /// Replaces file and lock. What stood there and was different is kept beside it, with `.old`
    /// behind its name; gives these names.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn write(&self, imported: &Imported) -> Result<Vec<PathBuf>> {
        // Were the lock the first, an old file beside it would ask for deletions.
        let files = [(&self.file, imported.file.to_toml()), (&self.lock, imported.lock.to_text())];
        let mut kept = Vec::new();
        for (path, text) in files {
            kept.extend(keep(path, &text)?);
            replace_file(path, &text)?;
        }
        Ok(kept)
    }
}

/// Keeps what stands at `path`, unless it is `new` already. Somebody may have written it.
fn keep(path: &Path, new: &str) -> Result<Option<PathBuf>> {
    if !path.metadata().is_ok_and(|known| known.is_file()) {
        return Ok(None);
    }
    let old = beside(path, ".old");
    let same = fs::read(path).map(|bytes| bytes.is_empty() || bytes == new.as_bytes());
    match same.and_then(|same| if same { Ok(false) } else { fs::copy(path, &old).map(|_| true) }) {
        Ok(kept) => Ok(kept.then_some(old)),
        Err(error) => Err(Error::file(path, "cannot be kept as .old")(error)),
    }
}

/// A provider with what is live there.
#[derive(Debug)]
struct Source {
    facts: ProviderFacts,
    live: Live,
}

/// Makes file and lock of all that is live on `targets`, so that there is nothing to plan.
///
/// Groups of one name on several providers become one, as do tags of one name within them. A tag
/// of a provider without groups joins the only tag of that name that stands in a group; otherwise
/// it goes to a group of its own, `ungrouped` (未分组). What `old` knows keeps its logical key.
///
/// What a file cannot tell apart or name is left out, so nobody manages it: a second tag of one
/// name in one group, or a name with white space around it. A note tells of each.
///
/// # Errors
/// `Refused` for a provider whose tags cannot be written, `Provider` for the first that cannot be
/// listed.
pub async fn import(targets: &[Target<'_>], old: Option<&Lock>) -> Result<Imported> {
    if let Some(target) = targets.iter().find(|target| !target.facts().writes_tags()) {
        let why = "its tags cannot be written, so they cannot be managed; leave it out";
        return Err(Error::Refused(format!("{}: {why}", target.name)));
    }
    let listed = join_all(targets.iter().map(|target| Live::fetch(target.provider))).await;
    let mut sources = Vec::with_capacity(targets.len());
    for (target, live) in targets.iter().zip(listed) {
        let provider = target.name.to_owned();
        let live = live.map_err(|error| Error::Provider { provider, error })?;
        sources.push(Source { facts: target.facts(), live });
    }
    let old = Old::of(&sources, old);
    let (draft, mut notes) = merge::merge(&sources, &old);
    let mut imported = finish::finish(draft, &sources, &old);
    notes.extend(old.notes(&sources));
    imported.notes = notes;
    Ok(imported)
}

/// The logical keys that an old lock gives, by place of the provider and id.
#[derive(Debug, Default)]
struct Old<'a> {
    lock: Option<&'a Lock>,
    groups: HashMap<(usize, &'a str), &'a str>,
    tags: HashMap<(usize, &'a str), &'a str>,
}

impl<'a> Old<'a> {
    fn of(sources: &[Source], lock: Option<&'a Lock>) -> Self {
        let mut old = Self { lock, ..Self::default() };
        for (at, source) in sources.iter().enumerate() {
            let held = lock.and_then(|lock| lock.providers.get(&source.facts.name));
            // Ids of another platform mean nothing here.
            let Some(held) = held.filter(|held| held.platform == source.facts.platform) else {
                continue;
            };
            let groups = held.groups.values();
            old.groups.extend(groups.map(|group| ((at, group.id.as_str()), group.key.as_str())));
            let tags = held.tags.values();
            old.tags.extend(tags.map(|tag| ((at, tag.id.as_str()), tag.key.as_str())));
        }
        old
    }

    /// Nobody should lose a provider without being told.
    fn notes(&self, sources: &[Source]) -> Vec<Note> {
        let known = self.lock.into_iter().flat_map(|lock| lock.providers.keys());
        let dropped =
            known.filter(|name| !sources.iter().any(|source| source.facts.name == **name));
        let note = |name: &String| {
            let message =
                format!("{name}: not imported; its tags stay there, unmanaged from now on");
            Note::new("not-imported", message)
        };
        dropped.map(note).collect()
    }
}
