//! Leads become records, and records rows of a table that grows with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod people;

use leadtag_core::{Interaction, PlatformTime, Timestamp, UtcOffset};
use leadtag_extract::{
    Attributes, Cell, ColumnKind, Layout, PiiMode, PiiPolicy, Record, Recorder, Row, Shape, Table,
};
use people::{attributes, lead, moment, plain};
use proptest::prelude::*;
use serde_json::{Value, json};

fn layout(columns: Option<&[&str]>) -> Layout {
    let mut layout = Layout::default();
    layout.columns = columns.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    layout
}

fn recorder(layout: &Layout) -> Recorder {
    Recorder::new(layout, &plain()).unwrap()
}

fn record(recorder: &Recorder, of: Value) -> Record {
    recorder.stream("crm").lead(attributes(lead("1"), of), moment(0), None)
}

/// A table of leads, and the rows of leads with these attributes, batch by batch.
fn table_of(batches: &[&[Value]]) -> (Table, Vec<Vec<Row>>) {
    let recorder = recorder(&Layout::default());
    let mut shape = recorder.leads(None).unwrap();
    let mut stream = recorder.stream("crm");
    let mut rows = Vec::new();
    for batch in batches {
        let leads = batch.iter().map(|of| attributes(lead("1"), of.clone()));
        let records = leads.map(|lead| stream.lead(lead, moment(0), None)).collect();
        rows.push(shape.rows(records));
    }
    (shape.table().clone(), rows)
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn kind(table: &Table, name: &str) -> ColumnKind {
    table.columns.iter().find(|column| column.name == name).unwrap().kind
}

fn cell<'r>(table: &Table, row: &'r Row, name: &str) -> &'r Cell {
    let at = table.columns.iter().position(|column| column.name == name).unwrap();
    row.cells.get(at).unwrap_or(&Cell::Null)
}

const FIXED: [&str; 14] = [
    "provider",
    "id",
    "platform",
    "name",
    "mobiles",
    "emails",
    "company",
    "tags",
    "level",
    "source",
    "created_at",
    "updated_at",
    "synced_at",
    "deleted_at",
];

#[test]
fn every_table_has_the_fixed_columns_first() {
    let (table, rows) = table_of(&[&[json!({"city": "上海"})]]);
    assert_eq!(names(&table)[..14], FIXED);
    assert_eq!(names(&table)[14..], ["city"]);
    let row = &rows[0][0];
    assert_eq!(*cell(&table, row, "provider"), Cell::Text("crm".into()));
    assert_eq!(*cell(&table, row, "platform"), Cell::Text("here".into()));
    assert_eq!(*cell(&table, row, "mobiles"), Cell::List(vec!["19900001234".into()]));
    assert_eq!(*cell(&table, row, "synced_at"), Cell::Time(moment(0)));
    assert_eq!(*cell(&table, row, "deleted_at"), Cell::Null);
    assert_eq!((row.key.provider.as_ref(), row.key.id.as_str()), ("crm", "1"));
}

#[test]
fn a_new_attribute_widens_the_table_in_mid_run() {
    let recorder = recorder(&Layout::default());
    let mut shape = recorder.leads(None).unwrap();
    assert!(shape.take_widened(), "a new table is to be made");
    shape.rows(vec![record(&recorder, json!({"a": 1}))]);
    assert!(shape.take_widened());
    shape.rows(vec![record(&recorder, json!({"a": 2}))]);
    assert!(!shape.take_widened());
    let rows = shape.rows(vec![record(&recorder, json!({"Score-9": 209, "a": 3}))]);
    assert!(shape.take_widened());
    assert_eq!(names(shape.table())[14..], ["a", "Score-9"]);
    assert_eq!(*cell(shape.table(), &rows[0], "Score-9"), Cell::Int(209));
}

#[test]
fn an_attribute_that_is_never_set_gets_no_column() {
    let (table, _) = table_of(&[&[json!({"a": null})], &[json!({"a": null, "b": 1})]]);
    assert_eq!(names(&table)[14..], ["b"]);
}

#[test]
fn a_wider_value_widens_the_rows_of_its_batch_too() {
    let (table, rows) = table_of(&[&[json!({"a": 1}), json!({"a": 1.5}), json!({"a": null})]]);
    assert_eq!(kind(&table, "a"), ColumnKind::Float);
    assert_eq!(*cell(&table, &rows[0][0], "a"), Cell::Float(1.0));
    assert_eq!(*cell(&table, &rows[0][2], "a"), Cell::Null);
}

