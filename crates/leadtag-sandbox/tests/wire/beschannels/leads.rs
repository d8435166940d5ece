//! Single leads: vendor's pages 60245725, 60245728, 60245730 and 60245733.

use serde_json::{Value, json};

use super::support::{ASSIGN, DELETE, DETAILS, EDIT, Wire};

#[tokio::test]
async fn details_are_found_by_integer_id_or_by_contact_data() {
    let wire = Wire::start().await;
    let id = wire.newest_id().await;
    let lead = wire.details(json!({ "leads_id": id })).await;
    assert_eq!(lead["id"], id);
    assert_eq!(lead["FullName"], wire.page(1, 1).await["list"][0]["FullName"]);
    for (mobile, email) in [
        (&lead["MobilePhone"], &lead["Email"]),
        (&lead["MobilePhone"], &json!("")),
        (&json!(""), &lead["Email"]),
    ] {
        let rule = json!({ "rule": { "MobilePhone": mobile, "Email": email } });
        assert_eq!(wire.details(rule).await, lead);
    }
}

#[tokio::test]
async fn an_unknown_lead_has_empty_details() {
    let wire = Wire::start().await;
    assert_eq!(wire.details(json!({ "leads_id": 1 })).await, json!([]));
    let rule = json!({ "MobilePhone": "19900009999", "Email": "" });
    assert_eq!(wire.details(json!({ "rule": rule })).await, json!([]));
}

#[tokio::test]
async fn wrong_requests_for_details_are_refused_by_kind() {
    let wire = Wire::start().await;
    for (body, code) in [
        (json!({}), 10000),
        (json!({ "leads_id": null }), 10000),
        (json!({ "leads_id": "2000001" }), 10002),
        (json!({ "leads_id": [2_000_001] }), 10002),
        (json!({ "rule": { "MobilePhone": "19900000001" } }), 10000),
        (json!({ "rule": { "MobilePhone": "", "Email": "" } }), 10000),
        (json!({ "rule": { "MobilePhone": 1, "Email": "" } }), 10002),
        (json!({ "leads_id": 2_000_001, "id": 1 }), 10002),
    ] {
        assert_eq!(wire.post(DETAILS, body.clone()).await["code"], code, "{body}");
    }
}

#[tokio::test]
async fn edit_adds_an_unknown_lead_on_top_and_changes_a_known_one() {
    let wire = Wire::start().await;
    let body = json!({
        "MobilePhone": "19900008001",
        "FullName": "新来的",
        "Address": { "province": "上海", "city": "上海", "area": "浦东", "value": "示例路1号" },
        "is_add": "0",
        "user_id": wire.access.user_id,
    });
    let added = wire.post(EDIT, body).await;
    assert_eq!(added, json!({ "code": 0, "msg": "成功", "data": null }));
    let top = wire.page(1, 1).await;
    assert_eq!((&top["total"], &top["list"][0]["FullName"]), (&json!(41), &json!("新来的")));
    let change = json!({ "MobilePhone": "19900008001", "Company": "示例公司", "Grade": "A" });
    assert_eq!(wire.post(EDIT, change).await["code"], 0);
    let lead = wire.details(json!({ "leads_id": wire.newest_id().await })).await;
    assert_eq!((&lead["FullName"], &lead["Company"]), (&json!("新来的"), &json!("示例公司")));
    assert_eq!(lead["Grade"], "A");
    assert_eq!(wire.admin().commits("edit-leads"), 2);
}

#[tokio::test]
async fn is_add_restricts_an_edit_to_known_or_to_unknown_leads() {
    let wire = Wire::start().await;
    let lead = |mobile: &str, is_add: Value| json!({ "MobilePhone": mobile, "FullName": "改", "is_add": is_add });
    for (body, code) in [
        (lead("19900008002", json!("1")), -1),
        (lead("19900000001", json!("2")), -1),
        (lead("19900000001", json!("1")), 0),
        (lead("19900008002", json!("2")), 0),
        (lead("19900008002", json!(1)), 10002),
        (lead("19900008002", json!("3")), 10002),
    ] {
        assert_eq!(wire.post(EDIT, body.clone()).await["code"], code, "{body}");
    }
    assert_eq!(wire.admin().commits("edit-leads"), 2);
}

#[tokio::test]
async fn an_edit_needs_a_contact_and_something_to_change() {
    let wire = Wire::start().await;
    for (body, code) in [
        (json!({ "FullName": "无" }), 10000),
        (json!({ "MobilePhone": "", "Email": "", "FullName": "无" }), 10000),
        (json!({ "MobilePhone": "19900000001" }), 10001),
        (json!({ "MobilePhone": "19900000001", "Employees": 100 }), 10002),
        (json!({ "MobilePhone": "19900000001", "FullName": "有", "user_id": "user0" }), 10002),
    ] {
        assert_eq!(wire.post(EDIT, body.clone()).await["code"], code, "{body}");
    }
}

#[tokio::test]
async fn delete_takes_integers_or_contact_data_and_answers_null() {
    let wire = Wire::start().await;
    let id = wire.newest_id().await;
    let done = json!({ "code": 0, "msg": "成功", "data": null });
    assert_eq!(wire.post(DELETE, json!({ "leads_id": [id, 1] })).await, done);
    assert_eq!(wire.details(json!({ "leads_id": id })).await, json!([]));
    let rule = json!({ "MobilePhone": "19900000001", "Email": "" });
    assert_eq!(wire.post(DELETE, json!({ "rule": rule })).await, done);
    assert_eq!(wire.page(1, 1).await["total"], 38);
    assert_eq!(wire.post(DELETE, json!({ "leads_id": [id] })).await, done);
    assert_eq!(wire.admin().commits("del-leads"), 2);
    for (body, code) in [
        (json!({}), 10000),
        (json!({ "leads_id": [] }), 10000),
        (json!({ "leads_id": ["2000001"] }), 10002),
        (json!({ "leads_id": 2_000_001 }), 10002),
    ] {
        assert_eq!(wire.post(DELETE, body.clone()).await["code"], code, "{body}");
    }
}

#[tokio::test]
async fn assign_takes_ids_as_strings_or_integers() {
    let wire = Wire::start().await;
    let id = wire.newest_id().await;
    let owner = &wire.access.user_ids[1];
    for ids in [json!([id.to_string()]), json!([id])] {
        let body = json!({ "leads_id": ids, "assign_userid": owner });
        assert_eq!(wire.post(ASSIGN, body).await["code"], 0);
    }
    let lead = wire.details(json!({ "leads_id": id })).await;
    assert_eq!(lead["LeadOwner"], owner.as_str());
    for (body, code) in [
        (json!({ "leads_id": [id] }), 10000),
        (json!({ "assign_userid": owner }), 10000),
        (json!({ "leads_id": [id], "assign_userid": "user0" }), 10002),
        (json!({ "leads_id": [id], "assign_user_id": owner }), 10002),
    ] {
        assert_eq!(wire.post(ASSIGN, body.clone()).await["code"], code, "{body}");
    }
}
