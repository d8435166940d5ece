//! The token calls.

use std::time::Duration;

use leadtag_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use super::rig::{Rig, code, read};

const DAY: u64 = 24 * 3600;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * DAY)
}

fn text(answer: &Value, member: &str) -> String {
    answer["data"][member].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_exchanged_for_both_tokens_of_its_account() {
    let rig = Rig::start().await;
    let answer = rig.exchange(&rig.access.code).await;
    assert_eq!(answer["message"], "success");
    let data = &answer["data"];
    assert_eq!((&data["error_code"], &data["description"]), (&json!(0), &json!("")));
    assert_eq!(data["open_id"], rig.access.open_id.as_str());
    assert_eq!(
        (&data["expires_in"], &data["refresh_expires_in"]),
        (&json!(1_296_000), &json!(2_592_000))
    );
    assert_eq!((&data["captcha"], &data["desc_url"]), (&json!(""), &json!("")));
    assert!(text(&answer, "scope").split(',').any(|scope| scope == "enterprise.data"));
    assert!(text(&answer, "access_token").starts_with("act."));
    assert!(!text(&answer, "log_id").is_empty() && answer.get("extra").is_none());
    let other = rig.exchange(&rig.access.other_code).await;
    assert_eq!(other["data"]["open_id"], rig.access.other_open_id.as_str());
}

#[tokio::test]
async fn a_code_is_good_once() {
    let rig = Rig::start().await;
    assert_eq!(code(&rig.exchange(&rig.access.code).await), 0);
    assert_eq!(code(&rig.exchange(&rig.access.code).await), 10007);
    assert_eq!(code(&rig.exchange("no-such-code").await), 10007);
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let rig = Rig::start().await;
    rig.admin().advance_clock(Duration::from_secs(601));
    assert_eq!(code(&rig.exchange(&rig.access.code).await), 10007);
}

#[tokio::test]
async fn authorising_again_kills_the_earlier_code() {
    let rig = Rig::start().await;
    let new = rig.admin().authorize_douyin(&rig.access.open_id).unwrap();
    assert_eq!(code(&rig.exchange(&rig.access.code).await), 10007);
    assert_eq!(code(&rig.exchange(&new).await), 0);
    assert_eq!(rig.admin().authorize_douyin("nobody"), None);
}

#[tokio::test]
async fn a_refresh_gives_the_good_token_a_new_life_and_leaves_the_refresh_token() {
    let rig = Rig::start().await;
    let first = rig.refresh(&rig.access.refresh_token).await;
    assert_eq!(text(&first, "access_token"), rig.token);
    rig.admin().advance_clock(days(10));
    let second = rig.refresh(&rig.access.refresh_token).await;
    assert_eq!(text(&second, "access_token"), rig.token);
    assert_eq!(second["data"]["expires_in"], 1_296_000);
    assert_eq!(text(&second, "refresh_token"), rig.access.refresh_token);
    let left = second["data"]["refresh_expires_in"].as_u64().unwrap();
    assert!((20 * DAY - 60..=20 * DAY).contains(&left), "{left}");
    rig.admin().advance_clock(days(10));
    assert_eq!(code(&rig.users("count=1").await), 0);
    assert_eq!(rig.admin().issued_tokens(), 1);
}

#[tokio::test]
async fn an_expired_access_token_is_replaced_by_a_refresh() {
    let mut rig = Rig::start().await;
    rig.admin().advance_clock(days(15));
    assert_eq!(code(&rig.users("count=1").await), 2_190_008);
    rig.token = text(&rig.refresh(&rig.access.refresh_token).await, "access_token");
    assert_eq!(code(&rig.users("count=1").await), 0);
    assert_eq!(rig.admin().issued_tokens(), 2);
}

#[tokio::test]
async fn a_refresh_does_not_extend_the_refresh_token() {
    let rig = Rig::start().await;
    rig.admin().advance_clock(days(29));
    assert_eq!(code(&rig.refresh(&rig.access.refresh_token).await), 0);
    rig.admin().advance_clock(days(1));
    assert_eq!(code(&rig.refresh(&rig.access.refresh_token).await), 10010);
    assert_eq!(code(&rig.renew(&rig.access.refresh_token).await), 10010);
}

#[tokio::test]
async fn a_renewal_replaces_the_refresh_token_and_kills_the_old_one() {
    let rig = Rig::start().await;
    rig.admin().advance_clock(days(29));
    let renewed = rig.renew(&rig.access.refresh_token).await;
    assert_eq!(renewed["data"]["expires_in"], 2_592_000);
    let new = text(&renewed, "refresh_token");
    assert_ne!(new, rig.access.refresh_token);
    assert_eq!(code(&rig.refresh(&rig.access.refresh_token).await), 10010);
    rig.admin().advance_clock(days(29));
    let refreshed = rig.refresh(&new).await;
    assert_eq!(text(&refreshed, "refresh_token"), new);
}

#[tokio::test]
async fn the_sixth_renewal_is_10020_until_the_owner_authorises_again() {
    let rig = Rig::start().await;
    let mut token = rig.access.refresh_token.clone();
    for _ in 0..5 {
        token = text(&rig.renew(&token).await, "refresh_token");
    }
    assert_eq!(code(&rig.renew(&token).await), 10020);
    assert_eq!(code(&rig.refresh(&token).await), 0);
    assert_eq!(rig.admin().snapshot()["douyin"]["accounts"][0]["renewals"], 5);
    let code_of_owner = rig.admin().authorize_douyin(&rig.access.open_id).unwrap();
    let token = text(&rig.exchange(&code_of_owner).await, "refresh_token");
    assert_eq!(code(&rig.renew(&token).await), 0);
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let rig = Rig::start().await;
    let form = json!({
        "client_key": rig.access.client_key,
        "grant_type": "refresh_token",
        "refresh_token": rig.access.refresh_token,
    });
    let json = rig.request(Method::POST, "/oauth/refresh_token/").json(&form);
    assert_eq!(code(&read(json).await), 10002);
    let form = format!(
        "client_key={}&grant_type=refresh_token&refresh_token={}",
        rig.access.client_key, rig.access.refresh_token
    );
    let query = rig
        .request(Method::POST, &format!("/oauth/refresh_token/?{form}"))
        .header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(code(&read(query).await), 10002);
}

#[tokio::test]
async fn wrong_and_missing_parameters_have_their_codes() {
    let rig = Rig::start().await;
    let right = [
        ("client_key", rig.access.client_key.as_str()),
        ("client_secret", rig.access.client_secret.as_str()),
        ("code", rig.access.code.as_str()),
        ("grant_type", "authorization_code"),
    ];
    for (name, value, expected) in [
        ("client_key", "wrong", 10003),
        ("client_secret", "wrong", 10013),
        ("code", "", 10005),
        ("grant_type", "refresh_token", 10002),
    ] {
        let form = right.map(|(key, right)| (key, if key == name { value } else { right }));
        assert_eq!(code(&rig.oauth("access_token", &form).await), expected, "{name}");
    }
    assert_eq!(code(&rig.oauth("access_token", &right).await), 0);
}

#[tokio::test]
async fn a_refresh_takes_no_client_secret() {
    let rig = Rig::start().await;
    let form = [
        ("client_key", rig.access.client_key.as_str()),
        ("client_secret", rig.access.client_secret.as_str()),
        ("grant_type", "refresh_token"),
        ("refresh_token", rig.access.refresh_token.as_str()),
    ];
    assert_eq!(code(&rig.oauth("refresh_token", &form).await), 10002);
}

#[tokio::test]
async fn errors_have_four_members_and_no_extra() {
    let rig = Rig::start().await;
    let answer = rig.refresh("rft.made-up").await;
    let expected = json!({
        "data": {
            "captcha": "", "desc_url": "", "error_code": 10010,
            "description": "refresh_token invalid or expired",
        },
        "message": "error",
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn two_accounts_have_their_own_tokens_tags_and_leads() {
    let mut rig = Rig::start().await;
    let (first, _) = rig.ids("count=40").await;
    let other = rig.refresh(&rig.access.other_refresh_token).await;
    let other_token = text(&other, "access_token");
    assert_ne!(other_token, rig.token);
    rig.token = other_token;
    assert_eq!(code(&rig.users("count=1").await), 2_190_015);
    rig.access.open_id = rig.access.other_open_id.clone();
    let (second, _) = rig.ids("count=40").await;
    assert_eq!(second.len(), 6);
    assert!(second.iter().all(|id| !first.contains(id)));
    let tags = rig.get("tag/list", "count=10").await;
    assert_eq!(tags["data"]["list"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_configuration_has_a_douyin_provider() {
    let sandbox = Sandbox::start().await.unwrap();
    let config: toml::Table = sandbox.config_toml().parse().unwrap();
    let provider = &config["providers"]["shop-douyin"];
    let access = sandbox.douyin();
    for (key, expected) in [
        ("platform", "douyin"),
        ("client_key", &access.client_key),
        ("client_secret", &access.client_secret),
        ("open_id", &access.open_id),
        ("refresh_token", &access.refresh_token),
        ("base_url", &access.base_url),
    ] {
        assert_eq!(provider[key].as_str(), Some(expected), "{key}");
    }
    assert_eq!(access.base_url, format!("http://{}/douyin", sandbox.addr()));
}
