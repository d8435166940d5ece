//! The admin handle, and the same over HTTP.

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::{Value, json};

use crate::support::{LIST, Wire};

async fn admin(wire: &Wire, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("http://{}/admin/{path}", wire.sandbox.addr());
    let method = method.parse().unwrap();
    let response = wire.http.request(method, url).json(&body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn calls_commits_and_tokens_are_counted_until_reset() {
    let wire = Wire::start().await;
    wire.make("阶段", &["线索"]).await;
    wire.groups().await;
    let (_, counts) = admin(&wire, "GET", "calls", json!(null)).await;
    assert_eq!(counts["calls"]["add_corp_tag"], 1);
    assert_eq!(counts["calls"]["get_corp_tag_list"], 1);
    assert_eq!(counts["commits"]["add_corp_tag"], 1);
    assert_eq!(counts["issued_tokens"], 1);
    assert_eq!(wire.admin().max_in_flight("add_corp_tag"), 1);
    assert_eq!(admin(&wire, "DELETE", "calls", json!(null)).await.0, 200);
    assert_eq!(wire.admin().calls("add_corp_tag"), 0);
    assert_eq!(wire.admin().issued_tokens(), 0);
    assert!(wire.admin().all_requests().is_empty());
}

#[tokio::test]
async fn requests_are_kept_as_they_came() {
    let wire = Wire::start().await;
    wire.post_raw(LIST, "{ \"tag_id\": [] }").await;
    let requests = wire.admin().requests("get_corp_tag_list");
    let request = requests.first().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, format!("/wecom/cgi-bin/{LIST}"));
    assert_eq!(request.query, format!("access_token={}", wire.token));
    assert_eq!(request.body, "{ \"tag_id\": [] }");
    assert!(request.headers.iter().any(|(name, _)| name == "host"));
    let (_, kept) = admin(&wire, "GET", "requests?api=get_corp_tag_list", json!(null)).await;
    assert_eq!(kept["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_last_1000_requests_are_kept() {
    let wire = Wire::start().await;
    for _ in 0..1001 {
        wire.get("externalcontact/list", "userid=nobody").await;
    }
    assert_eq!(wire.admin().all_requests().len(), 1000);
    assert!(wire.admin().requests("gettoken").is_empty());
    assert_eq!(wire.admin().calls("list"), 1001);
}

#[tokio::test]
async fn nothing_is_kept_when_recording_is_off() {
    let wire = Wire::with(Sandbox::builder().record(false)).await;
    wire.groups().await;
    assert!(wire.admin().all_requests().is_empty());
    assert_eq!(wire.admin().calls("get_corp_tag_list"), 1);
}

#[tokio::test]
async fn faults_are_injected_shown_and_cleared() {
    let wire = Wire::start().await;
    let busy = json!({ "fault": "busy", "api": "add_corp_tag", "times": 2, "skip": 1 });
    assert_eq!(admin(&wire, "POST", "faults", busy).await.0, 200);
    let always = json!({ "fault": "error-code:84061@list", "times": "always" });
    assert_eq!(admin(&wire, "POST", "faults", always).await.0, 200);
    let expected = [
        FaultSpec::new(Fault::Busy).on("add_corp_tag").times(2).skip(1),
        FaultSpec::new(Fault::ErrorCode(84061)).on("list").always(),
    ];
    assert_eq!(wire.admin().waiting_faults(), expected);
    let (_, shown) = admin(&wire, "GET", "faults", json!(null)).await;
    assert_eq!(shown["waiting"][0]["fault"], "busy");
    assert_eq!(shown["known"].as_array().unwrap().len(), Fault::all().count());
    assert_eq!(admin(&wire, "DELETE", "faults", json!(null)).await.0, 200);
    assert!(wire.admin().waiting_faults().is_empty());
}

#[tokio::test]
async fn wrong_admin_calls_say_what_is_wrong() {
    let wire = Wire::start().await;
    let (status, answer) = admin(&wire, "POST", "faults", json!({ "fault": "bussy" })).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("did you mean `busy`?"));
    let unknown = json!({ "advance": 1 });
    assert_eq!(admin(&wire, "POST", "clock", unknown).await.0, 400);
    assert_eq!(admin(&wire, "GET", "nothing", json!(null)).await.0, 404);
}

#[tokio::test]
async fn tokens_clock_limits_and_latency_are_set_over_http() {
    let mut wire = Wire::start().await;
    assert_eq!(admin(&wire, "POST", "tokens/expire", json!(null)).await.0, 200);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 42001);
    wire.log_in().await;
    assert_eq!(admin(&wire, "POST", "tokens/revoke", json!(null)).await.0, 200);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 40014);
    wire.log_in().await;
    assert_eq!(admin(&wire, "POST", "clock", json!({ "advance_seconds": 7200 })).await.0, 200);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 42001);
    assert_eq!(admin(&wire, "POST", "tokens/reject", json!({ "reject": true })).await.0, 200);
    wire.log_in().await;
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 40014);
    for (path, body) in [
        ("limits", json!({ "enforced": true })),
        ("latency", json!({ "api": "list", "millis": 0 })),
        ("tags", json!({ "groups": 2, "tags_per_group": 3 })),
        ("followers", json!({ "external_userid": "wmSandbox00000000", "count": 1 })),
    ] {
        assert_eq!(admin(&wire, "POST", path, body).await, (200, json!({ "ok": true })));
    }
}

