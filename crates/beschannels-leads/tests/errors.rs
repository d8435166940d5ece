//! Every error code of the documents, through the client: what it becomes, and how often the
//! call is sent.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use beschannels_leads::classify;
use beschannels_leads::model::{GroupUserList, LeadsDetails, SaveUserBehavior};
use leadtag_core::ErrorKind::{
    AlreadyExists, InvalidArgument, NotFound, PermissionDenied, Platform, Unauthenticated,
};
use leadtag_core::RetryClass::{Busy, Never, TokenRejected};
use leadtag_core::{Error, ErrorKind, RetryClass, Sent};
use support::{Stub, USER};

/// Code, kind, class, and how often a read with that answer is sent.
const ROWS: &[(i64, ErrorKind, RetryClass, usize)] = &[
    (-1, Platform, Never, 1),
    (-2, InvalidArgument, Never, 1),
    (-3, Platform, Busy, 4),
    (1, Platform, Never, 1),
    (2, Unauthenticated, TokenRejected, 2),
    (3, PermissionDenied, Never, 1),
    (1000, Platform, Never, 1),
    (1001, PermissionDenied, Never, 1),
    (10_000, InvalidArgument, Never, 1),
    (10_001, InvalidArgument, Never, 1),
    (10_002, InvalidArgument, Never, 1),
    (10_006, InvalidArgument, Never, 1),
    (10_007, InvalidArgument, Never, 1),
    (13_232, InvalidArgument, Never, 1),
    (13_233, InvalidArgument, Never, 1),
    (13_234, InvalidArgument, Never, 1),
    (30_001, AlreadyExists, Never, 1),
    (30_002, InvalidArgument, Never, 1),
    (30_003, Platform, Never, 1),
    (30_004, AlreadyExists, Never, 1),
    (30_005, Platform, Never, 1),
    (30_006, NotFound, Never, 1),
    (30_007, Platform, Never, 1),
    (30_008, Platform, Never, 1),
    (30_009, Platform, Never, 1),
    (30_010, NotFound, Never, 1),
    (30_011, Platform, Never, 1),
    (30_012, Platform, Never, 1),
    (30_013, InvalidArgument, Never, 1),
    (30_014, InvalidArgument, Never, 1),
    (30_015, InvalidArgument, Never, 1),
    (30_016, InvalidArgument, Never, 1),
    (30_017, InvalidArgument, Never, 1),
    (30_018, Platform, Never, 1),
    (123_456, Platform, Never, 1),
];

const WORDS: &str = "参数错误";

fn refusal(code: i64) -> String {
    format!(r#"{{"code":{code},"msg":"{WORDS}","data":[]}}"#)
}

async fn read_error(stub: &Stub) -> Error {
    stub.client().group_user_list(&GroupUserList::new(USER, "member")).await.unwrap_err()
}

fn behavior() -> SaveUserBehavior {
    SaveUserBehavior::new("mobile", "19900001234", "visit", "2024-01-02 03:04:05")
}

#[tokio::test]
async fn a_code_is_read_from_an_answer_that_is_not_utf8() {
    let stub = Stub::answering("").await;
    stub.answer(200, &b"{\"code\":30006,\"msg\":\"\xb1\xea\",\"data\":\"\xb1\"}"[..]);
    assert_eq!(read_error(&stub).await.kind(), NotFound);
}

#[tokio::test]
async fn every_code_has_its_kind_its_class_and_its_number_of_attempts() {
    let stub = Stub::answering("").await;
    for (code, kind, class, attempts) in ROWS.iter().copied() {
        let before = stub.calls().len();
        stub.answer(200, refusal(code));
        let error = read_error(&stub).await;
        assert_eq!((error.kind(), error.retry_class()), (kind, class), "{error}");
        assert_eq!(stub.calls().len() - before, attempts, "{error}");
        assert_eq!((error.platform_code(), error.platform_message()), (Some(code), Some(WORDS)));
        assert_eq!((error.http_status(), error.sent()), (Some(200), Sent::Yes));
        assert_eq!(error.operation(), Some("group-user-list"));
        assert_eq!(error.advice().is_some(), !matches!(code, 30_018 | 123_456), "{error}");
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
async fn the_status_tells_what_the_code_does_not() {
    let stub = Stub::answering("").await;
    for (status, code, kind) in [
        (429, 429, ErrorKind::RateLimited),
        (429, 0, ErrorKind::RateLimited),
        (429, 1001, PermissionDenied),
        (500, 0, ErrorKind::Transport),
        (302, 0, ErrorKind::Transport),
    ] {
        stub.answer(status, refusal(code));
        assert_eq!(read_error(&stub).await.kind(), kind, "{status} {code}");
    }
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_fails() {
    let stub = Stub::answering("").await;
    for (status, answer) in [(200, refusal(-3)), (502, "<html>".to_owned()), (200, refusal(-1))] {
        let before = stub.calls().len();
        stub.answer(status, answer);
        stub.client().save_user_behavior(&behavior()).await.unwrap_err();
        assert_eq!(stub.calls().len() - before, 1);
    }
}

#[tokio::test]
async fn a_write_whose_token_was_refused_was_not_done_and_goes_out_again() {
    let done = r#"{"code":0,"msg":"成功","data":null}"#.to_owned();
    let stub = Stub::start([refusal(2), done]).await;
    stub.client().save_user_behavior(&behavior()).await.unwrap();
    assert_eq!((stub.calls().len(), stub.token_calls().len()), (2, 2));
}

#[tokio::test]
async fn a_code_is_found_whatever_the_status_and_however_odd_the_rest() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (500, r#"{"code":1001,"msg":"x","data":null}"#),
        (403, r#"{"code":"1001","msg":null,"data":"odd"}"#),
        (200, r#"{"data":{"list":[7]},"msg":"x","code":1001}"#),
        (200, r#"{"code":1001}"#),
    ] {
        stub.answer(status, body);
        let error = read_error(&stub).await;
        assert_eq!(
            (error.platform_code(), error.http_status()),
            (Some(1001), Some(status)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_code_or_without_data_is_no_success() {
    let stub = Stub::answering("").await;
    for body in [
        r#"{"data":{"total":0,"list":[]}}"#,
        r#"{"code":null,"data":{"total":0,"list":[]}}"#,
        r#"{"code":"many","data":{"total":0,"list":[]}}"#,
        r#"{"code":0,"msg":"成功"}"#,
        r#"{"code":0,"msg":"成功","data":"nothing"}"#,
        r#"{"code":0,"msg":"成功","data":[1]}"#,
        "[]",
        "",
    ] {
        stub.answer(200, body);
        assert_eq!(read_error(&stub).await.kind(), ErrorKind::Decode, "{body}");
    }
    stub.answer(200, r#"{"msg":"成功","data":{}}"#);
    let error = stub.client().leads_details(&LeadsDetails::of(1)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}
