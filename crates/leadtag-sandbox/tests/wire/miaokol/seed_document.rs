//! The example requests of the vendor's page 11490713076838718, with real credentials and ids in
//! place of the made-up ones.

use serde_json::{Value, json};

use super::support::{ADD, BATCH_ADD, DELETE, LIST, UPDATE_CONTACT, Wire};

#[tokio::test]
async fn the_documented_examples_are_accepted_in_turn() {
    let wire = Wire::start().await;
    let url = format!(
        "{}/{LIST}?app_id={}&access_token={}&page=1&page_size=10&with_tags=1&id=1",
        wire.access.base_url, wire.access.app_id, wire.token
    );
    let form = "application/x-www-form-urlencoded";
    let listed = wire.http.get(url).header("content-type", form).send().await.unwrap();
    assert_eq!(listed.json::<Value>().await.unwrap()["data"][0]["name"], "api分组");

    let added = wire.post(ADD, json!({ "name": "api分组" })).await;
    assert_eq!((&added["errcode"], &added["data"]["type"]), (&json!(0), &json!(2)));
    let group = added["data"]["id"].clone();
    let members = json!({ "group_id": group, "tag_names": ["增", "删"] });
    assert_eq!(wire.post(BATCH_ADD, members).await, json!({ "data": null, "errcode": 0 }));
    let (group, first) = (group.to_string(), group.as_u64().unwrap() + 1);
    let tag = |id: u64, name: &str, sort: &str| {
        json!({
            "id": id.to_string(), "name": name, "parent_id": group, "sort": sort, "contact_cnt": 0,
        })
    };
    let listed = wire.get(LIST, &[("with_tags", "1"), ("id", &group)]).await;
    let tags = json!([tag(first, "删", "2"), tag(first + 1, "增", "1")]);
    assert_eq!(listed["data"][0]["tags"], tags);

    let marked = json!({
        "rel_wxid": "1600000000000001",
        "contact_wxid": "7800000000000001",
        "smart_tag_ids": [2, 3],
    });
    let marked = wire.post(UPDATE_CONTACT, marked).await;
    assert!(marked["data"].is_object() && marked["errcode"] == 0);
    let deleted = wire.post(DELETE, json!({ "id": 1 })).await;
    assert_eq!(deleted, json!({ "data": null, "errcode": 0 }));
}
