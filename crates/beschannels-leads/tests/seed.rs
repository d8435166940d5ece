//! The sample of the vendor's page 90301014, as it stands there.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use beschannels_leads::model::{ClientType, EmptyParts, GroupObj, GroupUserList, GroupUserPage};
use beschannels_leads::{BeschannelsClient, RawCall, Reply as Answered};
use leadtag_core::{LeadQuery, LeadsProvider};
use leadtag_testkit::{ReplayTransport, Reply};
use serde_json::Value;
use support::{APP_ID, SECRET, TOKEN, USER, multipart, token_answer};

const SAMPLE: &str = include_str!("documented/group-user-list.response.json");

/// The names under which the page shows an answer of this one form, and a kind of object for each.
/// The last three are not named there.
const VARIANTS: [(&str, &str); 6] = [
    ("线索对象", "leads_schema_data"),
    ("留资客户", "schema_data"),
    ("粉丝客群对象", "made-up-fans"),
    ("外部数据源客群对象", "made-up-external-data"),
    ("会员客群对象", "member"),
    ("scrm新线索池-客群对象", "leads_member"),
];

fn client() -> (BeschannelsClient, Arc<ReplayTransport>) {
    let transport = Arc::new(ReplayTransport::handler(|request| {
        if request.url.path() == "/api/get-access-token" {
            return Reply::bytes(token_answer(TOKEN, ""));
        }
        Reply::bytes(SAMPLE)
    }));
    let client = BeschannelsClient::builder()
        .app_id(APP_ID)
        .app_secret(SECRET)
        .user_id(USER)
        .transport(transport.clone())
        .build()
        .unwrap();
    (client, transport)
}

async fn listed(object: &str) -> Answered<GroupUserPage> {
    let (client, _) = client();
    client.group_user_list(&GroupUserList::new(USER, object)).await.unwrap()
}

