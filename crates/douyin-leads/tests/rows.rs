//! Values and rows, however they are written.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use douyin_leads::model::{
    ActionType, BindTag, DeleteTag, Gender, LeadsLevel, ListTags, ListUserActions, ListUsers,
};
use leadtag_core::{Extra, RetryPolicy};
use leadtag_testkit::{ReplayTransport, Reply};
use proptest::prelude::*;
use std::sync::Arc;

/// The ways to write a number that may be unset.
fn number() -> impl Strategy<Value = (Option<i64>, Option<String>)> {
    prop_oneof![
        any::<i64>().prop_map(|n| (Some(n), Some(n.to_string()))),
        any::<i64>().prop_map(|n| (Some(n), Some(format!("\"{n}\"")))),
        unset(),
    ]
}

fn unset<T: Clone + std::fmt::Debug + 'static>()
-> impl Strategy<Value = (Option<T>, Option<String>)> {
    let written = prop_oneof![
        Just(Some("null".to_owned())),
        Just(Some("\"\"".to_owned())),
        Just(Some("\"<nil>\"".to_owned())),
        Just(None),
    ];
    written.prop_map(|text| (None, text))
}

fn flag() -> impl Strategy<Value = (Option<bool>, Option<String>)> {
    let spelled = |value, text: &str| Just((Some(value), Some(text.to_owned())));
    prop_oneof![
        spelled(true, "true"),
        spelled(false, "false"),
        spelled(true, "\"true\""),
        spelled(false, "\"false\""),
        spelled(true, "1"),
        spelled(false, "\"0\""),
        unset(),
    ]
}

