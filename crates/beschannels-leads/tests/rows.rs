//! Rows of a group, however their values are written.
#![allow(clippy::unwrap_used, missing_docs)]

use beschannels_leads::model::{ClientType, Column, GroupUserPage, Point, Row};
use proptest::prelude::*;
use serde_json::{Value, json};

fn row(json: &str) -> Row {
    serde_json::from_str(json).unwrap()
}

/// A text, as texts and numbers of it are written.
fn text() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    prop_oneof![
        any::<String>().prop_map(|text| (Some(text.clone()), Some(json!(text).to_string()))),
        any::<i64>().prop_map(|n| (Some(n.to_string()), Some(n.to_string()))),
        Just((None, Some("null".to_owned()))),
        Just((None, None)),
    ]
}

fn point() -> impl Strategy<Value = (Option<i64>, String)> {
    prop_oneof![
        any::<i64>().prop_map(|n| (Some(n), n.to_string())),
        any::<i64>().prop_map(|n| (Some(n), format!("\"{n}\""))),
        Just((None, "\"-\"".to_owned())),
        Just((None, "null".to_owned())),
        Just((None, "9.5".to_owned())),
    ]
}

/// Any value, not too deep.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn member(name: &str, value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!("\"{name}\":{value},"))
}

proptest! {
    #[test]
    fn a_row_is_read_in_every_spelling(
        (name, name_spelled) in text(),
        (mobile, mobile_spelled) in text(),
        (id, id_spelled) in text(),
        (points, points_spelled) in point(),
        model in 1..u64::MAX,
        unknown in anything(),
    ) {
        let json = format!(
            "{{{}{}{}\"Score-{model}\":{points_spelled},\"future\":{unknown}}}",
            member("FullName", name_spelled.as_ref()),
            member("MobilePhone", mobile_spelled.as_ref()),
            member("identity_id", id_spelled.as_ref()),
        );
        let row = row(&json);
        let set = |text: Option<String>| text.filter(|text| !text.is_empty());
        prop_assert_eq!(row.full_name().map(|name| name.reveal().to_owned()), set(name));
        prop_assert_eq!(row.mobile().map(|mobile| mobile.reveal().to_owned()), set(mobile));
        prop_assert_eq!(row.identity_id().map(str::to_owned), set(id));
        prop_assert_eq!(row.score(model), points);
        prop_assert_eq!(row.columns().get("future"), Some(&unknown));
    }

    #[test]
    fn no_odd_value_costs_a_row(name in "FullName|MobilePhone|Email|Company|IsLead|CreatedTime|identity_id|identity_value|client_type|nextId|is_del|Score-1", value in anything()) {
        let json = format!("{{\"{name}\":{value}}}");
        let row = row(&json);
        match &value {
            Value::Null if name != "Score-1" => prop_assert_eq!(row.value(&name), None),
            Value::String(text) if text.parse::<i64>().is_ok() => {}
            Value::Number(_) => prop_assert!(row.value(&name).is_some()),
            _ => prop_assert_eq!(row.value(&name), Some(value)),
        }
    }

    #[test]
    fn no_page_makes_it_panic(json in any::<String>()) {
        let _ = serde_json::from_str::<GroupUserPage>(&json);
    }

    #[test]
    fn an_empty_list_is_written_in_three_ways(
        list in prop_oneof!["null", r"\{\}", r"\[\]"],
        header in prop_oneof!["null", r"\{\}", r"\[\]"],
        total in prop_oneof!["0", "\"0\"", "null", "\"\""],
    ) {
        let json = format!(r#"{{"total":{total},"list":{list},"header":{header}}}"#);
        let page: GroupUserPage = serde_json::from_str(&json).unwrap();
        prop_assert!(page.list.is_empty() && page.header.is_empty());
        prop_assert_eq!(page.total.unwrap_or(0), 0);
    }
}

#[test]
fn a_page_of_nothing_may_be_null_or_a_list() {
    for json in ["null", "[]", "{}"] {
        assert_eq!(serde_json::from_str::<GroupUserPage>(json).unwrap(), GroupUserPage::default());
    }
    assert!(serde_json::from_str::<GroupUserPage>("[1]").is_err());
}

#[test]
fn scores_are_numbers_or_dashes_or_kept_as_they_came() {
    let row = row(r#"{"Score-1":20,"Score-2":"-","Score-3":"7","Score-4":1.5,"Score-5":"high"}"#);
    let points: Vec<_> = row.scores().iter().map(|score| score.point.clone()).collect();
    let other = |value: Value| Point::Other(value);
    let expected =
        [Point::Int(20), Point::Unset, Point::Int(7), other(json!(1.5)), other(json!("high"))];
    assert_eq!(points, expected);
    assert_eq!((row.score(3), row.score(2)), (Some(7), None));
    assert_eq!(row.value("Score-2"), Some(json!("-")));
}

#[test]
fn what_only_looks_like_a_score_stays_a_column() {
    let row = row(r#"{"Score-":1,"Score-07":2,"Score-x":3,"score-1":4}"#);
    assert!(row.scores().is_empty());
    assert_eq!(row.columns().len(), 4);
}

#[test]
fn is_lead_is_yes_no_or_unknown() {
    for (text, is) in [("是", Some(true)), ("否", Some(false)), ("", None), ("perhaps", None)] {
        let row = row(&json!({"IsLead": text}).to_string());
        assert_eq!((row.is_lead(), row.is_lead_text()), (is, Some(text)));
    }
}

#[test]
fn a_row_with_is_del_is_not_deleted_but_told() {
    assert_eq!(row(r#"{"is_del":1}"#).is_del(), Some(1));
    assert_eq!(row(r#"{"is_del":"0"}"#).is_del(), Some(0));
    assert_eq!(row("{}").is_del(), None);
}

#[test]
fn an_unknown_kind_of_client_is_kept() {
    let row = row(r#"{"client_type":"made-up"}"#);
    assert_eq!(row.client_type(), Some(&ClientType::Other("made-up".to_owned())));
}

#[test]
fn an_invalid_mobile_is_kept() {
    let row = row(r#"{"MobilePhone":"145678388"}"#);
    assert_eq!(row.mobile().unwrap().reveal(), "145678388");
}

#[test]
fn ids_of_15_digits_are_exact() {
    let row = row(r#"{"identity_id":410983932389440,"nextId":410983932389441}"#);
    assert_eq!(
        (row.identity_id(), row.next_id()),
        (Some("410983932389440"), Some("410983932389441"))
    );
}

#[test]
fn nothing_personal_is_printed() {
    let row = row(
        r#"{"FullName":"王小明","MobilePhone":"19900001234","Email":"a@example.com","WeChat":"wx-canary","identity_id":"canary-identity"}"#,
    );
    let shown = format!("{row:?}");
    for canary in ["王小明", "19900001234", "a@example.com", "wx-canary", "canary-identity"] {
        assert!(!shown.contains(canary), "{shown}");
    }
}

#[test]
fn a_column_keeps_what_it_does_not_know() {
    let column: Column =
        serde_json::from_str(r#"{"label":"姓名","prop":"FullName","width":80}"#).unwrap();
    assert_eq!((column.label.as_str(), column.extra.get("width")), ("姓名", Some(&json!(80))));
}

#[test]
fn what_is_odd_beside_the_rows_costs_none_of_them() {
    let page: GroupUserPage = serde_json::from_str(
        r#"{"total":"many","list":[{"identity_id":"a"}],"header":{"FullName":"姓名"}}"#,
    )
    .unwrap();
    assert_eq!((page.list.len(), page.total, page.header.len()), (1, None, 0));
    assert_eq!(page.extra.get("total"), Some(&json!("many")));
    assert_eq!(page.extra.get("header"), Some(&json!({"FullName": "姓名"})));
}

#[test]
fn data_that_is_no_page_is_an_error_and_not_an_empty_list() {
    for empty in
        ["null", "[]", "{}", r#"{"total":0}"#, r#"{"list":null}"#, r#"{"list":[],"x":1,"total":0}"#]
    {
        let page: beschannels_leads::model::GroupUserPage = serde_json::from_str(empty).unwrap();
        assert!(page.list.is_empty(), "{empty}");
    }
    let other = serde_json::from_str::<beschannels_leads::model::GroupUserPage>(r#"{"rows":[{}]}"#);
    assert!(other.is_err());
}
