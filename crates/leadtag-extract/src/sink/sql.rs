//! What both databases do alike: the names of tables and columns.

use std::collections::HashSet;

use crate::layout::columns::TAKEN;
use crate::table::names::{fit, fresh};
pub(crate) use crate::table::{INTERACTIONS, LEADS};
use crate::{Checkpoint, Column, ColumnKind, Error, Result, Table};

/// The version of the tables as they are made here.
pub(crate) const VERSION: &str = "1";

/// The tables of rows.
pub(crate) const TABLES: [&str; 2] = [LEADS, INTERACTIONS];

/// Columns that every table has besides its own.
pub(crate) const HASH: &str = "_hash";
pub(crate) const SNAPSHOT: &str = "_snapshot";

/// A table as the database has it.
#[derive(Clone, Debug)]
pub(crate) struct StoredTable {
    pub name: String,
    pub columns: Vec<StoredColumn>,
    /// Whether somebody removed it.
    pub is_gone: bool,
}

/// A column as the database has it.
#[derive(Clone, Debug)]
pub(crate) struct StoredColumn {
    pub column: Column,
    /// Its name there, which differs where its own is too long or taken.
    pub stored_as: String,
}

/// What has to be done to a table.
#[derive(Debug, Default)]
pub(crate) struct Widening {
    /// These are new, by their places.
    pub added: Vec<usize>,
    /// These held another kind, by their places.
    pub widened: Vec<(usize, ColumnKind)>,
}

impl StoredTable {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), columns: Vec::new(), is_gone: false }
    }

    /// As others see it.
    pub(crate) fn table(&self) -> Table {
        Table::new(&*self.name, self.columns.iter().map(|stored| stored.column.clone()).collect())
    }

    /// The name in the database of a column, by its name.
    pub(crate) fn stored_as(&self, column: &str) -> Option<&str> {
        let stored = self.columns.iter().find(|stored| stored.column.name == column);
        stored.map(|stored| &*stored.stored_as)
    }

    /// The name in the database of a column, by its name before it was renamed.
    pub(crate) fn stored_own(&self, own_name: &str) -> Option<&str> {
        let stored = self.columns.iter().find(|stored| stored.column.own_name() == own_name);
        stored.map(|stored| &*stored.stored_as)
    }

    /// The names in the database of all columns that held the same before they were renamed:
    /// another map may have renamed it before.
    pub(crate) fn all_stored_own(&self, own_name: &str) -> Vec<&str> {
        let stored = self.columns.iter().filter(|stored| stored.column.own_name() == own_name);
        stored.map(|stored| &*stored.stored_as).collect()
    }

    /// The names in the database of the columns of `table`.
    pub(crate) fn stored_names(&self, table: &Table) -> Result<Vec<&str>> {
        let name_of = |column: &Column| {
            self.stored_as(&column.name).ok_or_else(|| Error::Damaged {
                place: format!("table {}", self.name),
                why: format!(
                    "there is no column {:?}; put it back, or give another destination",
                    column.name
                ),
            })
        };
        table.columns.iter().map(name_of).collect()
    }

    /// Becomes as wide as `wanted`. `there` are the columns that the database has, in lower case:
    /// somebody may have made some of his own.
    pub(crate) fn widen(&mut self, wanted: &Table, there: &HashSet<String>) -> Widening {
        let mut todo = Widening::default();
        for column in &wanted.columns {
            let place = self.columns.iter().position(|stored| stored.column.name == column.name);
            match place {
                Some(place) => {
                    let stored = &mut self.columns[place].column;
                    if stored.kind != column.kind {
                        todo.widened.push((place, stored.kind));
                    }
                    stored.clone_from(column);
                }
                None => {
                    let stored_as = self.free_name(&column.name, there);
                    self.columns.push(StoredColumn { column: column.clone(), stored_as });
                    todo.added.push(self.columns.len() - 1);
                }
            }
        }
        todo
    }

    fn free_name(&self, name: &str, there: &HashSet<String>) -> String {
        let is_free = |name: &str| {
            let lower = name.to_lowercase();
            ![HASH, SNAPSHOT].contains(&&*lower)
                && !TAKEN.contains(&&*lower)
                && !there.contains(&lower)
                && self.columns.iter().all(|stored| stored.stored_as.to_lowercase() != lower)
        };
        let wanted = fit(name);
        if is_free(&wanted) { wanted } else { fresh(name, is_free) }
    }
}

/// Why nothing can be written to a table that somebody removed.
pub(crate) fn missing(name: &str) -> String {
    format!("there is no table {name}; put it back, or give another destination")
}

/// What counts the leads that a snapshot has, and those that it has not and that are not gone. Where
/// nothing tells who is gone, nobody is.
pub(crate) fn count_seen(stored: &StoredTable, snapshot: &str) -> String {
    let is_there = stored
        .stored_own("deleted_at")
        .map_or_else(|| "1 = 0".to_owned(), |column| format!("{} IS NULL", quoted(column)));
    format!(
        "SELECT count(CASE WHEN {SNAPSHOT} = {snapshot} THEN 1 END), count(CASE WHEN \
         coalesce({SNAPSHOT} <> {snapshot}, true) AND {is_there} THEN 1 END) FROM {LEADS}"
    )
}

/// What is set in the row of a lead that is gone: since when, and that it was written then.
pub(crate) fn deleted(stored: &StoredTable, at: &str) -> String {
    let columns =
        ["deleted_at", "synced_at"].into_iter().filter_map(|name| stored.stored_own(name));
    columns.map(|column| format!("{} = {at}", quoted(column))).collect::<Vec<_>>().join(", ")
}

