//! The third pass: everything is sent, a few contacts at a time, and what is done is written down.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use leadtag_core::{Clock, ErrorKind, TagProvider, TagProviderExt};

use super::directory::{Directory, Part, append};
use super::pace::{IN_FLIGHT, Pace};
use super::plan::Write;
use super::slots::{RowStatus, Slots};
use super::validate::is_of_the_contact;
use super::{AssignPhase, AssignWatch, ProviderSent};
use crate::{Error, Result};

/// A provider that fails so often in a row is left alone.
const MAX_FAILURES_IN_A_ROW: u32 = 20;
/// What is done is on the disk after so many contacts, or after this time.
const SYNC: (u32, Duration) = (100, Duration::from_secs(1));

/// What the providers share while they are sent to.
pub(super) struct Sending<'a> {
    pub(super) directory: &'a Directory,
    pub(super) slots: &'a Mutex<Slots>,
    pub(super) watch: &'a dyn AssignWatch,
    pub(super) rows: u64,
    pub(super) done: AtomicU64,
    /// What is done cannot be written down any more: nothing is sent to anybody.
    pub(super) halted: AtomicBool,
}

/// What became of a contact.
enum Fate {
    Sent,
    Failed(String),
    NotSent,
}

/// One provider while it is sent to.
struct Sender<'a> {
    provider: &'a dyn TagProvider,
    pace: Pace<'a>,
    halted: &'a AtomicBool,
    /// Whether this provider is left alone, and why.
    over: AtomicBool,
    given_up: Mutex<Option<String>>,
    failures: AtomicU32,
    /// Whether any contact could be written.
    works: AtomicBool,
}

impl Sending<'_> {
    /// Sends everything that is planned for the provider of that number.
    pub(super) async fn provider(
        &self,
        at: usize,
        provider: &dyn TagProvider,
        buckets: u32,
        report: &mut ProviderSent,
        (clock, stop): (&dyn Clock, &AtomicBool),
    ) -> Result<()> {
        let name = report.name.clone();
        let sender = Sender {
            provider,
            pace: Pace::new(&name, clock, self.watch, stop),
            halted: &self.halted,
            over: AtomicBool::new(false),
            given_up: Mutex::default(),
            failures: AtomicU32::new(0),
            works: AtomicBool::new(false),
        };
        for bucket in 0..buckets {
            if sender.is_over() {
                break;
            }
            let done = self.bucket(at, bucket, &sender, report).await;
            done.inspect_err(|_| self.halted.store(true, Ordering::Relaxed))?;
        }
        report.stopped = lock(&sender.given_up).take();
        Ok(())
    }

    async fn bucket(
        &self,
        at: usize,
        bucket: u32,
        sender: &Sender<'_>,
        report: &mut ProviderSent,
    ) -> Result<()> {
        let plan = self.directory.part(at, bucket, Part::Plan);
        let writes: Vec<Write> = self.directory.read(&plan)?;
        if writes.is_empty() {
            return Ok(());
        }
        let path = self.directory.part(at, bucket, Part::Done);
        let done: HashSet<usize> = self.directory.read(&path)?.into_iter().collect();
        for write in done.iter().filter_map(|number| writes.get(*number)) {
            self.set(write, RowStatus::Ok, "")?;
        }
        let mut journal = Journal::open(&path, sender.pace.clock)?;
        let left = writes.iter().enumerate().filter(|(number, _)| !done.contains(number));
        let sends = left.map(|(number, write)| async move { (number, sender.send(write).await) });
        let mut sends = stream::iter(sends).buffer_unordered(IN_FLIGHT);
        let mut all = true;
        while let Some((number, fate)) = sends.next().await {
            let write = &writes[number];
            match fate {
                Fate::Sent => {
                    report.sent += 1;
                    self.set(write, RowStatus::Ok, "")?;
                    journal.add(number)?;
                }
                Fate::Failed(why) => {
                    all = false;
                    report.failed += 1;
                    self.set(write, RowStatus::Failed, &why)?;
                }
                Fate::NotSent => {
                    all = false;
                    report.not_sent += 1;
                    continue;
                }
            }
            let rows = write.rows.len() as u64;
            let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
            self.watch.progress(AssignPhase::Sending, done, self.rows);
        }
        journal.sync()?;
        if all {
            lock(self.slots).sync()?;
            self.directory.forget(&plan)?;
            self.directory.forget(&path)?;
        }
        Ok(())
    }

    fn set(&self, write: &Write, status: RowStatus, message: &str) -> Result<()> {
        let mut slots = lock(self.slots);
        write.rows.iter().try_for_each(|row| slots.set(*row, status, message))
    }
}