#[test]
fn a_narrow_value_fits_a_column_that_got_wider_before() {
    let (table, rows) =
        table_of(&[&[json!({"a": ["x"]})], &[json!({"a": {}})], &[json!({"a": 7})]]);
    assert_eq!(kind(&table, "a"), ColumnKind::Json);
    assert_eq!(*cell(&table, &rows[2][0], "a"), Cell::Json("\"7\"".into()));
}

#[test]
fn an_attribute_called_as_a_fixed_column_is_told_from_it() {
    let (table, rows) = table_of(&[&[json!({"Name": "x", "raw": 1, "_hash": 2, "": 3})]]);
    assert_eq!(
        names(&table)[14..],
        ["attributes.", "attributes.Name", "attributes._hash", "attributes.raw"]
    );
    assert_eq!(*cell(&table, &rows[0][0], "attributes.Name"), Cell::Text("x".into()));
    assert_eq!(*cell(&table, &rows[0][0], "name"), Cell::Text("王小明".into()));
}

#[test]
fn attributes_that_differ_in_case_only_have_columns_of_their_own_for_good() {
    let first = json!({"city": "a"});
    let both = json!({"CITY": "c", "City": "b", "city": "a"});
    let (table, rows) = table_of(&[&[first], std::slice::from_ref(&both)]);
    let columns = names(&table)[14..].to_vec();
    assert_eq!(columns[..2], ["city", "attributes.CITY"]);
    assert!(columns[2].starts_with("City_"), "{columns:?}");
    assert_eq!(*cell(&table, &rows[1][0], "attributes.CITY"), Cell::Text("c".into()));
    // The next program finds them as they are.
    let recorder = recorder(&Layout::default());
    let stored: Table = serde_json::from_value(serde_json::to_value(&table).unwrap()).unwrap();
    let mut again = recorder.leads(Some(stored)).unwrap();
    let row = again.rows(vec![record(&recorder, both)]);
    assert!(!again.take_widened());
    assert_eq!(row[0].cells, rows[1][0].cells);
}

#[test]
fn a_name_that_no_database_could_hold_is_cut() {
    let long = "自定义字段".repeat(10);
    let (table, _) =
        table_of(&[&[json!({long.clone() + "1": 1, long.clone() + "2": 2, "a\u{0}b": 3})]]);
    let columns = names(&table)[14..].to_vec();
    assert_eq!(columns.len(), 3);
    assert!(columns.iter().all(|name| name.len() <= 63 && !name.contains('\0')), "{columns:?}");
    assert_eq!(table.columns[15].own_name(), format!("attributes.{long}1"));
}

