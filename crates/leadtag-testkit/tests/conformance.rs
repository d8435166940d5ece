//! The suite passes on providers that keep the contract, whatever they can do.
#![allow(clippy::expect_used)]

use leadtag_core::{ContactRef, Platform, TagCapabilities};
use leadtag_testkit::conformance::{
    LEAD_RULES, LeadFixture, Report, TAG_RULES, TagFixture, run_leads, run_tags,
};
use leadtag_testkit::{
    MemoryLeadsProvider, MemoryTagProvider, TakenNames, lead_capabilities, raw_json, sample_leads,
    tag_capabilities,
};

const HERE: Platform = Platform::new("here");

fn contact() -> ContactRef {
    ContactRef::owned_by("zhang", "c1")
}

fn provider(capabilities: TagCapabilities) -> MemoryTagProvider {
    let group = if capabilities.groups { "Stage" } else { "" };
    MemoryTagProvider::new(HERE, capabilities)
        .with_contacts([contact(), ContactRef::owned_by("li", "c1")])
        .with_tags(group, ["new", "won"])
}

async fn run(provider: &MemoryTagProvider) -> Report {
    let counted = provider.clone();
    let fixture = TagFixture::new("zz-")
        .with_contact(contact())
        .with_sent_counter(move || counted.call_count());
    run_tags(provider, &fixture).await
}

async fn assert_conforms(capabilities: TagCapabilities) -> Report {
    let provider = provider(capabilities);
    let before = provider.carried_by(&contact());
    let report = run(&provider).await;
    report.assert_passed();
    assert_eq!(provider.carried_by(&contact()), before);
    report
}

#[tokio::test]
async fn grouped_providers_pass() {
    assert_conforms(tag_capabilities::grouped()).await;
    assert_conforms(tag_capabilities::grouped_with_empty_groups()).await;
}

#[tokio::test]
async fn flat_providers_pass() {
    assert_conforms(tag_capabilities::flat()).await;
    assert_conforms(tag_capabilities::flat_one_by_one()).await;
}

#[tokio::test]
async fn replacing_providers_pass() {
    assert_conforms(tag_capabilities::replacing()).await;
    let report = assert_conforms(tag_capabilities::replacing_blindly()).await;
    let blind = "an_assignment_never_destroys_what_it_cannot_read";
    assert!(report.passed().any(|rule| rule == blind), "{report}");
}

#[tokio::test]
async fn read_only_and_incapable_providers_pass() {
    assert_conforms(tag_capabilities::read_only()).await;
    assert_conforms(TagCapabilities::none()).await;
}

#[tokio::test]
async fn a_provider_that_gives_the_existing_tag_passes() {
    let provider = provider(tag_capabilities::grouped()).with_taken_names(TakenNames::GiveExisting);
    run(&provider).await.assert_passed();
}

#[tokio::test]
async fn every_rule_about_tags_is_passed_by_some_provider() {
    let mut passed = std::collections::BTreeSet::new();
    for capabilities in [
        tag_capabilities::grouped(),
        tag_capabilities::grouped_with_empty_groups(),
        tag_capabilities::flat_one_by_one(),
        tag_capabilities::replacing_blindly(),
        TagCapabilities::none(),
    ] {
        passed.extend(run(&provider(capabilities)).await.passed());
    }
    let left: Vec<_> = TAG_RULES.iter().map(|rule| rule.name).collect();
    let left: Vec<_> = left.into_iter().filter(|rule| !passed.contains(rule)).collect();
    assert!(left.is_empty(), "never tried: {left:?}");
}

#[tokio::test]
async fn the_suite_leaves_the_account_as_it_was() {
    use leadtag_core::TagProviderExt as _;
    let provider = provider(tag_capabilities::grouped());
    let before = provider.all_tags().await.expect("the list");
    run(&provider).await.assert_passed();
    assert_eq!(provider.all_tags().await.expect("the list"), before);
}

#[tokio::test]
async fn lead_providers_pass_and_every_rule_is_tried() {
    let interactions = ["call", "visit", "mail"].map(|kind| {
        let raw = raw_json(&serde_json::json!({ "kind": kind }));
        leadtag_core::Interaction::new(kind, raw)
    });
    let mut passed = std::collections::BTreeSet::new();
    let none = leadtag_core::LeadCapabilities::none();
    for capabilities in [lead_capabilities::full(), lead_capabilities::list_only(), none] {
        let provider = MemoryLeadsProvider::new(HERE, capabilities, sample_leads(HERE, 7))
            .with_page_size(3)
            .with_interactions("1", interactions.clone());
        let counted = provider.clone();
        let fixture = LeadFixture::new("no-such-lead")
            .with_group("g1")
            .with_level("B")
            .with_sent_counter(move || counted.call_count());
        let report = run_leads(&provider, &fixture).await;
        report.assert_passed();
        passed.extend(report.passed());
    }
    assert_eq!(passed.len(), LEAD_RULES.len(), "tried: {passed:?}");
}
