//! Where rows go, and where it is remembered how far they came.

pub mod files;
mod lock;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod person;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

use leadtag_core::{SecretString, Timestamp};

use crate::table::MOST_COLUMNS;
use crate::{Checkpoint, Counts, Error, Forgotten, Person, Removed, Result, Row, Table};

#[cfg(feature = "postgres")]
pub use postgres::PostgresSink;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteSink;

/// The leads of a provider that a destination has, by whether a snapshot has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// Different leads that were seen in it.
    pub here: u64,
    /// Leads that were not, and are not known to be gone.
    pub missing: u64,
}

impl Seen {
    /// So many of either.
    #[must_use]
    pub fn new(here: u64, missing: u64) -> Self {
        Self { here, missing }
    }
}

/// What there is to tell when a destination is closed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Closing {
    /// What was not told before: provider, table, and what became of their rows.
    pub counts: Vec<(String, String, Counts)>,
    /// What the user should know, though everything is written.
    pub notices: Vec<String>,
}

impl Closing {
    /// With these counts.
    #[must_use]
    pub fn with_counts(counts: Vec<(String, String, Counts)>) -> Self {
        Self { counts, ..Self::default() }
    }
}

/// A destination that rows are written to. It is used by one thread, and it blocks.
///
/// Everything between two [`commit`](Self::commit)s is there as a whole after the second, or not at
/// all, whatever happens to the program; after an error nothing is left of what was not committed. A new
/// one finds the destination as the last commit left it.
///
/// One that keeps everything in memory:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use leadtag_core::Timestamp;
/// use leadtag_extract::{Checkpoint, Closing, Counts, Key, Result, Row, Seen, Sink, Table};
///
/// #[derive(Clone, Default)]
/// struct Store {
///     checkpoints: BTreeMap<String, Checkpoint>,
///     tables: BTreeMap<String, Table>,
///     /// By table and key, with the moment when they were found to be gone.
///     rows: BTreeMap<(String, Key), (Row, Option<Timestamp>)>,
/// }
///
/// struct Memory {
///     committed: Store,
///     now: Store,
/// }
///
/// impl Sink for Memory {
///     fn name(&self) -> String {
///         "memory".to_owned()
///     }
///
///     fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
///         Ok(self.now.checkpoints.values().cloned().collect())
///     }
///
///     fn tables(&mut self) -> Result<Vec<Table>> {
///         Ok(self.now.tables.values().cloned().collect())
///     }
///
///     fn widen(&mut self, table: &Table) -> Result<()> {
///         // Rows that are there keep their cells: what they lack is `Null`.
///         self.now.tables.insert(table.name.clone(), table.clone());
///         Ok(())
///     }
///
///     fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
///         let mut counts = Counts::default();
///         for row in rows {
///             let key = (table.name.clone(), row.key.clone());
///             match self.now.rows.get(&key) {
///                 None => counts.new += 1,
///                 Some((old, gone)) if old.hash != row.hash || gone.is_some() => counts.changed += 1,
///                 Some(_) => counts.unchanged += 1,
///             }
///             // Also where it says the same: its snapshot is another one.
///             self.now.rows.insert(key, (row, None));
///         }
///         Ok(counts)
///     }
///
///     fn remove(&mut self, of: &str, provider: &str, ids: &[&str]) -> Result<()> {
///         self.now.rows.retain(|(table, key), _| {
///             table != of || *key.provider != *provider || !ids.contains(&&*key.id)
///         });
///         Ok(())
///     }
///
///     fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
///         let mut seen = Seen::default();
///         for ((table, key), (row, gone)) in &self.now.rows {
///             let is_its = table == "leads" && *key.provider == *provider;
///             match row.snapshot == Some(snapshot) {
///                 true if is_its => seen.here += 1,
///                 false if is_its && gone.is_none() => seen.missing += 1,
///                 _ => {}
///             }
///         }
///         Ok(Some(seen))
///     }
///
///     fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
///         let mut counts = Counts::default();
///         for ((table, key), (row, gone)) in &mut self.now.rows {
///             let is_its = table == "leads" && *key.provider == *provider;
///             if is_its && row.snapshot != Some(snapshot) && gone.is_none() {
///                 *gone = Some(at);
///                 counts.deleted += 1;
///             }
///         }
///         Ok(counts)
///     }
///
///     fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
///         for checkpoint in checkpoints {
///             self.now.checkpoints.insert(checkpoint.provider.clone(), checkpoint.clone());
///         }
///         self.committed = self.now.clone();
///         Ok(())
///     }
///
///     fn finish(self: Box<Self>) -> Result<Closing> {
///         Ok(Closing::default())
///     }
///
///     fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
///         let gone = self.now.checkpoints.remove(provider);
///         self.committed = self.now.clone();
///         Ok(gone.into_iter().map(|gone| gone.provider).collect())
///     }
/// }
/// ```
pub trait Sink: Send {
    /// Where it is, for people: `sqlite:leads.db`. Without a password.
    fn name(&self) -> String;

