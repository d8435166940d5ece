//! What a map makes of columns.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod people;

use leadtag_extract::{Attributes, Cell, ColumnMap, Layout, Recorder, Row, Table};
use people::{attributes, lead, moment, plain};
use serde_json::{Value, json};

fn layout(map: &str) -> Layout {
    let mut layout = Layout::default();
    layout.map = ColumnMap::parse(map, "map.toml").unwrap();
    layout
}

fn rows(layout: &Layout, of: Value) -> (Table, Row) {
    rows_into(None, layout, of)
}

fn rows_into(existing: Option<Table>, layout: &Layout, of: Value) -> (Table, Row) {
    let recorder = Recorder::new(layout, &plain()).unwrap();
    let mut shape = recorder.leads(existing).unwrap();
    let record = recorder.stream("crm").lead(attributes(lead("1"), of), moment(0), None);
    let row = shape.rows(vec![record]).remove(0);
    (shape.table().clone(), row)
}

fn get<'r>((table, row): &'r (Table, Row), name: &str) -> Option<&'r Cell> {
    let at = table.columns.iter().position(|column| column.name == name)?;
    Some(row.cells.get(at).unwrap_or(&Cell::Null))
}

fn refused(map: &str) -> String {
    ColumnMap::parse(map, "map.toml").unwrap_err().to_string()
}

#[test]
fn columns_are_renamed_and_know_what_they_were() {
    let map = "[rename]\nname = \"full_name\"\nmobiles = \"phones\"\nattributes.city = \"town\"";
    let made = rows(&layout(map), json!({"city": "上海"}));
    assert_eq!(get(&made, "full_name"), Some(&Cell::Text("王小明".into())));
    assert_eq!(get(&made, "town"), Some(&Cell::Text("上海".into())));
    for gone in ["name", "mobiles", "city"] {
        assert_eq!(get(&made, gone), None, "{gone}");
    }
    let own = |name: &str| made.0.columns.iter().find(|c| c.name == name).unwrap().own_name();
    assert_eq!(own("phones"), "mobiles");
    assert_eq!(own("town"), "attributes.city");
}

#[test]
fn columns_are_dropped() {
    let made = rows(
        &layout("drop = [\"company\", \"synced_at\", \"attributes.a\"]"),
        json!({"a": 1, "b": 2}),
    );
    for gone in ["company", "synced_at", "a"] {
        assert_eq!(get(&made, gone), None, "{gone}");
    }
    assert_eq!(get(&made, "b"), Some(&Cell::Int(2)));
    let made = rows(&layout("drop = [\"attributes.*\"]"), json!({"a": 1}));
    assert_eq!(made.0.columns.len(), 14);
}

