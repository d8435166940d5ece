//! What streams hand on to the thread that writes.

use leadtag_core::{Lead, Timestamp};
use tokio::sync::oneshot;

use crate::{Checkpoint, Record};

/// What a stream hands on.
#[derive(Debug)]
pub(crate) enum Message {
    /// What was read.
    Batch(Box<Batch>),
    /// What is there may have to wait for long: commit it.
    Flush,
    /// What a snapshot says of who is gone, if it ends now.
    Judge { stream: usize, number: u64, total: Option<u64>, answer: oneshot::Sender<Verdict> },
}

/// What a complete snapshot says of who is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody is, or nobody knows.
    NobodyIsGone,
    /// Some are that it does not have.
    SomeAreGone,
    /// Nothing: the platform counts others than these.
    CountsDiffer { total: u64, here: u64 },
}

/// What was read of one stream, and where it stands with that.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) stream: usize,
    pub(crate) read: Read,
    /// What holds when these and all rows before are written.
    pub(crate) checkpoint: Checkpoint,
    pub(crate) end: Option<SnapshotEnd>,
}

/// Leads as they came, and the records of what they did.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) leads: Vec<Lead>,
    /// When they were read.
    pub(crate) at: Timestamp,
    /// The snapshot that the leads were seen in, where they are read in snapshots.
    pub(crate) snapshot: Option<u64>,
    pub(crate) interactions: Vec<Record>,
}

impl Default for Read {
    fn default() -> Self {
        let (leads, interactions) = (Vec::new(), Vec::new());
        Self { leads, at: Timestamp::UNIX_EPOCH, snapshot: None, interactions }
    }
}

/// A snapshot is complete.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SnapshotEnd {
    pub(crate) number: u64,
    pub(crate) verdict: Verdict,
    pub(crate) at: Timestamp,
}
