//! Addresses, methods and the configuration.

use leadtag_sandbox::Sandbox;
use reqwest::Method;
use serde_json::Value;

use super::support::{DETAILS, GROUP_USERS, Wire};

#[tokio::test]
async fn another_method_than_post_is_a_wrong_address() {
    let wire = Wire::start().await;
    for (method, path) in
        [(Method::GET, GROUP_USERS), (Method::PUT, DETAILS), (Method::GET, "api/get-access-token")]
    {
        let url = format!("{}/{path}?access_token={}", wire.access.base_url, wire.token);
        let response = wire.http.request(method, url).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.json::<Value>().await.unwrap()["code"], -2, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_404() {
    let wire = Wire::start().await;
    for path in ["leads/open-api/tag-list", "api/api/get-access-token", "api/get-access-token/"] {
        assert_eq!(wire.send(path, "application/json", b"{}".to_vec()).await.status(), 404);
    }
}

#[tokio::test]
async fn a_json_call_without_its_content_type_is_refused() {
    let wire = Wire::start().await;
    let response = wire.send(DETAILS, "text/plain", b"{\"leads_id\":1}".to_vec()).await;
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 1000);
    let with_charset = "application/json; charset=utf-8";
    let response = wire.send(DETAILS, with_charset, b"{\"leads_id\":1}".to_vec()).await;
    assert_eq!(response.json::<Value>().await.unwrap()["code"], 0);
}

#[tokio::test]
async fn the_configuration_names_the_running_server() {
    let sandbox = Sandbox::start().await.unwrap();
    let config: toml::Table = sandbox.config_toml().parse().unwrap();
    let provider = &config["providers"]["leads-beschannels"];
    let access = sandbox.beschannels();
    for (key, value) in [
        ("platform", "beschannels"),
        ("app_id", &access.app_id),
        ("app_secret", &access.app_secret),
        ("user_id", &access.user_id),
        ("group_obj", &access.group_obj),
        ("group_id", &access.group_id),
        ("base_url", &access.base_url),
    ] {
        assert_eq!(provider[key].as_str(), Some(value));
    }
    assert_eq!(access.base_url, format!("http://{}/beschannels", sandbox.addr()));
    assert_eq!(access.user_id.len(), "user".len() + 32);
}

#[tokio::test]
async fn other_seeds_give_other_people() {
    let mut names = Vec::new();
    for seed in [7, 7, 8] {
        let wire = Wire::with(Sandbox::builder().seed(seed)).await;
        names.push(wire.page(1, 40).await);
    }
    assert_eq!(names[0], names[1]);
    assert_ne!(names[0], names[2]);
}

#[tokio::test]
async fn requests_are_kept_under_their_name() {
    let wire = Wire::start().await;
    wire.page(1, 1).await;
    let requests = wire.admin().requests("group-user-list");
    let request = requests.first().unwrap();
    assert_eq!(request.path, format!("/beschannels/{GROUP_USERS}"));
    assert!(request.body.contains("name=\"group_obj\"\r\n\r\nleads_schema_data\r\n"));
    assert_eq!(wire.admin().calls("get-access-token"), 1);
}
