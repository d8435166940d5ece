//! The client against the sandbox, which goes wrong on purpose.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use douyin_leads::model::{BindTag, CreateTag, DeleteTag, ListTags, ListUsers, TagList};
use douyin_leads::{DouyinClient, DouyinClientBuilder, Reply};
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use leadtag_core::{
    CreateTags, ErrorKind, LeadQuery, LeadsProviderExt, MemoryTokenStore, Result, RetryPolicy,
    Sent, TagProvider,
};
use leadtag_sandbox::{DouyinEnvelope, Fault, FaultSpec, Sandbox};
use leadtag_testkit::ManualClock;

const LIST: &str = "tag/list";

fn builder(sandbox: &Sandbox) -> DouyinClientBuilder {
    let access = sandbox.douyin();
    DouyinClient::builder()
        .client_key(access.client_key)
        .client_secret(access.client_secret)
        .open_id(access.open_id)
        .refresh_token(access.refresh_token)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

fn client(sandbox: &Sandbox) -> DouyinClient {
    builder(sandbox).build().unwrap()
}

async fn sandbox_with(fault: impl Into<FaultSpec>) -> (Sandbox, DouyinClient) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(fault);
    let client = client(&sandbox);
    (sandbox, client)
}

async fn list(client: &DouyinClient) -> Result<Reply<TagList>> {
    client.list_tags(&ListTags::first()).await
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_is_not_doubled() {
    for fault in [Fault::LostReply, Fault::Truncated] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("tag/create")).await;
        let made = client.create_tag(&CreateTag::named("复购")).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("tag/create"), admin.commits("tag/create")), (1, 1));
        let listed = client.all_tags().await.unwrap();
        let found = listed.iter().find(|tag| tag.tag_name.as_deref() == Some("复购")).unwrap();
        assert_eq!(found.tag_id, made.tag_id);
        admin.inject(FaultSpec::new(fault).on("tag/create"));
        let created = client.create_tags(&CreateTags::flat(["甲", "乙"])).await.unwrap();
        assert_eq!((created.tags.len(), admin.commits("tag/create")), (2, 3));
    }
}

#[tokio::test]
async fn a_create_that_was_not_done_is_sent_again() {
    for fault in [Fault::Busy, Fault::Html502, Fault::Reset, Fault::Http500Empty] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("tag/create")).await;
        client.create_tag(&CreateTag::named("复购")).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("tag/create"), admin.commits("tag/create")), (2, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_done_and_one_that_was_not_done_is_sent_again() {
    for (fault, calls) in [(Fault::LostReply, 1), (Fault::Reset, 2)] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("tag/delete")).await;
        let tag = list(&client).await.unwrap().list[0].tag_id.unwrap();
        client.delete_tag(&DeleteTag::new(tag)).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("tag/delete"), admin.commits("tag/delete")), (calls, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_tag_whose_reply_was_lost_is_put_on_again() {
    let (sandbox, client) =
        sandbox_with(FaultSpec::new(Fault::LostReply).on("tag/user/update")).await;
    let tag = list(&client).await.unwrap().list[0].tag_id.unwrap();
    let users =
        client.list_users(&ListUsers::between(0, 1_800_000_000).with_count(30)).await.unwrap();
    let bare = users.users.iter().find(|user| user.tag_list.is_empty()).unwrap();
    client.bind_tag(&BindTag::bind(tag, bare.open_id.clone().unwrap())).await.unwrap();
    let admin = sandbox.admin();
    assert_eq!((admin.calls("tag/user/update"), admin.commits("tag/user/update")), (2, 1));
}

#[tokio::test]
async fn a_read_survives_what_passes_in_every_form_of_answer() {
    for (envelope, gateway, quoted) in [
        (DouyinEnvelope::Data, false, true),
        (DouyinEnvelope::Data, true, false),
        (DouyinEnvelope::ErrNo, true, true),
        (DouyinEnvelope::Base, true, false),
    ] {
        for fault in [
            Fault::Html502,
            Fault::Http500Empty,
            Fault::Truncated,
            Fault::Reset,
            Fault::LostReply,
            Fault::Busy,
            Fault::ExpiredToken,
            Fault::RevokedToken,
        ] {
            let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
            sandbox.admin().set_douyin_envelope(envelope);
            sandbox.admin().set_douyin_gateway_codes(gateway);
            sandbox.admin().set_douyin_quoted(quoted);
            let list = list(&client).await;
            assert!(list.is_ok_and(|list| list.list.len() >= 5), "{fault} {envelope:?}");
        }
    }
}

#[tokio::test]
async fn an_api_that_is_offline_is_told_in_every_form_and_asked_once() {
    for envelope in [DouyinEnvelope::Data, DouyinEnvelope::ErrNo, DouyinEnvelope::Base] {
        let fault = FaultSpec::new(Fault::ErrorCode(28_001_056)).on("douyin").always();
        let (sandbox, client) = sandbox_with(fault).await;
        sandbox.admin().set_douyin_envelope(envelope);
        let error = list(&client).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.platform_code()),
            (ErrorKind::ApiOffline, Some(28_001_056))
        );
        assert!(error.to_string().contains("2023-05-31"), "{error}");
        sandbox.admin().clear_faults();
        sandbox.admin().inject(FaultSpec::new(Fault::ErrorCode(28_001_056)).always());
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ApiOffline);
        assert!(error.request_id().is_some_and(|id| id.starts_with("2023053100")), "{error:?}");
        assert_eq!(sandbox.admin().calls(LIST), 1);
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_error_and_is_not_asked_again() {
    for fault in [Fault::EmptyBody, Fault::Gbk, Fault::DeepJson, Fault::HugeBody] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let error = list(&client).await.map(drop).expect_err(&fault.to_string());
        assert_eq!(error.kind(), ErrorKind::Decode, "{fault}: {error}");
        assert_eq!(sandbox.admin().calls(LIST), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_platform_that_hangs_runs_into_the_time_limit() {
    let (_sandbox, client) = sandbox_with(FaultSpec::new(Fault::Hang).on(LIST).always()).await;
    let quick = RetryPolicy::never().with_attempt_timeout(Duration::from_millis(100));
    let error = list(&client.with_retry(quick)).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
}

#[tokio::test]
async fn a_throttled_api_is_left_alone_and_callers_who_cannot_wait_fail_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::RateLimited).on(LIST));
    let clock = ManualClock::new();
    let retry = RetryPolicy::default().with_deadline(Duration::from_secs(20));
    let client = builder(&sandbox).clock(Arc::new(clock.clone())).retry(retry).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::RateLimited, Some(28_003_018)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
    let refused = join_all((0..100).map(|_| list(&client))).await;
    for error in refused.into_iter().map(|result| result.unwrap_err()) {
        assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
    }
    assert_eq!(sandbox.admin().calls(LIST), 1);
    assert!(client.limiter().status(LIST).paused.is_some());
    clock.advance(Duration::from_secs(61));
    sandbox.admin().advance_clock(Duration::from_secs(61));
    list(&client).await.unwrap();
}

