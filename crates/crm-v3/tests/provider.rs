//! What the providers make of answers that the documents allow, and the sandbox does not give.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use futures_util::TryStreamExt;
use leadtag_core::{
    ContactRef, CreateTags, ErrorKind, Lead, LeadId, LeadQuery, LeadsProvider, LeadsProviderExt,
    Sent, TagChange, TagId, TagProvider, TagProviderExt, TagQuery, Timestamp,
};
use serde_json::{Value, json};
use support::{Stub, ok};

const SAMPLE: &str = include_str!("documented/clue_get.response.json");

fn row(id: i64, created: &str) -> String {
    format!(r#"{{"customerId":{id},"fields":[],"tagIds":[],"createTime":"{created}"}}"#)
}

fn page(rows: &[String], next: Option<&str>) -> String {
    let next = next.map_or_else(String::new, |next| format!(r#","nextCursor":"{next}""#));
    ok(&format!(r#"{{"list":[{}]{next}}}"#, rows.join(",")))
}

fn ids(leads: &[Lead]) -> Vec<&str> {
    leads.iter().map(|lead| lead.id.as_str()).collect()
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_documents_lead_becomes_a_lead_and_nothing_is_lost() {
    let stub = Stub::answering(SAMPLE).await;
    let lead = stub.client().get_lead(&LeadId::from("410983932389440")).await.unwrap();
    assert_eq!(stub.call().text(), r#"{"customerId":410983932389440}"#);
    assert_eq!(lead.id.as_str(), "410983932389440");
    assert_eq!(lead.name.as_ref().unwrap().reveal(), "打马赛克就");
    assert_eq!((lead.mobiles[0].reveal(), lead.mobiles[0].is_valid()), ("145678388", false));
    assert_eq!((lead.mobiles.len(), lead.emails.len(), lead.tags.len()), (1, 0, 0));
    assert_eq!((&lead.company, lead.level.as_deref()), (&None, Some("396823724189760")));
    assert_eq!(lead.source, None);
    for time in [&lead.created_at, &lead.updated_at] {
        let time = time.as_ref().unwrap();
        assert_eq!(time.instant().unwrap().to_string(), "2021-05-11T07:15:48Z");
        assert_eq!(time.text(), "2021-05-11 15:15:48");
    }
    let attributes: Value = lead.attributes.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
    let expected = json!({
        "customer_source": null, "description": "u 诶IE", "mobile": ["145678388"], "address": null,
        "birthday": null, "corp_name": null, "name": "打马赛克就", "purchase_intention": null,
        "gender": null, "customer_stage": "396823724189760", "isClue": false, "type": 1,
    });
    assert_eq!(attributes, expected);
    let whole: Value = serde_json::from_str(SAMPLE).unwrap();
    assert_eq!(lead.raw.to_value().unwrap(), whole["data"]);
    assert!(SAMPLE.contains(lead.raw.as_str()), "not byte for byte");
}

#[tokio::test]
async fn every_field_is_an_attribute_by_its_type_and_hides_none() {
    let data = r#"{"customerId":"8","isClue":true,"type":2,"convertCustomerTime":"2024-01-05 00:00:00",
        "tagIds":[11,"etT"],"companyInfo":{"id":1},"new":[1],"createTime":"soon",
        "fields":[{"field":"105001","type":4,"valueAsText":"1000.5"},
            {"field":"long","type":4,"valueAsText":"12345678901234567890.10"},
            {"field":"odd","type":4,"valueAsText":"many"},
            {"field":"courses","type":6,"valueAsText":"[\"1\",\"3\"]"},
            {"field":"mobile","type":8,"valueAsText":"无"},
            {"field":"type","type":1,"valueAsText":"hidden"},
            {"field":"x","type":77,"valueAsText":"y"}]}"#;
    let stub = Stub::answering(ok(data)).await;
    let lead = stub.client().get_lead(&LeadId::from("8")).await.unwrap();
    for (name, value) in [
        ("105001", json!(1000.5)),
        ("long", json!("12345678901234567890.10")),
        ("odd", json!("many")),
        ("courses", json!(["1", "3"])),
        ("mobile", json!("无")),
        ("type", json!(2)),
        ("fields.type", json!("hidden")),
        ("x", json!("y")),
        ("isClue", json!(true)),
        ("convertCustomerTime", json!("2024-01-05 00:00:00")),
        ("companyInfo", json!({ "id": 1 })),
        ("new", json!([1])),
    ] {
        assert_eq!(lead.attributes.get(name), Some(&value), "{name}");
    }
    assert_eq!(
        (lead.tags, lead.mobiles[0].reveal()),
        (vec!["11".to_owned(), "etT".to_owned()], "无")
    );
    let created = lead.created_at.unwrap();
    assert_eq!((created.instant(), created.text()), (None, "soon"));
}

#[tokio::test]
async fn a_query_is_sent_in_the_platforms_local_time() {
    let stub = Stub::answering(page(&[], None)).await;
    let query = LeadQuery::all()
        .since(moment("2024-01-01T00:00:00.9Z"))
        .until(moment("2024-01-01T16:00:00Z"))
        .of_kind("2")
        .with_page_size(7);
    stub.client().fetch_lead_page(&query, None).await.unwrap();
    stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let sent: Vec<_> = stub.calls().iter().map(|call| call.text().to_owned()).collect();
    let whole =
        r#"{"since":"2024-01-01 08:00:00","before":"2024-01-02 00:00:00","size":7,"type":2}"#;
    assert_eq!(sent, [whole, r#"{"size":100}"#]);
}

#[tokio::test]
async fn a_list_ends_where_its_cursor_is_missing_empty_or_the_same_again() {
    for end in [None, Some(""), Some("b")] {
        let rows = |id| [row(id, "2024-01-01 08:00:00")];
        let stub =
            Stub::start([page(&rows(1), Some("a")), page(&[], Some("b")), page(&rows(2), end)])
                .await;
        let client = stub.client();
        let leads: Vec<Lead> =
            client.lead_pages(LeadQuery::all()).items().try_collect().await.unwrap();
        assert_eq!(ids(&leads), ["1", "2"], "{end:?}");
        let sent: Vec<_> = stub.calls().iter().map(|call| call.text().to_owned()).collect();
        let expected =
            [r#"{"size":100}"#, r#"{"size":100,"cursor":"a"}"#, r#"{"size":100,"cursor":"b"}"#];
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn a_lead_that_comes_again_on_the_page_or_on_the_next_is_given_once() {
    let early = "2024-01-01 08:00:00";
    let late = "2024-01-01 08:00:01";
    let stub = Stub::start([
        page(&[row(1, early), row(1, early), row(2, late), row(3, late)], Some("x;y:z")),
        page(&[row(2, late), row(3, late), row(4, late)], None),
    ])
    .await;
    let client = stub.client();
    let leads: Vec<Lead> = client.lead_pages(LeadQuery::all()).items().try_collect().await.unwrap();
    assert_eq!(ids(&leads), ["1", "2", "3", "4"]);
    assert_eq!(stub.calls()[1].text(), r#"{"size":100,"cursor":"x;y:z"}"#);
}

#[tokio::test]
async fn a_lead_that_comes_again_behind_an_empty_page_is_given_once() {
    let time = "2024-01-01 08:00:01";
    let stub = Stub::start([
        page(&[row(1, time), row(2, time)], Some("a")),
        page(&[], Some("b")),
        page(&[row(2, time), row(3, time)], None),
    ])
    .await;
    let client = stub.client();
    let leads: Vec<Lead> = client.lead_pages(LeadQuery::all()).items().try_collect().await.unwrap();
    assert_eq!(ids(&leads), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_lead_at_the_end_of_the_span_belongs_to_the_next_span() {
    let rows = [
        row(1, "2024-01-01 07:59:59"),
        row(2, "2024-01-01 08:00:00"),
        row(3, "2024-01-01 08:00:00.5"),
        row(4, "no time"),
    ];
    let stub = Stub::answering(page(&rows, None)).await;
    let border = moment("2024-01-01T00:00:00Z");
    let before =
        stub.client().fetch_lead_page(&LeadQuery::all().until(border), None).await.unwrap();
    assert_eq!(ids(&before.items), ["1", "4"]);
    let after = stub.client().fetch_lead_page(&LeadQuery::all().since(border), None).await.unwrap();
    assert_eq!(after.items.len(), 4);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let stub = Stub::answering(page(&[], None)).await;
    let client = stub.client();
    for query in [LeadQuery::all().of_kind("lead"), LeadQuery::all().with_page_size(0)] {
        let error = client.fetch_lead_page(&query, None).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
    }
    for id in ["", "0", "-1", "x1", "1.0", "99999999999999999999"] {
        let id = LeadId::from(id);
        let error = client.get_lead(&id).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
        let error = client.fetch_interaction_page(&id, None).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
    }
    assert!(stub.calls().is_empty());
}

#[tokio::test]
async fn a_row_without_an_id_is_not_passed_on() {
    for rows in [r#"[{"fields":[]}]"#, r#"[{"customerId":0}]"#, "[7]", "[null]"] {
        let stub = Stub::answering(ok(&format!(r#"{{"list":{rows}}}"#))).await;
        let error = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Decode, Sent::Yes), "{rows}");
    }
}

#[tokio::test]
async fn interactions_go_on_at_their_cursor() {
    let first = r#"{"list":[{"id":1,"type":1,"content":"通过接口导入","createTime":"2021-07-20 10:00:00","operator":{"qwUserId":"","name":"API"},"way":"电话"}],"nextCursor":"n"}"#;
    let second = r#"{"list":[{"id":"2","content":null,"createTime":"","operator":{"qwUserId":"lina"}}],"nextCursor":"n"}"#;
    let stub = Stub::start([ok(first), ok(second)]).await;
    let client = stub.client();
    let found: Vec<_> =
        client.interaction_pages(LeadId::from("8")).items().try_collect().await.unwrap();
    let [note, other] = found.as_slice() else { unreachable!("{found:?}") };
    assert_eq!((note.id.as_deref(), note.kind.as_str()), (Some("1"), "1"));
    assert_eq!(note.actor.as_ref().unwrap().reveal(), "API");
    assert_eq!(note.text.as_ref().unwrap().reveal(), "通过接口导入");
    let at = note.at.as_ref().unwrap().instant().unwrap();
    assert_eq!(at.to_string(), "2021-07-20T02:00:00Z");
    assert_eq!((other.id.as_deref(), other.kind.as_str()), (Some("2"), "follow-up"));
    assert_eq!((other.actor.as_ref().unwrap().reveal(), &other.at), ("lina", &None));
    let attributes = [note, other].map(|one| serde_json::to_string(&one.attributes).unwrap());
    assert_eq!(attributes, [r#"{"way":"电话"}"#, r#"{"operator":{"qwUserId":"lina"}}"#]);
    let sent: Vec<_> = stub.calls().iter().map(|call| call.text().to_owned()).collect();
    let expected =
        [r#"{"customerId":8,"size":100}"#, r#"{"customerId":8,"size":100,"cursor":"n"}"#];
    assert_eq!(sent, expected);
}

const TREE: &str = r#"[{"name":"Level","id":10,"qwTagId":"etG1","tags":[{"id":11,"name":"VIP","qwTagId":"etT1"},{"name":"Old","qwTagId":"etT2"}]},{"name":"Empty","id":12,"qwTagId":"etG2","tags":[]}]"#;

#[tokio::test]
async fn the_tag_library_is_listed_and_filtered() {
    let stub = Stub::answering(ok(TREE)).await;
    let client = stub.client();
    let tree = client.tag_tree(TagQuery::all()).await.unwrap();
    let groups: Vec<_> = tree.groups.iter().map(|group| group.id.as_str()).collect();
    let tags: Vec<_> = tree.all_tags().map(|tag| (tag.id.as_str(), tag.name.as_str())).collect();
    assert_eq!((groups, tags), (vec!["10", "12"], vec![("11", "VIP"), ("etT2", "Old")]));
    let some = client.tag_tree(TagQuery::tags(["11", "none"])).await.unwrap();
    assert_eq!((some.groups.len(), some.all_tags().count()), (1, 1));
    let some = client.tag_tree(TagQuery::groups(["12"])).await.unwrap();
    assert_eq!((some.groups.len(), some.all_tags().count()), (1, 0));
    for none in ["null", "[]", "{}"] {
        stub.answer(200, ok(none));
        assert!(client.tag_tree(TagQuery::all()).await.unwrap().groups.is_empty(), "{none}");
    }
    stub.answer(200, ok(r#"[{"name":"nameless","tags":[]}]"#));
    assert_eq!(client.tag_tree(TagQuery::all()).await.unwrap_err().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn tags_cannot_be_written_and_nothing_is_sent() {
    let stub = Stub::answering(ok(TREE)).await;
    let client = stub.client();
    let (contact, tag) = (ContactRef::new("8"), TagId::from("11"));
    let change = TagChange::rename("x");
    for error in [
        client.create_tags(&CreateTags::in_group("10", ["x"])).await.map(drop).unwrap_err(),
        client.update_tag(&tag, &change).await.unwrap_err(),
        client.update_group(&"10".into(), &change).await.unwrap_err(),
        client.delete_tags(std::slice::from_ref(&tag)).await.unwrap_err(),
        client.delete_groups(&["10".into()]).await.unwrap_err(),
        client.assign(&contact, std::slice::from_ref(&tag), &[]).await.unwrap_err(),
        client.replace(&contact, std::slice::from_ref(&tag)).await.unwrap_err(),
        client.contact_tags(&contact).await.map(drop).unwrap_err(),
        client.fetch_tag_contact_page(&tag, None).await.map(drop).unwrap_err(),
        client.tag_tree(TagQuery::all().with_deleted()).await.map(drop).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Unsupported, Sent::No), "{error}");
    }
    assert!(stub.calls().is_empty());
}
