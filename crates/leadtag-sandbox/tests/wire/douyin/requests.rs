//! How a call must be made.

use reqwest::Method;
use serde_json::{Value, json};

use super::rig::{Rig, code, read};

const LIST: &str = "count=1&start_time=0&end_time=9999999999&action_type=0";

#[tokio::test]
async fn the_token_is_taken_from_the_header_or_from_the_query() {
    let rig = Rig::start().await;
    let url = |token: &str| {
        format!("/enterprise/leads/tag/list/?open_id={}&count=1{token}", rig.access.open_id)
    };
    let in_query = format!("&access_token={}", rig.token);
    let header = |token: &str, query: &str| {
        rig.request(Method::GET, &url(query)).header("access-token", token)
    };
    assert_eq!(code(&read(header(&rig.token, "")).await), 0);
    assert_eq!(code(&read(rig.request(Method::GET, &url(&in_query))).await), 0);
    assert_eq!(code(&read(header(&rig.token, &in_query)).await), 0);
    assert_eq!(code(&read(header("act.another", &in_query)).await), 2_190_002);
    assert_eq!(code(&read(rig.request(Method::GET, &url(""))).await), 2_190_002);
    let bearer = rig.request(Method::GET, &url("")).bearer_auth(&rig.token);
    assert_eq!(code(&read(bearer).await), 2_190_002);
}

#[tokio::test]
async fn the_open_id_must_be_there_and_the_tokens() {
    let rig = Rig::start().await;
    for (query, expected) in [
        ("count=1", 2_100_005),
        ("open_id=&count=1", 2_100_005),
        (&format!("open_id={}&count=1", rig.access.other_open_id), 2_190_015),
        (&format!("open_id={}&count=1", rig.access.open_id), 0),
    ] {
        let url = format!("/enterprise/leads/tag/list/?{query}");
        let answer = read(rig.request(Method::GET, &url).header("access-token", &rig.token)).await;
        assert_eq!(code(&answer), expected, "{query}");
    }
}

async fn not_there(rig: &Rig, method: Method, path: &str) {
    let url = format!("{path}?open_id={}&count=1", rig.access.open_id);
    let request = rig.request(method.clone(), &url).header("access-token", &rig.token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 404, "{method} {path}");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(code(&answer), 28_001_017, "{method} {path}");
}

#[tokio::test]
async fn a_path_without_its_trailing_slash_is_not_there() {
    let rig = Rig::start().await;
    for call in ["tag/list", "tag/user/list", "user/list", "user/detail", "user/action/list"] {
        not_there(&rig, Method::GET, &format!("/enterprise/leads/{call}")).await;
    }
    for call in ["tag/create", "tag/update", "tag/delete", "tag/user/update"] {
        not_there(&rig, Method::POST, &format!("/enterprise/leads/{call}")).await;
    }
    for call in ["access_token", "refresh_token", "renew_refresh_token"] {
        not_there(&rig, Method::POST, &format!("/oauth/{call}")).await;
    }
}

#[tokio::test]
async fn a_wrong_method_or_an_unknown_path_is_not_there() {
    let rig = Rig::start().await;
    not_there(&rig, Method::POST, "/enterprise/leads/tag/list/").await;
    not_there(&rig, Method::GET, "/enterprise/leads/tag/create/").await;
    not_there(&rig, Method::GET, "/oauth/refresh_token/").await;
    not_there(&rig, Method::GET, "/enterprise/leads/nothing/").await;
    not_there(&rig, Method::GET, "/oauth/oauth/refresh_token/").await;
}

#[tokio::test]
async fn every_required_parameter_is_required() {
    let rig = Rig::start().await;
    for (path, query) in [
        ("tag/list", ""),
        ("tag/user/list", "count=1"),
        ("tag/user/list", "tag_id=1680000000000001"),
        ("user/list", "start_time=0&end_time=1&action_type=0"),
        ("user/list", "count=1&end_time=1&action_type=0"),
        ("user/list", "count=1&start_time=0&action_type=0"),
        ("user/list", "count=1&start_time=0&end_time=1"),
        ("user/detail", ""),
        ("user/action/list", "count=1"),
        ("user/action/list", "user_id=_000sandbox0L0000000000"),
    ] {
        assert_eq!(code(&rig.get(path, query).await), 2_100_005, "{path} {query}");
    }
}

