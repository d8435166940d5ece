//! What goes over the wire: method, path, query, headers and exact bytes of each endpoint.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use beschannels_leads::RawCall;
use beschannels_leads::model::{
    BatchScoreList, ConditionType, DataListV2, GroupUserList, LeadsDetails, Point, Rule,
    SaveUserBehavior, SchemaType,
};
use leadtag_core::{ErrorKind, LeadQuery, LeadsProvider};
use serde_json::json;
use support::{APP_ID, SECRET, Seen, Stub, TOKEN, USER, multipart};

const OK: &str = r#"{"code":0,"msg":"成功","data":{"id":7,"new":[1]}}"#;
const NOBODY: &str = r#"{"code":0,"msg":"成功","data":{"total":0,"list":[],"header":[]}}"#;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[track_caller]
fn is_json(call: &Seen, path: &str, body: &str) {
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", path));
    assert_eq!(call.query, pairs(&[("access_token", TOKEN)]));
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(call.text(), body);
}

#[track_caller]
fn is_multipart(call: &Seen, path: &str, parts: &[(&str, &str)]) {
    assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", path));
    assert_eq!(call.query, pairs(&[("access_token", TOKEN)]));
    assert_eq!(call.text(), multipart(call.header("content-type").unwrap(), parts));
}

