//! Tags put on many contacts and taken off, from a file of rows.

mod directory;
mod input;
mod pace;
mod plan;
mod prepare;
mod resolve;
mod results;
mod row;
mod send;
mod slots;
mod split;
mod unite;
mod validate;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use leadtag_core::{Clock, SystemClock};
use serde::Serialize;

pub use input::RowsForm;
pub use plan::{Example, Totals};
pub use results::RowCounts;
pub use slots::RowStatus;

use crate::{Error, Lock, Result, Target};
use directory::{Directory, State};
use input::Input;
use send::Sending;
use slots::Slots;

/// An input whose form is right, of which nothing has been done yet.
///
/// The rows are read several times and never held in memory: the input must be a file that does
/// not change meanwhile.
#[derive(Clone, Debug)]
pub struct Assignment {
    input: Input,
    directory: PathBuf,
}

/// How an assignment is prepared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AssignOptions {
    /// The provider of the rows that name none.
    pub default_provider: Option<String>,
    /// Providers that there are besides the targets: a row that names one is told that it cannot be
    /// assigned there.
    pub others: Vec<String>,
    /// Begin anew whatever an earlier run left.
    pub restart: bool,
    /// The time, and how to wait. Default: that of this machine, which needs a tokio runtime.
    pub clock: Arc<dyn Clock>,
    /// Set to stop: nothing more begins, and what is being sent is waited for 5 s.
    pub stop: Arc<AtomicBool>,
}

impl Default for AssignOptions {
    fn default() -> Self {
        let clock = Arc::new(SystemClock::new());
        let stop = Arc::default();
        Self { default_provider: None, others: Vec::new(), restart: false, clock, stop }
    }
}

/// Part of an assignment that takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssignPhase {
    /// The rows are read and their tags found.
    Reading,
    /// The contacts are checked.
    Checking,
    /// The tags are written.
    Sending,
}

/// Is told how an assignment gets on.
pub trait AssignWatch: Send + Sync {
    /// So many rows are done with.
    fn progress(&self, phase: AssignPhase, done: u64, rows: u64) {
        let _ = (phase, done, rows);
    }

    /// The platform throttles: nothing is sent to this provider for a while.
    fn waiting(&self, provider: &str, span: Duration) {
        let _ = (provider, span);
    }
}

/// Nobody watches.
impl AssignWatch for () {}

/// An assignment whose rows are all checked, of which nothing has been sent, or which an earlier
/// run began to send.
#[derive(Debug)]
pub struct Prepared {
    input: Input,
    directory: Directory,
    slots: Mutex<Slots>,
    state: State,
    resumed: bool,
    /// Rows that an earlier run refused already.
    refused_before: u64,
    sending: bool,
    options: AssignOptions,
}

/// What came of sending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AssignReport {
    /// Each provider.
    pub providers: Vec<ProviderSent>,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// What came of sending to one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderSent {
    /// Its name in the configuration.
    pub name: String,
    /// Contacts that were written in this run.
    pub sent: u64,
    /// Contacts that could not be written.
    pub failed: u64,
    /// Contacts whose turn was stopped.
    pub not_sent: u64,
    /// Why the provider was left alone before the end.
    pub stopped: Option<String>,
}

impl Assignment {
    /// Reads the whole input once, without keeping it. What it does, it keeps in `directory`, which
    /// only its owner can read.
    ///
    /// # Errors
    /// [`Error::Input`] for a header or a member that no row has; [`Error::File`].
    pub fn open(path: &Path, form: RowsForm, directory: &Path) -> Result<Self> {
        Ok(Self { input: Input::scan(path, form)?, directory: directory.to_owned() })
    }

    /// The providers that the rows name; `""` if some name none.
    #[must_use]
    pub fn providers(&self) -> &BTreeSet<String> {
        &self.input.providers
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.input.rows
    }

    /// Finds every tag and checks every contact. Lists the tags of each target; where a contact can
    /// carry few tags, or a write replaces them, reads those it has. Changes nothing anywhere. The
    /// rows of a provider that does not answer are left out, if another one does. If an earlier run
    /// of the same input was cut off while it was sent, goes on with that one.
    ///
    /// # Errors
    /// [`Error::Held`] if another process works on it; [`Error::Refused`] if an earlier run with
    /// another input or lock was cut off; [`Error::Provider`], [`Error::File`].
    pub async fn prepare(
        self,
        targets: &[Target<'_>],
        lock: &Lock,
        options: AssignOptions,
        watch: &dyn AssignWatch,
    ) -> Result<Prepared> {
        let directory = Directory::open(&self.directory, &*options.clock).await?;
        let input = self.input;
        if !options.restart
            && let basis = prepare::basis(targets, lock, &options)
            && let Some(mut state) = prepare::earlier(&directory, &input, &basis)?
        {
            let mut slots = Slots::open(directory.path(), input.rows)?;
            let refused_before = state.refused();
            if state.away.iter().any(Option::is_some) {
                let both = (&mut slots, &mut state);
                prepare::check_all(&input, &directory, targets, lock, &options, watch, both)
                    .await?;
            }
            let slots = Mutex::new(slots);
            return Ok(Prepared {
                input,
                directory,
                slots,
                state,
                resumed: true,
                refused_before,
                sending: true,
                options,
            });
        }
        let prepared = prepare::begin(&input, &directory, targets, lock, &options, watch).await;
        let (slots, state) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                // It holds the ids of contacts, and nobody goes on with it.
                let _ = directory.remove();
                return Err(error);
            }
        };
        Ok(Prepared {
            input,
            directory,
            slots: Mutex::new(slots),
            state,
            resumed: false,
            refused_before: 0,
            sending: false,
            options,
        })
    }
}

