//! The examples of the vendor's document on smart tags (智能标签), through the client. Of the page
//! they stand on, only the no-break spaces that indent them were made plain.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use leadtag_core::{ContactRef, GroupId, TagId, TagNode, TagProvider, TagQuery};
use miaokol_smarttag::MiaokolClient;
use miaokol_smarttag::model::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListSmartTags, SmartTagKind, UpdateContact,
};
use support::{APP_ID, Seen, Stub, TOKEN};

macro_rules! documented {
    ($name:literal) => {
        include_str!(concat!("documented/", $name))
    };
}

fn compact(json: &str) -> String {
    // serde_json would sort the members, and the order is part of the claim.
    let mut text = String::new();
    let mut quoted = false;
    for c in json.chars() {
        quoted ^= c == '"';
        if quoted || !c.is_whitespace() {
            text.push(c);
        }
    }
    text
}

async fn exchanged(answer: &str, call: impl AsyncFnOnce(MiaokolClient)) -> Seen {
    let stub = Stub::answering(answer).await;
    call(stub.client()).await;
    stub.call()
}

#[track_caller]
fn is_documented_post(call: &Seen, path: &str, body: &str) {
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", path));
    assert_eq!(call.query, "");
    assert_eq!(call.header("content-type"), Some("application/json; charset=UTF-8"));
    assert_eq!(call.text(), compact(body));
}

#[tokio::test]
async fn the_example_of_the_list() {
    let call = exchanged(documented!("list.response.json"), async |client| {
        let mut request = ListSmartTags::new().with_page(1).with_page_size(10).with_tags(true);
        request.id = Some(GroupId::new("1"));
        let list = client.list_smart_tags(&request).await.unwrap();
        let group = &list.items[0];
        assert_eq!((group.id.as_str(), group.name.as_str()), ("1", "api分组"));
        assert_eq!((group.kind, group.number), (Some(SmartTagKind::Group), Some(0)));
        let tags: Vec<_> = group.tags.iter().map(|t| (t.id.as_str(), t.name.as_str())).collect();
        assert_eq!(tags, [("2", "删"), ("3", "增")]);
        let tag = &group.tags[0];
        assert_eq!(tag.parent_id, Some(GroupId::new("1")));
        assert_eq!((tag.sort, tag.contact_cnt), (Some(2), Some(0)));
        let pager = list.pager.as_ref().unwrap();
        assert_eq!((pager.page, pager.per_page), (Some(1), Some(20)));
        assert_eq!((pager.num_records, pager.num_pages), (Some(1), Some(1)));
        assert_eq!((pager.first_record, pager.last_record), (Some(0), Some(0)));
        assert!(group.extra.is_empty() && tag.extra.is_empty() && list.extra.is_empty());
    })
    .await;
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/smart-tag/list"));
    let query =
        format!("app_id={APP_ID}&access_token={TOKEN}&page=1&page_size=10&with_tags=1&id=1");
    assert_eq!(call.query, query);
    assert_eq!(call.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert!(call.body.is_empty());
}

#[tokio::test]
async fn the_example_of_the_list_as_a_provider_gives_it() {
    let stub = Stub::answering(documented!("list.response.json")).await;
    let page = stub.client().fetch_tag_page(&TagQuery::all(), None).await.unwrap();
    assert_eq!((page.total, &page.next), (Some(1), &None));
    let [TagNode::Group(group)] = page.items.as_slice() else { unreachable!("{page:?}") };
    let tags: Vec<_> =
        group.tags.iter().map(|tag| (tag.id.as_str(), tag.order, tag.contact_count)).collect();
    assert_eq!(tags, [("2", Some(2), Some(0)), ("3", Some(1), Some(0))]);
    assert!(group.tags.iter().all(|tag| tag.group.as_ref() == Some(&group.id)));
}

#[tokio::test]
async fn the_example_of_a_creation() {
    let call = exchanged(documented!("add.response.json"), async |client| {
        // The example has no `type`, which the document's table requires.
        let mut request = AddSmartTag::new_group("api分组");
        request.kind = None;
        let saved = client.add_smart_tag(&request).await.unwrap();
        assert_eq!((saved.id.as_str(), saved.name.as_str()), ("1", "api分组"));
        assert_eq!((saved.user_id, saved.sub_user_id, saved.corp_id), (Some(2), Some(0), Some(0)));
        assert_eq!((saved.module, saved.kind), (Some(47), Some(SmartTagKind::Group)));
        assert_eq!((saved.is_delete, saved.number, saved.sort), (Some(false), Some(0), Some(0)));
        assert_eq!((saved.ctime, saved.utime), (Some(1_655_969_708), Some(1_655_969_708)));
        assert_eq!(saved.parent_id, Some(GroupId::new("0")));
        let extra = &saved.value.extra;
        assert!(extra.get("extra").unwrap().is_null() && extra.len() == 1);
    })
    .await;
    is_documented_post(&call, "/smart-tag/add", documented!("add.request.json"));
}

#[tokio::test]
async fn the_example_of_a_deletion() {
    let call = exchanged(documented!("delete.response.json"), async |client| {
        client.delete_smart_tag(&DeleteSmartTag::group("1")).await.unwrap();
    })
    .await;
    is_documented_post(&call, "/smart-tag/delete", documented!("delete.request.json"));
}

#[tokio::test]
async fn the_example_of_a_batch() {
    let call = exchanged(documented!("batchAddTag.response.json"), async |client| {
        client.batch_add_tags(&BatchAddTags::in_group("1", ["增", "删"])).await.unwrap();
    })
    .await;
    is_documented_post(&call, "/smart-tag/batchAddTag", documented!("batchAddTag.request.json"));
}

#[tokio::test]
async fn the_example_of_tagging_a_customer_whose_answer_is_not_valid_json() {
    let answer = documented!("updateContact.response.txt");
    serde_json::from_str::<serde_json::Value>(answer).unwrap_err();
    // As written, on one line, and indented as the page indents it.
    let on_one_line = answer.replace('\n', " ");
    let indented = on_one_line.replace(' ', "\u{a0}");
    for answer in [answer, &on_one_line, &indented] {
        let call = exchanged(answer, async |client| {
            let request =
                UpdateContact::replace("1600000000000001", "7800000000000001", ["1", "2"]);
            let reply = client.update_contact(&request).await.unwrap();
            assert_eq!(reply.data, None);
            assert!(reply.warning.as_deref().is_some_and(|text| text.contains("not valid JSON")));
        })
        .await;
        let body = documented!("updateContact.request.json");
        is_documented_post(&call, "/smart-tag/updateContact", body);
    }
}

#[tokio::test]
async fn the_example_of_tagging_a_customer_through_the_provider() {
    let call = exchanged(documented!("updateContact.response.txt"), async |client| {
        let customer = ContactRef::owned_by("1600000000000001", "7800000000000001");
        client.replace(&customer, &["1", "2", "1"].map(TagId::new)).await.unwrap();
    })
    .await;
    let body = documented!("updateContact.request.json");
    is_documented_post(&call, "/smart-tag/updateContact", body);
}
