//! The client against the sandbox, which goes wrong on purpose.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use leadtag_core::{
    ApiLimit, ContactRef, CreateTags, Error, ErrorKind, Limits, MemoryTokenStore, Result,
    RetryPolicy, Sent, TagId, TagProvider,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::ManualClock;
use wecom_corptag::Reply;
use wecom_corptag::model::{
    AddCorpTag, AddStrategyTag, CorpTagList, DelCorpTag, DelStrategyTag, EditCorpTag,
    GetCorpTagList, GetStrategyTagList, MarkTag,
};
use wecom_corptag::{RawCall, WecomClient, WecomClientBuilder};

const LIST: &str = "get_corp_tag_list";

fn builder(sandbox: &Sandbox) -> WecomClientBuilder {
    let access = sandbox.wecom();
    WecomClient::builder()
        .corp_id(access.corp_id)
        .corp_secret(access.corp_secret)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

fn client(sandbox: &Sandbox) -> WecomClient {
    builder(sandbox).build().unwrap()
}

async fn sandbox_with(fault: impl Into<FaultSpec>) -> (Sandbox, WecomClient) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(fault);
    let client = client(&sandbox);
    (sandbox, client)
}

async fn list(client: &WecomClient) -> Result<Reply<CorpTagList>> {
    client.get_corp_tag_list(&GetCorpTagList::all()).await
}

#[tokio::test]
async fn a_create_whose_reply_was_lost_is_not_doubled() {
    for fault in [Fault::LostReply, Fault::Truncated] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("add_corp_tag")).await;
        let add = AddCorpTag::in_group_named("复购", ["一次", "两次"]);
        let added = client.add_corp_tag(&add).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("add_corp_tag"), admin.commits("add_corp_tag")), (1, 1));
        let names: Vec<_> = added.tag_group.tag.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["一次", "两次"]);
        let again = client.create_tags(&CreateTags::in_new_group("新组", ["a", "b"])).await;
        assert_eq!(again.unwrap().tags.len(), 2);
    }
}

#[tokio::test]
async fn a_create_that_was_not_done_is_sent_again() {
    for fault in [Fault::Busy, Fault::Html502, Fault::Reset, Fault::Http500Empty] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("add_corp_tag")).await;
        let add = AddCorpTag::in_group_named("复购", ["一次"]);
        client.add_corp_tag(&add).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("add_corp_tag"), admin.commits("add_corp_tag")), (2, 1), "{fault}");
    }
}

#[tokio::test]
async fn strategy_tags_are_not_doubled_either() {
    let lost = FaultSpec::new(Fault::LostReply).on("add_strategy_tag");
    let (sandbox, client) = sandbox_with(lost).await;
    let add = AddStrategyTag::in_group_named(1, "规则", ["甲"]);
    let added = client.add_strategy_tag(&add).await.unwrap();
    assert_eq!(sandbox.admin().commits("add_strategy_tag"), 1);
    let id = added.tag_group.tag[0].id.clone();
    sandbox.admin().inject(FaultSpec::new(Fault::LostReply).on("del_strategy_tag"));
    client.del_strategy_tag(&DelStrategyTag::tags([id.clone()])).await.unwrap();
    assert_eq!(sandbox.admin().calls("del_strategy_tag"), 1);
    let left = client.get_strategy_tag_list(&GetStrategyTagList::of(1)).await.unwrap();
    assert!(left.tag_group.iter().all(|group| group.tag.iter().all(|tag| tag.id != id)));
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_done_and_one_that_was_not_done_is_sent_again() {
    for (fault, calls) in [(Fault::LostReply, 1), (Fault::Reset, 2)] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on("del_corp_tag")).await;
        let group = list(&client).await.unwrap().tag_group[0].clone();
        let (tag, whole) = (group.tag[0].id.clone(), group.group_id.clone());
        client.del_corp_tag(&DelCorpTag::tags([tag]).with_groups([whole.clone()])).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls("del_corp_tag"), admin.commits("del_corp_tag")), (calls, 1));
        let left = list(&client).await.unwrap();
        assert!(left.tag_group.iter().all(|group| group.group_id != whole));
    }
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
        Fault::Concurrency,
        Fault::ExpiredToken,
        Fault::RevokedToken,
        Fault::MissingErrcode,
    ] {
        let (_sandbox, client) = sandbox_with(FaultSpec::new(fault).on(LIST)).await;
        let list = list(&client).await;
        assert!(list.is_ok_and(|list| list.tag_group.len() >= 5), "{fault}");
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
async fn a_platform_that_stays_busy_is_asked_four_times() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::Busy).on(LIST).times(4)).await;
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.platform_code(), sandbox.admin().calls(LIST)), (Some(-1), 4));
    list(&client).await.unwrap();
}

