//! Making, editing and deleting groups and tags.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{ADD, BATCH_ADD, DELETE, LIST, Wire, column, id};

fn record<'a>(state: &'a Value, list: &str, id: &Value) -> &'a Value {
    let records = state["miaokol"][list].as_array().unwrap();
    records.iter().find(|record| record["id"] == *id).unwrap()
}

#[tokio::test]
async fn a_new_group_is_answered_as_one_object_with_ids_as_numbers() {
    let wire = Wire::start().await;
    let answer =
        wire.post(ADD, json!({ "id": 0, "name": "新组", "type": 2, "parent_id": 0 })).await;
    let data = &answer["data"];
    let (id, time) = (data["id"].as_u64().unwrap(), data["ctime"].as_u64().unwrap());
    let expected = json!({
        "id": id, "user_id": 2, "sub_user_id": 0, "corp_id": 0, "module": 47, "name": "新组",
        "type": 2, "is_delete": 0, "number": 0, "parent_id": 0, "ctime": time, "utime": time,
        "sort": 0, "extra": null,
    });
    assert_eq!(*data, expected);
    assert_eq!(wire.group("新组").await["tags"], json!([]));
}

#[tokio::test]
async fn without_a_type_a_group_is_made() {
    let wire = Wire::start().await;
    assert_eq!(wire.post(ADD, json!({ "name": "无类型" })).await["data"]["type"], 2);
}

#[tokio::test]
async fn a_new_tag_has_an_id_of_the_same_sequence_and_text_in_the_list() {
    let wire = Wire::start().await;
    let group = wire.post(ADD, json!({ "name": "组", "type": 2 })).await["data"]["id"].clone();
    let tag = wire.post(ADD, json!({ "name": "签", "type": 1, "parent_id": group })).await;
    let tag = &tag["data"];
    assert_eq!(tag["id"].as_u64().unwrap(), group.as_u64().unwrap() + 1);
    assert_eq!((&tag["type"], &tag["parent_id"]), (&json!(1), &group));
    let expected = json!([{
        "id": tag["id"].to_string(), "name": "签", "parent_id": group.to_string(), "sort": "0",
        "contact_cnt": 0,
    }]);
    assert_eq!(wire.group("组").await["tags"], expected);
}

#[tokio::test]
async fn names_may_repeat() {
    let wire = Wire::start().await;
    for (path, members) in [
        (ADD, json!({ "name": "api分组", "type": 2 })),
        (ADD, json!({ "name": "增", "type": 1, "parent_id": 1 })),
        (BATCH_ADD, json!({ "group_id": 1, "tag_names": ["增", "增"] })),
    ] {
        assert_eq!(wire.post(path, members).await["errcode"], 0);
    }
    let names = column(&wire.group("api分组").await["tags"], "name");
    assert_eq!(names, ["增", "增", "删", "增", "增"]);
    assert_eq!(wire.groups().await.iter().filter(|group| group["name"] == "api分组").count(), 2);
}

#[tokio::test]
async fn an_id_edits_what_has_it() {
    let wire = Wire::start().await;
    wire.admin().advance_clock(Duration::from_secs(60));
    let group = wire.post(ADD, json!({ "id": 1, "name": "改名", "type": 2 })).await;
    assert_eq!((&group["data"]["id"], &group["data"]["name"]), (&json!(1), &json!("改名")));
    assert_eq!(group["data"]["ctime"], 1_655_969_708);
    assert_ne!(group["data"]["utime"], 1_655_969_708);
    let tag = wire.post(ADD, json!({ "id": 2, "name": "改", "type": 1 })).await;
    assert_eq!((&tag["data"]["parent_id"], &tag["data"]["sort"]), (&json!(1), &json!(2)));
    assert_eq!(column(&wire.group("改名").await["tags"], "name"), ["改", "增"]);
    assert_eq!(wire.admin().commits(ADD), 2);
    wire.post(ADD, json!({ "id": 2, "name": "改", "type": 1 })).await;
    assert_eq!(wire.admin().commits(ADD), 2);
}

#[tokio::test]
async fn an_edit_with_a_parent_moves_a_tag() {
    let wire = Wire::start().await;
    let target = wire.group("待整理").await["id"].clone();
    wire.post(ADD, json!({ "id": 2, "name": "删", "type": 1, "parent_id": target })).await;
    assert_eq!(column(&wire.group("待整理").await["tags"], "id"), ["2"]);
    assert_eq!(column(&wire.group("api分组").await["tags"], "id"), ["3"]);
}

#[tokio::test]
async fn what_cannot_be_added_or_edited_changes_nothing() {
    let wire = Wire::start().await;
    let before = wire.admin().snapshot();
    for (members, code) in [
        (json!({ "type": 2 }), 406),
        (json!({ "name": "", "type": 2 }), 406),
        (json!({ "name": 1, "type": 2 }), 406),
        (json!({ "name": "a", "type": 3 }), 406),
        (json!({ "name": "a", "type": "2" }), 406),
        (json!({ "name": "a", "type": 1 }), 406),
        (json!({ "name": "a", "type": 1, "parent_id": 0 }), 406),
        (json!({ "name": "a", "type": 2, "parent_id": 1 }), 406),
        (json!({ "name": "a", "type": 1, "parent_id": "1" }), 406),
        (json!({ "id": "1", "name": "a", "type": 2 }), 406),
        (json!({ "id": null, "name": "a", "type": 2 }), 406),
        (json!({ "name": "a", "type": 2, "sort": 1 }), 406),
        (json!({ "name": "a", "type": 1, "parent_id": 999 }), 1),
        (json!({ "name": "a", "type": 1, "parent_id": 2 }), 1),
        (json!({ "id": 999, "name": "a", "type": 2 }), 1),
        (json!({ "id": 2, "name": "a", "type": 2 }), 1),
        (json!({ "id": 2, "name": "a", "type": 1, "parent_id": 999 }), 1),
    ] {
        assert_eq!(wire.post(ADD, members.clone()).await["errcode"], code, "{members}");
    }
    assert_eq!(wire.admin().snapshot(), before);
}

