//! Tokens: WeCom docs, page 91039.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{LIST, Wire};

#[tokio::test]
async fn missing_and_wrong_credentials_have_codes_of_their_own() {
    let wire = Wire::start().await;
    let corp = wire.access.corp_id.clone();
    for (corp_id, secret, code) in [
        ("", "s", 41002),
        (corp.as_str(), "", 41004),
        ("wwother", "s", 40013),
        (corp.as_str(), "wrong", 40001),
    ] {
        let answer = wire.gettoken(corp_id, secret).await;
        assert_eq!(answer["errcode"], code);
        assert!(answer.get("access_token").is_none());
    }
}

#[tokio::test]
async fn a_token_stays_the_same_while_it_is_good() {
    let wire = Wire::start().await;
    let again = wire.gettoken(&wire.access.corp_id, &wire.access.corp_secret).await;
    assert_eq!(again["access_token"], Value::String(wire.token.clone()));
    assert_eq!(wire.admin().issued_tokens(), 1);
}

#[tokio::test]
async fn two_apps_of_one_corp_have_different_tokens() {
    let mut wire = Wire::start().await;
    let first = wire.token.clone();
    wire.log_in_as_other_app().await;
    assert_ne!(first, wire.token);
    assert!(first.starts_with("sandbox-token-"));
}

#[tokio::test]
async fn a_token_expires_after_7200_seconds_of_the_sandbox_clock() {
    let mut wire = Wire::start().await;
    wire.admin().advance_clock(Duration::from_secs(7100));
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
    wire.admin().advance_clock(Duration::from_secs(101));
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 42001);
    wire.log_in().await;
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
    assert_eq!(wire.admin().issued_tokens(), 2);
}

#[tokio::test]
async fn expired_revoked_and_rejected_tokens_are_told_apart() {
    let mut wire = Wire::start().await;
    wire.admin().expire_tokens();
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 42001);
    wire.log_in().await;
    wire.admin().revoke_tokens();
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 40014);
    wire.admin().reject_all_tokens(true);
    wire.log_in().await;
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 40014);
    wire.admin().reject_all_tokens(false);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
}

#[tokio::test]
async fn a_token_counts_only_in_the_query() {
    let mut wire = Wire::start().await;
    let token = std::mem::take(&mut wire.token);
    assert_eq!(wire.post(LIST, json!({ "access_token": token })).await["errcode"], 41001);
    wire.token = "made-up".to_owned();
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 40014);
}

#[tokio::test]
async fn the_2001st_wrong_secret_in_an_hour_closes_gettoken_for_an_hour() {
    let wire = Wire::start().await;
    let corp = wire.access.corp_id.clone();
    for _ in 0..2000 {
        assert_eq!(wire.gettoken(&corp, "wrong").await["errcode"], 40001);
    }
    assert_eq!(wire.gettoken(&corp, "wrong").await["errcode"], 45009);
    assert_eq!(wire.gettoken(&corp, &wire.access.corp_secret).await["errcode"], 45009);
    wire.admin().advance_clock(Duration::from_secs(3601));
    assert_eq!(wire.gettoken(&corp, &wire.access.corp_secret).await["errcode"], 0);
}

#[tokio::test]
async fn debug_calls_are_limited_to_five_a_minute() {
    let wire = Wire::start().await;
    let query = "userid=zhangwei&debug=1";
    for _ in 0..5 {
        assert_eq!(wire.get("externalcontact/list", query).await["errcode"], 0);
    }
    assert_eq!(wire.get("externalcontact/list", query).await["errcode"], 45009);
    assert_eq!(wire.get("externalcontact/list", "userid=zhangwei").await["errcode"], 0);
    wire.admin().advance_clock(Duration::from_secs(61));
    assert_eq!(wire.get("externalcontact/list", query).await["errcode"], 0);
}
