//! The client against the sandbox, which goes wrong on purpose.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use beschannels_leads::model::{BatchScoreList, GroupUserList, GroupUserPage, SaveUserBehavior};
use beschannels_leads::{BeschannelsClient, BeschannelsClientBuilder, Reply};
use futures_util::future::join_all;
use leadtag_core::{ApiLimit, ErrorKind, Limits, Result, RetryPolicy, Sent};
use leadtag_sandbox::{BeschannelsLifetime, Fault, FaultSpec, Sandbox};
use leadtag_testkit::ManualClock;

const LIST: &str = "group-user-list";
const WRITE: &str = "save-user-behavior";
const TOKEN: &str = "get-access-token";

fn builder(sandbox: &Sandbox) -> BeschannelsClientBuilder {
    let access = sandbox.beschannels();
    BeschannelsClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

async fn sandbox_with(fault: impl Into<FaultSpec>) -> (Sandbox, BeschannelsClient) {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    sandbox.admin().inject(fault);
    let client = builder(&sandbox).build().unwrap();
    (sandbox, client)
}

async fn list(sandbox: &Sandbox, client: &BeschannelsClient) -> Result<Reply<GroupUserPage>> {
    let access = sandbox.beschannels();
    client.group_user_list(&GroupUserList::new(access.user_id, access.group_obj.as_str())).await
}

async fn write(sandbox: &Sandbox, client: &BeschannelsClient) -> Result<Reply<()>> {
    let access = sandbox.beschannels();
    let ask = GroupUserList::new(access.user_id, access.group_obj.as_str()).with_page(1, 50);
    let page = client.group_user_list(&ask).await?;
    let mobile = page.list.iter().find_map(|row| row.mobile()).unwrap().reveal().to_owned();
    let write = SaveUserBehavior::new("mobile", mobile, "visit", "2024-01-02 03:04:05");
    client.save_user_behavior(&write).await
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
        Fault::ExpiredToken,
        Fault::RevokedToken,
        Fault::Concurrency,
        Fault::DataConflict,
        Fault::JsonWarning,
        Fault::MissingErrcode,
        Fault::DuplicateCursor,
        Fault::ShiftingPages,
    ] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let list = list(&sandbox, &client).await;
        assert!(list.is_ok_and(|page| !page.list.is_empty()), "{fault}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_error_and_is_not_asked_again() {
    for fault in [Fault::EmptyBody, Fault::Gbk, Fault::DeepJson, Fault::HugeBody] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let error = list(&sandbox, &client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{fault}: {error}");
        assert_eq!(sandbox.admin().calls(LIST), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_platform_that_keeps_failing_is_asked_four_times() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::Busy).on(LIST).times(4)).await;
    let error = list(&sandbox, &client).await.unwrap_err();
    assert_eq!((error.platform_code(), sandbox.admin().calls(LIST)), (Some(-3), 4));
    list(&sandbox, &client).await.unwrap();
}

#[tokio::test]
async fn a_write_whose_reply_was_lost_is_done_once_and_its_caller_is_told() {
    for fault in [Fault::LostReply, Fault::Truncated] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(WRITE)).await;
        let error = write(&sandbox, &client).await.unwrap_err();
        assert_ne!(error.sent(), Sent::No, "{fault}: {error}");
        let admin = sandbox.admin();
        assert_eq!((admin.calls(WRITE), admin.commits(WRITE)), (1, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_write_that_hangs_is_not_sent_again() {
    let (sandbox, _) = sandbox_with(FaultSpec::new(Fault::CommitHang).on(WRITE)).await;
    let retry = RetryPolicy::default().with_attempt_timeout(Duration::from_millis(300));
    let client = builder(&sandbox).retry(retry).build().unwrap();
    let error = write(&sandbox, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
    assert_eq!(sandbox.admin().commits(WRITE), 1);
}

#[tokio::test]
async fn a_write_that_fails_is_sent_once() {
    for fault in [Fault::Busy, Fault::Html502, Fault::Reset, Fault::Http500Empty] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(WRITE)).await;
        write(&sandbox, &client).await.unwrap_err();
        assert_eq!(sandbox.admin().calls(WRITE), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_write_whose_token_expired_goes_out_with_another_one() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::ExpiredToken).on(WRITE)).await;
    write(&sandbox, &client).await.unwrap();
    let admin = sandbox.admin();
    assert_eq!((admin.calls(WRITE), admin.commits(WRITE), admin.calls(TOKEN)), (2, 1, 2));
}

#[tokio::test]
async fn a_throttled_api_is_left_alone_and_callers_who_cannot_wait_fail_at_once() {
    let (sandbox, _) = sandbox_with(FaultSpec::new(Fault::RateLimited).on(LIST)).await;
    let clock = ManualClock::new();
    let retry = RetryPolicy::default().with_deadline(Duration::from_secs(20));
    let client = builder(&sandbox).clock(Arc::new(clock.clone())).retry(retry).build().unwrap();
    let error = list(&sandbox, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::RateLimited, Some(429)));
    let error = list(&sandbox, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
    assert_eq!(sandbox.admin().calls(LIST), 1);
    assert!(client.limiter().status(LIST).paused.is_some());
    clock.advance(Duration::from_secs(61));
    sandbox.admin().advance_clock(Duration::from_secs(61));
    list(&sandbox, &client).await.unwrap();
}

#[tokio::test]
async fn an_expired_token_costs_one_refresh_for_any_number_of_callers() {
    let (sandbox, _) = sandbox_with(FaultSpec::new(Fault::Slow).on("cdp/detail")).await;
    let few = Limits::each(ApiLimit::none().with_max_in_flight(50));
    let client = builder(&sandbox).limits(few).build().unwrap();
    list(&sandbox, &client).await.unwrap();
    sandbox.admin().expire_tokens();
    let all = join_all((0..300).map(|_| list(&sandbox, &client))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(sandbox.admin().calls(TOKEN), 2);
}

#[tokio::test]
async fn a_token_that_is_never_accepted_is_replayed_once() {
    let (sandbox, client) = sandbox_with(Fault::InvalidTokenForever).await;
    let error = list(&sandbox, &client).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Unauthenticated, Some(2)));
    assert_eq!((sandbox.admin().calls(LIST), sandbox.admin().calls(TOKEN)), (2, 2));
}

#[tokio::test]
async fn a_bad_secret_with_many_callers_is_tried_once() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let client = builder(&sandbox).app_secret("not-the-secret").build().unwrap();
    for result in join_all((0..300).map(|_| list(&sandbox, &client))).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    assert_eq!((sandbox.admin().calls(TOKEN), sandbox.admin().calls(LIST)), (1, 0));
}

