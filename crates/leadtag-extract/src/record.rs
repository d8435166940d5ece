//! What a lead says, by names of columns.

mod attribute;
mod hash;
mod interaction;
mod recorder;
mod stream;

use std::sync::Arc;

pub use interaction::InteractionsOf;
pub(crate) use interaction::likeness;
pub use recorder::Recorder;
pub use stream::StreamRecorder;
pub(crate) use stream::ids_of;

use crate::Cell;

/// What tells a row from all others of its table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Key {
    /// The provider's name in the configuration.
    pub provider: Arc<str>,
    /// The lead's id; of an interaction, the lead's id and its own, or a hash of it.
    pub id: String,
}

impl Key {
    /// The row of that id at that provider.
    pub fn new(provider: impl Into<Arc<str>>, id: impl Into<String>) -> Self {
        Self { provider: provider.into(), id: id.into() }
    }
}

/// A lead or an interaction as it goes into a table: mapped, and with personal data as the policy
/// has it. A [`Shape`](crate::Shape) makes a row of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// What tells it from all others.
    pub key: Key,
    /// A hash of what it says, without regard to the columns that others have.
    pub hash: u64,
    /// The values of the fixed columns, in their order.
    pub fixed: Vec<Cell>,
    /// Everything platform-specific that gets columns of its own, by the platform's names.
    pub attributes: Vec<(Arc<str>, Cell)>,
    /// The snapshot it was seen in, where its stream is read in snapshots.
    pub snapshot: Option<u64>,
    /// Of an interaction, the id of its lead as the destination has it.
    pub lead: Option<Arc<str>>,
    /// What the lead's id would be with other settings for personal data, where that differs.
    pub(crate) other_ids: Option<Arc<[String]>>,
    /// What its own would be.
    pub(crate) former_ids: Option<Arc<[String]>>,
}

impl Record {
    /// The id of the lead that it is, or belongs to, as the destination has it.
    #[must_use]
    pub fn lead_id(&self) -> &str {
        self.lead.as_deref().unwrap_or(&self.key.id)
    }
}
