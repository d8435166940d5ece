//! What goes over the wire: method, path, headers, signature and exact bytes of each endpoint, and
//! the documents' own examples.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use crm_v3::CrmV3Client;
use crm_v3::RawCall;
use crm_v3::model::{FieldType, GetClue, ListClueFollowUps, ListCluesByCreateTimeAsc, OptionId};
use leadtag_core::ErrorKind;
use serde_json::json;
use support::{APP_ID, APP_KEY, Seen, Stub, ok};

const DONE: &str = r#"{"code":0,"message":"success","data":null}"#;

/// Calls one endpoint, whatever it answers.
async fn sent(call: impl AsyncFnOnce(CrmV3Client)) -> Seen {
    let stub = Stub::answering(DONE).await;
    call(stub.client()).await;
    stub.call()
}

async fn every_read() -> Vec<(&'static str, &'static str, Seen)> {
    vec![
        (
            "/api/v3/clue/get",
            r#"{"customerId":410983932389440}"#,
            sent(async |c| drop(c.get_clue(&GetClue::new(410_983_932_389_440)).await)).await,
        ),
        (
            "/api/v3/clue/list-by-create-time-asc",
            "{}",
            sent(async |c| {
                drop(c.list_clues_by_create_time_asc(&ListCluesByCreateTimeAsc::all()).await);
            })
            .await,
        ),
        (
            "/api/v3/clue/list-by-create-time-asc",
            r#"{"since":"2024-01-01 00:00:00","before":"2024-01-02 00:00:00","size":100,"cursor":"abc","type":1}"#,
            sent(async |c| {
                let list = ListCluesByCreateTimeAsc::all()
                    .with_since("2024-01-01 00:00:00")
                    .with_before("2024-01-02 00:00:00")
                    .with_size(100)
                    .with_cursor("abc")
                    .with_type(1);
                drop(c.list_clues_by_create_time_asc(&list).await);
            })
            .await,
        ),
        (
            "/api/v3/clue/list-follow-up",
            r#"{"customerId":8}"#,
            sent(async |c| drop(c.list_clue_follow_ups(&ListClueFollowUps::of(8)).await)).await,
        ),
        (
            "/api/v3/clue/list-follow-up",
            r#"{"customerId":8,"size":10,"type":2,"cursor":"x"}"#,
            sent(async |c| {
                let list = ListClueFollowUps::of(8).with_size(10).with_type(2).with_cursor("x");
                drop(c.list_clue_follow_ups(&list).await);
            })
            .await,
        ),
        ("/api/v3/tags/list-tree", "{}", sent(async |c| drop(c.list_tag_tree().await)).await),
        ("/api/v3/profile-fields", "{}", sent(async |c| drop(c.profile_fields().await)).await),
        (
            "/api/v2/customer/list-fields",
            "{}",
            sent(async |c| drop(c.list_customer_fields().await)).await,
        ),
        (
            "/api/v3/echo",
            r#"{"描述":[1,null]}"#,
            sent(async |c| drop(c.echo(&json!({ "描述": [1, null] })).await)).await,
        ),
        (
            "/api/v3/customer/search",
            r#"{"searchKey":"张"}"#,
            sent(async |c| drop(c.call("customer/search", &json!({ "searchKey": "张" })).await))
                .await,
        ),
        (
            "/api/v2/push-register",
            "{ \"a\" : 1 }",
            sent(async |c| {
                drop(c.send(&RawCall::post("/api/v2/push-register", "{ \"a\" : 1 }")).await);
            })
            .await,
        ),
    ]
}

