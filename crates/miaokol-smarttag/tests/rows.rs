//! Rows of a list, however their values are written.
#![allow(clippy::unwrap_used, missing_docs)]

use miaokol_smarttag::model::{Pager, SmartTagGroup, SmartTagKind, WechatAccount};
use proptest::prelude::*;

/// The ways to write a number that may be unset.
fn number() -> impl Strategy<Value = (Option<u32>, Option<String>)> {
    prop_oneof![
        any::<u32>().prop_map(|n| (Some(n), Some(n.to_string()))),
        any::<u32>().prop_map(|n| (Some(n), Some(format!("\"{n}\"")))),
        Just((None, Some("null".to_owned()))),
        Just((None, Some("\"\"".to_owned()))),
        Just((None, Some("\"<nil>\"".to_owned()))),
        Just((None, None)),
    ]
}

fn id() -> impl Strategy<Value = (String, String)> {
    (any::<u64>(), any::<bool>()).prop_map(|(id, quoted)| {
        (id.to_string(), if quoted { format!("\"{id}\"") } else { id.to_string() })
    })
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
        (number, number_spelled) in number(),
        (kind, kind_spelled) in number(),
        unknown in any::<Option<u8>>(),
    ) {
        let quoted = serde_json::to_string(&name).unwrap();
        let future = member("future", unknown.map(|n| n.to_string()).as_ref());
        let json = format!(
            r#"{{"name":{quoted},"id":{group_spelled}{}{}{future},"tags":[{{"id":{tag_spelled},"name":{quoted},"parent_id":{group_spelled}{}{}{future}}}]}}"#,
            member("number", number_spelled.as_ref()),
            member("type", kind_spelled.as_ref()),
            member("sort", number_spelled.as_ref()),
            member("contact_cnt", number_spelled.as_ref()),
        );
        let group: SmartTagGroup = serde_json::from_str(&json).unwrap();
        let tag = &group.tags[0];
        prop_assert_eq!((group.id.as_str(), tag.id.as_str()), (&*group_id, &*tag_id));
        prop_assert_eq!(tag.parent_id.as_ref(), Some(&group.id));
        prop_assert_eq!((&group.name, &tag.name), (&name, &name));
        prop_assert_eq!((group.number, tag.sort), (number.map(i64::from), number.map(i64::from)));
        prop_assert_eq!(tag.contact_cnt, number.map(u64::from));
        prop_assert_eq!(group.kind, kind.map(|kind| SmartTagKind::from(i64::from(kind))));
        prop_assert_eq!(group.extra.len(), usize::from(unknown.is_some()));
        prop_assert_eq!(tag.extra.len(), usize::from(unknown.is_some()));
    }

    #[test]
    fn no_list_of_tags_makes_it_panic(json in any::<String>()) {
        let _ = serde_json::from_str::<SmartTagGroup>(&json);
        let _ = serde_json::from_str::<Pager>(&json);
    }

    #[test]
    fn an_empty_list_of_tags_may_be_null_or_an_object(tags in prop_oneof!["null", r"\{\}", r"\[\]"]) {
        let json = format!(r#"{{"id":7,"tags":{tags}}}"#);
        prop_assert!(serde_json::from_str::<SmartTagGroup>(&json).unwrap().tags.is_empty());
    }
}

#[test]
fn a_kind_that_nobody_knows_is_kept() {
    for (json, kind) in [
        (r#"{"type":1}"#, Some(SmartTagKind::Tag)),
        (r#"{"type":"2"}"#, Some(SmartTagKind::Group)),
        (r#"{"type":9}"#, Some(SmartTagKind::Other(9))),
        (r#"{"type":null}"#, None),
    ] {
        let group: SmartTagGroup = serde_json::from_str(json).unwrap();
        assert_eq!(group.kind, kind);
    }
}

#[test]
fn ids_of_fifteen_digits_and_more_are_exact() {
    let json = r#"{"id":410983932389440,"tags":[{"id":18446744073709551615}]}"#;
    let group: SmartTagGroup = serde_json::from_str(json).unwrap();
    assert_eq!(group.id.as_str(), "410983932389440");
    assert_eq!(group.tags[0].id.as_str(), "18446744073709551615");
    let account: WechatAccount = serde_json::from_str(r#"{"wxid":1600000000000001}"#).unwrap();
    assert_eq!(account.wxid.unwrap().reveal(), "1600000000000001");
}

#[test]
fn an_odd_number_costs_no_tag_and_is_kept() {
    let json = r#"{"id":7,"number":"many","tags":[{"id":8,"sort":1.5,"contact_cnt":-1}]}"#;
    let group: SmartTagGroup = serde_json::from_str(json).unwrap();
    let tag = &group.tags[0];
    assert_eq!((group.number, tag.sort, tag.contact_cnt), (None, None, None));
    assert_eq!(group.extra.get("number"), Some(&serde_json::json!("many")));
    assert_eq!(tag.extra.get("sort"), Some(&serde_json::json!(1.5)));
    assert_eq!(tag.extra.get("contact_cnt"), Some(&serde_json::json!(-1)));
}
