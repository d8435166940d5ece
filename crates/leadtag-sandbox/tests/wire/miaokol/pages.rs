//! `smart-tag/list`: pages, the pager, tags or no tags.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::rig::{DELETE, LIST, Rig, names};

#[tokio::test]
async fn groups_come_newest_first_and_an_empty_one_stays() {
    let rig = Rig::start().await;
    let groups = rig.groups().await;
    assert_eq!(names(&json!(groups)), ["意向", "来源", "客户等级", "地区", "待整理"]);
    assert_eq!(groups[4]["tags"], json!([]));
}

#[tokio::test]
async fn tags_are_there_only_when_asked_for() {
    let rig = Rig::start().await;
    for query in ["", "with_tags=0"] {
        let list = rig.get(LIST, query).await;
        assert!(list["data"][0].get("tags").is_none(), "{list}");
    }
    let list = rig.get(LIST, "with_tags=1").await;
    assert_eq!(list["data"][0]["tags"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn ids_of_groups_are_numbers_and_those_of_tags_are_quoted() {
    let rig = Rig::start().await;
    let group = rig.group("意向").await;
    assert!(group["id"].is_i64() && group["number"] == 0 && group["type"] == 2);
    let tag = &group["tags"][0];
    for member in ["id", "parent_id", "sort"] {
        let digits = tag[member].as_str().unwrap();
        assert!(digits.parse::<u64>().is_ok(), "{member}");
    }
    assert_eq!(tag["parent_id"], group["id"].to_string());
    assert!(tag["contact_cnt"].is_u64());
}

#[tokio::test]
async fn a_page_has_10_groups_unless_asked_and_per_page_says_20_all_the_same() {
    let rig = Rig::start().await;
    rig.admin().add_miaokol_tags(20, 0);
    let first = rig.get(LIST, "").await;
    assert_eq!(first["data"].as_array().unwrap().len(), 10);
    let pager = json!({
        "page": 1, "perPage": 20, "numRecords": 25, "numPages": 3, "firstRecord": 0, "lastRecord": 9,
    });
    assert_eq!(first["pager"], pager);
    let last = rig.get(LIST, "page=3").await;
    assert_eq!(last["data"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&last["pager"]["firstRecord"], &last["pager"]["lastRecord"]),
        (&json!(20), &json!(24))
    );
}

#[tokio::test]
async fn a_single_record_has_the_pager_of_the_sample() {
    let rig = Rig::start().await;
    let id = rig.new_group("阶段").await;
    let list = rig.get(LIST, &format!("page=1&page_size=10&with_tags=1&id={id}")).await;
    let pager = json!({
        "page": 1, "perPage": 20, "numRecords": 1, "numPages": 1, "firstRecord": 0, "lastRecord": 0,
    });
    assert_eq!(list["pager"], pager);
    assert_eq!(names(&list["data"]), ["阶段"]);
}

#[tokio::test]
async fn all_pages_together_hold_every_group_once() {
    let rig = Rig::start().await;
    rig.admin().add_miaokol_tags(40, 2);
    let mut seen = Vec::new();
    for page in 1..=7 {
        let list = rig.get(LIST, &format!("page={page}&page_size=7&with_tags=1")).await;
        assert_eq!(list["pager"]["numPages"], 7);
        let ids =
            list["data"].as_array().unwrap().iter().map(|group| group["id"].as_i64().unwrap());
        seen.extend(ids);
    }
    assert_eq!(seen.len(), 45);
    assert!(seen.is_sorted_by(|a, b| a > b));
}

#[tokio::test]
async fn a_page_beyond_the_last_and_an_unknown_group_are_empty() {
    let rig = Rig::start().await;
    let tag = rig.group("意向").await["tags"][0]["id"].as_str().unwrap().to_owned();
    for query in ["page=2", "id=999999", &format!("id={tag}")] {
        let list = rig.get(LIST, query).await;
        assert_eq!((&list["errcode"], &list["data"]), (&json!(0), &json!([])), "{query}");
    }
}

#[tokio::test]
async fn numbers_out_of_range_are_406() {
    let rig = Rig::start().await;
    for query in
        ["page=0", "page=-1", "page=x", "page_size=0", "page_size=101", "with_tags=2", "id=a"]
    {
        assert_eq!(rig.get(LIST, query).await["errcode"], 406, "{query}");
    }
    assert_eq!(rig.get(LIST, "page_size=100").await["errcode"], 0);
}

#[tokio::test]
async fn contact_counts_are_those_of_the_customers_really_tagged() {
    for leads in [0, 1, 40, 333] {
        let rig = Rig::with(Sandbox::builder().leads(leads)).await;
        let snapshot = rig.admin().snapshot();
        let marks = snapshot["miaokol"]["marks"].as_array().unwrap();
        let mut total = 0;
        for group in rig.groups().await {
            for tag in group["tags"].as_array().unwrap() {
                let id: i64 = tag["id"].as_str().unwrap().parse().unwrap();
                let has =
                    |mark: &&Value| mark["smart_tag_ids"].as_array().unwrap().contains(&json!(id));
                let count = marks.iter().filter(has).count();
                assert_eq!(tag["contact_cnt"], count, "{leads} {tag}");
                total += count;
            }
        }
        assert_eq!(total >= 20, leads >= 40, "{leads}: {total}");
    }
}

#[tokio::test]
async fn contact_counts_follow_every_write() {
    let rig = Rig::start().await;
    let group = rig.new_group("阶段").await;
    let tag = rig.new_tag(group, "线索").await;
    let count = async || rig.group("阶段").await["tags"][0]["contact_cnt"].clone();
    assert_eq!(count().await, 0);
    for n in [0, 1, 2, 2] {
        assert_eq!(rig.set_tags(n, json!([tag])).await["errcode"], 0);
    }
    assert_eq!(count().await, 3);
    rig.set_tags(1, json!([])).await;
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn counting_the_customers_of_a_tag_does_not_walk_through_them() {
    let rig = Rig::with(Sandbox::builder().leads(4_000_000_000)).await;
    let group = rig.group("意向").await;
    let counts = group["tags"].as_array().unwrap().iter().map(|tag| tag["contact_cnt"].as_u64());
    assert_eq!(counts.flatten().sum::<u64>(), 2_400_000_000);
}

#[tokio::test]
async fn deleted_groups_and_tags_are_not_listed() {
    let rig = Rig::start().await;
    let group = rig.group("意向").await;
    let tag: i64 = group["tags"][0]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(rig.post(DELETE, json!({ "id": tag })).await["errcode"], 0);
    assert_eq!(rig.group("意向").await["tags"].as_array().unwrap().len(), 2);
    assert_eq!(rig.post(DELETE, json!({ "id": group["id"] })).await["errcode"], 0);
    assert_eq!(rig.groups().await.len(), 4);
}
