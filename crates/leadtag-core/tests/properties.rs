//! What holds for every text and every value.
#![allow(clippy::unwrap_used, missing_docs)]

use leadtag_core::redact::mask_personal;
use leadtag_core::{Cursor, Platform, Timestamp, lenient};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// Whether it has the form of an id, in which digits are no mobile: a UUID, or 32 hexadecimal digits with
/// a letter among them.
fn is_id(token: &str) -> bool {
    let hyphens: Vec<usize> = token.match_indices('-').map(|(at, _)| at).collect();
    match token.len() {
        36 => hyphens == [8, 13, 18, 23],
        32 => hyphens.is_empty() && token.contains(|c: char| c.is_ascii_alphabetic()),
        _ => false,
    }
}

/// Whether eleven digits that are a mobile stand alone somewhere, with or without country code.
fn shows_a_mobile(text: &str) -> bool {
    let tokens = text.split(|c: char| !c.is_ascii_hexdigit() && c != '-');
    let others = tokens.filter(|token| !is_id(token));
    let mut runs = others.flat_map(|token| token.split(|c: char| !c.is_ascii_digit()));
    runs.any(|run| {
        let local = match run.len() {
            11 => run,
            13 => run.strip_prefix("86").unwrap_or_default(),
            15 => run.strip_prefix("0086").unwrap_or_default(),
            _ => "",
        };
        let bytes = local.as_bytes();
        bytes.len() == 11 && bytes[0] == b'1' && bytes[1] >= b'3'
    })
}

/// Texts made of what the masking looks for.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        "1[3-9][0-9]{9}",
        "(\\+86|86|0086)1[3-9][0-9]{9}",
        "[a-z.+_-]{1,8}@[a-z0-9-]{1,8}(\\.[a-z]{1,4}){0,2}",
        "[@.+_ ,:-]{1,3}",
        "[0-9]{1,20}",
        "[标签客户，。]{1,4}",
        "[a-z]{1,5}",
    ];
    prop::collection::vec(fragment, 0..8).prop_map(|parts| parts.concat())
}

#[test]
fn ids_are_no_mobiles() {
    for id in ["00000000000000000000a13000000000", "31e49178-e8c4-e575-57d4-15313915310a"] {
        assert_eq!(mask_personal(id), id);
        assert!(is_id(id) && !shows_a_mobile(id));
    }
    assert!(shows_a_mobile("13000000000") && shows_a_mobile("a-13000000000"));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Row {
    #[serde(deserialize_with = "lenient::opt_int")]
    int: Option<i64>,
    #[serde(deserialize_with = "lenient::opt_bool")]
    flag: Option<bool>,
    #[serde(deserialize_with = "lenient::opt_string")]
    text: Option<String>,
    #[serde(deserialize_with = "lenient::list")]
    list: Vec<Value>,
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "(-?[0-9]{1,30}|true|false|<nil>| )".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn masking_never_panics_and_leaves_no_mobile(text in "\\PC{0,200}") {
        prop_assert!(!shows_a_mobile(&mask_personal(&text)));
    }

    #[test]
    fn masking_leaves_no_mobile_and_no_address_however_they_are_joined(text in fragments()) {
        let masked = mask_personal(&text);
        prop_assert!(!shows_a_mobile(&masked), "{} -> {}", text, masked);
        prop_assert_eq!(mask_personal(&masked), masked.as_ref(), "masking again changes nothing");
    }

    #[test]
    fn masking_leaves_no_mobile_beside_other_text(
        before in "[^0-9]{0,20}", mobile in "1[3-9][0-9]{9}", after in "[^0-9]{0,20}",
    ) {
        let masked = mask_personal(&format!("{before}{mobile}{after}")).into_owned();
        prop_assert!(!masked.contains(&mobile), "{}", masked);
    }

    #[test]
    fn masking_leaves_text_without_digits_and_at_signs_alone(text in "[^0-9@]{0,100}") {
        prop_assert_eq!(mask_personal(&text), text.as_str());
    }

    #[test]
    fn lenient_readers_never_panic(value in any_json()) {
        for member in ["int", "flag", "text", "list"] {
            let _ = serde_json::from_value::<Row>(json!({ member: value }));
            let _ = serde_json::from_str::<Row>(&json!({ member: value }).to_string());
        }
    }

    #[test]
    fn a_float_is_read_to_its_last_digit(float in any::<f64>().prop_filter("finite", |f| f.is_finite())) {
        let read: Value = serde_json::from_str(&json!(float).to_string()).unwrap();
        prop_assert_eq!(read.as_f64().map(f64::to_bits), Some(float.to_bits()));
    }

    #[test]
    fn an_integer_is_read_with_and_without_quotes(int in any::<i64>()) {
        for value in [json!(int), json!(int.to_string()), json!(format!(" {int} "))] {
            let row: Row = serde_json::from_value(json!({ "int": value })).unwrap();
            prop_assert_eq!(row.int, Some(int));
        }
    }

    #[test]
    fn an_integer_out_of_range_is_an_error_and_not_another_integer(int in any::<u64>()) {
        let row = serde_json::from_value::<Row>(json!({ "int": int.to_string() }));
        match i64::try_from(int) {
            Ok(int) => prop_assert_eq!(row.unwrap().int, Some(int)),
            Err(_) => prop_assert!(row.is_err()),
        }
    }

    #[test]
    fn a_text_or_an_id_keeps_every_digit(id in any::<u64>(), text in "\\PC{0,20}") {
        let row: Row = serde_json::from_value(json!({ "text": id })).unwrap();
        prop_assert_eq!(row.text, Some(id.to_string()));
        let row: Row = serde_json::from_value(json!({ "text": text })).unwrap();
        prop_assert_eq!(row.text, Some(text));
    }

    #[test]
    fn a_list_keeps_its_items(items in prop::collection::vec(any_json(), 0..5)) {
        let row: Row = serde_json::from_value(json!({ "list": items })).unwrap();
        prop_assert_eq!(row.list, items);
        prop_assert_eq!((row.int, row.flag), (None, None));
    }

    #[test]
    fn a_cursor_survives_storage_whatever_it_holds(position in "\\PC{0,60}") {
        let here = Platform::new("here");
        let cursor = Cursor::new(here, &"list", position.clone());
        let stored: Cursor = cursor.to_string().parse().unwrap();
        prop_assert_eq!(stored.position(here, &"list").unwrap(), position.as_str());
    }

    #[test]
    fn reading_a_cursor_or_a_time_never_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<Cursor>();
        let _ = text.parse::<Timestamp>();
        let _ = leadtag_core::PlatformTime::parse(&text, leadtag_core::UtcOffset::CHINA);
    }
}
