use proptest::prelude::*;
use serde_json::json;

use super::*;

const KINDS: [ColumnKind; 7] = [
    ColumnKind::Bool,
    ColumnKind::Int,
    ColumnKind::Float,
    ColumnKind::Text,
    ColumnKind::Time,
    ColumnKind::List,
    ColumnKind::Json,
];

#[test]
fn json_becomes_the_narrowest_cell() {
    for (json, cell) in [
        (json!(null), Cell::Null),
        (json!(true), Cell::Bool(true)),
        (json!(-7), Cell::Int(-7)),
        (json!(1.5), Cell::Float(1.5)),
        (json!("007"), Cell::Text("007".into())),
        (json!(["a", 1, true]), Cell::List(vec!["a".into(), "1".into(), "true".into()])),
        (json!([]), Cell::List(vec![])),
        (json!([null]), Cell::Json("[null]".into())),
        (json!({"a": [1]}), Cell::Json(r#"{"a":[1]}"#.into())),
    ] {
        assert_eq!(Cell::of_json(json.clone()), cell, "{json}");
    }
}

#[test]
fn a_whole_number_that_a_float_could_not_hold_is_a_text() {
    for digits in ["9007199254740993", "-9007199254740993", "18446744073709551615"] {
        let value: Value = serde_json::from_str(digits).unwrap();
        assert_eq!(Cell::of_json(value), Cell::Text(digits.into()));
    }
    assert_eq!(Cell::of_json(json!(9_007_199_254_740_992_i64)), Cell::Int(9_007_199_254_740_992));
}

#[test]
fn kinds_get_wider_and_never_narrower() {
    for one in KINDS {
        for other in KINDS {
            let both = one.or(other);
            assert_eq!(both, other.or(one), "{one:?} {other:?}");
            assert_eq!(both.or(one), both, "{one:?} {other:?}");
            for third in KINDS {
                assert_eq!(both.or(third), one.or(other.or(third)));
            }
        }
        assert_eq!(one.or(one), one);
    }
    assert_eq!(ColumnKind::Int.or(ColumnKind::Float), ColumnKind::Float);
    assert_eq!(ColumnKind::Bool.or(ColumnKind::Int), ColumnKind::Text);
    assert_eq!(ColumnKind::List.or(ColumnKind::Text), ColumnKind::Json);
}

#[test]
fn in_a_column_of_json_everything_is_json() {
    for (cell, json) in [
        (Cell::Text("a\"b".into()), r#""a\"b""#),
        (Cell::Int(7), r#""7""#),
        (Cell::Bool(false), r#""false""#),
        (Cell::Float(-0.5), r#""-0.5""#),
        (Cell::List(vec!["a".into()]), r#"["a"]"#),
        (Cell::Time(Timestamp::UNIX_EPOCH), r#""1970-01-01T00:00:00Z""#),
    ] {
        assert_eq!(cell.into_kind(ColumnKind::Json), Cell::Json(json.into()));
    }
    assert_eq!(Cell::Null.into_kind(ColumnKind::Json), Cell::Null);
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        any::<bool>().prop_map(Cell::Bool),
        (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Cell::Int),
        (-9_i64..9).prop_map(Cell::Int),
        any::<f64>().prop_filter("JSON has no others", |f| f.is_finite()).prop_map(Cell::Float),
        ".*".prop_map(Cell::Text),
        prop::collection::vec(".*", 0..3).prop_map(Cell::List),
        prop::collection::vec(0..9, 0..3).prop_map(|v| Cell::Json(json!([v]).to_string())),
        Just(Cell::Time(Timestamp::UNIX_EPOCH)),
    ]
}

proptest! {
    #[test]
    fn it_makes_no_difference_which_kinds_a_column_had_between(
        one in cell(),
        between in prop::sample::select(&KINDS),
        last in prop::sample::select(&KINDS),
    ) {
        let between = one.kind().unwrap().or(between);
        let last = between.or(last);
        let direct = one.clone().into_kind(last);
        prop_assert_eq!(one.into_kind(between).into_kind(last), direct);
    }

    #[test]
    fn every_cell_fits_every_wider_column(one in cell(), other in cell()) {
        let kind = one.kind().unwrap().or(other.kind().unwrap());
        for cell in [one, other] {
            let wide = cell.into_kind(kind);
            prop_assert_eq!(wide.kind(), Some(kind));
            if let Cell::Json(json) = &wide {
                prop_assert!(serde_json::from_str::<Value>(json).is_ok());
            }
        }
    }
}
