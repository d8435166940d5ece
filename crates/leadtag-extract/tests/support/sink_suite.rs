//! The rules that hold for every sink, whatever it writes to.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use leadtag_core::Timestamp;
use leadtag_extract::{
    Cell, Checkpoint, Column, ColumnKind, Counts, Error, Key, Result, Row, Sink, Table,
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
}

type Rule = (&'static str, fn(&dyn World));

const RULES: &[Rule] = &[
    ("what_is_committed_is_there", what_is_committed_is_there),
    ("what_says_the_same_is_unchanged", what_says_the_same_is_unchanged),
    ("the_last_row_of_a_key_wins", the_last_row_of_a_key_wins),
    ("providers_have_keys_of_their_own", providers_have_keys_of_their_own),
    ("what_is_not_committed_is_gone", what_is_not_committed_is_gone),
    ("an_unfinished_run_loses_nothing", an_unfinished_run_loses_nothing),
    ("checkpoints_come_back", checkpoints_come_back),
    ("reset_forgets_a_checkpoint_alone", reset_forgets_a_checkpoint_alone),
    ("who_is_not_seen_is_deleted", who_is_not_seen_is_deleted),
    ("who_comes_back_is_alive", who_comes_back_is_alive),
    ("a_snapshot_may_take_several_runs", a_snapshot_may_take_several_runs),
    ("others_are_not_deleted", others_are_not_deleted),
    ("a_new_column_leaves_old_rows_alone", a_new_column_leaves_old_rows_alone),
    ("every_kind_widens", every_kind_widens),
    ("a_widening_that_is_not_committed_is_gone", a_widening_that_is_not_committed_is_gone),
    ("texts_stay_as_they_are", texts_stay_as_they_are),
    ("interactions_are_a_table_of_their_own", interactions_are_a_table_of_their_own),
    ("the_fingerprint_lasts_with_a_commit", the_fingerprint_lasts_with_a_commit),
    ("nobody_else_writes_meanwhile", nobody_else_writes_meanwhile),
    ("what_is_not_leadtags_is_left_alone", what_is_not_leadtags_is_left_alone),
    ("what_a_later_version_wrote_is_left_alone", what_a_later_version_wrote_is_left_alone),
];

/// Every rule in a world of its own; which ones do not hold is told at the end.
pub(crate) fn run(mut world: impl FnMut(&str) -> Box<dyn World>) {
    let mut broken = Vec::new();
    for (name, rule) in RULES {
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
        for (provider, table, counts) in self.sink.finish().unwrap() {
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

fn what_is_committed_is_there(world: &dyn World) {
    let counts = pull(world, vec![lead("1", "Ada"), lead("2", "Bea")]);
    assert_eq!((counts.new, counts.changed, counts.unchanged), (2, 0, 0));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bea"]);
    let rows = world.rows("leads");
    assert_eq!(rows[0]["mobiles"], r#"["19900001234","a \"b\", \\c"]"#);
    assert_eq!(rows[0]["created_at"], "2026-01-31T08:00:00Z");
    let mut sink = world.open().unwrap();
    assert_eq!(sink.tables().unwrap(), [leads()]);
}

fn what_says_the_same_is_unchanged(world: &dyn World) {
    pull(world, vec![lead("1", "Ada"), lead("2", "Bea")]);
    let counts = pull(world, vec![lead("1", "Ada"), lead("2", "Bob"), lead("3", "Cyd")]);
    assert_eq!((counts.new, counts.changed, counts.unchanged), (1, 1, 1));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bob", "p/3=Cyd"]);
}

fn the_last_row_of_a_key_wins(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "A"), lead("1", "B"), lead("2", "X")]);
    run.write(vec![lead("2", "Y"), lead("2", "X")]).commit();
    run.write(vec![lead("1", "C")]).commit();
    assert_eq!(run.finish().new, 2);
    assert_eq!(names(world), ["p/1=C", "p/2=X"]);
    pull(world, vec![lead("1", "D"), lead("1", "C")]);
    assert_eq!(names(world), ["p/1=C", "p/2=X"]);
}

fn providers_have_keys_of_their_own(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]).write(vec![lead_of("q", "1", "Bea")]).commit();
    run.finish();
    assert_eq!(names(world), ["p/1=Ada", "q/1=Bea"]);
}

