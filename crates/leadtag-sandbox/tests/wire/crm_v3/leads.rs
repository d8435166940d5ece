//! `clue/list-by-create-time-asc`.

use leadtag_sandbox::Sandbox;
use serde_json::{Value, json};

use super::support::{Crm, LIST, PARAMETER, ids};

fn created(lead: &Value) -> &str {
    lead["createTime"].as_str().unwrap()
}

#[tokio::test]
async fn pages_hold_every_lead_once_in_the_order_of_creation() {
    let crm = Crm::with(Sandbox::builder().leads(95)).await;
    for size in [1, 2, 10, 94, 95, 96] {
        let pages = crm.pages(json!({ "size": size })).await;
        assert_eq!(pages.len(), 95_usize.div_ceil(size));
        let leads = pages.concat();
        assert!(leads.is_sorted_by(|a, b| created(a) <= created(b)));
        let mut ids = ids(&leads);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 95);
    }
}

#[tokio::test]
async fn leads_of_one_second_stand_at_the_edges_of_pages() {
    let crm = Crm::start().await;
    let pages = crm.pages(json!({ "size": 10 })).await;
    let edges = pages.windows(2).map(|two| [two[0].last().unwrap(), two[1].first().unwrap()]);
    assert!(edges.into_iter().any(|[last, first]| created(last) == created(first)));
}

#[tokio::test]
async fn the_last_page_has_no_next_cursor() {
    let crm = Crm::start().await;
    let data = crm.data(LIST, json!({ "size": 40 })).await;
    assert_eq!(data["list"].as_array().unwrap().len(), 40);
    assert!(data.get("nextCursor").is_none());
    let data = crm.data(LIST, json!({ "size": 39 })).await;
    assert!(data["nextCursor"].is_string());
}

#[tokio::test]
async fn since_is_inclusive_and_before_exclusive() {
    let crm = Crm::start().await;
    let all = crm.all(json!({ "size": 100 })).await;
    let (since, before) = (created(&all[6]), created(&all[12]));
    assert_ne!(created(&all[5]), since);
    let window = crm.all(json!({ "since": since, "before": before, "size": 4 })).await;
    let in_window = |lead: &&Value| (since..before).contains(&created(lead));
    assert_eq!(window, all.iter().filter(in_window).cloned().collect::<Vec<_>>());
    assert_eq!(window[0], all[6]);
    let none = crm.data(LIST, json!({ "since": since, "before": since })).await;
    assert_eq!(none, json!({ "list": [] }));
}

#[tokio::test]
async fn a_window_may_begin_and_end_in_any_year() {
    let crm = Crm::start().await;
    for (since, before, found) in [
        ("1900-01-01 00:00:00", "9999-12-31 23:59:59", 40),
        ("0000-02-29 00:00:00", "1969-12-31 23:59:59", 0),
        ("1969-12-31 23:59:59", "2021-05-11 15:15:49", 3),
    ] {
        let window = json!({ "since": since, "before": before, "size": 100 });
        assert_eq!(crm.all(window).await.len(), found, "{since}");
    }
}

#[tokio::test]
async fn every_second_as_a_window_finds_its_leads() {
    let crm = Crm::with(Sandbox::builder().leads(60).seed(3)).await;
    let all = crm.all(json!({ "size": 100 })).await;
    for lead in &all {
        let since = created(lead);
        let found = crm.all(json!({ "since": since, "size": 100 })).await;
        let from = all.iter().position(|other| created(other) == since).unwrap();
        assert_eq!(ids(&found), ids(&all[from..]));
    }
}

#[tokio::test]
async fn a_type_is_a_filter() {
    let crm = Crm::start().await;
    let of = async |kind: i64| crm.all(json!({ "type": kind, "size": 7 })).await;
    let (one, two, other) = (of(1).await, of(2).await, of(9).await);
    assert_eq!((one.len(), two.len(), other.len()), (32, 8, 0));
    assert!(two.iter().all(|lead| lead["type"] == 2));
}

#[tokio::test]
async fn a_page_has_10_rows_unless_told_otherwise_and_1000_at_most() {
    let crm = Crm::with(Sandbox::builder().leads(2_000)).await;
    for (size, rows) in
        [(Value::Null, 10), (json!(1), 1), (json!(1_000), 1_000), (json!(5_000), 1_000)]
    {
        let data = crm.data(LIST, json!({ "size": size })).await;
        assert_eq!(data["list"].as_array().unwrap().len(), rows);
    }
}