impl Prepared {
    /// How much is done on each provider.
    #[must_use]
    pub fn totals(&self) -> &[Totals] {
        &self.state.totals
    }

    /// The first contacts that are written.
    #[must_use]
    pub fn examples(&self) -> &[Example] {
        &self.state.examples
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.input.rows
    }

    /// How many rows are done, or need nothing, or cannot be done.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn settled(&self) -> Result<u64> {
        results::settled(self.directory.path(), self.input.rows)
    }

    /// How many rows cannot be done, those included that belong to no provider.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.state.refused()
    }

    /// How many of them this run refused, if it goes on with an earlier one.
    #[must_use]
    pub fn newly_refused(&self) -> u64 {
        self.refused().saturating_sub(self.refused_before)
    }

    /// The providers whose rows are left out this time, since they do not answer, and why.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, &str)> {
        let away = self.state.providers.iter().zip(&self.state.away);
        away.filter_map(|(name, why)| Some((name.as_str(), why.as_deref()?)))
    }

    /// Whether an earlier run began to send this.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Sends everything that was not refused: the providers side by side, 5 contacts of each at
    /// once, all rows of a contact as one write. A contact that fails does not hinder the next; a
    /// provider that cannot work at all, or fails 20 times in a row, is left alone.
    ///
    /// # Errors
    /// [`Error::File`] if what was done cannot be written down: nothing more is sent then.
    pub async fn send(
        &mut self,
        targets: &[Target<'_>],
        watch: &dyn AssignWatch,
    ) -> Result<AssignReport> {
        self.state.ended = false;
        lock_slots(&self.slots).sync()?;
        self.directory.save_state(&self.state)?;
        self.sending = true;
        let sending = Sending {
            directory: &self.directory,
            slots: &self.slots,
            watch,
            rows: self.input.rows,
            done: AtomicU64::new(self.settled()?),
            halted: AtomicBool::new(false),
        };
        let run = (&*self.options.clock, &*self.options.stop);
        let buckets = self.state.buckets;
        let providers = self.state.providers.iter().zip(&self.state.away).enumerate();
        let providers = providers.map(|(at, (name, away))| {
            let sending = &sending;
            let target = targets.iter().find(|target| target.name == name);
            async move {
                let mut report = ProviderSent { name: name.clone(), ..ProviderSent::default() };
                if let Some(why) = away {
                    report.stopped = Some(why.clone());
                    return Ok(report);
                }
                let target =
                    target.ok_or_else(|| Error::Input(format!("there is no provider {name}")))?;
                sending.provider(at, target.provider, buckets, &mut report, run).await?;
                Ok(report)
            }
        });
        let reports: Vec<Result<ProviderSent>> = join_all(providers).await;
        lock_slots(&self.slots).sync()?;
        let providers = reports.into_iter().collect::<Result<Vec<_>>>()?;
        let interrupted = self.options.stop.load(std::sync::atomic::Ordering::Relaxed);
        if !interrupted && providers.iter().all(|report| report.stopped.is_none()) {
            self.state.ended = true;
            self.directory.save_state(&self.state)?;
        }
        Ok(AssignReport { providers, interrupted })
    }

    /// Writes what became of each row, in the order of the input: its own columns, then `row`,
    /// `status` and `message`. If nothing is left to do or nothing was sent, what was kept to go on
    /// is removed.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn finish(self, results: &Path) -> Result<RowCounts> {
        if !self.input.is_unchanged()? {
            let file = self.input.path.display().to_string();
            let why = "it was changed meanwhile; with the rows as they were the same command writes \
                       the results";
            return Err(Error::Damaged { file, why: why.to_owned() });
        }
        let counts = results::write(&self.input, self.directory.path(), results)?;
        if counts.is_good() || !self.sending {
            self.directory.remove()?;
        }
        Ok(counts)
    }

    /// Leaves everything as it is: if nothing was sent, what was kept is removed.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn discard(self) -> Result<()> {
        if self.sending { Ok(()) } else { self.directory.remove() }
    }
}

fn lock_slots(slots: &Mutex<Slots>) -> std::sync::MutexGuard<'_, Slots> {
    slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
