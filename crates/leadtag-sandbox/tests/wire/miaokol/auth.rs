//! Tokens, and where they go.

use std::time::Duration;

use leadtag_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use super::rig::{ADD, LIST, Rig};

#[tokio::test]
async fn a_token_is_32_hexadecimal_digits_good_for_7200_seconds() {
    let rig = Rig::start().await;
    let answer = rig.post_bare("oauth/token", rig.credentials()).await;
    assert_eq!((&answer["errcode"], &answer["data"]["expires_in"]), (&json!(0), &json!(7200)));
    let token = answer["data"]["access_token"].as_str().unwrap();
    assert!(token.len() == 32 && token.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
}

#[tokio::test]
async fn each_wrong_credential_has_its_code() {
    let rig = Rig::start().await;
    for (member, value, code) in [
        ("app_id", json!("other"), 101),
        ("app_id", json!(""), 101),
        ("app_secret", json!("wrong"), 102),
        ("app_secret", json!(""), 102),
        ("grand_type", json!("password"), 103),
        ("grand_type", json!(1), 406),
    ] {
        let mut body = rig.credentials();
        body[member] = value;
        let answer = rig.post_bare("oauth/token", body).await;
        assert_eq!(answer["errcode"], code, "{member}");
        assert!(answer["message"].is_string() && answer.get("data").is_none(), "{answer}");
    }
    for (member, code) in [("app_id", 101), ("app_secret", 102), ("grand_type", 103)] {
        let mut body = rig.credentials();
        body.as_object_mut().unwrap().remove(member);
        assert_eq!(rig.post_bare("oauth/token", body).await["errcode"], code, "{member}");
    }
}

#[tokio::test]
async fn grant_type_is_not_the_documented_spelling() {
    let rig = Rig::start().await;
    let mut body = rig.credentials();
    body.as_object_mut().unwrap().remove("grand_type");
    body["grant_type"] = json!("client_credentials");
    let answer = rig.post_bare("oauth/token", body).await;
    assert_eq!(answer["errcode"], 103);
    assert!(answer["message"].as_str().unwrap().contains("grant_type"));
}

#[tokio::test]
async fn every_call_makes_a_new_token_and_the_old_one_stays_good() {
    let mut rig = Rig::start().await;
    let old = rig.token.clone();
    rig.log_in().await;
    assert_ne!(rig.token, old);
    rig.token = old;
    assert_eq!(rig.get(LIST, "").await["errcode"], 0);
    assert_eq!(rig.admin().issued_tokens(), 2);
}

#[tokio::test]
async fn a_token_expires_by_the_sandbox_clock() {
    let mut rig = Rig::start().await;
    rig.admin().advance_clock(Duration::from_secs(7100));
    assert_eq!(rig.get(LIST, "").await["errcode"], 0);
    rig.admin().advance_clock(Duration::from_secs(101));
    assert_eq!(rig.get(LIST, "").await["errcode"], 111);
    rig.log_in().await;
    assert_eq!(rig.get(LIST, "").await["errcode"], 0);
}

#[tokio::test]
async fn missing_wrong_expired_and_revoked_tokens_are_told_apart() {
    let mut rig = Rig::start().await;
    let good = std::mem::take(&mut rig.token);
    assert_eq!(rig.get(LIST, "").await["errcode"], 112);
    rig.token = "00000000000000000000000000000001".to_owned();
    assert_eq!(rig.get(LIST, "").await["errcode"], 110);
    rig.token = good;
    rig.admin().expire_tokens();
    assert_eq!(rig.get(LIST, "").await["errcode"], 111);
    rig.log_in().await;
    rig.admin().revoke_tokens();
    assert_eq!(rig.get(LIST, "").await["errcode"], 110);
    rig.admin().reject_all_tokens(true);
    rig.log_in().await;
    assert_eq!(rig.get(LIST, "").await["errcode"], 110);
    rig.admin().reject_all_tokens(false);
    assert_eq!(rig.get(LIST, "").await["errcode"], 0);
}

#[tokio::test]
async fn a_post_takes_app_id_and_token_from_the_body_only() {
    let rig = Rig::start().await;
    let query = format!("app_id={}&access_token={}", rig.access.app_id, rig.token);
    let path = format!("{ADD}?{query}");
    let bare = json!({ "name": "阶段", "type": 2 });
    assert_eq!(rig.post_bare(&path, bare.clone()).await["errcode"], 101);
    let mut with_app = bare;
    with_app["app_id"] = rig.access.app_id.clone().into();
    assert_eq!(rig.post_bare(&path, with_app).await["errcode"], 112);
}

#[tokio::test]
async fn a_get_takes_no_token_from_a_header() {
    let rig = Rig::start().await;
    let url = format!("{}/{LIST}?app_id={}", rig.access.base_url, rig.access.app_id);
    let request = rig.http.get(url).header("access-token", &rig.token).bearer_auth(&rig.token);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errcode"], 112);
}

#[tokio::test]
async fn a_wrong_app_id_is_101_before_the_token_is_looked_at() {
    let rig = Rig::start().await;
    let url = format!("{}/{LIST}?app_id=other&access_token={}", rig.access.base_url, rig.token);
    let answer: Value = rig.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errcode"], 101);
}

#[tokio::test]
async fn the_501st_call_of_a_minute_is_407_when_limits_hold() {
    let rig = Rig::with(Sandbox::builder().enforce_limits(true)).await;
    // The token call was the first.
    for _ in 0..499 {
        assert_eq!(rig.get(LIST, "").await["errcode"], 0);
    }
    let refused = rig.get(LIST, "").await;
    assert_eq!(refused["errcode"], 407);
    assert!(refused["message"].is_string());
    assert_eq!(rig.post(ADD, json!({ "name": "阶段", "type": 2 })).await["errcode"], 407);
    assert_eq!(rig.post_bare("oauth/token", rig.credentials()).await["errcode"], 407);
    rig.admin().advance_clock(Duration::from_secs(61));
    assert_eq!(rig.get(LIST, "").await["errcode"], 0);
}

#[tokio::test]
async fn no_limit_holds_unless_switched_on() {
    let rig = Rig::start().await;
    for _ in 0..520 {
        assert_eq!(rig.get(LIST, "page_size=1").await["errcode"], 0);
    }
}

#[tokio::test]
async fn the_same_tenant_answers_under_the_prefix_of_an_oem_domain() {
    let rig = Rig::start().await;
    let url = format!("{}/oauth/token", rig.access.oem_base_url);
    let token: Value =
        rig.http.post(url).json(&rig.credentials()).send().await.unwrap().json().await.unwrap();
    let token = token["data"]["access_token"].as_str().unwrap();
    let (base, app_id) = (&rig.access.oem_base_url, &rig.access.app_id);
    let url = format!("{base}/{LIST}?app_id={app_id}&access_token={token}");
    let list: Value = rig.http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(list["data"].as_array().unwrap().len(), 5);
    assert_eq!(rig.admin().requests(LIST)[0].path, "/miaokol/oapi/smart-tag/list");
}

#[tokio::test]
async fn the_configuration_names_the_tenant() {
    let rig = Rig::start().await;
    let config: toml::Table = rig.sandbox.config_toml().parse().unwrap();
    let provider = &config["providers"]["agent-miaokol"];
    assert_eq!(provider["platform"].as_str(), Some("miaokol"));
    assert_eq!(provider["app_id"].as_str(), Some(rig.access.app_id.as_str()));
    assert_eq!(provider["app_secret"].as_str(), Some(rig.access.app_secret.as_str()));
    assert_eq!(provider["base_url"].as_str(), Some(rig.access.base_url.as_str()));
    assert_eq!(rig.access.base_url, format!("http://{}/miaokol", rig.sandbox.addr()));
}

#[tokio::test]
async fn another_method_than_the_documented_one_is_405() {
    let rig = Rig::start().await;
    for (path, method) in [
        ("oauth/token", Method::GET),
        (LIST, Method::POST),
        (ADD, Method::GET),
        ("smart-tag/delete", Method::DELETE),
        ("smart-tag/batchAddTag", Method::PUT),
        ("smart-tag/updateContact", Method::GET),
        ("wechat/list", Method::POST),
        ("wechat/contacts", Method::POST),
        ("wechat/contactDetail", Method::POST),
        ("wechat/contactInfo", Method::POST),
    ] {
        let response = rig.send(method, path, None, String::new()).await;
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errcode"], 405, "{path}");
    }
}
