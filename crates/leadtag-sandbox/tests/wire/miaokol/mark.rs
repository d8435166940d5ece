//! `updateContact`: the whole set of a customer's tags.

use serde_json::{Value, json};

use super::support::{DELETE, JSON, UPDATE_CONTACT, Wire};

#[tokio::test]
async fn the_ids_replace_all_there_were() {
    let wire = Wire::start().await;
    let answer = wire.mark(json!([2, 3, 3])).await;
    assert_eq!(answer["errcode"], 0);
    assert_eq!(wire.marks(), json!([2, 3]));
    wire.mark(json!([3])).await;
    assert_eq!(wire.marks(), json!([3]));
    wire.mark(json!([])).await;
    assert_eq!(wire.marks(), json!([]));
    assert_eq!(wire.admin().commits(UPDATE_CONTACT), 3);
    wire.mark(json!([])).await;
    assert_eq!(wire.admin().commits(UPDATE_CONTACT), 3);
}

#[tokio::test]
async fn the_answer_is_an_object_about_the_customer() {
    let wire = Wire::start().await;
    let answer = wire.mark(json!([2])).await;
    assert_eq!(answer["data"]["wxid"], wire.access.contact_wxid.as_str());
}

#[tokio::test]
async fn a_list_counts_the_customers_of_each_tag() {
    let wire = Wire::start().await;
    assert_eq!(wire.counts("api分组").await, [(2, 0), (3, 0)]);
    wire.mark(json!([2])).await;
    assert_eq!(wire.counts("api分组").await, [(2, 1), (3, 0)]);
    // Each of the 40 customers had a level; the one just marked has lost it.
    let seeded: u64 = wire.counts("意向程度").await.iter().map(|(_, count)| count).sum();
    assert_eq!(seeded, 39);
    wire.mark(json!([])).await;
    assert_eq!(wire.counts("api分组").await, [(2, 0), (3, 0)]);
}

#[tokio::test]
async fn a_customer_of_two_accounts_counts_once() {
    let wire = Wire::start().await;
    for rel_wxid in [&wire.access.rel_wxid, &wire.access.other_rel_wxid] {
        let members = json!({
            "rel_wxid": rel_wxid, "contact_wxid": "7800000000000004", "smart_tag_ids": [2],
        });
        assert_eq!(wire.post(UPDATE_CONTACT, members).await["errcode"], 0);
    }
    assert_eq!(wire.counts("api分组").await, [(2, 1), (3, 0)]);
}

#[tokio::test]
async fn marks_of_a_deleted_tag_vanish() {
    let wire = Wire::start().await;
    wire.mark(json!([2, 3])).await;
    wire.post(DELETE, json!({ "id": 2 })).await;
    assert_eq!(wire.marks(), json!([3]));
}

#[tokio::test]
async fn what_cannot_be_marked_changes_nothing() {
    let wire = Wire::start().await;
    let before = wire.admin().snapshot();
    let (rel, other) = (wire.access.rel_wxid.as_str(), wire.access.other_rel_wxid.as_str());
    let contact = wire.access.contact_wxid.as_str();
    for (rel_wxid, contact_wxid, ids, code) in [
        (json!(rel), json!(contact), json!(["2"]), 406),
        (json!(rel), json!(contact), json!([-2]), 406),
        (json!(rel), json!(contact), json!("2"), 406),
        (json!(rel), json!(contact), Value::Null, 406),
        (json!(1_600_000_000_000_001_u64), json!(contact), json!([2]), 406),
        (json!(""), json!(contact), json!([2]), 406),
        (json!(rel), json!(""), json!([2]), 406),
        (json!(rel), json!(contact), json!([2, 999]), 1),
        (json!(rel), json!(contact), json!([1]), 1),
        (json!(contact), json!(contact), json!([2]), 1),
        (json!(other), json!(contact), json!([2]), 1),
        (json!(rel), json!("7800000000000041"), json!([2]), 1),
    ] {
        let members =
            json!({ "rel_wxid": rel_wxid, "contact_wxid": contact_wxid, "smart_tag_ids": ids });
        assert_eq!(wire.post(UPDATE_CONTACT, members.clone()).await["errcode"], code, "{members}");
    }
    let missing = json!({ "rel_wxid": rel, "contact_wxid": contact });
    assert_eq!(wire.post(UPDATE_CONTACT, missing).await["errcode"], 406);
    assert_eq!(wire.admin().snapshot(), before);
}

#[tokio::test]
async fn the_documents_own_answer_can_be_had_and_is_no_json() {
    let wire = Wire::start().await;
    wire.admin().set_miaokol_literal_sample(true);
    let body = wire.with_token(json!({
        "rel_wxid": wire.access.rel_wxid,
        "contact_wxid": wire.access.contact_wxid,
        "smart_tag_ids": [2],
    }));
    let text = wire.send(UPDATE_CONTACT, JSON, &body).await.text().await.unwrap();
    assert_eq!(text, "{\n    \"data\":{}//客户信息\n    \"errcode\":0\n}");
    assert!(serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(wire.marks(), json!([2]));
    assert_eq!(wire.admin().commits(UPDATE_CONTACT), 1);
    assert_eq!(wire.mark(json!([999])).await["errcode"], 1);
    wire.admin().set_miaokol_literal_sample(false);
    assert_eq!(wire.mark(json!([3])).await["errcode"], 0);
}

#[tokio::test]
async fn a_write_counts_as_one_in_flight_on_its_customer() {
    let wire = Wire::start().await;
    assert_eq!(wire.admin().max_in_flight_per_contact(), 0);
    wire.mark(json!([2])).await;
    assert_eq!(wire.admin().max_in_flight_per_contact(), 1);
}