/// A name as it stands in a statement.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Several names as they stand in a statement.
pub(crate) fn quoted_all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(quoted).collect::<Vec<_>>().join(", ")
}

/// The table's key must be there.
pub(crate) fn check_key(table: &Table) -> Result<()> {
    places_of_key(table).map(drop)
}

/// Where provider and id stand in a table, which must be one that there may be.
pub(crate) fn places_of_key(table: &Table) -> Result<[usize; 2]> {
    let place = |name: &str| table.columns.iter().position(|column| column.name == name);
    match (TABLES.contains(&&*table.name), place("provider"), place("id")) {
        (true, Some(provider), Some(id)) => Ok([provider, id]),
        _ => Err(Error::Input(format!(
            "table {} cannot be made: it must be one of {} and {}, with the columns provider and id",
            table.name, TABLES[0], TABLES[1]
        ))),
    }
}

/// What is kept of a column.
pub(crate) fn description(column: &Column) -> String {
    // Names and kinds can always be written as JSON.
    serde_json::to_string(column).unwrap_or_default()
}

/// The tables, from the columns that are kept: table, name in the database, description.
pub(crate) fn stored(
    place: &str,
    columns: Vec<(String, String, String)>,
) -> Result<Vec<StoredTable>> {
    let mut tables: Vec<StoredTable> = Vec::new();
    for (table, stored_as, description) in columns {
        let column = serde_json::from_str(&description).map_err(|error| Error::Damaged {
            place: place.to_owned(),
            why: format!(
                "table leadtag_columns: {stored_as:?} of {table} is unreadable ({error}); put a copy \
                 of it back, or give another destination"
            ),
        })?;
        if tables.last().is_none_or(|stored| stored.name != table) {
            tables.push(StoredTable::new(&table));
        }
        if let Some(stored) = tables.last_mut() {
            stored.columns.push(StoredColumn { column, stored_as });
        }
    }
    Ok(tables)
}

/// The tables, as others see them. Where one is gone, the checkpoints tell of more than is there.
pub(crate) fn tables(
    place: &str,
    stored: &[StoredTable],
    has_checkpoints: bool,
) -> Result<Vec<Table>> {
    match gone(stored, has_checkpoints).first() {
        None => Ok(stored.iter().map(StoredTable::table).collect()),
        Some(name) => Err(Error::Damaged {
            place: place.to_owned(),
            why: format!(
                "the table {name} is gone; put it back, or forget what was read (`leadtag leads \
                 reset --provider P --to {place}`) and pull everything again"
            ),
        }),
    }
}

/// The tables that are gone.
pub(crate) fn gone(stored: &[StoredTable], has_checkpoints: bool) -> Vec<String> {
    let mut gone: Vec<String> =
        stored.iter().filter(|stored| stored.is_gone).map(|stored| stored.name.clone()).collect();
    if has_checkpoints && !stored.iter().any(|stored| stored.name == LEADS) {
        gone.push(LEADS.to_owned());
    }
    gone
}

/// The table must be what leadtag made of it. `there` are the columns that it has, in lower case.
pub(crate) fn check_shape(
    place: &str,
    name: &str,
    known: Option<&StoredTable>,
    there: &HashSet<String>,
) -> Result<()> {
    let damaged = |why: String| Err(Error::Damaged { place: place.to_owned(), why });
    let Some(known) = known else {
        if there.is_empty() {
            return Ok(());
        }
        return damaged(format!(
            "there is a table {name} that leadtag did not make; rename it, or give another \
             destination"
        ));
    };
    let own = [HASH, SNAPSHOT];
    let names = known.columns.iter().map(|stored| &*stored.stored_as).chain(own);
    let missing: Vec<&str> = names.filter(|n| !there.contains(&n.to_lowercase())).collect();
    match missing.first() {
        None => Ok(()),
        // It is gone as a whole, which is told where it is needed.
        Some(_) if there.is_empty() => Ok(()),
        Some(column) => damaged(format!(
            "the table {name} has no column {column:?} any more; put it back, or give another \
             destination"
        )),
    }
}

/// Somebody removed the one of leadtag's own tables that tells how to read the others.
pub(crate) fn without_settings(place: &str) -> Error {
    Error::Damaged {
        place: place.to_owned(),
        why: "its table leadtag_settings is gone; put it back, or give another destination"
            .to_owned(),
    }
}

/// Only tables of this version can be written to.
pub(crate) fn check_version(place: &str, version: Option<&str>) -> Result<()> {
    let why = match version {
        Some(VERSION) => return Ok(()),
        Some(other) => format!(
            "its tables are of version {other}, this program knows version {VERSION}; take a newer \
             leadtag"
        ),
        None => "the table leadtag_settings does not tell its version; give another destination"
            .to_owned(),
    };
    Err(Error::Damaged { place: place.to_owned(), why })
}

/// Checkpoints as texts, with their providers.
pub(crate) fn texts(checkpoints: &[Checkpoint]) -> impl Iterator<Item = (&str, String)> {
    // What is in a checkpoint can always be written as JSON.
    checkpoints.iter().map(|c| (&*c.provider, serde_json::to_string(c).unwrap_or_default()))
}

/// Checkpoints from providers and texts.
pub(crate) fn checkpoints(place: &str, texts: Vec<(String, String)>) -> Result<Vec<Checkpoint>> {
    let read = |(provider, text): (String, String)| {
        serde_json::from_str(&text).map_err(|error| Error::Damaged {
            place: place.to_owned(),
            why: format!(
                "the checkpoint of {provider} is unreadable ({error}); forget it with \
                 `leadtag leads reset --provider {provider} --to {place}` and pull again"
            ),
        })
    };
    texts.into_iter().map(read).collect()
}