/// Path, query, content type and body of the only call that was no token's.
fn sent(transport: &ReplayTransport) -> (String, String, String, String) {
    let requests = transport.requests();
    let call = requests.last().unwrap();
    assert_eq!(call.method, "POST");
    (
        call.url.path().to_owned(),
        call.url.query().unwrap_or_default().to_owned(),
        call.headers["content-type"].to_str().unwrap().to_owned(),
        String::from_utf8(call.body.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn every_documented_variant_is_read() {
    for (label, object) in VARIANTS {
        let page = listed(object).await;
        assert_eq!((page.total, page.list.len()), (Some(51), 5), "{label}");
    }
}

#[tokio::test]
async fn every_row_of_the_sample_has_its_values() {
    let page = listed("leads_schema_data").await;
    let rows: Vec<_> = page
        .list
        .iter()
        .map(|row| (row.full_name().unwrap().reveal(), row.mobile().unwrap().reveal()))
        .collect();
    assert_eq!(
        rows,
        [
            ("999", "19900000001"),
            ("zhangsan", "19900000002"),
            ("新线索001", "19900000003"),
            ("test032721-11", "19900000004"),
            ("测试错误日志", "19900000005"),
        ]
    );
    let scores: Vec<usize> = page.list.iter().map(|row| row.scores().len()).collect();
    assert_eq!(scores, [9, 18, 18, 18, 18]);
    let row = &page.list[3];
    assert_eq!(row.email().unwrap().reveal(), "person4@example.com");
    assert_eq!((row.company(), row.is_lead(), row.is_lead_text()), (None, Some(true), Some("是")));
    let created = row.created_time().unwrap();
    assert_eq!(created.text(), "2023-05-20 12:36:24");
    assert_eq!(created.instant().unwrap().to_string(), "2023-05-20T04:36:24Z");
    let id = "825fd663-d789-ee54-c85f-c115314dddf6";
    assert_eq!((row.identity_id(), row.identity_value()), (Some(id), Some(id)));
    assert_eq!(row.client_type(), Some(&ClientType::ClientsCustomers));
    assert_eq!((row.next_id(), row.is_del()), (None, Some(1)));
    assert_eq!((row.score(3771), row.score(3765), row.score(1)), (Some(5), Some(209), None));
    assert!(page.list.iter().all(|row| row.columns().is_empty()) && page.extra.is_empty());
}

#[tokio::test]
async fn the_header_names_the_columns() {
    let page = listed("leads_schema_data").await;
    let labels: Vec<_> = page.header.iter().map(|column| column.label.as_str()).collect();
    assert_eq!(labels, ["姓名", "手机号", "邮箱", "公司", "是否线索", "创建时间"]);
    assert_eq!(page.label_of("CreatedTime"), Some("创建时间"));
    assert_eq!(page.label_of("Score-20408"), None);
    for column in &page.header {
        assert!(page.list[0].value(&column.prop).is_some_and(|value| value.is_string()));
    }
}

#[tokio::test]
async fn nothing_of_a_row_is_lost_on_the_way_to_a_lead() {
    let (client, _) = client();
    let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let sample: Value = serde_json::from_str(SAMPLE).unwrap();
    assert_eq!((page.items.len(), page.total), (5, Some(51)));
    for (lead, row) in page.items.iter().zip(sample["data"]["list"].as_array().unwrap()) {
        assert_eq!(lead.raw.to_value().unwrap(), *row);
        assert!(SAMPLE.contains(lead.raw.as_str()));
        assert_eq!(lead.id.as_str(), row["identity_id"]);
        assert_eq!(lead.name.as_ref().unwrap().reveal(), row["FullName"]);
        assert_eq!(lead.mobiles[0].reveal(), row["MobilePhone"]);
        assert_eq!(lead.emails[0].reveal(), row["Email"]);
        assert_eq!(lead.created_at.as_ref().unwrap().text(), row["CreatedTime"]);
        let lifted = ["FullName", "MobilePhone", "Email", "Company", "CreatedTime", "identity_id"];
        let rest = row.as_object().unwrap().iter().filter(|(name, _)| !lifted.contains(&&***name));
        let rest: Vec<_> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut attributes: Vec<_> = lead.attributes.clone().into_iter().collect();
        attributes.sort_by(|one, other| one.0.cmp(&other.0));
        let mut rest = rest;
        rest.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(attributes, rest);
    }
}

#[tokio::test]
async fn the_documented_request_goes_out_as_the_sample_curl_sends_it() {
    let (client, transport) = client();
    let names = [
        "user_id",
        "page_num",
        "page_size",
        "search_str",
        "groupId",
        "group_obj",
        "return_field_list",
    ];
    let empty = names.map(|name| (name, ""));
    let call = RawCall::post_multipart("/leads/open-api/group-user-list", empty);
    client.send(&call).await.unwrap();
    let (path, query, content_type, body) = sent(&transport);
    assert_eq!(path, "/leads/open-api/group-user-list");
    assert_eq!(query, format!("access_token={TOKEN}"));
    assert_eq!(body, multipart(&content_type, &empty));
}

#[tokio::test]
async fn the_typed_request_has_the_same_parts_in_the_same_order() {
    let (client, transport) = client();
    let ask = GroupUserList::new(USER, GroupObj::LeadsSchemaData);
    client.group_user_list(&ask.clone().with_empty_parts(EmptyParts::Send)).await.unwrap();
    let (.., content_type, body) = sent(&transport);
    let parts = [
        ("user_id", USER),
        ("page_num", ""),
        ("page_size", ""),
        ("search_str", ""),
        ("groupId", ""),
        ("group_obj", "leads_schema_data"),
        ("return_field_list", ""),
    ];
    assert_eq!(body, multipart(&content_type, &parts));

    client.group_user_list(&ask).await.unwrap();
    let (.., content_type, body) = sent(&transport);
    assert_eq!(body, multipart(&content_type, &[parts[0], parts[5]]));
}
