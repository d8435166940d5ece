//! Pages by number and size, on a list that moves.

use std::collections::BTreeSet;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::json;

use super::support::{DATA_LIST, DELETE, Wire, column};

async fn identities(wire: &Wire, pages: impl Iterator<Item = u64>, size: u64) -> Vec<String> {
    let mut all = Vec::new();
    for page in pages {
        all.extend(column(&wire.page(page, size).await, "identity_id"));
    }
    all
}

#[tokio::test]
async fn pages_hold_every_row_once_while_nothing_moves() {
    let wire = Wire::start().await;
    let whole = identities(&wire, 1..=1, 40).await;
    assert_eq!(identities(&wire, 1..=6, 7).await, whole);
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), 40);
}

#[tokio::test]
async fn a_lead_inserted_at_the_top_moves_the_rows_down() {
    let wire = Wire::start().await;
    let before = identities(&wire, 1..=4, 10).await;
    let inserted = wire.admin().insert_beschannels_lead();
    let after = identities(&wire, 1..=4, 10).await;
    assert_eq!(after[0], inserted);
    assert_eq!(after[1..], before[..39]);
    let data = wire.page(1, 1).await;
    assert_eq!(data["total"], 41);
    assert!(data["list"][0]["CreatedTime"].as_str().unwrap() > "2025");
}

#[tokio::test]
async fn an_inserted_lead_is_in_every_group_but_the_empty_one() {
    let wire = Wire::start().await;
    let inserted = wire.admin().insert_beschannels_lead();
    let (small, empty) = (wire.access.small_group_id.clone(), wire.access.empty_group_id.clone());
    let data = wire.list(&[("groupId", &small)]).await;
    assert_eq!((&data["total"], &column(&data, "identity_id")[0]), (&json!(11), &inserted));
    assert_eq!(wire.list(&[("groupId", &empty)]).await["total"], 0);
}

#[tokio::test]
async fn a_deleted_lead_moves_the_rows_up_in_every_group() {
    let wire = Wire::start().await;
    wire.admin().insert_beschannels_lead();
    let (newest, small) = (wire.newest_id().await, wire.access.small_group_id.clone());
    let before = identities(&wire, 1..=1, 41).await;
    let few = column(&wire.list(&[("groupId", &small)]).await, "identity_id");
    // The newest seeded lead of the small group is its second row.
    let position = before.iter().position(|identity| *identity == few[1]).unwrap();
    let gone = newest - u64::try_from(position).unwrap();
    let delete = json!({ "leads_id": [newest, gone] });
    assert_eq!(wire.post(DELETE, delete).await["code"], 0);
    let mut expected = before.clone();
    expected.remove(position);
    expected.remove(0);
    assert_eq!(identities(&wire, 1..=13, 3).await, expected);
    let data = wire.list(&[("groupId", &small)]).await;
    assert_eq!(column(&data, "identity_id"), few[2..]);
    assert_eq!(data["total"], 9);
}

#[tokio::test]
async fn shifting_pages_puts_a_lead_on_top_between_the_first_page_and_the_next() {
    for skip in [0, 1] {
        let wire = Wire::start().await;
        let still = identities(&wire, 1..=2, 10).await;
        wire.admin().inject(FaultSpec::new(Fault::ShiftingPages).on("group-user-list").skip(skip));
        let moved = identities(&wire, 1..=2, 10).await;
        assert_eq!(moved[..10], still[..10]);
        assert_eq!(moved[10..], still[9..19], "the last row of page 1 comes again");
        assert_eq!(wire.page(1, 1).await["total"], 41);
        assert_eq!(identities(&wire, 1..=1, 10).await[1..], still[..9]);
    }
}

#[tokio::test]
async fn shifting_pages_moves_the_list_that_is_read_and_no_other() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::ShiftingPages).on("data-list-v2"));
    let body = json!({
        "user_id": wire.access.user_id,
        "client_type": "clientsCustomers",
        "page_num": 1,
        "page_size": 5,
    });
    let first = wire.post(DATA_LIST, body.clone()).await;
    let second = wire.post(DATA_LIST, body).await;
    assert_eq!((&first["data"]["total"], &second["data"]["total"]), (&json!(40), &json!(41)));
    assert_eq!(wire.page(1, 1).await["total"], 40);
}

#[tokio::test]
async fn millions_of_leads_are_made_when_asked_for() {
    let wire = Wire::with(Sandbox::builder().leads(100_000_000)).await;
    let data = wire.page(1_000_000, 100).await;
    assert_eq!(data["total"], 100_000_000);
    assert_eq!(data["list"].as_array().unwrap().len(), 100);
    let snapshot = wire.admin().snapshot();
    let newest = &snapshot["beschannels"]["objects"]["leads_schema_data"]["newest"];
    assert_eq!(newest.as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn no_leads_at_all_are_an_empty_list() {
    let wire = Wire::with(Sandbox::builder().leads(0)).await;
    let data = wire.page(1, 10).await;
    assert_eq!((&data["total"], &data["list"]), (&json!(0), &json!([])));
    wire.admin().insert_beschannels_lead();
    assert_eq!(wire.page(1, 10).await["total"], 1);
}
