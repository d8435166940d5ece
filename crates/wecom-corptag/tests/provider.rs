//! What the provider makes of answers that the documents allow, and the sandbox does not give.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use leadtag_core::{
    ContactRef, CreateTags, ErrorKind, Sent, TagId, TagNode, TagProvider, TagQuery,
};
use support::Stub;

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;

fn added(tags: &str) -> String {
    format!(
        r#"{{"errcode":0,"errmsg":"ok","tag_group":{{"group_id":"etG","group_name":"g","tag":[{tags}]}}}}"#
    )
}

fn listed(groups: &str) -> String {
    format!(r#"{{"errcode":0,"errmsg":"ok","tag_group":[{groups}]}}"#)
}

const A: &str = r#"{"id":"etA","name":"a"}"#;
const B: &str = r#"{"id":"etB","name":"b"}"#;

#[tokio::test]
async fn a_name_that_the_answer_leaves_out_is_found_in_the_list() {
    let group = format!(r#"{{"group_id":"etG","group_name":"g","tag":[{A},{B}]}}"#);
    let stub = Stub::start([added(B), listed(&group)]).await;
    let request = CreateTags::in_new_group("g", ["b", "a", "b"]);
    let created = stub.client().create_tags(&request).await.unwrap();
    let ids: Vec<_> = created.tags.iter().map(|tag| tag.id.as_str()).collect();
    assert_eq!(ids, ["etB", "etA"]);
    assert_eq!(created.group.unwrap().id.as_str(), "etG");
    let sent = r#"{"group_name":"g","tag":[{"name":"b"},{"name":"a"}]}"#;
    assert_eq!(stub.calls()[0].text(), sent);
}

#[tokio::test]
async fn a_name_that_is_nowhere_is_an_error_and_not_a_tag_without_an_id() {
    let deleted =
        r#"{"group_id":"etG","group_name":"g","tag":[{"id":"etA","name":"a","deleted":true}]}"#;
    let stub = Stub::start([added(""), listed(deleted)]).await;
    let error = stub.client().create_tags(&CreateTags::in_group("etG", ["a"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert!(error.to_string().contains("before creating them again"), "{error}");
}

#[tokio::test]
async fn a_group_whose_tags_are_all_deleted_is_not_listed() {
    let groups = r#"{"group_id":"etG","group_name":"g","tag":[{"id":"etA","name":"a","deleted":true}]},
        {"group_id":"etH","group_name":"h","deleted":true,"tag":[]},
        {"group_id":"etI","group_name":"i","tag":[{"id":"etB","name":"b","deleted":false}]}"#;
    let stub = Stub::answering(listed(groups)).await;
    let page = stub.client().fetch_tag_page(&TagQuery::groups(["etG", "etH", "etI"]), None).await;
    let groups: Vec<_> = page.unwrap().items;
    let [TagNode::Group(group)] = groups.as_slice() else { unreachable!("{groups:?}") };
    assert_eq!((group.id.as_str(), group.tags.len()), ("etI", 1));
}

#[tokio::test]
async fn a_tag_without_an_id_is_not_passed_on() {
    let stub = Stub::answering(listed(r#"{"group_id":"etG","tag":[{"name":"a"}]}"#)).await;
    let error = stub.client().fetch_tag_page(&TagQuery::all(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

const CUSTOMER: &str = r#"{"errcode":0,"errmsg":"ok","external_contact":{"external_userid":"wm1"},"follow_user":[
    {"userid":"lisi","tags":[{"tag_name":"x","tag_id":"etX","type":1}]},
    {"userid":"ZhangSan","tags":[{"tag_name":"a","tag_id":"etA","type":1},{"tag_name":"mine","type":2},
        {"tag_name":"s","tag_id":"etS","type":3},{"tag_name":"b","tag_id":"etB","type":"1"}]}]}"#;

#[tokio::test]
async fn only_the_owners_corp_tags_are_a_contacts_tags() {
    let stub = Stub::answering(CUSTOMER).await;
    let contact = ContactRef::owned_by("zhangsan", "wm1");
    let tags = stub.client().contact_tags(&contact).await.unwrap();
    let ids: Vec<_> = tags.iter().map(|tag| tag.id.as_str()).collect();
    assert_eq!(ids, ["etA", "etB"]);
}

#[tokio::test]
async fn a_replacement_writes_the_difference_and_leaves_other_kinds_of_tags_alone() {
    let stub = Stub::start([CUSTOMER, OK]).await;
    let contact = ContactRef::owned_by("zhangsan", "wm1");
    let set = ["etB", "etC", "etC"].map(TagId::new);
    stub.client().replace(&contact, &set).await.unwrap();
    let sent =
        r#"{"userid":"zhangsan","external_userid":"wm1","add_tag":["etC"],"remove_tag":["etA"]}"#;
    assert_eq!(stub.calls()[1].text(), sent);

    let stub = Stub::answering(CUSTOMER).await;
    stub.client().replace(&contact, &["etB", "etA"].map(TagId::new)).await.unwrap();
    assert_eq!(stub.call().path, "/cgi-bin/externalcontact/get");
}

#[tokio::test]
async fn an_empty_id_in_a_set_is_refused_before_the_tags_are_read() {
    let stub = Stub::answering("{}").await;
    let set = [TagId::new("etT"), TagId::new(" ")];
    let contact = ContactRef::owned_by("zhangsan", "wm1");
    let error = stub.client().replace(&contact, &set).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty());
}
