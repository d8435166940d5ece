//! What becomes of rows.

use super::*;

pub(super) fn what_is_committed_is_there(world: &dyn World) {
    let counts = pull(world, vec![lead("1", "Ada"), lead("2", "Bea")]);
    assert_eq!((counts.new, counts.changed, counts.unchanged), (2, 0, 0));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bea"]);
    let rows = world.rows("leads");
    assert_eq!(rows[0]["mobiles"], r#"["19900001234","a \"b\", \\c"]"#);
    assert_eq!(rows[0]["created_at"], "2026-01-31T08:00:00Z");
    let mut sink = world.open().unwrap();
    assert_eq!(sink.tables().unwrap(), [leads()]);
}

pub(super) fn what_says_the_same_is_unchanged(world: &dyn World) {
    pull(world, vec![lead("1", "Ada"), lead("2", "Bea")]);
    let counts = pull(world, vec![lead("1", "Ada"), lead("2", "Bob"), lead("3", "Cyd")]);
    assert_eq!((counts.new, counts.changed, counts.unchanged), (1, 1, 1));
    assert_eq!(names(world), ["p/1=Ada", "p/2=Bob", "p/3=Cyd"]);
}

/// Whatever a sink makes of the fact that only new rows came so far.
pub(super) fn rows_that_are_there_come_among_new_ones(world: &dyn World) {
    pull(world, vec![lead("1", "Ada"), lead("2", "Bea")]);
    let mut run = Run::open(world);
    run.write(vec![lead("3", "Cyd")]);
    run.write(vec![lead("4", "Dan"), lead("3", "Cyd"), lead("1", "Amy"), lead("5", "Eve")]);
    run.write(vec![lead("6", "Fay")]).write(vec![lead("7", "Gus")]).commit();
    run.write(vec![lead("8", "Hal")]).write(vec![lead("8", "Hal"), lead("9", "Ida")]).commit();
    let counts = run.finish();
    assert_eq!((counts.new, counts.changed), (7, 1));
    let mut run = Run::open(world);
    run.write(vec![lead("10", "Joe")]).write(vec![lead("11", "Kim")]);
    run.finish();
    let there = ["1=Amy", "2=Bea", "3=Cyd", "4=Dan", "5=Eve", "6=Fay", "7=Gus", "8=Hal", "9=Ida"];
    assert_eq!(names(world), there.map(|name| format!("p/{name}")));
}

pub(super) fn what_is_removed_is_gone(world: &dyn World) {
    pull(world, vec![lead("1", "Ada"), lead("2", "Bea"), lead_of("q", "1", "Cyd")]);
    let mut run = Run::open(world);
    run.write(vec![lead("3", "Dan"), lead("4", "Eve")]);
    run.sink.remove("leads", "p", &["1", "3", "none"]).unwrap();
    run.write(vec![lead("5", "Fay")]).commit();
    run.finish();
    let there = ["p/2=Bea", "p/4=Eve", "p/5=Fay"];
    assert_eq!(names(world), [&there[..], &["q/1=Cyd"]].concat());
    // It may come back, also at once.
    let mut run = Run::open(world);
    run.sink.remove("leads", "p", &["2"]).unwrap();
    run.write(vec![lead("1", "Ada"), lead("2", "Bea")]).commit();
    let counts = run.finish();
    assert_eq!(counts.deleted, 0);
    assert_eq!(names(world), [&["p/1=Ada"], &there[..], &["q/1=Cyd"]].concat());
    let mut run = Run::open(world);
    run.sink.remove("leads", "p", &["4"]).unwrap();
    drop(run);
    assert_eq!(names(world).len(), 5);
}

pub(super) fn the_last_row_of_a_key_wins(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "A"), lead("1", "B"), lead("2", "X")]);
    run.write(vec![lead("2", "Y"), lead("2", "X")]).commit();
    run.write(vec![lead("1", "C")]).commit();
    assert_eq!(run.finish().new, 2);
    assert_eq!(names(world), ["p/1=C", "p/2=X"]);
    pull(world, vec![lead("1", "D"), lead("1", "C")]);
    assert_eq!(names(world), ["p/1=C", "p/2=X"]);
}

pub(super) fn providers_have_keys_of_their_own(world: &dyn World) {
    let mut run = Run::open(world);
    run.write(vec![lead("1", "Ada")]).write(vec![lead_of("q", "1", "Bea")]).commit();
    run.finish();
    assert_eq!(names(world), ["p/1=Ada", "q/1=Bea"]);
}

pub(super) fn what_is_not_committed_is_gone(world: &dyn World) {
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

pub(super) fn what_came_before_an_error_is_gone(world: &dyn World) {
    pull(world, vec![lead("1", "Ada")]);
    let mut sink = world.open().unwrap();
    sink.upsert(&leads(), vec![lead("1", "Bea"), lead("2", "Cyd")]).unwrap();
    let keyless = Table::new("leads", vec![Column::new("name", ColumnKind::Text)]);
    sink.widen(&keyless).unwrap_err();
    // Where the failure is noted, under the checkpoint of before.
    let _ = sink.commit(&[checkpoint("p", 1)]);
    drop(sink);
    pull(world, vec![lead("3", "Dan")]);
    assert_eq!(names(world), ["p/1=Ada", "p/3=Dan"]);
}

pub(super) fn an_unfinished_run_loses_nothing(world: &dyn World) {
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

pub(super) fn texts_stay_as_they_are(world: &dyn World) {
    // Longer than anything that is written or sent at once.
    let long = "手机,a\n".repeat(40_000);
    let texts = [
        &long,
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

pub(super) fn interactions_are_a_table_of_their_own(world: &dyn World) {
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
    let mut run = Run::open(world);
    run.upsert(&table, vec![row("1/c", "visit")]);
    run.sink.remove("interactions", "p", &["1/a", "1", "1/d"]).unwrap();
    run.upsert(&table, vec![row("1/d", "visit")]).commit();
    run.finish();
    let mut ids: Vec<String> =
        world.rows("interactions").iter().map(|row| row["id"].clone()).collect();
    ids.sort();
    assert_eq!(ids, ["1/b", "1/c", "1/d"]);
    assert_eq!(names(world), ["p/1=Ada"]);
}
