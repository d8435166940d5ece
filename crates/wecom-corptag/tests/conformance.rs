//! The rules for every provider, over the sandbox; and what is WeCom's own in the provider.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use futures_util::TryStreamExt;
use leadtag_core::{
    CheckStatus, ContactRef, CreateTags, Diagnose, ErrorKind, TagProvider, TagProviderExt, TagQuery,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::conformance::{self, TagFixture};
use wecom_corptag::{WecomClient, WecomClientBuilder};

fn builder(sandbox: &Sandbox) -> WecomClientBuilder {
    let access = sandbox.wecom();
    WecomClient::builder()
        .corp_id(access.corp_id)
        .corp_secret(access.corp_secret)
        .base_url(&access.base_url)
}

fn client(sandbox: &Sandbox) -> WecomClient {
    builder(sandbox).build().unwrap()
}

#[tokio::test]
async fn wecom_is_a_provider_like_any_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let admin = sandbox.admin();
    let contact = ContactRef::owned_by(&sandbox.wecom().userids[0], "wmSandbox00000000");
    let fixture = TagFixture::new("zz-")
        .with_contact(contact)
        .with_sent_counter(move || admin.all_requests().len());
    let report = conformance::run_tags(&client(&sandbox), &fixture).await;
    report.assert_passed();
    assert!(report.passed().count() > 15, "{report}");
}

#[tokio::test]
async fn a_name_that_is_taken_and_one_that_is_new_both_come_with_their_ids() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let first = client.create_tags(&CreateTags::in_new_group("新组", ["甲"])).await.unwrap();
    let second = client.create_tags(&CreateTags::in_new_group("新组", ["乙", "丙"])).await.unwrap();
    assert_eq!(first.group.unwrap().id, second.group.unwrap().id);
    let taken = client.create_tags(&CreateTags::in_new_group("新组", ["甲"])).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn deleted_tags_are_listed_only_on_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let made = client.create_tags(&CreateTags::in_new_group("新组", ["甲", "乙"])).await.unwrap();
    let (group, gone) = (made.group.unwrap().id, made.tags[0].id.clone());
    client.delete_tags(std::slice::from_ref(&gone)).await.unwrap();
    for (query, seen) in [
        (TagQuery::all(), false),
        (TagQuery::groups([group.as_str()]), false),
        (TagQuery::tags([gone.as_str()]), false),
        (TagQuery::all().with_deleted(), true),
        (TagQuery::groups([group.as_str()]).with_deleted(), true),
        (TagQuery::tags([gone.as_str()]).with_deleted(), true),
    ] {
        let tree = client.tag_tree(query.clone()).await.unwrap();
        let found = tree.all_tags().find(|tag| tag.id == gone);
        assert_eq!(found.is_some(), seen, "{query:?}");
        assert!(found.is_none_or(|tag| tag.deleted == Some(true)));
    }
}

#[tokio::test]
async fn all_pages_of_a_batch_are_followed_and_the_unlicensed_told() {
    let sandbox = Sandbox::builder().leads(500).start().await.unwrap();
    let client = client(&sandbox);
    let members = sandbox.wecom().userids;
    let pages: Vec<_> = client.batch_pages(&members).try_collect().await.unwrap();
    let found: usize = pages.iter().map(|page| page.external_contact_list.len()).sum();
    let mut listed = 0;
    for member in &members[..3] {
        listed += client.list_external_contacts(member).await.unwrap().external_userid.len();
    }
    assert_eq!(found, listed);
    assert!(pages.len() > 1);
    let unlicensed = pages.iter().filter_map(|page| page.fail_info.as_ref());
    assert!(unlicensed.into_iter().all(|info| info.unlicensed_userid_list == members[3..]));
    let alone: Vec<_> = client.batch_pages(&members[3..]).try_collect().await.unwrap();
    let told = alone[0].fail_info.as_ref().unwrap();
    assert_eq!(told.unlicensed_userid_list, members[3..]);
    for request in sandbox.admin().requests("batch_get_by_user") {
        assert!(request.body.contains("\"limit\":100"), "{}", request.body);
    }
}

#[tokio::test]
async fn a_batch_whose_cursor_comes_again_ends_with_an_error() {
    let sandbox = Sandbox::builder().leads(2_000).start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::DuplicateCursor).on("batch_get_by_user").always());
    let pages = client(&sandbox).batch_pages([&sandbox.wecom().userids[0]]);
    assert!(pages.try_collect::<Vec<_>>().await.is_err());
}

async fn checks(client: &WecomClient) -> Vec<(&'static str, CheckStatus, String)> {
    let checks = client.diagnose().await;
    let text =
        |c: &leadtag_core::Check| format!("{} {}", c.detail, c.remedy.as_deref().unwrap_or(""));
    checks.iter().map(|check| (check.name, check.status, text(check))).collect()
}

#[tokio::test]
async fn a_good_account_passes_every_check() {
    let sandbox = Sandbox::start().await.unwrap();
    let found = checks(&client(&sandbox)).await;
    let names: Vec<_> = found.iter().map(|check| check.0).collect();
    assert_eq!(names, ["reachability", "credentials", "clock", "permission", "limits"]);
    let well = |status| matches!(status, CheckStatus::Pass | CheckStatus::Skipped);
    assert!(found.iter().all(|check| well(check.1)), "{found:?}");
    assert_eq!(found[3].1, CheckStatus::Pass);
}

#[tokio::test]
async fn an_untrusted_address_is_found_and_named() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::IpNotTrusted).always());
    let found = checks(&client(&sandbox)).await;
    assert_eq!(
        (found[0].1, found[1].1, found[3].1),
        (CheckStatus::Pass, CheckStatus::Pass, CheckStatus::Fail)
    );
    assert!(found[3].2.contains("203.0.113.7") && found[3].2.contains("企业可信IP"), "{found:?}");
}

#[tokio::test]
async fn a_wrong_secret_and_a_dead_address_are_told_apart() {
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = builder(&sandbox).corp_secret("wrong-secret").build().unwrap();
    let found = checks(&wrong).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    assert!(!found[1].2.contains("wrong-secret"));
    let nowhere = builder(&sandbox).base_url("http://127.0.0.1:1").build().unwrap();
    let found = checks(&nowhere).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Fail, CheckStatus::Skipped), "{found:?}");
}
