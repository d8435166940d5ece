//! The writes that only public clients show.

use serde_json::{Value, json};

use super::support::{
    ADD, Crm, EDIT, FIELDS, FOLLOW_UPS, IMPORT, LIST, PARAMETER, POOL, RELATION, UNKNOWN, UNMAPPED,
    UPDATE, field,
};

const DONE: &str = r#"{"code":0,"message":"success"}"#;

fn add(mobile: &str) -> Value {
    json!({ "customerName": "新客户", "mobiles": [mobile] })
}

#[tokio::test]
async fn add_clue_answers_the_new_id_as_a_bare_number() {
    let crm = Crm::start().await;
    let body = json!({
        "customerName": "新客户",
        "mobiles": ["19900009001", "19900009002"],
        "fields": [
            { "alias": "gender", "fieldValue": 2 },
            { "alias": "预算", "fieldValue": 12.5 },
            { "alias": "customer_stage", "fieldValue": 396_823_724_189_760_i64 },
            { "alias": "birthday", "fieldValue": "1949-10-01" },
            { "alias": "address", "fieldValue": null },
        ],
    });
    let answer = crm.post(ADD, body).await;
    assert_eq!(answer["message"], "success");
    let lead = crm.lead(&answer["data"]).await;
    for (name, expected) in [
        ("name", json!("新客户")),
        ("mobile", json!("[\"19900009001\",\"19900009002\"]")),
        ("gender", json!("2")),
        ("预算", json!("12.5")),
        ("customer_stage", json!("396823724189760")),
        ("birthday", json!("1949-10-01")),
        ("address", Value::Null),
    ] {
        assert_eq!(field(&lead, name), &expected, "{name}");
    }
    assert_eq!(answer["data"].to_string().len(), 15);
    assert_eq!(crm.admin().commits("add-clue"), 1);
}