#[tokio::test]
async fn however_the_lifetime_is_named_calls_go_on_for_hours() {
    for lifetime in
        [BeschannelsLifetime::ExpiresIn, BeschannelsLifetime::Expire, BeschannelsLifetime::Absent]
    {
        let (sandbox, _) = sandbox_with(FaultSpec::new(Fault::Slow).on("cdp/detail")).await;
        sandbox.admin().set_beschannels_lifetime(lifetime);
        let clock = ManualClock::new();
        let client = builder(&sandbox).clock(Arc::new(clock.clone())).build().unwrap();
        for _ in 0..30 {
            list(&sandbox, &client).await.unwrap();
            clock.advance(Duration::from_secs(550));
            sandbox.admin().advance_clock(Duration::from_secs(550));
        }
        // No call went out with a token that was refused.
        assert_eq!(sandbox.admin().calls(LIST), 30, "{lifetime:?}");
    }
}

#[tokio::test]
async fn the_documented_limits_of_scores_are_the_platforms_too() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let client = builder(&sandbox).build().unwrap();
    let user = sandbox.beschannels().user_id;
    let scores = client.batch_score_list(&BatchScoreList::page(&user, 1, 50)).await.unwrap();
    assert_eq!(scores.leads.len(), 50);
    let ids: Vec<u64> = scores.leads.keys().map(|id| id.parse().unwrap()).collect();
    let again = client.batch_score_list(&BatchScoreList::of(&user, ids)).await.unwrap();
    assert_eq!(again.into_value(), scores.into_value());
}
