//! The named faults in this platform's words.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::{Value, json};

use super::support::{ADD, LIST, TOKEN, Wire, column};

async fn code(wire: &Wire) -> Value {
    wire.get(LIST, &[]).await["errcode"].clone()
}

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::Busy, 1001),
        (Fault::IpNotTrusted, 113),
        (Fault::ErrorCode(114), 114),
        (Fault::ErrorCode(-1), -1),
    ] {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        let refused = wire.post(ADD, json!({ "name": "一次", "type": 2 })).await;
        assert_eq!(refused["errcode"], expected);
        assert!(refused["message"].is_string() && refused.get("data").is_none());
        assert_eq!(wire.admin().commits(ADD), 0);
        assert_eq!(wire.post(ADD, json!({ "name": "一次", "type": 2 })).await["errcode"], 0);
    }
}

#[tokio::test]
async fn a_faulty_token_is_really_gone_and_the_other_one_is_not() {
    for (fault, expected) in [(Fault::ExpiredToken, 111), (Fault::RevokedToken, 110)] {
        let mut wire = Wire::start().await;
        let old = wire.token.clone();
        wire.log_in().await;
        wire.admin().inject(fault);
        assert_eq!(code(&wire).await, expected);
        assert_eq!(code(&wire).await, expected);
        wire.token = old;
        assert_eq!(code(&wire).await, 0);
    }
}

#[tokio::test]
async fn the_token_of_a_post_is_taken_from_its_body() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::ExpiredToken);
    assert_eq!(wire.post(ADD, json!({ "name": "组" })).await["errcode"], 111);
    assert_eq!(code(&wire).await, 111);
}

#[tokio::test]
async fn a_token_invalid_for_ever_is_so_after_a_refresh_too() {
    let mut wire = Wire::start().await;
    wire.admin().inject(Fault::InvalidTokenForever);
    assert_eq!(code(&wire).await, 110);
    wire.log_in().await;
    assert_eq!(code(&wire).await, 110);
    wire.admin().clear_faults();
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn a_rate_limit_is_407_at_status_200_and_closes_that_api_for_60_seconds() {
    let wire = Wire::start().await;
    wire.admin().inject("rate-limited@smart-tag/list".parse::<FaultSpec>().unwrap());
    assert_eq!(code(&wire).await, 407);
    assert_eq!(wire.post(ADD, json!({ "name": "组" })).await["errcode"], 0);
    wire.admin().advance_clock(Duration::from_secs(50));
    assert_eq!(code(&wire).await, 407);
    wire.admin().advance_clock(Duration::from_secs(11));
    assert_eq!(code(&wire).await, 0);
}

#[tokio::test]
async fn the_token_call_is_spared_unless_it_is_named() {
    let wire = Wire::with(Sandbox::builder().fault(FaultSpec::new(Fault::Busy).always())).await;
    assert_eq!(code(&wire).await, 1001);
    wire.admin().clear_faults();
    wire.admin().inject(FaultSpec::new(Fault::Busy).on(TOKEN));
    assert_eq!(wire.get_token().await["errcode"], 1001);
    wire.admin().inject("busy@miaokol".parse::<FaultSpec>().unwrap());
    assert_eq!(wire.get_token().await["errcode"], 1001);
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let wire = Wire::start().await;
    let access = &wire.access;
    wire.admin().inject(Fault::EchoSecrets);
    let get = wire.get(LIST, &[]).await;
    wire.admin().inject(Fault::EchoSecrets);
    let post = wire.post(ADD, json!({ "name": "组" })).await;
    for echo in [get, post] {
        assert_eq!(echo["errcode"], 406);
        let text = echo["message"].as_str().unwrap();
        for leak in
            [&wire.token, &access.app_secret, &access.contact_wxid, "1990000", "@example.com"]
        {
            assert!(text.contains(leak), "{leak}: {text}");
        }
        assert_eq!(text.matches(&wire.token).count(), 2, "{text}");
    }
}

#[tokio::test]
async fn shifting_pages_put_a_group_on_top_behind_the_page_just_read() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::ShiftingPages);
    let first = wire.get(LIST, &[]).await;
    assert_eq!(first["pager"]["numRecords"], 13);
    let second = wire.get(LIST, &[("page", "2")]).await;
    assert_eq!(second["pager"]["numRecords"], 14);
    let (first, second) = (column(&first["data"], "id"), column(&second["data"], "id"));
    assert_eq!(second.first(), first.last());
    assert_eq!(wire.get(LIST, &[]).await["data"][0]["name"], "新分组");
    assert_eq!(wire.admin().commits(LIST), 0);
}

#[tokio::test]
async fn faults_this_platform_does_not_know_change_nothing() {
    for fault in
        [Fault::Concurrency, Fault::DataConflict, Fault::MissingErrcode, Fault::JsonWarning]
    {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        assert_eq!(code(&wire).await, 0, "{fault}");
        assert!(wire.admin().waiting_faults().is_empty());
    }
}

#[tokio::test]
async fn a_duplicate_cursor_waits_for_ever_where_there_are_no_cursors() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::DuplicateCursor);
    assert_eq!(wire.get(LIST, &[("page", "2")]).await["errcode"], 0);
    assert_eq!(wire.admin().waiting_faults().len(), 1);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_group_behind() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::LostReply);
    let url = format!("{}/{ADD}", wire.access.base_url);
    let body = wire.with_token(json!({ "name": "丢了", "type": 2 }));
    assert!(wire.http.post(url).json(&body).send().await.is_err());
    assert_eq!(wire.admin().commits(ADD), 1);
    assert_eq!(wire.group("丢了").await["type"], 2);
}
