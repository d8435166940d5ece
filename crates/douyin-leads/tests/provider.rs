//! What the providers make of answers that the documents allow, and the sandbox does not give.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use leadtag_core::{
    ContactRef, CreateTags, ErrorKind, LeadId, LeadQuery, LeadsProvider, TagChange, TagId,
    TagProvider, TagQuery,
};
use support::Stub;

fn answer(data: &str) -> String {
    format!(r#"{{"data":{{"error_code":0,"description":""{data}}},"extra":{{"logid":"L"}}}}"#)
}

fn refusal(code: i64) -> String {
    format!(r#"{{"data":{{"error_code":{code},"description":"no"}}}}"#)
}

const ROW: &str = r#"{"open_id":"u-1","nickname":"小鱼","telephone":"145678388","wechat":"wx1","city":"","gender":2,"age":null,"leads_level":"10","is_follow":"true","tag_list":[{"tag_id":"410983932389440","tag_name":"vip"}],"score":5}"#;

#[tokio::test]
async fn a_row_becomes_a_lead_and_nothing_of_it_is_lost() {
    let stub = Stub::answering(answer(&format!(r#","has_more":false,"users":[{ROW}]"#))).await;
    let page = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let lead = &page.items[0];
    assert_eq!((lead.id.as_str(), lead.raw.as_str()), ("u-1", ROW));
    assert_eq!(lead.name.as_ref().unwrap().reveal(), "小鱼");
    assert_eq!((lead.mobiles[0].reveal(), lead.mobiles[0].is_valid()), ("145678388", false));
    assert_eq!(
        (lead.tags.as_slice(), lead.level.as_deref()),
        (&["410983932389440".to_owned()][..], Some("10"))
    );
    let names: Vec<_> = lead.attributes.keys().map(String::as_str).collect();
    assert_eq!(names, ["gender", "is_follow", "score", "tag_list", "wechat"]);
    assert_eq!(lead.attributes["tag_list"][0]["tag_name"], "vip");
    assert!(!format!("{lead:?}").contains("145678388"));
}

#[tokio::test]
async fn an_odd_age_costs_no_lead_and_is_kept() {
    let odd = ROW.replace(r#""age":null"#, r#""age":"30-39""#);
    let stub = Stub::answering(answer(&format!(r#","has_more":false,"users":[{odd}]"#))).await;
    let page = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    assert_eq!(
        (page.items[0].id.as_str(), &page.items[0].attributes["age"]),
        ("u-1", &"30-39".into())
    );
}

#[tokio::test]
async fn the_raw_text_of_a_single_lead_is_its_data() {
    let data = answer(r#","open_id":"u-1","nickname":"n""#);
    let stub = Stub::answering(data).await;
    let lead = stub.client().get_lead(&LeadId::new("u-1")).await.unwrap();
    assert_eq!(
        lead.raw.as_str(),
        r#"{"error_code":0,"description":"","open_id":"u-1","nickname":"n"}"#
    );
    assert!(!lead.attributes.contains_key("error_code"));
}

#[tokio::test]
async fn ids_without_rows_are_leads_too() {
    let stub = Stub::answering(answer(r#","users":null,"list":["u-1","<nil>","u-2"]"#)).await;
    let page = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|lead| lead.id.as_str()).collect();
    assert_eq!(ids, ["u-1", "u-2"]);
}

#[tokio::test]
async fn a_lead_or_tag_without_an_id_is_not_passed_on() {
    let stub =
        Stub::answering(answer(r#","users":[{"nickname":"n"}],"list":[{"tag_name":"a"}]"#)).await;
    let error = stub.client().fetch_tag_page(&TagQuery::all(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    stub.answer(200, answer(r#","users":[{"nickname":"n"}]"#));
    let error = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_interaction_has_what_exactly_was_done_and_where() {
    let rows = r#","list":[
        {"user_id":"u","action_type":3,"action_flag":101,"action_source":"智能电话","create_time":1597000001,"room":7},
        {"user_id":"u","action_type":1,"action_source":"","create_time":1597000002}]"#;
    let stub = Stub::answering(answer(rows)).await;
    let page = stub.client().fetch_interaction_page(&LeadId::new("u"), None).await.unwrap();
    let attributes: Vec<_> =
        page.items.iter().map(|one| serde_json::to_string(&one.attributes).unwrap()).collect();
    let first = r#"{"action_flag":101,"action_source":"智能电话","room":7}"#;
    assert_eq!(attributes, [first, "{}"]);
}

#[tokio::test]
async fn more_without_a_cursor_is_an_error_and_not_the_end() {
    let stub = Stub::answering(answer(r#","has_more":"true","cursor":"<nil>","list":[]"#)).await;
    let client = stub.client();
    for error in [
        client.fetch_tag_page(&TagQuery::all(), None).await.unwrap_err(),
        client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err(),
        client.fetch_tag_contact_page(&TagId::new("7"), None).await.unwrap_err(),
        client.fetch_interaction_page(&LeadId::new("u"), None).await.unwrap_err(),
        client.all_tags().await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn a_full_page_that_does_not_say_whether_there_is_more_is_not_the_last_one() {
    let users = format!(r#","users":[{ROW},{}]"#, ROW.replace("u-1", "u-2"));
    let full = LeadQuery::all().with_page_size(2);
    for said in ["", r#","has_more":null"#, r#","has_more":"<nil>""#] {
        let stub = Stub::answering(answer(&format!(r#"{said},"cursor":2{users}"#))).await;
        let page = stub.client().fetch_lead_page(&full, None).await.unwrap();
        assert!(page.next.is_some(), "{said}");
        let larger = LeadQuery::all().with_page_size(3);
        assert!(stub.client().fetch_lead_page(&larger, None).await.unwrap().next.is_none());
        stub.answer(200, answer(&format!("{said}{users}")));
        let error = stub.client().fetch_lead_page(&full, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{said}");
    }
    for empty in [r#","users":null"#, r#","users":[],"cursor":7"#, r#","has_more":false"#] {
        let stub = Stub::answering(answer(empty)).await;
        let page = stub.client().fetch_lead_page(&full, None).await.unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "{empty}");
    }
    for nothing in ["", r#","cursor":7"#] {
        let stub = Stub::answering(answer(nothing)).await;
        let error = stub.client().fetch_lead_page(&full, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{nothing}");
    }
    let stub = Stub::answering(answer(&format!(r#","has_more":false,"cursor":2{users}"#))).await;
    assert!(stub.client().fetch_lead_page(&full, None).await.unwrap().next.is_none());
}

#[tokio::test]
async fn a_list_of_tags_that_goes_round_in_circles_is_an_error() {
    let stub = Stub::answering(answer(r#","has_more":true,"cursor":10,"list":[]"#)).await;
    let error = stub.client().all_tags().await.unwrap_err();
    assert_eq!((error.kind(), stub.calls().len()), (ErrorKind::Decode, 2));
}

#[tokio::test]
async fn a_replacement_writes_the_difference_one_by_one_and_removes_first() {
    let user = answer(r#","open_id":"u-1","tag_list":[{"tag_id":1},{"tag_id":"2"}]"#);
    let stub = Stub::start([user.clone(), answer("")]).await;
    let contact = ContactRef::new("u-1");
    stub.client().replace(&contact, &["2", "3", "3"].map(TagId::new)).await.unwrap();
    let bodies: Vec<_> = stub.calls()[1..].iter().map(|call| call.text().to_owned()).collect();
    let expected = [
        r#"{"tag_id":1,"user_id":"u-1","bind":false}"#,
        r#"{"tag_id":3,"user_id":"u-1","bind":true}"#,
    ];
    assert_eq!(bodies, expected);
    let stub = Stub::answering(user).await;
    stub.client().replace(&contact, &["2", "1"].map(TagId::new)).await.unwrap();
    assert_eq!(stub.calls().len(), 1);
}

#[tokio::test]
async fn what_was_done_before_an_error_is_told() {
    let none = answer(r#","list":[],"has_more":false"#);
    let stub = Stub::start([none, answer(r#","tag_id":7"#), refusal(2_100_005)]).await;
    let error = stub.client().create_tags(&CreateTags::flat(["a", "b"])).await.unwrap_err();
    assert!(error.to_string().contains("there are already: 7"), "{error}");
    let stub = Stub::start([answer(""), refusal(2_100_005)]).await;
    let error = stub.client().delete_tags(&["7", "8"].map(TagId::new)).await.unwrap_err();
    assert!(error.to_string().contains("deleted before it: 7"), "{error}");
}

#[tokio::test]
async fn a_tag_that_was_there_is_told_apart_from_a_new_one() {
    let one = answer(r#","list":[{"tag_id":6,"tag_name":"b"}],"has_more":false"#);
    let stub = Stub::start([one, answer(r#","tag_id":7"#)]).await;
    let created = stub.client().create_tags(&CreateTags::flat(["a", "b"])).await.unwrap();
    assert_eq!(created.tags.len(), 2);
    assert_eq!(created.existing, [TagId::new("6")]);
}

#[tokio::test]
async fn a_creation_that_would_pass_the_limit_creates_nothing() {
    let tags: Vec<_> =
        (1..=99).map(|id| format!(r#"{{"tag_id":{id},"tag_name":"t{id}"}}"#)).collect();
    let list = answer(&format!(r#","list":[{}],"has_more":false"#, tags.join(",")));
    let stub = Stub::answering(list).await;
    let client = stub.client();
    let error = client.create_tags(&CreateTags::flat(["a", "t1", "b"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::QuotaExhausted, "{error}");
    assert!(error.to_string().contains("there are 99 tags, and 2 more"), "{error}");
    assert_eq!(stub.calls().len(), 1);
    let many = (0..101).map(|number| format!("n{number}"));
    let error = client.create_tags(&CreateTags::flat(many)).await.unwrap_err();
    assert_eq!((error.kind(), stub.calls().len()), (ErrorKind::InvalidArgument, 1), "{error}");
}

#[tokio::test]
async fn an_id_that_is_no_number_is_refused_before_anything_is_sent() {
    let stub = Stub::answering(answer("")).await;
    let (client, contact) = (stub.client(), ContactRef::new("u-1"));
    for id in ["", "a", "01", "1.0", " 1", "+1", "99999999999999999999"] {
        let ids = [TagId::new(id)];
        for error in [
            client.delete_tags(&ids).await.unwrap_err(),
            client.assign(&contact, &ids, &[]).await.unwrap_err(),
            client.replace(&contact, &ids).await.unwrap_err(),
            TagProvider::update_tag(&client, &ids[0], &TagChange::rename("x")).await.unwrap_err(),
            client.fetch_tag_contact_page(&ids[0], None).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{id:?}: {error}");
        }
    }
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty());
}
