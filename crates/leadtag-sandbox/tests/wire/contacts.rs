//! `list`, `get` and `batch/get_by_user`: WeCom docs, pages 96314, 96316 and 23414.

use std::collections::BTreeSet;

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{BATCH, Wire};

const LIST: &str = "externalcontact/list";
const GET: &str = "externalcontact/get";

#[tokio::test]
async fn a_member_without_customers_is_84061_not_an_empty_list() {
    let wire = Wire::start().await;
    let answer = wire.get(LIST, &format!("userid={}", wire.access.idle_userid)).await;
    assert_eq!(answer["errcode"], 84061);
    assert_eq!(answer["external_userid"], json!([]));
    assert_eq!(wire.get(LIST, "userid=nobody").await["errcode"], 40003);
    let some = wire.get(LIST, "userid=zhangwei").await;
    assert_eq!(some["external_userid"][0], "wmSandbox00000000");
}

#[tokio::test]
async fn the_people_are_made_up() {
    let wire = Wire::start().await;
    let got = wire.get(GET, "external_userid=wmSandbox00000000").await;
    let follow = &got["follow_user"][0];
    assert_eq!(follow["remark_mobiles"], json!(["19900000000"]));
    assert!(follow["description"].as_str().unwrap().ends_with("@example.com"));
    assert!(got.get("next_cursor").is_none());
}

#[tokio::test]
async fn personal_tags_have_no_id_and_strategy_tags_are_type_3() {
    let wire = Wire::start().await;
    let got = wire.get(GET, "external_userid=wmSandbox00000000").await;
    let tags = got["follow_user"][0]["tags"].as_array().unwrap();
    let personal = tags.iter().find(|tag| tag["type"] == 2).unwrap();
    assert!(personal.get("tag_id").is_none());
    assert!(tags.iter().any(|tag| tag["type"] == 3));
}

#[tokio::test]
async fn untagged_customers_show_an_empty_list_or_none_at_all() {
    let wire = Wire::start().await;
    let mut shapes = BTreeSet::new();
    for at in [9, 19] {
        let got = wire.get(GET, &format!("external_userid=wmSandbox{at:08}")).await;
        shapes.insert(got["follow_user"][0].get("tags").map(Value::to_string));
    }
    assert_eq!(shapes, BTreeSet::from([None, Some("[]".to_owned())]));
}

#[tokio::test]
async fn wrong_customers_have_their_codes() {
    let wire = Wire::start().await;
    assert_eq!(wire.get(GET, "").await["errcode"], 41035);
    let unknown = wire.get(GET, "external_userid=wmUnknown").await;
    assert_eq!(unknown["errcode"], 40096);
    assert_eq!(unknown["follow_user"], json!([]));
}

#[tokio::test]
async fn more_than_500_followers_come_in_pages() {
    let wire = Wire::start().await;
    assert!(wire.admin().add_followers("wmSandbox00000000", 1000));
    let (mut cursor, mut sizes, mut seen) = (String::new(), Vec::new(), BTreeSet::new());
    loop {
        let query = format!("external_userid=wmSandbox00000000&cursor={cursor}");
        let got = wire.get(GET, &query).await;
        let follow = got["follow_user"].as_array().unwrap();
        sizes.push(follow.len());
        seen.extend(follow.iter().map(|follow| follow["userid"].to_string()));
        match got.get("next_cursor") {
            Some(next) => cursor = next.as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [500, 500, 1]);
    assert_eq!(seen.len(), 1001);
}

#[tokio::test]
async fn batch_pages_hold_every_pair_once_and_end_with_an_empty_cursor() {
    let wire = Wire::start().await;
    let (mut cursor, mut rows) = (json!(""), Vec::new());
    loop {
        let body = json!({ "userid_list": ["zhangwei", "liuyang", "lina"], "limit": 7,
            "cursor": cursor });
        let page = wire.post(BATCH, body).await;
        assert_eq!(page["errcode"], 0, "{page}");
        rows.extend(page["external_contact_list"].as_array().unwrap().clone());
        cursor = page["next_cursor"].clone();
        if cursor == "" {
            break;
        }
    }
    let pairs: BTreeSet<String> = rows
        .iter()
        .map(|row| {
            let (info, contact) = (&row["follow_info"], &row["external_contact"]);
            assert!(info["tag_id"].is_array() && info.get("tags").is_none());
            format!("{} {}", info["userid"], contact["external_userid"])
        })
        .collect();
    assert_eq!(pairs.len(), rows.len());
    let mut listed = 0;
    for userid in ["zhangwei", "lina"] {
        let list = wire.get(LIST, &format!("userid={userid}")).await;
        listed += list["external_userid"].as_array().unwrap().len();
    }
    assert_eq!(rows.len(), listed);
}

#[tokio::test]
async fn the_limit_is_50_by_default_and_100_at_most() {
    let wire = Wire::with(Sandbox::builder().leads(1000)).await;
    for (limit, rows) in [(json!(null), 50), (json!(20), 20), (json!(100), 100), (json!(999), 100)]
    {
        let page = wire.post(BATCH, json!({ "userid_list": ["lina"], "limit": limit })).await;
        assert_eq!(page["external_contact_list"].as_array().unwrap().len(), rows);
    }
}

#[tokio::test]
async fn unlicensed_members_are_reported_beside_the_others() {
    let wire = Wire::start().await;
    let page = wire.post(BATCH, json!({ "userid_list": ["lina", "chenjie"] })).await;
    assert_eq!(page["fail_info"]["unlicensed_userid_list"], json!(["chenjie"]));
    let rows = page["external_contact_list"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["follow_info"]["userid"] == "lina"));
    let none = wire.post(BATCH, json!({ "userid_list": ["chenjie"] })).await;
    assert_eq!(none["errcode"], 701_008);
    let fine = wire.post(BATCH, json!({ "userid_list": ["lina"] })).await;
    assert!(fine.get("fail_info").is_none());
}

#[tokio::test]
async fn the_older_form_with_one_userid_still_works() {
    let wire = Wire::start().await;
    let old = wire.post(BATCH, json!({ "userid": "lina", "cursor": "", "limit": 50 })).await;
    let new = wire.post(BATCH, json!({ "userid_list": ["lina"] })).await;
    assert_eq!(old, new);
}

#[tokio::test]
async fn wrong_batch_arguments_are_refused() {
    let wire = Wire::start().await;
    let many: Vec<_> = (0..101).map(|n| format!("u{n}")).collect();
    let page = wire.post(BATCH, json!({ "userid_list": ["lina"], "limit": 1 })).await;
    for (body, code) in [
        (json!({ "userid_list": many }), 40058),
        (json!({ "userid_list": [] }), 40058),
        (json!({ "userid_list": ["nobody"] }), 40003),
        (json!({ "userid_list": ["lina"], "cursor": "made-up" }), 40058),
        (json!({ "userid_list": ["zhangwei"], "cursor": page["next_cursor"] }), 40058),
        (json!({ "userid_list": ["lina"], "limit": 0 }), 40058),
    ] {
        assert_eq!(wire.post(BATCH, body.clone()).await["errcode"], code, "{body}");
    }
}

#[tokio::test]
async fn a_million_customers_cost_nothing_until_asked_for() {
    let wire = Wire::with(Sandbox::builder().leads(1_000_000)).await;
    let got = wire.get(GET, "external_userid=wmSandbox00999999").await;
    assert_eq!(got["errcode"], 0);
    let past = wire.get(GET, "external_userid=wmSandbox01000000").await;
    assert_eq!(past["errcode"], 40096);
}
