//! The client against the sandbox, which goes wrong on purpose.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandboxed;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};
use leadtag_core::{
    ApiLimit, CreateTags, Error, ErrorKind, GroupId, Limits, MemoryTokenStore, Result, RetryPolicy,
    Sent, TagId, TagProvider, TagProviderExt,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::ManualClock;
use miaokol_smarttag::model::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListSmartTags, UpdateContact,
};
use miaokol_smarttag::{MiaokolClient, MiaokolClientBuilder};
use sandboxed::{builder, client, quick, some_customer};

const LIST: &str = "smart-tag/list";
const ADD: &str = "smart-tag/add";
const BATCH: &str = "smart-tag/batchAddTag";
const DELETE: &str = "smart-tag/delete";
const TOKEN: &str = "oauth/token";

async fn sandbox_with(fault: impl Into<FaultSpec>) -> (Sandbox, MiaokolClient) {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(fault);
    let client = client(&sandbox);
    (sandbox, client)
}

async fn list(client: &MiaokolClient) -> Result<usize> {
    Ok(client.list_smart_tags(&ListSmartTags::new().with_tags(true)).await?.items.len())
}

#[tokio::test]
async fn a_creation_whose_reply_was_lost_is_not_doubled() {
    for fault in [Fault::LostReply, Fault::Truncated] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(BATCH)).await;
        let request = CreateTags::in_new_group("复购", ["一次", "两次"]);
        let created = client.create_tags(&request).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls(BATCH), admin.commits(BATCH)), (1, 1), "{fault}");
        let names: Vec<_> = created.tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["一次", "两次"]);

        admin.inject(FaultSpec::new(fault).on(BATCH));
        let group = created.group.unwrap().id;
        client.create_tags(&CreateTags::in_group(group, ["三次"])).await.unwrap();
        admin.inject(FaultSpec::new(fault).on(ADD));
        let none: [&str; 0] = [];
        client.create_tags(&CreateTags::in_new_group("空", none)).await.unwrap();
        assert_eq!((admin.calls(ADD), admin.commits(ADD)), (1, 1), "{fault}");
        let tree = client.tag_tree(leadtag_core::TagQuery::all()).await.unwrap();
        for (name, tags) in [("复购", 3), ("空", 0)] {
            let named: Vec<_> = tree.groups.iter().filter(|group| group.name == name).collect();
            assert_eq!((named.len(), named[0].tags.len()), (1, tags), "{fault}");
        }
    }
}

#[tokio::test]
async fn a_typed_creation_whose_reply_was_lost_is_not_doubled_either() {
    let (sandbox, client) = sandbox_with(FaultSpec::new(Fault::LostReply).on(ADD)).await;
    let group = client.add_smart_tag(&AddSmartTag::new_group("复购")).await.unwrap();
    let id = GroupId::new(group.id.as_str());
    sandbox.admin().inject(FaultSpec::new(Fault::LostReply).on(ADD));
    let tag = client.add_smart_tag(&AddSmartTag::new_tag(id.clone(), "一次")).await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::LostReply).on(BATCH));
    client.batch_add_tags(&BatchAddTags::in_group(id.clone(), ["两次"])).await.unwrap();
    let admin = sandbox.admin();
    assert_eq!((admin.commits(ADD), admin.commits(BATCH)), (2, 1));
    let listed = client.list_smart_tags(&ListSmartTags::group(id)).await.unwrap();
    let tags: Vec<_> = listed.items[0].tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(tags.len(), 2, "{tags:?}");
    assert!(listed.items[0].tags.iter().any(|listed| listed.id.as_str() == tag.id));
}

#[tokio::test]
async fn a_creation_that_was_not_done_is_sent_again() {
    for fault in [Fault::Html502, Fault::Reset, Fault::Http500Empty] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(BATCH)).await;
        client.create_tags(&CreateTags::in_new_group("复购", ["一次"])).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls(BATCH), admin.commits(BATCH)), (2, 1), "{fault}");
    }
}

#[tokio::test]
async fn a_deletion_whose_reply_was_lost_is_done_and_one_that_was_not_done_is_sent_again() {
    for (fault, calls) in [(Fault::LostReply, 1), (Fault::Reset, 2)] {
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(DELETE)).await;
        let tag = client.all_tags().await.unwrap()[0].id.clone();
        client.delete_smart_tag(&DeleteSmartTag::tag(tag.clone())).await.unwrap();
        let admin = sandbox.admin();
        assert_eq!((admin.calls(DELETE), admin.commits(DELETE)), (calls, 1));
        assert!(client.all_tags().await.unwrap().iter().all(|listed| listed.id != tag));
    }
}

