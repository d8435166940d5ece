//! SQLite.
#![cfg(feature = "sqlite")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "support/sink_suite.rs"]
mod sink_suite;

use std::path::PathBuf;
use std::sync::Arc;

use leadtag_core::pii::Mobile;
use leadtag_core::{Lead, LeadCapabilities, LeadsProvider, Platform};
use leadtag_extract::sink::SqliteSink;
use leadtag_extract::{
    Cell, Column, ColumnKind, Destination, Error, Person, PiiMode, PullOptions, Result, Sink,
    Source, Stop, StreamReport, pull,
};
use leadtag_testkit::{MemoryLeadsProvider, raw_json};
use rusqlite::Connection;
use rusqlite::types::Value;
use sink_suite::people::{MOBILE, with_mobile};
use sink_suite::{Read, Run, World, checkpoint, lead, leads};
use tempfile::TempDir;

struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("leads.db")
    }

    /// How long a file is that is called as the database is, with this behind it.
    fn length(&self, end: &str) -> u64 {
        let path = self.folder.path().join(format!("leads.db{end}"));
        path.metadata().map_or(0, |file| file.len())
    }

    fn db(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn one(&self, sql: &str) -> Value {
        self.db().query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Whether these bytes are in any file of the database.
    fn has_bytes(&self, wanted: &str) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
        })
    }
}

const NUMBERS: [ColumnKind; 3] = [ColumnKind::Bool, ColumnKind::Int, ColumnKind::Float];

impl World for Sqlite {
    fn open(&self) -> Result<Box<dyn Sink>> {
        Destination::Sqlite(self.path()).open()
    }

    fn rows(&self, table: &str) -> Vec<Read> {
        let tables = SqliteSink::open_to_read(self.path()).unwrap().tables().unwrap();
        let Some(table) = tables.into_iter().find(|known| known.name == table) else {
            return Vec::new();
        };
        let db = self.db();
        let names: Vec<String> =
            table.columns.iter().map(|c| format!("\"{}\"", c.name.replace('"', "\"\""))).collect();
        let sql = format!("SELECT {} FROM {}", names.join(", "), table.name);
        let mut statement = db.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| {
            let mut read = Read::new();
            for (place, column) in table.columns.iter().enumerate() {
                let text = match (row.get(place)?, column.kind) {
                    (Value::Null, _) => continue,
                    (Value::Integer(int), ColumnKind::Bool) => (int == 1).to_string(),
                    (Value::Integer(int), ColumnKind::Int) => int.to_string(),
                    (Value::Real(float), ColumnKind::Float) => Cell::Float(float).to_text(),
                    (Value::Text(text), kind) if !NUMBERS.contains(&kind) => text,
                    (other, kind) => panic!("{}: {other:?} as {kind:?}", column.name),
                };
                read.insert(column.name.clone(), text);
            }
            Ok(read)
        });
        rows.unwrap().map(|row| row.unwrap()).collect()
    }

    fn make_foreign(&self) {
        self.db()
            .execute_batch("CREATE TABLE leads (x); INSERT INTO leads VALUES ('theirs')")
            .unwrap();
    }

    fn is_untouched(&self) -> bool {
        self.one("SELECT group_concat(name) FROM sqlite_schema") == Value::Text("leads".to_owned())
            && self.one("SELECT x FROM leads") == Value::Text("theirs".to_owned())
    }

    fn make_future(&self) {
        self.db()
            .execute_batch("UPDATE leadtag_settings SET value = '99' WHERE name = 'version'")
            .unwrap();
    }

    fn can_forget(&self) -> bool {
        true
    }

    fn drop_table(&self, name: &str) {
        self.db().execute_batch(&format!("DROP TABLE {name}")).unwrap();
    }
}

#[test]
fn the_rules_of_sinks_hold() {
    sink_suite::run(|_| Box::new(Sqlite::new()));
}

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

#[cfg(unix)]
#[test]
fn nobody_else_may_read_a_database_that_is_made() {
    use std::os::unix::fs::PermissionsExt;
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let mode = std::fs::metadata(world.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_link_and_what_it_leads_to_are_one_database_before_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let [link, real] = ["link.db", "real.db"].map(|name| folder.path().join(name));
    std::os::unix::fs::symlink("real.db", &link).unwrap();
    let _held = Destination::Sqlite(link).open().unwrap();
    let error = Destination::Sqlite(real).open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Held(_)), "{error:?}");
}

