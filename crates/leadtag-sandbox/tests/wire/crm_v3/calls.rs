//! How every call is made: method, headers, signature, clock.

use std::time::Duration;

use serde_json::{Value, json};

use super::support::{Crm, ECHO, GET, PARAMETER, PROFILE, TAGS, date, now, sign};

async fn code(request: reqwest::RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json::<Value>().await.unwrap()["code"].clone()
}

#[tokio::test]
async fn a_signed_call_is_answered() {
    let crm = Crm::start().await;
    let body = json!({ "hello": "探马" });
    assert_eq!(crm.data(ECHO, body.clone()).await, body);
}

#[tokio::test]
async fn the_signature_covers_the_exact_bytes_of_the_body() {
    let crm = Crm::start().await;
    for body in ["{\"a\":\"描\",\"b\":1}", "{\"a\": \"\\u63cf\", \"b\": 1}", " {}\n"] {
        assert_eq!(code(crm.request(ECHO, &now().to_string(), body)).await, 0);
    }
    let other_bytes = crm.request(ECHO, &now().to_string(), "{\"a\":1}").body("{\"a\": 1}");
    assert_eq!(code(other_bytes).await, 1002);
}

#[tokio::test]
async fn no_body_is_signed_as_the_empty_string() {
    let crm = Crm::start().await;
    for path in [PROFILE, TAGS, ECHO] {
        assert_eq!(code(crm.request(path, &now().to_string(), "")).await, 0);
    }
}

#[tokio::test]
async fn missing_and_wrong_headers_are_1002() {
    let crm = Crm::start().await;
    let (at, url) = (now().to_string(), crm.url(ECHO));
    let (app, key) = (crm.access.app_id.as_str(), crm.access.app_key.as_str());
    let good = sign(app, &at, "{}", key);
    for (app_id, timestamp, signature) in [
        ("", at.as_str(), good.clone()),
        (app, "", good.clone()),
        (app, at.as_str(), String::new()),
        (app, at.as_str(), good.to_uppercase()),
        (app, at.as_str(), sign(app, &at, "{}", "another-key")),
        ("wwother_AbC123", at.as_str(), sign("wwother_AbC123", &at, "{}", key)),
    ] {
        let headers = [("appId", app_id), ("timestamp", timestamp), ("sign", &signature)];
        let request = headers.into_iter().filter(|(_, value)| !value.is_empty());
        let request = request.fold(
            crm.http.post(&url).header("Content-Type", "application/json").body("{}"),
            |request, (name, value)| request.header(name, value),
        );
        assert_eq!(code(request).await, 1002, "{headers:?}");
    }
}

#[tokio::test]
async fn a_call_that_carries_the_app_key_is_refused() {
    let crm = Crm::start().await;
    let request = crm.request(ECHO, &now().to_string(), "{}");
    let response = request.header("appKey", &crm.access.app_key).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let text = response.text().await.unwrap();
    assert!(text.contains("appKey") && !text.contains(&crm.access.app_key), "{text}");
}

#[tokio::test]
async fn a_time_more_than_15_minutes_away_is_1003() {
    let crm = Crm::start().await;
    for (off_seconds, expected) in [(0, 0), (-890, 0), (890, 0), (-910, 1003), (910, 1003)] {
        let at = i128::try_from(now()).unwrap() + off_seconds * 1000;
        assert_eq!(code(crm.request(ECHO, &at.to_string(), "{}")).await, expected);
    }
}

#[tokio::test]
async fn a_time_in_seconds_or_no_time_at_all_is_1003() {
    let crm = Crm::start().await;
    let seconds = (now() / 1000).to_string();
    for timestamp in [seconds.as_str(), "now"] {
        assert_eq!(code(crm.request(ECHO, timestamp, "{}")).await, 1003);
    }
}

#[tokio::test]
async fn the_date_header_tells_the_clock_that_1003_goes_by() {
    let crm = Crm::start().await;
    crm.admin().set_crm_clock_skew(86_400);
    let refused = crm.send(ECHO, "{}").await;
    let shown = date(&refused);
    assert_eq!(refused.json::<Value>().await.unwrap()["code"], 1003);
    let tomorrow = now() + 86_400_000;
    assert!(shown.abs_diff(tomorrow) < 60_000);
    assert_eq!(code(crm.request(ECHO, &tomorrow.to_string(), "{}")).await, 0);
}

#[tokio::test]
async fn the_clock_moves_with_that_of_the_sandbox() {
    let crm = Crm::start().await;
    crm.admin().advance_clock(Duration::from_secs(3600));
    assert_eq!(code(crm.request(ECHO, &now().to_string(), "{}")).await, 1003);
    crm.admin().set_crm_clock_skew(-3600);
    assert_eq!(code(crm.request(ECHO, &now().to_string(), "{}")).await, 0);
}

#[tokio::test]
async fn rejected_credentials_are_1002_until_they_are_taken_again() {
    let crm = Crm::start().await;
    crm.admin().reject_all_tokens(true);
    assert_eq!(crm.code(ECHO, json!({})).await, 1002);
    crm.admin().reject_all_tokens(false);
    assert_eq!(crm.code(ECHO, json!({})).await, 0);
}

#[tokio::test]
async fn another_method_content_type_or_path_is_no_call() {
    let crm = Crm::start().await;
    let (at, id) = (now().to_string(), &crm.access.app_id);
    let signed = sign(id, &at, "", &crm.access.app_key);
    let get = crm.http.get(crm.url(ECHO)).header("appId", id);
    let get = get.header("timestamp", &at).header("sign", signed).send().await.unwrap();
    assert_eq!(get.status(), 405);
    let typed = async |content_type: &str| {
        let signed = sign(id, &at, "{}", &crm.access.app_key);
        let request = crm.http.post(crm.url(ECHO)).header("appId", id).header("timestamp", &at);
        let request = request.header("sign", signed).header("Content-Type", content_type);
        request.body("{}").send().await.unwrap().status().as_u16()
    };
    assert_eq!(typed("application/json; charset=utf-8").await, 200);
    assert_eq!(typed("text/plain").await, 415);
    assert_eq!(typed("application/x-www-form-urlencoded").await, 415);
    assert_eq!(crm.send("v3/clue/delete", "{}").await.status(), 404);
    assert_eq!(crm.send("v3/clue/get/", "{}").await.status(), 404);
}

#[tokio::test]
async fn what_is_no_json_object_or_has_unknown_members_is_refused() {
    let crm = Crm::start().await;
    for body in ["{", "[]", "1", "{\"customerId\":1,\"id\":2}"] {
        let answer: Value = crm.send(GET, body).await.json().await.unwrap();
        assert_eq!(answer["code"], PARAMETER, "{body}");
        assert!(answer["message"].is_string() && answer.get("data").is_none());
    }
    let answer: Value = crm.send(ECHO, "{").await.json().await.unwrap();
    assert_eq!(answer["code"], PARAMETER);
}