#[tokio::test]
async fn every_parameter_has_its_type_and_its_values() {
    let rig = Rig::start().await;
    assert_eq!(code(&rig.get("user/list", LIST).await), 0);
    for wrong in [
        "count=0&start_time=0&end_time=1&action_type=0",
        "count=-1&start_time=0&end_time=1&action_type=0",
        "count=1001&start_time=0&end_time=1&action_type=0",
        "count=ten&start_time=0&end_time=1&action_type=0",
        "count=1&start_time=2&end_time=1&action_type=0",
        "count=1&start_time=-1&end_time=1&action_type=0",
        "count=1&start_time=0&end_time=1720000000000&action_type=0",
        "count=1&start_time=2024-01-01&end_time=1&action_type=0",
        "count=1&start_time=0&end_time=1&action_type=7",
        "count=1&start_time=0&end_time=1&action_type=",
        "count=1&start_time=0&end_time=1&action_type=0&leads_level=3",
        "count=1&start_time=0&end_time=1&action_type=0&cursor=c1",
        "count=1&start_time=0&end_time=1&action_type=0&cursor=-1",
        "count=1&start_time=0&end_time=1&action_type=0&level=1",
        "count=1&count=1&start_time=0&end_time=1&action_type=0",
    ] {
        assert_eq!(code(&rig.get("user/list", wrong).await), 2_100_005, "{wrong}");
    }
}

#[tokio::test]
async fn a_get_has_no_body() {
    let rig = Rig::start().await;
    let request = rig.leads(Method::GET, "user/list", LIST).json(&json!({}));
    assert_eq!(code(&read(request).await), 2_100_005);
}

#[tokio::test]
async fn a_post_carries_a_json_object_and_says_so() {
    let rig = Rig::start().await;
    let named = "{\"tag_name\":\"会员\"}";
    let plain = rig.leads(Method::POST, "tag/create", "").body(named);
    assert_eq!(code(&read(plain).await), 2_100_005);
    let form = rig
        .leads(Method::POST, "tag/create", "")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("tag_name=a");
    assert_eq!(code(&read(form).await), 2_100_005);
    for wrong in ["", "[]", "{\"tag_name\":", "\"会员\""] {
        assert_eq!(code(&rig.post_raw("tag/create", wrong).await), 2_100_005, "{wrong}");
    }
    let utf8 = rig
        .leads(Method::POST, "tag/create", "")
        .header("content-type", "application/json; charset=UTF-8")
        .body(format!("{named}\n"));
    assert_eq!(code(&read(utf8).await), 0);
}

#[tokio::test]
async fn every_member_of_a_body_has_its_type() {
    let rig = Rig::start().await;
    let (tag, user) = (rig.make_tag("会员").await, rig.untagged().await);
    for (path, body) in [
        ("tag/create", json!({})),
        ("tag/create", json!({ "tag_name": "" })),
        ("tag/create", json!({ "tag_name": 7 })),
        ("tag/create", json!({ "tag_name": "a", "order": 1 })),
        ("tag/update", json!({ "tag_id": tag })),
        ("tag/update", json!({ "tag_id": tag.to_string(), "tag_name": "a" })),
        ("tag/delete", json!({ "tag_id": null })),
        ("tag/delete", json!({ "tag_id": 1.5 })),
        ("tag/user/update", json!({ "tag_id": tag, "user_id": user })),
        ("tag/user/update", json!({ "tag_id": tag, "user_id": user, "bind": 1 })),
        ("tag/user/update", json!({ "tag_id": tag, "user_id": user, "bind": "true" })),
        ("tag/user/update", json!({ "tag_id": tag, "user_id": 1, "bind": true })),
    ] {
        assert_eq!(code(&rig.post(path, body.clone()).await), 2_100_005, "{path} {body}");
    }
    assert_eq!(rig.admin().commits("tag/user/update"), 0);
}

#[tokio::test]
async fn calls_are_counted_and_kept_under_the_ends_of_their_paths() {
    let rig = Rig::start().await;
    rig.users("count=1").await;
    rig.refresh(&rig.access.refresh_token).await;
    assert_eq!(rig.admin().calls("user/list"), 1);
    let requests = rig.admin().requests("oauth/refresh_token");
    assert_eq!(requests.first().unwrap().path, "/douyin/oauth/refresh_token/");
    let expected = format!(
        "client_key={}&grant_type=refresh_token&refresh_token={}",
        rig.access.client_key, rig.access.refresh_token
    );
    assert_eq!(requests.first().unwrap().body, expected);
}
