//! The tag library, field definitions, aliases; what the admin handle shows.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::{Crm, ECHO, EDIT, FIELDS, MAP, PARAMETER, PROFILE, TAGS, UNMAPPED, field};

#[tokio::test]
async fn the_tag_library_is_a_list_of_groups_of_which_one_is_empty() {
    let crm = Crm::start().await;
    let answer = crm.post(TAGS, json!({})).await;
    assert_eq!((&answer["code"], &answer["message"]), (&json!(0), &json!("success")));
    let groups = answer["data"].as_array().unwrap();
    assert_eq!(groups.len(), 4);
    let first = &groups[0];
    assert_eq!(first["name"], "客户等级");
    assert!(first["id"].is_i64() && first["qwTagId"].is_string());
    let tag = &first["tags"][0];
    assert!(tag["id"].is_i64() && tag["name"].is_string() && tag["qwTagId"].is_string());
    assert!(groups.iter().any(|group| group["tags"] == json!([])));
}

#[tokio::test]
async fn field_definitions_have_the_documented_members() {
    let crm = Crm::start().await;
    let data = crm.data(FIELDS, json!({})).await;
    let fields = data["fields"].as_array().unwrap();
    let gender = fields.iter().find(|field| field["outerField"] == "gender").unwrap();
    assert_eq!(gender["type"], 2);
    assert_eq!(gender["items"][2], json!({ "id": 2, "name": "女" }));
    let kinds: Vec<_> = fields.iter().map(|field| field["type"].as_i64().unwrap()).collect();
    assert!((1..=8).all(|kind| kinds.contains(&kind)), "{kinds:?}");
    assert!(fields.iter().all(|field| field["stable"].is_boolean() && field["id"].is_i64()));
    assert!(fields.iter().any(|field| field.get("outerField").is_none()));
}

#[tokio::test]
async fn profile_fields_is_a_bare_list_with_ids() {
    let crm = Crm::start().await;
    let data = crm.data(PROFILE, json!({})).await;
    let fields = data.as_array().unwrap();
    assert!(fields.len() > 10 && fields.iter().all(|field| field["id"].is_i64()));
}

async fn custom(crm: &Crm, name: &str) -> Value {
    let data = crm.data(PROFILE, json!({})).await;
    data.as_array().unwrap().iter().find(|field| field["name"] == name).unwrap().clone()
}

#[tokio::test]
async fn a_field_is_written_by_its_alias_only_after_mapping_it() {
    let crm = Crm::start().await;
    let id = crm.access.sample_customer_id;
    let field_id = custom(&crm, "需求说明").await["id"].to_string();
    let edit = json!({ "customerId": id, "field": "需求", "valueAsText": "一\n二" });
    assert_eq!(crm.code(EDIT, edit.clone()).await, UNMAPPED);
    let mapped = crm.post(MAP, json!({ "fieldId": field_id, "alias": "需求" })).await;
    assert_eq!(mapped, json!({ "code": 0, "message": "success" }));
    assert_eq!(crm.code(EDIT, edit).await, 0);
    assert_eq!(field(&crm.lead(&json!(id)).await, "需求"), "一\n二");
    assert_eq!(custom(&crm, "需求说明").await["alias"], "需求");
}

#[tokio::test]
async fn a_field_without_an_alias_goes_by_its_id_in_leads() {
    let crm = Crm::start().await;
    let id = custom(&crm, "预约时间").await["id"].to_string();
    let leads = crm.all(json!({ "size": 100 })).await;
    assert!(leads[1..].iter().any(|lead| field(lead, &id).is_string()));
    assert!(leads[1..].iter().any(|lead| field(lead, "预算").is_string()));
}

#[tokio::test]
async fn an_alias_belongs_to_one_known_field() {
    let crm = Crm::start().await;
    let id = custom(&crm, "预约时间").await["id"].clone();
    for body in [
        json!({ "fieldId": id, "alias": "name" }),
        json!({ "fieldId": 1, "alias": "新" }),
        json!({ "fieldId": id, "alias": "" }),
        json!({ "fieldId": "x", "alias": "新" }),
        json!({ "alias": "新" }),
    ] {
        assert_eq!(crm.code(MAP, body).await, PARAMETER);
    }
    assert_eq!(crm.code(MAP, json!({ "fieldId": id, "alias": "预约" })).await, 0);
    assert_eq!(crm.code(MAP, json!({ "fieldId": id, "alias": "预约" })).await, 0);
}

#[tokio::test]
async fn calls_and_requests_are_kept_under_the_documented_paths() {
    let crm = Crm::start().await;
    crm.data(ECHO, json!({ "a": 1 })).await;
    assert_eq!(crm.admin().calls("echo"), 1);
    let request = crm.admin().requests("echo").remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/crm-v3/api/v3/echo"));
    assert_eq!(request.body, "{\"a\":1}");
    assert!(request.headers.iter().any(|(name, _)| name == "appid"));
}

#[tokio::test]
async fn the_configuration_names_this_platform() {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.crm_v3();
    let config: toml::Table = sandbox.config_toml().parse().unwrap();
    let section = config["providers"]["crm"].as_table().unwrap();
    assert_eq!(section["platform"].as_str(), Some("crm-v3"));
    assert_eq!(section["app_id"].as_str(), Some(access.app_id.as_str()));
    assert_eq!(section["app_key"].as_str(), Some(access.app_key.as_str()));
    let base_url = format!("http://{}/crm-v3", sandbox.addr());
    assert_eq!(section["base_url"].as_str(), Some(base_url.as_str()));
}

#[tokio::test]
async fn the_snapshot_shows_tags_aliases_and_what_was_written() {
    let crm = Crm::start().await;
    let id = crm.admin().insert_crm_lead();
    let state = crm.admin().snapshot()["crm-v3"].clone();
    assert_eq!(state["tag_group"], crm.data(TAGS, json!({})).await);
    assert_eq!(state["written"][0]["customerId"].to_string(), id);
    assert_eq!(state["seeded"], 40);
    assert!(state["aliases"]["name"].is_i64());
}
