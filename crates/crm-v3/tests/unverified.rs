//! The writes of the feature `unverified`: their exact bodies, and that none is sent twice.
#![cfg(all(feature = "reqwest", feature = "unverified"))]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;

use crm_v3::CrmV3Client;
use crm_v3::model::{
    AddClue, EditClueField, EditRelationField, FieldById, FieldValueByAlias, FieldValuesByAlias,
    HighseasCustomer, ImportCustomer, MapProfileField, SaveHighseas, UpdateCustomer,
};
use leadtag_core::{Error, ErrorKind, Sent};
use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};
use serde_json::json;
use support::{APP_ID, APP_KEY, Stub, ok};

fn add() -> AddClue {
    AddClue::named("王小明").with_mobiles(["19900009999"]).with_fields([
        FieldValueByAlias::new("customer_stage", 396_823_724_189_760_i64),
        FieldValueByAlias::new("预算", 1000.5),
    ])
}

async fn all(client: &CrmV3Client) -> Vec<(&'static str, &'static str, Option<Error>)> {
    let values = || [FieldValuesByAlias::new("name", ["王小明"])];
    let pool = SaveHighseas(vec![HighseasCustomer::new([FieldById::new(104_217, ["王小明"])])]);
    vec![
        (
            "add-clue",
            r#"{"customerName":"王小明","mobiles":["19900009999"],"fields":[{"alias":"customer_stage","fieldValue":396823724189760},{"alias":"预算","fieldValue":1000.5}]}"#,
            client.add_clue(&add()).await.err(),
        ),
        (
            "clue/edit-field",
            r#"{"customerId":8,"field":"name","valueAsText":"王"}"#,
            client.edit_clue_field(&EditClueField::new(8, "name", "王")).await.err(),
        ),
        (
            "import-customer",
            r#"{"qwUserId":"lina","fields":[{"alias":"name","values":["王小明"]}]}"#,
            client.import_customer(&ImportCustomer::of("lina", values())).await.err(),
        ),
        (
            "save-highseas",
            r#"[{"fields":[{"id":104217,"value":["王小明"]}]}]"#,
            client.save_highseas(&pool).await.err(),
        ),
        (
            "customer/update-by-id",
            r#"{"customerId":8,"fields":[{"alias":"name","values":["王小明"]}]}"#,
            client.update_customer(&UpdateCustomer::new(8, values())).await.err(),
        ),
        (
            "customer-relation/edit-field",
            r#"{"customerId":8,"qwUserId":"lina","field":"name","valueAsText":""}"#,
            client.edit_relation_field(&EditRelationField::new(8, "lina", "name", "")).await.err(),
        ),
        (
            "profile-fields/map",
            r#"{"fieldId":"104220","alias":"name"}"#,
            client.map_profile_field(&MapProfileField::new(104_220, "name")).await.err(),
        ),
    ]
}

#[tokio::test]
async fn every_write_has_its_path_and_its_exact_body() {
    let stub = Stub::answering(ok("410983932389440")).await;
    let sent = all(&stub.client()).await;
    for ((api, body, error), call) in sent.into_iter().zip(stub.calls()) {
        assert!(error.is_none(), "{error:?}");
        assert_eq!((call.path, call.method.as_str()), (format!("/api/v3/{api}"), "POST"));
        assert_eq!(String::from_utf8(call.body).unwrap(), body);
    }
}