#[test]
fn a_database_of_others_keeps_its_tables_and_its_mode() {
    let world = Sqlite::new();
    world.db().execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    assert_eq!(world.one("SELECT x FROM theirs"), Value::Integer(1));
    assert_eq!(world.one("PRAGMA journal_mode"), Value::Text("delete".to_owned()));
}

#[test]
fn what_is_no_database_is_refused_and_left_alone() {
    let world = Sqlite::new();
    std::fs::write(
        world.path(),
        "a text of somebody, long enough to be more than a header".repeat(9),
    )
    .unwrap();
    let before = std::fs::read(world.path()).unwrap();
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Destination { .. }), "{error:?}");
    assert!(error.to_string().contains("leads.db"), "{error}");
    assert_eq!(std::fs::read(world.path()).unwrap(), before);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Destination::Sqlite("/nowhere/at/all/leads.db".into()).open().map(drop);
    assert!(error.unwrap_err().to_string().contains("/nowhere/at/all"));
}

#[test]
fn a_column_that_is_gone_is_named() {
    let world = Sqlite::new();
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    world.db().execute_batch("ALTER TABLE leads DROP COLUMN name").unwrap();
    let error = world.open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("\"name\""), "{error}");
}

#[test]
fn checkpoints_are_read_while_somebody_writes_and_where_nothing_is() {
    let world = Sqlite::new();
    let destination = Destination::Sqlite(world.path());
    assert_eq!(destination.checkpoints().unwrap(), []);
    assert!(!world.path().exists());
    let mut sink = world.open().unwrap();
    sink.commit(&[checkpoint("p", 1)]).unwrap();
    sink.widen(&leads()).unwrap();
    sink.upsert(&leads(), vec![lead("1", "Ada")]).unwrap();
    assert_eq!(destination.checkpoints().unwrap(), [checkpoint("p", 1)]);
}

#[test]
fn a_checkpoint_that_is_unreadable_is_named_with_its_provider() {
    let world = Sqlite::new();
    world.open().unwrap().commit(&[checkpoint("p", 1)]).unwrap();
    world.db().execute_batch("UPDATE leadtag_checkpoints SET checkpoint = '{'").unwrap();
    let error = world.open().unwrap().checkpoints().unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("--provider p"), "{error}");
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
fn a_forgotten_person_is_gone_bytes_and_all() {
    let world = Sqlite::new();
    with_mobile(&world, "+86 199-0000-5678");
    assert!(world.has_bytes("Ada Lovelace"));
    let mut sink = world.open().unwrap();
    let removed = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap();
    assert_eq!((removed.leads, removed.interactions), (1, 1));
    assert!(!world.has_bytes("Ada Lovelace"));
    assert!(!world.has_bytes("0000-5678"));
    let forgotten = sink.forgotten().unwrap();
    assert!(forgotten.holds("p", "1"));
    assert!(!forgotten.holds("p", "2") && !forgotten.holds("q", "1"));
    drop(sink);
    assert!(world.open().unwrap().forgotten().unwrap().holds("p", "1"));
    assert_eq!(world.rows("interactions").len(), 1);
}

