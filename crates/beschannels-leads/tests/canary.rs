//! No secret, token, mobile or e-mail reaches a log, an error or a `Debug`, whatever comes back.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use beschannels_leads::model::{
    BatchScoreList, DataListV2, GroupUserList, LeadsDetails, Rule, SaveUserBehavior,
};
use beschannels_leads::{BeschannelsClient, RawCall};
use leadtag_core::{LeadQuery, LeadsProvider, RetryPolicy};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::canary::{CapturedLog, Printed};
use support::{SECRET, Stub, TOKEN, USER};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MOBILE: &str = "19900001234";
const EMAIL: &str = "canary.person@example.com";
const NAME: &str = "金丝雀先生";

/// Answers of a platform that repeats whatever it knows, wherever it can.
fn careless_answers() -> Vec<(u16, String)> {
    let all = format!("{SECRET} {TOKEN} {MOBILE} {EMAIL} ?access_token={TOKEN}");
    let row = format!(
        r#"{{"FullName":"{NAME}","MobilePhone":"{MOBILE}","Email":"{EMAIL}","Company":"{NAME}","WeChat":"{all}","identity_value":"{USER}"}}"#
    );
    vec![
        (200, format!(r#"{{"code":10002,"msg":"bad: {all}","data":"{all}"}}"#)),
        (200, format!(r#"{{"code":-3,"msg":"{all}","data":null}}"#)),
        (200, format!(r#"{{"code":2,"msg":"{all}"}}"#)),
        (
            200,
            format!(
                r#"{{"code":0,"msg":"{all}","data":{{"total":1,"list":[{row}],"header":[],"surprise":"{all}"}},"more":"{all}"}}"#
            ),
        ),
        (200, format!(r#"{{"code":0,"msg":"","data":"{all}"}}"#)),
        (200, format!(r#"{{"code":0,"msg":"","data":{{"list":"{all}","total":"{all}"}}}}"#)),
        (200, format!(r#"{{"code":"{all}","msg":["{all}"]}}"#)),
        (200, all.clone()),
        (200, format!("{{\"{all}\":")),
        (404, format!("<html>{all}</html>")),
        (502, format!("<html>{all}</html>")),
        (302, all),
    ]
}

async fn everything(client: &BeschannelsClient, printed: &mut Printed) {
    let group = GroupUserList::new(USER, "member").with_search(MOBILE);
    printed.result(client.group_user_list(&group).await);
    let details = LeadsDetails::by(Rule::new(EMAIL, MOBILE));
    printed.result(client.leads_details(&details).await);
    printed.result(client.batch_score_list(&BatchScoreList::of(USER, [1])).await);
    let data = DataListV2::new(USER, "clientsCustomers").with_search(MOBILE);
    printed.result(client.data_list_v2(&data).await);
    let write = SaveUserBehavior::new("mobile", MOBILE, "visit", "2024-01-02 03:04:05")
        .with_attr("email", EMAIL);
    printed.result(client.save_user_behavior(&write).await);
    printed.value(&group);
    printed.value(&details);
    printed.value(&data);
    printed.value(&write);
    printed.result(client.fetch_lead_page(&LeadQuery::all(), None).await);
    let raw = RawCall::post_multipart("/leads/open-api/made-up", [("mobile", MOBILE)])
        .with_query("email", EMAIL);
    printed.value(&raw);
    if let Err(error) = client.send(&raw).await {
        printed.error(&error);
    }
}

fn quick() -> RetryPolicy {
    RetryPolicy::default()
        .with_base_delay(Duration::from_millis(1))
        .with_deadline(Duration::from_secs(5))
}

async fn canned(printed: &mut Printed) {
    let stub = Stub::answering("").await;
    let client = || stub.client().with_retry(quick());
    for (status, body) in careless_answers() {
        stub.answer(status, body);
        everything(&client(), printed).await;
        printed.value(&client());
        printed.value(&stub.builder());
    }
    let echo = format!("{SECRET} {MOBILE} {EMAIL} appSecret={SECRET}");
    for body in [
        format!(r#"{{"code":1001,"msg":"{echo}"}}"#),
        format!(r#"{{"code":0,"msg":"ok","data":{{"access_token":["{TOKEN}"]}}}}"#),
        format!(r#"{{"code":0,"msg":"ok","data":"{TOKEN}"}}"#),
        format!("<html>{echo} {TOKEN}</html>"),
    ] {
        stub.answer_token(body);
        everything(&client(), printed).await;
    }
}

async fn sandboxed(printed: &mut Printed) -> Vec<String> {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let access = sandbox.beschannels();
    let client = BeschannelsClient::builder()
        .app_id(&access.app_id)
        .app_secret(access.app_secret.as_str())
        .user_id(&access.user_id)
        .base_url(&access.base_url)
        .retry(quick());
    let client = client.build().unwrap();
    for fault in [Fault::EchoSecrets, Fault::Reset, Fault::Truncated, Fault::LostReply, Fault::Gbk]
    {
        sandbox.admin().inject(FaultSpec::new(fault).always());
        everything(&client, printed).await;
        sandbox.admin().clear_faults();
    }
    printed.result(client.fetch_lead_page(&LeadQuery::all(), None).await);
    let tokens: Vec<String> = sandbox
        .admin()
        .all_requests()
        .iter()
        .filter_map(|seen| seen.query.split("access_token=").nth(1).map(str::to_owned))
        .collect();
    assert!(!tokens.is_empty());
    [vec![access.app_secret], tokens].concat()
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
    canaries.extend([SECRET, TOKEN, MOBILE, EMAIL, NAME].map(str::to_owned));
    canaries.extend(["1990000"].map(str::to_owned));

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
