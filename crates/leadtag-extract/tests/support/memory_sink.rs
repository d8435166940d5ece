//! A destination in memory, which crashes as others do: what is not committed is lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use leadtag_core::Timestamp;
use leadtag_extract::{
    Cell, Checkpoint, Closing, Counts, Error, Key, Result, Row, Seen, Sink, Table,
};

/// What the destination holds. Clones are the same.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Store>>);

#[derive(Clone, Default)]
struct Store {
    data: Data,
    /// Calls of `upsert` until one fails.
    fail_in: Option<usize>,
    commits: usize,
    locks: bool,
}

#[derive(Clone, Default)]
struct Data {
    checkpoints: BTreeMap<String, Checkpoint>,
    tables: BTreeMap<String, Table>,
    rows: BTreeMap<(String, Key), Stored>,
}

/// A row as it is there.
#[derive(Clone, Debug)]
pub struct Stored {
    pub row: Row,
    pub deleted_at: Option<Timestamp>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// A new writer, which finds what was committed.
    pub fn sink(&self) -> Box<dyn Sink> {
        let data = self.lock().data.clone();
        Box::new(MemorySink { store: self.clone(), data })
    }

    /// The `n`-th call of `upsert` from now on fails.
    pub fn fail_in(&self, n: usize) {
        self.lock().fail_in = Some(n);
    }

    /// Nobody can read a table that gets wider until that is committed.
    pub fn lock_while_wider(&self) {
        self.lock().locks = true;
    }

    /// The rows of a table, by id.
    pub fn rows(&self, table: &str) -> BTreeMap<String, Stored> {
        let store = self.lock();
        let rows = store.data.rows.iter().filter(|((name, _), _)| name == table);
        rows.map(|((_, key), row)| (key.id.clone(), row.clone())).collect()
    }

    /// The ids of the leads that are not deleted.
    pub fn ids(&self) -> Vec<String> {
        let rows = self.rows("leads").into_iter();
        rows.filter(|(_, row)| row.deleted_at.is_none()).map(|(id, _)| id).collect()
    }

    /// The cell of a lead in a column.
    pub fn cell(&self, id: &str, column: &str) -> Cell {
        let store = self.lock();
        let at = store.data.tables["leads"].columns.iter().position(|c| c.name == column);
        let row = store.data.rows.iter().find(|((t, key), _)| t == "leads" && key.id == id);
        let cells = &row.unwrap().1.row.cells;
        at.and_then(|at| cells.get(at)).cloned().unwrap_or(Cell::Null)
    }

    pub fn checkpoint(&self, provider: &str) -> Option<Checkpoint> {
        self.lock().data.checkpoints.get(provider).cloned()
    }

    pub fn set_checkpoint(&self, checkpoint: Checkpoint) {
        self.lock().data.checkpoints.insert(checkpoint.provider.clone(), checkpoint);
    }

    pub fn commits(&self) -> usize {
        self.lock().commits
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.0.lock().unwrap()
    }
}

struct MemorySink {
    store: MemoryStore,
    data: Data,
}

impl Sink for MemorySink {
    fn name(&self) -> String {
        "memory:test".to_owned()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        Ok(self.data.checkpoints.values().cloned().collect())
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        Ok(self.data.tables.values().cloned().collect())
    }

    fn locks_while_wider(&self) -> bool {
        self.store.lock().locks
    }

    fn widen(&mut self, table: &Table) -> Result<()> {
        self.data.tables.insert(table.name.clone(), table.clone());
        Ok(())
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        {
            let mut store = self.store.lock();
            store.fail_in = store.fail_in.map(|left| left.saturating_sub(1));
            if store.fail_in == Some(0) {
                store.fail_in = None;
                self.data = store.data.clone();
                let why = "no space left on device".to_owned();
                return Err(Error::Destination { place: "memory:test".to_owned(), why });
            }
        }
        let mut counts = Counts::default();
        for row in rows {
            let key = (table.name.clone(), row.key.clone());
            match self.data.rows.get(&key) {
                None => counts.new += 1,
                Some(old) if old.row.hash != row.hash || old.deleted_at.is_some() => {
                    counts.changed += 1;
                }
                Some(_) => counts.unchanged += 1,
            }
            self.data.rows.insert(key, Stored { row, deleted_at: None });
        }
        Ok(counts)
    }

    fn remove(&mut self, of: &str, provider: &str, ids: &[&str]) -> Result<()> {
        self.data.rows.retain(|(table, key), _| {
            table != of || *key.provider != *provider || !ids.contains(&&*key.id)
        });
        Ok(())
    }

    fn seen(&mut self, provider: &str, snapshot: u64) -> Result<Option<Seen>> {
        let rows = self.data.rows.iter();
        let rows = rows
            .filter(|((table, key), _)| table == "leads" && *key.provider == *provider)
            .map(|(_, row)| (row.row.snapshot == Some(snapshot), row.deleted_at.is_some()));
        let (here, others): (Vec<_>, Vec<_>) = rows.partition(|(is_here, _)| *is_here);
        let missing = others.iter().filter(|(_, is_gone)| !is_gone).count();
        Ok(Some(Seen::new(here.len() as u64, missing as u64)))
    }

    fn delete_unseen(&mut self, provider: &str, snapshot: u64, at: Timestamp) -> Result<Counts> {
        let mut counts = Counts::default();
        for ((table, key), row) in &mut self.data.rows {
            let unseen = row.row.snapshot != Some(snapshot) && row.deleted_at.is_none();
            if table == "leads" && *key.provider == *provider && unseen {
                row.deleted_at = Some(at);
                counts.deleted += 1;
            }
        }
        Ok(counts)
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        for checkpoint in checkpoints {
            self.data.checkpoints.insert(checkpoint.provider.clone(), checkpoint.clone());
        }
        let mut store = self.store.lock();
        store.commits += 1;
        store.data = self.data.clone();
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Closing> {
        Ok(Closing::default())
    }

    fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        Ok(self.data.checkpoints.remove(provider).into_iter().map(|gone| gone.provider).collect())
    }
}