#[tokio::test]
async fn a_throttled_api_is_left_alone_and_callers_who_cannot_wait_fail_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::RateLimited).on(LIST));
    let clock = ManualClock::new();
    let retry = RetryPolicy::default().with_deadline(Duration::from_secs(20));
    let client = builder(&sandbox).clock(Arc::new(clock.clone())).retry(retry).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::RateLimited, Some(45009)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));

    clock.advance(Duration::from_secs(15));
    let refused = join_all((0..100).map(|_| list(&client))).await;
    for error in refused.into_iter().map(|result| result.unwrap_err()) {
        assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
        assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(46)), "{error}");
    }
    assert_eq!(sandbox.admin().calls(LIST), 1);
    assert!(client.limiter().status("externalcontact/get_corp_tag_list").paused.is_some());

    clock.advance(Duration::from_secs(46));
    sandbox.admin().advance_clock(Duration::from_secs(61));
    list(&client).await.unwrap();
}

async fn some_tag(client: &WecomClient) -> TagId {
    list(client).await.unwrap().tag_group[0].tag[0].id.clone()
}

fn customer(sandbox: &Sandbox, n: usize) -> (String, String) {
    let member = sandbox.wecom().userids[n % 4].clone();
    (member, format!("wmSandbox{n:08}"))
}

#[tokio::test]
async fn too_many_at_once_lowers_the_number_in_flight() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::Concurrency).on("mark_tag")).await;
    let tag = some_tag(&client).await;
    let (member, contact) = customer(&sandbox, 0);
    let api = "externalcontact/mark_tag";
    assert_eq!(client.limiter().status(api).max_in_flight, Some(5));
    client.mark_tag(&MarkTag::new(member, contact).with_add([tag])).await.unwrap();
    let now = client.limiter().status(api).max_in_flight;
    assert!(now.is_some_and(|places| places < 5), "{now:?}");
}

#[tokio::test]
async fn tagging_keeps_to_five_in_flight_and_one_for_each_customer() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let tag = some_tag(&client).await;
    let admin = sandbox.admin();
    admin.set_latency(Some("mark_tag"), Duration::from_millis(5));
    let marks = (0..60).map(|n| {
        let (client, tag) = (client.clone(), tag.clone());
        let (member, contact) = customer(&sandbox, n % 12);
        async move {
            if n % 3 == 0 {
                let body = format!(
                    r#"{{"userid":"{member}","external_userid":"{contact}","add_tag":["{tag}"]}}"#
                );
                let call = RawCall::post("externalcontact/mark_tag", body).idempotent();
                return client.send(&call).await.map(drop);
            }
            let mark = MarkTag::new(member, contact).with_add([tag]);
            client.mark_tag(&mark).await.map(drop)
        }
    });
    for outcome in join_all(marks).await {
        outcome.unwrap();
    }
    assert_eq!(admin.calls("mark_tag"), 60);
    assert!(admin.max_in_flight("mark_tag") <= 5);
    assert_eq!(admin.max_in_flight_per_contact(), 1);
}

/// A thousand callers without a thousand sockets.
fn crowd(sandbox: &Sandbox) -> WecomClientBuilder {
    builder(sandbox).limits(Limits::each(ApiLimit::none().with_max_in_flight(50)))
}

async fn thousand(client: &WecomClient) -> Vec<Result<()>> {
    let member = "nobody";
    join_all((0..1000).map(|_| async { client.list_external_contacts(member).await.map(drop) }))
        .await
}

fn is_platforms_answer(result: &Result<()>) -> bool {
    // The member is unknown: a small answer that only comes with a good token.
    result.as_ref().is_err_and(|error: &Error| error.platform_code() == Some(40003))
}

#[tokio::test]
async fn a_cold_start_with_a_thousand_callers_fetches_one_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let results = thousand(&crowd(&sandbox).build().unwrap()).await;
    assert!(results.iter().all(is_platforms_answer));
    assert_eq!(sandbox.admin().calls("gettoken"), 1);
}

