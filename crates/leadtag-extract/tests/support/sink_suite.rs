//! The rules that hold for every sink, whatever it writes to.

#[path = "sink_suite/columns.rs"]
mod columns;
#[path = "sink_suite/people.rs"]
pub(crate) mod people;
#[path = "sink_suite/places.rs"]
mod places;
#[path = "sink_suite/rows.rs"]
mod rows;
#[path = "sink_suite/streams.rs"]
mod streams;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use leadtag_core::Timestamp;
use leadtag_extract::{
    Cell, Checkpoint, Column, ColumnKind, Counts, Error, Key, Result, Row, Seen, Sink, Table,
};
use serde_json::json;

/// A row as somebody reads it: texts by the names of columns, as [`Cell::to_text`] has them. What is
/// null is left out.
pub(crate) type Read = BTreeMap<String, String>;

/// A destination of a test.
pub(crate) trait World {
    /// Opens it.
    fn open(&self) -> Result<Box<dyn Sink>>;
    /// What others read in a table, in any order; nothing if there is no such table.
    fn rows(&self, table: &str) -> Vec<Read>;
    /// Puts something there that leadtag did not write, where it would write leads.
    fn make_foreign(&self);
    /// Whether that is still there as it was.
    fn is_untouched(&self) -> bool;
    /// Makes it look as if a later version had written it.
    fn make_future(&self);
    /// Whether people can be removed from it.
    fn can_forget(&self) -> bool {
        false
    }
    /// Removes a table, as others may who can write there. Needed where people can be removed.
    fn drop_table(&self, name: &str) {
        panic!("{name} is no table that can be dropped");
    }
}