#[tokio::test]
async fn delete_takes_any_id_and_no_type() {
    let wire = Wire::start().await;
    let answer = wire.post(DELETE, json!({ "id": 2 })).await;
    assert_eq!(answer, json!({ "data": null, "errcode": 0 }));
    assert_eq!(column(&wire.group("api分组").await["tags"], "id"), ["3"]);
    assert_eq!(wire.post(DELETE, json!({ "id": 1 })).await["errcode"], 0);
    let answer = wire.get(LIST, &[("id", "1")]).await;
    assert_eq!(answer["data"], json!([]));
    let state = wire.admin().snapshot();
    for (list, id) in [("groups", 1), ("tags", 2), ("tags", 3)] {
        assert_eq!(record(&state, list, &json!(id))["is_delete"], 1);
    }
    for (members, code) in [
        (json!({ "id": 1 }), 1),
        (json!({ "id": 3 }), 1),
        (json!({ "id": 999 }), 1),
        (json!({ "id": 0 }), 406),
        (json!({ "id": "4" }), 406),
        (json!({ "id": 4, "type": 2 }), 406),
        (json!({}), 406),
    ] {
        assert_eq!(wire.post(DELETE, members.clone()).await["errcode"], code, "{members}");
    }
    assert_eq!(wire.admin().commits(DELETE), 2);
}

#[tokio::test]
async fn a_group_outlives_its_last_tag() {
    let wire = Wire::start().await;
    wire.post(DELETE, json!({ "id": 2 })).await;
    wire.post(DELETE, json!({ "id": 3 })).await;
    assert_eq!(wire.group("api分组").await["tags"], json!([]));
}

#[tokio::test]
async fn a_batch_of_tags_answers_no_ids() {
    let wire = Wire::start().await;
    let answer = wire.post(BATCH_ADD, json!({ "group_id": 1, "tag_names": ["甲", "乙"] })).await;
    assert_eq!(answer, json!({ "data": null, "errcode": 0 }));
    assert_eq!(column(&wire.group("api分组").await["tags"], "name"), ["乙", "甲", "删", "增"]);
}

#[tokio::test]
async fn a_batch_numbers_its_tags_from_the_last_name_on() {
    let wire = Wire::start().await;
    let members = json!({ "group_name": "批", "tag_names": ["增", "删", "改"] });
    assert_eq!(wire.post(BATCH_ADD, members).await["errcode"], 0);
    let group = wire.group("批").await;
    let tags = &group["tags"];
    assert_eq!(column(tags, "name"), ["改", "删", "增"]);
    assert_eq!(column(tags, "sort"), ["3", "2", "1"]);
    let first = group["id"].as_u64().unwrap() + 1;
    let ids: Vec<_> = tags.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [first, first + 1, first + 2]);
}

#[tokio::test]
async fn a_batch_makes_its_group_when_the_id_is_0_or_missing() {
    let wire = Wire::start().await;
    for (members, name) in [
        (json!({ "group_id": 0, "group_name": "批一", "tag_names": ["甲"] }), "批一"),
        (json!({ "group_name": "批二", "tag_names": ["甲"] }), "批二"),
    ] {
        assert_eq!(wire.post(BATCH_ADD, members).await["data"], Value::Null);
        let group = wire.group(name).await;
        let tag = &group["tags"][0];
        assert_eq!(id(tag), group["id"].as_u64().unwrap() + 1);
    }
}

#[tokio::test]
async fn a_batch_is_refused_whole() {
    let wire = Wire::start().await;
    let before = wire.admin().snapshot();
    for (members, code) in [
        (json!({ "tag_names": ["甲"] }), 406),
        (json!({ "group_id": 0, "group_name": "", "tag_names": ["甲"] }), 406),
        (json!({ "group_id": 1 }), 406),
        (json!({ "group_id": 1, "tag_names": [] }), 406),
        (json!({ "group_id": 1, "tag_names": ["甲", ""] }), 406),
        (json!({ "group_id": 1, "tag_names": ["甲", 1] }), 406),
        (json!({ "group_id": 1, "tag_names": "甲" }), 406),
        (json!({ "group_id": "1", "tag_names": ["甲"] }), 406),
        (json!({ "group_id": 2, "tag_names": ["甲"] }), 1),
        (json!({ "group_id": 999, "tag_names": ["甲"] }), 1),
    ] {
        assert_eq!(wire.post(BATCH_ADD, members.clone()).await["errcode"], code, "{members}");
    }
    assert_eq!(wire.admin().snapshot(), before);
}
