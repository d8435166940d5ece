//! `get_corp_tag_list`: WeCom docs, page 92117.

use serde_json::{Value, json};

use crate::support::{DEL, LIST, Wire, names};

#[tokio::test]
async fn the_full_list_has_bigger_orders_first_and_no_deleted_flags() {
    let wire = Wire::start().await;
    let groups = wire.groups().await;
    let shown = names(&json!(groups), "group_name");
    assert_eq!(shown, ["意向", "来源", "客户等级", "行业", "地区", "客服分类"]);
    assert_eq!(names(&groups[0]["tag"], "name"), ["高意向", "中意向", "低意向"]);
    for group in &groups {
        assert!(group.get("deleted").is_none());
        assert!(group["tag"][0].get("deleted").is_none());
    }
}

#[tokio::test]
async fn a_group_filter_shows_deleted_tags_with_flags_on_tags_only() {
    let wire = Wire::start().await;
    let made = wire.make("新组", &["一", "二"]).await;
    let gone = made["tag"][0]["id"].clone();
    wire.post(DEL, json!({ "tag_id": [gone] })).await;
    let list = wire.post(LIST, json!({ "group_id": [made["group_id"]] })).await;
    let group = &list["tag_group"][0];
    assert!(group.get("deleted").is_none());
    let deleted: Vec<_> = group["tag"].as_array().unwrap().iter().map(|t| &t["deleted"]).collect();
    assert_eq!(deleted, [&Value::Bool(true), &Value::Bool(false)]);
    assert_eq!(names(&wire.group("新组").await["tag"], "name"), ["二"]);
}

#[tokio::test]
async fn a_tag_filter_shows_only_those_tags_with_flags_on_both() {
    let wire = Wire::start().await;
    let made = wire.make("新组", &["一", "二"]).await;
    let wanted = made["tag"][0]["id"].clone();
    let list = wire.post(LIST, json!({ "tag_id": [wanted] })).await;
    assert_eq!(list["tag_group"].as_array().unwrap().len(), 1);
    let group = &list["tag_group"][0];
    assert_eq!(group["deleted"], false);
    assert_eq!(group["tag"].as_array().unwrap().len(), 1);
    assert_eq!(group["tag"][0]["deleted"], false);
    wire.post(DEL, json!({ "group_id": [made["group_id"]] })).await;
    let list = wire.post(LIST, json!({ "tag_id": [wanted] })).await;
    assert_eq!(list["tag_group"][0]["deleted"], true);
    assert_eq!(list["tag_group"][0]["tag"][0]["deleted"], true);
}

#[tokio::test]
async fn a_group_filter_makes_the_tag_filter_void() {
    let wire = Wire::start().await;
    let (one, two) = (wire.group("意向").await, wire.group("来源").await);
    let query = json!({ "group_id": [one["group_id"]], "tag_id": [two["tag"][0]["id"]] });
    let list = wire.post(LIST, query).await;
    assert_eq!(names(&list["tag_group"], "group_name"), ["意向"]);
    assert_eq!(list["tag_group"][0]["tag"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_unknown_id_in_a_filter_is_40068() {
    let wire = Wire::start().await;
    for query in [json!({ "tag_id": ["et1"] }), json!({ "group_id": ["et1"] })] {
        assert_eq!(wire.post(LIST, query).await["errcode"], 40068);
    }
}

#[tokio::test]
async fn the_cached_list_follows_every_change() {
    let wire = Wire::start().await;
    wire.admin().add_tags(200, 47);
    let before = wire.groups().await.len();
    assert_eq!(before, 206);
    wire.make("新组", &["一"]).await;
    assert_eq!(wire.groups().await.len(), 207);
}
