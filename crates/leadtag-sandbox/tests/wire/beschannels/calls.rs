//! `data-list-v2`, `customers-add`, `save-user-behavior`, `cdp/detail`, and a lead's history.

use serde_json::{Value, json};

use super::support::{
    ADD_CUSTOMER, BEHAVIOR_TYPES, BEHAVIORS, DATA_LIST, REMARKS, SAVE_BEHAVIOR, TABLE, Wire, column,
};

fn with(mut body: Value, changes: Value) -> Value {
    let members = body.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn data_lists_are_told_apart_by_client_type() {
    let wire = Wire::start().await;
    let base = json!({ "user_id": wire.access.user_id, "page_num": 1, "page_size": 3 });
    for (client_type, next_id) in [
        ("browseCustomers", Value::Null),
        ("clientsCustomers", Value::Null),
        ("externalDataSource", json!(wire.access.external_next_id)),
        ("mochatLink", json!(1235)),
    ] {
        let body = with(base.clone(), json!({ "client_type": client_type, "nextId": next_id }));
        let data = wire.post(DATA_LIST, body).await["data"].clone();
        assert_eq!(data["total"], 40);
        assert_eq!(column(&data, "client_type"), [client_type; 3]);
    }
}

#[tokio::test]
async fn visitors_have_no_creation_time() {
    let wire = Wire::start().await;
    let body = json!({ "user_id": wire.access.user_id, "client_type": "browseCustomers",
        "page_num": "1", "page_size": "2" });
    let data = wire.post(DATA_LIST, body).await["data"].clone();
    assert!(data["list"][0].get("CreatedTime").is_none());
    assert!(!data["header"].to_string().contains("CreatedTime"));
}

#[tokio::test]
async fn wrong_requests_for_data_are_refused_by_kind() {
    let wire = Wire::start().await;
    let good = json!({ "user_id": wire.access.user_id, "client_type": "clientsCustomers",
        "page_num": 1, "page_size": 3, "condition": [], "condition_type": "or" });
    assert_eq!(wire.post(DATA_LIST, good.clone()).await["code"], 0);
    for (change, code) in [
        (json!({ "user_id": null }), 10007),
        (json!({ "client_type": "" }), 10000),
        (json!({ "client_type": "member" }), 10002),
        (json!({ "client_type": "externalDataSource" }), 10000),
        (json!({ "client_type": "mochatLink", "nextId": "1" }), 10002),
        (json!({ "page_num": null }), 10000),
        (json!({ "page_size": 0 }), 10002),
        (json!({ "condition": [{ "field_name": "FullName" }] }), 10002),
        (json!({ "condition_type": "xor" }), 10002),
        (json!({ "groupId": "30101" }), 10002),
    ] {
        let answer = wire.post(DATA_LIST, with(good.clone(), change.clone())).await;
        assert_eq!(answer["code"], code, "{change}");
    }
}

#[tokio::test]
async fn customers_are_added_to_the_external_source_only() {
    let wire = Wire::start().await;
    let good = json!({ "user_id": wire.access.user_id, "client_type": "externalDataSource",
        "nextId": wire.access.external_next_id, "data": { "FullName": "外部来客" } });
    assert_eq!(wire.post(ADD_CUSTOMER, good.clone()).await["code"], 0);
    let list = wire.list(&[("group_obj", "externalDataSource"), ("page_size", "1")]).await;
    assert_eq!((&list["total"], &list["list"][0]["FullName"]), (&json!(41), &json!("外部来客")));
    for (change, code) in [
        (json!({ "user_id": "" }), 10007),
        (json!({ "client_type": "clientsCustomers" }), 10002),
        (json!({ "nextId": "" }), 10000),
        (json!({ "data": null }), 10000),
        (json!({ "data": { "Age": 3 } }), 10002),
    ] {
        let answer = wire.post(ADD_CUSTOMER, with(good.clone(), change.clone())).await;
        assert_eq!(answer["code"], code, "{change}");
    }
}

#[tokio::test]
async fn a_behaviour_is_kept_and_answered_with_null() {
    let wire = Wire::start().await;
    let good = json!({
        "associated_properties": "mobile",
        "associated_properties_value": "19900000001",
        "behavior_name": "signup2024",
        "occurrence_time": "2024-07-01 09:30:00",
        "envent_other": [{ "envent_attr_name": "channel", "envent_attr_value": "web" }],
        "view_duration": 12,
        "utm_source": "newsletter",
    });
    let answer = wire.post(SAVE_BEHAVIOR, good.clone()).await;
    assert_eq!(answer, json!({ "code": 0, "msg": "成功", "data": null }));
    let kept = wire.admin().snapshot()["beschannels"]["behaviors"].clone();
    assert_eq!(kept[0]["behavior_name"], "signup2024");
    for (change, code) in [
        (json!({ "associated_properties": "" }), 10000),
        (json!({ "associated_properties": "phone" }), 10002),
        (json!({ "behavior_name": "sign-up" }), 10002),
        (json!({ "occurrence_time": "2024-07-01" }), 10002),
        (json!({ "envent_other": [{ "event_attr_name": "a" }] }), 10002),
        (json!({ "event_other": [] }), 10002),
    ] {
        let answer = wire.post(SAVE_BEHAVIOR, with(good.clone(), change.clone())).await;
        assert_eq!(answer["code"], code, "{change}");
    }
}

#[tokio::test]
async fn a_table_is_found_by_id_or_by_name_with_multipart_parts() {
    let wire = Wire::start().await;
    let by_name = wire.form(TABLE, &[("schema_name", "leads_schema_data")]).await;
    let table = &by_name["data"];
    assert_eq!((&table["id"], &table["display_name"]), (&json!(1230), &json!("市场线索")));
    assert!(table["org_id"].is_string());
    assert_eq!(wire.form(TABLE, &[("id", "1230"), ("schema_name", "")]).await, by_name);
    assert_eq!(wire.form(TABLE, &[("id", "1")]).await["data"], json!([]));
    assert_eq!(wire.form(TABLE, &[]).await["code"], 10000);
    assert_eq!(wire.form(TABLE, &[("id", "")]).await["code"], 10000);
    assert_eq!(wire.post(TABLE, json!({ "id": 1230 })).await["code"], 1000);
}

#[tokio::test]
async fn behaviours_are_asked_for_with_multipart_parts_and_are_always_empty() {
    let wire = Wire::start().await;
    let user = ("user_id", wire.access.user_id.as_str());
    let empty = json!({ "code": 0, "msg": "成功", "data": [] });
    assert_eq!(wire.form(BEHAVIOR_TYPES, &[user]).await, empty);
    assert_eq!(wire.form(BEHAVIOR_TYPES, &[("user_id", "")]).await["code"], 10007);
    let good = [user, ("leads_id", "2000001"), ("start_time", "2024-01-01"), ("page_num", "1")];
    assert_eq!(wire.form(BEHAVIORS, &good).await, empty);
    for (parts, code) in [
        (vec![("mobile", "19900000001")], 10007),
        (vec![user], 10000),
        (vec![user, ("leads_id", "x")], 10002),
        (vec![user, ("email", "a@example.com"), ("end_time", "2024-01-01 00:00:00")], 10002),
        (vec![user, ("mobile", "19900000001"), ("behavior_sort", "up")], 10002),
    ] {
        assert_eq!(wire.form(BEHAVIORS, &parts).await["code"], code, "{parts:?}");
    }
}

#[tokio::test]
async fn remarks_are_asked_for_by_integers_or_contact_data_and_are_always_empty() {
    let wire = Wire::start().await;
    let rule = json!({ "MobilePhone": "19900000001", "Email": "" });
    for (body, code) in [
        (json!({ "leads_id": [2_000_001] }), 0),
        (json!({ "rule": rule }), 0),
        (json!({}), 10000),
        (json!({ "leads_id": ["2000001"] }), 10002),
    ] {
        let answer = wire.post(REMARKS, body.clone()).await;
        assert_eq!(answer["code"], code, "{body}");
        assert_eq!(answer["data"], if code == 0 { json!([]) } else { json!(null) });
    }
}
