//! No key, signature, mobile or e-mail reaches a log, an error or a `Debug`, whatever comes back.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use crm_v3::model::{GetClue, ListClueFollowUps, ListCluesByCreateTimeAsc};
use crm_v3::{CrmV3Client, RawCall};
use leadtag_core::{
    Diagnose, LeadId, LeadQuery, LeadsProvider, RetryPolicy, TagProvider, TagQuery,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::canary::{CapturedLog, Printed};
use serde_json::json;
use support::{APP_KEY, Stub};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MOBILE: &str = "19900001234";
const EMAIL: &str = "canary.person@example.com";
const NAME: &str = "卡纳里人名";

/// Answers of a platform that repeats whatever it knows, wherever it can.
fn careless_answers() -> Vec<(u16, String)> {
    let all = format!("{APP_KEY} {MOBILE} {EMAIL} ?appKey={APP_KEY}");
    let lead = json!({
        "customerId": 8, "companyInfo": { "tel": MOBILE }, "surprise": all, "tagIds": ["etT"],
        "fields": [
            { "field": "name", "type": 1, "valueAsText": NAME },
            { "field": "mobile", "type": 8, "valueAsText": format!("[\"{MOBILE}\"]") },
            { "field": "description", "type": 5, "valueAsText": format!("x{all}") },
        ],
    });
    let follow_up = json!({
        "id": 1, "type": 1, "content": format!("打给{MOBILE}"), "customerId": 8, "extra": all,
        "operator": { "qwUserId": "lina", "name": NAME },
    });
    let answer = |data: &serde_json::Value| json!({ "code": 0, "message": all, "data": data });
    let refusal = |code: i64| json!({ "code": code, "message": all, "data": all }).to_string();
    vec![
        (200, answer(&lead).to_string()),
        (200, answer(&json!({ "list": [lead], "nextCursor": "" })).to_string()),
        (200, answer(&json!({ "list": [follow_up], "nextCursor": "" })).to_string()),
        (200, answer(&json!({ "list": all, "customerId": all })).to_string()),
        (200, answer(&json!(all)).to_string()),
        (200, json!({ "code": all, "message": [all] }).to_string()),
        (200, refusal(1002)),
        (200, refusal(1003)),
        (200, refusal(40417)),
        (200, refusal(-1)),
        (200, all.clone()),
        (200, format!("{{\"{all}\":")),
        (404, format!("<html>{all}</html>")),
        (502, format!("<html>{all}</html>")),
        (302, all),
    ]
}

async fn everything(client: &CrmV3Client, printed: &mut Printed) {
    printed.result(client.get_clue(&GetClue::new(8)).await);
    printed.result(client.list_clues_by_create_time_asc(&ListCluesByCreateTimeAsc::all()).await);
    printed.result(client.list_clue_follow_ups(&ListClueFollowUps::of(8)).await);
    printed.result(client.list_tag_tree().await);
    printed.result(client.profile_fields().await);
    printed.result(client.list_customer_fields().await);
    printed.result(client.get_lead(&LeadId::from("8")).await);
    printed.result(client.fetch_lead_page(&LeadQuery::all(), None).await);
    printed.result(client.fetch_interaction_page(&LeadId::from("8"), None).await);
    printed.result(client.fetch_tag_page(&TagQuery::all(), None).await);
    printed.value(&client.diagnose().await);
    let raw = RawCall::post("customer/search", format!(r#"{{"searchKey":"{MOBILE}"}}"#))
        .with_query("mobile", MOBILE);
    printed.value(&raw);
    if let Err(error) = client.send(&raw).await {
        printed.error(&error);
    }
    if let Err(error) = client.echo(&json!({ "email": EMAIL })).await {
        printed.error(&error);
    }
    printed.value(&client);
}

fn quick() -> RetryPolicy {
    RetryPolicy::default()
        .with_base_delay(Duration::from_millis(1))
        .with_deadline(Duration::from_secs(5))
}

async fn canned(printed: &mut Printed) {
    let stub = Stub::answering("").await;
    for (status, body) in careless_answers() {
        stub.answer(status, body);
        everything(&stub.client().with_retry(quick()), printed).await;
    }
}

/// Returns the key that was used, and the signatures that were sent.
async fn sandboxed(printed: &mut Printed) -> Vec<String> {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.crm_v3();
    let builder = CrmV3Client::builder()
        .app_id(&access.app_id)
        .app_key(access.app_key.as_str())
        .base_url(&access.base_url)
        .retry(quick());
    printed.value(&builder);
    let client = builder.clone().build().unwrap();
    for fault in [Fault::EchoSecrets, Fault::Reset, Fault::Truncated, Fault::LostReply, Fault::Gbk]
    {
        sandbox.admin().inject(FaultSpec::new(fault).always());
        everything(&client, printed).await;
        sandbox.admin().clear_faults();
    }
    everything(&client, printed).await;
    everything(&builder.base_url("http://127.0.0.1:1").build().unwrap(), printed).await;
    let requests = sandbox.admin().all_requests();
    let signatures = requests
        .iter()
        .flat_map(|seen| &seen.headers)
        .filter(|(name, _)| name == "sign")
        .map(|(_, sign)| sign.clone());
    let secrets: Vec<String> = signatures.chain([access.app_key]).collect();
    assert!(secrets.len() > 50);
    secrets
}

#[tokio::test]
async fn nothing_that_is_printed_or_logged_holds_a_secret_or_personal_data() {
    let log = CapturedLog::default();
    let writer = log.clone();
    // The mock server runs in this process too, and logs every request: that is its own affair.
    let but_the_mock =
        Targets::new().with_default(LevelFilter::TRACE).with_target("httpmock", LevelFilter::OFF);
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish()
        .with(but_the_mock)
        .init();
    let mut printed = Printed::default();
    canned(&mut printed).await;
    let mut canaries = sandboxed(&mut printed).await;
    canaries.extend([APP_KEY, MOBILE, EMAIL, NAME].map(str::to_owned));
    canaries.extend(["1990000", "kehu@example.com"].map(str::to_owned));

    let logged = log.text();
    for expected in ["attempt failed", "hyper_util"] {
        assert!(logged.contains(expected), "{expected} was not logged");
    }
    for (text, how) in [(printed.text(), "printed"), (&*logged, "logged")] {
        for canary in &canaries {
            let found = text.lines().find(|line| line.contains(canary.as_str()));
            assert_eq!(found, None, "{how}: {canary}");
        }
    }
}