#[tokio::test]
async fn the_snapshot_shows_deleted_tags_and_marks() {
    let wire = Wire::start().await;
    let made = wire.make("阶段", &["线索"]).await;
    let id = made["group_id"].clone();
    wire.post("externalcontact/del_corp_tag", json!({ "group_id": [id] })).await;
    let state = wire.admin().snapshot();
    let groups = state["wecom"]["tag_group"].as_array().unwrap();
    let group = groups.iter().find(|group| group["group_id"] == id).unwrap();
    assert_eq!((&group["deleted"], &group["tag"][0]["deleted"]), (&json!(true), &json!(true)));
    let marks = state["wecom"]["marks"].as_array().unwrap();
    assert!(marks.len() >= 40 && marks[0]["tag_id"].is_array());
    assert_eq!(admin(&wire, "GET", "state", json!(null)).await, (200, state));
}

#[tokio::test]
async fn a_snapshot_of_very_many_customers_shows_the_first_and_the_marked() {
    let wire = Wire::with(Sandbox::builder().leads(100_000_000)).await;
    let last = "wmSandbox99999996";
    let tag = wire.make("阶段", &["线索"]).await;
    let tag = tag["tag"][0]["id"].as_str().unwrap().to_owned();
    let mark = json!({"userid": "zhangwei", "external_userid": last, "add_tag": [tag]});
    assert_eq!(wire.post("externalcontact/mark_tag", mark).await["errcode"], 0);
    let snapshot = wire.admin().snapshot();
    let marks = snapshot["wecom"]["marks"].as_array().unwrap();
    assert!(marks.len() < 20_000, "{}", marks.len());
    assert!(marks.iter().any(|mark| mark["external_userid"] == last));
}

#[tokio::test]
async fn the_configuration_is_served_as_toml() {
    let wire = Wire::start().await;
    let url = format!("http://{}/admin/config", wire.sandbox.addr());
    let text = wire.http.get(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(text, wire.sandbox.config_toml());
}

#[tokio::test]
async fn a_new_lead_is_inserted_over_http_on_the_platforms_that_have_leads() {
    let wire = Wire::start().await;
    for platform in ["douyin", "crm-v3", "beschannels"] {
        let (status, answer) = admin(&wire, "POST", "leads", json!({ "platform": platform })).await;
        assert_eq!(status, 200, "{platform}");
        assert!(answer["id"].as_str().is_some_and(|id| !id.is_empty()), "{platform}: {answer}");
    }
    let (status, answer) = admin(&wire, "POST", "leads", json!({ "platform": "wecom" })).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().contains("known: douyin"), "{answer}");
}