type Rule = (&'static str, fn(&dyn World));

const RULES: &[Rule] = &[
    ("what_is_committed_is_there", rows::what_is_committed_is_there),
    ("what_says_the_same_is_unchanged", rows::what_says_the_same_is_unchanged),
    ("rows_that_are_there_come_among_new_ones", rows::rows_that_are_there_come_among_new_ones),
    ("what_is_removed_is_gone", rows::what_is_removed_is_gone),
    ("the_last_row_of_a_key_wins", rows::the_last_row_of_a_key_wins),
    ("providers_have_keys_of_their_own", rows::providers_have_keys_of_their_own),
    ("what_is_not_committed_is_gone", rows::what_is_not_committed_is_gone),
    ("what_came_before_an_error_is_gone", rows::what_came_before_an_error_is_gone),
    ("an_unfinished_run_loses_nothing", rows::an_unfinished_run_loses_nothing),
    ("checkpoints_come_back", streams::checkpoints_come_back),
    ("reset_forgets_a_checkpoint_alone", streams::reset_forgets_a_checkpoint_alone),
    ("who_is_not_seen_is_deleted", streams::who_is_not_seen_is_deleted),
    ("the_row_of_who_is_gone_is_written_then", streams::the_row_of_who_is_gone_is_written_then),
    ("who_comes_back_is_alive", streams::who_comes_back_is_alive),
    ("a_snapshot_may_take_several_runs", streams::a_snapshot_may_take_several_runs),
    ("others_are_not_deleted", streams::others_are_not_deleted),
    ("a_new_column_leaves_old_rows_alone", columns::a_new_column_leaves_old_rows_alone),
    ("every_kind_widens", columns::every_kind_widens),
    ("a_widening_that_is_not_committed_is_gone", columns::a_widening_that_is_not_committed_is_gone),
    ("texts_stay_as_they_are", rows::texts_stay_as_they_are),
    ("interactions_are_a_table_of_their_own", rows::interactions_are_a_table_of_their_own),
    ("nobody_else_writes_meanwhile", places::nobody_else_writes_meanwhile),
    ("what_is_not_leadtags_is_left_alone", places::what_is_not_leadtags_is_left_alone),
    ("what_a_later_version_wrote_is_left_alone", places::what_a_later_version_wrote_is_left_alone),
];

/// Those of destinations that can forget.
const RULES_OF_FORGETTING: &[Rule] = &[
    (
        "a_person_is_forgotten_with_the_interactions",
        people::a_person_is_forgotten_with_the_interactions,
    ),
    ("a_person_is_forgotten_by_id", people::a_person_is_forgotten_by_id),
    (
        "a_person_is_found_by_a_hashed_mobile_with_the_key_alone",
        people::a_person_is_found_by_a_hashed_mobile_with_the_key_alone,
    ),
    ("nobody_is_told_by_a_masked_mobile", people::nobody_is_told_by_a_masked_mobile),
    (
        "who_is_forgotten_is_found_in_renamed_columns",
        people::who_is_forgotten_is_found_in_renamed_columns,
    ),
    (
        "who_is_forgotten_is_found_by_the_id_of_the_platform",
        people::who_is_forgotten_is_found_by_the_id_of_the_platform,
    ),
    (
        "a_mobile_is_forgotten_where_interactions_are_gone",
        people::a_mobile_is_forgotten_where_interactions_are_gone,
    ),
];

/// Every rule in a world of its own; which ones do not hold is told at the end.
pub(crate) fn run(mut world: impl FnMut(&str) -> Box<dyn World>) {
    let mut broken = Vec::new();
    let of_forgetting = if world("any").can_forget() { RULES_OF_FORGETTING } else { &[] };
    for (name, rule) in RULES.iter().chain(of_forgetting) {
        let world = world(name);
        println!("rule {name}");
        if catch_unwind(AssertUnwindSafe(|| rule(&*world))).is_err() {
            broken.push(*name);
        }
    }
    assert!(broken.is_empty(), "these rules do not hold: {broken:#?}");
}

/// A run of a pull: opens the sink, and counts.
pub(crate) struct Run {
    sink: Box<dyn Sink>,
    counts: BTreeMap<(String, String), Counts>,
}

impl Run {
    pub(crate) fn open(world: &dyn World) -> Self {
        Self { sink: world.open().unwrap(), counts: BTreeMap::new() }
    }

    pub(crate) fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> &mut Self {
        let provider = rows[0].key.provider.to_string();
        let counts = self.sink.upsert(table, rows).unwrap();
        self.count(provider, table.name.clone(), counts)
    }

    pub(crate) fn widen(&mut self, table: &Table) -> &mut Self {
        self.sink.widen(table).unwrap();
        self
    }

    pub(crate) fn write(&mut self, rows: Vec<Row>) -> &mut Self {
        let table = leads();
        self.widen(&table).upsert(&table, rows)
    }

    pub(crate) fn delete(&mut self, provider: &str, snapshot: u64) -> &mut Self {
        let counts = self.sink.delete_unseen(provider, snapshot, moment()).unwrap();
        self.count(provider.to_owned(), "leads".to_owned(), counts)
    }

    pub(crate) fn commit(&mut self) -> &mut Self {
        self.sink.commit(&[]).unwrap();
        self
    }

    fn count(&mut self, provider: String, table: String, counts: Counts) -> &mut Self {
        *self.counts.entry((provider, table)).or_default() += counts;
        self
    }

    /// Ends it, and gives what became of the leads of `p`.
    pub(crate) fn finish(mut self) -> Counts {
        for (provider, table, counts) in self.sink.finish().unwrap().counts {
            *self.counts.entry((provider, table)).or_default() += counts;
        }
        self.counts.get(&("p".to_owned(), "leads".to_owned())).copied().unwrap_or_default()
    }
}

/// A run of one batch that ends well.
fn pull(world: &dyn World, rows: Vec<Row>) -> Counts {
    let mut run = Run::open(world);
    run.write(rows).commit();
    run.finish()
}

pub(crate) fn leads() -> Table {
    Table::new(
        "leads",
        vec![
            Column::new("provider", ColumnKind::Text),
            Column::new("id", ColumnKind::Text),
            Column::new("name", ColumnKind::Text),
            Column::new("mobiles", ColumnKind::List),
            Column::new("created_at", ColumnKind::Time),
            Column::new("deleted_at", ColumnKind::Time),
        ],
    )
}

pub(crate) fn moment() -> Timestamp {
    "2026-01-31T08:00:00Z".parse().unwrap()
}

pub(crate) fn lead_of(provider: &str, id: &str, name: &str) -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    let cells = vec![
        text(provider),
        text(id),
        text(name),
        Cell::List(vec!["19900001234".to_owned(), "a \"b\", \\c".to_owned()]),
        Cell::Time(moment()),
        Cell::Null,
    ];
    Row::new(Key::new(provider, id), hash(name), cells)
}

pub(crate) fn lead(id: &str, name: &str) -> Row {
    lead_of("p", id, name)
}

/// Any hash will do, as long as it tells one text from another. The highest bit is set.
pub(crate) fn hash(text: &str) -> u64 {
    let sum = text.bytes().fold(7, |hash: u64, b| hash.wrapping_mul(31).wrapping_add(b.into()));
    sum | 1 << 63
}

/// The names of all leads by provider and id; `-` before those of the deleted.
fn names(world: &dyn World) -> Vec<String> {
    let mut names: Vec<String> = world
        .rows("leads")
        .iter()
        .map(|row| {
            let gone = if row.contains_key("deleted_at") { "-" } else { "" };
            format!("{gone}{}/{}={}", row["provider"], row["id"], row["name"])
        })
        .collect();
    names.sort();
    names
}

pub(crate) fn checkpoint(provider: &str, number: u64) -> Checkpoint {
    let place =
        json!({ "strategy": "snapshot", "number": number, "cursor": null, "complete": true });
    Checkpoint::new(provider, "beschannels", serde_json::from_value(place).unwrap(), moment())
}

fn json_of(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}
