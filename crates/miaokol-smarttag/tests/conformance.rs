//! The rules for every provider, over the sandbox; and what is Miaokol's own in the provider.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod sandboxed;

use futures_util::future::join_all;
use leadtag_core::{
    CheckStatus, CreateTags, Diagnose, ErrorKind, TagProvider, TagProviderExt, TagQuery,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::conformance::{self, TagFixture};
use miaokol_smarttag::MiaokolClient;
use sandboxed::{builder, client, quick, some_customer};

async fn fixture(sandbox: &Sandbox) -> TagFixture {
    let admin = sandbox.admin();
    TagFixture::new("zz-")
        .with_contact(some_customer(&client(sandbox)).await)
        .with_sent_counter(move || admin.all_requests().len())
}

#[tokio::test]
async fn miaokol_is_a_provider_like_any_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let report = conformance::run_tags(&client(&sandbox), &fixture(&sandbox).await).await;
    report.assert_passed();
    assert!(report.passed().count() > 15, "{report}");
}

#[tokio::test]
async fn miaokol_is_a_provider_like_any_other_on_a_domain_of_its_customer() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = quick(builder(&sandbox).base_url(&sandbox.miaokol().oem_base_url));
    let fixture = fixture(&sandbox).await;
    conformance::run_tags(&client.build().unwrap(), &fixture).await.assert_passed();
}

/// Every rule, while every eleventh call meets `fault`: no call meets it too often.
async fn rules_with(fault: Fault) {
    let sandbox = Sandbox::start().await.unwrap();
    let fixture = fixture(&sandbox).await;
    for time in 1..=40 {
        sandbox.admin().inject(FaultSpec::new(fault).skip(11 * time));
    }
    // A client with a retry budget of its own for each rule: faults come thicker than in life.
    for rule in conformance::TAG_RULES {
        let outcome = conformance::run_tag_rule(rule, &client(&sandbox), &fixture).await;
        let failed = matches!(outcome, conformance::Outcome::Failed(_));
        assert!(!failed, "{fault}: {}: {outcome:?}", rule.name);
    }
    assert!(sandbox.admin().waiting_faults().len() < 40, "{fault} never happened");
}

#[tokio::test]
async fn the_rules_hold_while_connections_fail() {
    join_all([Fault::LostReply, Fault::Reset, Fault::Truncated].map(rules_with)).await;
}

#[tokio::test]
async fn the_rules_hold_while_gateways_and_tokens_fail() {
    join_all([Fault::Html502, Fault::ExpiredToken, Fault::RevokedToken].map(rules_with)).await;
}

#[tokio::test]
async fn all_pages_are_read_and_each_group_once_while_groups_are_made() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    for n in 0..5 {
        let request = CreateTags::in_new_group(format!("组{n}"), [format!("签{n}")]);
        client.create_tags(&request).await.unwrap();
    }
    let calm = client.all_smart_tags().await.unwrap();
    let query = TagQuery::all().with_page_size(2);
    let tree = client.tag_tree(query.clone()).await.unwrap();
    assert_eq!(tree.groups.len(), calm.len());

    sandbox.admin().inject(FaultSpec::new(Fault::ShiftingPages).times(2).on("smart-tag/list"));
    let shifted = client.tag_tree(query).await.unwrap();
    let listed: Vec<_> = shifted.groups.iter().map(|group| &group.id).collect();
    assert!(calm.iter().all(|group| listed.contains(&&group.id)), "a group was missed");
    let all = client.all_smart_tags().await.unwrap();
    let ids: std::collections::HashSet<_> = all.iter().map(|group| &group.id).collect();
    assert_eq!((ids.len(), all.len()), (calm.len() + 2, calm.len() + 2));
}

#[tokio::test]
async fn the_invalid_example_is_survived_from_end_to_end() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().set_miaokol_literal_sample(true);
    let client = client(&sandbox);
    let customer = some_customer(&client).await;
    let made = client.create_tags(&CreateTags::in_new_group("新组", ["甲"])).await.unwrap();
    let id = made.tags[0].id.clone();
    client.replace(&customer, std::slice::from_ref(&id)).await.unwrap();
    assert_eq!(sandbox.admin().commits("smart-tag/updateContact"), 1);
    let tags = client.all_tags().await.unwrap();
    let count = tags.iter().find(|tag| tag.id == id).and_then(|tag| tag.contact_count);
    assert_eq!(count, Some(1));
}

async fn checks(client: &MiaokolClient) -> Vec<(&'static str, CheckStatus, String)> {
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
    assert!(found[3].2.contains("tag groups"), "{found:?}");
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_told_with_its_remedy() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::IpNotTrusted).always());
    let found = checks(&client(&sandbox)).await;
    assert_eq!((found[0].1, found[3].1), (CheckStatus::Pass, CheckStatus::Fail));
    assert!(found[3].2.contains("IP allow-list"), "{found:?}");
}

#[tokio::test]
async fn a_wrong_secret_and_a_dead_address_are_told_apart() {
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = builder(&sandbox).app_secret("wrong-secret").build().unwrap();
    let found = checks(&wrong).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    assert!(!found[1].2.contains("wrong-secret"));
    let nowhere = quick(builder(&sandbox).base_url("http://127.0.0.1:1")).build().unwrap();
    let found = checks(&nowhere).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Fail, CheckStatus::Skipped), "{found:?}");
}

#[tokio::test]
async fn wrong_credentials_are_unauthenticated() {
    let sandbox = Sandbox::start().await.unwrap();
    for (builder, code) in [
        (builder(&sandbox).app_id("nobody"), 101),
        (builder(&sandbox).app_secret("wrong-secret"), 102),
    ] {
        let error = builder.build().unwrap().all_smart_tags().await.unwrap_err();
        let found = (error.kind(), error.platform_code());
        assert_eq!(found, (ErrorKind::Unauthenticated, Some(code)));
    }
}