#[test]
fn more_attributes_than_a_database_has_columns_go_into_one() {
    let many: serde_json::Map<_, _> = (0..1_005).map(|n| (format!("a{n:04}"), json!(n))).collect();
    let recorder = recorder(&Layout::default());
    let mut shape = recorder.leads(None).unwrap();
    let rows = shape.rows(vec![record(&recorder, Value::Object(many))]);
    assert!(shape.is_full());
    assert_eq!(shape.table().columns.len(), 14 + 1_000 + 1);
    let rest =
        Cell::Json(r#"{"a1000":1000,"a1001":1001,"a1002":1002,"a1003":1003,"a1004":1004}"#.into());
    assert_eq!(*cell(shape.table(), &rows[0], "attributes"), rest);
}

#[test]
fn attributes_can_go_into_one_column() {
    let mut layout = Layout::default();
    layout.attributes = Attributes::Json;
    let recorder = recorder(&layout);
    let mut shape = recorder.leads(None).unwrap();
    let rows = shape.rows(vec![record(&recorder, json!({"b": null, "Name": [1], "a": 1.5}))]);
    assert_eq!(names(shape.table())[14..], ["attributes"]);
    let expected = Cell::Json(r#"{"Name":[1],"a":1.5,"b":null}"#.into());
    assert_eq!(*cell(shape.table(), &rows[0], "attributes"), expected);
}

#[test]
fn a_time_that_cannot_be_read_is_kept_as_its_text() {
    let mut odd = lead("1");
    odd.created_at = Some(PlatformTime::parse("0000-00-00 00:00:00", UtcOffset::CHINA));
    odd.updated_at = Some(PlatformTime::parse("2024-01-01 08:00:00", UtcOffset::CHINA));
    let recorder = recorder(&Layout::default());
    let mut shape = recorder.leads(None).unwrap();
    let rows = shape.rows(vec![recorder.stream("crm").lead(odd, moment(0), None)]);
    let table = shape.table();
    assert_eq!(*cell(table, &rows[0], "created_at"), Cell::Null);
    assert_eq!(*cell(table, &rows[0], "created_at_text"), Cell::Text("0000-00-00 00:00:00".into()));
    let read: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(*cell(table, &rows[0], "updated_at"), Cell::Time(read));
}

#[test]
fn columns_choose_fixed_ones_and_attributes() {
    for (asked, fixed, own) in [
        (
            &["mobiles", "name"][..],
            &["provider", "id", "name", "mobiles", "deleted_at"][..],
            &[][..],
        ),
        (&["attributes.b"], &["provider", "id", "deleted_at"], &["b"]),
        (&["attributes.*", "raw"], &["provider", "id", "deleted_at", "raw"], &["a", "b"]),
        (&["attributes"], &["provider", "id", "deleted_at"], &["a", "b"]),
    ] {
        let recorder = recorder(&layout(Some(asked)));
        let mut shape = recorder.leads(None).unwrap();
        shape.rows(vec![record(&recorder, json!({"a": 1, "b": 2}))]);
        assert_eq!(names(shape.table()), [fixed, own].concat(), "{asked:?}");
    }
}

#[test]
fn the_row_as_received_is_there_if_it_is_asked_for() {
    let recorder = recorder(&layout(Some(&["raw"])));
    let mut shape = recorder.leads(None).unwrap();
    let rows = shape.rows(vec![record(&recorder, json!({}))]);
    assert_eq!(
        *cell(shape.table(), &rows[0], "raw"),
        Cell::Json(r#"{"z":1,"a":"19900001234"}"#.into())
    );
    assert!(names(recorder.interactions(None).unwrap().table()).contains(&"raw"));
}

#[test]
fn an_unknown_column_is_refused_with_the_nearest_one() {
    for (asked, told) in [
        ("mobile", "did you mean mobiles?; what the platform calls so is attributes.mobile"),
        ("Score-1", "attributes.Score-1"),
        ("interactions.text", "columns of leads"),
    ] {
        let error = Recorder::new(&layout(Some(&[asked])), &plain()).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
    assert!(Recorder::new(&layout(Some(&[])), &plain()).is_err());
}

#[test]
fn a_row_reads_the_same_whichever_columns_others_have() {
    let recorder = recorder(&Layout::default());
    let mut stream = recorder.stream("crm");
    let mut hash = |of: Value, at| stream.lead(attributes(lead("1"), of), moment(at), None).hash;
    let first = hash(json!({"a": 1}), 0);
    assert_eq!(hash(json!({"a": 1, "b": null}), 99), first, "when it was read does not count");
    assert_ne!(hash(json!({"a": 2}), 0), first);
    assert_ne!(hash(json!({"b": 1}), 0), first);
    assert_ne!(hash(json!({"a": "1"}), 0), first);
    let of_another =
        recorder.stream("crm").lead(attributes(lead("2"), json!({"a": 1})), moment(0), None);
    assert_ne!(of_another.hash, first);
}

#[test]
fn another_layout_or_policy_is_told_by_its_fingerprint_and_makes_other_hashes() {
    let key = |text: &str| Some(leadtag_core::SecretString::from(text));
    let policy = |mode, secret: Option<_>| {
        let mut policy = PiiPolicy::default();
        policy.default = mode;
        policy.key = secret;
        policy
    };
    let mut as_json = Layout::default();
    as_json.attributes = Attributes::Json;
    let one = "0123456789abcdef";
    let all = [
        Recorder::new(&Layout::default(), &policy(PiiMode::Plain, None)),
        Recorder::new(&Layout::default(), &policy(PiiMode::Mask, None)),
        Recorder::new(&Layout::default(), &policy(PiiMode::Hmac, key(one))),
        Recorder::new(&Layout::default(), &policy(PiiMode::Hmac, key("another key of bytes"))),
        Recorder::new(&as_json, &policy(PiiMode::Plain, None)),
        Recorder::new(&layout(Some(&["name"])), &policy(PiiMode::Plain, None)),
    ]
    .map(Result::unwrap);
    let prints: std::collections::HashSet<_> = all.iter().map(Recorder::fingerprint).collect();
    assert_eq!(prints.len(), all.len());
    let hashes: std::collections::HashSet<_> =
        all.iter().map(|recorder| record(recorder, json!({})).hash).collect();
    assert_eq!(hashes.len(), all.len());
    let again = Recorder::new(&Layout::default(), &policy(PiiMode::Hmac, key(one))).unwrap();
    assert_eq!(again.fingerprint(), all[2].fingerprint());
    // Stores are compared by it: another version of leadtag has the same ones.
    assert_eq!(all[0].fingerprint(), "126f7143fe2737ec2b591d931714cd32");
    assert_eq!(all[2].fingerprint(), "35d2f8dea26215260ddf2af72c1a1635");
    assert!(!format!("{again:?}").contains(one));
}

#[test]
fn a_table_that_holds_something_else_under_a_name_is_refused() {
    let mut renamed = Layout::default();
    renamed.map.rename.insert("name".into(), "person".into());
    let (table, _) = table_of(&[&[json!({"person": 1})]]);
    let error = recorder(&renamed).leads(Some(table)).unwrap_err().to_string();
    assert!(error.contains("\"person\"") && error.contains("leads"), "{error}");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
        (-9.0..9.0_f64).prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        prop::collection::vec(0..3, 0..3).prop_map(Value::from),
        Just(json!({"x": 1})),
    ]
}

fn row() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["a", "A", "name", "b", "c.d"]).prop_map(str::to_owned);
    prop::collection::hash_map(name, value(), 0..5)
        .prop_map(|row| Value::Object(row.into_iter().collect()))
}

proptest! {
    #[test]
    fn every_cell_has_its_columns_kind_and_no_value_is_lost(
        batches in prop::collection::vec(prop::collection::vec(row(), 0..4), 0..4)
    ) {
        let recorder = recorder(&Layout::default());
        let mut shape: Shape = recorder.leads(None).unwrap();
        let mut before: Vec<(String, ColumnKind)> = Vec::new();
        for batch in batches {
            let set = |row: &Value| row.as_object().unwrap().values().filter(|v| !v.is_null()).count();
            let counts: Vec<usize> = batch.iter().map(set).collect();
            let records = batch.into_iter().map(|row| record(&recorder, row)).collect();
            let rows = shape.rows(records);
            for (row, count) in rows.iter().zip(counts) {
                for (cell, column) in row.cells.iter().zip(&shape.table().columns) {
                    prop_assert!(cell.kind().is_none_or(|kind| kind == column.kind));
                }
                prop_assert_eq!(row.cells.iter().skip(14).filter(|cell| !cell.is_null()).count(), count);
            }
            let now: Vec<_> =
                shape.table().columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
            for ((name, kind), (now, wider)) in before.iter().zip(&now) {
                prop_assert_eq!(name, now);
                prop_assert_eq!(kind.or(*wider), *wider);
            }
            before = now;
        }
    }
}

/// The fixed columns in which nothing stands.
fn empty<'t>(table: &'t Table, cells: &[Cell]) -> Vec<&'t str> {
    let columns = names(table).into_iter().zip(cells.iter().chain(std::iter::repeat(&Cell::Null)));
    columns.filter(|(_, cell)| cell.is_null()).map(|(name, _)| name).collect()
}

