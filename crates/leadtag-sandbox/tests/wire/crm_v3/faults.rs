//! The named faults in this platform's words.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};

use super::support::{ADD, Crm, ECHO, GET, LIST, LIST_API, TAGS, date, ids, now};

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::ExpiredToken, 1003),
        (Fault::RevokedToken, 1002),
        (Fault::ErrorCode(40417), 40417),
        (Fault::ErrorCode(-7), -7),
        (Fault::ErrorCode(28_001_056), 28_001_056),
    ] {
        let crm = Crm::start().await;
        crm.admin().inject(fault);
        let body = json!({ "customerName": "甲", "mobiles": ["19900009001"] });
        assert_eq!(crm.code(ADD, body.clone()).await, expected);
        assert_eq!(crm.admin().commits("add-clue"), 0);
        assert_eq!(crm.code(ADD, body).await, 0);
    }
}

#[tokio::test]
async fn an_expired_token_is_a_clock_an_hour_ahead() {
    let crm = Crm::start().await;
    crm.admin().inject(Fault::ExpiredToken);
    let response = crm.send(ECHO, "{}").await;
    assert!(date(&response).abs_diff(now() + 3_600_000) < 60_000);
}

#[tokio::test]
async fn a_signature_refused_for_ever_is_so_until_the_faults_are_cleared() {
    let crm = Crm::start().await;
    crm.admin().inject(Fault::InvalidTokenForever);
    for _ in 0..3 {
        assert_eq!(crm.code(ECHO, json!({})).await, 1002);
    }
    crm.admin().clear_faults();
    assert_eq!(crm.code(ECHO, json!({})).await, 0);
}

#[tokio::test]
async fn what_has_no_documented_code_is_a_status_of_the_gateway() {
    for (fault, status) in [(Fault::Busy, 503), (Fault::IpNotTrusted, 403)] {
        let crm = Crm::start().await;
        crm.admin().inject(fault);
        let response = crm.send(ECHO, "{}").await;
        assert_eq!(response.status(), status);
        assert!(response.json::<Value>().await.is_err());
        assert_eq!(crm.code(ECHO, json!({})).await, 0);
    }
}

#[tokio::test]
async fn a_rate_limit_closes_that_api_for_60_seconds() {
    let crm = Crm::start().await;
    crm.admin().inject(FaultSpec::new(Fault::RateLimited).on("echo"));
    for _ in 0..2 {
        let response = crm.send(ECHO, "{}").await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (429, &"60".parse().unwrap())
        );
    }
    assert_eq!(crm.code(TAGS, json!({})).await, 0);
    crm.admin().advance_clock(Duration::from_secs(61));
    assert_eq!(crm.code(ECHO, json!({})).await, 0);
}

#[tokio::test]
async fn faults_of_other_platforms_leave_the_answer_alone() {
    for fault in
        [Fault::Concurrency, Fault::DataConflict, Fault::MissingErrcode, Fault::JsonWarning]
    {
        let crm = Crm::start().await;
        crm.admin().inject(fault);
        let answer = crm.send(ECHO, "{\"a\":1}").await.text().await.unwrap();
        assert_eq!(answer, r#"{"code":0,"message":"success","data":{"a":1}}"#);
        assert!(crm.admin().waiting_faults().is_empty());
    }
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let crm = Crm::start().await;
    crm.admin().inject(Fault::EchoSecrets);
    let echo = crm.post(GET, json!({ "customerId": 4_711 })).await;
    assert_eq!(echo["code"], 1002);
    let text = echo["message"].as_str().unwrap();
    let sent = crm.admin().requests("clue/get").remove(0);
    let signature = sent.headers.iter().find(|(name, _)| name == "sign").unwrap().1.clone();
    for leak in
        [crm.access.app_key.as_str(), &signature, "4711", "mobile=19900000001", "kehu@example.com"]
    {
        assert!(text.contains(leak), "{leak}: {text}");
    }
}

#[tokio::test]
async fn a_duplicate_cursor_waits_for_a_call_with_a_cursor() {
    let crm = Crm::start().await;
    crm.admin().inject(FaultSpec::new(Fault::DuplicateCursor).times(2));
    let first = crm.data(LIST, json!({ "size": 2 })).await;
    let cursor = &first["nextCursor"];
    let second = crm.data(LIST, json!({ "size": 2, "cursor": cursor })).await;
    assert_eq!(second["nextCursor"], *cursor);
    assert_ne!(second["list"], first["list"]);
    // On what would be the last page too.
    let last = crm.data(LIST, json!({ "size": 100, "cursor": cursor })).await;
    assert_eq!(last["nextCursor"], *cursor);
}

#[tokio::test]
async fn shifting_pages_repeat_a_row_and_leave_a_new_lead_behind() {
    let crm = Crm::start().await;
    let before = crm.all(json!({ "size": 100 })).await;
    crm.admin().inject(FaultSpec::new(Fault::ShiftingPages).on(LIST_API));
    let pages = crm.pages(json!({ "size": 10 })).await;
    assert_eq!(pages[1][0], pages[0][9]);
    let mut read = ids(&pages.concat());
    read.dedup();
    assert_eq!(read, ids(&before));
    let after = crm.all(json!({ "size": 100 })).await;
    assert_eq!(after.len(), 41);
    let new: Vec<_> = after.iter().filter(|lead| !before.contains(lead)).collect();
    assert_eq!(new[0]["createTime"], before[0]["createTime"]);
}

#[tokio::test]
async fn shifting_pages_do_nothing_to_other_calls_and_empty_pages() {
    let crm = Crm::start().await;
    crm.admin().inject(FaultSpec::new(Fault::ShiftingPages).times(2));
    crm.data(TAGS, json!({})).await;
    let empty = json!({ "since": "2025-01-01 00:00:00", "before": "2025-01-02 00:00:00" });
    assert_eq!(crm.data(LIST, empty).await, json!({ "list": [] }));
    assert_eq!(crm.all(json!({ "size": 100 })).await.len(), 40);
}

#[tokio::test]
async fn a_lost_reply_is_committed() {
    let crm = Crm::start().await;
    crm.admin().inject(FaultSpec::new(Fault::LostReply).on("add-clue"));
    let body = json!({ "customerName": "甲", "mobiles": ["19900009001"] });
    let lost = crm.request(ADD, &now().to_string(), &body.to_string()).send().await;
    assert!(lost.is_err());
    assert_eq!(crm.admin().commits("add-clue"), 1);
    assert_eq!(crm.code(ADD, body).await, 40417);
}

#[tokio::test]
async fn faults_are_injected_by_the_names_of_calls_and_platform() {
    let crm = Crm::start().await;
    crm.admin().inject("error-code:5@crm-v3".parse::<FaultSpec>().unwrap());
    crm.admin().inject("error-code:6@clue/get".parse::<FaultSpec>().unwrap());
    assert_eq!(crm.code(ECHO, json!({})).await, 5);
    assert_eq!(crm.code(ECHO, json!({})).await, 0);
    let sample = json!({ "customerId": crm.access.sample_customer_id });
    assert_eq!(crm.code(GET, sample).await, 6);
}