#[tokio::test]
async fn no_write_is_sent_again_when_its_outcome_is_unknown() {
    for reply in [
        Reply::maybe_sent(),
        Reply::bytes(r#"{"code":0,"da"#).then_break(),
        Reply::status(http::StatusCode::BAD_GATEWAY),
        Reply::hang(),
    ] {
        let reply = Arc::new(reply);
        let answer = Arc::clone(&reply);
        let transport = Arc::new(ReplayTransport::handler(move |_| (*answer).clone()));
        let clock = ManualClock::new();
        let client = CrmV3Client::builder()
            .app_id(APP_ID)
            .app_key(APP_KEY)
            .base_url("http://127.0.0.1")
            .transport(Arc::clone(&transport) as _)
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let sent = clock.run(all(&client)).await;
        assert_eq!(transport.count(), sent.len(), "{reply:?}");
        for (api, _, error) in sent {
            assert_eq!(error.unwrap().sent(), Sent::Maybe, "{api} {reply:?}");
        }
    }
}

#[tokio::test]
async fn the_id_of_a_new_lead_is_exact_in_either_spelling() {
    for (data, id) in
        [("410983932389440", 410_983_932_389_440), (r#""410983932389441""#, 410_983_932_389_441)]
    {
        let stub = Stub::answering(ok(data)).await;
        assert_eq!(stub.client().add_clue(&add()).await.unwrap().value, id);
    }
    for none in ["null", r#""""#, "{}"] {
        let stub = Stub::answering(ok(none)).await;
        let error = stub.client().add_clue(&add()).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Decode, Sent::Yes), "{none}");
    }
}

#[tokio::test]
async fn what_the_platform_would_misread_is_refused_before_anything_is_sent() {
    let stub = Stub::answering(ok("1")).await;
    let client = stub.client();
    let nothing = || Vec::<FieldValuesByAlias>::new();
    for error in [
        client.add_clue(&AddClue::named(" ")).await.map(drop),
        client.add_clue(&AddClue::named("x").with_mobiles([""])).await.map(drop),
        client.edit_clue_field(&EditClueField::new(0, "name", "x")).await.map(drop),
        client.edit_clue_field(&EditClueField::new(1, "", "x")).await.map(drop),
        client.import_customer(&ImportCustomer::of("lina", nothing())).await.map(drop),
        client.update_customer(&UpdateCustomer::new(1, nothing())).await.map(drop),
        client.save_highseas(&SaveHighseas(Vec::new())).await.map(drop),
        client.map_profile_field(&MapProfileField::new("", "x")).await.map(drop),
    ] {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidArgument);
    }
    assert!(stub.calls().is_empty());
}

#[tokio::test]
async fn no_body_prints_personal_data() {
    let field = FieldValuesByAlias::new("name", ["canary"]);
    let pool = SaveHighseas(vec![HighseasCustomer::new([FieldById::new(1, ["canary"])])]);
    let printed = format!(
        "{:?} {:?} {:?} {:?} {pool:?}",
        AddClue::named("canary")
            .with_mobiles(["19900001234"])
            .with_fields([FieldValueByAlias::new("x", json!("canary"))]),
        EditClueField::new(1, "name", "canary"),
        EditRelationField::new(1, "lina", "name", "canary"),
        ImportCustomer::of("lina", [field]),
    );
    assert!(!printed.contains("canary") && !printed.contains("19900001234"), "{printed}");
}

async fn sandboxed() -> (Sandbox, CrmV3Client) {
    let sandbox = Sandbox::start().await.unwrap();
    let access = sandbox.crm_v3();
    let client = CrmV3Client::builder()
        .app_id(access.app_id)
        .app_key(access.app_key)
        .base_url(&access.base_url)
        .build()
        .unwrap();
    (sandbox, client)
}

#[tokio::test]
async fn a_lead_whose_reply_was_lost_is_not_added_twice() {
    for fault in [Fault::LostReply, Fault::Truncated] {
        let (sandbox, client) = sandboxed().await;
        sandbox.admin().inject(FaultSpec::new(fault).on("add-clue"));
        let lost = AddClue::named("王小明").with_mobiles(["19900009999"]);
        let error = client.add_clue(&lost).await.unwrap_err();
        assert_eq!(error.sent(), Sent::Maybe, "{fault}: {error}");
        assert_eq!(
            (sandbox.admin().calls("add-clue"), sandbox.admin().commits("add-clue")),
            (1, 1)
        );
        let again = client.add_clue(&lost).await.unwrap_err();
        assert_eq!((again.kind(), again.platform_code()), (ErrorKind::AlreadyExists, Some(40417)));
        assert_eq!(sandbox.admin().commits("add-clue"), 1);
    }
}

#[tokio::test]
async fn what_is_added_and_edited_is_read_again() {
    let (_sandbox, client) = sandboxed().await;
    client.map_profile_field(&MapProfileField::new(105_002, "needs")).await.unwrap();
    let add = AddClue::named("王小明")
        .with_mobiles(["19900009999"])
        .with_fields([FieldValueByAlias::new("needs", "第一行\n第二行")]);
    let id = client.add_clue(&add).await.unwrap().value;
    client.edit_clue_field(&EditClueField::new(id, "corp_name", "虚构公司")).await.unwrap();
    let values = [FieldValuesByAlias::new("description", ["新"])];
    client.update_customer(&UpdateCustomer::new(id, values)).await.unwrap();
    let clue = client.get_clue(&crm_v3::model::GetClue::new(id)).await.unwrap();
    for (field, value) in [
        ("name", "王小明"),
        ("needs", "第一行\n第二行"),
        ("corp_name", "虚构公司"),
        ("description", "新"),
    ] {
        assert_eq!(clue.text(field).unwrap().reveal(), value);
    }
    assert_eq!(clue.mobiles(), ["19900009999".into()]);
}
