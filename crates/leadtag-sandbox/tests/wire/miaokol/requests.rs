//! Where parameters stand and what the platform says of calls that are made the wrong way.

use std::time::Duration;

use leadtag_sandbox::Sandbox;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{
    ACCOUNTS, ADD, BATCH_ADD, CONTACT_INFO, CONTACTS, DELETE, JSON, LIST, TOKEN, UPDATE_CONTACT,
    Wire,
};

#[tokio::test]
async fn a_wrong_method_is_405_in_the_body_of_a_200() {
    let wire = Wire::start().await;
    for (path, method) in [
        (TOKEN, Method::GET),
        (LIST, Method::POST),
        (ADD, Method::GET),
        (DELETE, Method::DELETE),
        (BATCH_ADD, Method::PUT),
        (UPDATE_CONTACT, Method::GET),
        (ACCOUNTS, Method::POST),
        (CONTACTS, Method::POST),
        (CONTACT_INFO, Method::POST),
    ] {
        let url = format!("{}/{path}", wire.access.base_url);
        let response = wire.http.request(method, url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer, json!({ "errcode": 405, "message": "请求方式错误" }), "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_a_plain_404() {
    let wire = Wire::start().await;
    for path in ["smart-tag/List", "smart-tag/list/", "smart-tag/batch-add-tag", "wechat/rooms"] {
        let url = format!("{}/{path}", wire.access.base_url);
        assert_eq!(wire.http.get(url).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn the_oem_prefix_leads_to_the_same_tenant() {
    let mut wire = Wire::start().await;
    wire.access.base_url = wire.access.oem_base_url.clone();
    assert!(wire.access.base_url.ends_with("/miaokol/oapi"));
    wire.log_in().await;
    let added = wire.post(ADD, json!({ "name": "前缀", "type": 2 })).await;
    wire.access.base_url = wire.sandbox.miaokol().base_url;
    assert_eq!(wire.group("前缀").await["id"], added["data"]["id"]);
    assert_eq!(wire.admin().calls(ADD), 1);
    let sent = wire.admin().requests(ADD);
    assert!(serde_json::to_string(&sent).unwrap().contains("/miaokol/oapi/smart-tag/add"));
}

#[tokio::test]
async fn a_get_has_its_parameters_in_the_query_alone() {
    let wire = Wire::start().await;
    let (app_id, token) = (wire.access.app_id.as_str(), wire.token.as_str());
    let own = [("app_id", app_id), ("access_token", token)];
    for (params, code) in [
        (vec![], 101),
        (vec![("app_id", "wrong"), own[1]], 101),
        (vec![own[0]], 112),
        (vec![own[0], ("access_token", "")], 112),
        (vec![own[0], own[1], ("more", "1")], 406),
        (vec![own[0], own[1], ("page", "1"), ("page", "1")], 406),
    ] {
        assert_eq!(wire.get_with(LIST, &params).await["errcode"], code, "{params:?}");
    }
    let url = format!("{}/{LIST}?app_id={app_id}&access_token={token}", wire.access.base_url);
    let answer = wire.http.get(url).body("{}").send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["errcode"], 406);
}

#[tokio::test]
async fn a_post_has_its_parameters_in_the_json_body_alone() {
    let wire = Wire::start().await;
    let members = json!({ "name": "组", "type": 2 });
    let query = format!("?app_id={}&access_token={}", wire.access.app_id, wire.token);
    let full = wire.with_token(members.clone());
    let no_token = json!({ "app_id": wire.access.app_id, "name": "组", "type": 2 });
    for (path, content_type, body, code) in [
        (format!("{ADD}{query}"), JSON, &members, 101),
        (format!("{ADD}{query}"), JSON, &no_token, 112),
        (format!("{ADD}{query}"), JSON, &full, 406),
        (ADD.to_owned(), "text/plain", &full, 406),
        (ADD.to_owned(), JSON, &json!([]), 406),
    ] {
        let answer = wire.send(&path, content_type, body).await;
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["errcode"], code, "{path} {content_type} {body}");
    }
    assert_eq!(wire.admin().commits(ADD), 0);
    let answer = wire.send(ADD, "application/json", &full).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["errcode"], 0);
}

#[tokio::test]
async fn the_501st_call_in_a_minute_is_407_where_limits_hold() {
    let wire = Wire::with(Sandbox::builder().enforce_limits(true)).await;
    // The token call was the first.
    for _ in 0..499 {
        assert_eq!(wire.get(ACCOUNTS, &[]).await["errcode"], 0);
    }
    assert_eq!(wire.get(LIST, &[]).await["errcode"], 407);
    assert_eq!(wire.get_token().await["errcode"], 407);
    wire.admin().advance_clock(Duration::from_secs(60));
    assert_eq!(wire.get(LIST, &[]).await["errcode"], 0);
}

#[tokio::test]
async fn the_configuration_names_this_tenant() {
    let wire = Wire::start().await;
    let config: toml::Table = wire.sandbox.config_toml().parse().unwrap();
    let section = &config["providers"]["agent-miaokol"];
    assert_eq!(section["platform"].as_str(), Some("miaokol"));
    assert_eq!(section["app_id"].as_str(), Some(wire.access.app_id.as_str()));
    assert_eq!(section["app_secret"].as_str(), Some(wire.access.app_secret.as_str()));
    assert_eq!(section["base_url"].as_str(), Some(wire.access.base_url.as_str()));
}
