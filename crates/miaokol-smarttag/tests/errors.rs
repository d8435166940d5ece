//! Every error code of the documents, through the client: what it becomes, and how often the call
//! is sent.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use leadtag_core::ErrorKind::{
    InvalidArgument, PermissionDenied, Platform, RateLimited, Unauthenticated,
};
use leadtag_core::RetryClass::{Never, Throttled, TokenRejected};
use leadtag_core::{Error, ErrorKind, RetryClass, RetryPolicy, Sent};
use miaokol_smarttag::classify;
use miaokol_smarttag::model::{ListSmartTags, UpdateContact};
use support::{DONE, Stub};

/// Code, kind, class, and how often a read with that answer is sent.
const ROWS: &[(i64, ErrorKind, RetryClass, usize)] = &[
    (1, Platform, Never, 1),
    (101, Unauthenticated, Never, 1),
    (102, Unauthenticated, Never, 1),
    (103, Unauthenticated, Never, 1),
    (110, Unauthenticated, TokenRejected, 2),
    (111, Unauthenticated, TokenRejected, 2),
    (112, Unauthenticated, Never, 1),
    (113, PermissionDenied, Never, 1),
    (114, PermissionDenied, Never, 1),
    (405, InvalidArgument, Never, 1),
    (406, InvalidArgument, Never, 1),
    (407, RateLimited, Throttled, 1),
    (1001, Platform, Never, 1),
    (-1, Platform, Never, 1),
    (123_456, Platform, Never, 1),
];

const WORDS: &str = "系统繁忙 some words";

fn refusal(code: i64) -> String {
    format!(r#"{{"errcode":{code},"message":"{WORDS}","data":""}}"#)
}

async fn list_error(stub: &Stub) -> Error {
    stub.client().list_smart_tags(&ListSmartTags::new()).await.unwrap_err()
}

#[tokio::test]
async fn every_code_has_its_kind_its_class_and_its_number_of_attempts() {
    let stub = Stub::answering("").await;
    for (code, kind, class, attempts) in ROWS.iter().copied() {
        let before = stub.calls().len();
        stub.answer(200, refusal(code));
        let error = list_error(&stub).await;
        assert_eq!((error.kind(), error.retry_class()), (kind, class), "{error}");
        assert_eq!(stub.calls().len() - before, attempts, "{error}");
        assert_eq!(error.platform_code(), Some(code));
        assert_eq!(error.platform_message(), Some(WORDS));
        assert_eq!((error.http_status(), error.sent()), (Some(200), Sent::Yes));
        assert_eq!(error.operation(), Some("smart-tag/list"));
        assert_eq!(error.advice().is_some(), !matches!(code, -1 | 123_456), "{error}");
    }
}

#[test]
fn the_table_is_the_same_without_a_client() {
    for (code, kind, class, _) in ROWS.iter().copied() {
        let (found, found_class, _) = classify(code);
        assert_eq!((found, found_class), (kind, class), "{code}");
    }
}

#[tokio::test]
async fn a_rate_limit_says_to_wait_a_minute_and_holds_every_endpoint() {
    let stub = Stub::answering(refusal(407)).await;
    let patience = RetryPolicy::default().with_deadline(Duration::from_secs(20));
    let client = stub.client().with_retry(patience);
    let error = client.list_smart_tags(&ListSmartTags::new()).await.unwrap_err();
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::from_secs(58) && wait <= Duration::from_secs(60), "{error}");
    let error = client.contact_info("78").await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (RateLimited, Sent::No));
    assert!(client.limiter().status("tenant").paused.is_some());
    stub.call();
}

#[tokio::test]
async fn a_refused_token_is_fetched_anew_once() {
    let stub = Stub::start([refusal(111), DONE.to_owned()]).await;
    stub.client().list_smart_tags(&ListSmartTags::new()).await.unwrap();
    assert_eq!((stub.calls().len(), stub.token_calls().len()), (2, 2));
}

#[tokio::test]
async fn a_code_in_quotes_is_a_code_and_a_code_that_is_none_is_not_success() {
    let stub = Stub::answering(r#"{"errcode":"406","message":null,"data":null}"#).await;
    assert_eq!(list_error(&stub).await.platform_code(), Some(406));
    stub.answer(200, r#"{"errcode":"many","data":[]}"#);
    assert_eq!(list_error(&stub).await.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_code_is_found_whatever_the_status_and_however_odd_the_rest() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (500, r#"{"errcode":406,"message":"x"}"#),
        (403, r#"{"errcode":406,"message":"x","data":"odd"}"#),
        (200, r#"{"data":[{"tags":7}],"errcode":406,"message":"x"}"#),
        (200, r#"{"data":{"id":1},"pager":[],"errcode":406,"message":"x"}"#),
    ] {
        stub.answer(status, body);
        let error = list_error(&stub).await;
        assert_eq!(error.platform_code(), Some(406), "{body}");
        assert_eq!(error.http_status(), Some(status));
    }
}

#[tokio::test]
async fn a_gateway_is_asked_again_for_what_may_be_sent_twice() {
    let html = (502, b"<html>bad gateway</html>".to_vec());
    let stub = Stub::with_statuses([html, (200, DONE.into())]).await;
    stub.client().update_contact(&UpdateContact::replace("16", "78", ["1"])).await.unwrap();
    assert_eq!(stub.calls().len(), 2);
}

#[tokio::test]
async fn wrong_credentials_are_sent_once_and_remembered() {
    let stub = Stub::answering(DONE).await;
    for code in [101, 102, 103, 113, 114] {
        stub.answer_token(refusal(code));
        let before = stub.token_calls().len();
        let client = stub.client();
        for _ in 0..3 {
            let error = client.list_smart_tags(&ListSmartTags::new()).await.unwrap_err();
            assert_eq!(error.platform_code(), Some(code));
        }
        assert_eq!(stub.token_calls().len() - before, 1, "{code}");
    }
    assert!(stub.calls().is_empty());
}
