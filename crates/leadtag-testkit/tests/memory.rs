//! What tests of other crates rely on in the in-memory providers.
#![allow(clippy::unwrap_used, missing_docs)]

use leadtag_core::{
    ContactRef, CreateTags, Error, ErrorKind, GroupId, Lead, LeadQuery, LeadsProvider,
    LeadsProviderExt, Page, Platform, TagChange, TagId, TagProvider, TagProviderExt, TagQuery,
};
use leadtag_testkit::{
    LeadCall, MemoryLeadsProvider, MemoryTagProvider, TagCall, TakenNames, lead_capabilities,
    sample_leads, tag_capabilities,
};

const HERE: Platform = Platform::new("here");

fn contact() -> ContactRef {
    ContactRef::new("c1")
}

fn lost() -> Error {
    Error::new(ErrorKind::Transport, "the connection broke")
}

fn flat() -> MemoryTagProvider {
    MemoryTagProvider::new(HERE, tag_capabilities::flat())
        .with_contacts([contact()])
        .with_tags("", ["new", "won"])
}

#[tokio::test]
async fn a_failure_on_order_happens_once_and_changes_nothing() {
    let provider = flat();
    provider.fail_next(lost());
    let request = CreateTags::flat(["more"]);
    assert_eq!(provider.create_tags(&request).await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(provider.all_tags().await.unwrap().len(), 2);
    assert_eq!(provider.create_tags(&request).await.unwrap().tags[0].name, "more");
}

#[tokio::test]
async fn a_lost_reply_takes_effect() {
    let provider = flat();
    provider.lose_next_reply(lost());
    assert!(provider.create_tags(&CreateTags::flat(["more"])).await.is_err());
    assert_eq!(provider.all_tags().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_failure_can_wait_for_its_call() {
    let provider = flat();
    provider.pass_next(2);
    provider.fail_next(lost());
    let outcomes = [
        provider.all_tags().await.is_ok(),
        provider.all_tags().await.is_ok(),
        provider.all_tags().await.is_ok(),
        provider.all_tags().await.is_ok(),
    ];
    assert_eq!(outcomes, [true, true, false, true]);
}

#[tokio::test]
async fn one_by_one_can_fail_in_the_middle() {
    let provider = MemoryTagProvider::new(HERE, tag_capabilities::flat_one_by_one())
        .with_contacts([contact()])
        .with_tags("", ["a", "b", "c"]);
    let tags = provider.all_tags().await.unwrap();
    let ids: Vec<TagId> = tags.into_iter().map(|tag| tag.id).collect();
    provider.pass_next(1);
    provider.fail_next(lost());
    assert!(provider.assign(&contact(), &ids, &[]).await.is_err());
    assert_eq!(provider.carried_by(&contact()), ids[..1]);
    assert_eq!(provider.writes().len(), 2);
}

#[tokio::test]
async fn a_refusal_before_any_call_is_not_noted_and_clones_share_everything() {
    let provider = flat();
    let clone = provider.clone();
    let deleted = TagQuery::all().with_deleted();
    assert_eq!(
        provider.fetch_tag_page(&deleted, None).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(clone.call_count(), 0);
    provider.delete_tags(&[TagId::new("t1")]).await.unwrap();
    assert_eq!(clone.writes(), [TagCall::DeleteTags(vec![TagId::new("t1")])]);
    clone.forget_calls();
    assert_eq!(provider.call_count(), 0);
}

#[tokio::test]
async fn leads_come_page_by_page_and_a_failed_page_can_be_read_again() {
    let provider = MemoryLeadsProvider::new(HERE, lead_capabilities::full(), sample_leads(HERE, 5))
        .with_page_size(2);
    provider.pass_next(1);
    provider.fail_next(lost());
    let query = LeadQuery::all();
    let first = provider.fetch_lead_page(&query, None).await.unwrap();
    assert!(provider.fetch_lead_page(&query, first.next.as_ref()).await.is_err());
    let second = provider.fetch_lead_page(&query, first.next.as_ref()).await.unwrap();
    assert_eq!(second.items[0].id.as_str(), "3");
    provider.push(sample_leads(HERE, 6).remove(5));
    let pages = provider.lead_pages_from(query.clone(), second.next);
    let ids: Vec<_> = futures_util::TryStreamExt::try_collect::<Vec<_>>(pages.items())
        .await
        .unwrap()
        .into_iter()
        .map(|lead| lead.id.into_string())
        .collect();
    assert_eq!(ids, ["5", "6"]);
    assert_eq!(provider.calls()[1], LeadCall::List(query, 2));
}

#[test]
fn sample_leads_are_made_up_people() {
    for lead in sample_leads(HERE, 50) {
        assert!(lead.mobiles[0].reveal().starts_with("1990000"));
        assert!(lead.emails[0].reveal().ends_with("@example.com"));
    }
}

#[tokio::test]
async fn a_second_tag_of_a_name_is_made_where_that_is_allowed() {
    let provider = flat().with_taken_names(TakenNames::Allow);
    let created = provider.create_tags(&CreateTags::flat(["new"])).await.unwrap();
    assert_ne!(Some(&created.tags[0].id), provider.tag_id("", "new").as_ref());
    provider.update_tag(&TagId::new("t2"), &TagChange::rename("new")).await.unwrap();
    let named = provider.all_tags().await.unwrap().into_iter().filter(|tag| tag.name == "new");
    assert_eq!(named.count(), 3);
}

#[tokio::test]
async fn a_renamed_or_deleted_tag_frees_its_name() {
    let provider = flat();
    provider.update_tag(&TagId::new("t1"), &TagChange::rename("lost")).await.unwrap();
    provider.update_tag(&TagId::new("t2"), &TagChange::rename("new")).await.unwrap();
    provider.delete_tags(&[TagId::new("t1")]).await.unwrap();
    let created = provider.create_tags(&CreateTags::flat(["lost", "won"])).await.unwrap();
    assert_eq!(created.tags.len(), 2);
}

#[tokio::test]
async fn what_another_application_owns_cannot_be_changed() {
    let provider = MemoryTagProvider::new(HERE, tag_capabilities::grouped())
        .with_tags("ours", ["a"])
        .with_not_owned("ours", ["b"])
        .with_not_owned("theirs", ["c"]);
    let (ours, theirs) = (GroupId::new("g1"), GroupId::new("g4"));
    let foreign = provider.tag_id("theirs", "c").unwrap();
    let change = TagChange::rename("x");
    for refused in [
        provider.update_tag(&foreign, &change).await,
        provider.delete_tags(std::slice::from_ref(&foreign)).await,
        provider.update_group(&ours, &change).await,
        provider.delete_groups(std::slice::from_ref(&theirs)).await,
    ] {
        let error = refused.unwrap_err();
        assert!(error.is_not_owned() && error.kind() == ErrorKind::PermissionDenied, "{error}");
    }
    provider.update_tag(&TagId::new("t2"), &change).await.unwrap();
    assert_eq!(provider.state().groups.len(), 2);
}

#[tokio::test]
async fn marks_are_there_without_a_call_and_go_with_their_tag() {
    let provider = flat().with_marks(contact(), ["t1", "t2"]);
    assert_eq!(provider.call_count(), 0);
    provider.delete_tags(&[TagId::new("t1")]).await.unwrap();
    assert_eq!(provider.carried_by(&contact()), [TagId::new("t2")]);
}

#[tokio::test]
async fn leads_come_oldest_or_newest_first_and_change_while_they_are_read() {
    let mut leads = sample_leads(HERE, 3);
    leads.reverse();
    let ids =
        |page: &Page<Lead>| page.items.iter().map(|lead| lead.id.to_string()).collect::<Vec<_>>();
    let query = LeadQuery::all();
    let can = lead_capabilities::full();
    let oldest = MemoryLeadsProvider::new(HERE, can, leads.clone());
    assert_eq!(ids(&oldest.fetch_lead_page(&query, None).await.unwrap()), ["1", "2", "3"]);
    let newest = MemoryLeadsProvider::new(HERE, can, leads)
        .newest_first()
        .hiding_times()
        .after_each(|_, leads| leads.truncate(1));
    let page = newest.fetch_lead_page(&query, None).await.unwrap();
    assert_eq!(ids(&page), ["3", "2", "1"]);
    assert!(page.items.iter().all(|lead| lead.created_at.is_none()));
    assert_eq!(ids(&newest.fetch_lead_page(&query, None).await.unwrap()), ["3"]);
}
