//! Records made rows of a table that grows with them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::names::{fit, fresh, is_fresh};
use super::{Column, Row, Table};
use crate::layout::columns::{ATTRIBUTES, is_fixed};
use crate::layout::{FixedPlan, Plan, own_name};
use crate::names::Sequence;
use crate::{Cell, ColumnKind, Record, Result};

/// So many attributes get columns of their own, if a destination does not say another number; more
/// of them go into one column together.
pub(crate) const MOST_COLUMNS: usize = 1_000;

/// A table that gets the columns that records need, and makes rows of them.
///
/// A new attribute gets a column at the end, one that does not fit its column makes it wider. An
/// attribute with a name that differs from another one's only in case, or that no database could
/// hold, gets another one: `attributes.NAME`, or with a hash behind it.
#[derive(Debug)]
pub struct Shape {
    table: Table,
    plan: Arc<Plan>,
    /// Where the record's fixed cells go.
    fixed: Vec<usize>,
    /// The attributes seen so far, and where each goes.
    attributes: Sequence,
    slots: Vec<Slot>,
    /// Which column has which name, in lower case.
    named: HashMap<String, usize>,
    own_columns: usize,
    /// So many of them there are at most.
    most: usize,
    widened: bool,
    /// Where the attributes go that have no column of their own.
    rest: Option<usize>,
}

/// Where an attribute goes.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Column(usize),
    /// Into the column of those that are too many.
    Rest,
    /// It was not seen with a value yet.
    Unknown,
}

impl Shape {
    /// A table of this name: as a destination has it, if it does, with the fixed columns of a plan.
    pub(crate) fn new(
        name: &str,
        fixed: &[FixedPlan],
        plan: Arc<Plan>,
        existing: Option<Table>,
    ) -> Result<Self> {
        let is_new = existing.is_none();
        let table = existing.unwrap_or_else(|| Table::new(name, Vec::new()));
        let mut shape = Self {
            named: HashMap::new(),
            own_columns: 0,
            most: MOST_COLUMNS,
            widened: is_new,
            rest: None,
            fixed: Vec::new(),
            attributes: Sequence::default(),
            slots: Vec::new(),
            table,
            plan,
        };
        for (at, column) in shape.table.columns.iter().enumerate() {
            shape.named.insert(column.name.to_lowercase(), at);
        }
        let (mut exact, mut makeshift) = (Vec::new(), Vec::new());
        for (at, column) in shape.table.columns.iter().enumerate() {
            if let Some(attribute) = attribute_of(name, column) {
                let wanted = fit(&shape.wanted(attribute));
                if column.name == wanted {
                    exact.push((attribute, at));
                } else if shape.is_makeshift(attribute, &column.name, &wanted) {
                    makeshift.push((attribute, at));
                }
                shape.own_columns += 1;
            } else if column.own_name() == ATTRIBUTES && !shape.plan.json {
                shape.rest = Some(at);
            }
        }
        // Of several columns that maps have given an attribute, the one that it has now is its own.
        for (attribute, at) in makeshift.into_iter().chain(exact) {
            assign(&mut shape.attributes, &mut shape.slots, attribute, at);
        }
        for planned in fixed {
            let at = shape.fixed_column(&planned.column)?;
            shape.fixed.push(at);
        }
        Ok(shape)
    }

    /// With so many columns for single attributes at most; those that are there stay.
    pub(crate) fn with_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// Where a fixed column stands: one that is there, or a new one.
    fn fixed_column(&mut self, planned: &Column) -> Result<usize> {
        let Some(at) = self.named.get(&planned.name.to_lowercase()).copied() else {
            return Ok(self.add(planned.clone()));
        };
        let there = &self.table.columns[at];
        if there.own_name() != planned.own_name() {
            return Err(crate::Error::Input(format!(
                "the column {:?} of the table {} holds {}, and now {} would be called so; give that \
                 another name with --map, use the map of the last pull, or give another destination",
                there.name,
                self.table.name,
                there.own_name(),
                planned.own_name()
            )));
        }
        self.widen(at, planned.kind);
        Ok(at)
    }

    /// The table as it is now.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Whether it got new or wider columns since this was asked last, or is a new table.
    pub fn take_widened(&mut self) -> bool {
        std::mem::take(&mut self.widened)
    }

