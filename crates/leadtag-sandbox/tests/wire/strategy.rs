//! Strategy tags (规则组): WeCom docs, page 99544.

use serde_json::json;

use crate::support::{EDIT, LIST as CORP_LIST, MARK, Wire, names};

const LIST: &str = "externalcontact/get_strategy_tag_list";
const ADD: &str = "externalcontact/add_strategy_tag";
const EDIT_STRATEGY: &str = "externalcontact/edit_strategy_tag";
const DEL: &str = "externalcontact/del_strategy_tag";

#[tokio::test]
async fn an_app_sees_the_tags_of_its_own_strategies_only() {
    let mut wire = Wire::start().await;
    let list = wire.post(LIST, json!({})).await;
    assert_eq!(names(&list["tag_group"], "group_name"), ["重点跟进"]);
    assert_eq!(list["tag_group"][0]["strategy_id"], 1);
    assert!(list["tag_group"][0]["tag"][0].get("deleted").is_none());
    assert_eq!(wire.post(LIST, json!({ "strategy_id": 2 })).await["errcode"], 60030);
    wire.log_in_as_other_app().await;
    let list = wire.post(LIST, json!({ "strategy_id": 2 })).await;
    assert_eq!(names(&list["tag_group"], "group_name"), ["私域运营"]);
}

#[tokio::test]
async fn strategy_tags_are_added_edited_and_deleted_by_calls_of_their_own() {
    let wire = Wire::start().await;
    let body = json!({ "strategy_id": 1, "group_name": "阶段", "tag": [{ "name": "线索" }] });
    let made = wire.post(ADD, body).await["tag_group"].clone();
    assert_eq!(made["strategy_id"], 1);
    let tag = &made["tag"][0]["id"];
    assert_eq!(wire.post(EDIT, json!({ "id": tag, "name": "a" })).await["errcode"], 40068);
    assert_eq!(wire.post(EDIT_STRATEGY, json!({ "id": tag, "name": "a" })).await["errcode"], 0);
    let list = wire.post(LIST, json!({ "strategy_id": 1, "tag_id": [tag] })).await;
    assert_eq!(names(&list["tag_group"][0]["tag"], "name"), ["a"]);
    assert_eq!(wire.post(DEL, json!({ "tag_id": [tag] })).await["errcode"], 0);
    let list = wire.post(LIST, json!({ "group_id": [made["group_id"]] })).await;
    assert_eq!(list["tag_group"], json!([]));
    let corp = wire.post(CORP_LIST, json!({})).await;
    assert!(!names(&corp["tag_group"], "group_name").contains(&"阶段".to_owned()));
}

#[tokio::test]
async fn an_add_needs_a_strategy_of_the_app() {
    let wire = Wire::start().await;
    let tags = json!([{ "name": "线索" }]);
    let without = wire.post(ADD, json!({ "group_name": "阶段", "tag": tags })).await;
    assert_eq!(without["errcode"], 40058);
    let others = json!({ "strategy_id": 2, "group_name": "阶段", "tag": tags });
    assert_eq!(wire.post(ADD, others).await["errcode"], 60030);
}

#[tokio::test]
async fn strategy_tags_can_be_marked_by_members_in_range_only() {
    let wire = Wire::start().await;
    let list = wire.post(LIST, json!({})).await;
    let tag = &list["tag_group"][0]["tag"][1]["id"];
    let mark = |userid: &str, customer: &str| json!({ "userid": userid, "external_userid": customer, "add_tag": [tag] });
    let inside = wire.post(MARK, mark("lina", "wmSandbox00000001")).await;
    assert_eq!(inside["errcode"], 0);
    let outside = wire.post(MARK, mark("wangfang", "wmSandbox00000002")).await;
    assert_eq!(outside["errcode"], 50002);
}
