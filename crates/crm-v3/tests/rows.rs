//! Rows and their fields, however their values are written.
#![allow(clippy::unwrap_used, missing_docs)]

use crm_v3::model::{Clue, ClueField, FieldType, FieldValue};
use leadtag_core::{ErrorKind, UtcOffset};
use proptest::prelude::*;

fn field(kind: i64, value: &str) -> ClueField {
    serde_json::from_str(&format!(r#"{{"field":"f","type":{kind},"valueAsText":{value}}}"#))
        .unwrap()
}

fn value(kind: i64, value: &str) -> Option<FieldValue> {
    field(kind, value).value(UtcOffset::CHINA).unwrap()
}

#[test]
fn a_value_is_read_by_its_type() {
    assert_eq!(value(1, r#""u 诶IE""#), Some(FieldValue::Text("u 诶IE".into())));
    assert_eq!(
        value(2, r#""396823724189760""#),
        Some(FieldValue::Choice("396823724189760".into()))
    );
    assert_eq!(value(2, "396823724189760"), Some(FieldValue::Choice("396823724189760".into())));
    assert_eq!(value(4, r#""1000.50""#), Some(FieldValue::Number("1000.50".into())));
    assert_eq!(value(4, "12.5"), Some(FieldValue::Number("12.5".into())));
    assert_eq!(value(5, r#""a\nb""#), Some(FieldValue::MultiLine("a\nb".into())));
    let options = FieldValue::MultiChoice(vec!["1".into(), "396823724189761".into()]);
    assert_eq!(value(6, r#""[\"1\",396823724189761]""#), Some(options));
    let phones = FieldValue::Phones(vec!["145678388".into(), "19900001234".into()]);
    assert_eq!(value(8, r#""[\"145678388\",\"19900001234\",null]""#), Some(phones.clone()));
    assert_eq!(value(8, r#"["145678388","19900001234"]"#), Some(phones));
    assert_eq!(value(99, r#""new""#), Some(FieldValue::Other("new".into())));
    assert_eq!(field(99, "null").field_type, Some(FieldType::Other(99)));
}

#[test]
fn a_date_is_a_day_and_a_date_time_a_moment() {
    for text in ["1962-07-20", "1962-07-20 00:00:00"] {
        let Some(FieldValue::Date(date)) = value(3, &format!("\"{text}\"")) else { unreachable!() };
        assert_eq!((date.year, date.month, date.day), (1962, 7, 20));
    }
    for (text, instant) in [
        ("2021-07-20 08:00:00", "2021-07-20T00:00:00Z"),
        ("2021-07-20 08:00:00.5", "2021-07-20T00:00:00.500Z"),
    ] {
        let Some(FieldValue::DateTime(time)) = value(7, &format!("\"{text}\"")) else {
            unreachable!()
        };
        assert_eq!(time.instant().unwrap().to_string(), instant);
        assert_eq!(time.text(), text);
    }
}

#[test]
fn what_is_not_set_is_none_for_every_type() {
    for kind in 0..10 {
        for unset in ["null", r#""""#, r#"" ""#] {
            assert_eq!(value(kind, unset), None, "{kind} {unset}");
        }
    }
    let absent: ClueField = serde_json::from_str(r#"{"field":"f","type":1}"#).unwrap();
    assert_eq!(
        (absent.value_as_text.clone(), absent.value(UtcOffset::CHINA).unwrap()),
        (None, None)
    );
}

#[test]
fn a_text_that_does_not_fit_its_type_is_an_error_and_is_kept() {
    for (kind, text) in [
        (3, "yesterday"),
        (3, "2021-13-01"),
        (3, "2021-07-20x"),
        (3, "2021-+7-20"),
        (4, "1,000"),
        (4, "many"),
        (6, "1,2"),
        (7, "noon"),
        (8, "19900001234,19900001235"),
    ] {
        let field = field(kind, &format!("\"{text}\""));
        let error = field.value(UtcOffset::CHINA).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{kind} {text}");
        assert!(!format!("{error} {error:?}").contains(text), "{error}");
        assert_eq!(field.text().unwrap().reveal(), text);
    }
}

#[test]
fn a_mobile_that_is_no_list_is_one_mobile() {
    let json =
        r#"{"customerId":1,"fields":[{"field":"mobile","type":8,"valueAsText":"19900001234"}]}"#;
    let clue: Clue = serde_json::from_str(json).unwrap();
    assert_eq!(clue.mobiles(), ["19900001234".into()]);
}

#[test]
fn nothing_of_a_row_is_printed() {
    let json = r#"{"customerId":1,"fields":[
        {"field":"name","type":1,"valueAsText":"canary"},
        {"field":"mobile","type":8,"valueAsText":"[\"canary\"]"},
        {"field":"birthday","type":3,"valueAsText":"1962-07-20"}],
        "companyInfo":{"tel":"canary"},"new":"canary"}"#;
    let clue: Clue = serde_json::from_str(json).unwrap();
    let mut printed = format!("{clue:?} {clue:#?}");
    for field in &clue.fields {
        printed += &format!("{:?}", field.value(UtcOffset::CHINA));
    }
    assert!(!printed.contains("canary") && !printed.contains("1962"), "{printed}");
    assert_eq!(clue.extra.get("new").unwrap(), "canary");
    assert!(clue.company_info.unwrap().as_str().contains("canary"));
}

/// The ways to write an integer that may be unset.
fn number() -> impl Strategy<Value = (Option<i64>, Option<String>)> {
    prop_oneof![
        any::<i64>().prop_map(|n| (Some(n), Some(n.to_string()))),
        any::<i64>().prop_map(|n| (Some(n), Some(format!("\"{n}\"")))),
        Just((None, Some("null".to_owned()))),
        Just((None, Some("\"\"".to_owned()))),
        Just((None, Some("\"<nil>\"".to_owned()))),
        Just((None, None)),
    ]
}

fn flag() -> impl Strategy<Value = (Option<bool>, Option<String>)> {
    let spelled = |value, text: &str| Just((value, Some(text.to_owned())));
    prop_oneof![
        spelled(Some(true), "true"),
        spelled(Some(false), "false"),
        spelled(Some(true), "1"),
        spelled(Some(false), "\"0\""),
        spelled(None, "null"),
        Just((None, None)),
    ]
}

fn no_items() -> impl Strategy<Value = Option<String>> {
    let spelled = |text: &str| Just(Some(text.to_owned()));
    prop_oneof![spelled("[]"), spelled("null"), spelled("{}"), Just(None)]
}

fn member(name: &str, value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!(",\"{name}\":{value}"))
}

proptest! {
    #[test]
    fn a_row_is_read_in_every_spelling(
        id in 100_000_000_000_000_i64..1_000_000_000_000_000,
        quoted in any::<bool>(),
        (is_clue, flag_spelled) in flag(),
        (kind, kind_spelled) in number(),
        (fields, tags) in (no_items(), no_items()),
        unknown in any::<Option<u8>>(),
    ) {
        let spelled = if quoted { format!("\"{id}\"") } else { id.to_string() };
        let rest = [
            member("isClue", flag_spelled.as_ref()),
            member("type", kind_spelled.as_ref()),
            member("fields", fields.as_ref()),
            member("tagIds", tags.as_ref()),
            member("future", unknown.map(|n| n.to_string()).as_ref()),
        ].concat();
        let clue: Clue = serde_json::from_str(&format!("{{\"customerId\":{spelled}{rest}}}")).unwrap();
        prop_assert_eq!((clue.customer_id, clue.is_clue, clue.clue_type), (id, is_clue, kind));
        prop_assert!(clue.fields.is_empty() && clue.tag_ids.is_empty());
        prop_assert_eq!(clue.extra.len(), usize::from(unknown.is_some()));
    }

    #[test]
    fn any_text_in_a_field_is_kept(kind in any::<i64>(), text in any::<String>()) {
        let quoted = serde_json::to_string(&text).unwrap();
        let field = field(kind % 10, &quoted);
        prop_assert_eq!(field.value_as_text.as_ref().unwrap().reveal(), text.as_str());
        let _ = field.value(UtcOffset::CHINA);
    }

    #[test]
    fn no_json_makes_a_row_panic(json in any::<String>()) {
        let _ = serde_json::from_str::<Clue>(&json);
    }
}
