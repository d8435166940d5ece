//! Accounts and customers.

use leadtag_sandbox::Sandbox;
use serde_json::json;

use super::support::{ACCOUNTS, CONTACT_INFO, CONTACTS, Wire, column};

#[tokio::test]
async fn accounts_are_listed_all_online_or_offline() {
    let wire = Wire::start().await;
    let all = wire.get(ACCOUNTS, &[]).await;
    assert_eq!(all["data"][0], json!({ "id": 1, "wxid": wire.access.rel_wxid }));
    assert_eq!(all["pager"]["numRecords"], 3);
    for (online, count) in [("-1", 3), ("1", 2), ("0", 1)] {
        let answer = wire.get(ACCOUNTS, &[("online", online)]).await;
        assert_eq!(answer["data"].as_array().unwrap().len(), count, "{online}");
    }
    assert_eq!(wire.get(ACCOUNTS, &[("online", "2")]).await["errcode"], 406);
    let second = wire.get(ACCOUNTS, &[("page", "2"), ("page_size", "2")]).await;
    assert_eq!(column(&second["data"], "id"), [3]);
}

#[tokio::test]
async fn the_customers_of_an_account_come_in_pages() {
    let wire = Wire::start().await;
    let rel = wire.access.rel_wxid.as_str();
    let mut wxids = Vec::new();
    for page in ["1", "2", "3"] {
        let answer = wire.get(CONTACTS, &[("rel_wxid", rel), ("page", page)]).await;
        assert_eq!((&answer["pager"]["numRecords"], &answer["errcode"]), (&json!(23), &json!(0)));
        wxids.extend(column(&answer["data"], "wxid"));
    }
    assert_eq!(wxids.len(), 23);
    assert_eq!(wxids[0], wire.access.contact_wxid.as_str());
}

#[tokio::test]
async fn customers_can_be_had_by_time_and_behind_a_wxid() {
    let wire = Wire::start().await;
    let rel = ("rel_wxid", wire.access.rel_wxid.as_str());
    let first = "1655969708";
    let answer =
        wire.get(CONTACTS, &[rel, ("start_make_time", first), ("end_make_time", first)]).await;
    assert_eq!(column(&answer["data"], "wxid"), [wire.access.contact_wxid.as_str()]);
    let later = wire.get(CONTACTS, &[rel, ("start_make_time", "1655969709")]).await;
    assert_eq!(later["pager"]["numRecords"], 22);
    let behind = wire.get(CONTACTS, &[rel, ("start_wxid", &wire.access.contact_wxid)]).await;
    assert_eq!(behind["data"], later["data"]);
    let start = wire.get(CONTACTS, &[rel, ("start_wxid", "0")]).await;
    assert_eq!(start["pager"]["numRecords"], 23);
}

