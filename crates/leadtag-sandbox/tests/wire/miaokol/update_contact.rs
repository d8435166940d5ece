//! `smart-tag/updateContact`: the whole set, replaced.

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};

use super::rig::{DELETE, Rig, UPDATE};

async fn two_tags(rig: &Rig) -> (i64, i64, i64) {
    let group = rig.new_group("阶段").await;
    (group, rig.new_tag(group, "线索").await, rig.new_tag(group, "商机").await)
}

#[tokio::test]
async fn the_whole_set_is_replaced_and_an_empty_one_clears() {
    let rig = Rig::start().await;
    let (_, one, two) = two_tags(&rig).await;
    let answer = rig.set_tags(0, json!([one, two])).await;
    assert_eq!(answer, json!({ "data": {}, "errcode": 0 }));
    assert_eq!(rig.tags_of(0), json!([one, two]));
    rig.set_tags(0, json!([two])).await;
    assert_eq!(rig.tags_of(0), json!([two]));
    rig.set_tags(0, json!([])).await;
    assert_eq!(rig.tags_of(0), json!([]));
    assert_eq!(rig.admin().commits(UPDATE), 3);
}

#[tokio::test]
async fn the_same_set_again_changes_nothing() {
    let rig = Rig::start().await;
    let (_, one, _) = two_tags(&rig).await;
    rig.set_tags(0, json!([one])).await;
    assert_eq!(rig.set_tags(0, json!([one, one])).await["errcode"], 0);
    assert_eq!(rig.admin().commits(UPDATE), 1);
}

#[tokio::test]
async fn a_set_belongs_to_one_account_and_its_customer() {
    let rig = Rig::start().await;
    let (_, one, _) = two_tags(&rig).await;
    let shared = 31;
    let body = json!({
        "rel_wxid": rig.access.rel_wxids[0],
        "contact_wxid": rig.access.contact_wxid(shared),
        "smart_tag_ids": [one],
    });
    let before = rig.tags_of(shared);
    assert_eq!(rig.post(UPDATE, body).await["errcode"], 0);
    assert_eq!(rig.tags_of(shared), before);
}

#[tokio::test]
async fn unknown_pairs_and_tags_are_1_and_nothing_changes() {
    let rig = Rig::start().await;
    let (group, one, two) = two_tags(&rig).await;
    rig.post(DELETE, json!({ "id": two })).await;
    let before = rig.tags_of(0);
    let (account, contact) = (rig.access.rel_wxids[0].clone(), rig.access.contact_wxid(0));
    let idle = rig.access.idle_rel_wxid.clone();
    for (account, contact, tags) in [
        (&idle, &contact, json!([one])),
        (&rig.access.rel_wxids[1], &contact, json!([one])),
        (&"1".to_owned(), &contact, json!([one])),
        (&account, &rig.access.contact_wxid(40), json!([one])),
        (&account, &contact, json!([one, group])),
        (&account, &contact, json!([one, two])),
        (&account, &contact, json!([one, 999_999])),
    ] {
        let body = json!({ "rel_wxid": account, "contact_wxid": contact, "smart_tag_ids": tags });
        assert_eq!(rig.post(UPDATE, body.clone()).await["errcode"], 1, "{body}");
    }
    assert_eq!(rig.tags_of(0), before);
    assert_eq!(rig.admin().commits(UPDATE), 0);
}

#[tokio::test]
async fn a_pair_must_be_named() {
    let rig = Rig::start().await;
    for missing in ["rel_wxid", "contact_wxid"] {
        for empty in [true, false] {
            let mut body = json!({
                "rel_wxid": rig.access.rel_wxids[0],
                "contact_wxid": rig.access.contact_wxid(0),
                "smart_tag_ids": [],
            });
            if empty {
                body[missing] = json!("");
            } else {
                body.as_object_mut().unwrap().remove(missing);
            }
            assert_eq!(rig.post(UPDATE, body).await["errcode"], 406, "{missing}");
        }
    }
}

#[tokio::test]
async fn marks_of_deleted_tags_vanish() {
    let rig = Rig::start().await;
    let (_, one, two) = two_tags(&rig).await;
    rig.set_tags(0, json!([one, two])).await;
    rig.post(DELETE, json!({ "id": one })).await;
    assert_eq!(rig.tags_of(0), json!([two]));
}

#[tokio::test]
async fn the_literal_sample_is_no_json_and_the_write_is_done() {
    let rig = Rig::start().await;
    let (_, one, _) = two_tags(&rig).await;
    rig.admin().set_miaokol_literal_sample(true);
    let body = rig.signed(json!({
        "rel_wxid": rig.access.rel_wxids[0],
        "contact_wxid": rig.access.contact_wxid(0),
        "smart_tag_ids": [one],
    }));
    let json = Some("application/json");
    let response = rig.send(reqwest::Method::POST, UPDATE, json, body.to_string()).await;
    let text = response.text().await.unwrap();
    assert_eq!(text, "{\n    \"data\":{}//客户信息\n    \"errcode\":0\n}");
    assert!(serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(rig.tags_of(0), json!([one]));
    assert_eq!(rig.admin().commits(UPDATE), 1);
    rig.admin().set_miaokol_literal_sample(false);
    assert_eq!(rig.set_tags(0, json!([])).await["data"], json!({}));
}

#[tokio::test]
async fn refusals_stay_json_when_the_literal_sample_is_on() {
    let rig = Rig::start().await;
    rig.admin().set_miaokol_literal_sample(true);
    assert_eq!(rig.set_tags(0, json!([999_999])).await["errcode"], 1);
}

#[tokio::test]
async fn writes_to_one_pair_at_once_are_counted() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::Hang).on(UPDATE));
    let url = format!("{}/{UPDATE}", rig.access.base_url);
    let body = rig.signed(json!({
        "rel_wxid": rig.access.rel_wxids[0],
        "contact_wxid": rig.access.contact_wxid(0),
        "smart_tag_ids": [],
    }));
    let hanging = tokio::spawn(rig.http.post(url).json(&body).send());
    while !rig.admin().waiting_faults().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.set_tags(4, json!([])).await["errcode"], 0);
    assert_eq!(rig.admin().max_in_flight_per_contact(), 1);
    assert_eq!(rig.set_tags(0, json!([])).await["errcode"], 0);
    assert_eq!(rig.admin().max_in_flight_per_contact(), 2);
    hanging.abort();
}
