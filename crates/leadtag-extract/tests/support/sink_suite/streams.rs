//! Where streams stand, and who is gone from them.

use super::*;

pub(super) fn checkpoints_come_back(world: &dyn World) {
    let mut run = Run::open(world);
    assert_eq!(run.sink.checkpoints().unwrap(), []);
    run.sink.commit(&[checkpoint("q", 1), checkpoint("p", 1)]).unwrap();
    run.sink.commit(&[checkpoint("p", 2)]).unwrap();
    assert_eq!(run.sink.checkpoints().unwrap(), [checkpoint("p", 2), checkpoint("q", 1)]);
    run.finish();
    let mut sink = world.open().unwrap();
    assert_eq!(sink.checkpoints().unwrap(), [checkpoint("p", 2), checkpoint("q", 1)]);
}

pub(super) fn reset_forgets_a_checkpoint_alone(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]);
    run.sink.commit(&[checkpoint("p", 1), checkpoint("q", 1)]).unwrap();
    run.finish();
    let mut run = Run::open(world);
    assert_eq!(run.sink.reset("p").unwrap(), ["p"]);
    assert!(run.sink.reset("p").unwrap().is_empty());
    run.finish();
    assert_eq!(world.open().unwrap().checkpoints().unwrap(), [checkpoint("q", 1)]);
    assert_eq!(names(world), ["p/1=Ada"]);
}

fn seen(rows: Vec<Row>, snapshot: u64) -> Vec<Row> {
    rows.into_iter().map(|row| row.with_snapshot(snapshot)).collect()
}

pub(super) fn who_is_not_seen_is_deleted(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea"), lead("3", "Cyd")], 10));
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bob")], 20));
    run.write(seen(vec![lead("1", "Ada")], 20));
    assert_eq!(run.sink.seen("p", 20).unwrap(), Some(Seen::new(2, 1)));
    run.delete("p", 20).commit();
    assert_eq!(run.finish().deleted, 1);
    assert_eq!(names(world), ["-p/3=Cyd", "p/1=Ada", "p/2=Bob"]);
    let gone = world.rows("leads").into_iter().find(|row| row["id"] == "3").unwrap();
    assert_eq!(gone["deleted_at"], "2026-01-31T08:00:00Z");
}

/// Who follows what was written finds it.
pub(super) fn the_row_of_who_is_gone_is_written_then(world: &dyn World) {
    let mut table = leads();
    table.columns.push(Column::new("synced_at", ColumnKind::Time));
    let before = Timestamp::from_unix_seconds(1_700_000_000).unwrap();
    let rows = seen(vec![lead("1", "Ada"), lead("2", "Bea")], 10).into_iter().map(|mut row| {
        row.cells.resize(table.columns.len() - 1, Cell::Null);
        row.cells.push(Cell::Time(before));
        row
    });
    let rows: Vec<Row> = rows.collect();
    let again = rows[..1].iter().cloned().map(|row| row.with_snapshot(20)).collect();
    let mut run = Run::open(world);
    run.widen(&table).upsert(&table, rows).commit();
    run.finish();
    let mut run = Run::open(world);
    run.upsert(&table, again).delete("p", 20).commit();
    run.finish();
    let written = |id: &str| {
        let row = world.rows("leads").into_iter().find(|row| row["id"] == id).unwrap();
        row["synced_at"].clone()
    };
    assert_eq!(written("1"), before.to_string());
    assert_eq!(written("2"), "2026-01-31T08:00:00Z");
}

pub(super) fn who_comes_back_is_alive(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea")], 10));
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada")], 20)).delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada"]);
    let mut run = Run::open(world);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bea")], 30)).delete("p", 30).commit();
    let counts = run.finish();
    assert_eq!((counts.new, counts.changed, counts.unchanged, counts.deleted), (0, 1, 1, 0));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bea"]);
}

pub(super) fn a_snapshot_may_take_several_runs(world: &dyn World) {
    pull(world, seen(vec![lead("1", "Ada"), lead("2", "Bea"), lead("3", "Cyd")], 10));
    pull(world, seen(vec![lead("1", "Ada")], 20));
    let mut run = Run::open(world);
    assert_eq!(run.sink.seen("p", 20).unwrap(), Some(Seen::new(1, 2)));
    run.write(seen(vec![lead("3", "Cyd")], 20)).commit();
    run.delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada", "p/3=Cyd"]);
}

pub(super) fn others_are_not_deleted(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead_of("q", "1", "Eve")]);
    run.write(seen(vec![lead("1", "Ada"), lead("2", "Bea")], 10)).commit();
    run.write(seen(vec![lead("1", "Ada")], 20)).delete("p", 20).commit();
    run.finish();
    assert_eq!(names(world), ["-p/2=Bea", "p/1=Ada", "q/1=Eve"]);
}
