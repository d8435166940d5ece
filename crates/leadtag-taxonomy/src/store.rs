//! The files of an apply: `tags.lock`, its journal, and who works on them.

mod disk;
mod held;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use leadtag_core::Clock;

use crate::journal::{Begun, Ended, History, Record, RunStart};
use crate::{Error, Lock, LockChange, PlanKind, ProviderLock, Result};

pub use disk::{Disk, Mode};
pub use held::ProcessLock;

use disk::Files;

/// A lock of so many tags is not written more often than every [`BIG_LOCK_PAUSE`]: that would take
/// longer than the steps themselves.
const BIG_LOCK: usize = 1_000;
const BIG_LOCK_PAUSE: Duration = Duration::from_millis(250);

/// The lock file with its journal, held by this process alone.
///
/// Beside `tags.lock` stand `tags.lock.journal` while an apply is not finished, `tags.lock.held`,
/// which the processes lock, and `tags.undo.json` after an apply (`tags.redo.json` after an undo).
pub struct Workspace {
    lock_path: PathBuf,
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
    /// Freed when this goes.
    _held: Option<ProcessLock>,
}

struct State {
    lock: Lock,
    history: History,
    /// When the lock was written last, and how long it took.
    written: Option<(Instant, Duration)>,
    /// Whether the journal knows more than the lock on the disk.
    is_ahead: bool,
    /// Nothing is written any more once a write has failed.
    broken: bool,
}

/// What an interrupted apply left, for commands that only read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pending {
    /// The lock, with all that is known to have been done.
    pub lock: Lock,
    /// Whether an apply was interrupted in the middle of a step: the next one looks first what
    /// became of it.
    pub interrupted: bool,
}

impl Workspace {
    /// Takes the process lock, waiting for it at most `wait`, and reads lock and journal.
    /// `command` is told to whoever comes second.
    ///
    /// # Errors
    /// [`Error::Held`] if another process has it, [`Error::File`] and [`Error::Damaged`] for files.
    pub async fn open(
        lock: &Path,
        command: &str,
        wait: Duration,
        clock: &dyn Clock,
    ) -> Result<Self> {
        let lock = real(lock);
        let held = hold(&lock, command, wait, clock).await?;
        Self::read(&lock, Arc::new(Files), Some(held))
    }

    /// As [`open`](Self::open), on files that are kept elsewhere. Whoever calls sees to it that
    /// nobody else works on them.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Damaged`].
    pub fn open_on(lock: &Path, disk: Arc<dyn Disk>) -> Result<Self> {
        Self::read(lock, disk, None)
    }

    /// Reads lock and journal without holding or changing them, as a plan does.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Damaged`].
    pub fn peek(lock: &Path) -> Result<Pending> {
        let (state, _) = Self::load(&real(lock), &Files)?;
        let interrupted = state.history.open().next().is_some();
        Ok(Pending { lock: state.lock, interrupted })
    }

    fn read(lock: &Path, disk: Arc<dyn Disk>, held: Option<ProcessLock>) -> Result<Self> {
        let (state, cut) = Self::load(lock, &*disk)?;
        let journal = journal_path(lock);
        match cut {
            Some(_) if state.history.is_empty() => {
                disk.remove(&journal).map_err(Error::file(&journal, "cannot be removed"))?;
            }
            Some(length) => {
                disk.truncate(&journal, length).map_err(Error::file(&journal, "cannot be cut"))?;
            }
            None => {}
        }
        Ok(Self { lock_path: lock.to_owned(), disk, state: Mutex::new(state), _held: held })
    }

