//! `edit_corp_tag` and `del_corp_tag`: WeCom docs, page 92117.

use serde_json::json;

use crate::support::{ADD, DEL, EDIT, LIST, MARK, Wire, names};

#[tokio::test]
async fn only_the_fields_given_change() {
    let wire = Wire::start().await;
    let group = wire.group("意向").await;
    let tag = &group["tag"][0];
    assert_eq!(wire.post(EDIT, json!({ "id": tag["id"], "name": "热" })).await["errcode"], 0);
    let renamed = wire.group("意向").await["tag"][0].clone();
    assert_eq!((&renamed["name"], &renamed["order"]), (&json!("热"), &tag["order"]));
    assert_eq!(wire.post(EDIT, json!({ "id": tag["id"], "order": 0 })).await["errcode"], 0);
    let names = names(&wire.group("意向").await["tag"], "name");
    assert_eq!(names, ["中意向", "低意向", "热"]);
}

#[tokio::test]
async fn groups_are_edited_by_the_same_call() {
    let wire = Wire::start().await;
    let id = wire.group("地区").await["group_id"].clone();
    let body = json!({ "id": id, "name": "区域", "order": 99 });
    assert_eq!(wire.post(EDIT, body).await["errcode"], 0);
    assert_eq!(wire.groups().await[0]["group_name"], "区域");
}

#[tokio::test]
async fn names_are_unique_among_groups_and_within_a_group() {
    let wire = Wire::start().await;
    let group = wire.group("意向").await;
    let (id, tag) = (&group["group_id"], &group["tag"][0]["id"]);
    assert_eq!(wire.post(EDIT, json!({ "id": id, "name": "来源" })).await["errcode"], 40071);
    assert_eq!(wire.post(EDIT, json!({ "id": tag, "name": "低意向" })).await["errcode"], 40071);
    assert_eq!(wire.post(EDIT, json!({ "id": tag, "name": "官网" })).await["errcode"], 0);
    assert_eq!(wire.post(EDIT, json!({ "id": id, "name": "意向" })).await["errcode"], 0);
}

#[tokio::test]
async fn edits_of_nothing_known_or_with_bad_names_are_refused() {
    let wire = Wire::start().await;
    let id = wire.group("意向").await["group_id"].clone();
    for (body, code) in [
        (json!({ "name": "a" }), 41017),
        (json!({ "id": "et1", "name": "a" }), 40068),
        (json!({ "id": id, "name": "" }), 40072),
        (json!({ "id": id, "name": "字".repeat(31) }), 40072),
    ] {
        assert_eq!(wire.post(EDIT, body).await["errcode"], code);
    }
}

#[tokio::test]
async fn an_app_changes_only_what_it_made() {
    let mut wire = Wire::start().await;
    let group = wire.group("客服分类").await;
    let (id, tag) = (group["group_id"].clone(), group["tag"][0]["id"].clone());
    for one in [&id, &tag] {
        let answer = wire.post(EDIT, json!({ "id": one, "name": "我的" })).await;
        assert_eq!(answer["errcode"], 81011);
    }
    assert_eq!(wire.post(DEL, json!({ "tag_id": [tag] })).await["errcode"], 81011);
    assert_eq!(wire.post(DEL, json!({ "group_id": [id] })).await["errcode"], 81011);
    wire.log_in_as_other_app().await;
    assert_eq!(wire.post(DEL, json!({ "tag_id": [tag] })).await["errcode"], 0);
}

#[tokio::test]
async fn a_group_with_tags_of_two_apps_can_be_deleted_by_neither() {
    let mut wire = Wire::start().await;
    let id = wire.make("共用", &["一"]).await["group_id"].clone();
    wire.log_in_as_other_app().await;
    let body = json!({ "group_id": id, "tag": [{ "name": "二" }] });
    assert_eq!(wire.post(ADD, body).await["errcode"], 0);
    assert_eq!(wire.post(DEL, json!({ "group_id": [id] })).await["errcode"], 81011);
    wire.log_in().await;
    assert_eq!(wire.post(DEL, json!({ "group_id": [id] })).await["errcode"], 81011);
}

#[tokio::test]
async fn deleting_a_group_deletes_its_tags_and_their_marks() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索"]).await;
    let tag = made["tag"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({ "userid": "zhangwei", "external_userid": "wmSandbox00000000",
        "add_tag": [tag] });
    assert_eq!(wire.post(MARK, body).await["errcode"], 0);
    assert!(wire.marks("zhangwei", "wmSandbox00000000").await.contains(&tag));
    assert_eq!(wire.post(DEL, json!({ "group_id": [made["group_id"]] })).await["errcode"], 0);
    assert!(!wire.marks("zhangwei", "wmSandbox00000000").await.contains(&tag));
    let list = wire.post(LIST, json!({ "tag_id": [tag] })).await;
    assert_eq!(list["tag_group"][0]["tag"][0]["deleted"], true);
}

#[tokio::test]
async fn a_group_vanishes_with_its_last_tag() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索", "成交"]).await;
    for tag in made["tag"].as_array().unwrap() {
        assert!(wire.groups().await.iter().any(|g| g["group_id"] == made["group_id"]));
        wire.post(DEL, json!({ "tag_id": [tag["id"]] })).await;
    }
    assert!(!wire.groups().await.iter().any(|g| g["group_id"] == made["group_id"]));
    let again = wire.make("阶段", &["线索"]).await;
    assert_ne!(again["group_id"], made["group_id"]);
}

#[tokio::test]
async fn one_unknown_id_keeps_everything() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索"]).await;
    let tag = &made["tag"][0]["id"];
    let answer = wire.post(DEL, json!({ "tag_id": [tag, "et1"] })).await;
    assert_eq!(answer["errcode"], 40068);
    let swapped = wire.post(DEL, json!({ "tag_id": [made["group_id"]] })).await;
    assert_eq!(swapped["errcode"], 40068);
    assert_eq!(wire.group("阶段").await["tag"][0]["id"], *tag);
    assert_eq!(wire.post(DEL, json!({})).await["errcode"], 41017);
    assert_eq!(wire.admin().commits("del_corp_tag"), 0);
}
