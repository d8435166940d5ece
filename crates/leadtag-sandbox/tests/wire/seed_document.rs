//! The example requests of WeCom docs, page 92117, with real ids in place of the placeholders.

use serde_json::{Value, json};

use crate::support::{ADD, DEL, EDIT, LIST, Wire};

#[tokio::test]
async fn the_documented_examples_are_accepted_in_turn() {
    let wire = Wire::start().await;
    let (group, other) = (wire.group("意向").await, wire.group("来源").await);

    let list = json!({
        "tag_id": [group["tag"][0]["id"], group["tag"][1]["id"]],
        "group_id": [group["group_id"], other["group_id"]]
    });
    let listed = wire.post(LIST, list).await;
    assert_eq!(listed["tag_group"].as_array().unwrap().len(), 2);
    assert_shape(&listed["tag_group"][0]);

    let add = json!({
        "group_id": group["group_id"],
        "group_name": "GROUP_NAME",
        "order": 1,
        "tag": [{ "name": "TAG_NAME_1", "order": 1 }, { "name": "TAG_NAME_2", "order": 2 }],
        "agentid": 1_000_014
    });
    let added = wire.post(ADD, add).await;
    assert_eq!((&added["errcode"], &added["errmsg"]), (&json!(0), &json!("ok")));
    assert_shape(&added["tag_group"]);

    let id = &added["tag_group"]["tag"][0]["id"];
    let edit = json!({ "id": id, "name": "NEW_TAG_NAME", "order": 1, "agentid": 1_000_014 });
    assert_eq!(wire.post(EDIT, edit).await, json!({ "errcode": 0, "errmsg": "ok" }));

    let del = json!({
        "tag_id": [id, added["tag_group"]["tag"][1]["id"]],
        "group_id": [group["group_id"], other["group_id"]],
        "agentid": 1_000_014
    });
    assert_eq!(wire.post(DEL, del).await, json!({ "errcode": 0, "errmsg": "ok" }));
}

#[track_caller]
fn assert_shape(group: &Value) {
    assert!(group["group_id"].is_string() && group["group_name"].is_string(), "{group}");
    assert!(group["create_time"].is_u64() && group["order"].is_u64(), "{group}");
    let tag = &group["tag"][0];
    assert!(tag["id"].is_string() && tag["name"].is_string(), "{tag}");
    assert!(tag["create_time"].is_u64() && tag["order"].is_u64(), "{tag}");
}
