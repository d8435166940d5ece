//! Faults that are answers.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::{Value, json};

use crate::support::{ADD, BATCH, LIST, Wire};

async fn code(wire: &Wire) -> Value {
    wire.post(LIST, json!({})).await["errcode"].clone()
}

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::Busy, -1),
        (Fault::Concurrency, 45033),
        (Fault::DataConflict, 6000),
        (Fault::IpNotTrusted, 60020),
        (Fault::ErrorCode(48002), 48002),
        (Fault::ErrorCode(424_242), 424_242),
    ] {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        let body = json!({ "group_name": "阶段", "tag": [{ "name": "线索" }] });
        let refused = wire.post(ADD, body.clone()).await;
        assert_eq!(refused["errcode"], expected);
        assert_eq!(refused["tag_group"], json!({}));
        assert_eq!(wire.admin().commits("add_corp_tag"), 0);
        assert_eq!(wire.post(ADD, body).await["errcode"], 0);
    }
}

#[tokio::test]
async fn an_untrusted_address_is_named() {
    let wire = Wire::with(Sandbox::builder().fault(Fault::IpNotTrusted)).await;
    let answer = wire.post(LIST, json!({})).await;
    assert!(answer["errmsg"].as_str().unwrap().contains("from ip: 203.0.113.7"));
}

#[tokio::test]
async fn a_faulty_token_is_really_gone() {
    for (fault, expected) in [(Fault::ExpiredToken, 42001), (Fault::RevokedToken, 40014)] {
        let mut wire = Wire::start().await;
        wire.admin().inject(fault);
        assert_eq!(code(&wire).await, expected);
        assert_eq!(code(&wire).await, expected);
        wire.log_in().await;
        assert_eq!(code(&wire).await, 0);
        assert_eq!(wire.admin().issued_tokens(), 2);
    }
}

#[tokio::test]
async fn a_token_invalid_for_ever_is_so_after_a_refresh_too() {
    let mut wire = Wire::start().await;
    wire.admin().inject(Fault::InvalidTokenForever);
    assert_eq!(code(&wire).await, 40014);
    wire.log_in().await;
    assert_eq!(code(&wire).await, 40014);
    wire.admin().clear_faults();
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn a_rate_limit_closes_that_api_for_60_seconds() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::RateLimited).on("get_corp_tag_list"));
    assert_eq!(code(&wire).await, 45009);
    wire.admin().advance_clock(Duration::from_secs(50));
    assert_eq!(code(&wire).await, 45009);
    assert_eq!(wire.get("externalcontact/list", "userid=lina").await["errcode"], 0);
    wire.admin().advance_clock(Duration::from_secs(11));
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn faults_hit_their_api_after_those_to_skip_and_then_end() {
    let wire = Wire::start().await;
    let spec = FaultSpec::new(Fault::Busy).on("get_corp_tag_list").skip(1).times(2);
    wire.admin().inject(spec);
    assert_eq!(wire.get("externalcontact/list", "userid=lina").await["errcode"], 0);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(code(&wire).await);
    }
    assert_eq!(codes, [0, -1, -1, 0]);
}

#[tokio::test]
async fn gettoken_is_spared_unless_it_is_named() {
    let mut wire =
        Wire::with(Sandbox::builder().fault("busy*always".parse::<FaultSpec>().unwrap())).await;
    assert_eq!(code(&wire).await, -1);
    wire.admin().clear_faults();
    wire.admin().inject("busy@gettoken".parse::<FaultSpec>().unwrap());
    let answer = wire.gettoken(&wire.access.corp_id, &wire.access.corp_secret).await;
    assert_eq!(answer["errcode"], -1);
    wire.log_in().await;
}

#[tokio::test]
async fn the_real_rate_limit_holds_only_when_switched_on() {
    let wire = Wire::with(Sandbox::builder().enforce_limits(true).record(false)).await;
    let mut last = json!(0);
    for _ in 0..10_001 {
        last = wire.get("externalcontact/list", "userid=nobody").await["errcode"].clone();
    }
    assert_eq!(last, 45009);
    wire.admin().set_limits_enforced(false);
    assert_eq!(wire.get("externalcontact/list", "userid=nobody").await["errcode"], 40003);
    wire.admin().set_limits_enforced(true);
    wire.admin().advance_clock(Duration::from_secs(61));
    assert_eq!(wire.get("externalcontact/list", "userid=nobody").await["errcode"], 40003);
}

#[tokio::test]
async fn success_can_lack_its_code_or_carry_a_warning() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::MissingErrcode);
    let bare = wire.post(LIST, json!({})).await;
    assert!(bare.get("errcode").is_none() && bare.get("errmsg").is_none());
    assert_eq!(bare["tag_group"].as_array().unwrap().len(), 6);
    wire.admin().inject(Fault::JsonWarning);
    let warned = wire.post(LIST, json!({})).await;
    assert_eq!(warned["errcode"], 0);
    assert_eq!(warned["errmsg"], "ok, Warning: wrong json format. ");
}

#[tokio::test]
async fn a_duplicate_cursor_waits_for_a_call_with_a_cursor() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::DuplicateCursor);
    let first = wire.post(BATCH, json!({ "userid_list": ["lina"], "limit": 2 })).await;
    let cursor = &first["next_cursor"];
    let body = json!({ "userid_list": ["lina"], "limit": 2, "cursor": cursor });
    let second = wire.post(BATCH, body.clone()).await;
    assert_eq!(second["next_cursor"], *cursor);
    assert_ne!(second["external_contact_list"], first["external_contact_list"]);
    assert_ne!(wire.post(BATCH, body).await["next_cursor"], *cursor);
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::EchoSecrets);
    let echo = wire.post(LIST, json!({})).await;
    let text = echo["errmsg"].as_str().unwrap();
    let query = format!("query=access_token={}", wire.token);
    for leak in [&wire.token, &wire.access.corp_secret, "19900000000", "@example.com", &query] {
        assert!(text.contains(leak), "{leak}: {text}");
    }
    wire.admin().inject(FaultSpec::new(Fault::EchoSecrets).on("gettoken"));
    let echo = wire.gettoken(&wire.access.corp_id, "a-wrong-secret").await;
    assert!(echo["errmsg"].as_str().unwrap().contains("corpsecret=a-wrong-secret"));
}
