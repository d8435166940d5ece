//! The rules for every provider, over the sandbox, with and without faults; and what is Douyin's own.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use douyin_leads::model::{LeadsLevel, ListUsers};
use douyin_leads::{DouyinClient, DouyinClientBuilder, TokenPlacement};
use futures_util::TryStreamExt;
use leadtag_core::{
    Check, CheckStatus, ContactRef, Diagnose, ErrorKind, LeadQuery, LeadsProvider,
    LeadsProviderExt, RetryPolicy, TagId, TagProvider, TagProviderExt, TagQuery, Timestamp,
};
use leadtag_sandbox::{DouyinEnvelope, Fault, FaultSpec, Sandbox};
use leadtag_testkit::conformance::{self, LeadFixture, TagFixture};

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

/// A lead without tags of its own.
async fn bare_contact(client: &DouyinClient) -> ContactRef {
    let page = client.fetch_lead_page(&LeadQuery::all().with_page_size(50), None).await.unwrap();
    let bare = page.items.iter().find(|lead| lead.tags.is_empty()).unwrap();
    ContactRef::new(bare.id.as_str())
}

async fn tags_conform(sandbox: &Sandbox, client: &DouyinClient) {
    let admin = sandbox.admin();
    let fixture = TagFixture::new("zz-")
        .with_contact(bare_contact(client).await)
        .with_sent_counter(move || admin.all_requests().len());
    let report = conformance::run_tags(client, &fixture).await;
    report.assert_passed();
    assert!(report.passed().count() > 15, "{report}");
}

async fn leads_conform(sandbox: &Sandbox, client: &DouyinClient) {
    let admin = sandbox.admin();
    let fixture = LeadFixture::new("_000nobody")
        .with_level("2")
        .with_page_size(7)
        .with_sent_counter(move || admin.all_requests().len());
    let report = conformance::run_leads(client, &fixture).await;
    report.assert_passed();
    assert!(report.passed().count() > 8, "{report}");
}

#[tokio::test]
async fn douyin_is_a_provider_of_tags_like_any_other() {
    let sandbox = Sandbox::start().await.unwrap();
    tags_conform(&sandbox, &client(&sandbox)).await;
}

#[tokio::test]
async fn douyin_is_a_provider_of_leads_like_any_other() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    leads_conform(&sandbox, &client(&sandbox)).await;
}

#[tokio::test]
async fn quoted_answers_and_a_token_in_the_query_change_nothing() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    sandbox.admin().set_douyin_quoted(true);
    let client = builder(&sandbox).token_placement(TokenPlacement::Query).build().unwrap();
    tags_conform(&sandbox, &client).await;
    leads_conform(&sandbox, &client).await;
}

#[tokio::test]
async fn the_rules_hold_while_things_go_wrong() {
    for envelope in [DouyinEnvelope::Data, DouyinEnvelope::ErrNo, DouyinEnvelope::Base] {
        let sandbox = Sandbox::builder().leads(30).start().await.unwrap();
        let (admin, client) = (sandbox.admin(), client(&sandbox));
        admin.set_douyin_gateway_codes(true);
        admin.set_douyin_envelope(envelope);
        let faults = [Fault::Busy, Fault::Html502, Fault::LostReply, Fault::ExpiredToken];
        for (n, fault) in faults.into_iter().cycle().take(60).enumerate() {
            admin.inject(FaultSpec::new(fault).skip(5 + 7 * n as u64));
        }
        tags_conform(&sandbox, &client).await;
        leads_conform(&sandbox, &client).await;
    }
}

#[tokio::test]
async fn a_list_keeps_to_the_moment_of_its_first_page() {
    let sandbox = Sandbox::builder().leads(40).start().await.unwrap();
    let client = client(&sandbox);
    let query = LeadQuery::all().with_page_size(10);
    let mut pages = Box::pin(client.lead_pages(query));
    let mut ids = Vec::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        ids.extend(page.items.into_iter().map(|lead| lead.id));
        sandbox.admin().advance_clock(Duration::from_secs(5));
        let _ = sandbox.admin().insert_douyin_lead();
    }
    let ends: Vec<String> = sandbox
        .admin()
        .requests("user/list")
        .iter()
        .map(|seen| seen.query.split('&').find(|pair| pair.starts_with("end_time")).unwrap().into())
        .collect();
    assert!(ends.len() >= 4 && ends.iter().all(|end| *end == ends[0]), "{ends:?}");
    let unique: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (40, 40));
}