fn what_is_not_committed_is_gone(world: &dyn World) {
    pull(world, vec![lead("1", "Ada")]);
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Bea"), lead("2", "Cyd")]);
    drop(run);
    let mut run = Run::open(world);
    run.write(vec![lead("3", "Dan")]);
    run.finish();
    assert_eq!(names(world), ["p/1=Ada"]);
    assert_eq!(pull(world, vec![lead("1", "Ada")]).unchanged, 1);
}

fn an_unfinished_run_loses_nothing(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]);
    run.sink.commit(&[checkpoint("p", 1)]).unwrap();
    drop(run);
    let mut run = Run::open(world);
    assert_eq!(run.sink.checkpoints().unwrap(), [checkpoint("p", 1)]);
    run.write(vec![lead("2", "Bea")]).commit();
    run.finish();
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bea"]);
}

fn checkpoints_come_back(world: &dyn World) {
    let mut run = Run::open(world);
    assert_eq!(run.sink.checkpoints().unwrap(), []);
    run.sink.commit(&[checkpoint("q", 1), checkpoint("p", 1)]).unwrap();
    run.sink.commit(&[checkpoint("p", 2)]).unwrap();
    assert_eq!(run.sink.checkpoints().unwrap(), [checkpoint("p", 2), checkpoint("q", 1)]);
    run.finish();
    let mut sink = world.open().unwrap();
    assert_eq!(sink.checkpoints().unwrap(), [checkpoint("p", 2), checkpoint("q", 1)]);
}

fn reset_forgets_a_checkpoint_alone(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]);
    run.sink.commit(&[checkpoint("p", 1), checkpoint("q", 1)]).unwrap();
    run.finish();
    let mut run = Run::open(world);
    assert!(run.sink.reset("p").unwrap());
    assert!(!run.sink.reset("p").unwrap());
    run.finish();
    assert_eq!(world.open().unwrap().checkpoints().unwrap(), [checkpoint("q", 1)]);
    assert_eq!(names(world), ["p/1=Ada"]);
}

fn seen(rows: Vec<Row>, snapshot: u64) -> Vec<Row> {
    rows.into_iter().map(|row| row.with_snapshot(snapshot)).collect()
}

fn who_is_not_seen_is_deleted(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea"), lead("3", "Cyd")], 10));
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bob")], 20));
    run.write(seen(vec![lead("1", "Ada")], 20));
    assert_eq!(run.sink.seen("p", 20).unwrap(), 2);
    run.delete("p", 20).commit();
    assert_eq!(run.finish().deleted, 1);
    assert_eq!(names(world), ["-p/3=Cyd", "p/1=Ada", "p/2=Bob"]);
    let gone = world.rows("leads").into_iter().find(|row| row["id"] == "3").unwrap();
    assert_eq!(gone["deleted_at"], "2026-01-31T08:00:00Z");
}

fn who_comes_back_is_alive(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea")], 10));
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada")], 20)).delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada"]);
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bea")], 30)).delete("p", 30).commit();
    let counts = run.finish();
    assert_eq!((counts.new, counts.unchanged), (0, 1));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bea"]);
}

fn a_snapshot_may_take_several_runs(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea"), lead("3", "Cyd")], 10));
    pull(world, seen(vec![lead("1", "Ada")], 20));
    let mut run = Run::open(world);
    assert_eq!(run.sink.seen("p", 20).unwrap(), 1);
    run.write(seen(vec![lead("3", "Cyd")], 20)).commit();
    run.delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada", "p/3=Cyd"]);
}

fn others_are_not_deleted(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead_of("q", "1", "Eve")]);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bea")], 10)).commit();
    run.write(seen(vec![lead("1", "Ada")], 20)).delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada", "q/1=Eve"]);
}

/// The table with one column more, of this kind.
fn with_column(name: &str, kind: ColumnKind) -> Table {
    let mut table = leads();
    table.columns.push(Column::new(name, kind));
    table
}

fn lead_with(id: &str, cell: Cell) -> Row {
    let mut row = lead(id, "Ada");
    row.hash = hash(&format!("{cell:?}"));
    row.cells.push(cell);
    row
}

