//! PostgreSQL: a real server.
#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "support/postgres_server.rs"]
mod postgres_server;
#[path = "postgres/pulls.rs"]
mod pulls;
#[path = "support/sink_suite.rs"]
mod sink_suite;
#[cfg(feature = "postgres-tls")]
#[path = "postgres/tls.rs"]
mod tls;

use leadtag_extract::sink::PostgresSink;
use leadtag_extract::{Cell, Column, ColumnKind, Destination, Error, Result, Sink, Table};
use postgres_server::{Schema, server};
use sink_suite::{Read, Run, World, checkpoint, lead, leads};

impl World for Schema {
    fn open(&self) -> Result<Box<dyn Sink>> {
        Destination::Postgres(self.url()).open()
    }

    fn rows(&self, table: &str) -> Vec<Read> {
        let tables = PostgresSink::open_to_read(&self.url()).unwrap().tables().unwrap();
        let Some(table) = tables.into_iter().find(|known| known.name == table) else {
            return Vec::new();
        };
        let as_text = |column: &Column| {
            let name = format!("\"{}\"", column.name.replace('"', "\"\""));
            match column.kind {
                ColumnKind::List => format!("to_jsonb({name})::text"),
                ColumnKind::Time => {
                    format!("to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
                }
                _ => format!("{name}::text"),
            }
        };
        let texts: Vec<String> = table.columns.iter().map(as_text).collect();
        let sql = format!("SELECT {} FROM {}", texts.join(", "), table.name);
        let read = |row: &postgres::Row| {
            let cells = table.columns.iter().enumerate().filter_map(|(place, column)| {
                let text: String = row.get::<_, Option<String>>(place)?;
                // Written as others write it.
                let text = match column.kind {
                    ColumnKind::List | ColumnKind::Json => {
                        serde_json::from_str::<serde_json::Value>(&text).unwrap().to_string()
                    }
                    ColumnKind::Float => Cell::Float(text.parse().unwrap()).to_text(),
                    _ => text,
                };
                Some((column.name.clone(), text))
            });
            cells.collect()
        };
        self.db().query(&sql, &[]).unwrap().iter().map(read).collect()
    }

    fn make_foreign(&self) {
        let sql = "CREATE TABLE leads (x text); INSERT INTO leads VALUES ('theirs')";
        self.db().batch_execute(sql).unwrap();
    }

    fn is_untouched(&self) -> bool {
        let sql = "SELECT string_agg(tablename::text, ',') FROM pg_tables
                   WHERE schemaname = current_schema()";
        self.one(sql) == "leads" && self.one("SELECT x FROM leads") == "theirs"
    }

    fn make_future(&self) {
        let sql = "UPDATE leadtag_settings SET value = '99' WHERE name = 'version'";
        self.db().batch_execute(sql).unwrap();
    }

    fn can_forget(&self) -> bool {
        true
    }

    fn drop_table(&self, name: &str) {
        self.db().batch_execute(&format!("DROP TABLE {name}")).unwrap();
    }
}

#[test]
fn the_rules_of_sinks_hold() {
    if server().is_some() {
        sink_suite::run(|rule| Box::new(Schema::new(rule).unwrap()));
    }
}

#[test]
fn it_can_be_used_where_asynchronous_code_runs() {
    let Some(world) = Schema::new("asynchronous") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut sink = world.open().unwrap();
        sink.commit(&[checkpoint("p", 1)]).unwrap();
    });
    assert_eq!(Destination::Postgres(world.url()).checkpoints().unwrap(), [checkpoint("p", 1)]);
}

