//! Where a database may be, what may be there already, and what must still be there.

use leadtag_extract::{Destination, Error};
use rusqlite::types::Value;

use crate::Sqlite;
use crate::sink_suite::people::{MOBILE, with_mobile};
use crate::sink_suite::{Run, World, checkpoint, lead, leads};

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

#[cfg(unix)]
#[test]
fn a_database_that_is_removed_or_replaced_meanwhile_is_noticed() {
    for is_replaced in [false, true] {
        let world = Sqlite::new();
        let mut run = Run::open(&world);
        run.write(vec![lead("1", "Ada")]).commit();
        run.finish();
        let mut sink = world.open().unwrap();
        sink.upsert(&leads(), vec![lead("2", "Bea")]).unwrap();
        std::fs::rename(world.path(), world.path().with_extension("gone")).unwrap();
        if is_replaced {
            std::fs::copy(world.path().with_extension("gone"), world.path()).unwrap();
        }
        let error = sink.commit(&[checkpoint("p", 1)]).unwrap_err().to_string();
        assert!(error.contains("removed or replaced"), "{error}");
        let error = sink.finish().unwrap_err().to_string();
        assert!(error.contains("removed or replaced"), "{error}");
    }
}