#[test]
fn what_another_program_keeps_in_the_files_is_told_and_overwritten_the_next_time() {
    let world = Sqlite::new();
    with_mobile(&world, "+86 199-0000-5678");
    let reader = rusqlite::Connection::open(world.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM leads").unwrap();
    let mut sink = world.open().unwrap();
    let removed = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap();
    assert_eq!(removed.leads, 1);
    assert!(removed.left_in_files.is_some_and(|why| why.contains("another program reads")));
    assert!(world.has_bytes("Ada Lovelace"));
    // It was told.
    assert!(Box::new(sink).finish().unwrap().notices.is_empty());
    let length = || ["", "-wal"].map(|end| world.length(end)).iter().sum::<u64>();
    let before = length();
    for _ in 0..2 {
        let notices = Box::new(world.open().unwrap()).finish().unwrap().notices;
        assert!(notices[0].contains("another program reads"), "{notices:?}");
    }
    assert_eq!(length(), before, "each time more is written");
    drop(reader);
    // Whoever comes next does it, though nothing is removed then.
    assert!(Box::new(world.open().unwrap()).finish().unwrap().notices.is_empty());
    assert!(!world.has_bytes("Ada Lovelace"));
}

#[test]
fn a_database_without_one_of_leadtags_own_tables_is_refused() {
    let world = Sqlite::new();
    with_mobile(&world, MOBILE);
    world.db().execute_batch("DROP TABLE leadtag_settings").unwrap();
    for rename in ["", "ALTER TABLE leads RENAME TO theirs"] {
        world.db().execute_batch(rename).unwrap();
        let error = world.open().err().unwrap().to_string();
        assert!(error.contains("leadtag_settings is gone"), "{error}");
    }
}

async fn pulled(
    world: &Sqlite,
    provider: &Arc<MemoryLeadsProvider>,
    mode: PiiMode,
    has_key: bool,
) -> StreamReport {
    let mut options = PullOptions::default();
    options.pii.default = mode;
    options.pii.key = has_key.then(|| "0123456789abcdef".into());
    pulled_with(world, provider, options).await
}

async fn pulled_with(
    world: &Sqlite,
    provider: &Arc<MemoryLeadsProvider>,
    mut options: PullOptions,
) -> StreamReport {
    options.full = true;
    let source = Source::new("p", Arc::clone(provider) as Arc<dyn LeadsProvider>);
    let tell = Arc::new(|_| {});
    let sink = world.open().unwrap();
    let mut report = pull(vec![source], sink, options, Stop::new(), tell).await.unwrap();
    report.streams.remove(0)
}

#[tokio::test]
async fn what_is_masked_now_is_nowhere_in_the_files_any_more() {
    let platform = Platform::new("memory");
    let people = (0..400).map(|number: usize| {
        let mobile = format!("1990000{:04}", number);
        let row = serde_json::json!({"phone": mobile, "text": "x".repeat(number * 7 % 400)});
        let mut person = Lead::new(platform, number.to_string(), raw_json(&row));
        person.mobiles = vec![mobile.as_str().into()];
        person
    });
    let mut can = LeadCapabilities::none();
    can.list = true;
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, people));
    for commit_rows in [20, 5_000] {
        let world = Sqlite::new();
        for (mode, columns) in [
            (PiiMode::Mask, None),
            (PiiMode::Plain, Some(vec!["mobiles".to_owned(), "raw".to_owned()])),
            (PiiMode::Mask, None),
        ] {
            let mut options = PullOptions::default();
            options.commit_rows = commit_rows;
            options.page_size = Some(20);
            options.pii.default = mode;
            options.layout.columns = columns;
            let report = pulled_with(&world, &provider, options).await;
            assert!(report.complete, "{report:?}");
            assert_eq!(
                world.has_bytes("1990000"),
                mode == PiiMode::Plain,
                "{commit_rows} {mode:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_is_forgotten_stays_so_with_other_settings_for_personal_data() {
    let platform = Platform::new("memory");
    let mut person = Lead::new(platform, MOBILE, serde_json::from_str("{}").unwrap());
    person.mobiles = vec![MOBILE.into()];
    let mut can = LeadCapabilities::none();
    can.list = true;
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, vec![person]));
    let modes = [PiiMode::Mask, PiiMode::Hmac, PiiMode::Plain];
    for first in modes {
        let world = Sqlite::new();
        assert_eq!(pulled(&world, &provider, first, first == PiiMode::Hmac).await.leads.new, 1);
        let key = (first == PiiMode::Hmac).then(|| "0123456789abcdef".into());
        let whom = Person::id(None, MOBILE);
        let removed = world.open().unwrap().forget(&whom, key.as_ref()).unwrap();
        assert_eq!(removed.leads, 1);
        for then in modes {
            let report = pulled(&world, &provider, then, then == PiiMode::Hmac).await;
            assert_eq!((report.skipped, report.leads.new), (1, 0), "{first} {then}");
            assert!(world.rows("leads").is_empty());
        }
    }
}

#[tokio::test]
async fn with_other_settings_nobody_is_there_under_two_ids() {
    let world = Sqlite::new();
    let provider = of_ids([MOBILE, "+8619900001235", "a@example.com", "7"].map(str::to_owned));
    use PiiMode::{Hmac, Mask, Plain};
    // What was hidden with a key can be found with that key alone.
    let modes = [(Plain, false), (Mask, false), (Hmac, true), (Mask, true), (Plain, true)];
    for (mode, has_key) in modes.into_iter().chain(modes) {
        let report = pulled(&world, &provider, mode, has_key).await;
        assert_eq!(report.leads.deleted, 0, "{mode}");
        let ids: Vec<String> = world.rows("leads").iter().map(|row| row["id"].clone()).collect();
        assert_eq!(ids.len(), 4, "{mode}: {ids:?}");
        let hidden = ids.iter().filter(|id| id.starts_with("person-")).count();
        assert_eq!(hidden, if mode == PiiMode::Plain { 0 } else { 3 }, "{mode}: {ids:?}");
    }
}