#[tokio::test]
async fn a_replacement_may_be_sent_twice() {
    for fault in [Fault::LostReply, Fault::Reset, Fault::Html502] {
        let update = "smart-tag/updateContact";
        let (sandbox, client) = sandbox_with(FaultSpec::new(fault).on(update)).await;
        let customer = some_customer(&client).await;
        let tag = client.all_tags().await.unwrap()[0].id.clone();
        client.replace(&customer, &[tag]).await.unwrap();
        assert_eq!(sandbox.admin().calls(update), 2, "{fault}");
    }
}

#[tokio::test]
async fn what_a_tag_is_and_what_it_is_not_is_the_platforms_word() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let customer = some_customer(&client).await;
    let error = client.replace(&customer, &[TagId::new("999999")]).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Platform, Some(1)));
    let owner = customer.owner.unwrap_or_default();
    let stranger = UpdateContact::replace(owner, "999", ["1"]);
    let error = client.update_contact(&stranger).await.unwrap_err();
    assert_eq!(error.platform_code(), Some(1));
}

/// What becomes of a read that meets each fault once.
const OUTCOMES: &[(Fault, &str)] = &[
    (Fault::ExpiredToken, "done after 2 calls and 2 tokens"),
    (Fault::RevokedToken, "done after 2 calls and 2 tokens"),
    (Fault::InvalidTokenForever, "not authenticated (110) after 2 calls and 2 tokens"),
    (Fault::Busy, "the platform reported an error (1001) after 1 calls and 1 tokens"),
    (Fault::RateLimited, "rate limited (407) after 1 calls and 1 tokens"),
    (Fault::IpNotTrusted, "permission denied (113) after 1 calls and 1 tokens"),
    (Fault::EchoSecrets, "invalid argument (406) after 1 calls and 1 tokens"),
    (Fault::ErrorCode(114), "permission denied (114) after 1 calls and 1 tokens"),
    (Fault::ErrorCode(-1), "the platform reported an error (-1) after 1 calls and 1 tokens"),
    (Fault::Html502, "done after 2 calls and 1 tokens"),
    (Fault::Http500Empty, "done after 2 calls and 1 tokens"),
    (Fault::Truncated, "done after 2 calls and 1 tokens"),
    (Fault::Reset, "done after 2 calls and 1 tokens"),
    (Fault::LostReply, "done after 2 calls and 1 tokens"),
    (Fault::Slow, "done after 1 calls and 1 tokens"),
    (Fault::Hang, "timed out after 1 calls and 1 tokens"),
    (Fault::CommitHang, "timed out after 1 calls and 1 tokens"),
    (Fault::EmptyBody, "the answer could not be understood after 1 calls and 1 tokens"),
    (Fault::Gbk, "the answer could not be understood after 1 calls and 1 tokens"),
    (Fault::DeepJson, "the answer could not be understood after 1 calls and 1 tokens"),
    (Fault::HugeBody, "the answer could not be understood after 1 calls and 1 tokens"),
    (Fault::ShiftingPages, "done after 1 calls and 1 tokens"),
];

async fn outcome_of(sandbox: &Sandbox, fault: Fault) -> Result<usize> {
    let clock = ManualClock::new();
    let patient = builder(sandbox).clock(Arc::new(clock.clone())).build().unwrap();
    match fault {
        Fault::Hang | Fault::CommitHang => {
            // Once the call has arrived, the clock jumps past every deadline.
            let admin = sandbox.admin();
            let jump = async {
                while admin.calls(LIST) == 0 {
                    tokio::task::yield_now().await;
                }
                clock.advance(Duration::from_secs(120));
            };
            join(list(&patient), jump).await.0
        }
        // On a clock that stands still nobody waits for the end of the minute.
        Fault::RateLimited => list(&patient).await,
        _ => list(&client(sandbox)).await,
    }
}

#[tokio::test]
async fn each_fault_has_its_outcome() {
    let mut outcomes = Vec::new();
    for (fault, _) in OUTCOMES {
        let sandbox = Sandbox::builder().slow_delay(Duration::from_millis(20)).start().await;
        let sandbox = sandbox.unwrap();
        sandbox.admin().inject(FaultSpec::new(*fault).on(LIST));
        let what = match outcome_of(&sandbox, *fault).await {
            Ok(_) => "done".to_owned(),
            Err(error) => match error.platform_code() {
                Some(code) => format!("{} ({code})", error.kind()),
                None => error.kind().to_string(),
            },
        };
        let (calls, tokens) = (sandbox.admin().calls(LIST), sandbox.admin().calls(TOKEN));
        outcomes.push((*fault, format!("{what} after {calls} calls and {tokens} tokens")));
    }
    let table: String = outcomes.iter().map(|(f, what)| format!("{f}: {what}\n")).collect();
    let expected: Vec<_> = OUTCOMES.iter().map(|(f, what)| (*f, (*what).to_owned())).collect();
    assert_eq!(outcomes, expected, "\n{table}");
    for (fault, what) in OUTCOMES {
        let row = format!("| `{fault}` | {what} |");
        assert!(include_str!("../README.md").contains(&row), "{row} is not in the README");
    }
}

