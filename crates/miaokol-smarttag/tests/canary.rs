//! No secret, token, mobile or e-mail reaches a log, an error or a `Debug`, whatever comes back.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use leadtag_core::{ContactRef, CreateTags, RetryPolicy, TagProvider};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::canary::{CapturedLog, Printed};
use miaokol_smarttag::model::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListContacts, ListSmartTags, ListWechat,
    UpdateContact,
};
use miaokol_smarttag::{MiaokolClient, RawCall};
use support::{APP_ID, SECRET, Stub, TOKEN};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const MOBILE: &str = "19900001234";
const EMAIL: &str = "canary.person@example.com";

/// Answers of a platform that repeats whatever it knows, wherever it can.
fn careless_answers() -> Vec<(u16, String)> {
    let all =
        format!("{SECRET} {TOKEN} {MOBILE} {EMAIL} ?access_token={TOKEN}&app_secret={SECRET}");
    let coded = |code: &str| format!(r#"{{"errcode":{code},"message":"{all}","data":"{all}"}}"#);
    let data = |data: String| format!(r#"{{"data":{data},"errcode":0,"surprise":"{all}"}}"#);
    let mut answers: Vec<(u16, String)> = [
        coded("1"),
        coded("406"),
        coded("407"),
        coded("110"),
        coded("1001"),
        coded(&format!("\"{all}\"")),
        data("[]".to_owned()),
        data(format!("\"{all}\"")),
        data(format!(r#"{{"wxid":"{MOBILE}","nickname":"{all}","rel_wxids":["{MOBILE}"]}}"#)),
        data(format!(r#"[{{"id":1,"wxid":"{MOBILE}","nickname":"{all}","tags":[]}}]"#)),
        data(format!(r#"[{{"id":1,"tags":[{{"sort":"{all}"}}]}}]"#)),
        format!(
            r#"{{"data":{{"name":"{all}"}}//{MOBILE}
            "errcode":406,"message":"{all}"}}"#
        ),
        format!(
            r#"{{"data":{{"name":"{all}"}}//{MOBILE}
            "errcode":0}}"#
        ),
        all.clone(),
        format!("{{\"{all}\":"),
    ]
    .into_iter()
    .map(|body| (200, body))
    .collect();
    answers.extend([404, 502].map(|status| (status, format!("<html>{all}</html>"))));
    answers.push((302, all));
    answers
}

async fn everything(client: &MiaokolClient, printed: &mut Printed) {
    let contact = ContactRef::owned_by(EMAIL, MOBILE);
    printed.result(client.list_smart_tags(&ListSmartTags::new()).await);
    printed.result(client.add_smart_tag(&AddSmartTag::new_group("g")).await);
    printed.result(client.batch_add_tags(&BatchAddTags::in_group("1", ["a"])).await);
    printed.result(client.delete_smart_tag(&DeleteSmartTag::tag("1")).await);
    let update = UpdateContact::replace(EMAIL, MOBILE, ["1"]);
    printed.result(client.update_contact(&update).await);
    let contacts = ListContacts::of(MOBILE);
    printed.result(client.list_contacts(&contacts).await);
    printed.result(client.list_wechat(&ListWechat::new()).await);
    printed.result(client.contact_info(MOBILE).await);
    printed.value(&update);
    printed.value(&contacts);
    printed.result(client.create_tags(&CreateTags::in_new_group("g", ["a"])).await);
    printed.result(client.replace(&contact, &["1".into()]).await);
    printed.result(client.assign(&contact, &["1".into()], &[]).await);
    let raw = RawCall::post("wechat/rooms", format!(r#"{{"rel_wxid":"{EMAIL}"}}"#))
        .with_query("mobile", MOBILE);
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
    }
    let echo = format!("{SECRET} {MOBILE} {EMAIL} ?app_id={APP_ID}&app_secret={SECRET}");
    for body in [
        format!(r#"{{"errcode":102,"message":"{echo}"}}"#),
        format!(r#"{{"errcode":0,"data":{{"access_token":["{TOKEN}"]}}}}"#),
        format!(r#"{{"errcode":0,"data":{{"access_token":"{TOKEN}","expires_in":"{TOKEN}x"}}}}"#),
        format!("<html>{echo} {TOKEN}</html>"),
    ] {
        stub.answer_token(body);
        everything(&client(), printed).await;
    }
}

async fn sandboxed(printed: &mut Printed) -> Vec<String> {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.miaokol();
    let client = MiaokolClient::builder()
        .app_id(&access.app_id)
        .app_secret(access.app_secret.as_str())
        .base_url(&access.base_url)
        .retry(quick());
    printed.value(&client);
    let client = client.build().unwrap();
    for fault in [Fault::EchoSecrets, Fault::Reset, Fault::Truncated, Fault::LostReply, Fault::Gbk]
    {
        sandbox.admin().inject(FaultSpec::new(fault).always());
        everything(&client, printed).await;
        sandbox.admin().clear_faults();
    }
    let dead = MiaokolClient::builder()
        .app_id(&access.app_id)
        .app_secret(access.app_secret.as_str())
        .base_url("http://127.0.0.1:1")
        .retry(quick());
    everything(&dead.build().unwrap(), printed).await;
    let tokens: Vec<String> = sandbox
        .admin()
        .all_requests()
        .iter()
        .filter_map(|seen| {
            let (_, rest) = seen.query.split_once("access_token=")?;
            rest.split('&').next().map(str::to_owned)
        })
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
    canaries.extend([SECRET, TOKEN, MOBILE, EMAIL].map(str::to_owned));
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