#[tokio::test]
async fn a_span_of_time_is_cut_at_whole_seconds() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    for (since, until, start, end) in [
        ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", 1_704_067_200, 1_704_153_599),
        ("2024-01-01T00:00:00.5Z", "2024-01-02T00:00:00.5Z", 1_704_067_201, 1_704_153_600),
    ] {
        let query = LeadQuery::all().since(time(since)).until(time(until));
        client.fetch_lead_page(&query, None).await.unwrap();
        let asked = sandbox.admin().requests("user/list").pop().unwrap().query;
        let span = format!("start_time={start}&end_time={end}&action_type=0");
        assert!(asked.contains(&span), "{asked}");
    }
    let sent = sandbox.admin().calls("user/list");
    let instant = LeadQuery::all()
        .since(time("2024-01-01T00:00:00.2Z"))
        .until(time("2024-01-01T00:00:00.4Z"));
    assert!(client.fetch_lead_page(&instant, None).await.unwrap().items.is_empty());
    assert_eq!(sandbox.admin().calls("user/list"), sent);
}

#[tokio::test]
async fn level_and_kind_filter_and_a_word_is_refused() {
    let sandbox = Sandbox::builder().leads(60).start().await.unwrap();
    let client = client(&sandbox);
    let willing =
        ListUsers::between(0, 1_800_000_000).with_count(50).with_level(LeadsLevel::WILLING);
    let typed = client.list_users(&willing).await.unwrap();
    assert!(typed.users.iter().all(|user| user.leads_level == Some(LeadsLevel::WILLING)));
    let page = client.fetch_lead_page(&LeadQuery::all().of_kind("3"), None).await.unwrap();
    for lead in &page.items {
        let pages = client.interaction_pages(lead.id.clone());
        let done: Vec<_> = pages.items().try_collect::<Vec<_>>().await.unwrap();
        assert!(done.iter().any(|interaction| interaction.kind == "3"), "{:?}", lead.id);
        assert!(done.iter().all(|interaction| interaction.at.is_some()));
    }
    for query in [LeadQuery::all().at_level("high"), LeadQuery::all().of_kind("live")] {
        let error = client.fetch_lead_page(&query, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

#[tokio::test]
async fn an_assignment_that_fails_on_its_way_tells_what_was_done() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let contact = bare_contact(&client).await;
    let tree = client.tag_tree(TagQuery::all()).await.unwrap();
    let ids: Vec<TagId> = tree.all_tags().map(|tag| tag.id.clone()).collect();
    client.assign(&contact, &ids[..1], &[]).await.unwrap();
    sandbox
        .admin()
        .inject(FaultSpec::new(Fault::ErrorCode(2_100_007)).on("tag/user/update").skip(2));
    let error = client.assign(&contact, &ids[1..3], &ids[..1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    let shown = error.to_string();
    assert!(shown.contains(&format!("taken off before it: {}", ids[0])), "{shown}");
    assert!(shown.contains(&format!("put on before it: {}", ids[1])), "{shown}");
    client.assign(&contact, &ids[1..3], &ids[..1]).await.unwrap();
    assert_eq!(client.contact_tags(&contact).await.unwrap().len(), 2);
}

async fn checks(client: &DouyinClient) -> Vec<(&'static str, CheckStatus, String)> {
    let text = |c: &Check| format!("{} {}", c.detail, c.remedy.as_deref().unwrap_or(""));
    client.diagnose().await.iter().map(|check| (check.name, check.status, text(check))).collect()
}

#[tokio::test]
async fn a_good_account_passes_every_check_and_an_offline_api_is_named() {
    let sandbox = Sandbox::start().await.unwrap();
    let client = client(&sandbox);
    let found = checks(&client).await;
    let well = |status| matches!(status, CheckStatus::Pass | CheckStatus::Skipped);
    assert!(found.len() == 5 && found.iter().all(|check| well(check.1)), "{found:?}");
    sandbox.admin().inject(FaultSpec::new(Fault::ErrorCode(28_001_056)).always());
    let found = checks(&client).await;
    assert_eq!((found[0].1, found[3].1), (CheckStatus::Pass, CheckStatus::Fail), "{found:?}");
    assert!(found[3].2.contains("2023-05-31"), "{found:?}");
}

#[tokio::test]
async fn a_token_that_nobody_was_asked_for_says_nothing_of_the_credentials() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = DouyinClient::builder()
        .client_key("key")
        .client_secret("made-up")
        .open_id("account")
        .access_token("made-up-too")
        .base_url(&nowhere)
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
        .build()
        .unwrap();
    let found = checks(&client).await;
    assert_eq!((found[0].1, found[1].1), (CheckStatus::Fail, CheckStatus::Skipped), "{found:?}");
}