#[tokio::test]
async fn a_throttled_tenant_is_left_alone_and_callers_who_cannot_wait_fail_at_once() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::RateLimited).on(LIST));
    let clock = ManualClock::new();
    let retry = RetryPolicy::default().with_deadline(Duration::from_secs(20));
    let client = builder(&sandbox).clock(Arc::new(clock.clone())).retry(retry).build().unwrap();
    let error = list(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::RateLimited, Some(407)));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));

    clock.advance(Duration::from_secs(15));
    // Another endpoint counts against the same limit.
    let error = client.contact_info("78").await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
    for error in join_all((0..100).map(|_| list(&client))).await {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
        assert!(error.retry_after().is_some_and(|wait| wait <= Duration::from_secs(46)), "{error}");
    }
    assert_eq!(sandbox.admin().calls(LIST), 1);

    clock.advance(Duration::from_secs(46));
    sandbox.admin().advance_clock(Duration::from_secs(61));
    list(&client).await.unwrap();
}

#[tokio::test]
async fn five_hundred_calls_a_minute_are_never_passed() {
    let sandbox = Sandbox::builder().enforce_limits(true).start().await.unwrap();
    let clock = ManualClock::new();
    let patience = RetryPolicy::default().with_deadline(Duration::from_millis(1));
    let client = builder(&sandbox).clock(Arc::new(clock.clone())).retry(patience);
    let client = client.build().unwrap();
    let mut done = 0;
    for _ in 0..600 {
        match client.contact_info("78").await {
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                assert_eq!(error.sent(), Sent::No, "{error}");
            }
            _ => done += 1,
        }
        clock.advance(Duration::from_millis(100));
    }
    // The token's call counts too.
    assert!(done > 400 && done < 500, "{done}");
}

/// A thousand callers without a thousand sockets.
fn crowd(sandbox: &Sandbox) -> MiaokolClientBuilder {
    quick(builder(sandbox)).limits(Limits::each(ApiLimit::none().with_max_in_flight(50)))
}

async fn thousand(client: &MiaokolClient) -> Vec<Result<()>> {
    join_all((0..1000).map(|_| async { client.contact_info("nobody").await.map(drop) })).await
}

fn is_platforms_answer(result: &Result<()>) -> bool {
    // The customer is unknown: a small answer that only comes with a good token.
    result.as_ref().is_err_and(|error: &Error| {
        error.platform_code().is_some() && error.kind() == ErrorKind::Platform
    })
}

#[tokio::test]
async fn a_cold_start_with_a_thousand_callers_fetches_one_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let results = thousand(&crowd(&sandbox).build().unwrap()).await;
    assert!(results.iter().all(is_platforms_answer), "{:?}", results[0]);
    assert_eq!(sandbox.admin().calls(TOKEN), 1);
}

#[tokio::test]
async fn a_token_revoked_under_a_thousand_callers_is_refreshed_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = crowd(&sandbox).build().unwrap();
    list(&client).await.unwrap();
    sandbox.admin().revoke_tokens();
    assert!(thousand(&client).await.iter().all(is_platforms_answer));
    assert_eq!(sandbox.admin().calls(TOKEN), 2);
}

#[tokio::test]
async fn a_bad_secret_with_a_thousand_callers_is_tried_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = crowd(&sandbox).app_secret("not-the-secret").build().unwrap();
    for result in thousand(&client).await {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    let admin = sandbox.admin();
    assert_eq!((admin.calls(TOKEN), admin.calls("wechat/contactInfo")), (1, 0));
}

#[tokio::test]
async fn clients_of_one_app_that_share_a_store_share_its_token() {
    let sandbox = Sandbox::start().await.unwrap();
    let store = Arc::new(MemoryTokenStore::new());
    for _ in 0..2 {
        let client = quick(builder(&sandbox)).token_store(store.clone()).build().unwrap();
        list(&client).await.unwrap();
    }
    assert_eq!(sandbox.admin().calls(TOKEN), 1);
}
