//! The client against the sandbox, which goes wrong on purpose.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use crm_v3::CrmV3Client;
use crm_v3::model::{Clue, CursorPage, ListCluesByCreateTimeAsc};
use leadtag_core::{ErrorKind, Reply, Result, RetryPolicy, Sent};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};

const LIST: &str = "clue/list-by-create-time-asc";

fn client(sandbox: &Sandbox) -> CrmV3Client {
    let access = sandbox.crm_v3();
    CrmV3Client::builder()
        .app_id(access.app_id)
        .app_key(access.app_key)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
        .build()
        .unwrap()
}

async fn sandbox_with(fault: impl Into<FaultSpec>) -> (Sandbox, CrmV3Client) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(fault);
    let client = client(&sandbox);
    (sandbox, client)
}

async fn list(client: &CrmV3Client) -> Result<Reply<CursorPage<Clue>>> {
    client.list_clues_by_create_time_asc(&ListCluesByCreateTimeAsc::all()).await
}

#[tokio::test]
async fn a_read_survives_what_passes() {
    for fault in [
        Fault::Html502,
        Fault::Http500Empty,
        Fault::Truncated,
        Fault::Reset,
        Fault::LostReply,
        Fault::Busy,
        Fault::Slow,
        Fault::DataConflict,
        Fault::Concurrency,
    ] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        sandbox.admin().set_slow_delay(Duration::from_millis(1));
        assert_eq!(list(&client).await.unwrap().list.len(), 10, "{fault}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_error_and_is_not_asked_again() {
    for fault in [Fault::EmptyBody, Fault::Gbk, Fault::DeepJson, Fault::HugeBody] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{fault}: {error}");
        assert_eq!(sandbox.admin().calls(LIST), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_refused_signature_or_time_is_not_asked_again() {
    for (fault, code) in [
        (Fault::ExpiredToken, 1003),
        (Fault::RevokedToken, 1002),
        (Fault::InvalidTokenForever, 1002),
        (Fault::EchoSecrets, 1002),
    ] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let error = list(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Unauthenticated, Some(code)));
        assert_eq!((error.sent(), sandbox.admin().calls(LIST)), (Sent::Yes, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_refused_time_tells_that_the_clock_is_an_hour_behind() {
    let (_sandbox, client) = sandbox_with(FaultSpec::new(Fault::ExpiredToken).on(LIST)).await;
    let error = list(&client).await.unwrap_err();
    let told = error.message();
    let near = ["3599 s behind", "3600 s behind"];
    assert!(near.iter().any(|near| told.contains(near)), "{error}");
}

#[tokio::test]
async fn a_gateways_refusal_is_told_and_not_repeated() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::IpNotTrusted).on(LIST)).await;
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Transport, Some(403)));
    assert_eq!(sandbox.admin().calls(LIST), 1);
}

#[tokio::test]
async fn a_throttled_api_is_left_alone() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::RateLimited).on(LIST)).await;
    let client = client.with_retry(RetryPolicy::default().with_deadline(Duration::from_secs(20)));
    for _ in 0..3 {
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
        assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(60)));
    }
    assert_eq!(sandbox.admin().calls(LIST), 1);
    assert!(client.limiter().status(LIST).paused.is_some());
    client.list_tag_tree().await.unwrap();
}

#[tokio::test]
async fn a_platform_that_hangs_is_given_up() {
    let (_sandbox, client) = sandbox_with(FaultSpec::new(Fault::Hang).on(LIST).always()).await;
    let quick = RetryPolicy::default()
        .with_attempt_timeout(Duration::from_millis(20))
        .with_deadline(Duration::from_millis(50));
    let error = list(&client.with_retry(quick)).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
}

#[tokio::test]
async fn an_unknown_lead_is_an_error_with_the_platforms_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = client(&sandbox)
        .get_clue(&crm_v3::model::GetClue::new(sandbox.crm_v3().sample_customer_id + 1))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert!(error.platform_code().is_some());
}

#[tokio::test]
async fn many_callers_share_one_client() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = Arc::new(client(&sandbox));
    let calls = (0..50).map(|_| {
        let client = Arc::clone(&client);
        tokio::spawn(async move { list(&client).await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(sandbox.admin().calls(LIST), 50);
}