#[test]
fn every_fixed_column_has_what_a_lead_and_an_interaction_say() {
    let all = [&FIXED[..], &["attributes.*", "raw"]].concat();
    let layout = Layout::default().with_columns(all).with_attributes(Attributes::Json);
    let recorder = recorder(&layout);
    let mut stream = recorder.stream("crm");
    let time = || Some(PlatformTime::parse("2026-01-31 08:00:00", UtcOffset::CHINA));
    let mut lead = attributes(lead("1"), json!({"city": "上海"}));
    lead.company = Some("甲公司".into());
    lead.tags = vec!["vip".to_owned()];
    (lead.level, lead.source) = (Some("A".to_owned()), Some("web".to_owned()));
    (lead.created_at, lead.updated_at) = (time(), time());
    let mut interaction = Interaction::new("call", people::raw("{}"));
    interaction.id = Some("7".to_owned());
    interaction.at = time();
    (interaction.actor, interaction.text) = (Some("小王".into()), Some("想买".into()));
    interaction.attributes.insert("minutes".to_owned(), json!(3));
    let mut of = stream.interactions_of(&lead);
    let interaction = stream.interaction(&mut of, interaction, moment(0));
    let lead = stream.lead(lead, moment(0), None);
    let mut shape = recorder.leads(None).unwrap();
    let row = shape.rows(vec![lead]).remove(0);
    // Who is gone is found out later.
    assert_eq!(empty(shape.table(), &row.cells), ["deleted_at"]);
    let mut shape = recorder.interactions(None).unwrap();
    let row = shape.rows(vec![interaction]).remove(0);
    assert!(empty(shape.table(), &row.cells).is_empty(), "{row:?}");
}
