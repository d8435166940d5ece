//! The forms an answer can have.

use leadtag_sandbox::{DouyinEnvelope, Fault};
use serde_json::{Value, json};

use super::rig::{Rig, code};

#[tokio::test]
async fn a_success_has_all_six_members_of_extra() {
    let rig = Rig::start().await;
    let (one, two) = (rig.users("count=1").await, rig.users("count=1").await);
    let extra = &one["extra"];
    assert!(extra["now"].as_i64().unwrap() > 1_600_000_000_000, "{extra}");
    assert_ne!(extra["logid"], two["extra"]["logid"]);
    assert_eq!((&extra["error_code"], &extra["sub_error_code"]), (&json!(0), &json!(0)));
    assert_eq!((&extra["description"], &extra["sub_description"]), (&json!(""), &json!("")));
}

#[tokio::test]
async fn an_error_has_two_members_in_data_and_two_in_extra() {
    let rig = Rig::start().await;
    let answer = rig.get("tag/list", "").await;
    let data = json!({ "error_code": 2_100_005, "description": "missing count" });
    assert_eq!(answer["data"], data);
    let extra = answer["extra"].as_object().unwrap();
    assert_eq!(extra.keys().collect::<Vec<_>>(), ["logid", "now"]);
    assert!(extra["logid"].is_string() && extra["now"].is_i64());
    assert!(answer.get("message").is_none());
}

#[tokio::test]
async fn quoted_answers_quote_every_number_and_boolean() {
    let rig = Rig::start().await;
    rig.admin().set_douyin_quoted(true);
    let page = rig.users("count=10").await;
    let data = &page["data"];
    assert_eq!((&data["error_code"], &data["cursor"]), (&json!("0"), &json!("10")));
    assert_eq!(
        (&data["has_more"], &page["extra"]["sub_error_code"]),
        (&json!("true"), &json!("0"))
    );
    assert!(page["extra"]["now"].as_str().unwrap().parse::<i64>().is_ok());
    let user = &data["users"][0];
    assert!(["true", "false"].contains(&user["is_follow"].as_str().unwrap()), "{user}");
    assert!(user["gender"].is_string() && user["leads_level"].is_string(), "{user}");
    let made = rig.post("tag/create", json!({ "tag_name": "会员" })).await;
    assert!(made["data"]["tag_id"].as_str().unwrap().parse::<i64>().is_ok());
    let refreshed = rig.refresh(&rig.access.refresh_token).await;
    assert_eq!(refreshed["data"]["expires_in"], "1296000");
}

#[tokio::test]
async fn quoted_answers_print_nil_for_what_is_unset() {
    let rig = Rig::start().await;
    rig.admin().set_douyin_quoted(true);
    let page = rig.users("count=40").await;
    assert_eq!(
        (&page["data"]["cursor"], &page["data"]["has_more"]),
        (&json!("<nil>"), &json!("false"))
    );
    let users = page["data"]["users"].as_array().unwrap();
    assert!(users.iter().any(|user| user["age"] == "<nil>"));
    let tag = rig.post("tag/create", json!({ "tag_name": "会员" })).await["data"]["tag_id"].clone();
    let query = format!("count=1&tag_id={}", tag.as_str().unwrap());
    let nobody = rig.get("tag/user/list", &query).await;
    let expected = json!({
        "error_code": "0", "description": "",
        "cursor": "<nil>", "has_more": "<nil>", "list": ["<nil>"],
    });
    assert_eq!(nobody["data"], expected);
}

#[tokio::test]
async fn quoted_mode_leaves_errors_alone() {
    let rig = Rig::start().await;
    rig.admin().set_douyin_quoted(true);
    let answer = rig.get("tag/list", "").await;
    assert_eq!(code(&answer), 2_100_005);
    assert!(answer["extra"]["now"].is_i64());
}

async fn offline(envelope: DouyinEnvelope) -> Value {
    let rig = Rig::start().await;
    rig.admin().set_douyin_envelope(envelope);
    rig.admin().inject(Fault::ErrorCode(28_001_056));
    rig.users("count=1").await
}

#[tokio::test]
async fn a_gateway_error_comes_in_three_envelopes() {
    let text = "the API of this capability is offline";
    let data = offline(DouyinEnvelope::Data).await;
    assert_eq!(data["data"], json!({ "error_code": 28_001_056, "description": text }));

    let err_no = offline(DouyinEnvelope::ErrNo).await;
    let expected = json!({
        "err_no": 28_001_056, "err_msg": text, "log_id": err_no["log_id"], "data": null,
    });
    assert_eq!(err_no, expected);
    assert!(!err_no["log_id"].as_str().unwrap().is_empty());

    let base = offline(DouyinEnvelope::Base).await;
    let expected = json!({ "base": {
        "gateway_code": 28_001_056, "gateway_msg": text, "log_id": base["base"]["log_id"],
        "biz_code": 0, "biz_msg": "",
    }});
    assert_eq!(base, expected);
    assert!(!base["base"]["log_id"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn other_errors_keep_their_envelope() {
    let rig = Rig::start().await;
    rig.admin().set_douyin_envelope(DouyinEnvelope::ErrNo);
    assert_eq!(code(&rig.get("tag/list", "").await), 2_100_005);
}

#[tokio::test]
async fn the_gateway_has_numbers_of_its_own_for_the_same_meanings() {
    let mut rig = Rig::start().await;
    rig.admin().set_douyin_gateway_codes(true);
    assert_eq!(code(&rig.get("tag/list", "").await), 28_001_007);
    rig.admin().inject(Fault::Busy);
    assert_eq!(code(&rig.users("count=1").await), 28_001_005);
    rig.admin().expire_tokens();
    assert_eq!(code(&rig.users("count=1").await), 28_001_008);
    rig.token = rig.admin().douyin_access_token(&rig.access.open_id).unwrap();
    rig.access.open_id = rig.access.other_open_id.clone();
    assert_eq!(code(&rig.users("count=1").await), 28_001_015);
    rig.token = "act.made-up".to_owned();
    assert_eq!(code(&rig.users("count=1").await), 28_001_003);
}
