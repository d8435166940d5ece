//! The rules for every provider, over the sandbox; and what is this platform's own in the
//! providers.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crm_v3::{CrmV3Client, CrmV3ClientBuilder};
use futures_util::TryStreamExt;
use leadtag_core::{
    CheckStatus, Diagnose, ErrorKind, Lead, LeadId, LeadQuery, LeadsProvider, LeadsProviderExt,
    RetryPolicy, Timestamp,
};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::ManualClock;
use leadtag_testkit::conformance::{self, LeadFixture, TagFixture};

fn builder(sandbox: &Sandbox) -> CrmV3ClientBuilder {
    let access = sandbox.crm_v3();
    CrmV3Client::builder()
        .app_id(access.app_id)
        .app_key(access.app_key)
        .base_url(&access.base_url)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

fn client(sandbox: &Sandbox) -> CrmV3Client {
    builder(sandbox).build().unwrap()
}

fn lead_fixture(sandbox: &Sandbox) -> LeadFixture {
    let admin = sandbox.admin();
    LeadFixture::new("410983932389441").with_sent_counter(move || admin.all_requests().len())
}

fn tag_fixture(sandbox: &Sandbox) -> TagFixture {
    let admin = sandbox.admin();
    TagFixture::new("zz-").with_sent_counter(move || admin.all_requests().len())
}

#[tokio::test]
async fn crm_v3_is_a_provider_of_leads_like_any_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let report = conformance::run_leads(&client(&sandbox), &lead_fixture(&sandbox)).await;
    report.assert_passed();
    assert!(report.passed().count() >= 9, "{report}");
}

#[tokio::test]
async fn crm_v3_is_a_provider_of_tags_that_are_read_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let report = conformance::run_tags(&client(&sandbox), &tag_fixture(&sandbox)).await;
    report.assert_passed();
    assert!(report.passed().count() >= 10, "{report}");
}

#[tokio::test]
async fn the_rules_hold_while_the_network_fails_now_and_then() {
    for fault in [Fault::Html502, Fault::Reset, Fault::LostReply, Fault::Truncated] {
        let sandbox = Sandbox::start().await.unwrap();
        let admin = sandbox.admin();
        let client = client(&sandbox);
        for api in
            ["clue/list-by-create-time-asc", "clue/get", "clue/list-follow-up", "tags/list-tree"]
        {
            admin.inject(FaultSpec::new(fault).on(api).times(2));
        }
        conformance::run_leads(&client, &lead_fixture(&sandbox)).await.assert_passed();
        conformance::run_tags(&client, &tag_fixture(&sandbox)).await.assert_passed();
        assert!(admin.waiting_faults().is_empty(), "{fault}");
    }
}

async fn all(client: &CrmV3Client, query: LeadQuery) -> Vec<Lead> {
    client.lead_pages(query).items().try_collect().await.unwrap()
}

fn ids(leads: &[Lead]) -> BTreeSet<&LeadId> {
    leads.iter().map(|lead| &lead.id).collect()
}

#[tokio::test]
async fn leads_are_given_once_though_rows_come_again_on_the_next_page() {
    let sandbox = Sandbox::builder().leads(500).start().await.unwrap();
    let client = client(&sandbox);
    let before = all(&client, LeadQuery::all().with_page_size(50)).await;
    sandbox.admin().inject(FaultSpec::new(Fault::ShiftingPages).always());
    let after = all(&client, LeadQuery::all().with_page_size(50)).await;
    assert_eq!(ids(&after).len(), after.len());
    assert!(ids(&before).is_subset(&ids(&after)));
}

#[tokio::test]
async fn a_cursor_that_comes_again_ends_the_list() {
    let sandbox = Sandbox::builder().leads(500).start().await.unwrap();
    sandbox.admin().inject(FaultSpec::new(Fault::DuplicateCursor).always());
    let leads = all(&client(&sandbox), LeadQuery::all().with_page_size(50)).await;
    assert_eq!(leads.len(), 100);
}

