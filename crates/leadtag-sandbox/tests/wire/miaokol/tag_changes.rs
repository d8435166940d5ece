//! `smart-tag/add`, `delete` and `batchAddTag`.

use std::time::Duration;

use serde_json::{Value, json};

use super::rig::{ADD, BATCH, DELETE, Rig, names};

#[tokio::test]
async fn a_new_tag_is_answered_with_every_documented_member_and_ids_as_numbers() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let body = json!({ "id": 0, "name": "线索", "type": 1, "parent_id": group });
    let answer = rig.post(ADD, body).await;
    let data = &answer["data"];
    let expected = json!({
        "id": data["id"], "user_id": 2, "sub_user_id": 0, "corp_id": 0, "module": 47,
        "name": "线索", "type": 1, "is_delete": 0, "number": 0, "parent_id": group,
        "ctime": data["ctime"], "utime": data["ctime"], "sort": 0, "extra": null,
    });
    assert_eq!(data, &expected);
    assert!(data["id"].is_i64() && data["ctime"].is_u64());
    assert_eq!(answer["errcode"], 0);
}

#[tokio::test]
async fn groups_and_tags_share_one_sequence_of_ids() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    assert_eq!(rig.new_tag(group, "线索").await, group + 1);
    assert_eq!(rig.new_group("意愿").await, group + 2);
}

#[tokio::test]
async fn without_a_type_a_group_is_made_as_in_the_sample() {
    let rig = Rig::start().await;
    let made = rig.post(ADD, json!({ "name": "阶段" })).await;
    assert_eq!((&made["data"]["type"], &made["data"]["parent_id"]), (&json!(2), &json!(0)));
}

#[tokio::test]
async fn an_id_edits_what_is_there() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    rig.admin().advance_clock(Duration::from_secs(100));
    let body = json!({ "id": group, "name": "新阶段", "type": 2 });
    let edited = rig.post(ADD, body).await["data"].clone();
    assert_eq!((&edited["id"], &edited["name"]), (&json!(group), &json!("新阶段")));
    assert!(edited["utime"].as_u64() >= edited["ctime"].as_u64().map(|time| time + 100));
    let body = json!({ "id": tag, "name": "新线索", "type": 1, "parent_id": group });
    assert_eq!(rig.post(ADD, body).await["data"]["name"], "新线索");
    assert_eq!(names(&rig.group("新阶段").await["tags"]), ["新线索"]);
}

#[tokio::test]
async fn editing_a_tag_with_another_parent_moves_it() {
    let rig = Rig::start().await;
    let (one, two) = (rig.new_group("一").await, rig.new_group("二").await);
    let tag = rig.new_tag(one, "线索").await;
    let body = json!({ "id": tag, "name": "线索", "type": 1, "parent_id": two });
    assert_eq!(rig.post(ADD, body).await["data"]["parent_id"], two);
    assert_eq!(rig.group("一").await["tags"], json!([]));
    assert_eq!(rig.group("二").await["tags"][0]["id"], tag.to_string());
}

#[tokio::test]
async fn an_edit_that_changes_nothing_commits_nothing() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    rig.admin().reset_counts();
    let body = json!({ "id": group, "name": "阶段", "type": 2 });
    assert_eq!(rig.post(ADD, body).await["errcode"], 0);
    assert_eq!(rig.admin().commits(ADD), 0);
}

#[tokio::test]
async fn a_tag_needs_a_group_when_made_and_when_edited() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    for body in [
        json!({ "name": "a", "type": 1 }),
        json!({ "name": "a", "type": 1, "parent_id": 0 }),
        json!({ "id": tag, "name": "a", "type": 1 }),
    ] {
        assert_eq!(rig.post(ADD, body.clone()).await["errcode"], 406, "{body}");
    }
}