#[tokio::test]
async fn a_new_lead_is_created_now_and_listed_last() {
    let crm = Crm::start().await;
    let id = crm.data(ADD, add("19900009001")).await;
    let listed = crm.data(LIST, json!({ "since": "2025-01-01 00:00:00" })).await;
    assert_eq!(listed["list"][0]["customerId"], id);
    assert_eq!(listed["list"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_mobile_that_somebody_has_is_40417() {
    let crm = Crm::start().await;
    crm.data(ADD, add("19900009001")).await;
    // Of a new lead, of a seeded one, its second, and the sample's, which is no mobile.
    for mobile in ["19900009001", "19900000001", "19900005003", "145678388"] {
        assert_eq!(crm.code(ADD, add(mobile)).await, 40417, "{mobile}");
    }
    let twice = json!({ "customerName": "甲", "mobiles": ["19900009005", "19900009005"] });
    assert_eq!(crm.code(ADD, twice).await, 40417);
    let by_alias = json!({
        "customerName": "甲",
        "fields": [{ "alias": "mobile", "fieldValue": "19900000002" }],
    });
    assert_eq!(crm.code(ADD, by_alias).await, 40417);
    assert_eq!(crm.admin().commits("add-clue"), 1);
}

#[tokio::test]
async fn a_mobile_that_was_edited_away_is_free_again() {
    let crm = Crm::start().await;
    let id = crm.access.sample_customer_id.to_string();
    assert!(crm.admin().edit_crm_lead(&id, "mobile", "[\"19900009009\"]"));
    assert_eq!(crm.code(ADD, add("145678388")).await, 0);
    assert_eq!(crm.code(ADD, add("19900009009")).await, 40417);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_adds_nothing() {
    let crm = Crm::start().await;
    let with = |alias: &str, value: Value| json!({ "customerName": "甲", "fields": [{ "alias": alias, "fieldValue": value }] });
    for (body, code) in [
        (json!({}), PARAMETER),
        (json!({ "customerName": "" }), PARAMETER),
        (json!({ "customerName": "甲", "mobiles": "19900009001" }), PARAMETER),
        (json!({ "customerName": "甲", "mobiles": [19_900_009_001_i64] }), PARAMETER),
        (with("gender", json!(7)), PARAMETER),
        (with("name", json!(7)), PARAMETER),
        (with("预算", json!("much")), PARAMETER),
        (with("birthday", json!("1990-1-31")), PARAMETER),
        (with("需求", json!("x")), UNMAPPED),
    ] {
        assert_eq!(crm.code(ADD, body.clone()).await, code, "{body}");
    }
    assert_eq!(crm.admin().commits("add-clue"), 0);
    assert_eq!(crm.all(json!({ "size": 100 })).await.len(), 40);
}

#[tokio::test]
async fn edit_field_sets_one_field_and_an_empty_text_unsets_it() {
    let crm = Crm::start().await;
    let id = json!(crm.access.sample_customer_id);
    for (text, expected) in [("测试", json!("测试")), ("", Value::Null)] {
        let body = json!({ "customerId": id, "field": "description", "valueAsText": text });
        assert_eq!(crm.post(EDIT, body).await.to_string(), DONE);
        assert_eq!(field(&crm.lead(&id).await, "description"), &expected);
    }
    for (body, code) in [
        (json!({ "customerId": 8, "field": "name", "valueAsText": "x" }), UNKNOWN),
        (json!({ "customerId": id, "field": "x", "valueAsText": "x" }), UNMAPPED),
        (json!({ "customerId": id, "field": "gender", "valueAsText": "男" }), PARAMETER),
        (json!({ "customerId": id, "field": "mobile", "valueAsText": "199" }), PARAMETER),
        (json!({ "customerId": id, "field": "name" }), PARAMETER),
    ] {
        assert_eq!(crm.code(EDIT, body).await, code);
    }
    assert_eq!(crm.admin().commits("clue/edit-field"), 2);
}

#[tokio::test]
async fn update_by_id_sets_fields_from_lists_and_options_by_name() {
    let crm = Crm::start().await;
    let id = json!(crm.access.sample_customer_id);
    let fields = json!([
        { "alias": "customer_source", "values": ["抖音"] },
        { "alias": "mobile", "values": ["19900009001", "19900009002"] },
        { "alias": "description", "values": [] },
    ]);
    let answer = crm.post(UPDATE, json!({ "customerId": id, "fields": fields })).await;
    assert_eq!(answer.to_string(), DONE);
    let lead = crm.lead(&id).await;
    assert_eq!(field(&lead, "customer_source"), "2");
    assert_eq!(field(&lead, "mobile"), "[\"19900009001\",\"19900009002\"]");
    assert!(field(&lead, "description").is_null());
    let log = crm.data(FOLLOW_UPS, json!({ "customerId": id, "type": 2, "size": 100 })).await;
    assert!(log["list"].as_array().unwrap().len() >= 3);
    let two = json!([{ "alias": "name", "values": ["a", "b"] }]);
    assert_eq!(crm.code(UPDATE, json!({ "customerId": id, "fields": two })).await, PARAMETER);
    assert_eq!(crm.code(UPDATE, json!({ "customerId": 8, "fields": [] })).await, UNKNOWN);
}

#[tokio::test]
async fn imports_pool_rows_and_relations_are_kept_as_they_came() {
    let crm = Crm::start().await;
    let id = crm.access.sample_customer_id;
    let customer = json!({
        "qwUserId": "zhangwei",
        "fields": [{ "alias": "name", "values": ["甲"] }],
    });
    let listed = crm.data(FIELDS, json!({})).await;
    let name = listed["fields"].as_array().unwrap().iter().find(|f| f["outerField"] == "name");
    let row = json!({ "fields": [{ "id": name.unwrap()["id"], "value": ["乙"] }] });
    let relation = json!({
        "customerId": id, "qwUserId": "zhangwei", "field": "description", "valueAsText": "丙",
    });
    for (path, body) in
        [(IMPORT, customer.clone()), (POOL, json!([row])), (RELATION, relation.clone())]
    {
        assert_eq!(crm.post(path, body).await.to_string(), DONE);
    }
    let state = crm.admin().snapshot()["crm-v3"].clone();
    assert_eq!(state["imported"], json!([customer]));
    assert_eq!(state["highseas"], json!([row]));
    assert_eq!(state["relations"], json!([relation]));
    assert_eq!(state["written"], json!([]));
}

#[tokio::test]
async fn imports_pool_rows_and_relations_are_checked() {
    let crm = Crm::start().await;
    let id = crm.access.sample_customer_id;
    let named = json!([{ "alias": "name", "values": ["甲"] }]);
    let unmapped = json!([{ "alias": "需求", "values": ["甲"] }]);
    for (path, body, code) in [
        (IMPORT, json!({ "fields": named }), PARAMETER),
        (IMPORT, json!({ "qwUserId": "zhangwei" }), PARAMETER),
        (IMPORT, json!({ "qwUserId": "zhangwei", "fields": unmapped }), UNMAPPED),
        (POOL, json!({ "fields": [] }), PARAMETER),
        (POOL, json!([{ "fields": [{ "id": 1, "value": ["甲"] }] }]), PARAMETER),
        (POOL, json!([{ "fields": [{ "id": "104217", "value": ["甲"] }] }]), PARAMETER),
        (RELATION, json!({ "customerId": id, "field": "name", "valueAsText": "x" }), PARAMETER),
        (
            RELATION,
            json!({ "customerId": 8, "qwUserId": "a", "field": "name", "valueAsText": "x" }),
            UNKNOWN,
        ),
    ] {
        assert_eq!(crm.code(path, body.clone()).await, code, "{path} {body}");
    }
}
