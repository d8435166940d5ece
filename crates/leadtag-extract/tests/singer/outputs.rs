//! Messages: what they hold, and in which order.

use leadtag_extract::singer::State;
use leadtag_extract::{Cell, ColumnKind};
use serde_json::json;

use crate::support::{Tapped, catalog, checkpoint, fixed, interaction, lead, moment, with};

#[test]
fn a_schema_goes_before_the_first_record_and_is_not_repeated() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let (mut sink, tables) = (tap.sink(), fixed());
    sink.upsert(&tables[0], vec![lead("crm", "1", [])]).unwrap();
    sink.upsert(&tables[0], vec![lead("crm", "2", []), lead("crm", "1", [])]).unwrap();
    let read = output.read();
    assert_eq!(read.ids("crm"), ["1", "2", "1"]);
    assert_eq!(read.schemas["crm"].1, 1);
}

#[test]
fn a_record_is_one_line_with_lists_utc_times_nulls_and_nested_json() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    tap.sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
    let text = output.text();
    assert_eq!(text.lines().count(), 2);
    let message: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        message,
        json!({
            "type": "RECORD",
            "stream": "crm",
            "record": {
                "provider": "crm",
                "id": "1",
                "name": "李\n娜",
                "mobiles": ["199****0001"],
                "created_at": "2026-01-31T08:00:00Z",
                "synced_at": "2026-01-31T08:00:00Z",
                "attributes": {"a": 1},
            },
            "time_extracted": "2026-01-31T08:00:00Z",
        })
    );
}

#[test]
fn what_many_databases_cannot_hold_is_replaced() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let mut row = lead("crm", "1", []);
    row.cells[2] = Cell::Text("a\0b".to_owned());
    row.cells[7] = Cell::Json(r#"{"a":"\u0000","b":"\\u0000"}"#.to_owned());
    tap.sink().upsert(&fixed()[0], vec![row]).unwrap();
    let read = output.read();
    let record = &read.records[0].1;
    assert_eq!(record["name"], "a\u{fffd}b");
    assert_eq!(record["attributes"], json!({"a": "\u{fffd}", "b": "\\u0000"}));
}

#[test]
fn a_new_property_and_a_wider_one_are_in_a_schema_before_the_record_that_has_them() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let mut sink = tap.sink();
    sink.upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
    sink.upsert(&with("score", ColumnKind::Int), vec![lead("crm", "2", [Cell::Int(7)])]).unwrap();
    let wide = with("score", ColumnKind::Text);
    sink.widen(&wide).unwrap();
    sink.upsert(&wide, vec![lead("crm", "3", [Cell::Text("high".to_owned())])]).unwrap();
    // Each record was held against the schema before it.
    let read = output.read();
    assert_eq!(read.schemas["crm"].1, 3);
    assert_eq!(read.kind("crm", "score"), ["string"]);
    assert_eq!(read.records[1].1["score"], 7);
}

#[test]
fn a_stream_has_the_properties_of_its_own_records_only() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let (mut sink, table) = (tap.sink(), with("score", ColumnKind::Int));
    sink.widen(&table).unwrap();
    sink.upsert(&table, vec![lead("scores", "1", [Cell::Int(1)])]).unwrap();
    sink.upsert(&table, vec![lead("crm", "1", [Cell::Null])]).unwrap();
    sink.upsert(&table, vec![lead("crm", "2", [])]).unwrap();
    let read = output.read();
    assert!(read.properties("scores").contains("score"));
    assert!(!read.properties("crm").contains("score"));
}

#[test]
fn a_state_comes_after_the_records_that_it_covers() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let (mut sink, tables) = (tap.sink(), fixed());
    sink.upsert(&tables[0], vec![lead("crm", "1", [])]).unwrap();
    assert!(output.read().states.is_empty());
    sink.commit(&[checkpoint("crm", 1, moment())]).unwrap();
    sink.upsert(&tables[0], vec![lead("crm", "2", [])]).unwrap();
    sink.commit(&[checkpoint("crm", 2, moment())]).unwrap();
    sink.upsert(&tables[0], vec![lead("crm", "3", [])]).unwrap();
    sink.finish().unwrap();
    let states = output.read().states;
    let number =
        |at: usize| states[at].1["bookmarks"]["crm"]["checkpoint"]["place"]["number"].clone();
    assert_eq!(states.iter().map(|(records, _)| *records).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((number(0), number(1)), (json!(1), json!(2)));
}

#[test]
fn a_stream_without_a_record_has_a_schema_before_the_first_state() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    tap.sink().commit(&[]).unwrap();
    let text = output.text();
    let kinds: Vec<_> = text.lines().map(|line| line.contains(r#""type":"SCHEMA""#)).collect();
    assert_eq!(kinds, [true, true, false]);
    assert_eq!(output.read().schemas.keys().collect::<Vec<_>>(), ["crm", "scores"]);
}

#[test]
fn what_is_not_selected_is_not_sent() {
    let mut catalog = catalog();
    catalog.entries.retain(|entry| entry.provider == "crm");
    let Tapped { tap, output, .. } = Tapped::new(&catalog, State::new());
    let (mut sink, tables) = (tap.sink(), fixed());
    sink.upsert(&tables[1], vec![interaction("crm", "1/1")]).unwrap();
    sink.upsert(&tables[0], vec![lead("scores", "1", [])]).unwrap();
    sink.commit(&[]).unwrap();
    let read = output.read();
    assert!(read.records.is_empty());
    assert_eq!(read.schemas.keys().collect::<Vec<_>>(), ["crm"]);
}

#[test]
fn a_closed_output_is_an_error_that_says_how_to_go_on() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let tap = leadtag_extract::singer::Tap::new(
        Box::new(Closed),
        &catalog(),
        fixed(),
        State::new(),
        |_| {},
    );
    let error = tap.unwrap().sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap_err();
    assert!(error.to_string().contains("the last state"), "{error}");
}
