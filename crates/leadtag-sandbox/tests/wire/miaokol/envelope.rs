//! The bytes of the answers, and malformed requests.

use reqwest::Method;
use serde_json::{Value, json};

use super::rig::{ADD, BATCH, DELETE, LIST, Rig, UPDATE};

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn success_has_data_pager_and_errcode_in_this_order() {
    let rig = Rig::start().await;
    let response = rig.get_raw(LIST, "page_size=1").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json; charset=UTF-8");
    let expected = "{\"data\":[{\"id\":15,\"name\":\"意向\",\"type\":2,\"number\":0}],\
                    \"pager\":{\"page\":1,\"perPage\":20,\"numRecords\":5,\"numPages\":5,\
                    \"firstRecord\":0,\"lastRecord\":0},\"errcode\":0}";
    let text = response.text().await.unwrap();
    let id = serde_json::from_str::<Value>(&text).unwrap()["data"][0]["id"].to_string();
    assert_eq!(text.replacen(&id, "15", 1), expected);
}

#[tokio::test]
async fn an_error_is_errcode_and_message_at_status_200() {
    let mut rig = Rig::start().await;
    rig.token = "made-up".to_owned();
    let response = rig.get_raw(LIST, "").await;
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert_eq!(text, "{\"errcode\":110,\"message\":\"access_token错误\"}");
}

#[tokio::test]
async fn a_post_must_be_a_json_object_that_says_so() {
    let rig = Rig::start().await;
    let good = rig.signed(json!({ "name": "阶段", "type": 2 })).to_string();
    let form = format!("app_id={}&access_token={}&name=a", rig.access.app_id, rig.token);
    for (content_type, body) in [
        (None, good.clone()),
        (Some("text/plain"), good.clone()),
        (Some("application/x-www-form-urlencoded"), form),
        (JSON, String::new()),
        (JSON, "[]".to_owned()),
        (JSON, good[1..].to_owned()),
    ] {
        let response = rig.send(Method::POST, ADD, content_type, body).await;
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errcode"], 406, "{content_type:?}");
    }
    let response = rig.send(Method::POST, ADD, JSON, good).await;
    assert_eq!(response.json::<Value>().await.unwrap()["errcode"], 0);
}

#[tokio::test]
async fn a_get_with_a_body_is_406() {
    let rig = Rig::start().await;
    let path = format!("{LIST}?app_id={}&access_token={}", rig.access.app_id, rig.token);
    let response = rig.send(Method::GET, &path, JSON, "{}".to_owned()).await;
    assert_eq!(response.json::<Value>().await.unwrap()["errcode"], 406);
}

#[tokio::test]
async fn a_get_may_say_that_it_is_a_form_as_the_sample_does() {
    let rig = Rig::start().await;
    let path = format!("{LIST}?app_id={}&access_token={}", rig.access.app_id, rig.token);
    let form = Some("application/x-www-form-urlencoded");
    let response = rig.send(Method::GET, &path, form, String::new()).await;
    assert_eq!(response.json::<Value>().await.unwrap()["errcode"], 0);
}

#[tokio::test]
async fn a_member_of_a_wrong_type_is_406_and_nothing_is_done() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    rig.admin().reset_counts();
    let pair = json!({
        "rel_wxid": rig.access.rel_wxids[0], "contact_wxid": rig.access.contact_wxid(0),
    });
    let update = |ids: Value| {
        let mut body = pair.clone();
        body["smart_tag_ids"] = ids;
        body
    };
    for (path, body) in [
        (ADD, json!({ "name": 1, "type": 2 })),
        (ADD, json!({ "name": "a", "type": "2" })),
        (ADD, json!({ "name": "a", "type": 3 })),
        (ADD, json!({ "name": "a", "type": 2, "id": "0" })),
        (ADD, json!({ "name": "a", "type": 2, "id": null })),
        (ADD, json!({ "name": "a", "type": 1, "parent_id": group.to_string() })),
        (DELETE, json!({ "id": group.to_string() })),
        (DELETE, json!({})),
        (BATCH, json!({ "group_id": group.to_string(), "tag_names": ["a"] })),
        (BATCH, json!({ "group_id": group, "tag_names": "a" })),
        (BATCH, json!({ "group_id": group, "tag_names": [1] })),
        (UPDATE, update(json!(["1"]))),
        (UPDATE, update(json!("1"))),
        (UPDATE, pair.clone()),
    ] {
        assert_eq!(rig.post(path, body.clone()).await["errcode"], 406, "{path} {body}");
    }
    for api in [ADD, DELETE, BATCH, UPDATE] {
        assert_eq!(rig.admin().commits(api), 0);
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_plain_404() {
    let rig = Rig::start().await;
    for path in ["smart-tag/batchaddtag", "smart-tag/list/", "wechat/nothing"] {
        assert_eq!(rig.get_raw(path, "").await.status(), 404, "{path}");
    }
}
