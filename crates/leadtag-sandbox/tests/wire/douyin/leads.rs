//! Leads and their interactions.

use std::collections::HashSet;

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::rig::{Rig, code, texts};

async fn actions(rig: &Rig, user_id: &str, query: &str) -> Value {
    let page = rig.get("user/action/list", &format!("user_id={user_id}&{query}")).await;
    assert_eq!(code(&page), 0, "{page}");
    page["data"].clone()
}

/// When a lead was last heard of.
async fn time_of(rig: &Rig, user_id: &str) -> i64 {
    actions(rig, user_id, "count=1").await["list"][0]["create_time"].as_i64().unwrap()
}

#[tokio::test]
async fn a_page_lists_its_users_and_their_ids() {
    let rig = Rig::start().await;
    let page = rig.users("count=40").await;
    let users = page["data"]["users"].as_array().unwrap();
    assert_eq!(users.len(), 40);
    let ids: Vec<_> = users.iter().map(|user| user["open_id"].as_str().unwrap()).collect();
    assert_eq!(texts(&page["data"]["list"]), ids);
    assert!(page.get("message").is_none());
    for user in users {
        for member in ["nickname", "avatar", "telephone", "wechat", "city"] {
            assert!(user[member].is_string(), "{member}: {user}");
        }
        let telephone = user["telephone"].as_str().unwrap();
        assert!(telephone.is_empty() || telephone.starts_with("1990000"), "{telephone}");
        assert!([0, 1, 2].map(Value::from).contains(&user["gender"]), "{user}");
        assert!([-1, 0, 1, 2, 10].map(Value::from).contains(&user["leads_level"]), "{user}");
        assert!(user["is_follow"].is_boolean() && user["tag_list"].is_array(), "{user}");
    }
    assert!(users.iter().any(|user| user["telephone"] == ""));
    assert!(users.iter().any(|user| user.get("age").is_none()));
}

#[tokio::test]
async fn a_detail_is_the_row_of_the_list_with_a_message() {
    let rig = Rig::start().await;
    let page = rig.users("count=1").await;
    let mut row = page["data"]["users"][0].clone();
    let query = format!("user_id={}", row["open_id"].as_str().unwrap());
    let detail = rig.get("user/detail", &query).await;
    row["error_code"] = json!(0);
    row["description"] = json!("");
    assert_eq!(detail["data"], row);
    assert_eq!(detail["message"], "success");
    for unknown in ["u-1", "_000sandbox0L0000000040", "_000sandbox0L40", "_000sandbox1L0000000000"]
    {
        let answer = rig.get("user/detail", &format!("user_id={unknown}")).await;
        assert_eq!(code(&answer), 2_100_005, "{unknown}");
    }
}

#[tokio::test]
async fn pages_follow_the_cursor_to_the_end_and_hold_every_lead_once() {
    let rig = Rig::start().await;
    let mut seen = Vec::new();
    let mut query = "count=7".to_owned();
    loop {
        let (ids, cursor) = rig.ids(&query).await;
        seen.extend(ids);
        let Some(cursor) = cursor else { break };
        query = format!("count=7&cursor={cursor}");
    }
    assert_eq!(seen.len(), 40);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 40);
    let (whole, more) = rig.ids("count=40&cursor=0").await;
    assert_eq!((whole, more), (seen, None));
}

#[tokio::test]
async fn leads_are_listed_newest_first() {
    let rig = Rig::start().await;
    let (ids, _) = rig.ids("count=10").await;
    let mut times = Vec::new();
    for id in &ids {
        times.push(time_of(&rig, id).await);
    }
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{times:?}");
}

#[tokio::test]
async fn a_window_of_time_holds_both_its_ends() {
    let rig = Rig::start().await;
    let (ids, _) = rig.ids("count=40").await;
    let (newer, older) = (time_of(&rig, &ids[10]).await, time_of(&rig, &ids[19]).await);
    for (start, end, expected) in [
        (older, newer, &ids[10..20]),
        (older + 1, newer - 1, &ids[11..19]),
        (newer, newer, &ids[10..11]),
        (0, 0, &ids[..0]),
    ] {
        let query = format!("count=40&start_time={start}&end_time={end}&action_type=0");
        let page = rig.get("user/list", &query).await;
        assert_eq!(texts(&page["data"]["list"]), expected);
    }
    let window = format!("count=4&start_time={older}&end_time={newer}&action_type=0");
    let page = rig.get("user/list", &window).await;
    assert_eq!(page["data"]["cursor"], 4);
    let page = rig.get("user/list", &format!("{window}&cursor=4")).await;
    assert_eq!(texts(&page["data"]["list"]), ids[14..18]);
}

#[tokio::test]
async fn a_level_selects_its_leads() {
    let rig = Rig::start().await;
    let mut found = 0;
    for level in [-1, 0, 1, 2, 10] {
        let page = rig.users(&format!("count=40&leads_level={level}")).await;
        let users = page["data"]["users"].as_array().unwrap();
        assert!(users.iter().all(|user| user["leads_level"] == level), "{level}");
        found += users.len();
    }
    assert_eq!(found, 40);
}

