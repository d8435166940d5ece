//! Rows of a list, however their values are written.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use wecom_corptag::model::{CorpTagGroup, FailInfo, FollowedContact, StrategyTagGroup};

/// The ways to write a number that may be unset.
fn number() -> impl Strategy<Value = (Option<u32>, Option<String>)> {
    prop_oneof![
        any::<u32>().prop_map(|n| (Some(n), Some(n.to_string()))),
        any::<u32>().prop_map(|n| (Some(n), Some(format!("\"{n}\"")))),
        Just((None, Some("null".to_owned()))),
        Just((None, Some("\"\"".to_owned()))),
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

fn id() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        any::<u64>().prop_map(|n| (n.to_string(), n.to_string())),
        "[a-zA-Z0-9_-]{1,32}".prop_map(|id| (id.clone(), format!("\"{id}\""))),
    ]
}

fn member(name: &str, value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!(",\"{name}\":{value}"))
}

proptest! {
    #[test]
    fn a_row_is_read_in_every_spelling(
        (group_id, group_spelled) in id(),
        (tag_id, tag_spelled) in id(),
        name in any::<String>(),
        (order, order_spelled) in number(),
        (time, time_spelled) in number(),
        (deleted, deleted_spelled) in flag(),
        unknown in any::<Option<u8>>(),
    ) {
        let quoted = serde_json::to_string(&name).unwrap();
        let rest = [
            member("order", order_spelled.as_ref()),
            member("create_time", time_spelled.as_ref()),
            member("deleted", deleted_spelled.as_ref()),
            member("future", unknown.map(|n| n.to_string()).as_ref()),
        ].concat();
        let json = format!(
            r#"{{"group_name":{quoted},"group_id":{group_spelled}{rest},"tag":[{{"id":{tag_spelled},"name":{quoted}{rest}}}]}}"#
        );
        let group: CorpTagGroup = serde_json::from_str(&json).unwrap();
        let tag = &group.tag[0];
        prop_assert_eq!((group.group_id.as_str(), tag.id.as_str()), (&*group_id, &*tag_id));
        prop_assert_eq!((&group.group_name, &tag.name), (&name, &name));
        prop_assert_eq!((group.order, tag.order), (order, order));
        prop_assert_eq!((group.create_time, tag.create_time), (time.map(i64::from), time.map(i64::from)));
        prop_assert_eq!((group.deleted, tag.deleted), (deleted, deleted));
        prop_assert_eq!(group.extra.len(), usize::from(unknown.is_some()));
        prop_assert_eq!(tag.extra.len(), usize::from(unknown.is_some()));
    }

    #[test]
    fn no_list_of_tags_makes_it_panic(json in any::<String>()) {
        let _ = serde_json::from_str::<CorpTagGroup>(&json);
    }

    #[test]
    fn an_empty_list_of_tags_may_be_null_or_an_object(tags in prop_oneof!["null", r"\{\}", r"\[\]"]) {
        let json = format!(r#"{{"group_id":"etG","tag":{tags}}}"#);
        prop_assert!(serde_json::from_str::<CorpTagGroup>(&json).unwrap().tag.is_empty());
    }
}

#[test]
fn ids_in_a_list_of_ids_are_read_as_numbers_too() {
    let json = r#"{"unlicensed_userid_list":[1,"b",410983932389440]}"#;
    let failed: FailInfo = serde_json::from_str(json).unwrap();
    assert_eq!(failed.unlicensed_userid_list, ["1", "b", "410983932389440"]);
}

#[test]
fn a_customer_in_a_batch_may_come_without_its_parts() {
    let json = r#"{"external_contact":null,"follow_info":null}"#;
    let followed: FollowedContact = serde_json::from_str(json).unwrap();
    assert_eq!(followed, FollowedContact::default());
}

#[test]
fn an_odd_number_costs_no_tag_and_is_kept() {
    let odd = r#""order":-1,"create_time":"soon""#;
    let json = format!(r#"{{"group_id":"etG",{odd},"tag":[{{"id":"etT","name":"a",{odd}}}]}}"#);
    let group: CorpTagGroup = serde_json::from_str(&json).unwrap();
    let tag = &group.tag[0];
    assert_eq!((tag.name.as_str(), tag.order, tag.create_time), ("a", None, None));
    for extra in [&group.extra, &tag.extra] {
        assert_eq!(
            (extra.get("order"), extra.get("create_time")),
            (Some(&serde_json::json!(-1)), Some(&serde_json::json!("soon")),)
        );
    }
    let group: StrategyTagGroup = serde_json::from_str(&json).unwrap();
    assert_eq!((group.order, group.extra.len()), (None, 2));
}