#[tokio::test]
async fn a_token_revoked_under_a_thousand_callers_is_refreshed_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = crowd(&sandbox).build().unwrap();
    list(&client).await.unwrap();
    sandbox.admin().revoke_tokens();
    let results = thousand(&client).await;
    assert!(results.iter().all(is_platforms_answer));
    assert_eq!(sandbox.admin().calls("gettoken"), 2);
}

#[tokio::test]
async fn a_bad_secret_with_a_thousand_callers_is_tried_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = crowd(&sandbox).corp_secret("not-the-secret").build().unwrap();
    for result in thousand(&client).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    assert_eq!(sandbox.admin().calls("gettoken"), 1);
    assert_eq!(sandbox.admin().calls("list"), 0);
}

#[tokio::test]
async fn a_token_that_is_never_accepted_is_replayed_once() {
    let (sandbox, client) = sandbox_with(Fault::InvalidTokenForever).await;
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Unauthenticated, Some(40014)));
    assert_eq!((sandbox.admin().calls(LIST), sandbox.admin().calls("gettoken")), (2, 2));
}

#[tokio::test]
async fn two_apps_of_one_corp_never_share_a_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let store = Arc::new(MemoryTokenStore::new());
    let one = builder(&sandbox).token_store(store.clone()).build().unwrap();
    let other = builder(&sandbox)
        .corp_secret(sandbox.wecom().other_app_secret)
        .token_store(store)
        .limiter(Arc::clone(one.limiter()))
        .build()
        .unwrap();
    list(&one).await.unwrap();
    list(&other).await.unwrap();
    let queries: Vec<_> =
        sandbox.admin().requests(LIST).iter().map(|seen| seen.query.clone()).collect();
    assert_eq!((queries.len(), sandbox.admin().calls("gettoken")), (2, 2));
    assert_ne!(queries[0], queries[1]);
}

#[tokio::test]
async fn a_tag_of_another_app_is_not_to_be_changed() {
    let sandbox = Sandbox::start().await.unwrap();
    let other = builder(&sandbox).corp_secret(sandbox.wecom().other_app_secret).build().unwrap();
    let group = list(&client(&sandbox)).await.unwrap().tag_group[0].clone();
    let error = other
        .edit_corp_tag(&EditCorpTag::new(group.tag[0].id.as_str()).with_order(1))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::PermissionDenied, Some(81011)));
    assert!(error.to_string().contains("only the app that created a tag"), "{error}");
}

#[tokio::test]
async fn a_member_without_customers_has_an_empty_list_on_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let (client, idle) = (client(&sandbox), sandbox.wecom().idle_userid);
    let error = client.list_external_contacts(&idle).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::NotFound, Some(84061)));
    let list = client.list_external_contacts_or_empty(&idle).await.unwrap();
    assert!(list.external_userid.is_empty());
    let error = client.list_external_contacts_or_empty("nobody").await.unwrap_err();
    assert_eq!(error.platform_code(), Some(40003));
}

#[tokio::test]
async fn a_warning_does_not_hide_that_the_call_was_taken() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::JsonWarning).on("mark_tag")).await;
    let tag = some_tag(&client).await;
    let (member, contact) = customer(&sandbox, 0);
    let reply = client.mark_tag(&MarkTag::new(member, contact).with_add([tag])).await.unwrap();
    assert!(reply.warning.is_some_and(|text| text.contains("wrong json format")));
}

#[tokio::test]
async fn an_owner_is_found_beyond_the_first_five_hundred_followers() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let (member, contact) = customer(&sandbox, 0);
    let tag = some_tag(&client).await;
    let known = ContactRef::owned_by(member.as_str(), contact.as_str());
    client.replace(&known, std::slice::from_ref(&tag)).await.unwrap();
    assert!(sandbox.admin().add_followers(&contact, 600));
    let tags = client.contact_tags(&known).await.unwrap();
    assert_eq!(tags.iter().map(|tag| &tag.id).collect::<Vec<_>>(), [&tag]);
    sandbox.admin().reset_counts();
    let stranger = ContactRef::owned_by("nobody", contact.as_str());
    let error = client.contact_tags(&stranger).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(sandbox.admin().calls("get"), 2);
}
