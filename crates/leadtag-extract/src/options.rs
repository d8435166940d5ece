//! What is pulled, and how.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use leadtag_core::{LeadsProvider, SystemClock, Timestamp};

use crate::{Layout, PiiPolicy};

/// A provider whose leads are pulled: one stream.
#[derive(Clone)]
#[non_exhaustive]
pub struct Source {
    /// Its name in the configuration: the first part of every key.
    pub name: Arc<str>,
    /// Where the leads come from.
    pub provider: Arc<dyn LeadsProvider>,
    /// A fingerprint of the account, if there is one: a stream of another account is refused.
    pub account: Option<String>,
    /// Whether its interactions are read, where [`PullOptions::interactions`] says so. Default: yes.
    pub interactions: bool,
}

impl Source {
    /// A stream of the leads of `provider`.
    pub fn new(name: impl Into<Arc<str>>, provider: Arc<dyn LeadsProvider>) -> Self {
        Self { name: name.into(), provider, account: None, interactions: true }
    }

    /// Sets the fingerprint of the account.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Leaves its interactions out.
    #[must_use]
    pub fn without_interactions(mut self) -> Self {
        self.interactions = false;
        self
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How leads are pulled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PullOptions {
    /// Read what was created from this moment on, rounded down to whole seconds. Where a list is read
    /// as a whole, it is refused. Default: from where the last pull ended, less the look-back, or from
    /// where edits are looked for, if that is earlier.
    pub since: Option<Timestamp>,
    /// Read what was created before this moment, rounded up to whole seconds. Where a list is read as
    /// a whole, it is refused. Default: everything there is, also from a platform whose clock is ahead.
    pub until: Option<Timestamp>,
    /// Read everything again. Default: no.
    pub full: bool,
    /// The most leads to read of each stream; the next pull goes on behind them. Leads that are read
    /// again around the place where the last pull stopped do not count, up to 20,000 of them; where there
    /// are more, the pull reads to the end. 0 is refused. Default: no limit.
    pub limit: Option<u64>,
    /// Leads per page. 0 is refused, and more than the platform has on a page. Default: the
    /// platform's own.
    pub page_size: Option<u32>,
    /// How far before the end of the last pull the next one begins. Default: 1 hour.
    pub look_back: Duration,
    /// How far before the newest lead edits are looked for; [`Duration::MAX`]: everywhere. Default: 7
    /// days, and at least the newest 2,000 leads, however old they are.
    pub refresh: Option<Duration>,
    /// Also the interactions of every lead that is read. Default: no.
    pub interactions: bool,
    /// Which columns there are, and their names.
    pub layout: Layout,
    /// What becomes of personal data.
    pub pii: PiiPolicy,
    /// The most rows between two checkpoints. There is one too when they take 16 MiB of memory, and when a
    /// table gets wider that [cannot be read](crate::Sink::locks_while_wider) meanwhile. 0 is refused.
    /// Default: 10,000.
    pub commit_rows: u64,
    /// Time between two checkpoints, looked at whenever a page has come in. Default: 10 seconds.
    pub commit_after: Duration,
    /// The clock.
    pub clock: Arc<dyn leadtag_core::Clock>,
}

impl PullOptions {
    /// Sets [`since`](Self::since).
    #[must_use]
    pub fn with_since(mut self, since: Timestamp) -> Self {
        self.since = Some(since);
        self
    }

    /// Sets [`until`](Self::until).
    #[must_use]
    pub fn with_until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Reads everything again: see [`full`](Self::full).
    #[must_use]
    pub fn in_full(mut self) -> Self {
        self.full = true;
        self
    }

    /// Sets [`limit`](Self::limit).
    #[must_use]
    pub fn with_limit(mut self, leads: u64) -> Self {
        self.limit = Some(leads);
        self
    }

    /// Sets [`page_size`](Self::page_size).
    #[must_use]
    pub fn with_page_size(mut self, leads: u32) -> Self {
        self.page_size = Some(leads);
        self
    }

    /// Sets [`look_back`](Self::look_back).
    #[must_use]
    pub fn with_look_back(mut self, span: Duration) -> Self {
        self.look_back = span;
        self
    }

    /// Sets [`refresh`](Self::refresh).
    #[must_use]
    pub fn with_refresh(mut self, span: Duration) -> Self {
        self.refresh = Some(span);
        self
    }

    /// Reads [`interactions`](Self::interactions) too.
    #[must_use]
    pub fn with_interactions(mut self) -> Self {
        self.interactions = true;
        self
    }

    /// Sets [`layout`](Self::layout).
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Sets [`pii`](Self::pii).
    #[must_use]
    pub fn with_pii(mut self, pii: PiiPolicy) -> Self {
        self.pii = pii;
        self
    }

    /// Sets [`commit_rows`](Self::commit_rows) and [`commit_after`](Self::commit_after).
    #[must_use]
    pub fn with_commits(mut self, rows: u64, after: Duration) -> Self {
        (self.commit_rows, self.commit_after) = (rows, after);
        self
    }

    /// Sets the [`clock`](Self::clock).
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn leadtag_core::Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl Default for PullOptions {
    fn default() -> Self {
        Self {
            since: None,
            until: None,
            full: false,
            limit: None,
            page_size: None,
            look_back: Duration::from_secs(3600),
            refresh: None,
            interactions: false,
            layout: Layout::default(),
            pii: PiiPolicy::default(),
            commit_rows: 10_000,
            commit_after: Duration::from_secs(10),
            clock: Arc::new(SystemClock::new()),
        }
    }
}
