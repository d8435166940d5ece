//! Tags, and the users who have them.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::rig::{Rig, code, texts};

async fn list(rig: &Rig, query: &str) -> Value {
    let page = rig.get("tag/list", query).await;
    assert_eq!(code(&page), 0, "{page}");
    page["data"].clone()
}

fn names(page: &Value) -> Vec<&str> {
    page["list"].as_array().unwrap().iter().map(|tag| tag["tag_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_tag_is_created_renamed_listed_and_deleted() {
    let rig = Rig::start().await;
    let made = rig.post("tag/create", json!({ "tag_name": "会员" })).await;
    let id = made["data"]["tag_id"].as_i64().unwrap();
    assert_eq!(made["message"], "success");
    let renamed = rig.post("tag/update", json!({ "tag_id": id, "tag_name": "老会员" })).await;
    assert_eq!(renamed["data"]["tag_id"], id);
    let page = list(&rig, "count=100").await;
    let last = page["list"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last, json!({ "tag_id": id, "tag_name": "老会员" }));
    let deleted = rig.post("tag/delete", json!({ "tag_id": id })).await;
    assert_eq!(deleted["data"], json!({ "error_code": 0, "description": "" }));
    assert!(!names(&list(&rig, "count=100").await).contains(&"老会员"));
    assert_eq!(code(&rig.post("tag/delete", json!({ "tag_id": id })).await), 2_100_005);
    let update = json!({ "tag_id": id, "tag_name": "再来" });
    assert_eq!(code(&rig.post("tag/update", update).await), 2_100_005);
    let state = rig.admin().snapshot();
    let tags = state["douyin"]["accounts"][0]["tags"].as_array().unwrap();
    let shown = json!({ "tag_id": id, "tag_name": "老会员", "deleted": true });
    assert!(tags.contains(&shown));
}

#[tokio::test]
async fn ids_do_not_fit_into_32_bits() {
    let rig = Rig::start().await;
    assert!(rig.make_tag("会员").await > i64::from(u32::MAX));
}

#[tokio::test]
async fn names_may_repeat() {
    let rig = Rig::start().await;
    assert_ne!(rig.make_tag("会员").await, rig.make_tag("会员").await);
    assert_eq!(rig.admin().commits("tag/create"), 2);
}

#[tokio::test]
async fn the_tag_list_has_pages() {
    let rig = Rig::start().await;
    let first = list(&rig, "count=4").await;
    assert_eq!((&first["cursor"], &first["has_more"]), (&json!(4), &json!(true)));
    assert_eq!(names(&first), ["高意向", "已报价", "到店体验", "老客户"]);
    let second = list(&rig, "count=4&cursor=4").await;
    assert_eq!(names(&second), ["待回访", "无效线索"]);
    assert_eq!((&second["cursor"], &second["has_more"]), (&json!(0), &json!(false)));
    assert_eq!(list(&rig, "count=3&cursor=3").await["has_more"], false);
    assert_eq!(list(&rig, "count=4&cursor=400").await["list"], json!([]));
}

#[tokio::test]
async fn an_account_has_at_most_100_tags() {
    let rig = Rig::start().await;
    for at in 6..100 {
        rig.make_tag(&format!("标签{at}")).await;
    }
    let one_more = json!({ "tag_name": "第一百零一个" });
    assert_eq!(code(&rig.post("tag/create", one_more.clone()).await), 2_100_005);
    let page = list(&rig, "count=100").await;
    let first = page["list"][0]["tag_id"].as_i64().unwrap();
    rig.post("tag/delete", json!({ "tag_id": first })).await;
    assert_eq!(code(&rig.post("tag/create", one_more).await), 0);
}

#[tokio::test]
async fn a_user_has_at_most_five_tags() {
    let rig = Rig::start().await;
    let user = rig.untagged().await;
    let mut tags = Vec::new();
    for name in ["一", "二", "三", "四", "五", "六"] {
        tags.push(rig.make_tag(name).await);
    }
    let (last, first) = (tags.pop().unwrap(), tags[0]);
    for tag in &tags {
        assert_eq!(rig.bind(*tag, &user, true).await, 0);
    }
    assert_eq!(rig.tags_of(&user).await, tags);
    assert_eq!(rig.bind(last, &user, true).await, 2_100_005);
    assert_eq!(rig.bind(first, &user, true).await, 0);
    assert_eq!(rig.bind(first, &user, false).await, 0);
    assert_eq!(rig.bind(last, &user, true).await, 0);
}

#[tokio::test]
async fn tagging_twice_changes_nothing_the_second_time() {
    let rig = Rig::start().await;
    let (tag, user) = (rig.make_tag("会员").await, rig.untagged().await);
    for bind in [true, true, false, false] {
        assert_eq!(rig.bind(tag, &user, bind).await, 0);
    }
    assert_eq!(rig.admin().commits("tag/user/update"), 2);
}

#[tokio::test]
async fn unknown_tags_and_users_are_refused() {
    let rig = Rig::start().await;
    let (tag, user) = (rig.make_tag("会员").await, rig.untagged().await);
    assert_eq!(rig.bind(7001, &user, true).await, 2_100_005);
    assert_eq!(rig.bind(tag, "u-1", true).await, 2_100_005);
    let users = rig.get("tag/user/list", "tag_id=7001&count=1").await;
    assert_eq!(code(&users), 2_100_005);
}

#[tokio::test]
async fn the_users_of_a_new_tag_are_those_it_was_put_on() {
    let rig = Rig::with(Sandbox::builder().leads(1_000_000_000)).await;
    let tag = rig.make_tag("会员").await;
    let query = format!("tag_id={tag}&count=2");
    let empty = rig.get("tag/user/list", &query).await;
    assert_eq!(empty["data"]["list"], json!([]));
    let last = "_000sandbox0L0999999999";
    let new = rig.admin().insert_douyin_lead();
    let (users, _) = rig.ids("count=5").await;
    for user in [last, &new, &users[3]] {
        assert_eq!(rig.bind(tag, user, true).await, 0);
    }
    let first = rig.get("tag/user/list", &query).await;
    assert_eq!(first["data"]["list"], json!([new, users[3]]));
    let cursor = &first["data"]["cursor"];
    let second = rig.get("tag/user/list", &format!("{query}&cursor={cursor}")).await;
    assert_eq!(second["data"]["list"], json!([last]));
    assert_eq!(second["data"]["has_more"], false);
}

#[tokio::test]
async fn the_users_of_a_seeded_tag_are_those_whose_details_show_it() {
    let rig = Rig::start().await;
    let tag = list(&rig, "count=1").await["list"][0]["tag_id"].as_i64().unwrap();
    let listed = rig.get("tag/user/list", &format!("tag_id={tag}&count=100")).await;
    let page = rig.users("count=40").await;
    let has =
        |user: &&Value| user["tag_list"].as_array().unwrap().iter().any(|t| t["tag_id"] == tag);
    let tagged: Vec<_> = page["data"]["users"].as_array().unwrap().iter().filter(has).collect();
    let tagged: Vec<_> = tagged.iter().map(|user| user["open_id"].as_str().unwrap()).collect();
    assert!(!tagged.is_empty() && tagged.len() < 40);
    assert_eq!(texts(&listed["data"]["list"]), tagged);
}

#[tokio::test]
async fn a_deleted_tag_is_gone_from_its_users() {
    let rig = Rig::start().await;
    let (tag, user) = (rig.make_tag("会员").await, rig.untagged().await);
    rig.bind(tag, &user, true).await;
    rig.post("tag/delete", json!({ "tag_id": tag })).await;
    assert_eq!(rig.tags_of(&user).await, Vec::<i64>::new());
}

#[tokio::test]
async fn the_snapshot_shows_the_tags_of_every_lead() {
    let rig = Rig::start().await;
    let (tag, user) = (rig.make_tag("会员").await, rig.untagged().await);
    rig.bind(tag, &user, true).await;
    let state = rig.admin().snapshot();
    let account = &state["douyin"]["accounts"][0];
    assert_eq!(account["open_id"], rig.access.open_id.as_str());
    let marks = account["marks"].as_array().unwrap();
    assert_eq!(marks.len(), 40);
    assert!(marks.contains(&json!({ "user_id": user, "tag_id": [tag] })));
}
