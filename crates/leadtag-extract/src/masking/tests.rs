use leadtag_core::{Lead, Platform, RawJson};
use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::{Masked, Masker, Names};

fn lead(raw: &str) -> Lead {
    let raw: RawJson = serde_json::from_str(raw).unwrap();
    Lead::new(Platform::new("here"), "1", raw)
}

/// The row of a lead of which nothing but the row is known.
fn masked(raw: &str) -> String {
    masked_of(&lead(raw))
}

fn masked_of(lead: &Lead) -> String {
    let names = Names::default();
    let masker = Masker::new(lead, &names);
    let raw: &RawValue = serde_json::from_str(lead.raw.as_str()).unwrap();
    serde_json::to_string(&Masked::new(&masker, raw)).unwrap()
}

#[test]
fn the_order_of_members_and_the_text_of_numbers_stay() {
    let row = r#"{"z":410983932389440,"a":1.50,"Score-1":209,"b":12345678901234567890123,"n":null,"t":true,"z":[]}"#;
    assert_eq!(masked(row), row);
}

#[test]
fn personal_values_are_masked_by_the_names_of_their_members() {
    assert_eq!(
        masked(
            r#"{"FullName":"王小明","MobilePhone":145678388,"Email":"ab@c.example","wechat":"wx_abc","姓名":"李四","IsLead":"是","avatar":null,"phone":""}"#
        ),
        r#"{"FullName":"王**","MobilePhone":"*********","Email":"a***@***","wechat":"wx***","姓名":"李**","IsLead":"是","avatar":null,"phone":""}"#
    );
}

#[test]
fn everything_within_a_personal_member_is_masked() {
    assert_eq!(
        masked(
            r#"{"Address":{"province":"上海","city":"上海市","area":["黄浦区",7],"known":true}}"#
        ),
        r#"{"Address":{"province":"上**","city":"上**","area":["黄**","**"],"known":true}}"#
    );
}

#[test]
fn a_field_that_says_what_it_is_masks_its_value() {
    assert_eq!(
        masked(
            r#"{"fields":[{"field":"mobile","type":8,"valueAsText":"[\"145678388\"]"},{"field":"customer_stage","type":2,"valueAsText":"396823724189760"},{"label":"微信号","value":"abc"},{"name":"手机","value":12}]}"#
        ),
        r#"{"fields":[{"field":"mobile","type":8,"valueAsText":"[\"*********\"]"},{"field":"customer_stage","type":2,"valueAsText":"396823724189760"},{"label":"微信号","value":"ab***"},{"name":"手**","value":"**"}]}"#
    );
}

#[test]
fn a_free_text_loses_mobiles_and_addresses_only() {
    assert_eq!(
        masked(
            r#"{"remark":"周三联系 199-0000-1234 或 a@b.example, 很感兴趣","x":19900001234,"19900001234":1}"#
        ),
        r#"{"remark":"周三联系 *** 或 ***, 很感兴趣","x":"***","***":1}"#
    );
}

#[test]
fn json_inside_a_string_is_looked_through_and_otherwise_left_as_it_is() {
    assert_eq!(
        masked(
            r#"{"a":"{ \"k\" : 1 }","b":"{\"nick\":\"王小明\",\"n\":\"[\\\"19900001234\\\"]\"}","c":"[broken 19900001234"}"#
        ),
        r#"{"a":"{ \"k\" : 1 }","b":"{\"nick\":\"王**\",\"n\":\"[\\\"***\\\"]\"}","c":"[broken ***"}"#
    );
}

#[test]
fn a_member_that_comes_twice_is_masked_twice() {
    assert_eq!(
        masked(r#"{"a":"{\"x\":\"19900001234\",\"x\":1}"}"#),
        r#"{"a":"{\"x\":\"***\",\"x\":1}"}"#
    );
}

#[test]
fn tags_keep_their_names() {
    let row = r#"{"tag_list":[{"tag_id":7,"tag_name":"高意向"}],"tags":[{"id":1,"name":"VIP"}]}"#;
    assert_eq!(masked(row), row);
}

#[test]
fn what_the_lead_declares_is_masked_wherever_it_comes_again() {
    let mut lead = lead(
        r#"{"column_12":"145678388","n":145678388,"title":"王小明 (示例公司)","q":"明","s":["w"]}"#,
    );
    lead.mobiles = vec!["145678388".into()];
    lead.name = Some("王小明".into());
    lead.company = Some("示例公司".into());
    assert_eq!(
        masked_of(&lead),
        r#"{"column_12":"*********","n":"*********","title":"王** (示**)","q":"明","s":["w"]}"#
    );
    lead.name = Some("w".into());
    assert!(masked_of(&lead).ends_with(r#""s":["**"]}"#));
}

#[test]
fn what_cannot_be_looked_through_is_hidden() {
    assert_eq!(masked(r#"{"a":"\ud800"}"#), r#"{"a":"***"}"#);
    let deep = format!("{}\"19900001234\"{}", "[".repeat(120), "]".repeat(120));
    assert!(masked(&deep).contains("***") && !masked(&deep).contains("1990000"));
}

#[test]
fn a_mobile_that_a_spreadsheet_has_made_a_number_of_is_masked() {
    assert_eq!(masked("[1.9900001234e10,19900001234.0,1e3]"), r#"["***","***.0",1e3]"#);
    let fractions = "[0.16666666667,133.33333333,139.12345678,19900001234.5]";
    assert_eq!(masked(fractions), fractions);
}

#[test]
fn a_masker_tells_whether_it_has_masked() {
    let lead = lead(r#"{"a":1}"#);
    let names = Names::default();
    let masker = Masker::new(&lead, &names);
    let raw: &RawValue = serde_json::from_str(lead.raw.as_str()).unwrap();
    serde_json::to_string(&Masked::new(&masker, raw)).unwrap();
    assert!(!masker.has_masked());
    assert_eq!(masker.text("19900001234"), "***");
    assert!(masker.has_masked());
}

const MOBILE: &str = "19900001234";
const INVALID: &str = "145678388";
const EMAIL: &str = "zhang.san@example.com";
const NAME: &str = "王小明";

fn text() -> impl Strategy<Value = String> {
    let known =
        prop::sample::select(vec![MOBILE, INVALID, EMAIL, NAME, "+86 199-0000-1234", "", "好"]);
    let around = || prop::sample::select(vec!["", " ", "电话:", "\"", "\\", "，", "\n", "{", "["]);
    (around(), known, around()).prop_map(|(before, known, after)| format!("{before}{known}{after}"))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        Just(json!(19_900_001_234_u64)),
        Just(json!(145_678_388)),
        Just(json!(null)),
        Just(json!(7)),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let names = || {
            let names = vec!["a", "mobile", "name", "field", "value", "tags", MOBILE, EMAIL];
            prop::sample::select(names).prop_map(str::to_owned)
        };
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(names(), inner.clone(), 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            inner.prop_map(|inner| Value::from(inner.to_string())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_of_the_lead_survives_in_any_json(value in value()) {
        let raw = to_raw_value(&value).unwrap();
        let mut lead = lead(raw.get());
        lead.mobiles = vec![MOBILE.into(), INVALID.into()];
        lead.emails = vec![EMAIL.into()];
        lead.name = Some(NAME.into());
        let shown = masked_of(&lead);
        for personal in [MOBILE, INVALID, EMAIL, NAME, "199-0000-1234"] {
            prop_assert!(!shown.contains(personal), "{personal}: {shown}");
        }
        prop_assert!(serde_json::from_str::<&RawValue>(&shown).is_ok(), "{shown}");
    }
}