#[tokio::test]
async fn the_token_is_asked_for_once_and_put_into_the_query() {
    let stub = Stub::answering(OK).await;
    let client = stub.client_at("/prefix/of/a/proxy");
    client.leads_details(&LeadsDetails::of(1)).await.unwrap();
    client.leads_details(&LeadsDetails::of(1)).await.unwrap();
    let tokens = stub.token_calls();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].method, "POST");
    assert_eq!(tokens[0].path, "/prefix/of/a/proxy/api/get-access-token");
    assert_eq!(
        (tokens[0].query.len(), tokens[0].header("content-type")),
        (0, Some("application/json"))
    );
    assert_eq!(tokens[0].text(), format!(r#"{{"appId":"{APP_ID}","appSecret":"{SECRET}"}}"#));
    for call in stub.calls() {
        assert_eq!(call.path, "/prefix/of/a/proxy/leads/open-api/leads-details");
        assert_eq!(call.query, pairs(&[("access_token", TOKEN)]));
        assert!(call.headers.iter().all(|(_, value)| !value.contains(TOKEN)));
    }
}

#[tokio::test]
async fn a_group_is_asked_for_in_parts_of_text() {
    let stub = Stub::answering(NOBODY).await;
    let ask = GroupUserList::new(USER, "fans-made-up")
        .in_group("7")
        .with_page(2, 100)
        .with_search("王 \"小明\"")
        .with_return_fields("FullName,Email");
    let page = stub.client().group_user_list(&ask).await.unwrap();
    assert_eq!((page.total, page.list.len()), (Some(0), 0));
    let parts = [
        ("user_id", USER),
        ("page_num", "2"),
        ("page_size", "100"),
        ("search_str", "王 \"小明\""),
        ("groupId", "7"),
        ("group_obj", "fans-made-up"),
        ("return_field_list", "FullName,Email"),
    ];
    is_multipart(&stub.call(), "/leads/open-api/group-user-list", &parts);
}

#[tokio::test]
async fn details_are_asked_for_by_id_or_by_contact_data() {
    let path = "/leads/open-api/leads-details";
    for (ask, body) in [
        (LeadsDetails::of(41), r#"{"leads_id":41}"#),
        (
            LeadsDetails::by(Rule::mobile("19900001234")),
            r#"{"rule":{"MobilePhone":"19900001234"}}"#,
        ),
        (
            LeadsDetails::by(Rule::new("a@example.com", "19900001234")),
            r#"{"rule":{"Email":"a@example.com","MobilePhone":"19900001234"}}"#,
        ),
    ] {
        let stub = Stub::answering(OK).await;
        let details = stub.client().leads_details(&ask).await.unwrap();
        assert_eq!(details.as_str(), r#"{"id":7,"new":[1]}"#);
        is_json(&stub.call(), path, body);
    }
}

#[tokio::test]
async fn scores_come_by_lead_with_numbers_and_dashes() {
    let stub = Stub::answering(
        r#"{"code":0,"msg":"成功","data":{"41":[
            {"model_id":101,"point":20,"name":"活跃度","calculate_status":1},
            {"model_id":"102","point":"-","name":"意向","calculate_status":"0","new":true},
            {"model_id":103,"point":"7","name":null,"calculate_status":null}],"42":[]}}"#,
    )
    .await;
    let scores = stub.client().batch_score_list(&BatchScoreList::of(USER, [41, 42])).await.unwrap();
    let points: Vec<_> =
        scores.of(41).unwrap().iter().map(|score| (score.model_id, &score.point)).collect();
    assert_eq!(
        points,
        [(Some(101), &Point::Int(20)), (Some(102), &Point::Unset), (Some(103), &Point::Int(7))]
    );
    assert_eq!(scores.of(41).unwrap()[1].extra.get("new"), Some(&json!(true)));
    assert_eq!((scores.of(42).unwrap().len(), scores.of(43)), (0, None));
    let body = format!(r#"{{"user_id":"{USER}","leads_id":[41,42]}}"#);
    is_json(&stub.call(), "/leads/open-api/batch-score-list", &body);
}

#[tokio::test]
async fn what_is_no_list_of_scores_costs_no_lead_its_own() {
    let stub = Stub::answering(
        r#"{"code":0,"msg":"","data":{"41":[{"model_id":1,"point":2}],"42":[{"model_id":[]}],"total":2}}"#,
    )
    .await;
    let scores = stub.client().batch_score_list(&BatchScoreList::of(USER, [41, 42])).await.unwrap();
    assert_eq!(scores.of(41).unwrap()[0].point, Point::Int(2));
    assert_eq!(scores.of(42), None);
    assert_eq!(scores.value.extra.get("42"), Some(&json!([{"model_id": []}])));
    assert_eq!(scores.value.extra.get("total"), Some(&json!(2)));
}

#[tokio::test]
async fn data_that_the_document_does_not_name_is_reachable() {
    let write = SaveUserBehavior::new("mobile", "19900001234", "visit", "2024-01-02 03:04:05");
    let nested = format!("{}{}", "[".repeat(500), "]".repeat(500));
    for (data, kept) in [
        (r#"{"id":7}"#, Some(json!({"id": 7}))),
        ("null", None),
        (nested.as_str(), Some(json!(nested))),
    ] {
        let stub = Stub::answering(format!(r#"{{"code":0,"msg":"","data":{data}}}"#)).await;
        let reply = stub.client().save_user_behavior(&write).await.unwrap();
        assert_eq!(reply.extra.get("data"), kept.as_ref());
    }
}

#[tokio::test]
async fn scores_are_asked_for_by_page_too() {
    for data in ["[]", "null", "{}"] {
        let stub = Stub::answering(format!(r#"{{"code":0,"msg":"","data":{data}}}"#)).await;
        let ask = BatchScoreList::page(USER, 1, 50).with_schema_type(SchemaType::LeadsMember);
        assert!(stub.client().batch_score_list(&ask).await.unwrap().leads.is_empty());
        let body = format!(
            r#"{{"user_id":"{USER}","schema_type":"leads_member","page_num":1,"page_size":50}}"#
        );
        is_json(&stub.call(), "/leads/open-api/batch-score-list", &body);
    }
}

#[tokio::test]
async fn a_customer_group_is_asked_for_with_integers_for_pages() {
    let stub = Stub::answering(OK).await;
    let ask = DataListV2::new(USER, "externalDataSource")
        .in_table("1234")
        .with_page(3, 10)
        .with_conditions(ConditionType::Or, [json!({"made":"up"})])
        .with_search("王");
    stub.client().data_list_v2(&ask).await.unwrap();
    let body = format!(
        r#"{{"user_id":"{USER}","client_type":"externalDataSource","nextId":"1234","condition":[{{"made":"up"}}],"condition_type":"or","search_str":"王","page_num":3,"page_size":10}}"#
    );
    is_json(&stub.call(), "/leads/open-api/data-list-v2", &body);
}

#[tokio::test]
async fn a_behaviour_is_written_with_the_platforms_own_spelling() {
    let stub = Stub::answering(r#"{"code":0,"msg":"成功","data":null}"#).await;
    let write = SaveUserBehavior::new("mobile", "19900001234", "visit", "2024-01-02 03:04:05")
        .with_attr("page", "首页")
        .with_view_duration(0)
        .with_utm("source", "wechat")
        .with_utm("campaign", "双十一");
    stub.client().save_user_behavior(&write).await.unwrap();
    let body = r#"{"associated_properties":"mobile","associated_properties_value":"19900001234","behavior_name":"visit","occurrence_time":"2024-01-02 03:04:05","envent_other":[{"envent_attr_name":"page","envent_attr_value":"首页"}],"view_duration":0,"utm_campaign":"双十一","utm_source":"wechat"}"#;
    is_json(&stub.call(), "/leads/open-api/save-user-behavior", body);
}

#[tokio::test]
async fn what_the_platform_would_refuse_is_not_sent() {
    let stub = Stub::answering(OK).await;
    let client = stub.client();
    let page = LeadQuery::all().with_page_size(0);
    for (what, outcome) in [
        ("user_id", client.group_user_list(&GroupUserList::new(" ", "member")).await.map(drop)),
        ("group_obj", client.group_user_list(&GroupUserList::new(USER, "")).await.map(drop)),
        (
            "page_num",
            client.group_user_list(&GroupUserList::new(USER, "x").with_page(0, 1)).await.map(drop),
        ),
        ("rule", client.leads_details(&LeadsDetails::by(Rule::default())).await.map(drop)),
        ("at most 100", client.batch_score_list(&BatchScoreList::of(USER, 0..101)).await.map(drop)),
        ("leads_id", client.batch_score_list(&BatchScoreList::of(USER, [])).await.map(drop)),
        ("at most 50", client.batch_score_list(&BatchScoreList::page(USER, 1, 51)).await.map(drop)),
        ("nextId", client.data_list_v2(&DataListV2::new(USER, "mochatLink")).await.map(drop)),
        (
            "behavior_name",
            client.save_user_behavior(&SaveUserBehavior::new("a", "b", "", "c")).await.map(drop),
        ),
        (
            "utm_",
            client
                .save_user_behavior(&SaveUserBehavior::new("a", "b", "c", "d").with_utm("", "e"))
                .await
                .map(drop),
        ),
        ("at least one", client.fetch_lead_page(&page, None).await.map(drop)),
        ("plain names", client.call("/leads/open-api/../x", &json!({})).await.map(drop)),
        (
            "access_token",
            client.send(&RawCall::get("/x").with_query("access_token", "t")).await.map(drop),
        ),
    ] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{what}");
        assert!(error.to_string().contains(what), "{what}: {error}");
    }
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty());
}

#[test]
fn neither_id_nor_rule_names_no_lead() {
    use leadtag_core::Body;
    let mut nobody = LeadsDetails::of(1);
    nobody.leads_id = None;
    assert!(nobody.check().unwrap_err().contains("leads_id"));
}

#[tokio::test]
async fn a_raw_call_goes_anywhere_in_json_in_parts_and_by_get() {
    let stub = Stub::answering(OK).await;
    let client = stub.client();
    let answer = client.call("/tag/open-api/made-up", &json!({"a": 1})).await.unwrap();
    assert_eq!((answer["code"].as_i64(), &answer["data"]["id"]), (Some(0), &json!(7)));
    client.send(&RawCall::post_multipart("cdp/open-api/detail", [("id", "1")])).await.unwrap();
    client.send(&RawCall::get("/leads/open-api/made-up").with_query("q", "王")).await.unwrap();
    let calls = stub.calls();
    is_json(&calls[0], "/tag/open-api/made-up", r#"{"a":1}"#);
    is_multipart(&calls[1], "/cdp/open-api/detail", &[("id", "1")]);
    assert_eq!(
        (calls[2].method.as_str(), calls[2].path.as_str()),
        ("GET", "/leads/open-api/made-up")
    );
    assert_eq!(calls[2].query, pairs(&[("q", "王"), ("access_token", TOKEN)]));
}

#[cfg(feature = "unverified")]
mod unverified {
    use super::*;
    use beschannels_leads::model::{
        AssignLeads, BehaviorSort, CdpDetail, CustomersAdd, DelLeads, EditLeads, EditObject,
        GetRemarksList, IsAdd, LeadsBehaviorList, LeadsBehaviorType, ObjectList,
    };

    #[tokio::test]
    async fn json_requests_are_written_as_their_documents_say() {
        let stub = Stub::answering(OK).await;
        let client = stub.client();
        let edit = EditLeads::new(IsAdd::AddOnly)
            .with("MobilePhone", "19900001234")
            .with("FullName", "王小明")
            .with_user_id(USER);
        client.edit_leads(&edit).await.unwrap();
        client.del_leads(&DelLeads::of([1, 2])).await.unwrap();
        client.assign_leads(&AssignLeads::of([1, 2], "user9")).await.unwrap();
        let remarks = GetRemarksList::by(Rule::email("a@example.com"));
        client.get_remarks_list(&remarks).await.unwrap();
        let objects = ObjectList::new("u", "Competitors", 1, 20)
            .with_fields(["Name"])
            .ordered_by("UpdatedDate", "desc");
        client.object_list(&objects).await.unwrap();
        let object = EditObject::create("u", "Competitors", "5").with_id(9).with("Name", "甲");
        client.edit_object(&object).await.unwrap();
        let customer = CustomersAdd::new("u", "1234").with("Name", "甲");
        client.customers_add(&customer).await.unwrap();
        let expected = [
            ("edit-leads", format!(r#"{{"FullName":"王小明","MobilePhone":"19900001234","is_add":"2","user_id":"{USER}"}}"#)),
            ("del-leads", r#"{"leads_id":[1,2]}"#.to_owned()),
            ("assign-leads", r#"{"leads_id":["1","2"],"assign_userid":"user9"}"#.to_owned()),
            ("get-remarks-list", r#"{"rule":{"Email":"a@example.com"}}"#.to_owned()),
            ("object-list", r#"{"user_id":"u","schema_name":"Competitors","field":["Name"],"order":{"field_name":"UpdatedDate","sort":"desc"},"page_num":1,"page_size":20}"#.to_owned()),
            ("edit-object", r#"{"user_id":"u","schema_name":"Competitors","record_type_id":"5","id":9,"Name":"甲"}"#.to_owned()),
            ("customers-add", r#"{"user_id":"u","nextId":"1234","client_type":"externalDataSource","data":{"Name":"甲"}}"#.to_owned()),
        ];
        for (call, (api, body)) in stub.calls().iter().zip(expected) {
            is_json(call, &format!("/leads/open-api/{api}"), &body);
        }
    }

    #[tokio::test]
    async fn multipart_requests_are_written_as_their_documents_say() {
        let stub = Stub::answering(OK).await;
        let client = stub.client();
        client.leads_behavior_type(&LeadsBehaviorType::new("u")).await.unwrap();
        let behaviors = LeadsBehaviorList::of("u", 41)
            .between("2024-01-01", "2024-01-31")
            .with_page(1, 20)
            .sorted(BehaviorSort::Asc);
        client.leads_behavior_list(&behaviors).await.unwrap();
        let by_mobile = LeadsBehaviorList::of_mobile("u", "19900001234");
        client.leads_behavior_list(&by_mobile).await.unwrap();
        client.cdp_detail(&CdpDetail::named("Leads")).await.unwrap();
        let calls = stub.calls();
        is_multipart(&calls[0], "/leads/open-api/leads-behavior-type", &[("user_id", "u")]);
        let parts = [
            ("user_id", "u"),
            ("leads_id", "41"),
            ("start_time", "2024-01-01"),
            ("end_time", "2024-01-31"),
            ("page_num", "1"),
            ("page_size", "20"),
            ("behavior_sort", "asc"),
        ];
        is_multipart(&calls[1], "/leads/open-api/leads-behavior-list", &parts);
        let parts = [("user_id", "u"), ("mobile", "19900001234")];
        is_multipart(&calls[2], "/leads/open-api/leads-behavior-list", &parts);
        is_multipart(&calls[3], "/cdp/open-api/detail", &[("schema_name", "Leads")]);
    }

    #[tokio::test]
    async fn what_the_platform_would_refuse_is_not_sent_either() {
        let stub = Stub::answering(OK).await;
        let client = stub.client();
        let edit = EditLeads::new(IsAdd::AddOrEdit).with("FullName", "王");
        let twice = edit.clone().with("Email", "a@example.com").with("is_add", "1");
        for (what, outcome) in [
            ("MobilePhone", client.edit_leads(&edit).await.map(drop)),
            ("is_add", client.edit_leads(&twice).await.map(drop)),
            ("leads_id", client.del_leads(&DelLeads::of([])).await.map(drop)),
            ("assign_userid", client.assign_leads(&AssignLeads::of([1], "")).await.map(drop)),
            ("leads_id", client.get_remarks_list(&GetRemarksList::of([])).await.map(drop)),
            ("data", client.customers_add(&CustomersAdd::new("u", "1")).await.map(drop)),
        ] {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{what}");
            assert!(error.to_string().contains(what), "{what}: {error}");
        }
        assert!(stub.calls().is_empty());
    }
}