impl Sender<'_> {
    fn is_over(&self) -> bool {
        [&self.over, self.halted, self.pace.stop].iter().any(|flag| flag.load(Ordering::Relaxed))
    }

    async fn send(&self, write: &Write) -> Fate {
        if self.is_over() {
            return Fate::NotSent;
        }
        match self.pace.run(async || self.call(write).await).await {
            None => Fate::NotSent,
            Some(Ok(true)) => {
                self.failures.store(0, Ordering::Relaxed);
                self.works.store(true, Ordering::Relaxed);
                Fate::Sent
            }
            Some(Ok(false)) => Fate::NotSent,
            Some(Err(error)) => {
                self.weigh(&error);
                Fate::Failed(error.to_string())
            }
        }
    }

    /// Makes the write. `false`: not any more, since it was given up while this one waited.
    async fn call(&self, write: &Write) -> leadtag_core::Result<bool> {
        if self.is_over() {
            return Ok(false);
        }
        let (contact, add, remove) = (&write.contact, &write.add, &write.remove);
        let done = match &write.current {
            Some(current) if !self.provider.tag_capabilities().can_assign() => {
                self.provider.assign_knowing(contact, current, add, remove).await
            }
            _ => self.provider.assign(contact, add, remove).await,
        };
        done.map(|()| true)
    }

    /// Whether it makes sense to go on.
    fn weigh(&self, error: &leadtag_core::Error) {
        let never = matches!(
            error.kind(),
            ErrorKind::Unauthenticated
                | ErrorKind::ReauthorizationRequired
                | ErrorKind::ApiOffline
                | ErrorKind::ConfigInvalid
                | ErrorKind::Unsupported
        );
        // Who may not write tags at all is told the same for every contact.
        let denied = error.kind() == ErrorKind::PermissionDenied;
        let denied = denied && !self.works.load(Ordering::Relaxed);
        let in_a_row = match is_of_the_contact(error.kind()) && !denied {
            true => 0,
            false => self.failures.fetch_add(1, Ordering::Relaxed) + 1,
        };
        if never || in_a_row >= MAX_FAILURES_IN_A_ROW {
            self.over.store(true, Ordering::Relaxed);
            let why = if never {
                error.to_string()
            } else {
                format!("{in_a_row} failures in a row, the last: {error}")
            };
            lock(&self.given_up).get_or_insert(why);
        }
    }
}

/// Which contacts of a bucket are done.
struct Journal<'a> {
    file: File,
    path: PathBuf,
    clock: &'a dyn Clock,
    unsynced: u32,
    synced_at: Duration,
}

impl<'a> Journal<'a> {
    fn open(path: &Path, clock: &'a dyn Clock) -> Result<Self> {
        let file = append(path).map_err(Error::file(path, "cannot be written"))?;
        // A line that a crash cut off is not read on with the next.
        let whole = whole_lines(path).map_err(Error::file(path, "cannot be read"))?;
        file.set_len(whole).map_err(Error::file(path, "cannot be written"))?;
        let (unsynced, synced_at) = (0, clock.monotonic());
        Ok(Self { file, path: path.to_owned(), clock, unsynced, synced_at })
    }

    fn add(&mut self, number: usize) -> Result<()> {
        let line = format!("{number}\n");
        let written = self.file.write_all(line.as_bytes());
        written.map_err(Error::file(&self.path, "cannot be written"))?;
        self.unsynced += 1;
        let now = self.clock.monotonic();
        if self.unsynced >= SYNC.0 || now.saturating_sub(self.synced_at) >= SYNC.1 {
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.unsynced = 0;
        self.synced_at = self.clock.monotonic();
        self.file.sync_data().map_err(Error::file(&self.path, "cannot be written"))
    }
}

/// The length of what ends with a line break.
fn whole_lines(path: &Path) -> std::io::Result<u64> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