#[tokio::test]
async fn each_page_holds_the_customers_of_that_account_in_turn() {
    let wire = Wire::with(Sandbox::builder().leads(100)).await;
    let accounts = [wire.access.rel_wxid.clone(), wire.access.other_rel_wxid.clone()];
    for (account, rel) in accounts.iter().enumerate() {
        let has = |n: &u64| n % 2 == account as u64 || n % 7 == 3;
        let wxids = (0..100).filter(has).map(|n| json!((7_800_000_000_000_001 + n).to_string()));
        let expected: Vec<_> = wxids.collect();
        let mut seen = Vec::new();
        for page in 1..=expected.len().div_ceil(7) {
            let page = page.to_string();
            let params = [("rel_wxid", rel.as_str()), ("page", &page), ("page_size", "7")];
            let answer = wire.get(CONTACTS, &params).await;
            assert_eq!(answer["pager"]["numRecords"], expected.len());
            seen.extend(answer["data"].as_array().unwrap().iter().map(|row| row["wxid"].clone()));
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn windows_that_meet_hold_every_customer_once() {
    let wire = Wire::with(Sandbox::builder().leads(1000)).await;
    let rel = ("rel_wxid", wire.access.rel_wxid.as_str());
    let whole = wire.get(CONTACTS, &[rel]).await["pager"]["numRecords"].as_u64().unwrap();
    // 1,000 customers, one every six hours: the middle, in and beside a customer's own second.
    for middle in [1_666_769_708_u64, 1_666_769_709, 1_666_769_707] {
        let (end, start) = (middle.to_string(), (middle + 1).to_string());
        let before = wire.get(CONTACTS, &[rel, ("end_make_time", &end)]).await;
        let after = wire.get(CONTACTS, &[rel, ("start_make_time", &start)]).await;
        let count = |answer: &serde_json::Value| answer["pager"]["numRecords"].as_u64().unwrap();
        assert!(count(&before) > 0 && count(&after) > 0);
        assert_eq!(count(&before) + count(&after), whole);
    }
    let backwards = [rel, ("start_make_time", "1666769708"), ("end_make_time", "1655969708")];
    assert_eq!(wire.get(CONTACTS, &backwards).await["data"], json!([]));
}

#[tokio::test]
async fn a_page_deep_in_very_many_customers_is_made_without_those_before_it() {
    let wire = Wire::with(Sandbox::builder().leads(4_000_000_000_000)).await;
    let rel = ("rel_wxid", wire.access.rel_wxid.as_str());
    let deep = [rel, ("page", "20000000000"), ("page_size", "100")];
    assert_eq!(wire.get(CONTACTS, &deep).await["data"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_list_of_customers_needs_a_known_account() {
    let wire = Wire::start().await;
    let rel = wire.access.rel_wxid.as_str();
    for (params, code) in [
        (vec![], 406),
        (vec![("rel_wxid", "")], 406),
        (vec![("rel_wxid", "1600000000000009")], 1),
        (vec![("rel_wxid", rel), ("start_wxid", "x")], 406),
        (vec![("rel_wxid", rel), ("start_make_time", "2022-06-23")], 406),
        (vec![("rel_wxid", rel), ("page_size", "101")], 406),
    ] {
        assert_eq!(wire.get(CONTACTS, &params).await["errcode"], code, "{params:?}");
    }
    let idle = wire.get(CONTACTS, &[("rel_wxid", "1600000000000003")]).await;
    assert_eq!(idle["data"], json!([]));
}

#[tokio::test]
async fn a_customer_has_accounts_and_rooms() {
    let wire = Wire::start().await;
    let (rel, other) = (&wire.access.rel_wxid, &wire.access.other_rel_wxid);
    let info = wire.get(CONTACT_INFO, &[("wxid", &wire.access.contact_wxid)]).await;
    let rooms = json!(["R:10700000000000001", "R:10700000000000002"]);
    assert_eq!(info, json!({ "data": { "rel_wxids": [rel], "room_wxids": rooms }, "errcode": 0 }));
    let both = wire.get(CONTACT_INFO, &[("wxid", "7800000000000004")]).await;
    assert_eq!(both["data"], json!({ "rel_wxids": [rel, other], "room_wxids": [] }));
    assert_eq!(wire.get(CONTACT_INFO, &[]).await["errcode"], 406);
    for unknown in ["7800000000000041", "07800000000000001", "x"] {
        assert_eq!(wire.get(CONTACT_INFO, &[("wxid", unknown)]).await["errcode"], 1);
    }
}

#[tokio::test]
async fn a_million_customers_are_there_when_asked_for() {
    let wire = Wire::with(Sandbox::builder().leads(1_000_000)).await;
    let last = wire.get(CONTACT_INFO, &[("wxid", "7800000001000000")]).await;
    assert_eq!(last["data"]["rel_wxids"], json!([wire.access.other_rel_wxid]));
    assert_eq!(wire.get(CONTACT_INFO, &[("wxid", "7800000001000001")]).await["errcode"], 1);
}