#[test]
fn what_postgresql_cannot_hold_is_replaced() {
    let Some(world) = Schema::new("poison") else { return };
    let mut table = leads();
    table.columns.push(Column::new("raw", ColumnKind::Json));
    let mut row = lead("1", "a\0b");
    row.cells[3] = Cell::List(vec!["c\0".to_owned()]);
    row.cells.push(Cell::Json(r#"{"a":"\u0000","b":"\ud800"}"#.to_owned()));
    let mut run = Run::open(&world);
    run.widen(&table).upsert(&table, vec![row]).commit();
    run.finish();
    let rows = world.rows("leads");
    assert_eq!(rows[0]["name"], "a\u{fffd}b");
    assert_eq!(rows[0]["mobiles"], "[\"c\u{fffd}\"]");
    assert_eq!(rows[0]["raw"], "{\"a\":\"\u{fffd}\",\"b\":\"\u{fffd}\"}");
}

fn with_score(kind: ColumnKind) -> Table {
    let mut table = leads();
    table.columns.push(Column::new("score", kind));
    table
}

#[test]
fn an_index_on_a_column_that_must_be_widened_gets_a_remedy() {
    let Some(world) = Schema::new("indexed") else { return };
    let mut run = Run::open(&world);
    run.widen(&with_score(ColumnKind::Int)).commit();
    run.finish();
    world.db().batch_execute("CREATE INDEX ON leads ((score + 1))").unwrap();
    let error = world.open().unwrap().widen(&with_score(ColumnKind::Text)).unwrap_err();
    for part in ["cannot be made or widened", "an index", "drop it"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn a_view_on_a_column_that_must_be_widened_is_named() {
    let Some(world) = Schema::new("viewed") else { return };
    let mut run = Run::open(&world);
    run.widen(&with_score(ColumnKind::Int)).write(vec![lead("1", "Ada")]).commit();
    run.finish();
    world.db().batch_execute("CREATE VIEW best AS SELECT id FROM leads WHERE score > 9").unwrap();
    let mut sink = world.open().unwrap();
    sink.upsert(&leads(), vec![lead("2", "Bea")]).unwrap();
    let error = sink.widen(&with_score(ColumnKind::Text)).unwrap_err().to_string();
    assert!(error.contains("best"), "{error}");
    sink.finish().unwrap();
    assert_eq!(world.rows("leads").len(), 1);
}

#[test]
fn who_reads_a_table_does_not_wait_behind_its_change() {
    let Some(world) = Schema::new("patient") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let mut holder = world.db();
    holder.batch_execute("BEGIN; SELECT count(*) FROM leads").unwrap();
    let mut sink = world.open().unwrap();
    let change = std::thread::spawn(move || {
        sink.widen(&with_score(ColumnKind::Int)).unwrap();
        sink.commit(&[]).unwrap();
    });
    // The change asks for the table, as the server sees it, and the holder keeps it.
    let waits = "SELECT (count(*) > 0)::text FROM pg_locks
                 WHERE NOT granted AND relation = 'leads'::regclass";
    while world.one(waits) != "true" {
        assert!(!change.is_finished(), "it was changed while somebody held it");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let mut reader = world.db();
    reader.batch_execute("SET lock_timeout = '20s'; SELECT count(*) FROM leads").unwrap();
    assert!(!change.is_finished());
    holder.batch_execute("COMMIT").unwrap();
    change.join().unwrap();
    assert_eq!(world.one("SELECT count(score)::text FROM leads"), "0");
}

#[test]
fn columns_of_any_name_fit() {
    let Some(world) = Schema::new("any_name") else { return };
    let long = "客户自定义字段".repeat(4);
    let names = ["_hash", "ctid", "select", &long, &format!("{long}一")];
    let mut table = leads();
    table.columns.extend(names.map(|name| Column::new(name, ColumnKind::Int)));
    let mut row = lead("1", "Ada");
    row.cells.extend((0..5).map(Cell::Int));
    let mut run = Run::open(&world);
    run.widen(&table).upsert(&table, vec![row]).commit();
    run.finish();
    assert_eq!(world.open().unwrap().tables().unwrap(), [table]);
    let rows = world
        .db()
        .query("SELECT stored_as FROM leadtag_columns WHERE position > 5 ORDER BY position", &[]);
    for (value, row) in rows.unwrap().iter().enumerate() {
        let name: String = row.get(0);
        let sql = format!("SELECT \"{name}\"::text FROM leads");
        assert_eq!(world.one(&sql), value.to_string(), "{name}");
    }
}

/// Rows that are new are copied straight into the table, which is not possible everywhere.
#[test]
fn new_rows_go_by_the_rules_that_others_made_for_the_table() {
    for (rule, sql) in [
        (
            "policy",
            "ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE leads FORCE ROW LEVEL SECURITY;
                    CREATE POLICY p ON leads USING (true) WITH CHECK (id <> '0')",
        ),
        (
            "trigger",
            "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN IF new.id IN ('2', '4') THEN RETURN NULL; END IF; RETURN new; END $$;
                     CREATE TRIGGER t BEFORE INSERT ON leads FOR EACH ROW EXECUTE FUNCTION skip()",
        ),
    ] {
        let Some(world) = Schema::new(rule) else { return };
        // Whom policies do not hold for is nobody to test them with.
        let role = format!("{rule}_{}", std::process::id());
        let grant = format!(
            "CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA {} TO {role};
             GRANT TEMPORARY ON DATABASE postgres TO {role}",
            world.name
        );
        world.db().batch_execute(&grant).unwrap();
        let url = world.url().replace("leadtag@", &format!("{role}@"));
        let open = || Destination::Postgres(url.clone()).open().unwrap();
        let mut sink = open();
        sink.widen(&leads()).unwrap();
        sink.upsert(&leads(), vec![lead("1", "Ada")]).unwrap();
        sink.commit(&[]).unwrap();
        sink.finish().unwrap();
        world.db().batch_execute(sql).unwrap();
        let mut sink = open();
        for id in ["2", "3", "4", "5"] {
            sink.upsert(&leads(), vec![lead(id, "Bea")]).unwrap();
            sink.commit(&[]).unwrap();
        }
        let counts = sink.finish().unwrap().counts;
        let there = world.one("SELECT string_agg(id, ',' ORDER BY id) FROM leads");
        let new = if rule == "policy" { 4 } else { 2 };
        assert_eq!(there, if new == 4 { "1,2,3,4,5" } else { "1,3,5" }, "{rule}");
        assert_eq!(counts[0].2.new, new, "{rule}");
        let gone = format!("DROP OWNED BY {role}; DROP ROLE {role}");
        world.db().batch_execute(&gone).unwrap();
    }
}

#[test]
fn a_trigger_that_refuses_new_rows_is_heard() {
    let Some(world) = Schema::new("refusing") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let sql = "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN RAISE EXCEPTION 'no rows on Sundays'; END $$;
               CREATE TRIGGER t BEFORE INSERT ON leads FOR EACH STATEMENT EXECUTE FUNCTION no()";
    world.db().batch_execute(sql).unwrap();
    let mut sink = world.open().unwrap();
    let done = sink.upsert(&leads(), vec![lead("2", "Bea")]).and_then(|_| sink.commit(&[]));
    let error = done.unwrap_err().to_string();
    assert!(error.contains("no rows on Sundays"), "{error}");
    assert_eq!(world.rows("leads").len(), 1);
}

#[test]
fn columns_and_checks_of_others_are_not_in_the_way_of_wider_tables() {
    let Some(world) = Schema::new("others") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let sql = "CREATE TABLE providers (name text PRIMARY KEY); INSERT INTO providers VALUES ('p');
               ALTER TABLE leads ADD score text, ADD FOREIGN KEY (provider) REFERENCES providers
               DEFERRABLE INITIALLY DEFERRED; UPDATE leads SET score = 'theirs'";
    world.db().batch_execute(sql).unwrap();
    let mut table = leads();
    table.columns.push(Column::new("score", ColumnKind::Int));
    let mut scored = lead("2", "Bea");
    scored.cells.push(Cell::Int(7));
    let mut run = Run::open(&world);
    run.write(vec![lead("3", "Cyd")]).widen(&table).upsert(&table, vec![scored]).commit();
    run.finish();
    assert_eq!(world.one("SELECT score FROM leads WHERE id = '1'"), "theirs");
    let own = "SELECT stored_as FROM leadtag_columns WHERE description LIKE '%\"score\"%'";
    let own = world.one(own);
    assert_eq!(world.one(&format!("SELECT {own}::text FROM leads WHERE id = '2'")), "7");
}

#[test]
fn many_rows_arrive_once_each() {
    let Some(world) = Schema::new("many") else { return };
    let mut run = Run::open(&world);
    for page in 0..10 {
        let rows = (0..500).map(|row| lead(&format!("{}", page * 450 + row), "Ada"));
        run.write(rows.collect());
    }
    // In the same transaction: others and their own, next to one another.
    run.write(vec![lead("1", "Ida"), lead("1", "Ida"), lead("1", "Ada"), lead("4550", "Ada")]);
    run.commit();
    let counts = run.finish();
    assert_eq!((counts.new, counts.changed, counts.unchanged), (4551, 2, 451));
    assert_eq!(world.rows("leads").len(), 4551);
}

#[test]
fn a_schema_without_one_of_leadtags_own_tables_is_refused() {
    let Some(world) = Schema::new("own") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]);
    run.commit();
    run.finish();
    world.db().batch_execute("DROP TABLE leadtag_settings").unwrap();
    for rename in ["", "ALTER TABLE leads RENAME TO theirs"] {
        world.db().batch_execute(rename).unwrap();
        let error = world.open().err().unwrap().to_string();
        assert!(error.contains("leadtag_settings is gone"), "{error}");
    }
}

#[test]
fn a_server_that_is_only_read_is_told_at_once() {
    let Some(world) = Schema::new("read_only") else { return };
    let url = format!("{}&options=-c%20default_transaction_read_only=on", world.url());
    let error = Destination::Postgres(url.clone()).open().map(drop).unwrap_err().to_string();
    assert!(error.contains("it can only be read"), "{error}");
    assert_eq!(Destination::Postgres(url).checkpoints().unwrap(), []);
}

#[test]
fn who_may_not_make_tables_is_told_at_once() {
    let Some(world) = Schema::new("no_right") else { return };
    let role = format!("poor_{}", std::process::id());
    world.db().batch_execute(&format!("CREATE ROLE {role} LOGIN")).unwrap();
    let url = world.url().replace("leadtag@", &format!("{role}@"));
    let error = Destination::Postgres(url.clone()).open().map(drop).unwrap_err().to_string();
    assert!(error.contains(&format!("{role} may not use the schema")), "{error}");
    assert!(error.contains("GRANT USAGE, CREATE ON SCHEMA"), "{error}");
    let sql = format!("GRANT USAGE ON SCHEMA {} TO {role}", world.name);
    world.db().batch_execute(&sql).unwrap();
    let error = Destination::Postgres(url.clone()).open().map(drop).unwrap_err().to_string();
    let granted = format!("GRANT CREATE ON SCHEMA \"{}\" TO \"{role}\"", world.name);
    assert!(error.contains("may not make tables") && error.contains(&granted), "{error}");
    world.db().batch_execute(&granted).unwrap();
    let opened = Destination::Postgres(url).open().map(drop);
    world.db().batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).unwrap();
    opened.unwrap();
}

#[test]
fn a_schema_that_is_not_there_is_named() {
    let Some(world) = Schema::new("no_schema") else { return };
    let url = world.url().replace("schema=no_schema", "schema=nowhere");
    let error = Destination::Postgres(url).open().map(drop).unwrap_err();
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn a_database_that_has_not_every_character_is_refused() {
    let Some(world) = Schema::new("latin") else { return };
    let name = format!("latin_db_{}", std::process::id());
    let sql = format!(
        "CREATE DATABASE {name} ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
    );
    world.db().batch_execute(&sql).unwrap();
    let url = world.server.replace("/postgres", &format!("/{name}"));
    let error = Destination::Postgres(url).open().map(drop).unwrap_err().to_string();
    world.db().batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    assert!(error.contains("LATIN1") && error.contains("ENCODING 'UTF8'"), "{error}");
}

#[test]
fn a_table_that_was_changed_by_hand_is_refused_and_left_alone() {
    let Some(world) = Schema::new("by_hand") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    for (change, back, parts) in [
        (
            "ALTER TABLE leads ALTER COLUMN name TYPE varchar(9)",
            "ALTER TABLE leads ALTER COLUMN name TYPE text",
            &["\"name\"", "character varying(9)", "made as text"][..],
        ),
        (
            "ALTER TABLE leads DROP CONSTRAINT leads_pkey",
            "ALTER TABLE leads ADD PRIMARY KEY (provider, id)",
            &["no key", "ADD PRIMARY KEY (provider, id)"],
        ),
        (
            "ALTER TABLE leads RENAME COLUMN mobiles TO phones",
            "ALTER TABLE leads RENAME COLUMN phones TO mobiles",
            &["no column \"mobiles\""],
        ),
        (
            "ALTER TABLE leads RENAME TO old_leads",
            "ALTER TABLE old_leads RENAME TO leads",
            &["leads is gone"],
        ),
    ] {
        world.db().batch_execute(change).unwrap();
        let error = world.open().and_then(|mut sink| sink.tables()).unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        world.db().batch_execute(back).unwrap();
    }
    assert_eq!(world.open().unwrap().tables().unwrap(), [leads()]);
    world.db().batch_execute("DROP TABLE leads").unwrap();
    let mut sink = world.open().unwrap();
    sink.reset("nobody").unwrap();
    assert!(sink.tables().unwrap().is_empty());
}

#[test]
fn an_error_about_a_value_does_not_tell_it() {
    let Some(world) = Schema::new("telltale") else { return };
    let mut run = Run::open(&world);
    run.write(vec![lead("1", "Ada")]).commit();
    run.finish();
    let mut sink = world.open().unwrap();
    world.db().batch_execute("ALTER TABLE leads ALTER COLUMN name TYPE int USING NULL").unwrap();
    sink.upsert(&leads(), vec![lead("2", "19900001234x")]).unwrap();
    let error = sink.commit(&[]).unwrap_err().to_string();
    assert!(error.contains("\"…\"") && error.contains("integer"), "{error}");
    assert!(!error.contains("19900001234"), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_named_without_the_password() {
    let url = "postgres://ada:secret@127.0.0.1:1/crm?connect_timeout=2";
    let error = Destination::Postgres(url.to_owned()).open().map(drop).unwrap_err();
    assert!(matches!(error, Error::Destination { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("127.0.0.1:1") && !text.contains("secret"), "{text}");
}

#[test]
fn a_connection_that_ends_costs_only_what_was_not_committed() {
    let Some(world) = Schema::new("cut_off") else { return };
    let mut sink = world.open().unwrap();
    sink.widen(&leads()).unwrap();
    sink.upsert(&leads(), vec![lead("1", "Ada")]).unwrap();
    sink.commit(&[checkpoint("p", 1)]).unwrap();
    sink.upsert(&leads(), vec![lead("2", "Bea")]).unwrap();
    let sql = "SELECT pg_terminate_backend(l.pid)::text FROM pg_locks l
               WHERE l.locktype = 'advisory' AND l.objid::bigint =
                     (hashtext(current_schema())::bigint & 4294967295)";
    assert_eq!(world.one(sql), "true");
    let error = sink.commit(&[checkpoint("p", 2)]).unwrap_err();
    assert!(matches!(error, Error::Destination { .. }), "{error:?}");
    drop(sink);
    let mut sink = world.open().unwrap();
    assert_eq!(sink.checkpoints().unwrap(), [checkpoint("p", 1)]);
    assert_eq!(world.rows("leads").len(), 1);
}