#[tokio::test]
async fn a_thousand_callers_cost_one_refresh() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let lists = join_all((0..1000).map(|_| list(&client))).await;
    assert!(lists.iter().all(Result::is_ok));
    assert_eq!(sandbox.admin().calls("oauth/refresh_token"), 1);
    sandbox.admin().expire_tokens();
    let lists = join_all((0..200).map(|_| list(&client))).await;
    assert!(lists.iter().all(Result::is_ok));
    assert_eq!(sandbox.admin().calls("oauth/refresh_token"), 2);
}

#[tokio::test]
async fn tokens_that_are_never_accepted_cost_a_person_and_not_a_loop() {
    let (sandbox, client) = sandbox_with(Fault::InvalidTokenForever).await;
    for _ in 0..10 {
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReauthorizationRequired, "{error}");
    }
    assert_eq!(sandbox.admin().calls("oauth/refresh_token"), 2);
}

#[tokio::test]
async fn a_code_gives_a_client_and_a_dead_refresh_token_asks_for_a_person() {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.douyin();
    let by_code = || builder(&sandbox).open_id("").refresh_token("");
    let (client, token) = by_code().authorize(access.code.as_str()).await.unwrap();
    assert_eq!(token.open_id.as_deref(), Some(&*access.open_id));
    list(&client).await.unwrap();
    let used = by_code().authorize(access.code.as_str()).await.unwrap_err();
    assert_eq!(used.kind(), ErrorKind::ReauthorizationRequired);
    let other = builder(&sandbox).authorize(access.other_code.as_str()).await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::ConfigInvalid);
    // The exchange replaced the refresh token that came before it.
    let error = list(&builder(&sandbox).build().unwrap()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.platform_code()),
        (ErrorKind::ReauthorizationRequired, Some(10_010))
    );
    assert!(error.advice().is_some());
}

#[tokio::test]
async fn an_authorisation_is_renewed_five_times_and_then_asks_for_a_person() {
    let sandbox = Sandbox::start().await.unwrap();
    let clock = ManualClock::new();
    let client = builder(&sandbox)
        .clock(Arc::new(clock.clone()))
        .token_store(Arc::new(MemoryTokenStore::new()))
        .build()
        .unwrap();
    let day = Duration::from_secs(24 * 3600);
    let mut days = 0;
    let last = loop {
        match list(&client).await {
            Ok(_) => {}
            Err(error) => break error,
        }
        clock.advance(day);
        sandbox.admin().advance_clock(day);
        days += 1;
        assert!(days < 400);
    };
    assert_eq!(last.kind(), ErrorKind::ReauthorizationRequired);
    assert_eq!(sandbox.admin().snapshot()["douyin"]["accounts"][0]["renewals"], 5);
    assert_eq!(sandbox.admin().commits("oauth/renew_refresh_token"), 5);
    assert!(days > 90, "{days}");
    // A person authorises again.
    let code = sandbox.admin().authorize_douyin(&sandbox.douyin().open_id).unwrap();
    let (client, _) = builder(&sandbox).authorize(code).await.unwrap();
    list(&client).await.unwrap();
}

#[tokio::test]
async fn a_cursor_that_comes_again_ends_with_an_error() {
    let sandbox = Sandbox::builder().leads(50).start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::DuplicateCursor).on("user/list").always());
    let client = client(&sandbox);
    let pages = client.lead_pages(LeadQuery::all());
    assert!(pages.items().try_collect::<Vec<_>>().await.is_err());
}
