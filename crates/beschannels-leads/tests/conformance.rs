//! The rules for every provider, over the sandbox; and what is Beschannels' own in the provider.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::time::Duration;

use beschannels_leads::model::{GroupUserList, LeadsDetails, Rule};
use beschannels_leads::{BeschannelsClient, BeschannelsClientBuilder};
use futures_util::TryStreamExt;
use leadtag_core::{
    CheckStatus, Diagnose, Lead, LeadQuery, LeadsProvider, LeadsProviderExt, RetryPolicy,
};
use leadtag_sandbox::{BeschannelsEmpty, Fault, FaultSpec, Sandbox};
use leadtag_testkit::conformance::{self, LeadFixture};

const LIST: &str = "group-user-list";

fn builder(sandbox: &Sandbox) -> BeschannelsClientBuilder {
    let access = sandbox.beschannels();
    BeschannelsClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .user_id(access.user_id)
        .group(access.group_obj, access.group_id)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

fn client(sandbox: &Sandbox) -> BeschannelsClient {
    builder(sandbox).build().unwrap()
}

async fn leads(client: &BeschannelsClient, query: LeadQuery) -> Vec<Lead> {
    client.lead_pages(query).items().try_collect().await.unwrap()
}

fn fixture(sandbox: &Sandbox) -> LeadFixture {
    let admin = sandbox.admin();
    LeadFixture::new("00000000-0000-0000-0000-000000000000")
        .with_group(sandbox.beschannels().small_group_id)
        .with_page_size(7)
        .with_sent_counter(move || admin.all_requests().len())
}

#[tokio::test]
async fn beschannels_is_a_provider_like_any_other() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let report = conformance::run_leads(&client(&sandbox), &fixture(&sandbox)).await;
    report.assert_passed();
    assert!(report.passed().count() >= 10, "{report}");
}

#[tokio::test]
async fn faults_that_pass_change_nothing() {
    for fault in [Fault::ExpiredToken, Fault::Busy, Fault::Html502, Fault::Reset, Fault::Truncated]
    {
        let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
        let client = client(&sandbox);
        sandbox.admin().inject(FaultSpec::new(fault).on(LIST));
        let report = conformance::run_leads(&client, &fixture(&sandbox)).await;
        report.assert_passed();
    }
}

#[tokio::test]
async fn pages_that_shift_lose_no_lead() {
    let sandbox = Sandbox::builder().leads(200).start().await.unwrap();
    let client = client(&sandbox);
    let before: Vec<_> = leads(&client, LeadQuery::all()).await.into_iter().map(|l| l.id).collect();
    sandbox.admin().inject(FaultSpec::new(Fault::ShiftingPages).on(LIST).always());
    let mut ids = Vec::new();
    let mut pages = client.lead_pages(LeadQuery::all().with_page_size(20));
    while let Some(page) = pages.next_page().await.unwrap() {
        ids.extend(page.items.into_iter().map(|lead| lead.id));
        sandbox.admin().insert_beschannels_lead();
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let given: BTreeSet<_> = ids.into_iter().collect();
    assert!(before.iter().all(|id| given.contains(id)));
}

#[tokio::test]
async fn every_kind_of_object_and_every_group_can_be_listed() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let client = client(&sandbox);
    let access = sandbox.beschannels();
    for object in access.group_objs {
        let found = leads(&client, LeadQuery::all().of_kind(&object)).await;
        assert!(
            !found.is_empty() && found.iter().all(|lead| !lead.id.as_str().starts_with("row-")),
            "{object}"
        );
    }
    for empty in [BeschannelsEmpty::Array, BeschannelsEmpty::Null, BeschannelsEmpty::Object] {
        sandbox.admin().set_beschannels_empty(empty);
        let group = LeadQuery::all().in_group(&access.empty_group_id);
        assert!(leads(&client, group).await.is_empty(), "{empty:?}");
    }
}

#[tokio::test]
async fn rows_and_details_are_asked_for_under_ids_of_their_own() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let client = client(&sandbox);
    let access = sandbox.beschannels();
    let ask = GroupUserList::new(&access.user_id, access.group_obj.as_str())
        .in_group(&access.group_id)
        .with_page(1, 5);
    let page = client.group_user_list(&ask).await.unwrap();
    assert_eq!((page.total, page.list.len()), (Some(60), 5));
    assert!(page.list.iter().all(|row| row.identity_id().unwrap().parse::<u64>().is_err()));
    let both = page.list.iter().find_map(|row| Some((row.email()?, row.mobile()?)));
    let (email, mobile) = both.unwrap();
    let rule = Rule::new(email.clone(), mobile.clone());
    assert!(client.leads_details(&LeadsDetails::by(rule)).await.unwrap().as_str().len() > 2);
}

async fn checks(client: &BeschannelsClient) -> Vec<(&'static str, CheckStatus, String)> {
    let checks = client.diagnose().await;
    let text =
        |c: &leadtag_core::Check| format!("{} {}", c.detail, c.remedy.as_deref().unwrap_or(""));
    checks.iter().map(|check| (check.name, check.status, text(check))).collect()
}

#[tokio::test]
async fn a_good_account_passes_every_check() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let found = checks(&client(&sandbox)).await;
    let names: Vec<_> = found.iter().map(|check| check.0).collect();
    assert_eq!(names, ["reachability", "credentials", "clock", "permission", "limits"]);
    let well = |status| matches!(status, CheckStatus::Pass | CheckStatus::Skipped);
    assert!(found.iter().all(|check| well(check.1)), "{found:?}");
    assert!(found[3].2.contains("60 leads"), "{found:?}");
}

#[tokio::test]
async fn a_wrong_secret_a_missing_permission_and_a_dead_address_are_told_apart() {
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = builder(&sandbox).app_secret("wrong-secret").build().unwrap();
    let found = checks(&wrong).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    assert!(found[1].2.contains("app_secret") && !found[1].2.contains("wrong-secret"));
    sandbox.admin().inject(FaultSpec::new(Fault::IpNotTrusted).on(LIST).always());
    let found = checks(&client(&sandbox)).await;
    assert_eq!((found[1].1, found[3].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    let nowhere = builder(&sandbox).base_url("http://127.0.0.1:1").build().unwrap();
    let found = checks(&nowhere).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Fail, CheckStatus::Skipped), "{found:?}");
}

#[tokio::test]
async fn the_provider_is_one_behind_dyn_too() {
    let sandbox = Sandbox::builder().leads(9).start().await.unwrap();
    let provider: Box<dyn LeadsProvider> = Box::new(client(&sandbox));
    let page = provider.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    assert_eq!((page.items.len(), page.total, page.next.is_none()), (9, Some(9), true));
}