fn of_ids(ids: impl IntoIterator<Item = String>) -> Arc<MemoryLeadsProvider> {
    let mut can = LeadCapabilities::none();
    can.list = true;
    let platform = Platform::new("memory");
    let lead = |id: String| Lead::new(platform, id, serde_json::from_str("{}").unwrap());
    let leads: Vec<Lead> = ids.into_iter().map(lead).collect();
    Arc::new(MemoryLeadsProvider::new(platform, can, leads))
}

#[tokio::test]
async fn what_was_written_plain_leaves_no_bytes_behind() {
    let world = Sqlite::new();
    let provider = of_ids((0..1_000).map(|id| format!("1990000{id:04}")));
    pulled(&world, &provider, PiiMode::Plain, false).await;
    assert!(world.has_bytes("19900000123"));
    // A reset forgets how the rows were written.
    world.open().unwrap().reset("p").unwrap();
    pulled(&world, &provider, PiiMode::Mask, false).await;
    assert_eq!(world.rows("leads").len(), 1_000);
    assert!(!world.has_bytes("1990000"));
}

#[tokio::test]
async fn who_has_an_id_like_that_of_somebody_forgotten_stays() {
    let world = Sqlite::new();
    let provider = of_ids(["1234", "12-34", "1234.0"].map(str::to_owned));
    pulled(&world, &provider, PiiMode::Mask, false).await;
    world.open().unwrap().forget(&Person::id(Some("p"), "1234"), None).unwrap();
    let report = pulled(&world, &provider, PiiMode::Mask, false).await;
    assert_eq!((report.skipped, report.leads.deleted), (1, 0));
    assert_eq!(world.rows("leads").len(), 2);
}

#[tokio::test]
async fn rows_of_no_other_key_raise_no_doubt() {
    let platform = Platform::new("memory");
    let person = |id: &str, mobile: &str| {
        let mut lead = Lead::new(platform, id, serde_json::from_str("{}").unwrap());
        lead.mobiles = vec![mobile.into()];
        lead
    };
    let mut can = LeadCapabilities::none();
    can.list = true;
    let people = vec![person("1", MOBILE), person("2", "19900009999")];
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, people));
    let key = Some("0123456789abcdef".into());
    // Rows that were written with other settings before may have stayed as they were.
    for (before, doubtful) in [(None, 0), (Some(PiiMode::Plain), 1)] {
        let world = Sqlite::new();
        if let Some(mode) = before {
            pulled(&world, &provider, mode, false).await;
        }
        pulled(&world, &provider, PiiMode::Hmac, true).await;
        let whom = Person::Mobile(Mobile::new(MOBILE));
        let removed = world.open().unwrap().forget(&whom, key.as_ref()).unwrap();
        assert_eq!((removed.leads, removed.hashed), (1, doubtful), "{before:?}");
    }
}

#[test]
fn a_place_without_a_folder_or_for_a_folder_is_told_and_nothing_is_left_there() {
    let world = Sqlite::new();
    let folder = world.folder.path();
    std::fs::create_dir(folder.join("folder")).unwrap();
    for (path, why) in [("none/leads.db", "there is no folder"), ("folder", "it is a folder")] {
        let error = Destination::Sqlite(folder.join(path)).open().map(drop).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}

#[test]
fn tables_of_leadtag_that_are_gone_or_others_are_named() {
    let world = Sqlite::new();
    with_mobile(&world, MOBILE);
    for change in ["DROP TABLE leadtag_checkpoints", "CREATE TABLE leadtag_checkpoints (a)"] {
        world.db().execute_batch(change).unwrap();
        let error = world.open().unwrap().checkpoints().unwrap_err().to_string();
        for part in ["leadtag_checkpoints", "put them back"] {
            assert!(error.contains(part), "{change}: {error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused() {
    let error = Destination::Sqlite("/dev/null".into()).open().map(drop).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    assert!(!std::path::Path::new("/dev/null.lock").exists());
}

#[test]
fn a_database_that_may_only_be_read_is_refused_when_it_is_opened() {
    let world = Sqlite::new();
    world.open().unwrap();
    let path = world.folder.path().join("leads.db");
    let mut rights = std::fs::metadata(&path).unwrap().permissions();
    rights.set_readonly(true);
    std::fs::set_permissions(&path, rights).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&path).is_ok() {
        eprintln!("skipped: whoever runs this may write to everything");
        return;
    }
    let error = world.open().map(drop).unwrap_err();
    assert!(error.to_string().contains("may only be read"), "{error}");
}
