//! The named faults in this platform's words.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::{Value, json};

use super::support::{DETAILS, EDIT, Wire};

async fn code(wire: &Wire) -> Value {
    wire.post(DETAILS, json!({ "leads_id": 1 })).await["code"].clone()
}

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::Busy, -3),
        (Fault::IpNotTrusted, 3),
        (Fault::ErrorCode(1001), 1001),
        (Fault::ErrorCode(-1), -1),
        (Fault::ErrorCode(30_018), 30_018),
    ] {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        let body = json!({ "MobilePhone": "19900008003", "FullName": "一次" });
        let refused = wire.post(EDIT, body.clone()).await;
        assert_eq!((&refused["code"], &refused["data"]), (&json!(expected), &Value::Null));
        assert_eq!(wire.admin().commits("edit-leads"), 0);
        assert_eq!(wire.post(EDIT, body).await["code"], 0);
    }
}

#[tokio::test]
async fn a_faulty_token_is_really_gone_and_the_other_one_is_not() {
    for fault in [Fault::ExpiredToken, Fault::RevokedToken] {
        let mut wire = Wire::start().await;
        wire.admin().advance_clock(Duration::from_secs(6100));
        let old = wire.token.clone();
        wire.log_in().await;
        wire.admin().inject(fault);
        assert_eq!(code(&wire).await, 2);
        assert_eq!(code(&wire).await, 2);
        let new = std::mem::replace(&mut wire.token, old);
        assert_eq!(code(&wire).await, 0);
        wire.log_in().await;
        assert_ne!(wire.token, new);
        assert_eq!(code(&wire).await, 0);
        assert_eq!(wire.admin().issued_tokens(), 3);
    }
}

#[tokio::test]
async fn a_token_invalid_for_ever_is_so_after_a_refresh_too() {
    let mut wire = Wire::start().await;
    wire.admin().inject(Fault::InvalidTokenForever);
    assert_eq!(code(&wire).await, 2);
    wire.log_in().await;
    assert_eq!(code(&wire).await, 2);
    wire.admin().clear_faults();
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn a_rate_limit_is_a_gateways_429_and_closes_that_api_for_60_seconds() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::RateLimited).on("leads-details"));
    let response = wire.send(DETAILS, "application/json", b"{\"leads_id\":1}".to_vec()).await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "60");
    assert_eq!(wire.page(1, 1).await["total"], 40);
    wire.admin().advance_clock(Duration::from_secs(50));
    let response = wire.send(DETAILS, "application/json", b"{\"leads_id\":1}".to_vec()).await;
    assert_eq!(response.status(), 429);
    wire.admin().advance_clock(Duration::from_secs(11));
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn how_long_a_rate_limit_lasts_can_be_told() {
    let wire = Wire::start().await;
    wire.admin().set_closed_seconds(5);
    wire.admin().inject(FaultSpec::new(Fault::RateLimited).on("leads-details"));
    let response = wire.send(DETAILS, "application/json", b"{\"leads_id\":1}".to_vec()).await;
    assert_eq!(response.headers()["retry-after"], "5");
    wire.admin().advance_clock(Duration::from_secs(6));
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn the_token_call_is_spared_unless_it_is_named() {
    let wire = Wire::with(Sandbox::builder().fault(FaultSpec::new(Fault::Busy).always())).await;
    assert_eq!(code(&wire).await, -3);
    wire.admin().clear_faults();
    wire.admin().inject(FaultSpec::new(Fault::Busy).on("get-access-token"));
    assert_eq!(wire.get_token().await["code"], -3);
    wire.admin().inject("busy@beschannels".parse::<FaultSpec>().unwrap());
    assert_eq!(wire.get_token().await["code"], -3);
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::EchoSecrets);
    let echo = wire.post(DETAILS, json!({ "leads_id": 1 })).await;
    assert_eq!(echo["code"], 10002);
    let text = echo["msg"].as_str().unwrap();
    let query = format!("query=access_token={}", wire.token);
    let access = &wire.access;
    for leak in
        [&wire.token, &access.app_secret, &access.user_id, "1990000", "@example.com", &query]
    {
        assert!(text.contains(leak), "{leak}: {text}");
    }
}

#[tokio::test]
async fn faults_this_platform_does_not_know_change_nothing() {
    for fault in [
        Fault::Concurrency,
        Fault::DataConflict,
        Fault::MissingErrcode,
        Fault::JsonWarning,
        Fault::ShiftingPages,
    ] {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        assert_eq!(code(&wire).await, 0, "{fault}");
        assert!(wire.admin().waiting_faults().is_empty());
        assert_eq!(wire.page(1, 1).await["total"], 40);
    }
}

#[tokio::test]
async fn a_duplicate_cursor_waits_for_ever_where_there_are_no_cursors() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::DuplicateCursor);
    wire.page(2, 10).await;
    assert_eq!(wire.admin().waiting_faults().len(), 1);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_lead_behind() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::LostReply);
    let url = format!("{}/{EDIT}?access_token={}", wire.access.base_url, wire.token);
    let body = json!({ "MobilePhone": "19900008004", "FullName": "丢了" });
    assert!(wire.http.post(url).json(&body).send().await.is_err());
    assert_eq!(wire.admin().commits("edit-leads"), 1);
    assert_eq!(wire.page(1, 1).await["list"][0]["FullName"], "丢了");
}
