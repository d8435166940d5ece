//! The envelope, wrong requests and the life of the server.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{ADD, LIST, Wire};

#[tokio::test]
async fn errors_are_status_200_with_code_headers_hint_and_empty_result_fields() {
    let mut wire = Wire::start().await;
    wire.token = "made-up".to_owned();
    let response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["error-code"], "40014");
    let message = response.headers()["error-msg"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["errcode"], 40014);
    assert_eq!(body["errmsg"], message);
    assert_eq!(body["tag_group"], json!([]));
    assert!(message.starts_with("invalid access_token, hint: ["), "{message}");
    let link = "from ip: 127.0.0.1, more info at \
                https://open.work.weixin.qq.com/devtool/query?e=40014";
    assert!(message.ends_with(link), "{message}");
}

#[tokio::test]
async fn success_carries_the_code_headers_too() {
    let wire = Wire::start().await;
    let response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.headers()["error-code"], "0");
    assert_eq!(response.headers()["error-msg"], "ok");
    assert!(response.text().await.unwrap().starts_with("{\"errcode\":0,\"errmsg\":\"ok\","));
}

#[tokio::test]
async fn a_wrong_method_is_40063_and_a_wrong_path_is_404() {
    let wire = Wire::start().await;
    assert_eq!(wire.get(LIST, "").await["errcode"], 40063);
    assert_eq!(wire.post("gettoken", json!({})).await["errcode"], 40063);
    let missing = wire.post_raw("externalcontact/no_such_call", "{}").await;
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn bad_bodies_are_refused_by_kind() {
    let wire = Wire::start().await;
    for (path, body, code) in [
        (LIST, "", 40063),
        (LIST, "{\"tag_id\":[", 40035),
        (LIST, "[]", 40035),
        (LIST, "{\"tag_id\":\"et\"}", 40058),
        (ADD, "{\"group_name\":\"a\",\"tag\":{\"name\":\"b\"}}", 40058),
        (ADD, "{\"group_name\":\"a\",\"tag\":[{\"name\":\"b\",\"order\":-1}]}", 40058),
        (ADD, "{\"group_name\":\"a\",\"tag\":[{\"name\":\"b\",\"order\":4294967296}]}", 40058),
    ] {
        let answer: Value = wire.post_raw(path, body).await.json().await.unwrap();
        assert_eq!(answer["errcode"], code, "{body}");
    }
}

#[tokio::test]
async fn the_configuration_names_the_running_server() {
    let sandbox = Sandbox::start().await.unwrap();
    let config: toml::Table = sandbox.config_toml().parse().unwrap();
    let provider = &config["providers"]["shop-wecom"];
    let access = sandbox.wecom();
    assert_eq!(provider["platform"].as_str(), Some("wecom"));
    assert_eq!(provider["corp_id"].as_str(), Some(access.corp_id.as_str()));
    assert_eq!(provider["corp_secret"].as_str(), Some(access.corp_secret.as_str()));
    assert_eq!(provider["base_url"].as_str(), Some(access.base_url.as_str()));
    assert_eq!(access.base_url, format!("http://{}/wecom", sandbox.addr()));
    assert!(sandbox.addr().ip().is_loopback());
}

#[tokio::test]
async fn equal_seeds_give_equal_data() {
    let one = Sandbox::builder().seed(7).leads(60).start().await.unwrap();
    let two = Sandbox::builder().seed(7).leads(60).start().await.unwrap();
    let three = Sandbox::builder().seed(8).leads(60).start().await.unwrap();
    assert_eq!(one.admin().snapshot(), two.admin().snapshot());
    assert_ne!(one.admin().snapshot(), three.admin().snapshot());
}

#[tokio::test]
async fn a_stopped_server_takes_no_more_connections() {
    let sandbox = Sandbox::start().await.unwrap();
    let addr = sandbox.addr();
    assert!(tokio::net::TcpStream::connect(addr).await.is_ok());
    sandbox.shutdown().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(Sandbox::builder().port(sandbox.addr().port()).start().await.is_err());
}
