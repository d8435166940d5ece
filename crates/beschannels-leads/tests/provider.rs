//! What the provider makes of a query and of a row.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use beschannels_leads::{BeschannelsClient, lead_capabilities};
use leadtag_core::{ErrorKind, LeadQuery, LeadsProvider, Timestamp, UtcOffset};
use leadtag_testkit::{ReplayTransport, Reply};
use serde_json::{Value, json};
use support::{APP_ID, SECRET, TOKEN, USER, multipart, token_answer};

fn client(rows: Value) -> (BeschannelsClient, Arc<ReplayTransport>) {
    let transport = Arc::new(ReplayTransport::handler(move |request| {
        if request.url.path() == "/api/get-access-token" {
            return Reply::bytes(token_answer(TOKEN, ""));
        }
        let data = json!({"total": 1_000, "list": rows.clone(), "header": null});
        Reply::json(json!({"code": 0, "msg": "成功", "data": data}))
    }));
    let client = BeschannelsClient::builder()
        .app_id(APP_ID)
        .app_secret(SECRET)
        .user_id(USER)
        .group("leads_schema_data", "7")
        .utc_offset(UtcOffset::from_seconds(0).unwrap())
        .transport(transport.clone())
        .build()
        .unwrap();
    (client, transport)
}

async fn parts_of(query: &LeadQuery) -> String {
    let (client, transport) = client(json!([]));
    client.fetch_lead_page(query, None).await.unwrap();
    let requests = transport.requests();
    // The first one is for the token.
    String::from_utf8(requests[1].body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_query_goes_to_the_clients_group_unless_it_names_another() {
    let sent = |object, group, size| {
        let parts = [
            ("user_id", USER),
            ("page_num", "1"),
            ("page_size", size),
            ("groupId", group),
            ("group_obj", object),
        ];
        multipart("multipart/form-data; boundary=leadtag-boundary-0", &parts)
    };
    let all = LeadQuery::all();
    assert_eq!(parts_of(&all).await, sent("leads_schema_data", "7", "50"));
    let other = LeadQuery::all().in_group("8").of_kind("member").with_page_size(200);
    assert_eq!(parts_of(&other).await, sent("member", "8", "200"));
}

#[tokio::test]
async fn what_the_platform_lacks_is_refused_before_anything_is_sent() {
    let (client, transport) = client(json!([]));
    let id = "77aba23e-2eea-e86e-2a2f-067f3b90d819".into();
    for error in [
        client.fetch_lead_page(&LeadQuery::all().since(Timestamp::UNIX_EPOCH), None).await.err(),
        client.fetch_lead_page(&LeadQuery::all().at_level("A"), None).await.err(),
        client.get_lead(&id).await.err(),
        client.fetch_interaction_page(&id, None).await.err(),
    ] {
        assert_eq!(error.unwrap().kind(), ErrorKind::Unsupported);
    }
    assert_eq!(transport.count(), 0);
}

#[test]
fn the_capabilities_are_those_of_a_group() {
    let can = lead_capabilities();
    assert!(can.list && can.filter_by_group && can.filter_by_kind && can.total);
    assert!(!can.get && !can.interactions && !can.filter_by_time && !can.filter_by_level);
    assert_eq!(can.max_page_size, None);
}

#[tokio::test]
async fn a_cursor_belongs_to_one_group_and_one_page_size() {
    let rows = (0..50).map(|n| json!({"identity_id": n.to_string()})).collect::<Vec<_>>();
    let (client, _) = client(rows.into());
    let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let cursor = page.next.unwrap();
    for query in [
        LeadQuery::all().in_group("8"),
        LeadQuery::all().of_kind("member"),
        LeadQuery::all().with_page_size(49),
    ] {
        let error = client.fetch_lead_page(&query, Some(&cursor)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
}

#[tokio::test]
async fn a_lead_has_an_id_whatever_its_row_has() {
    let rows = json!([
        {"identity_id": "one", "identity_value": "other"},
        {"identity_id": "", "identity_value": "other"},
        {"FullName": "王小明"},
        {"FullName": "王大明"},
    ]);
    let (client, _) = client(rows);
    let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let ids: Vec<&str> = page.items.iter().map(|lead| lead.id.as_str()).collect();
    assert_eq!(ids[..2], ["one", "other"]);
    assert!(
        ids[2].starts_with("row-") && ids[3].starts_with("row-") && ids[2] != ids[3],
        "{ids:?}"
    );
}

#[tokio::test]
async fn times_are_read_in_the_zone_that_was_set() {
    let (client, _) = client(json!([
        {"identity_id": "1", "CreatedTime": "2024-01-02 03:04:05"},
        {"identity_id": "2", "CreatedTime": "yesterday"},
        {"identity_id": "3", "CreatedTime": ""},
    ]));
    let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let times: Vec<_> = page.items.iter().map(|lead| lead.created_at.clone()).collect();
    assert_eq!(times[0].as_ref().unwrap().instant().unwrap().to_string(), "2024-01-02T03:04:05Z");
    assert_eq!((times[1].as_ref().unwrap().instant(), times[2].is_none()), (None, true));
}

#[tokio::test]
async fn odd_columns_and_unset_ones_are_all_kept_with_the_lead() {
    let row = json!({
        "identity_id": "1", "FullName": {"first": "王"}, "Company": null, "MobilePhone": "145678388",
        "Score-5": "-", "Industry": ["a", null], "Old": null, "is_del": 1,
    });
    let (client, _) = client(json!([row]));
    let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
    let lead = &page.items[0];
    assert_eq!(lead.raw.to_value().unwrap(), row);
    assert_eq!((lead.name.is_none(), lead.company.is_none()), (true, true));
    assert_eq!(lead.mobiles[0].reveal(), "145678388");
    for name in ["FullName", "Score-5", "Industry", "Old", "is_del"] {
        assert_eq!(lead.attributes.get(name), Some(&row[name]), "{name}");
    }
}