/// A list with nothing in it.
fn no_list() -> impl Strategy<Value = String> {
    prop_oneof!["null", r"\{\}", r"\[\]", r#""<nil>""#, r#""""#, r#"\["<nil>"\]"#, r"\[null\]"]
}

fn success() -> impl Strategy<Value = String> {
    prop_oneof!["0", r#""0""#]
}

fn member(name: &str, value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!(",\"{name}\":{value}"))
}

fn client(body: String) -> douyin_leads::DouyinClient {
    let transport = ReplayTransport::handler(move |_| Reply::bytes(body.clone()));
    douyin_leads::DouyinClient::builder()
        .open_id(support::OPEN_ID)
        .access_token(support::TOKEN)
        .transport(Arc::new(transport))
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_lead_is_read_in_every_spelling(
        (age, age_spelled) in number(),
        (level, level_spelled) in number(),
        (gender, gender_spelled) in number(),
        (tag_id, tag_spelled) in number(),
        (follows, follow_spelled) in flag(),
        (more, more_spelled) in flag(),
        code in success(),
        name in any::<String>(),
        unknown in any::<Option<u8>>(),
    ) {
        let quoted = serde_json::to_string(&name).unwrap();
        let rest = [
            member("age", age_spelled.as_ref()),
            member("leads_level", level_spelled.as_ref()),
            member("gender", gender_spelled.as_ref()),
            member("is_follow", follow_spelled.as_ref()),
            member("future", unknown.map(|n| n.to_string()).as_ref()),
        ].concat();
        let tag = format!("{{\"tag_name\":{quoted}{}}}", member("tag_id", tag_spelled.as_ref()));
        let more_spelled = member("has_more", more_spelled.as_ref());
        let body = format!(
            r#"{{"data":{{"users":["<nil>",{{"open_id":"u","tag_list":[{tag},"<nil>"]{rest}}}],"error_code":{code}{more_spelled},"cursor":7}},"extra":{{"now":"1"}}}}"#
        );
        let page = wait(client(body).list_users(&ListUsers::between(0, 1))).unwrap();
        prop_assert_eq!(page.users.len(), 1);
        let user = &page.users[0];
        prop_assert_eq!((user.age, user.leads_level), (age, level.map(LeadsLevel)));
        prop_assert_eq!((user.gender, user.is_follow), (gender.map(Gender), follows));
        prop_assert_eq!((page.has_more, page.cursor.as_deref()), (more, Some("7")));
        prop_assert_eq!(user.tag_list[0].tag_id, tag_id);
        let expected = (name != "<nil>").then_some(name);
        prop_assert_eq!(user.tag_list[0].tag_name.clone(), expected);
        prop_assert_eq!((user.tag_list.len(), user.extra.len()), (1, usize::from(unknown.is_some())));
    }

    #[test]
    fn an_empty_list_is_empty_in_every_spelling(
        list in no_list(),
        (_, cursor) in unset::<String>(),
        (_, more) in unset::<bool>(),
        code in success(),
    ) {
        let rest = [member("cursor", cursor.as_ref()), member("has_more", more.as_ref())].concat();
        let body = format!(r#"{{"data":{{"error_code":{code},"list":{list},"users":{list}{rest}}}}}"#);
        let users = wait(client(body.clone()).list_users(&ListUsers::between(0, 1))).unwrap();
        prop_assert!(users.users.is_empty() && users.list.is_empty() && users.cursor.is_none());
        let tags = wait(client(body.clone()).all_tags()).unwrap();
        prop_assert!(tags.is_empty());
        let actions = wait(client(body).list_user_actions(&ListUserActions::of("u"))).unwrap();
        prop_assert_eq!((actions.list.len(), actions.has_more), (0, None));
    }

    #[test]
    fn an_interaction_is_read_in_every_spelling(
        (kind, kind_spelled) in number(),
        (flag, flag_spelled) in number(),
        (time, time_spelled) in number(),
    ) {
        let rest = [
            member("action_type", kind_spelled.as_ref()),
            member("action_flag", flag_spelled.as_ref()),
            member("create_time", time_spelled.as_ref()),
        ].concat();
        let body = format!(r#"{{"data":{{"error_code":0,"list":[{{"user_id":"u"{rest}}}]}}}}"#);
        let page = wait(client(body).list_user_actions(&ListUserActions::of("u"))).unwrap();
        let action = &page.list[0];
        prop_assert_eq!(action.action_type, kind.map(ActionType));
        prop_assert_eq!((action.action_flag, action.create_time), (flag, time));
    }

    #[test]
    fn a_code_is_found_at_every_level_in_every_spelling(
        code in 1_i64..99_999_999,
        quoted in any::<bool>(),
        zero in success(),
        level in 0_usize..8,
    ) {
        let spelled = if quoted { format!("\"{code}\"") } else { code.to_string() };
        let body = [
            r#"{"data":{"error_code":CODE,"description":"x"}}"#,
            r#"{"data":{"error_code":ZERO,"list":[]},"extra":{"error_code":CODE}}"#,
            r#"{"data":{"error_code":ZERO,"list":[]},"extra":{"error_code":ZERO,"sub_error_code":CODE}}"#,
            r#"{"err_no":CODE,"err_msg":"x","log_id":"L","data":null}"#,
            r#"{"base":{"gateway_code":CODE,"biz_code":ZERO}}"#,
            r#"{"base":{"gateway_code":ZERO,"biz_code":CODE},"data":{"error_code":ZERO}}"#,
            r#"{"error_code":CODE,"data":{"error_code":ZERO,"list":[]}}"#,
            r#"{"data":{"list":7},"extra":{"error_code":CODE}}"#,
        ][level].replace("CODE", &spelled).replace("ZERO", &zero);
        let error = wait(client(body).list_tags(&ListTags::first())).unwrap_err();
        prop_assert_eq!(error.platform_code(), Some(code));
    }

    #[test]
    fn no_answer_makes_it_panic(body in any::<String>()) {
        let _ = wait(client(body).list_tags(&ListTags::first()));
    }
}

#[test]
fn what_is_no_row_is_an_error_and_not_left_out() {
    for users in [r#"["u"]"#, "[7]", "[[]]", r#"{"a":1}"#, "true", r#""u""#] {
        let body = format!(r#"{{"data":{{"error_code":0,"users":{users}}}}}"#);
        assert!(wait(client(body).list_users(&ListUsers::between(0, 1))).is_err(), "{users}");
    }
}

#[test]
fn unknown_members_are_reachable() {
    let body = r#"{"data":{"error_code":0,"list":[],"total":3},"extra":{"now":5,"new":1},"top":2}"#;
    let reply = wait(client(body.to_owned()).list_tags(&ListTags::first())).unwrap();
    let names = |extra: &Extra| extra.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&reply.value.extra), ["total"]);
    assert_eq!(names(&reply.extra), ["extra.new", "extra.now", "top"]);
}

#[tokio::test]
async fn unknown_members_beside_what_has_no_value_are_reachable() {
    let body = r#"{"data":{"error_code":0,"left":4},"base":{"biz_code":0,"region":"cn"}}"#;
    let client = client(body.to_owned());
    let bound = client.bind_tag(&BindTag::bind(7, "u-1")).await.unwrap();
    let deleted = client.delete_tag(&DeleteTag::new(7)).await.unwrap();
    for reply in [bound, deleted] {
        assert_eq!(reply.extra.get("data.left"), Some(&4.into()));
        assert_eq!(reply.extra.get("base.region"), Some(&"cn".into()));
    }
}