#[tokio::test]
async fn what_is_unknown_deleted_or_of_the_other_kind_is_1() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    let gone = rig.new_group("旧组").await;
    assert_eq!(rig.post(DELETE, json!({ "id": gone })).await["errcode"], 0);
    for (path, body) in [
        (ADD, json!({ "id": 999_999, "name": "a", "type": 2 })),
        (ADD, json!({ "id": gone, "name": "a", "type": 2 })),
        (ADD, json!({ "id": tag, "name": "a", "type": 2 })),
        (ADD, json!({ "id": group, "name": "a", "type": 1, "parent_id": group })),
        (ADD, json!({ "name": "a", "type": 1, "parent_id": gone })),
        (ADD, json!({ "name": "a", "type": 1, "parent_id": tag })),
        (DELETE, json!({ "id": gone })),
        (DELETE, json!({ "id": 0 })),
        (BATCH, json!({ "group_id": gone, "tag_names": ["a"] })),
        (BATCH, json!({ "group_id": tag, "tag_names": ["a"] })),
    ] {
        assert_eq!(rig.post(path, body.clone()).await["errcode"], 1, "{path} {body}");
    }
}

#[tokio::test]
async fn names_may_repeat_but_not_be_empty() {
    let rig = Rig::start().await;
    assert_ne!(rig.new_group("阶段").await, rig.new_group("阶段").await);
    for body in [json!({ "name": "", "type": 2 }), json!({ "type": 2 })] {
        assert_eq!(rig.post(ADD, body).await["errcode"], 406);
    }
}

#[tokio::test]
async fn a_delete_takes_an_id_alone_and_a_group_its_tags_with_it() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    let answer = rig.post(DELETE, json!({ "id": group })).await;
    assert_eq!(answer, json!({ "data": null, "errcode": 0 }));
    assert_eq!(rig.post(DELETE, json!({ "id": tag })).await["errcode"], 1);
    let snapshot = rig.admin().snapshot();
    let groups = snapshot["miaokol"]["groups"].as_array().unwrap();
    let kept = groups.iter().find(|kept| kept["id"] == group).unwrap();
    assert_eq!((&kept["deleted"], &kept["tags"][0]["deleted"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn a_group_stays_when_its_last_tag_goes() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    rig.post(DELETE, json!({ "id": tag })).await;
    assert_eq!(rig.group("阶段").await["tags"], json!([]));
}

#[tokio::test]
async fn a_batch_answers_no_ids_and_numbers_from_the_last_name_on() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let body = json!({ "group_id": group, "tag_names": ["增", "删", "改"] });
    assert_eq!(rig.post(BATCH, body).await, json!({ "data": null, "errcode": 0 }));
    let tags = rig.group("阶段").await["tags"].clone();
    assert_eq!(names(&tags), ["改", "删", "增"]);
    let of = |member: &str| {
        let tags = tags.as_array().unwrap().iter();
        tags.map(|tag| tag[member].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(of("sort"), ["3", "2", "1"]);
    assert_eq!(of("id"), [1, 2, 3].map(|after| (group + after).to_string()));
}

#[tokio::test]
async fn group_id_0_makes_a_group_that_needs_a_name() {
    let rig = Rig::start().await;
    for body in [
        json!({ "group_id": 0, "tag_names": ["a"] }),
        json!({ "tag_names": ["a"] }),
        json!({ "group_id": 0, "group_name": "", "tag_names": ["a"] }),
        json!({ "group_id": 0, "group_name": "阶段", "tag_names": [] }),
        json!({ "group_id": 0, "group_name": "阶段", "tag_names": ["a", ""] }),
        json!({ "group_id": 0, "group_name": "阶段" }),
    ] {
        assert_eq!(rig.post(BATCH, body.clone()).await["errcode"], 406, "{body}");
    }
    assert_eq!(rig.groups().await.len(), 5);
    for body in [
        json!({ "group_id": 0, "group_name": "阶段", "tag_names": ["a"] }),
        json!({ "group_name": "阶段", "tag_names": ["b"] }),
    ] {
        assert_eq!(rig.post(BATCH, body).await["data"], Value::Null);
    }
    assert_eq!(rig.groups().await.len(), 7);
}
