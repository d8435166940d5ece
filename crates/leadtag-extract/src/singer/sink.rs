//! Rows as messages.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leadtag_core::Timestamp;

use super::catalog::is_sent;
use super::messages::{record_line, schema, schema_line, state_line};
use super::{Catalog, Entry, State, Subject};
use crate::{Cell, Checkpoint, Closing, Column, Counts, Error, Result, Row, Seen, Sink, Table};

/// What is told when a property comes that the catalog does not know.
type Notice = Box<dyn Fn(String) + Send>;

/// The output of a tap. Clones write to the same one.
///
/// A SCHEMA goes before the first record of a stream, and again when a property is new or wider. A
/// STATE goes after the records that it covers, and says where all streams stand, also those that
/// are not read now. Nothing is said of leads that are gone: a target cannot be told.
#[derive(Clone)]
pub struct Tap {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    out: Box<dyn Write + Send>,
    streams: Vec<Stream>,
    /// The fixed columns.
    fixed: Vec<Table>,
    state: State,
    notice: Notice,
}

/// A stream that is sent.
struct Stream {
    entry: Entry,
    /// Its columns beyond the fixed ones, and of what kind they were when last sent.
    own: Vec<Column>,
    /// The columns of the schema that was sent last.
    sent: Option<Vec<Column>>,
    /// Columns that were not sent, now or by a run before.
    left_out: Vec<Column>,
    /// What is to be told of those.
    untold: Vec<String>,
}

impl Tap {
    /// Writes the selected streams of `catalog` to `out`, going on at `state`. `fixed` are the
    /// tables without any attribute; `notice` gets what a user should know.
    ///
    /// # Errors
    /// `Damaged` if `state` has something else for one of the streams.
    pub fn new(
        out: Box<dyn Write + Send>,
        catalog: &Catalog,
        fixed: Vec<Table>,
        state: State,
        notice: impl Fn(String) + Send + 'static,
    ) -> Result<Self> {
        let selected = catalog.entries.iter().filter(|entry| entry.is_selected);
        let streams = selected.map(|entry| {
            Ok(Stream {
                own: state.columns(&entry.stream)?,
                left_out: state.left_out(&entry.stream)?,
                entry: entry.clone(),
                sent: None,
                untold: Vec::new(),
            })
        });
        let streams = streams.collect::<Result<_>>()?;
        let inner = Inner { out, streams, fixed, state, notice: Box::new(notice) };
        Ok(Self { inner: Arc::new(Mutex::new(inner)) })
    }

    /// The destination of a pull.
    #[must_use]
    pub fn sink(&self) -> Box<dyn Sink> {
        Box::new(self.clone())
    }

    /// The properties of a provider that are sent now, and were not by the runs before: leads that
    /// are not sent again lack them.
    #[must_use]
    pub fn missing(&self, provider: &str) -> Vec<String> {
        let inner = self.inner();
        let streams = inner.streams.iter().filter(|stream| stream.entry.provider == provider);
        let missing = streams.flat_map(|stream| {
            let sent = stream.left_out.iter().filter(|column| stream.entry.sends(column));
            sent.map(|column| format!("{}.{}", stream.entry.stream, column.name))
        });
        missing.collect()
    }

    /// Where the streams stand now.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner().state.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}

impl Inner {
    fn write(&mut self, text: &str) -> Result<()> {
        self.out.write_all(text.as_bytes()).map_err(unwritable)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(unwritable)
    }

    /// The selected streams of a provider.
    fn subjects(&self, provider: &str) -> Vec<Subject> {
        let streams = self.streams.iter().map(|stream| &stream.entry);
        streams.filter(|entry| entry.provider == provider).map(|entry| entry.subject).collect()
    }

    /// Where a provider goes on. What is wanted as a whole begins anew, unless that was begun.
    fn checkpoint(&self, provider: &str) -> Result<Option<Checkpoint>> {
        let known = self.state.checkpoint(provider, &self.subjects(provider))?;
        let mut entries = self.streams.iter().map(|stream| &stream.entry);
        let is_full = entries.any(|entry| entry.provider == provider && entry.is_full);
        Ok(known.filter(|checkpoint| !(is_full && checkpoint.was_through())))
    }