#[tokio::test]
async fn parameters_of_a_wrong_form_are_refused() {
    let crm = Crm::start().await;
    for body in [
        json!({ "size": 0 }),
        json!({ "size": -1 }),
        json!({ "size": "10" }),
        json!({ "type": "1" }),
        json!({ "cursor": 1 }),
        json!({ "cursor": "made-up" }),
        json!({ "since": 1_620_717_348 }),
        json!({ "since": "2021-05-11" }),
        json!({ "since": "2021-05-11T15:15:48+08:00" }),
        json!({ "before": "2021-05-11 15:15:48.000000" }),
        json!({ "before": "2021-02-30 00:00:00" }),
        json!({ "before": "1900-02-29 00:00:00" }),
        json!({ "before": "+021-02-28 00:00:00" }),
        json!({ "before": "20二-02-28 00:00:00" }),
        json!({ "pageNo": 1 }),
    ] {
        assert_eq!(crm.code(LIST, body.clone()).await, PARAMETER, "{body}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_query() {
    let crm = Crm::start().await;
    let first = crm.data(LIST, json!({ "size": 2, "type": 1 })).await;
    let cursor = &first["nextCursor"];
    let same = json!({ "size": 5, "type": 1, "cursor": cursor });
    assert_eq!(crm.code(LIST, same).await, 0);
    for other in [
        json!({ "cursor": cursor }),
        json!({ "cursor": cursor, "type": 2 }),
        json!({ "cursor": cursor, "type": 1, "since": "2021-05-11 15:15:48" }),
    ] {
        assert_eq!(crm.code(LIST, other).await, PARAMETER);
    }
    let start = json!({ "size": 2, "type": 1, "cursor": "" });
    assert_eq!(crm.data(LIST, start).await, first);
}

#[tokio::test]
async fn any_number_of_leads_costs_nothing_until_asked_for() {
    let crm = Crm::with(Sandbox::builder().leads(50_000_000)).await;
    let late = json!({ "since": "2024-12-31 23:50:00", "size": 1_000 });
    let leads = crm.all(late).await;
    assert!(leads.len() > 200, "{}", leads.len());
    assert!(leads.is_sorted_by_key(|lead| (created(lead).to_owned(), lead["customerId"].as_i64())));
    let last = leads.last().unwrap();
    assert_eq!(last["customerId"].to_string().len(), 15);
    assert_eq!(crm.lead(&last["customerId"]).await, *last);
    let none_of_the_kind =
        crm.data(LIST, json!({ "type": 9, "since": "2024-12-01 00:00:00" })).await;
    assert_eq!(none_of_the_kind, json!({ "list": [] }));
}

#[tokio::test]
async fn a_tenant_without_leads_has_an_empty_list() {
    let crm = Crm::with(Sandbox::builder().leads(0)).await;
    assert_eq!(crm.data(LIST, json!({})).await, json!({ "list": [] }));
}

#[tokio::test]
async fn an_inserted_lead_is_the_newest() {
    let crm = Crm::start().await;
    let first = crm.data(LIST, json!({ "size": 39 })).await;
    let id = crm.admin().insert_crm_lead();
    let query = json!({ "size": 39, "cursor": first["nextCursor"] });
    let rest = crm.data(LIST, query).await;
    let rest = rest["list"].as_array().unwrap();
    assert_eq!(rest.len(), 2);
    assert_eq!(rest[1]["customerId"].to_string(), id);
    assert_eq!(crm.lead(&rest[1]["customerId"]).await, rest[1]);
}

#[tokio::test]
async fn a_lead_inserted_at_a_time_stands_at_its_place() {
    let crm = Crm::start().await;
    let at = "2021-05-11 15:15:48";
    let id = crm.admin().insert_crm_lead_at(at).unwrap();
    let second = crm.all(json!({ "since": at, "before": "2021-05-11 15:15:49" })).await;
    assert_eq!(second.len(), 4);
    assert_eq!(second[3]["customerId"].to_string(), id);
    assert_eq!(crm.all(json!({ "size": 3 })).await.len(), 41);
    assert_eq!(crm.admin().insert_crm_lead_at("2021-05-11"), None);
}

#[tokio::test]
async fn an_edited_lead_changes_its_value_and_update_time_but_not_its_place() {
    let crm = Crm::start().await;
    let before = crm.all(json!({ "size": 100 })).await;
    let id = before[5]["customerId"].to_string();
    assert!(crm.admin().edit_crm_lead(&id, "description", "改过"));
    let after = crm.all(json!({ "size": 100 })).await;
    assert_eq!(ids(&after), ids(&before));
    assert_eq!(super::support::field(&after[5], "description"), "改过");
    assert_eq!(after[5]["createTime"], before[5]["createTime"]);
    assert!(after[5]["lastUpdateTime"].as_str() > before[5]["lastUpdateTime"].as_str());
    for (id, field, value) in
        [("8", "description", "x"), (id.as_str(), "nothing", "x"), (id.as_str(), "gender", "7")]
    {
        assert!(!crm.admin().edit_crm_lead(id, field, value));
    }
}
