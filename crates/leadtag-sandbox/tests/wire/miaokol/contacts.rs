//! Accounts and customers.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::rig::Rig;

const LIST: &str = "wechat/list";
const CONTACTS: &str = "wechat/contacts";
const DETAIL: &str = "wechat/contactDetail";
const INFO: &str = "wechat/contactInfo";

fn wxids(answer: &Value) -> Vec<&str> {
    let rows = answer["data"].as_array().unwrap();
    rows.iter().map(|row| row["wxid"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn accounts_are_filtered_by_being_online() {
    let rig = Rig::start().await;
    for (query, count) in [("", 5), ("online=-1", 5), ("online=1", 3), ("online=0", 2)] {
        let list = rig.get(LIST, query).await;
        assert_eq!(wxids(&list).len(), count, "{query}");
        assert_eq!(list["pager"]["numRecords"], count);
        assert!(list["data"][0]["id"].is_i64());
    }
    let offline = rig.get(LIST, "online=0").await;
    assert_eq!(wxids(&offline), [&rig.access.rel_wxids[3], &rig.access.idle_rel_wxid]);
    assert_eq!(rig.get(LIST, "online=2").await["errcode"], 406);
    assert_eq!(wxids(&rig.get(LIST, "page=2&page_size=2").await).len(), 2);
}

#[tokio::test]
async fn all_pages_hold_the_customers_of_an_account_and_of_no_other() {
    let rig = Rig::with(Sandbox::builder().leads(200)).await;
    for (account, rel_wxid) in rig.access.rel_wxids.iter().enumerate() {
        let has = |n: &usize| n % 4 == account || (n % 7 == 3 && (n + 1) % 4 == account);
        let expected: Vec<_> = (0..200).filter(has).map(|n| rig.access.contact_wxid(n)).collect();
        let mut seen = Vec::new();
        for page in 1.. {
            let query = format!("rel_wxid={rel_wxid}&page={page}&page_size=7");
            let answer = rig.get(CONTACTS, &query).await;
            assert_eq!(answer["pager"]["numRecords"], expected.len());
            seen.extend(wxids(&answer).into_iter().map(str::to_owned));
            if answer["pager"]["numPages"] == page {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn time_windows_that_meet_hold_every_customer_once() {
    let rig = Rig::with(Sandbox::builder().leads(400)).await;
    let rel_wxid = &rig.access.rel_wxids[2];
    let whole = rig.get(CONTACTS, &format!("rel_wxid={rel_wxid}")).await;
    let (start, middle) = (1_700_000_000, 1_707_000_000);
    let count = async |window: String| {
        let answer = rig.get(CONTACTS, &format!("rel_wxid={rel_wxid}&{window}")).await;
        answer["pager"]["numRecords"].as_u64().unwrap()
    };
    let before = count(format!("start_make_time={start}&end_make_time={middle}")).await;
    let after = count(format!("start_make_time={}", middle + 1)).await;
    assert!(before > 0 && after > 0);
    assert_eq!(whole["pager"]["numRecords"], before + after);
    assert_eq!(count(format!("end_make_time={}", start - 1)).await, 0);
    assert_eq!(count(format!("start_make_time={middle}&end_make_time={start}")).await, 0);
}

#[tokio::test]
async fn millions_of_customers_are_made_when_asked_for() {
    let rig = Rig::with(Sandbox::builder().leads(100_000_000)).await;
    let query = format!("rel_wxid={}&page=250000&page_size=100", rig.access.rel_wxids[0]);
    let answer = rig.get(CONTACTS, &query).await;
    assert_eq!(wxids(&answer).len(), 100);
    assert_eq!(rig.set_tags(99_999_999, json!([])).await["errcode"], 0);
    let marks = rig.admin().snapshot()["miaokol"]["marks"].clone();
    let marks = marks.as_array().unwrap();
    assert!(marks.len() < 20_000);
    assert!(marks.iter().any(|mark| mark["contact_wxid"] == rig.access.contact_wxid(99_999_999)));
}

#[tokio::test]
async fn a_customer_tells_its_accounts_and_rooms() {
    let rig = Rig::start().await;
    let info = async |n: usize| {
        rig.get(INFO, &format!("wxid={}", rig.access.contact_wxid(n))).await["data"].clone()
    };
    assert_eq!(info(1).await, json!({ "rel_wxids": [rig.access.rel_wxids[1]], "room_wxids": [] }));
    let shared = info(3).await;
    assert_eq!(shared["rel_wxids"], json!([rig.access.rel_wxids[0], rig.access.rel_wxids[3]]));
    let rooms = info(5).await["room_wxids"].clone();
    assert!(rooms[0].as_str().unwrap().starts_with("R:"));
}

#[tokio::test]
async fn the_detail_of_a_customer_has_the_documented_members_only() {
    let rig = Rig::start().await;
    let pair = format!("rel_wxid={}&wxid={}", rig.access.rel_wxids[0], rig.access.contact_wxid(0));
    let detail = rig.get(DETAIL, &pair).await;
    assert_eq!(detail["data"], json!({ "id": 1, "user_id": 2, "sub_user_id": 0 }));
    let other = format!("rel_wxid={}&wxid={}", rig.access.rel_wxids[1], rig.access.contact_wxid(0));
    assert_eq!(rig.get(DETAIL, &other).await["errcode"], 1001);
}

#[tokio::test]
async fn missing_wxids_are_406_and_unknown_ones_1001() {
    let rig = Rig::start().await;
    let account = &rig.access.rel_wxids[0];
    for (path, query, code) in [
        (CONTACTS, String::new(), 406),
        (CONTACTS, "rel_wxid=".to_owned(), 406),
        (CONTACTS, "rel_wxid=1".to_owned(), 1001),
        (CONTACTS, format!("rel_wxid=0{account}"), 1001),
        (CONTACTS, format!("rel_wxid={account}&start_make_time=x"), 406),
        (DETAIL, format!("rel_wxid={account}"), 406),
        (INFO, String::new(), 406),
        (INFO, format!("wxid={}", rig.access.contact_wxid(40)), 1001),
    ] {
        assert_eq!(rig.get(path, &query).await["errcode"], code, "{path} {query}");
    }
    let idle = format!("rel_wxid={}", rig.access.idle_rel_wxid);
    let answer = rig.get(CONTACTS, &idle).await;
    assert_eq!((&answer["errcode"], &answer["data"]), (&json!(0), &json!([])));
}
