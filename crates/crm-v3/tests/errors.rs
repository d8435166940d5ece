//! Every known error code, through the client: what it becomes, and how often the call is sent.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use crm_v3::classify;
use crm_v3::model::{GetClue, ListClueFollowUps};
use leadtag_core::ErrorKind::{AlreadyExists, Platform, Unauthenticated};
use leadtag_core::{Error, ErrorKind, LeadQuery, LeadsProvider, RetryClass, Sent};
use support::{Stub, ok};

/// Code, kind, and whether there is an advice. Nothing is ever sent again.
const ROWS: &[(i64, ErrorKind, bool)] = &[
    (1002, Unauthenticated, true),
    (1003, Unauthenticated, true),
    (40417, AlreadyExists, true),
    (40418, Platform, false),
    (-1, Platform, false),
    (990_001, Platform, false),
    (9_007_199_254_740_993, Platform, false),
];

fn refusal(code: i64) -> String {
    format!(r#"{{"code":{code},"message":"some words"}}"#)
}

async fn get_error(stub: &Stub) -> Error {
    stub.client().get_clue(&GetClue::new(8)).await.unwrap_err()
}

#[tokio::test]
async fn every_code_has_its_kind_and_is_sent_once() {
    let stub = Stub::answering("").await;
    for (code, kind, advised) in ROWS.iter().copied() {
        let before = stub.calls().len();
        stub.answer(200, refusal(code));
        let error = get_error(&stub).await;
        assert_eq!((error.kind(), error.retry_class()), (kind, RetryClass::Never), "{error}");
        assert_eq!(stub.calls().len() - before, 1, "{error}");
        assert_eq!(error.platform_code(), Some(code));
        assert_eq!(error.platform_message(), Some("some words"));
        assert_eq!((error.http_status(), error.sent()), (Some(200), Sent::Yes));
        assert_eq!(error.operation(), Some("clue/get"));
        assert_eq!(error.advice().is_some(), advised, "{error}");
        let (found, class, _) = classify(code);
        assert_eq!((found, class), (kind, RetryClass::Never));
    }
}

#[tokio::test]
async fn too_many_calls_are_a_rate_limit_whatever_the_code() {
    let stub = Stub::answering("").await;
    stub.answer(429, refusal(429));
    let error = get_error(&stub).await;
    assert_eq!(
        (error.kind(), error.retry_class()),
        (ErrorKind::RateLimited, RetryClass::Throttled)
    );
    assert_eq!(error.platform_code(), Some(429));
}

#[tokio::test]
async fn a_success_that_the_status_denies_is_none() {
    let stub = Stub::answering("").await;
    for (status, kind) in
        [(429, ErrorKind::RateLimited), (302, ErrorKind::Transport), (404, ErrorKind::Transport)]
    {
        stub.answer(status, ok("null"));
        let error = stub.client().fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
    }
}

#[tokio::test]
async fn a_code_is_found_whatever_the_status_and_however_odd_the_rest() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (500, r#"{"code":40417,"message":"x"}"#),
        (403, r#"{"code":"40417","message":null,"data":"odd"}"#),
        (200, r#"{"data":{"fields":7},"message":"x","code":40417}"#),
        (200, r#"{"data":[],"code":40417}"#),
    ] {
        stub.answer(status, body);
        let error = get_error(&stub).await;
        assert_eq!(error.platform_code(), Some(40417), "{body}");
        assert_eq!(error.http_status(), Some(status));
    }
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_sent_once_whatever_the_status() {
    let stub = Stub::answering("").await;
    for status in [400, 500, 503] {
        stub.answer(status, refusal(990_001));
        let before = stub.calls().len();
        let error = get_error(&stub).await;
        assert_eq!((error.kind(), error.retry_class()), (Platform, RetryClass::Never), "{status}");
        assert_eq!(stub.calls().len() - before, 1, "{status}");
    }
}

#[tokio::test]
async fn an_answer_without_a_code_is_no_success() {
    let stub = Stub::answering("").await;
    for body in ["{}", r#"{"data":{"customerId":8}}"#, r#"{"code":null,"data":{}}"#, "[]", "null"] {
        stub.answer(200, body);
        assert_eq!(get_error(&stub).await.kind(), ErrorKind::Decode, "{body}");
    }
}

#[tokio::test]
async fn an_odd_lead_is_an_error_that_repeats_nothing_of_it() {
    let stub = Stub::answering(ok(r#"{"customerId":"canary-19900001234"}"#)).await;
    let error = get_error(&stub).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn an_answer_without_a_lead_means_that_there_is_none() {
    let stub = Stub::answering("").await;
    for body in [r#"{"code":0,"message":"ok","data":null}"#, r#"{"code":0,"message":"ok"}"#] {
        stub.answer(200, body);
        let error = get_error(&stub).await;
        assert_eq!((error.kind(), error.sent()), (ErrorKind::NotFound, Sent::Yes));
    }
}

#[tokio::test]
async fn a_list_that_is_missing_is_not_the_end_of_the_list() {
    let stub = Stub::answering(r#"{"code":0,"message":"ok"}"#).await;
    let client = stub.client();
    let error = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Decode, Sent::Yes));
    let error = client.list_clue_follow_ups(&ListClueFollowUps::of(8)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(client.list_tag_tree().await.unwrap_err().kind(), ErrorKind::Decode);
    for empty in ["null", "{}"] {
        stub.answer(200, ok(empty));
        assert!(client.list_tag_tree().await.unwrap().is_empty(), "{empty}");
    }
    for empty in ["null", "{}", r#"{"nextCursor":""}"#, r#"{"list":null}"#, r#"{"list":{}}"#] {
        stub.answer(200, ok(empty));
        let page = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap();
        assert!(page.items.is_empty() && page.next.is_none(), "{empty}");
    }
    for without in [r#"{"totalPage":1,"data":[]}"#, r#"{"records":[{"customerId":8}]}"#] {
        stub.answer(200, ok(without));
        let error = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Decode, Sent::Yes), "{without}");
        let error = client.list_clue_follow_ups(&ListClueFollowUps::of(8)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{without}");
    }
}

#[tokio::test]
async fn the_word_for_success_does_not_matter() {
    for word in [r#""ok""#, r#""success""#, "null", r#""error""#] {
        let body =
            format!(r#"{{"code":0,"message":{word},"data":{{"customerId":8}},"traceId":"t"}}"#);
        let reply = Stub::answering(body).await.client().get_clue(&GetClue::new(8)).await.unwrap();
        assert_eq!((reply.value.customer_id, reply.value.extra.len()), (8, 0));
        assert!(reply.extra.get("traceId").is_some());
    }
}
