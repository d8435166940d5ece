//! Where rows go, and where it is remembered how far they came.

use leadtag_core::Timestamp;

use crate::{Checkpoint, Counts, Key, Result, Row, Table};

/// A destination that rows are written to. It is used by one thread, and it blocks.
///
/// Everything between two [`commit`](Self::commit)s is there as a whole after the second, or not at
/// all, whatever happens to the program. A new one finds the destination as the last commit left it.
pub trait Sink: Send {
    /// Where it is, for people: `sqlite:leads.db`. Without a password.
    fn name(&self) -> String;

    /// The checkpoints of all its streams, by provider.
    ///
    /// # Errors
    /// If they cannot be read.
    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>>;

    /// Its tables as they are.
    ///
    /// # Errors
    /// If they cannot be read, or are of another shape than this program makes.
    fn tables(&mut self) -> Result<Vec<Table>>;

    /// Makes a table what it is here: a new one, or one with more columns or wider ones.
    ///
    /// # Errors
    /// If the destination refuses.
    fn widen(&mut self, table: &Table) -> Result<()>;

    /// Writes rows: in the place of those with their keys, where they say something else. Later
    /// rows win over earlier ones, also within `rows`, which are all of one provider.
    ///
    /// What becomes of them may be told when they are written or by [`finish`](Self::finish).
    ///
    /// # Errors
    /// If the destination refuses.
    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts>;

    /// How many different leads of a provider were seen in this snapshot so far, by this run and
    /// those before it.
    ///
    /// # Errors
    /// If the destination refuses.
    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<u64>;

    /// Whether this lead was forgotten and must not be written again. It is asked for every lead,
    /// so it must be quick. Default: nobody was.
    ///
    /// # Errors
    /// If the destination refuses.
    fn is_forgotten(&mut self, lead: &Key) -> Result<bool> {
        let _ = lead;
        Ok(false)
    }

    /// Sets `deleted_at` of the leads of a provider that were not seen in this snapshot, which is
    /// complete. Who is seen again is not deleted any more.
    ///
    /// # Errors
    /// If the destination refuses.
    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts>;

    /// Makes everything so far last, with these checkpoints in the place of those of their
    /// providers.
    ///
    /// # Errors
    /// If the destination refuses; then it is as the last commit left it.
    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()>;

    /// Ends the work: what was committed is put where users look for it. What was not is dropped.
    /// Returns what became of rows, as far as `upsert` and `delete_unseen` did not tell, by provider
    /// and table.
    ///
    /// # Errors
    /// If it cannot be put there; the next one tries again.
    fn finish(self: Box<Self>) -> Result<Vec<(String, String, Counts)>>;

    /// Forgets the checkpoint of a provider. Its rows stay. Returns whether there was one.
    ///
    /// # Errors
    /// If the destination refuses.
    fn reset(&mut self, provider: &str) -> Result<bool>;
}
