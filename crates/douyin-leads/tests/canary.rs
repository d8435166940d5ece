//! No secret, token, mobile or e-mail reaches a log, an error or a `Debug`, whatever comes back.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use douyin_leads::model::{BindTag, CreateTag, ListTags, ListUserActions, ListUsers, UserDetail};
use douyin_leads::{DouyinClient, RawCall, TokenPlacement};
use leadtag_core::{
    ContactRef, CreateTags, LeadId, LeadQuery, LeadsProvider, RetryPolicy, TagProvider,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::canary::{CapturedLog, Printed};
use support::{REFRESH, SECRET, Stub, TOKEN, tokens};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MOBILE: &str = "19900001234";
const EMAIL: &str = "canary.person@example.com";
const WECHAT: &str = "wx_canary_person";
const ROTATED: &str = "rft.rotated-canary";

/// Answers of a platform that repeats whatever it knows, wherever it can.
fn careless_answers() -> Vec<(u16, String)> {
    let all = format!("{SECRET} {TOKEN} {REFRESH} {MOBILE} {EMAIL} ?access_token={TOKEN}");
    let person = format!(
        r#"{{"open_id":"u","nickname":"{EMAIL}","telephone":"{MOBILE}","wechat":"{WECHAT}","avatar":"{WECHAT}","surprise":"{WECHAT}"}}"#
    );
    let rest = person.trim_matches(['{', '}']);
    vec![
        (
            200,
            format!(
                r#"{{"data":{{"error_code":2100005,"description":"{all}"}},"extra":{{"logid":"{all}"}}}}"#
            ),
        ),
        (
            200,
            format!(
                r#"{{"data":{{"error_code":1}},"extra":{{"sub_error_code":2,"sub_description":"{all}"}}}}"#
            ),
        ),
        (200, format!(r#"{{"err_no":28001056,"err_msg":"{all}","log_id":"{all}"}}"#)),
        (200, format!(r#"{{"base":{{"gateway_code":2100004,"gateway_msg":"{all}"}}}}"#)),
        (200, format!(r#"{{"data":{{"error_code":2190002,"description":"{all}"}}}}"#)),
        (200, format!(r#"{{"data":{{"error_code":28003018,"description":"{all}"}}}}"#)),
        (
            200,
            format!(
                r#"{{"data":{{"error_code":0,{rest},"users":[{person}],"list":[]}},"surprise":"{WECHAT}","extra":{{"new":"{WECHAT}"}}}}"#
            ),
        ),
        (
            200,
            format!(r#"{{"data":{{"error_code":0,"users":[{{"age":"{all}"}}],"list":"{all}"}}}}"#),
        ),
        (200, format!(r#"{{"data":{{"error_code":"{all}"}}}}"#)),
        (200, all.clone()),
        (200, format!("{{\"{all}\":")),
        (404, format!("<html>{all}</html>")),
        (502, format!("<html>{all}</html>")),
        (302, all),
    ]
}

async fn everything(client: &DouyinClient, printed: &mut Printed) {
    let contact = ContactRef::new(MOBILE);
    printed.result(client.list_tags(&ListTags::first()).await);
    printed.result(client.create_tag(&CreateTag::named("a")).await);
    printed.result(client.bind_tag(&BindTag::bind(7, "u")).await);
    printed.result(client.list_users(&ListUsers::between(0, 1_800_000_000)).await);
    printed.result(client.user_detail(&UserDetail::of("u")).await);
    printed.result(client.list_user_actions(&ListUserActions::of("u")).await);
    printed.result(client.create_tags(&CreateTags::flat(["a"])).await);
    printed.result(client.contact_tags(&contact).await);
    printed.result(client.fetch_lead_page(&LeadQuery::all(), None).await);
    printed.result(client.get_lead(&LeadId::new("u")).await);
    printed.result(client.authorization().await);
    printed.result(client.oauth().access_token(SECRET).await);
    printed.result(client.oauth().renew_refresh_token(&REFRESH.into()).await);
    let raw = RawCall::get("/enterprise/im/card/list/").with_query("mobile", MOBILE);
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
    let client = || stub.builder().retry(quick()).build().unwrap();
    for (status, body) in careless_answers() {
        stub.answer(status, body);
        everything(&client(), printed).await;
        let in_query = stub.builder().retry(quick()).token_placement(TokenPlacement::Query);
        everything(&in_query.build().unwrap(), printed).await;
        printed.value(&client());
    }
    let echo = format!("{SECRET} {REFRESH} {MOBILE} {EMAIL}");
    for body in [
        format!(r#"{{"data":{{"error_code":10010,"description":"{echo}"}}}}"#),
        format!(r#"{{"data":{{"error_code":10013,"description":"{echo}"}}}}"#),
        format!(r#"{{"data":{{"error_code":0,"access_token":["{TOKEN}"]}}}}"#),
        format!(r#"{{"data":{{"error_code":0,"access_token":"{TOKEN}","expires_in":"{TOKEN}"}}}}"#),
        format!("<html>{echo}</html>"),
    ] {
        stub.answer_token(body);
        let client = client();
        everything(&client, printed).await;
        printed.result(client.oauth().refresh_token(&REFRESH.into()).await);
    }
    // A token that the client was not made with is hidden from the answer to its own call.
    stub.answer_token(tokens(TOKEN, ROTATED));
    printed.result(client().oauth().refresh_token(&ROTATED.into()).await);
    stub.answer_token(format!(r#"{{"data":{{"error_code":10010,"description":"{ROTATED}"}}}}"#));
    printed.result(client().oauth().refresh_token(&ROTATED.into()).await);
    printed.result(client().oauth().renew_refresh_token(&ROTATED.into()).await);
}

async fn sandboxed(printed: &mut Printed) -> Vec<String> {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.douyin();
    let client = DouyinClient::builder()
        .client_key(&access.client_key)
        .client_secret(access.client_secret.as_str())
        .open_id(&access.open_id)
        .refresh_token(access.refresh_token.as_str())
        .base_url(&access.base_url)
        .retry(quick());
    printed.value(&client);
    let client = client.build().unwrap();
    everything(&client, printed).await;
    for fault in [Fault::EchoSecrets, Fault::Reset, Fault::Truncated, Fault::LostReply, Fault::Gbk]
    {
        sandbox.admin().inject(FaultSpec::new(fault).always());
        everything(&client, printed).await;
        sandbox.admin().clear_faults();
    }
    let tokens: Vec<String> = sandbox
        .admin()
        .all_requests()
        .iter()
        .flat_map(|seen| seen.headers.clone())
        .filter_map(|(name, value)| (name == "access-token").then_some(value))
        .collect();
    assert!(!tokens.is_empty());
    [vec![access.client_secret, access.refresh_token], tokens].concat()
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
    canaries.extend([SECRET, TOKEN, REFRESH, ROTATED, MOBILE, EMAIL, WECHAT].map(str::to_owned));
    canaries.extend(["1990000".to_owned()]);

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