#[tokio::test]
async fn every_call_is_a_post_with_its_path_and_its_exact_body() {
    for (path, body, seen) in every_read().await {
        assert_eq!((seen.method.as_str(), seen.path.as_str()), ("POST", path));
        assert_eq!(seen.text(), body, "{path}");
        assert_eq!(seen.header("content-type"), Some("application/json"), "{path}");
        assert!(seen.query.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_bytes_that_are_sent_are_the_bytes_that_are_signed() {
    for (path, _, seen) in every_read().await {
        assert_eq!(seen.header("appId"), Some(APP_ID), "{path}");
        assert_eq!(seen.header("timestamp").unwrap().len(), 13, "{path}");
        assert_eq!(seen.header("sign"), Some(seen.expected_sign().as_str()), "{path}");
        assert_eq!(seen.header("content-encoding"), None, "{path}");
    }
}

#[tokio::test]
async fn the_key_is_never_sent() {
    for (path, _, seen) in every_read().await {
        assert_eq!(seen.header("appKey"), None, "{path}");
        assert!(!format!("{seen:?}").contains(APP_KEY), "{path}");
        assert!(!seen.text().contains(APP_KEY), "{path}");
    }
}

#[tokio::test]
async fn a_path_prefix_is_kept() {
    let stub = Stub::answering(DONE).await;
    stub.client_at("/apiServer").list_tag_tree().await.unwrap();
    stub.client_at("/apiServer").list_customer_fields().await.unwrap();
    let paths: Vec<_> = stub.calls().iter().map(|call| call.path.clone()).collect();
    let expected = ["/apiServer/api/v3/tags/list-tree", "/apiServer/api/v2/customer/list-fields"];
    assert_eq!(paths, expected);
}

#[tokio::test]
async fn the_documents_request_for_one_lead_is_sent_as_it_stands() {
    let documented: serde_json::Value =
        serde_json::from_str(include_str!("documented/clue_get.request.json")).unwrap();
    let seen = sent(async |c| drop(c.get_clue(&GetClue::new(8)).await)).await;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap(), documented);
}

#[tokio::test]
async fn the_documents_lead_is_read_whole() {
    let stub = Stub::answering(include_str!("documented/clue_get.response.json")).await;
    let clue = stub.client().get_clue(&GetClue::new(410_983_932_389_440)).await.unwrap();
    assert_eq!(clue.customer_id, 410_983_932_389_440);
    assert_eq!((clue.is_clue, clue.clue_type), (Some(false), Some(1)));
    assert_eq!(clue.create_time.as_deref(), Some("2021-05-11 15:15:48"));
    assert_eq!(clue.last_update_time.as_deref(), Some("2021-05-11 15:15:48"));
    assert_eq!((clue.fields.len(), clue.tag_ids.len()), (10, 0));
    assert_eq!((&clue.convert_customer_time, &clue.company_info), (&None, &None));
    assert!(clue.extra.is_empty() && clue.fields.iter().all(|field| field.extra.is_empty()));
    for unset in
        ["customer_source", "address", "birthday", "corp_name", "purchase_intention", "gender"]
    {
        assert_eq!(clue.field(unset).unwrap().value_as_text, None, "{unset}");
    }
    assert_eq!(clue.text("name").unwrap().reveal(), "打马赛克就");
    assert_eq!(clue.field("customer_stage").unwrap().field_type, Some(FieldType::Choice));
    assert_eq!(clue.text("customer_stage").unwrap().reveal(), "396823724189760");
}

#[tokio::test]
async fn an_invalid_mobile_is_kept_and_told() {
    let stub = Stub::answering(include_str!("documented/clue_get.response.json")).await;
    let clue = stub.client().get_clue(&GetClue::new(410_983_932_389_440)).await.unwrap();
    let mobiles = clue.mobiles();
    assert_eq!(mobiles.len(), 1);
    assert_eq!((mobiles[0].reveal(), mobiles[0].is_valid()), ("145678388", false));
}

#[tokio::test]
async fn a_page_of_leads_tells_where_the_next_one_begins() {
    let page = r#"{"list":[{"customerId":1,"isClue":true,"type":1,"fields":[],"tagIds":["etA",11],"createTime":"2024-01-01 08:00:00","lastUpdateTime":"2024-01-01 08:00:00"}],"nextCursor":"abc"}"#;
    let stub = Stub::answering(ok(page)).await;
    let all = ListCluesByCreateTimeAsc::all();
    let page = stub.client().list_clues_by_create_time_asc(&all).await.unwrap();
    let ids: Vec<_> = page.list[0].tag_ids.iter().map(|id| id.as_str()).collect();
    assert_eq!(ids, ["etA", "11"]);
    assert_eq!((page.next_after(None), page.next_after(Some("abc"))), (Some("abc"), None));
    for end in [r#""list":[]"#, r#""list":null,"nextCursor":null"#, r#""list":{},"nextCursor":"""#]
    {
        stub.answer(200, ok(&format!("{{{end}}}")));
        let page = stub.client().list_clues_by_create_time_asc(&all).await.unwrap();
        assert_eq!((page.list.len(), page.next_after(None)), (0, None), "{end}");
    }
}

#[tokio::test]
async fn follow_ups_are_read() {
    let page = r#"{"list":[
        {"id":410983932389441,"type":1,"content":"通过接口导入","createTime":"2021-07-20 10:05:03.407454","operator":{"qwUserId":"","name":"API"}},
        {"id":"2","type":"2","content":null,"createTime":null,"operator":null,"new":1}],"nextCursor":7}"#;
    let stub = Stub::answering(ok(page)).await;
    let client = stub.client();
    let page = client.list_clue_follow_ups(&ListClueFollowUps::of(8)).await.unwrap();
    let [note, log] = page.list.as_slice() else { unreachable!("{page:?}") };
    assert_eq!((note.id, note.follow_up_type), (Some(410_983_932_389_441), Some(1)));
    assert_eq!(note.content.as_ref().unwrap().reveal(), "通过接口导入");
    let at = client.time(note.create_time.as_deref().unwrap()).instant().unwrap();
    assert_eq!(at.to_string(), "2021-07-20T02:05:03.407454Z");
    let operator = note.operator.as_ref().unwrap();
    assert_eq!(operator.qw_user_id.as_deref(), Some(""));
    assert_eq!(operator.name.as_ref().unwrap().reveal(), "API");
    assert_eq!((log.id, log.follow_up_type), (Some(2), Some(2)));
    assert_eq!((&log.content, &log.operator, log.extra.len()), (&None, &None, 1));
    assert_eq!(page.next_after(None), Some("7"));
}

#[tokio::test]
async fn the_tag_tree_has_both_kinds_of_ids() {
    let tree = r#"[{"name":"Level","id":10,"qwTagId":"etG1","tags":[{"id":11,"name":"VIP","qwTagId":"etT1"}]},{"name":"Empty","id":"12","tags":null}]"#;
    let stub = Stub::answering(ok(tree)).await;
    let groups = stub.client().list_tag_tree().await.unwrap();
    assert_eq!((groups[0].id, groups[0].qw_tag_id.as_deref()), (Some(10), Some("etG1")));
    let tag = &groups[0].tags[0];
    assert_eq!(
        (tag.id, tag.name.as_str(), tag.qw_tag_id.as_deref()),
        (Some(11), "VIP", Some("etT1"))
    );
    assert_eq!((groups[1].id, groups[1].tags.len()), (Some(12), 0));
}

#[tokio::test]
async fn definitions_of_fields_tell_the_names_of_options() {
    let fields = r#"{"fields":[{"id":104220,"name":"客户阶段","type":2,"outerField":null,"items":[{"id":396823724189760,"name":"初步沟通"}],"stable":true,"customerImportRequired":false},{"id":1,"name":"姓名","type":1,"stable":1}]}"#;
    let stub = Stub::answering(ok(fields)).await;
    let fields = stub.client().list_customer_fields().await.unwrap();
    assert_eq!(fields.option_name(&OptionId::from("396823724189760")), Some("初步沟通"));
    assert_eq!(fields.option_name(&OptionId::from("1")), None);
    assert_eq!(
        (fields.fields[0].stable, fields.fields[0].customer_import_required),
        (Some(true), Some(false))
    );
    stub.answer(200, ok(r#"[{"id":"97668","alias":"budget"}]"#));
    let fields = stub.client().profile_fields().await.unwrap();
    assert_eq!((fields[0].id, fields[0].extra.get("alias")), (Some(97668), Some(&json!("budget"))));
}

#[tokio::test]
async fn an_option_id_that_fields_use_for_different_options_has_no_name_but_the_fields() {
    let fields = r#"{"fields":[{"id":1,"name":"性别","type":2,"items":[{"id":1,"name":"男"},{"id":7,"name":"same"}]},{"id":2,"name":"来源","type":2,"items":[{"id":1,"name":"官网"},{"id":7,"name":"same"}]}]}"#;
    let stub = Stub::answering(ok(fields)).await;
    let fields = stub.client().list_customer_fields().await.unwrap();
    let (one, seven) = (OptionId::from("1"), OptionId::from("7"));
    assert_eq!((fields.option_name(&one), fields.option_name(&seven)), (None, Some("same")));
    let of_each: Vec<_> = fields.fields.iter().map(|field| field.option_name(&one)).collect();
    assert_eq!(of_each, [Some("男"), Some("官网")]);
}

#[tokio::test]
async fn what_is_echoed_comes_back() {
    let stub = Stub::answering(ok(r#"{"a":[1]}"#)).await;
    assert_eq!(stub.client().echo(&json!({})).await.unwrap().value, Some(json!({ "a": [1] })));
    for nothing in [DONE, r#"{"code":0,"message":"success"}"#] {
        stub.answer(200, nothing);
        assert_eq!(stub.client().echo(&json!({})).await.unwrap().value, None);
    }
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_before_anything_is_sent() {
    let stub = Stub::answering(DONE).await;
    let client = stub.client();
    let list = ListCluesByCreateTimeAsc::all;
    let mut errors = vec![
        client.get_clue(&GetClue::new(0)).await.unwrap_err(),
        client.list_clue_follow_ups(&ListClueFollowUps::of(-1)).await.unwrap_err(),
        client.list_clue_follow_ups(&ListClueFollowUps::of(1).with_size(0)).await.unwrap_err(),
        client.call("clue/get?customerId=1", &json!({})).await.unwrap_err(),
    ];
    for wrong in [
        list().with_size(0),
        list().with_since("2024-01-01"),
        list().with_since("2024-01-01T00:00:00"),
        list().with_before("2024-01-01 00:00:00.5"),
        list().with_before(""),
    ] {
        errors.push(client.list_clues_by_create_time_asc(&wrong).await.unwrap_err());
    }
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
    }
    assert!(stub.calls().is_empty());
}