    /// The lock with all that the journal knows, and where the journal must be cut.
    fn load(lock_path: &Path, disk: &dyn Disk) -> Result<(State, Option<u64>)> {
        let read = |path: &Path| disk.read(path).map_err(Error::file(path, "cannot be read"));
        let name = lock_path.display().to_string();
        let mut lock = match read(lock_path)? {
            Some(bytes) => Lock::parse_bytes(bytes, &name)?,
            None => Lock::default(),
        };
        let journal = journal_path(lock_path);
        let (history, cut) = match read(&journal)? {
            Some(bytes) => History::read(&bytes, &journal.display().to_string())?,
            None => (History::default(), None),
        };
        for (provider, ended) in history.ended() {
            let changes = ended.lock_changes();
            let held = lock.providers.entry(provider.to_owned()).or_default();
            changes.iter().for_each(|change| held.make(change));
        }
        for (provider, platform) in history.platforms() {
            if let Some(held) = lock.providers.get_mut(provider).filter(|h| h.platform.is_empty()) {
                platform.clone_into(&mut held.platform);
            }
        }
        let state = State { lock, history, written: None, is_ahead: false, broken: false };
        Ok((state, cut))
    }

    /// The lock as it stands now.
    #[must_use]
    pub fn lock(&self) -> Lock {
        self.state().lock.clone()
    }

    /// What is ours on `provider`.
    #[must_use]
    pub fn provider_lock(&self, provider: &str) -> ProviderLock {
        self.state().lock.providers.get(provider).cloned().unwrap_or_default()
    }

    /// The providers on which something was done that has not been closed yet.
    #[must_use]
    pub fn unfinished(&self) -> BTreeSet<String> {
        self.state().history.providers()
    }

    /// The file that plans of this kind are written to. What takes an undo back goes to another
    /// one than the undo: that one can be run again if its apply dies.
    pub(crate) fn undo_path(&self, kind: PlanKind) -> PathBuf {
        let end = if kind == PlanKind::Redo { "redo.json" } else { "undo.json" };
        self.lock_path.with_extension(end)
    }

    /// The file with what was begun, which is there while an apply is not finished.
    #[must_use]
    pub fn journal_path(&self) -> PathBuf {
        journal_path(&self.lock_path)
    }

    /// The file.
    #[must_use]
    pub fn lock_path(&self) -> &Path {
        &self.lock_path
    }

    pub(crate) fn history<T>(&self, look: impl FnOnce(&History) -> T) -> T {
        look(&self.state().history)
    }

    /// Whether a write has failed; then nothing may be sent any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.state().broken
    }

    /// Notes that a run begins; gives its number.
    pub(crate) fn start(&self, start: RunStart) -> Result<u32> {
        let mut state = self.state();
        let run = state.history.next_run();
        self.append(&mut state, vec![Record::Run { run, start }])?;
        Ok(run)
    }

    /// Notes that a step begins. Nothing of it may be sent before this is back.
    pub(crate) fn begin(&self, begun: Begun) -> Result<()> {
        self.append(&mut self.state(), begun.into_records())
    }

    /// Notes how steps of one provider ended, and changes the lock accordingly.
    pub(crate) fn end(&self, ended: Vec<Ended>, platform: &str) -> Result<()> {
        let Some(provider) = ended.first().map(|first| first.provider.clone()) else {
            return Ok(());
        };
        let changes: Vec<LockChange> = ended.iter().flat_map(Ended::lock_changes).collect();
        let mut state = self.state();
        self.append(&mut state, ended.into_iter().map(Record::End).collect())?;
        self.change_lock(&mut state, &provider, platform, &changes)
    }

    /// Writes the lock, as far as the journal is ahead of it.
    pub(crate) fn save_lock(&self) -> Result<()> {
        self.write_lock(&mut self.state())
    }

    /// Brings the lock up to date; with nothing left to do the journal goes.
    pub(crate) fn close(&self, is_complete: bool) -> Result<()> {
        let mut state = self.state();
        if state.is_ahead {
            self.write_lock(&mut state)?;
        }
        if is_complete {
            let path = self.journal_path();
            let removed = self.disk.remove(&path);
            self.wrote(&mut state, removed.map_err(Error::file(&path, "cannot be removed")))?;
            state.history = History::default();
        }
        Ok(())
    }

    /// Replaces a file of its own beside the lock, readable by its owner only.
    pub(crate) fn write_private(&self, path: &Path, text: &str) -> Result<()> {
        let mut state = self.state();
        let written = self.replace(path, text, Mode::Private);
        self.wrote(&mut state, written)
    }

    fn change_lock(
        &self,
        state: &mut State,
        provider: &str,
        platform: &str,
        changes: &[LockChange],
    ) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let held = state.lock.providers.entry(provider.to_owned()).or_default();
        if held.platform.is_empty() {
            platform.clone_into(&mut held.platform);
        }
        changes.iter().for_each(|change| held.make(change));
        state.is_ahead = true;
        let size: usize = state.lock.providers.values().map(|held| held.tags.len()).sum();
        let is_fresh =
            state.written.is_some_and(|(at, took)| at.elapsed() < BIG_LOCK_PAUSE.max(10 * took));
        // What the journal knows is not lost.
        if size >= BIG_LOCK && is_fresh { Ok(()) } else { self.write_lock(state) }
    }

    fn write_lock(&self, state: &mut State) -> Result<()> {
        let begun = Instant::now();
        let text = state.lock.to_text();
        let written = self.replace(&self.lock_path, &text, Mode::Like(&self.lock_path));
        state.is_ahead = false;
        state.written = Some((Instant::now(), begun.elapsed()));
        self.wrote(state, written)
    }

    fn append(&self, state: &mut State, records: Vec<Record>) -> Result<()> {
        let path = self.journal_path();
        if state.broken {
            return Err(Error::Refused(format!("{} could not be written", path.display())));
        }
        let mut text = String::new();
        for record in &records {
            text.push_str(&record.to_line()?);
        }
        let written = self.disk.append_synced(&path, text.as_bytes());
        self.wrote(state, written.map_err(Error::file(&path, "cannot be written")))?;
        records.into_iter().for_each(|record| state.history.take(record));
        Ok(())
    }

    fn replace(&self, path: &Path, text: &str, mode: Mode<'_>) -> Result<()> {
        replace(&*self.disk, path, text, mode)
    }

    fn wrote(&self, state: &mut State, written: Result<()>) -> Result<()> {
        state.broken |= written.is_err();
        written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Workspace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workspace").field("lock_path", &self.lock_path).finish_non_exhaustive()
    }
}

