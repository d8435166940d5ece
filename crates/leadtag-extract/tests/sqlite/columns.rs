//! Columns and rows: those of others, those of odd names, and those that are refused.

use leadtag_extract::{Cell, Column, ColumnKind};
use rusqlite::types::Value;

use crate::Sqlite;
use crate::sink_suite::{Run, World, lead, leads};

#[test]
fn a_column_may_be_called_as_sqlite_calls_the_row_itself() {
    let world = Sqlite::new();
    let mut table = leads();
    let mut run = Run::open(&world);
    run.widen(&table).upsert(&table, vec![lead("1", "Ada")]);
    let names = ["oid", "ROWID", "_rowid_"];
    table.columns.extend(names.map(|name| Column::new(name, ColumnKind::Int)));
    let mut row = lead("2", "Bea");
    row.cells.resize(table.columns.len() - 3, Cell::Null);
    row.cells.extend((7..10).map(Cell::Int));
    run.widen(&table).upsert(&table, vec![row]).commit();
    run.finish();
    assert_eq!(world.open().unwrap().tables().unwrap(), [table]);
    for (value, name) in (7..).zip(names) {
        let sql = format!(
            "SELECT stored_as FROM leadtag_columns WHERE stored_as LIKE '{name}\\_%' ESCAPE '\\'"
        );
        let Value::Text(stored) = world.one(&sql) else { panic!("{name}") };
        let sql = format!("SELECT \"{stored}\" FROM leads WHERE id = '2'");
        assert_eq!(world.one(&sql), Value::Integer(value), "{name}");
    }
}

#[test]
fn a_column_of_others_keeps_its_name() {
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let theirs = "ALTER TABLE leads ADD Score; UPDATE leads SET Score = 3;
                  ALTER TABLE leads ADD City GENERATED ALWAYS AS (upper(name)) VIRTUAL";
    world.db().execute_batch(theirs).unwrap();
    let mut table = leads();
    table.columns.push(Column::new("score", ColumnKind::Int));
    table.columns.push(Column::new("city", ColumnKind::Text));
    let mut row = lead("2", "Bea");
    row.cells.extend([Cell::Int(7), Cell::Text("上海".to_owned())]);
    let mut run = Run::open(&world);
    run.widen(&table).upsert(&table, vec![row]).commit();
    run.finish();
    assert_eq!(world.one("SELECT Score FROM leads WHERE id = '1'"), Value::Integer(3));
    assert_eq!(world.one("SELECT City FROM leads WHERE id = '2'"), Value::Text("BEA".to_owned()));
    let own = |name: &str| {
        let column = format!("description LIKE '%\"{name}\"%'");
        let own = world.one(&format!("SELECT stored_as FROM leadtag_columns WHERE {column}"));
        let Value::Text(own) = own else { panic!("{own:?}") };
        world.one(&format!("SELECT {own} FROM leads WHERE id = '2'"))
    };
    assert_eq!([own("score"), own("city")], [Value::Integer(7), Value::Text("上海".to_owned())]);
}

#[test]
fn columns_of_any_name_fit() {
    let names = [
        "_hash".to_owned(),
        "rowid".to_owned(),
        "select".to_owned(),
        "客户自定义字段".repeat(4),
        format!("{}一", "客户自定义字段".repeat(4)),
    ];
    let world = Sqlite::new();
    let mut table = leads();
    table.columns.extend(names.iter().map(|name| Column::new(name, ColumnKind::Int)));
    let mut row = lead("1", "Ada");
    row.cells.extend((0..5).map(Cell::Int));
    let mut run = Run::open(&world);
    run.widen(&table).upsert(&table, vec![row]).commit();
    run.finish();
    assert_eq!(world.open().unwrap().tables().unwrap(), [table]);
    let sql = "SELECT group_concat(stored_as) FROM leadtag_columns WHERE position > 5";
    let Value::Text(stored) = world.one(sql) else { panic!() };
    let stored: Vec<&str> = stored.split(',').collect();
    assert!(stored.iter().all(|name| name.len() <= 63), "{stored:?}");
    for (value, name) in stored.iter().enumerate() {
        let value = i64::try_from(value).unwrap();
        assert_eq!(world.one(&format!("SELECT \"{name}\" FROM leads")), Value::Integer(value));
    }
}

#[test]
fn a_text_in_a_column_that_held_numbers_stays_a_text() {
    let world = Sqlite::new();
    let table = |kind| {
        let mut table = leads();
        table.columns.push(Column::new("score", kind));
        table
    };
    let row = |id: &str, cell: Cell| {
        let mut row = lead(id, id);
        row.cells.push(cell);
        row
    };
    let mut run = Run::open(&world);
    let (ints, texts) = (table(ColumnKind::Int), table(ColumnKind::Text));
    run.widen(&ints).upsert(&ints, vec![row("1", Cell::Int(7))]);
    run.widen(&texts).upsert(&texts, vec![row("2", Cell::Text("007".to_owned()))]).commit();
    run.finish();
    let sql = "SELECT group_concat(typeof(score) || score) FROM leads ORDER BY id";
    assert_eq!(world.one(sql), Value::Text("text7,text007".to_owned()));
}

#[test]
fn a_row_that_another_key_forbids_is_an_error_and_not_left_out() {
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    world.db().execute_batch("CREATE UNIQUE INDEX theirs ON leads (name)").unwrap();
    let mut sink = world.open().unwrap();
    let error = sink.upsert(&leads(), vec![lead("2", "Ada")]).unwrap_err();
    assert!(error.to_string().contains("UNIQUE"), "{error}");
}

#[test]
fn a_row_that_is_refused_costs_only_what_was_not_committed() {
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let trigger = "CREATE TRIGGER t BEFORE INSERT ON leads WHEN NEW.name = 'no'
                   BEGIN SELECT RAISE(ABORT, 'not this one'); END";
    world.db().execute_batch(trigger).unwrap();
    let mut sink = world.open().unwrap();
    sink.upsert(&leads(), vec![lead("2", "Bea")]).unwrap();
    let error = sink.upsert(&leads(), vec![lead("3", "Cyd"), lead("4", "no")]).unwrap_err();
    assert!(error.to_string().contains("not this one"), "{error}");
    sink.upsert(&leads(), vec![lead("5", "Eve")]).unwrap();
    sink.commit(&[]).unwrap();
    sink.finish().unwrap();
    let mut ids: Vec<String> = world.rows("leads").iter().map(|row| row["id"].clone()).collect();
    ids.sort();
    assert_eq!(ids, ["1", "5"]);
}

#[test]
fn a_table_without_its_key_is_refused() {
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let sql = "CREATE TABLE copy AS SELECT * FROM leads; DROP TABLE leads;
               ALTER TABLE copy RENAME TO leads";
    world.db().execute_batch(sql).unwrap();
    let mut sink = world.open().unwrap();
    let error = sink.upsert(&leads(), vec![lead("1", "Ada")]).unwrap_err().to_string();
    assert!(error.contains("not as leadtag made them"), "{error}");
    assert_eq!(world.one("SELECT count(*) FROM leads"), Value::Integer(1));
}
