//! Tokens: vendor's page 11490694073951972.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{JSON, LIST, TOKEN, Wire};

async fn code(wire: &Wire) -> Value {
    wire.get(LIST, &[]).await["errcode"].clone()
}

#[tokio::test]
async fn a_token_is_32_hexadecimal_digits_and_lives_7200_seconds() {
    let wire = Wire::start().await;
    let answer = wire.get_token().await;
    assert_eq!((&answer["errcode"], &answer["data"]["expires_in"]), (&json!(0), &json!(7200)));
    assert_eq!(wire.token.len(), 32);
    assert!(wire.token.chars().all(|char| char.is_ascii_digit() || ('a'..='f').contains(&char)));
    wire.admin().advance_clock(Duration::from_secs(7100));
    assert_eq!(code(&wire).await, 0);
    wire.admin().advance_clock(Duration::from_secs(100));
    assert_eq!(code(&wire).await, 111);
}

#[tokio::test]
async fn a_new_token_leaves_the_earlier_one_alone() {
    let mut wire = Wire::start().await;
    let old = wire.token.clone();
    wire.log_in().await;
    assert_ne!(wire.token, old);
    assert_eq!(code(&wire).await, 0);
    wire.token = old;
    assert_eq!(code(&wire).await, 0);
    assert_eq!(wire.admin().issued_tokens(), 2);
    assert_eq!(wire.admin().snapshot()["miaokol"]["live_tokens"], 2);
}

#[tokio::test]
async fn wrong_credentials_are_refused_by_kind() {
    let wire = Wire::start().await;
    for (member, value, code) in [
        ("app_id", json!("wrong"), 101),
        ("app_id", json!(""), 101),
        ("app_id", json!(1), 406),
        ("app_secret", json!("wrong"), 102),
        ("app_secret", json!(""), 102),
        ("grand_type", json!("password"), 103),
        ("grand_type", json!(""), 103),
        ("more", json!(1), 406),
    ] {
        let mut body = wire.credentials();
        body[member] = value;
        let answer: Value = wire.send(TOKEN, JSON, &body).await.json().await.unwrap();
        assert_eq!(answer["errcode"], code, "{body}");
        assert!(answer["message"].is_string() && answer.get("data").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn the_member_is_spelt_grand_type() {
    let wire = Wire::start().await;
    let mut body = wire.credentials();
    body.as_object_mut().unwrap().remove("grand_type");
    let answer: Value = wire.send(TOKEN, JSON, &body).await.json().await.unwrap();
    assert_eq!(answer["errcode"], 103);
    body["grant_type"] = json!("client_credentials");
    let answer: Value = wire.send(TOKEN, JSON, &body).await.json().await.unwrap();
    assert_eq!(answer["errcode"], 103);
}

#[tokio::test]
async fn a_token_is_empty_wrong_or_expired() {
    let mut wire = Wire::start().await;
    let good = std::mem::take(&mut wire.token);
    assert_eq!(code(&wire).await, 112);
    wire.token = "0".repeat(32);
    assert_eq!(code(&wire).await, 110);
    wire.token = good;
    wire.admin().expire_tokens();
    assert_eq!(code(&wire).await, 111);
    wire.admin().revoke_tokens();
    assert_eq!(code(&wire).await, 110);
    wire.log_in().await;
    assert_eq!(code(&wire).await, 0);
    wire.admin().reject_all_tokens(true);
    wire.log_in().await;
    assert_eq!(code(&wire).await, 110);
}

#[tokio::test]
async fn the_token_may_stand_at_the_top_as_well() {
    let wire = Wire::start().await;
    wire.admin().set_miaokol_flat_token(true);
    let answer = wire.get_token().await;
    assert_eq!((&answer["errcode"], &answer["expires_in"]), (&json!(0), &json!(7200)));
    assert!(answer["access_token"].is_string() && answer.get("data").is_none());
}
