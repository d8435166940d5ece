//! Tables that get wider.

use super::*;

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

pub(super) fn a_new_column_leaves_old_rows_alone(world: &dyn World) {
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
        Cell::Float(123_456_789.123_456_79),
        Cell::Float(9_007_199_254_740_994.0),
        Cell::Float(-9.99e15),
        Cell::Float(1e16),
        Cell::Float(1.234_567_890_123_456_8e20),
        Cell::Float(0.0),
        Cell::Float(-0.0),
        Cell::Float(1e15),
        Cell::Float(0.1 + 0.2),
        Cell::Float(-1.25e-5),
        Cell::Float(2.5e-7),
        Cell::Float(-1.5e300),
        Cell::Text("007".to_owned()),
        Cell::Text("a \"b\"\n\\c, 等".to_owned()),
        Cell::Time(moment()),
        Cell::List(vec!["a,b".to_owned(), "\"c\"\\".to_owned(), "等".to_owned()]),
        Cell::List(Vec::new()),
        Cell::Json(r#"{"a":[1,null,"b"]}"#.to_owned()),
    ]
}

pub(super) fn every_kind_widens(world: &dyn World) {
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

pub(super) fn a_widening_that_is_not_committed_is_gone(world: &dyn World) {
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