#[test]
fn members_of_the_one_column_are_renamed_and_dropped_too() {
    let mut layout = layout("drop = [\"attributes.a\"]\n[rename]\nattributes.b = \"c\"");
    layout.attributes = Attributes::Json;
    let made = rows(&layout, json!({"a": 1, "b": 2, "c": 3}));
    let expected = Cell::Json(r#"{"c":2,"attributes.c":3}"#.into());
    assert_eq!(get(&made, "attributes"), Some(&expected));
}

#[test]
fn what_the_platform_calls_as_a_new_name_makes_room_for_it() {
    let made = rows(&layout("[rename]\nname = \"City\""), json!({"city": "上海"}));
    assert_eq!(get(&made, "City"), Some(&Cell::Text("王小明".into())));
    assert_eq!(get(&made, "attributes.city"), Some(&Cell::Text("上海".into())));
}

#[test]
fn a_column_may_take_the_name_of_one_that_makes_room() {
    let made = rows(&layout("[rename]\nname = \"company\"\ncompany = \"name\""), json!({}));
    assert_eq!(get(&made, "company"), Some(&Cell::Text("王小明".into())));
    let made = rows(&layout("drop = [\"company\"]\n[rename]\nname = \"company\""), json!({}));
    assert_eq!(get(&made, "company"), Some(&Cell::Text("王小明".into())));
}

#[test]
fn an_attribute_may_have_its_own_name_where_a_column_makes_room_and_keeps_it() {
    for map in [
        "[rename]\nname = \"full_name\"\nattributes.name = \"name\"",
        "drop = [\"name\"]\n[rename]\nattributes.name = \"name\"",
    ] {
        let (table, _) = rows(&layout(map), json!({"name": "一号"}));
        let again = rows_into(Some(table.clone()), &layout(map), json!({"name": "二号"}));
        assert_eq!(get(&again, "name"), Some(&Cell::Text("二号".into())));
        assert_eq!(again.0, table);
        let own = |name: &str| table.columns.iter().find(|c| c.name == name).unwrap().own_name();
        assert_eq!(own("name"), "attributes.name");
        // And without that map it is not taken for the other one.
        let recorder = Recorder::new(&Layout::default(), &plain()).unwrap();
        let error = recorder.leads(Some(table)).unwrap_err().to_string();
        assert!(error.contains("holds attributes.name"), "{error}");
    }
}

#[test]
fn an_attribute_goes_where_the_map_in_force_has_it() {
    let map = layout("[rename]\nattributes.stage = \"phase\"");
    let odd = json!({"stage": "一", "Stage": "二", "deleted_at": "三"});
    let (first, _) = rows(&Layout::default(), odd.clone());
    let mapped = rows_into(Some(first.clone()), &map, odd.clone());
    assert_eq!(get(&mapped, "phase"), Some(&Cell::Text("一".into())));
    assert_eq!(get(&mapped, "attributes.stage"), Some(&Cell::Null));
    assert_eq!(mapped.0.columns.len(), first.columns.len() + 1);
    // And back: no column more, and every attribute in the one that it had.
    let back = rows_into(Some(mapped.0.clone()), &Layout::default(), odd.clone());
    assert_eq!(back.0, mapped.0);
    assert_eq!(get(&back, "phase").filter(|cell| !cell.is_null()), None);
    for column in &first.columns {
        assert_eq!(
            get(&back, &column.name),
            get(&rows(&Layout::default(), odd.clone()), &column.name)
        );
    }
}

#[test]
fn a_renamed_attribute_costs_no_other_its_column() {
    let of = || json!({"a": "1", "source": "web", "zip": "200000"});
    let (before, _) = rows(&Layout::default(), of());
    let map = layout("[rename]\nattributes.source = \"origin\"");
    let (renamed, _) = rows_into(Some(before), &map, of());
    let again = rows_into(Some(renamed.clone()), &map, of());
    assert_eq!(again.0, renamed, "the second pull with a map needs no column more");
    let web = Cell::Text("web".into());
    let zip = Cell::Text("200000".into());
    assert_eq!([get(&again, "origin"), get(&again, "zip")], [Some(&web), Some(&zip)]);
    assert_eq!(get(&again, "attributes.source"), Some(&Cell::Null));
}

#[test]
fn what_is_dropped_with_all_others_cannot_be_renamed() {
    let error = refused("drop = [\"attributes.*\"]\n[rename]\nattributes.city = \"town\"");
    assert!(error.contains("attributes.city is dropped and renamed"), "{error}");
}

#[test]
fn a_name_that_exists_is_refused() {
    for map in [
        "[rename]\nname = \"Company\"",
        "[rename]\nattributes.x = \"mobiles\"",
        "[rename]\ninteractions.text = \"actor\"",
    ] {
        assert!(refused(map).contains("there is a column"), "{}", refused(map));
    }
}

#[test]
fn a_map_that_was_made_by_code_is_checked_too() {
    let mut layout = Layout::default();
    layout.map.rename.insert("name".to_owned(), "company".to_owned());
    let error = Recorder::new(&layout, &plain()).unwrap_err().to_string();
    assert!(error.starts_with("map, rename: there is a column \"company\""), "{error}");
}

#[test]
fn what_is_asked_for_cannot_be_dropped() {
    let mut layout = layout("drop = [\"name\"]");
    layout.columns = Some(vec!["name".to_owned()]);
    let error = Recorder::new(&layout, &plain()).unwrap_err().to_string();
    assert!(error.contains("asks for name"), "{error}");
}

#[test]
fn interactions_are_mapped_by_names_of_their_own() {
    let layout = layout("drop = [\"interactions.actor\"]\n[rename]\ninteractions.text = \"name\"");
    let recorder = Recorder::new(&layout, &plain()).unwrap();
    let table = recorder.interactions(None).unwrap().table().clone();
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let fixed = ["provider", "lead_id", "id", "platform", "kind", "at", "name", "synced_at"];
    assert_eq!(names, [&fixed[..], &["attributes"]].concat());
}

#[test]
fn a_map_is_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.toml");
    std::fs::write(&path, "drop = [\"level\"]").unwrap();
    assert!(ColumnMap::read(&path).unwrap().drop.contains("level"));
    let missing = folder.path().join("none.toml");
    let error = ColumnMap::read(&missing).unwrap_err().to_string();
    assert!(error.contains("none.toml") && error.contains("cannot be read"), "{error}");
}