    /// The checkpoints of all its streams, by provider.
    ///
    /// # Errors
    /// If they cannot be read.
    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>>;

    /// Its tables as they are. Asked for before anything is written: a destination sees here whether
    /// all is as it was left.
    ///
    /// # Errors
    /// If they cannot be read, or are of another shape than this program makes.
    fn tables(&mut self) -> Result<Vec<Table>>;

    /// The tables of one provider as they are, where the rows of each have tables of their own;
    /// `None`: they share [`tables`](Self::tables).
    ///
    /// # Errors
    /// As there.
    fn tables_of(&mut self, provider: &str) -> Result<Option<Vec<Table>>> {
        let _ = provider;
        Ok(None)
    }

    /// So many attributes, besides the fixed columns, get columns of their own; those beyond them are
    /// in one column together. Default: 1,000.
    fn most_columns(&self) -> usize {
        MOST_COLUMNS
    }

    /// Whether nobody can read a table from its [`widen`](Self::widen) on to the next
    /// [`commit`](Self::commit), which then comes with the page that made it wider. Default: no.
    fn locks_while_wider(&self) -> bool {
        false
    }

    /// Makes a table what it is here: a new one, or one with more columns or wider ones.
    ///
    /// # Errors
    /// If the destination refuses.
    fn widen(&mut self, table: &Table) -> Result<()>;

    /// Writes rows: in the place of those with their keys, where they say something else. Later
    /// rows win over earlier ones, also within `rows`. All `rows` are of one provider.
    ///
    /// A row says something else if its [`hash`](Row::hash) is another one. Of one that says the same the
    /// [`snapshot`](Row::snapshot) counts all the same: by it [`seen`](Self::seen) and
    /// [`delete_unseen`](Self::delete_unseen) tell who is there. One that was marked as deleted is not
    /// any more, and counts as changed.
    ///
    /// What becomes of them may be told when they are written or by [`finish`](Self::finish).
    ///
    /// # Errors
    /// If the destination refuses.
    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts>;

    /// Removes rows of a provider from a table, by the ids that they are there under.
    ///
    /// # Errors
    /// If the destination refuses.
    fn remove(&mut self, table: &str, provider: &str, ids: &[&str]) -> Result<()>;

    /// How many leads of a provider were seen in this snapshot so far, and how many were not; `None`
    /// if the destination does not know who is there.
    ///
    /// # Errors
    /// If the destination cannot be read.
    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>>;

    /// Marks the leads of a provider that were not seen in this snapshot, which is complete, as deleted
    /// at this moment: in the column whose [own name](crate::Column::own_name) is `deleted_at`, where a
    /// destination has columns. Those that are marked already keep their moment. Who is seen again is
    /// not deleted any more.
    ///
    /// # Errors
    /// If the destination refuses.
    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts>;

    /// Makes everything so far durable, with these checkpoints in the place of those of their
    /// providers. After an error of a method that writes, but of [`finish`](Self::finish), it is called
    /// once more, with the checkpoints of this pull's streams that were committed last, each with
    /// [`failed`](Checkpoint::failed) set: a destination that can still write keeps that, and commits
    /// nothing.
    ///
    /// # Errors
    /// If the destination refuses; then it is as the last commit left it.
    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()>;

    /// Ends the work: what was committed is put where users look for it. What was not is dropped. It is
    /// not called after an error.
    ///
    /// # Errors
    /// If it cannot be put there; the next one tries again. The checkpoints of files say so.
    fn finish(self: Box<Self>) -> Result<Closing>;

    /// Forgets the checkpoint of a provider. Its rows stay. Where a file of rows is gone, all
    /// checkpoints are forgotten: more was read than is there. Returns the providers whose
    /// checkpoints are gone.
    ///
    /// # Errors
    /// If the destination refuses.
    fn reset(&mut self, provider: &str) -> Result<Vec<String>>;

    /// Whose rows are left out, because they were forgotten. Nobody's, where
    /// [`forget`](Self::forget) is not possible.
    ///
    /// # Errors
    /// If it cannot be read.
    fn forgotten(&mut self) -> Result<Forgotten> {
        Ok(Forgotten::default())
    }

    /// Removes all rows of a person at once, and remembers not to write them again. `key` is that
    /// of the hashes, where mobiles or ids were written as such.
    ///
    /// # Errors
    /// If the destination cannot do that, or does not hold what the person is told by.
    fn forget(&mut self, person: &Person, key: Option<&SecretString>) -> Result<Removed> {
        let _ = (person, key);
        Err(Error::Input(format!(
            "{}: a person can be removed from a SQLite or PostgreSQL destination only; remove the rows \
             there yourself",
            self.name()
        )))
    }
}
