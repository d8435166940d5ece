//! `mark_tag`: WeCom docs, page 92697, and what WeCom's staff say of its concurrency.

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{MARK, Wire};

const ZHANG: &str = "zhangwei";
const CUSTOMER: &str = "wmSandbox00000004";

fn body(userid: &str, customer: &str, add: &[&str], remove: &[&str]) -> Value {
    json!({ "userid": userid, "external_userid": customer, "add_tag": add, "remove_tag": remove })
}

async fn tag(wire: &Wire) -> String {
    wire.make("阶段", &["线索"]).await["tag"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn tags_are_put_on_and_taken_off_one_pair_only() {
    let wire = Wire::start().await;
    let tag = tag(&wire).await;
    // Customer 3 has two followers.
    let customer = "wmSandbox00000003";
    assert_eq!(wire.post(MARK, body(ZHANG, customer, &[&tag], &[])).await["errcode"], 0);
    assert!(wire.marks(ZHANG, customer).await.contains(&tag));
    assert!(!wire.marks("chenjie", customer).await.contains(&tag));
    assert_eq!(wire.post(MARK, body(ZHANG, customer, &[], &[&tag])).await["errcode"], 0);
    assert!(!wire.marks(ZHANG, customer).await.contains(&tag));
    assert_eq!(wire.admin().commits("mark_tag"), 2);
}

#[tokio::test]
async fn marking_twice_changes_nothing_the_second_time() {
    let wire = Wire::start().await;
    let tag = tag(&wire).await;
    for _ in 0..2 {
        assert_eq!(wire.post(MARK, body(ZHANG, CUSTOMER, &[&tag], &[])).await["errcode"], 0);
    }
    assert_eq!(wire.admin().commits("mark_tag"), 1);
}

#[tokio::test]
async fn every_wrong_argument_has_its_code() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索"]).await;
    let (group, tag) = (made["group_id"].as_str().unwrap(), made["tag"][0]["id"].as_str().unwrap());
    for (request, code) in [
        (body("nobody", CUSTOMER, &[tag], &[]), 40003),
        (body("", CUSTOMER, &[tag], &[]), 40003),
        (body(ZHANG, "", &[tag], &[]), 41035),
        (body(ZHANG, "wmUnknown", &[tag], &[]), 40096),
        (body("lina", CUSTOMER, &[tag], &[]), 84061),
        (body(ZHANG, CUSTOMER, &[group], &[]), 40068),
        (body(ZHANG, CUSTOMER, &["et1"], &[]), 40068),
        (body(ZHANG, CUSTOMER, &[tag], &["et1"]), 40068),
        (body(ZHANG, CUSTOMER, &[], &[]), 41017),
    ] {
        assert_eq!(wire.post(MARK, request.clone()).await["errcode"], code, "{request}");
    }
    assert_eq!(wire.admin().commits("mark_tag"), 0);
}

#[tokio::test]
async fn a_pair_has_at_most_3000_tags() {
    let wire = Wire::start().await;
    wire.admin().add_tags(1, 3001);
    let group = wire.group("批量分组00000").await;
    let tags = group["tag"].as_array().unwrap();
    let ids: Vec<_> = tags.iter().map(|tag| tag["id"].as_str().unwrap()).collect();
    let answer = wire.post(MARK, body(ZHANG, CUSTOMER, &ids, &[])).await;
    assert_eq!(answer["errcode"], 81017);
    let seeded = wire.marks(ZHANG, CUSTOMER).await;
    let seeded: Vec<_> = seeded.iter().map(String::as_str).collect();
    let answer = wire.post(MARK, body(ZHANG, CUSTOMER, &ids[..3000], &seeded)).await;
    assert_eq!(answer["errcode"], 0);
}

/// Leaves one unanswered call per customer in flight.
async fn hang_on(wire: &Wire, tag: &str, customers: &[usize]) -> JoinSet<()> {
    let count = customers.len() as u64;
    wire.admin().inject(FaultSpec::new(Fault::Hang).on("mark_tag").times(count));
    let mut calls = JoinSet::new();
    for customer in customers {
        let url = format!("{}/cgi-bin/{MARK}?access_token={}", wire.access.base_url, wire.token);
        let request = body(ZHANG, &format!("wmSandbox{customer:08}"), &[tag], &[]).to_string();
        let call = wire.http.post(url).body(request).send();
        calls.spawn(async move { drop(call.await) });
    }
    while !wire.admin().waiting_faults().is_empty() {
        tokio::task::yield_now().await;
    }
    calls
}

#[tokio::test]
async fn six_at_once_are_one_too_many() {
    let wire = Wire::start().await;
    let tag = tag(&wire).await;
    let calls = hang_on(&wire, &tag, &[0, 8, 12, 16, 20]).await;
    assert_eq!(wire.post(MARK, body(ZHANG, CUSTOMER, &[&tag], &[])).await["errcode"], 45033);
    assert_eq!(wire.admin().max_in_flight("mark_tag"), 6);
    assert_eq!(wire.admin().max_in_flight_per_contact(), 1);
    assert_eq!(wire.admin().commits("mark_tag"), 0);
    drop(calls);
    // A caller that leaves makes room, as soon as the server notices.
    while wire.post(MARK, body(ZHANG, CUSTOMER, &[&tag], &[])).await["errcode"] == 45033 {
        tokio::task::yield_now().await;
    }
    assert_eq!(wire.admin().commits("mark_tag"), 1);
}

#[tokio::test]
async fn two_at_once_on_one_customer_are_one_too_many() {
    let wire = Wire::start().await;
    let tag = tag(&wire).await;
    let calls = hang_on(&wire, &tag, &[4]).await;
    assert_eq!(wire.post(MARK, body(ZHANG, CUSTOMER, &[&tag], &[])).await["errcode"], 45033);
    let other = body(ZHANG, "wmSandbox00000008", &[&tag], &[]);
    assert_eq!(wire.post(MARK, other).await["errcode"], 0);
    assert_eq!(wire.admin().max_in_flight_per_contact(), 2);
    drop(calls);
}