#[tokio::test]
async fn a_kind_narrows_the_list() {
    let sandbox = Sandbox::builder().leads(100).start().await.unwrap();
    let client = client(&sandbox);
    let whole = all(&client, LeadQuery::all()).await;
    let some = all(&client, LeadQuery::all().of_kind("2")).await;
    assert!(!some.is_empty() && some.len() < whole.len());
    assert!(some.iter().all(|lead| lead.attributes["type"] == 2));
    assert!(all(&client, LeadQuery::all().of_kind("7")).await.is_empty());
}

#[tokio::test]
async fn neighbouring_spans_share_no_lead_and_miss_none() {
    let sandbox = Sandbox::builder().leads(300).start().await.unwrap();
    let client = client(&sandbox);
    let whole = all(&client, LeadQuery::all()).await;
    let border = |n: usize| whole[n].created_at.as_ref().unwrap().instant().unwrap();
    let borders: Vec<Timestamp> = [50, 51, 52, 200].map(border).into();
    let mut found = all(&client, LeadQuery::all().until(borders[0])).await;
    for pair in borders.windows(2).filter(|pair| pair[0] < pair[1]) {
        found.extend(all(&client, LeadQuery::all().since(pair[0]).until(pair[1])).await);
    }
    found.extend(all(&client, LeadQuery::all().since(borders[3])).await);
    assert_eq!((found.len(), ids(&found)), (whole.len(), ids(&whole)));
}

#[tokio::test]
async fn the_documents_lead_is_in_the_list_with_its_invalid_mobile() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = sandbox.crm_v3().sample_customer_id.to_string();
    let client = client(&sandbox);
    let listed = all(&client, LeadQuery::all()).await;
    let listed = listed.iter().find(|lead| lead.id.as_str() == id).unwrap();
    let read = client.get_lead(&listed.id).await.unwrap();
    for lead in [listed, &read] {
        assert_eq!((lead.mobiles[0].reveal(), lead.mobiles[0].is_valid()), ("145678388", false));
        assert!(lead.attributes["birthday"].is_null());
    }
    assert_eq!(listed.raw, read.raw);
}

async fn checks(client: &CrmV3Client) -> Vec<(&'static str, CheckStatus, String)> {
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
    assert!(found.iter().all(|check| check.1 == CheckStatus::Pass), "{found:?}");
    assert!(found[3].2.contains("14 fields"), "{found:?}");
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_by_two_checks() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.admin().set_crm_clock_skew(3600);
    let found = checks(&client(&sandbox)).await;
    assert_eq!((found[1].1, found[2].1), (CheckStatus::Fail, CheckStatus::Warn), "{found:?}");
    assert!(found[1].2.contains("s behind") && found[1].2.contains("NTP"), "{found:?}");
}

#[tokio::test]
async fn a_wrong_key_and_a_dead_address_are_told_apart() {
    let sandbox = Sandbox::start().await.unwrap();
    let wrong = builder(&sandbox).app_key("wrong-made-up-key").build().unwrap();
    let found = checks(&wrong).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    assert!(!found[1].2.contains("wrong-made-up-key"));
    let nowhere = builder(&sandbox).base_url("http://127.0.0.1:1").build().unwrap();
    let found = checks(&nowhere).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Fail, CheckStatus::Skipped), "{found:?}");
}

#[tokio::test]
async fn a_clock_far_off_is_refused_once() {
    let sandbox = Sandbox::start().await.unwrap();
    // It stands still, years from the sandbox's.
    let client = builder(&sandbox).clock(Arc::new(ManualClock::new())).build().unwrap();
    sandbox.admin().set_crm_clock_skew(-100_000_000);
    let error = client.list_tag_tree().await.unwrap_err();
    assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Unauthenticated, Some(1003)));
    assert!(error.message().starts_with("the local clock is "), "{error}");
    assert_eq!(sandbox.admin().calls("tags/list-tree"), 1);
}