#[tokio::test]
async fn a_filtered_list_has_pages_too() {
    let rig = Rig::start().await;
    let (all, _) = rig.ids("count=40&leads_level=10").await;
    assert!(all.len() > 2, "{all:?}");
    let (mut seen, mut cursor) = (Vec::new(), Some(0));
    while let Some(at) = cursor {
        let (ids, next) = rig.ids(&format!("count=1&leads_level=10&cursor={at}")).await;
        assert_eq!(ids.len(), 1);
        seen.extend(ids);
        cursor = next;
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_kind_of_interaction_selects_leads_and_interactions() {
    let rig = Rig::start().await;
    let query = "count=40&start_time=0&end_time=9999999999&action_type=3";
    let page = rig.get("user/list", query).await;
    let ids = texts(&page["data"]["list"]);
    assert!(!ids.is_empty() && ids.len() < 40, "{}", ids.len());
    let of_kind = actions(&rig, &ids[0], "count=40&action_type=3").await;
    let of_kind = of_kind["list"].as_array().unwrap();
    assert!(!of_kind.is_empty());
    assert!(of_kind.iter().all(|action| action["action_type"] == 3));
    let (all, _) = rig.ids("count=40").await;
    let without = all.iter().find(|id| !ids.contains(id)).unwrap();
    assert_eq!(actions(&rig, without, "count=40&action_type=3").await["list"], json!([]));
}

#[tokio::test]
async fn interactions_have_string_cursors() {
    let rig = Rig::start().await;
    let (ids, _) = rig.ids("count=40").await;
    let mut most = (String::new(), Vec::new());
    for id in ids {
        let all = actions(&rig, &id, "count=40&cursor=0").await;
        let all = all["list"].as_array().unwrap().clone();
        if all.len() > most.1.len() {
            most = (id, all);
        }
    }
    let (id, all) = most;
    assert!(all.len() > 2, "{all:?}");
    let first = actions(&rig, &id, "count=2").await;
    assert_eq!((&first["cursor"], &first["has_more"]), (&json!("c2"), &json!(true)));
    assert_eq!(first["list"].as_array().unwrap()[..], all[..2]);
    let rest = actions(&rig, &id, "count=40&cursor=c2").await;
    assert_eq!((&rest["cursor"], &rest["has_more"]), (&json!(""), &json!(false)));
    assert_eq!(rest["list"].as_array().unwrap()[..], all[2..]);
    for wrong in ["2", "c", "cx"] {
        let query = format!("user_id={id}&count=2&cursor={wrong}");
        assert_eq!(code(&rig.get("user/action/list", &query).await), 2_100_005, "{wrong}");
    }
}

#[tokio::test]
async fn an_interaction_has_its_documented_members() {
    let rig = Rig::start().await;
    let (ids, _) = rig.ids("count=40").await;
    let mut kinds = HashSet::new();
    for id in ids {
        for action in actions(&rig, &id, "count=40").await["list"].as_array().unwrap() {
            assert_eq!(action["user_id"], id.as_str());
            assert!(action["create_time"].is_i64() && action["action_source"].is_string());
            kinds.insert((action["action_type"].as_i64(), action["action_flag"].as_i64()));
        }
    }
    let flagged = [(1, Some(1)), (2, Some(52)), (2, Some(53)), (3, Some(101)), (5, None)];
    assert_eq!(kinds, flagged.map(|(kind, flag)| (Some(kind), flag)).into());
}

#[tokio::test]
async fn a_new_lead_is_at_the_top_and_shifts_the_pages() {
    let rig = Rig::start().await;
    let (first, cursor) = rig.ids("count=10").await;
    let new = rig.admin().insert_douyin_lead();
    let (second, _) = rig.ids(&format!("count=10&cursor={}", cursor.unwrap())).await;
    assert_eq!(second[0], first[9]);
    let (again, _) = rig.ids("count=10").await;
    assert_eq!(again[0], new);
    assert_eq!(again[1..], first[..9]);
    assert_eq!(actions(&rig, &new, "count=10").await["list"].as_array().unwrap().len(), 1);
    assert_eq!(rig.tags_of(&new).await, Vec::<i64>::new());
    assert_eq!(rig.admin().snapshot()["douyin"]["accounts"][0]["inserted"], json!([new]));
}

#[tokio::test]
async fn any_number_of_leads_costs_nothing_until_asked_for() {
    let rig = Rig::with(Sandbox::builder().leads(50_000_000)).await;
    let (page, _) = rig.ids("count=2&cursor=49999998").await;
    assert_eq!(page.last().unwrap(), "_000sandbox0L0049999999");
    let start = time_of(&rig, &page[1]).await;
    let end = time_of(&rig, &page[0]).await;
    assert!(0 < start && start < end);
    let query = format!("count=9&start_time={start}&end_time={end}&action_type=0");
    let window = rig.get("user/list", &query).await;
    assert_eq!(texts(&window["data"]["list"]), page);
    let (full, _) = rig.ids("count=1000").await;
    assert_eq!(full.len(), 1000);
}
