//! Tokens: vendor's page 60245719.

use std::time::Duration;

use leadtag_sandbox::BeschannelsLifetime;
use serde_json::json;

use super::support::{TOKEN, Wire};

#[tokio::test]
async fn a_token_comes_with_two_hours_to_live() {
    let wire = Wire::start().await;
    let answer = wire.get_token().await;
    assert_eq!((&answer["code"], &answer["msg"]), (&json!(0), &json!("成功")));
    assert!((7190..=7200).contains(&answer["data"]["expires_in"].as_u64().unwrap()));
}

#[tokio::test]
async fn a_token_is_as_long_as_a_caller_must_make_room_for_and_safe_in_a_url() {
    let wire = Wire::start().await;
    assert_eq!(wire.token.len(), 512);
    assert!(wire.token.contains('-') && wire.token.contains('_'));
    assert!(wire.token.chars().all(|char| char.is_ascii_alphanumeric() || "-_".contains(char)));
}

#[tokio::test]
async fn the_same_token_is_answered_with_its_true_time_while_20_minutes_remain() {
    let wire = Wire::start().await;
    wire.admin().advance_clock(Duration::from_secs(5900));
    let again = wire.get_token().await["data"].clone();
    assert_eq!(again["access_token"], wire.token.as_str());
    assert!((1290..=1300).contains(&again["expires_in"].as_u64().unwrap()), "{again}");
    assert_eq!(wire.admin().issued_tokens(), 1);
}

#[tokio::test]
async fn below_20_minutes_there_is_a_new_token_and_the_old_one_lives_on() {
    let mut wire = Wire::start().await;
    let old = wire.token.clone();
    wire.admin().advance_clock(Duration::from_secs(6001));
    let new = wire.get_token().await["data"].clone();
    assert_ne!(new["access_token"], old.as_str());
    assert_eq!(new["expires_in"], 7200);
    assert_eq!(wire.page(1, 1).await["total"], 40);
    new["access_token"].as_str().unwrap().clone_into(&mut wire.token);
    assert_eq!(wire.page(1, 1).await["total"], 40);
    assert_eq!(wire.admin().snapshot()["beschannels"]["live_tokens"], 2);
    wire.admin().advance_clock(Duration::from_secs(1200));
    assert_eq!(wire.page(1, 1).await["total"], 40);
    wire.token = old;
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
}

#[tokio::test]
async fn the_name_of_the_remaining_time_is_unknown_and_can_be_had_every_way() {
    let wire = Wire::start().await;
    wire.admin().set_beschannels_lifetime(BeschannelsLifetime::Expire);
    let data = wire.get_token().await["data"].clone();
    assert!(data["expire"].is_u64() && data.get("expires_in").is_none());
    wire.admin().set_beschannels_lifetime(BeschannelsLifetime::Absent);
    let data = wire.get_token().await["data"].clone();
    assert_eq!(data, json!({ "access_token": wire.token }));
}

#[tokio::test]
async fn wrong_credentials_are_refused_by_kind() {
    let wire = Wire::start().await;
    let (id, secret) = (wire.access.app_id.clone(), wire.access.app_secret.clone());
    for (body, code) in [
        (json!({ "appId": id }), 10000),
        (json!({ "appId": "", "appSecret": secret }), 10000),
        (json!({ "appId": id, "appSecret": "wrong" }), 1001),
        (json!({ "appId": "wrong", "appSecret": secret }), 1001),
        (json!({ "appId": 1, "appSecret": secret }), 10002),
        (json!({ "app_id": id, "app_secret": secret }), 10002),
        (json!([]), 1000),
    ] {
        let answer = wire.post(TOKEN, body.clone()).await;
        assert_eq!(answer["code"], code, "{body}");
        assert!(answer["data"].is_null());
    }
}

#[tokio::test]
async fn credentials_are_taken_as_json_only() {
    let wire = Wire::start().await;
    let body = format!("appId={}&appSecret={}", wire.access.app_id, wire.access.app_secret);
    let form = "application/x-www-form-urlencoded";
    let response = wire.send(TOKEN, form, body.into_bytes()).await;
    assert_eq!(response.json::<serde_json::Value>().await.unwrap()["code"], 1000);
}

#[tokio::test]
async fn every_bad_token_is_2() {
    let mut wire = Wire::start().await;
    let good = std::mem::replace(&mut wire.token, "made-up".to_owned());
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
    wire.token = String::new();
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
    wire.token = good;
    wire.admin().expire_tokens();
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
    wire.log_in().await;
    wire.admin().revoke_tokens();
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
    wire.admin().reject_all_tokens(true);
    wire.log_in().await;
    assert_eq!(wire.form("leads/open-api/group-user-list", &[]).await["code"], 2);
    wire.admin().reject_all_tokens(false);
    assert_eq!(wire.page(1, 1).await["total"], 40);
}

#[tokio::test]
async fn a_token_counts_only_in_the_query() {
    let mut wire = Wire::start().await;
    let token = std::mem::take(&mut wire.token);
    let url = format!("{}/leads/open-api/leads-details", wire.access.base_url);
    let body = json!({ "access_token": token, "leads_id": 1 });
    let request = wire.http.post(url).header("access-token", &token).json(&body);
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["code"], 2);
}
