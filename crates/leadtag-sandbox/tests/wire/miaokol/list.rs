//! The list of groups and tags, and its pager.

use serde_json::{Value, json};

use super::support::{ADD, LIST, Wire, column};

#[tokio::test]
async fn a_group_and_its_tags_have_the_types_of_the_sample() {
    let wire = Wire::start().await;
    let answer = wire.get(LIST, &[("with_tags", "1"), ("id", "1"), ("page_size", "10")]).await;
    let expected = json!({
        "data": [{
            "id": 1, "name": "api分组", "type": 2, "number": 0,
            "tags": [
                { "id": "2", "name": "删", "parent_id": "1", "sort": "2", "contact_cnt": 0 },
                { "id": "3", "name": "增", "parent_id": "1", "sort": "1", "contact_cnt": 0 },
            ],
        }],
        "pager": {
            "page": 1, "perPage": 20, "numRecords": 1, "numPages": 1,
            "firstRecord": 0, "lastRecord": 0,
        },
        "errcode": 0,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn tags_are_left_out_unless_asked_for() {
    let wire = Wire::start().await;
    for params in [&[][..], &[("with_tags", "0")]] {
        let data = wire.get(LIST, params).await["data"].clone();
        assert_eq!(data[0]["name"], "api分组");
        assert!(data.as_array().unwrap().iter().all(|group| group.get("tags").is_none()));
    }
}

#[tokio::test]
async fn an_empty_group_has_an_empty_list_of_tags() {
    let wire = Wire::start().await;
    assert_eq!(wire.group("待整理").await["tags"], json!([]));
}

#[tokio::test]
async fn ten_groups_come_on_a_page_and_the_rest_on_the_second() {
    let wire = Wire::start().await;
    let first = wire.get(LIST, &[]).await;
    let second = wire.get(LIST, &[("page", "2"), ("page_size", "10")]).await;
    let pager = |page, first, last| {
        json!({
            "page": page, "perPage": 20, "numRecords": 13, "numPages": 2,
            "firstRecord": first, "lastRecord": last,
        })
    };
    assert_eq!((&first["pager"], &second["pager"]), (&pager(1, 0, 9), &pager(2, 10, 12)));
    let mut ids = column(&first["data"], "id");
    assert_eq!(ids.len(), 10);
    ids.extend(column(&second["data"], "id"));
    let all: Vec<Value> = wire.groups().await.iter().map(|group| group["id"].clone()).collect();
    assert_eq!(ids, all);
}

#[tokio::test]
async fn behind_the_last_page_and_for_an_unknown_group_the_list_is_empty() {
    let wire = Wire::start().await;
    let behind = wire.get(LIST, &[("page", "3")]).await;
    assert_eq!((&behind["data"], &behind["pager"]["numPages"]), (&json!([]), &json!(2)));
    // 2 is a tag.
    for id in ["2", "999"] {
        let answer = wire.get(LIST, &[("id", id)]).await;
        assert_eq!((&answer["data"], &answer["errcode"]), (&json!([]), &json!(0)));
        assert_eq!(answer["pager"]["numRecords"], 0);
    }
}

#[tokio::test]
async fn parameters_out_of_range_are_406() {
    let wire = Wire::start().await;
    for (name, value) in [
        ("page", "0"),
        ("page", "-1"),
        ("page", "x"),
        ("page_size", "0"),
        ("page_size", "101"),
        ("with_tags", "2"),
        ("with_tags", "true"),
        ("id", "-1"),
        ("id", "x"),
    ] {
        let answer = wire.get(LIST, &[(name, value)]).await;
        assert_eq!(answer["errcode"], 406, "{name}={value}");
        assert!(answer["message"].as_str().unwrap().ends_with(name));
    }
    assert_eq!(wire.get(LIST, &[("page_size", "100")]).await["errcode"], 0);
}

#[tokio::test]
async fn a_hundred_groups_fill_the_largest_page() {
    let wire = Wire::start().await;
    for number in 0..90 {
        let made = wire.post(ADD, json!({ "name": format!("组{number}"), "type": 2 })).await;
        assert_eq!(made["errcode"], 0);
    }
    assert_eq!(wire.groups().await.len(), 100);
    let answer = wire.get(LIST, &[("page", "2"), ("page_size", "100")]).await;
    assert_eq!(answer["data"].as_array().unwrap().len(), 3);
}