/// Keeps other processes from working with the lock file of that name, as long as the result lives.
///
/// # Errors
/// As [`ProcessLock::take`].
pub(crate) async fn hold(
    lock: &Path,
    command: &str,
    wait: Duration,
    clock: &dyn Clock,
) -> Result<ProcessLock> {
    ProcessLock::take(&beside(&real(lock), ".held"), command, wait, clock).await
}

/// The journal that an apply which was not finished has left.
pub(crate) fn journal_of(lock: &Path) -> Option<PathBuf> {
    let path = journal_path(&real(lock));
    path.symlink_metadata().is_ok().then_some(path)
}

fn journal_path(lock: &Path) -> PathBuf {
    beside(lock, ".journal")
}

/// Replaces a file so that there is the old one or the new one at any time.
pub(crate) fn replace_file(path: &Path, text: &str) -> Result<()> {
    let path = real(path);
    // A pipe or a device is written to: a file must not take its place.
    if path.metadata().is_ok_and(|known| !known.is_file()) {
        return std::fs::write(&path, text).map_err(Error::file(&path, "cannot be written"));
    }
    replace(&Files, &path, text, Mode::Like(&path))
}

fn replace(disk: &dyn Disk, path: &Path, text: &str, mode: Mode<'_>) -> Result<()> {
    let part = beside(path, ".part");
    let written = disk
        .write_part(&part, text.as_bytes(), mode)
        .map_err(Error::file(&part, "cannot be written"));
    let replaced = written.and_then(|()| {
        disk.rename_synced(&part, path).map_err(Error::file(path, "cannot be replaced"))
    });
    if replaced.is_err() {
        // What failed has been said; half a file is of no use.
        let _ = disk.remove(&part);
    }
    replaced
}

/// Where a link leads to: what is renamed over the link itself would take its place.
fn real(path: &Path) -> PathBuf {
    let real = if path.is_symlink() { path.canonicalize().ok() } else { None };
    real.unwrap_or_else(|| path.to_owned())
}

/// The path with something behind its name.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