    fn providers(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.streams.iter().map(|stream| stream.entry.provider.clone()).collect();
        names.dedup();
        names
    }

    /// Sends the schemas of the streams that have sent none. A stream without a record is a stream all
    /// the same: a target makes a table of it.
    fn send_schemas(&mut self) -> Result<()> {
        let mut lines = String::new();
        for stream in self.streams.iter_mut().filter(|stream| stream.sent.is_none()) {
            let table = stream.entry.subject.table();
            if let Some(fixed) = self.fixed.iter().find(|fixed| fixed.name == table) {
                lines.extend(stream.schema(Some(fixed), fixed));
                stream.untold.drain(..).for_each(&self.notice);
            }
        }
        self.write(&lines)
    }

    fn send(&mut self, provider: &str, table: &Table, rows: &[Row]) -> Result<()> {
        let fixed = self.fixed.iter().find(|fixed| fixed.name == table.name);
        let is_meant = |stream: &&mut Stream| stream.is_of(provider, table);
        let Some(stream) = self.streams.iter_mut().find(is_meant) else { return Ok(()) };
        stream.learn(fixed, table, rows);
        let schema = stream.schema(fixed, table);
        stream.untold.drain(..).for_each(&self.notice);
        let sent = stream.sent.as_deref().unwrap_or_default();
        let place =
            |column: &Column| table.columns.iter().position(|there| there.name == column.name);
        let places: Vec<_> =
            sent.iter().filter_map(|column| Some((column.name.as_str(), place(column)?))).collect();
        let read = table.columns.iter().position(|column| column.own_name() == "synced_at");
        if let Some(line) = schema {
            self.out.write_all(line.as_bytes()).map_err(unwritable)?;
        }
        for row in rows {
            let cell = |at: usize| row.cells.get(at).unwrap_or(&Cell::Null);
            let values = places.iter().map(|(name, at)| (*name, cell(*at)));
            let extracted = read.and_then(|at| time(cell(at)));
            let line = record_line(&stream.entry.stream, values, extracted);
            self.out.write_all(line.as_bytes()).map_err(unwritable)?;
        }
        Ok(())
    }
}

impl Stream {
    fn is_of(&self, provider: &str, table: &Table) -> bool {
        self.entry.provider == provider && self.entry.subject.table() == table.name
    }

    /// Takes up the columns of `rows` that it did not have.
    fn learn(&mut self, fixed: Option<&Table>, table: &Table, rows: &[Row]) {
        for (at, column) in table.columns.iter().enumerate() {
            let is_known = |known: &Column| known.name == column.name;
            let is_fixed = fixed.is_some_and(|fixed| fixed.columns.iter().any(is_known));
            if is_fixed || self.own.iter().any(is_known) {
                continue;
            }
            if rows.iter().all(|row| row.cells.get(at).is_none_or(|cell| *cell == Cell::Null)) {
                continue;
            }
            if self.entry.sends(column) {
                self.own.push(column.clone());
            } else {
                self.leave_out(column);
            }
        }
    }

    /// Notes that a column is not sent, and what is to be told of it: once, if the catalog does not know
    /// it.
    fn leave_out(&mut self, column: &Column) {
        if self.left_out.iter().any(|known| known.name == column.name) {
            return;
        }
        self.left_out.push(column.clone());
        if self.entry.is_new(column) {
            self.untold.push(format!(
                "{}: {} is not in the catalog and not sent; --discover finds it",
                self.entry.stream, column.name
            ));
        }
    }