fn a_new_column_leaves_old_rows_alone(world: &dyn World) {
    let column = "客户 \"等级\"";
    let wide = with_column(column, ColumnKind::Text);
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.write(vec![lead("2", "Bea")]);
    run.widen(&wide).upsert(&wide, vec![lead_with("3", Cell::Text("A类".to_owned()))]);
    run.upsert(&wide, vec![lead("4", "Dan")]).commit();
    run.finish();
    let rows = world.rows("leads");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let expected = (row["id"] == "3").then_some("A类");
        assert_eq!(row.get(column).map(String::as_str), expected, "{}", row["id"]);
    }
    assert_eq!(world.open().unwrap().tables().unwrap(), [wide]);
}

fn samples() -> Vec<Cell> {
    vec![
        Cell::Bool(true),
        Cell::Bool(false),
        Cell::Int(-42),
        Cell::Int(1 << 53),
        Cell::Float(1.5),
        Cell::Float(-0.25),
        Cell::Float(3.0),
        Cell::Text("007".to_owned()),
        Cell::Text("a \"b\"\n\\c, 等".to_owned()),
        Cell::Time(moment()),
        Cell::List(vec!["a,b".to_owned(), "\"c\"\\".to_owned(), "等".to_owned()]),
        Cell::List(Vec::new()),
        Cell::Json(r#"{"a":[1,null,"b"]}"#.to_owned()),
    ]
}

fn every_kind_widens(world: &dyn World) {
    use ColumnKind::{Bool, Float, Int, Json, List, Text, Time};
    let kinds = [Bool, Int, Float, Text, Time, List, Json];
    // A column for every pair of kinds; a row for every sample of the narrower one.
    let pairs: Vec<(String, ColumnKind, ColumnKind)> = kinds
        .iter()
        .flat_map(|from| kinds.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| from != to && from.or(*to) == *to)
        .map(|(from, to)| (format!("{from:?}_{to:?}").to_lowercase(), from, to))
        .collect();
    assert!(pairs.len() >= 10, "{pairs:?}");
    let table = |late: bool| {
        let mut table = leads();
        table.columns.extend(
            pairs.iter().map(|(name, from, to)| Column::new(name, if late { *to } else { *from })),
        );
        table
    };
    let row = |id: usize, sample: &Cell, late: bool| {
        let mut row = lead(&format!("{id}-{late}"), "Ada");
        row.cells.extend(pairs.iter().map(|(_, from, to)| {
            let cell = if sample.kind() == Some(*from) { sample.clone() } else { Cell::Null };
            if late { cell.into_kind(*to) } else { cell }
        }));
        row
    };
    let rows = |late: bool| -> Vec<Row> {
        samples().iter().enumerate().map(|(id, sample)| row(id, sample, late)).collect()
    };
    let mut run = Run::open(world);
    run.widen(&table(false)).upsert(&table(false), rows(false)).commit();
    run.finish();
    let mut run = Run::open(world);
    run.widen(&table(true)).upsert(&table(true), rows(true)).commit();
    run.finish();
    let found: BTreeMap<String, Read> =
        world.rows("leads").into_iter().map(|row| (row["id"].clone(), row)).collect();
    for (id, sample) in samples().iter().enumerate() {
        for (name, _, to) in pairs.iter().filter(|(_, from, _)| sample.kind() == Some(*from)) {
            let expected = sample.clone().into_kind(*to).to_text();
            for late in [false, true] {
                let read = found[&format!("{id}-{late}")].get(name);
                let read = read.unwrap_or_else(|| panic!("{name}: {sample:?} is lost"));
                let same = match to {
                    // JSON may be written with other spaces.
                    Json => json_of(read) == json_of(&expected),
                    _ => *read == expected,
                };
                assert!(same, "{name}, late: {late}: {read} and not {expected}");
            }
        }
    }
    assert_eq!(world.open().unwrap().tables().unwrap(), [table(true)]);
}

fn json_of(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

fn a_widening_that_is_not_committed_is_gone(world: &dyn World) {
    let narrow = with_column("score", ColumnKind::Int);
    let mut run = Run::open(world);
    run.widen(&narrow).upsert(&narrow, vec![lead_with("1", Cell::Int(7))]).commit();
    let mut wide = with_column("score", ColumnKind::Text);
    wide.columns.push(Column::new("city", ColumnKind::Text));
    run.widen(&wide).upsert(&wide, vec![lead_with("2", Cell::Text("-".to_owned()))]);
    drop(run);
    let mut run = Run::open(world);
    assert_eq!(run.sink.tables().unwrap(), std::slice::from_ref(&narrow));
    run.upsert(&narrow, vec![lead_with("3", Cell::Int(8))]).commit();
    run.finish();
    let mut scores: Vec<String> =
        world.rows("leads").iter().map(|row| row["score"].clone()).collect();
    scores.sort();
    assert_eq!(scores, ["7", "8"]);
}

fn texts_stay_as_they_are(world: &dyn World) {
    let texts = [
        "line\nbreak\r\nand\ttab",
        "\\N",
        "\\.",
        "\\x41 \\\\",
        "{a,\"b\"}",
        "NULL",
        "a'b\"c,d;e",
        "手机 😀 e\u{301}",
        " spaces ",
        "1e5",
        "\u{7f}\u{1}",
    ];
    let rows = texts.iter().enumerate().map(|(id, text)| {
        let mut row = lead(&id.to_string(), text);
        row.cells[3] = Cell::List(vec![(*text).to_owned(), String::new()]);
        row
    });
    pull(world, rows.collect());
    let found = world.rows("leads");
    assert_eq!(found.len(), texts.len());
    for row in found {
        let text = texts[row["id"].parse::<usize>().unwrap()];
        assert_eq!(row["name"], text);
        assert_eq!(json_of(&row["mobiles"]), json!([text, ""]));
    }
}

fn interactions_are_a_table_of_their_own(world: &dyn World) {
    let table = Table::new(
        "interactions",
        ["provider", "lead_id", "id", "kind"].map(|n| Column::new(n, ColumnKind::Text)).to_vec(),
    );
    let row = |id: &str, kind: &str| {
        let cells = ["p", "1", id, kind].map(|text| Cell::Text(text.to_owned())).to_vec();
        Row::new(Key::new("p", id), hash(kind), cells)
    };
    for kind in ["call", "visit"] {
        let mut run = Run::open(world);
        run.write(vec![lead("1", "Ada")]);
        run.widen(&table).upsert(&table, vec![row("1/a", kind), row("1/b", "call")]).commit();
        run.finish();
    }
    let mut kinds: Vec<String> = world
        .rows("interactions")
        .iter()
        .map(|row| format!("{}={}", row["id"], row["kind"]))
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["1/a=visit", "1/b=call"]);
    assert_eq!(names(world), ["p/1=Ada"]);
}

fn the_fingerprint_lasts_with_a_commit(world: &dyn World) {
    let mut run = Run::open(world);
    assert_eq!(run.sink.fingerprint().unwrap(), None);
    run.sink.set_fingerprint("one").unwrap();
    run.write(vec![lead("1", "Ada")]).commit();
    run.sink.set_fingerprint("two").unwrap();
    drop(run);
    let mut run = Run::open(world);
    assert_eq!(run.sink.fingerprint().unwrap().as_deref(), Some("one"));
    run.finish();
}

fn nobody_else_writes_meanwhile(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]);
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
    run.commit();
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
    run.finish();
    drop(world.open().unwrap());
}

/// The error of a first look at a destination.
fn refusal(world: &dyn World) -> Error {
    let looked = world.open().and_then(|mut sink| {
        sink.checkpoints()?;
        sink.tables()
    });
    looked.expect_err("it is refused")
}

fn what_is_not_leadtags_is_left_alone(world: &dyn World) {
    world.make_foreign();
    let error = refusal(world);
    assert!(matches!(error, Error::Damaged { .. } | Error::Destination { .. }), "{error:?}");
    assert!(world.is_untouched());
}

fn what_a_later_version_wrote_is_left_alone(world: &dyn World) {
    pull(world, vec![lead("1", "Ada")]);
    world.make_future();
    let error = refusal(world);
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("version"), "{error}");
}
