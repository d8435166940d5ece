//! `add_corp_tag`: WeCom docs, page 92117.

use serde_json::json;

use crate::support::{ADD, DEL, Wire, names};

#[tokio::test]
async fn a_new_group_comes_with_its_tags_as_one_object() {
    let wire = Wire::start().await;
    let body = json!({ "group_name": "阶段", "order": 70,
        "tag": [{ "name": "线索", "order": 2 }, { "name": "成交", "order": 9 }] });
    let made = wire.post(ADD, body).await;
    let group = &made["tag_group"];
    assert_eq!((&group["group_name"], &group["order"]), (&json!("阶段"), &json!(70)));
    assert_eq!(names(&group["tag"], "name"), ["成交", "线索"]);
    assert!(group["create_time"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(wire.groups().await[0]["group_name"], "阶段");
    assert_eq!(wire.admin().commits("add_corp_tag"), 1);
}

#[tokio::test]
async fn an_existing_group_name_is_added_to() {
    let wire = Wire::start().await;
    let before = wire.group("意向").await;
    let made = wire.make("意向", &["待定"]).await;
    assert_eq!(made["group_id"], before["group_id"]);
    assert_eq!(names(&made["tag"], "name"), ["待定"]);
    assert_eq!(wire.group("意向").await["tag"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_group_id_makes_name_and_order_void() {
    let wire = Wire::start().await;
    let group = wire.group("意向").await;
    let body = json!({ "group_id": group["group_id"], "group_name": "别的", "order": 999,
        "tag": [{ "name": "待定" }] });
    let made = wire.post(ADD, body).await;
    assert_eq!(made["tag_group"]["group_name"], "意向");
    assert_eq!(made["tag_group"]["order"], group["order"]);
}

#[tokio::test]
async fn one_name_twice_in_a_request_is_one_tag() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索", "线索", "成交"]).await;
    assert_eq!(names(&made["tag"], "name"), ["线索", "成交"]);
}

#[tokio::test]
async fn a_name_that_is_in_the_group_refuses_the_whole_request() {
    let wire = Wire::start().await;
    let body = json!({ "group_name": "意向", "tag": [{ "name": "新的" }, { "name": "高意向" }] });
    let answer = wire.post(ADD, body).await;
    assert_eq!(answer["errcode"], 40071);
    assert_eq!(wire.group("意向").await["tag"].as_array().unwrap().len(), 3);
    assert_eq!(wire.admin().commits("add_corp_tag"), 0);
}

#[tokio::test]
async fn names_are_1_to_30_characters_long() {
    let wire = Wire::start().await;
    let (longest, too_long) = ("字".repeat(30), "字".repeat(31));
    wire.make(&longest, &[&longest]).await;
    for (group, tag) in [(too_long.as_str(), "a"), ("a", too_long.as_str()), ("a", "")] {
        let body = json!({ "group_name": group, "tag": [{ "name": tag }] });
        assert_eq!(wire.post(ADD, body).await["errcode"], 40072);
    }
}

#[tokio::test]
async fn an_empty_group_id_is_an_error_not_an_absence() {
    let wire = Wire::start().await;
    let body = json!({ "group_id": "", "group_name": "阶段", "tag": [{ "name": "线索" }] });
    let answer = wire.post(ADD, body).await;
    assert_eq!(answer["errcode"], 40058);
    let message = answer["errmsg"].as_str().unwrap();
    assert!(message.starts_with("field `group_id` unexpected empty string"), "{message}");
}

#[tokio::test]
async fn a_group_without_tags_cannot_be_made() {
    let wire = Wire::start().await;
    for tags in [json!([]), json!(null), json!([{ "order": 1 }])] {
        let answer = wire.post(ADD, json!({ "group_name": "阶段", "tag": tags })).await;
        assert_eq!(answer["errcode"], 41018);
    }
    let nowhere = wire.post(ADD, json!({ "tag": [{ "name": "线索" }] })).await;
    assert_eq!(nowhere["errcode"], 40058);
}

#[tokio::test]
async fn unknown_and_deleted_groups_are_40068() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索"]).await;
    wire.post(DEL, json!({ "group_id": [made["group_id"]] })).await;
    for id in [json!("et1"), made["group_id"].clone(), made["tag"][0]["id"].clone()] {
        let answer = wire.post(ADD, json!({ "group_id": id, "tag": [{ "name": "a" }] })).await;
        assert_eq!(answer["errcode"], 40068);
    }
}

#[tokio::test]
async fn a_corp_has_at_most_10000_tags() {
    let wire = Wire::start().await;
    let seeded: usize =
        wire.groups().await.iter().map(|group| group["tag"].as_array().unwrap().len()).sum();
    wire.admin().add_tags(1, 9_999 - seeded);
    let two = json!({ "group_name": "末", "tag": [{ "name": "一" }, { "name": "二" }] });
    assert_eq!(wire.post(ADD, two).await["errcode"], 40126);
    let last = wire.make("末", &["一"]).await;
    wire.post(DEL, json!({ "group_id": [last["group_id"]] })).await;
    wire.make("末", &["二"]).await;
}