    /// The SCHEMA message, if it must be sent before what comes next.
    fn schema(&mut self, fixed: Option<&Table>, table: &Table) -> Option<String> {
        let now = |known: &Column| {
            let there = table.columns.iter().find(|column| column.name == known.name);
            there.unwrap_or(known).clone()
        };
        self.own = self.own.iter().map(now).collect();
        let fixed = fixed.into_iter().flat_map(|fixed| &fixed.columns);
        let all = fixed.filter(|column| is_sent(column)).map(now).chain(self.own.iter().cloned());
        let (columns, left_out): (Vec<_>, Vec<_>) =
            all.partition(|column| self.entry.sends(column));
        for column in &left_out {
            self.leave_out(column);
        }
        if self.sent.as_ref() == Some(&columns) {
            return None;
        }
        let bookmark = self.entry.bookmark(&columns);
        let line = schema_line(&self.entry.stream, &schema(&columns), bookmark);
        self.sent = Some(columns);
        Some(line)
    }
}

impl Sink for Tap {
    fn name(&self) -> String {
        "the output of the tap".to_owned()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        let inner = self.inner();
        let providers = inner.providers();
        let all = providers.iter().map(|provider| inner.checkpoint(provider));
        all.filter_map(Result::transpose).collect()
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        Ok(self.inner().fixed.clone())
    }

    /// What a stream has does not depend on the others: targets make a table of each.
    fn tables_of(&mut self, provider: &str) -> Result<Option<Vec<Table>>> {
        let inner = self.inner();
        let mut tables = inner.fixed.clone();
        for table in &mut tables {
            let stream = inner.streams.iter().find(|stream| stream.is_of(provider, table));
            for column in stream.into_iter().flat_map(|stream| &stream.own) {
                match table.columns.iter_mut().find(|there| there.name == column.name) {
                    Some(there) => there.kind = there.kind.or(column.kind),
                    None => table.columns.push(column.clone()),
                }
            }
        }
        Ok(Some(tables))
    }

    /// Which stream gets wider is seen by its records.
    fn widen(&mut self, _: &Table) -> Result<()> {
        self.inner().send_schemas()
    }

    fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<Counts> {
        let Some(first) = rows.first() else { return Ok(Counts::default()) };
        let provider = Arc::clone(&first.key.provider);
        let mut inner = self.inner();
        inner.send(&provider, table, &rows)?;
        inner.flush()?;
        // Whether a target had them is not known here.
        Ok(Counts { new: rows.len() as u64, ..Counts::default() })
    }

    /// Nothing that was sent can be taken back.
    fn remove(&mut self, _: &str, _: &str, _: &[&str]) -> Result<()> {
        Ok(())
    }

    /// A stream does not say who is gone, so there is nothing to be sure of.
    fn seen(&mut self, _provider: &str, _snapshot: u64) -> Result<Option<Seen>> {
        Ok(None)
    }

    /// Not done: nobody knows here who was sent before.
    fn delete_unseen(&mut self, _: &str, _: u64, _: Timestamp) -> Result<Counts> {
        Ok(Counts::default())
    }

    fn commit(&mut self, checkpoints: &[Checkpoint]) -> Result<()> {
        let mut inner = self.inner();
        inner.send_schemas()?;
        let Inner { streams, state, .. } = &mut *inner;
        for checkpoint in checkpoints {
            for stream in streams.iter_mut().filter(|s| s.entry.provider == checkpoint.provider) {
                let Stream { entry, left_out, .. } = stream;
                left_out.retain(|column| !entry.sends(column));
                state.set(&stream.entry.stream, checkpoint, &stream.own, &stream.left_out);
            }
        }
        let line = state_line(&inner.state.value());
        inner.write(&line)?;
        inner.flush()
    }

    fn finish(self: Box<Self>) -> Result<Closing> {
        self.inner().flush()?;
        Ok(Closing::default())
    }

    fn reset(&mut self, provider: &str) -> Result<Vec<String>> {
        let mut inner = self.inner();
        let mut gone = Vec::new();
        for subject in inner.subjects(provider) {
            if inner.state.remove(&subject.stream(provider)) {
                gone = vec![provider.to_owned()];
            }
        }
        Ok(gone)
    }
}

fn time(cell: &Cell) -> Option<Timestamp> {
    match cell {
        Cell::Time(moment) => Some(*moment),
        _ => None,
    }
}

fn unwritable(error: io::Error) -> Error {
    let why = if error.kind() == io::ErrorKind::BrokenPipe {
        "nobody reads it any more; see what the target says, and run both again with the last \
         state that it kept"
            .to_owned()
    } else {
        format!("it cannot be written ({error}); run the tap again with the last state")
    };
    Error::Destination { place: "stdout".to_owned(), why }
}
