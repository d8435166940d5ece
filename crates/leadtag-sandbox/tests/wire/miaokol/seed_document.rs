//! The samples of the vendor's page on smart tags, with real ids and credentials in place of the
//! samples' own.

use serde_json::json;

use super::rig::{ADD, BATCH, DELETE, LIST, Rig, UPDATE};

#[tokio::test]
async fn the_documented_requests_get_the_documented_answers() {
    let rig = Rig::start().await;
    let made = rig.post(ADD, json!({ "name": "api分组" })).await;
    let (id, ctime) = (made["data"]["id"].as_i64().unwrap(), made["data"]["ctime"].clone());
    let expected = json!({
        "data": {
            "id": id, "user_id": 2, "sub_user_id": 0, "corp_id": 0, "module": 47,
            "name": "api分组", "type": 2, "is_delete": 0, "number": 0, "parent_id": 0,
            "ctime": ctime, "utime": ctime, "sort": 0, "extra": null,
        },
        "errcode": 0,
    });
    assert_eq!(made, expected);

    let batch = rig.post(BATCH, json!({ "group_id": id, "tag_names": ["增", "删"] })).await;
    assert_eq!(batch, json!({ "data": null, "errcode": 0 }));

    let (first, second) = (id + 1, id + 2);
    let list = rig.get(LIST, &format!("page=1&page_size=10&with_tags=1&id={id}")).await;
    let parent = id.to_string();
    let tag = |id: i64, name: &str, sort: &str| {
        json!({
            "id": id.to_string(), "name": name, "parent_id": parent, "sort": sort, "contact_cnt": 0,
        })
    };
    let expected = json!({
        "data": [{
            "id": id, "name": "api分组", "type": 2, "number": 0,
            "tags": [tag(first, "删", "2"), tag(second, "增", "1")],
        }],
        "pager": {
            "page": 1, "perPage": 20, "numRecords": 1, "numPages": 1,
            "firstRecord": 0, "lastRecord": 0,
        },
        "errcode": 0,
    });
    assert_eq!(list, expected);

    let update = json!({
        "rel_wxid": "1600000000000001",
        "contact_wxid": "7800000000000001",
        "smart_tag_ids": [first, second],
    });
    assert_eq!(rig.post(UPDATE, update).await, json!({ "data": {}, "errcode": 0 }));

    let deleted = rig.post(DELETE, json!({ "id": id })).await;
    assert_eq!(deleted, json!({ "data": null, "errcode": 0 }));
}
