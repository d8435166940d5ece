//! `clue/list-follow-up`.

use serde_json::{Value, json};

use super::support::{Crm, FOLLOW_UPS, PARAMETER, UNKNOWN};

/// A lead with more follow-ups than one, and all of them.
async fn followed(crm: &Crm) -> (Value, Vec<Value>) {
    for lead in crm.all(json!({ "size": 100 })).await {
        let id = lead["customerId"].clone();
        let data = crm.data(FOLLOW_UPS, json!({ "customerId": id, "size": 100 })).await;
        let list = data["list"].as_array().unwrap().clone();
        if list.len() > 2 {
            return (id, list);
        }
    }
    panic!("no lead has follow-ups");
}

#[tokio::test]
async fn a_follow_up_has_the_five_documented_members() {
    let crm = Crm::start().await;
    let (_, list) = followed(&crm).await;
    for entry in &list {
        assert_eq!(entry.as_object().unwrap().len(), 5);
        assert!(entry["id"].is_i64() && entry["type"].is_i64() && entry["content"].is_string());
        assert_eq!(entry["createTime"].as_str().unwrap().len(), 19);
        assert!(entry["operator"]["name"].is_string() && entry["operator"]["qwUserId"].is_string());
    }
    assert_eq!(list[0]["operator"], json!({ "qwUserId": "", "name": "API" }));
}

#[tokio::test]
async fn its_pages_hold_every_entry_once() {
    let crm = Crm::start().await;
    let (id, all) = followed(&crm).await;
    let mut query = json!({ "customerId": id, "size": 1 });
    let mut seen = Vec::new();
    loop {
        let data = crm.data(FOLLOW_UPS, query.clone()).await;
        seen.extend_from_slice(data["list"].as_array().unwrap());
        match data.get("nextCursor") {
            Some(cursor) => query["cursor"] = cursor.clone(),
            None => break,
        }
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_changed_field_is_logged_as_type_2() {
    let crm = Crm::start().await;
    let id = crm.access.sample_customer_id;
    assert!(crm.admin().edit_crm_lead(&id.to_string(), "description", "改过"));
    let query = json!({ "customerId": id, "type": 2, "size": 100 });
    let data = crm.data(FOLLOW_UPS, query).await;
    let last = data["list"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["type"], &last["content"]), (&json!(2), &json!("修改描述为：改过")));
}

#[tokio::test]
async fn the_customer_must_be_known_and_the_cursor_its_own() {
    let crm = Crm::start().await;
    let (id, _) = followed(&crm).await;
    assert_eq!(crm.code(FOLLOW_UPS, json!({ "customerId": 8 })).await, UNKNOWN);
    assert_eq!(crm.code(FOLLOW_UPS, json!({})).await, PARAMETER);
    assert_eq!(crm.code(FOLLOW_UPS, json!({ "customerId": id, "size": 0 })).await, PARAMETER);
    let first = crm.data(FOLLOW_UPS, json!({ "customerId": id, "size": 1 })).await;
    let foreign =
        json!({ "customerId": crm.access.sample_customer_id, "cursor": first["nextCursor"] });
    assert_eq!(crm.code(FOLLOW_UPS, foreign).await, PARAMETER);
}
