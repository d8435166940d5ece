//! No secret, token, mobile or e-mail reaches a log, an error or a `Debug`, whatever comes back.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use leadtag_core::{ContactRef, CreateTags, RetryPolicy, TagProvider};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::canary::{CapturedLog, Printed};
use support::{CORP_ID, SECRET, Stub, TOKEN};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use wecom_corptag::model::{
    AddCorpTag, DelCorpTag, EditCorpTag, GetCorpTagList, GetExternalContact, MarkTag,
};
use wecom_corptag::{RawCall, WecomClient};

const MOBILE: &str = "19900001234";
const EMAIL: &str = "canary.person@example.com";

/// Answers of a platform that repeats whatever it knows, wherever it can.
fn careless_answers() -> Vec<(u16, String)> {
    let all =
        format!("{SECRET} {TOKEN} {MOBILE} {EMAIL} ?access_token={TOKEN}&corpsecret={SECRET}");
    vec![
        (
            200,
            format!(
                r#"{{"errcode":40058,"errmsg":"bad: {all}, hint: [{MOBILE}x], from ip: 203.0.113.7"}}"#
            ),
        ),
        (
            200,
            format!(
                r#"{{"errcode":0,"errmsg":"ok, Warning: wrong json format. {all}","tag_group":[],"surprise":"{all}"}}"#
            ),
        ),
        (
            200,
            format!(
                r#"{{"errcode":0,"errmsg":"ok","tag_group":"{all}","external_contact":"{all}"}}"#
            ),
        ),
        (
            200,
            format!(
                r#"{{"errcode":0,"errmsg":"ok","tag_group":[{{"tag":[{{"order":"{all}"}}]}}]}}"#
            ),
        ),
        (200, format!(r#"{{"errcode":"{all}","errmsg":["{all}"]}}"#)),
        (200, format!(r#"{{"errcode":-1,"errmsg":"{all}"}}"#)),
        (200, format!(r#"{{"errcode":45009,"errmsg":"{all}"}}"#)),
        (200, format!(r#"{{"errcode":40014,"errmsg":"{all}"}}"#)),
        (200, all.clone()),
        (200, format!("{{\"{all}\":")),
        (404, format!("<html>{all}</html>")),
        (502, format!("<html>{all}</html>")),
        (302, all),
    ]
}

async fn everything(client: &WecomClient, printed: &mut Printed) {
    let contact = ContactRef::owned_by(EMAIL, MOBILE);
    printed.result(client.get_corp_tag_list(&GetCorpTagList::all()).await);
    printed.result(client.add_corp_tag(&AddCorpTag::in_group_named("g", ["a"])).await);
    printed.result(client.edit_corp_tag(&EditCorpTag::new("etT").with_order(1)).await);
    printed.result(client.del_corp_tag(&DelCorpTag::tags(["etT"])).await);
    let mark = MarkTag::new(EMAIL, MOBILE).with_add(["etT"]);
    printed.result(client.mark_tag(&mark).await);
    printed.value(&mark);
    printed.result(client.get_external_contact(&GetExternalContact::new("wm1")).await);
    printed.result(client.list_external_contacts(EMAIL).await);
    printed.result(client.create_tags(&CreateTags::in_new_group("g", ["a"])).await);
    printed.result(client.contact_tags(&contact).await);
    let raw = RawCall::post("externalcontact/remark", format!(r#"{{"remark":"{EMAIL}"}}"#))
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
    let echo = format!("{SECRET} {MOBILE} {EMAIL} ?corpid={CORP_ID}&corpsecret={SECRET}");
    for body in [
        format!(r#"{{"errcode":40001,"errmsg":"{echo}"}}"#),
        format!(r#"{{"errcode":0,"errmsg":"ok","access_token":["{TOKEN}"]}}"#),
        format!(r#"{{"errcode":0,"errmsg":"ok","access_token":"{TOKEN}","expires_in":"{TOKEN}"}}"#),
        format!("<html>{echo} {TOKEN}</html>"),
    ] {
        stub.answer_token(body);
        everything(&client(), printed).await;
    }
}

async fn sandboxed(printed: &mut Printed) -> Vec<String> {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.wecom();
    let client = WecomClient::builder()
        .corp_id(&access.corp_id)
        .corp_secret(access.corp_secret.as_str())
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
    printed.result(
        client.batch_get_by_user(&wecom_corptag::model::BatchGetByUser::new(&access.userids)).await,
    );
    let dead = WecomClient::builder()
        .corp_id(&access.corp_id)
        .corp_secret(access.corp_secret.as_str())
        .base_url("http://127.0.0.1:1")
        .retry(quick());
    everything(&dead.build().unwrap(), printed).await;
    let tokens: Vec<String> = sandbox
        .admin()
        .all_requests()
        .iter()
        .filter_map(|seen| seen.query.split("access_token=").nth(1).map(str::to_owned))
        .collect();
    assert!(!tokens.is_empty());
    [vec![access.corp_secret], tokens].concat()
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