    /// Whether there are so many attributes that some go into one column together.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rest.is_some() && self.own_columns >= self.most
    }

    /// The attributes that are asked for by name, and that no row has had. What is in one column
    /// together is not looked at.
    pub(crate) fn never_met(&self) -> Vec<String> {
        let columns = self.table.columns.iter();
        let met: HashSet<&str> =
            columns.filter_map(|column| attribute_of(&self.table.name, column)).collect();
        let named = self.plan.named_attributes().into_iter();
        let missing = named.filter(|name| !self.plan.json && !met.contains(name));
        missing.map(own_name).collect()
    }

    /// The records as rows of the table, which gets what they need.
    pub fn rows(&mut self, records: Vec<Record>) -> Vec<Row> {
        let mut changed = false;
        let mut rows = Vec::with_capacity(records.len());
        for record in records {
            let row = self.row(record, &mut changed);
            rows.push(row);
        }
        if changed {
            // A column got wider after some of the rows were made.
            for row in &mut rows {
                for (cell, column) in row.cells.iter_mut().zip(&self.table.columns) {
                    if cell.kind().is_some_and(|kind| kind != column.kind) {
                        *cell = std::mem::replace(cell, Cell::Null).into_kind(column.kind);
                    }
                }
            }
        }
        rows
    }

    fn row(&mut self, record: Record, changed: &mut bool) -> Row {
        let Record { key, hash, fixed, attributes, snapshot, .. } = record;
        let mut cells = Vec::with_capacity(self.table.columns.len());
        let mut rest = serde_json::Map::new();
        for (index, cell) in fixed.into_iter().enumerate() {
            let at = self.fixed[index];
            self.put(&mut cells, at, cell, changed);
        }
        self.attributes.begin();
        for (name, cell) in attributes {
            if cell.is_null() {
                continue;
            }
            match self.slot(&name, &cell) {
                Slot::Column(at) => self.put(&mut cells, at, cell, changed),
                Slot::Rest | Slot::Unknown => {
                    let json = serde_json::from_str(&cell.to_json()).unwrap_or_default();
                    rest.insert(name.to_string(), json);
                }
            }
        }
        if let Some(at) = self.rest.filter(|_| !rest.is_empty()) {
            let json = serde_json::Value::Object(rest).to_string();
            self.put(&mut cells, at, Cell::Json(json), changed);
        }
        let mut row = Row::new(key, hash, cells);
        row.snapshot = snapshot;
        row
    }

    fn put(&mut self, cells: &mut Vec<Cell>, at: usize, cell: Cell, changed: &mut bool) {
        let Some(kind) = cell.kind() else { return };
        if self.table.columns[at].kind != kind {
            *changed |= self.widen(at, kind);
        }
        let column = self.table.columns[at].kind;
        let cell = if column == kind { cell } else { cell.into_kind(column) };
        while cells.len() < at {
            cells.push(Cell::Null);
        }
        match cells.get_mut(at) {
            Some(place) => *place = cell,
            None => cells.push(cell),
        }
    }

    fn widen(&mut self, at: usize, kind: ColumnKind) -> bool {
        let column = &mut self.table.columns[at];
        let wider = column.kind.or(kind);
        let changed = wider != column.kind;
        column.kind = wider;
        self.widened |= changed;
        changed
    }

    fn add(&mut self, column: Column) -> usize {
        let at = self.table.columns.len();
        self.named.insert(column.name.to_lowercase(), at);
        self.table.columns.push(column);
        self.widened = true;
        at
    }

    fn slot(&mut self, name: &str, cell: &Cell) -> Slot {
        let known = self.attributes.find(name).and_then(|index| self.slots.get(index).copied());
        match known {
            Some(Slot::Unknown) | None => self.new_slot(name, cell),
            Some(slot) => slot,
        }
    }

    fn new_slot(&mut self, name: &str, cell: &Cell) -> Slot {
        if self.own_columns >= self.most {
            // They are not remembered one by one: their names may be data.
            self.add_rest();
            return Slot::Rest;
        }
        self.own_columns += 1;
        let wanted = self.wanted(name);
        let column = self.new_column(name, &wanted, cell.kind().unwrap_or(ColumnKind::Text));
        let at = self.add(column);
        assign(&mut self.attributes, &mut self.slots, name, at);
        Slot::Column(at)
    }

    /// What the column of an attribute is called, if nothing else is.
    fn wanted(&self, attribute: &str) -> String {
        self.plan.attribute(attribute).map_or_else(|| own_name(attribute), |plan| plan.name)
    }

    /// Whether a column that is there is what an attribute has instead of the one that is wanted, whose
    /// name was taken. Otherwise it has its name by another map than that in force.
    fn is_makeshift(&self, attribute: &str, column: &str, wanted: &str) -> bool {
        let is_taken = self.named.contains_key(&wanted.to_lowercase());
        is_taken && (column == fit(&own_name(attribute)) || is_fresh(attribute, column))
    }

    fn new_column(&self, attribute: &str, wanted: &str, kind: ColumnKind) -> Column {
        let is_free = |name: &str| !self.named.contains_key(&name.to_lowercase());
        let wanted = fit(wanted);
        let name = if is_free(&wanted) {
            wanted
        } else {
            let own = Some(fit(&own_name(attribute))).filter(|name| is_free(name));
            own.unwrap_or_else(|| fresh(attribute, is_free))
        };
        let mut column = Column::new(name, kind);
        // A column that says nothing else is taken for the fixed one of its name, if there is one.
        let is_told = column.name == attribute && attribute_of(&self.table.name, &column).is_some();
        column.renamed_from = (!is_told).then(|| own_name(attribute));
        column
    }

    fn add_rest(&mut self) {
        if self.rest.is_none() {
            let taken = self.named.get(ATTRIBUTES).copied();
            let column = || Column::new(ATTRIBUTES, ColumnKind::Json);
            self.rest = Some(taken.unwrap_or_else(|| self.add(column())));
        }
    }
}

/// Notes the column of an attribute.
fn assign(attributes: &mut Sequence, slots: &mut Vec<Slot>, attribute: &str, at: usize) {
    let index = attributes.insert(attribute);
    if slots.len() <= index {
        slots.resize(index + 1, Slot::Unknown);
    }
    slots[index] = Slot::Column(at);
}

/// The attribute that a column of this table holds; `None`: it is a fixed one.
fn attribute_of<'a>(table: &str, column: &'a Column) -> Option<&'a str> {
    let own = column.own_name();
    if column.renamed_from.is_some() {
        return own.strip_prefix("attributes.");
    }
    (!is_fixed(table, own)).then_some(own)
}
