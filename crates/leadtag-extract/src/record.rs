//! What a lead says, by names of columns.

use std::sync::Arc;

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
/// has it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// What tells it from all others.
    pub key: Key,
    /// A hash of what it says.
    pub hash: u64,
    /// The values of the fixed columns, in their order.
    pub fixed: Vec<Cell>,
    /// Everything platform-specific, by the column's name.
    pub attributes: Vec<(String, Cell)>,
    /// The snapshot it was seen in, where its stream is read in snapshots.
    pub snapshot: Option<u64>,
}
