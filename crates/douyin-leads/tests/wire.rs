//! What goes over the wire: method, path, query, headers and exact bytes of each endpoint, and what
//! is made of the answers.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use douyin_leads::model::{
    ActionType, BindTag, CreateTag, DeleteTag, Gender, LeadsLevel, ListTagUsers, ListTags,
    ListUserActions, ListUsers, UpdateTag, UserDetail,
};
use douyin_leads::{RawCall, TokenPlacement};
use leadtag_core::ErrorKind;
use support::{OPEN_ID, REFRESH, Seen, Stub, TOKEN};

const EXTRA: &str = r#""extra":{"logid":"20200812A","now":1597213176393,"error_code":0,"description":"","sub_error_code":0,"sub_description":""}"#;

fn answer(data: &str) -> String {
    format!(r#"{{"data":{{"error_code":0,"description":""{data}}},{EXTRA},"message":"success"}}"#)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let account = [("open_id", OPEN_ID)];
    let all = account.iter().chain(expected);
    all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn is_post(call: &Seen, api: &str, body: &str) {
    assert_eq!((call.method.as_str(), call.text()), ("POST", body));
    assert_eq!(call.path, format!("/enterprise/leads/{api}/"));
    assert_eq!(call.query, pairs(&[]));
    assert_eq!(call.header("content-type"), Some("application/json"));
    is_authorised(call);
}

#[track_caller]
fn is_get(call: &Seen, api: &str, query: &[(&str, &str)]) {
    assert_eq!((call.method.as_str(), call.text()), ("GET", ""));
    assert_eq!(call.path, format!("/enterprise/leads/{api}/"));
    assert_eq!(call.query, pairs(query));
    is_authorised(call);
}

#[track_caller]
fn is_authorised(call: &Seen) {
    assert_eq!(call.header("access-token"), Some(TOKEN));
    assert_eq!(call.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn a_tag_is_created() {
    let stub = Stub::answering(answer(r#","tag_id":7001"#)).await;
    let reply = stub.client().create_tag(&CreateTag::named("vip")).await.unwrap();
    assert_eq!((reply.tag_id, reply.request_id.as_deref()), (Some(7001), Some("20200812A")));
    is_post(&stub.call(), "tag/create", r#"{"tag_name":"vip"}"#);
}

#[tokio::test]
async fn a_tag_is_renamed() {
    let stub = Stub::answering(answer(r#","tag_id":"7001""#)).await;
    let reply = stub.client().update_tag(&UpdateTag::rename(7001, "vip2")).await.unwrap();
    assert_eq!(reply.tag_id, Some(7001));
    is_post(&stub.call(), "tag/update", r#"{"tag_id":7001,"tag_name":"vip2"}"#);
}

#[tokio::test]
async fn a_tag_is_deleted() {
    let stub = Stub::answering(answer("")).await;
    stub.client().delete_tag(&DeleteTag::new(1_680_000_000_000_001)).await.unwrap();
    is_post(&stub.call(), "tag/delete", r#"{"tag_id":1680000000000001}"#);
}

#[tokio::test]
async fn a_tag_is_put_on_and_taken_off() {
    let stub = Stub::answering(answer("")).await;
    let client = stub.client();
    client.bind_tag(&BindTag::bind(7001, "u-1")).await.unwrap();
    client.bind_tag(&BindTag::unbind(7001, "u-1")).await.unwrap();
    let body = r#"{"tag_id":7001,"user_id":"u-1","bind":"#;
    is_post(&stub.calls()[0], "tag/user/update", &format!("{body}true}}"));
    is_post(&stub.calls()[1], "tag/user/update", &format!("{body}false}}"));
}

#[tokio::test]
async fn tags_are_listed_and_a_cursor_is_echoed() {
    let page = r#","cursor":10,"has_more":true,"list":[{"tag_id":7001,"tag_name":"vip"}]"#;
    let stub = Stub::answering(answer(page)).await;
    let reply = stub.client().list_tags(&ListTags::first()).await.unwrap();
    assert_eq!((reply.cursor.as_deref(), reply.has_more), (Some("10"), Some(true)));
    assert_eq!(reply.list[0].tag_name.as_deref(), Some("vip"));
    let next = ListTags::first().with_count(20).with_cursor("10");
    stub.client().list_tags(&next).await.unwrap();
    is_get(&stub.calls()[0], "tag/list", &[("count", "10")]);
    is_get(&stub.calls()[1], "tag/list", &[("count", "20"), ("cursor", "10")]);
}

#[tokio::test]
async fn the_users_of_a_tag_are_listed() {
    let page = r#","cursor":0,"has_more":false,"list":["u-1","u-2"]"#;
    let stub = Stub::answering(answer(page)).await;
    let reply = stub.client().list_tag_users(&ListTagUsers::of(7001)).await.unwrap();
    assert_eq!(reply.list, ["u-1", "u-2"]);
    is_get(&stub.call(), "tag/user/list", &[("tag_id", "7001"), ("count", "10")]);
}

#[tokio::test]
async fn leads_are_listed_with_every_filter() {
    let page = r#","cursor":1,"has_more":false,"list":["u-1"],
  "users":[{"open_id":"u-1","nickname":"n","avatar":"https://e.example/a.jpg","telephone":"","wechat":"","city":"x","gender":1,"age":30,
            "leads_level":2,"is_follow":true,"tag_list":[{"tag_id":7001,"tag_name":"vip"}]}]"#;
    let stub = Stub::answering(answer(page)).await;
    let request = ListUsers::between(1_597_000_000, 1_597_200_000);
    let reply = stub.client().list_users(&request).await.unwrap();
    let user = &reply.users[0];
    assert_eq!((user.gender, user.age), (Some(Gender::MALE), Some(30)));
    assert_eq!((user.leads_level, user.is_follow), (Some(LeadsLevel::WILLING), Some(true)));
    assert_eq!(user.nickname.as_ref().unwrap().reveal(), "n");
    assert_eq!(user.telephone.as_ref().unwrap().reveal(), "");
    assert_eq!((reply.list[0].as_str(), user.open_id.as_deref()), ("u-1", Some("u-1")));
    let filtered = request
        .with_count(50)
        .with_action_type(ActionType::LIVE)
        .with_cursor("a&b")
        .with_level(LeadsLevel::NOT_INTERESTED);
    stub.client().list_users(&filtered).await.unwrap();
    let time = [("start_time", "1597000000"), ("end_time", "1597200000")];
    let [start, end] = time;
    is_get(&stub.calls()[0], "user/list", &[("count", "10"), start, end, ("action_type", "0")]);
    let rest = [("action_type", "5"), ("cursor", "a&b"), ("leads_level", "-1")];
    let [kind, cursor, level] = rest;
    is_get(&stub.calls()[1], "user/list", &[("count", "50"), start, end, kind, cursor, level]);
}

#[tokio::test]
async fn a_lead_is_read() {
    let body = r#"{"data":{"error_code":0,"description":"","open_id":"u-1","nickname":"n","leads_level":2,"tag_list":[],"is_follow":false},"extra":{"logid":"L"},"message":"success"}"#;
    let stub = Stub::answering(body).await;
    let user = stub.client().user_detail(&UserDetail::of("u-1")).await.unwrap();
    assert_eq!((user.open_id.as_deref(), user.is_follow), (Some("u-1"), Some(false)));
    assert!(user.tag_list.is_empty() && user.value.extra.is_empty());
    is_get(&stub.call(), "user/detail", &[("user_id", "u-1")]);
}

#[tokio::test]
async fn interactions_are_listed() {
    let page = r#","cursor":"c2","has_more":true,
  "list":[{"user_id":"u-1","action_type":1,"action_flag":1,"action_source":"","create_time":1597000001}]"#;
    let stub = Stub::answering(answer(page)).await;
    let reply = stub.client().list_user_actions(&ListUserActions::of("u-1")).await.unwrap();
    let action = &reply.list[0];
    assert_eq!(action.action_type, Some(ActionType::PRIVATE_MESSAGE));
    assert_eq!((action.action_flag, action.create_time), (Some(1), Some(1_597_000_001)));
    let next = ListUserActions::of("u-1").with_cursor("c2").with_action_type(ActionType(9));
    stub.client().list_user_actions(&next).await.unwrap();
    let (user, count) = (("user_id", "u-1"), ("count", "10"));
    is_get(&stub.calls()[0], "user/action/list", &[user, count]);
    let rest = [user, count, ("cursor", "c2"), ("action_type", "9")];
    is_get(&stub.calls()[1], "user/action/list", &rest);
}

#[tokio::test]
async fn the_token_goes_into_the_query_on_request_and_never_into_both() {
    let stub = Stub::answering(answer(r#","list":[]"#)).await;
    let client = stub.builder().token_placement(TokenPlacement::Query).build().unwrap();
    client.list_tags(&ListTags::first()).await.unwrap();
    let call = stub.call();
    assert_eq!(call.header("access-token"), None);
    assert_eq!(call.query, pairs(&[("access_token", TOKEN), ("count", "10")]));
}

#[tokio::test]
async fn a_refresh_is_a_form_and_carries_no_token_of_its_own() {
    let stub = Stub::answering(answer(r#","list":[]"#)).await;
    stub.client().list_tags(&ListTags::first()).await.unwrap();
    let calls = stub.token_calls();
    let [refresh] = calls.as_slice() else { unreachable!("{calls:?}") };
    assert_eq!((refresh.method.as_str(), &*refresh.path), ("POST", "/oauth/refresh_token/"));
    assert_eq!(refresh.header("content-type"), Some("application/x-www-form-urlencoded"));
    let body = format!(
        "client_key={}&grant_type=refresh_token&refresh_token={REFRESH}",
        support::CLIENT_KEY
    );
    assert_eq!(refresh.text(), body);
    assert!(refresh.query.is_empty() && refresh.header("access-token").is_none());
}

#[tokio::test]
async fn a_raw_call_has_account_token_and_slash() {
    let stub = Stub::answering(answer(r#","x":1"#)).await;
    let client = stub.client();
    let call = RawCall::get("/enterprise/im/card/list").with_query("count", "5");
    assert_eq!(client.send(&call).await.unwrap()["data"]["x"], 1);
    client.call("tag/delete", &serde_json::json!({"tag_id": 7})).await.unwrap();
    let calls = stub.calls();
    assert_eq!((calls[0].method.as_str(), &*calls[0].path), ("GET", "/enterprise/im/card/list/"));
    assert_eq!(calls[0].query, pairs(&[("count", "5")]));
    is_authorised(&calls[0]);
    is_post(&calls[1], "tag/delete", r#"{"tag_id":7}"#);
    let refused = RawCall::get("tag/list").with_query("access_token", "x");
    assert_eq!(client.send(&refused).await.unwrap_err().kind(), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_sent() {
    let stub = Stub::answering(answer("")).await;
    let client = stub.client();
    let errors = [
        client.create_tag(&CreateTag::named(" ")).await.unwrap_err(),
        client.update_tag(&UpdateTag::rename(1, "")).await.unwrap_err(),
        client.bind_tag(&BindTag::bind(1, "")).await.unwrap_err(),
        client.user_detail(&UserDetail::of("")).await.unwrap_err(),
        client.list_user_actions(&ListUserActions::of(" ")).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty());
}
