//! Tables and rows, and a tap that writes where the test can read it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use leadtag_core::{LeadCapabilities, Timestamp};
use leadtag_extract::singer::{Catalog, State, Tap};
use leadtag_extract::{Cell, Checkpoint, Column, ColumnKind, Key, Place, Row, Snapshot, Table};

use crate::spec::Read;

/// An output that can be read while it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Output {
    text: Arc<Mutex<Vec<u8>>>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    #[track_caller]
    pub(crate) fn read(&self) -> Read {
        Read::of(&self.text())
    }
}

/// A tap, its output, and what it told.
#[derive(Debug)]
pub(crate) struct Tapped {
    pub(crate) tap: Tap,
    pub(crate) output: Output,
    pub(crate) notices: Arc<Mutex<Vec<String>>>,
}

impl Tapped {
    pub(crate) fn new(catalog: &Catalog, state: State) -> Self {
        let (output, notices) = (Output::default(), Arc::new(Mutex::new(Vec::new())));
        let told = Arc::clone(&notices);
        let notice = move |text| told.lock().unwrap().push(text);
        let tap = Tap::new(Box::new(output.clone()), catalog, fixed(), state, notice).unwrap();
        Self { tap, output, notices }
    }
}

pub(crate) fn fixed() -> Vec<Table> {
    let column = |(name, kind): (&str, ColumnKind)| Column::new(name, kind);
    let leads = [
        ("provider", ColumnKind::Text),
        ("id", ColumnKind::Text),
        ("name", ColumnKind::Text),
        ("mobiles", ColumnKind::List),
        ("created_at", ColumnKind::Time),
        ("synced_at", ColumnKind::Time),
        ("deleted_at", ColumnKind::Time),
        ("attributes", ColumnKind::Json),
    ];
    let interactions = [
        ("provider", ColumnKind::Text),
        ("lead_id", ColumnKind::Text),
        ("id", ColumnKind::Text),
        ("synced_at", ColumnKind::Time),
    ];
    vec![
        Table::new("leads", leads.map(column).into()),
        Table::new("interactions", interactions.map(column).into()),
    ]
}

/// The table of leads with a column more.
pub(crate) fn with(name: &str, kind: ColumnKind) -> Table {
    let mut table = fixed().remove(0);
    table.columns.push(Column::new(name, kind));
    table
}

/// A provider that is read forward, interactions too.
pub(crate) fn forward(name: &str) -> (String, LeadCapabilities) {
    let mut can = LeadCapabilities::none();
    (can.list, can.filter_by_time, can.oldest_first, can.interactions) = (true, true, true, true);
    (name.to_owned(), can)
}

/// Two providers, of which the second has no interactions, all leads selected.
pub(crate) fn catalog() -> Catalog {
    let mut snapshots = LeadCapabilities::none();
    snapshots.list = true;
    Catalog::discover(&[forward("crm"), ("scores".to_owned(), snapshots)], &fixed()).unwrap()
}

pub(crate) fn moment() -> Timestamp {
    "2026-01-31T08:00:00Z".parse().unwrap()
}

/// A lead with these cells behind the fixed ones.
pub(crate) fn lead(provider: &str, id: &str, more: impl IntoIterator<Item = Cell>) -> Row {
    let mut cells = vec![
        Cell::Text(provider.to_owned()),
        Cell::Text(id.to_owned()),
        Cell::Text("李\n娜".to_owned()),
        Cell::List(vec!["199****0001".to_owned()]),
        Cell::Time(moment()),
        Cell::Time(moment()),
        Cell::Null,
        Cell::Json("{\"a\":\n1}".to_owned()),
    ];
    cells.extend(more);
    Row::new(Key::new(provider, id), 1, cells)
}

pub(crate) fn interaction(provider: &str, id: &str) -> Row {
    let cells = vec![
        Cell::Text(provider.to_owned()),
        Cell::Text("1".to_owned()),
        Cell::Text(id.to_owned()),
        Cell::Time(moment()),
    ];
    Row::new(Key::new(provider, id), 1, cells)
}

/// A checkpoint that is told from others by its number.
pub(crate) fn checkpoint(provider: &str, number: u64, at: Timestamp) -> Checkpoint {
    let mut snapshot = Snapshot::default();
    snapshot.number = number;
    let place = Place::Snapshot(snapshot);
    Checkpoint::new(provider, "platform", place, at)
}
