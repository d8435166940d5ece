//! Every row of the code table through a client: kind, class, how often it is sent, what it says.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use douyin_leads::classify;
use douyin_leads::model::{CreateTag, ListTags, UpdateTag};
use leadtag_core::ErrorKind::{
    self, ApiOffline, InvalidArgument, PermissionDenied, Platform, QuotaExhausted, RateLimited,
    ReauthorizationRequired, Unauthenticated,
};
use leadtag_core::RetryClass::{self, Busy, Never, Throttled, TokenRejected};
use leadtag_core::{Error, Sent};
use support::Stub;

const ROWS: &[(i64, ErrorKind, RetryClass, usize)] = &[
    (2_100_004, Platform, Busy, 4),
    (2_100_005, InvalidArgument, Never, 1),
    (2_100_006, InvalidArgument, Never, 1),
    (2_100_007, PermissionDenied, Never, 1),
    (2_100_009, PermissionDenied, Never, 1),
    (2_190_001, QuotaExhausted, Never, 1),
    (2_190_002, ReauthorizationRequired, TokenRejected, 2),
    (2_190_003, ReauthorizationRequired, Never, 1),
    (2_190_004, PermissionDenied, Never, 1),
    (2_190_005, InvalidArgument, Never, 1),
    (2_190_006, InvalidArgument, Never, 1),
    (2_190_007, InvalidArgument, Never, 1),
    (2_190_008, Unauthenticated, TokenRejected, 2),
    (2_190_015, InvalidArgument, Never, 1),
    (2_190_016, PermissionDenied, Never, 1),
    (2_112_001, PermissionDenied, Never, 1),
    (2_113_001, InvalidArgument, Never, 1),
    (2_113_002, QuotaExhausted, Never, 1),
    (28_001_003, ReauthorizationRequired, TokenRejected, 2),
    (28_001_005, Platform, Busy, 4),
    (28_001_006, Platform, Busy, 4),
    (28_001_007, InvalidArgument, Never, 1),
    (28_001_008, Unauthenticated, TokenRejected, 2),
    (28_001_012, ReauthorizationRequired, Never, 1),
    (28_001_014, PermissionDenied, Never, 1),
    (28_001_015, InvalidArgument, Never, 1),
    (28_001_016, PermissionDenied, Never, 1),
    (28_001_017, InvalidArgument, Never, 1),
    (28_001_018, PermissionDenied, Never, 1),
    (28_001_019, PermissionDenied, Never, 1),
    (28_001_020, PermissionDenied, Never, 1),
    (28_001_021, PermissionDenied, Never, 1),
    (28_001_042, PermissionDenied, Never, 1),
    (28_001_045, PermissionDenied, Never, 1),
    (28_001_046, PermissionDenied, Never, 1),
    (28_001_047, PermissionDenied, Never, 1),
    (28_001_052, RateLimited, Throttled, 1),
    (28_001_056, ApiOffline, Never, 1),
    (28_003_017, QuotaExhausted, Never, 1),
    (28_003_018, RateLimited, Throttled, 1),
    (28_004_020, ReauthorizationRequired, Never, 1),
    (10_001, Platform, Busy, 4),
    (10_002, InvalidArgument, Never, 1),
    (10_003, Unauthenticated, Never, 1),
    (10_004, PermissionDenied, Never, 1),
    (10_005, InvalidArgument, Never, 1),
    (10_006, InvalidArgument, Never, 1),
    (10_007, ReauthorizationRequired, Never, 1),
    (10_008, Unauthenticated, TokenRejected, 2),
    (10_010, ReauthorizationRequired, Never, 1),
    (10_011, PermissionDenied, Never, 1),
    (10_012, PermissionDenied, Never, 1),
    (10_013, Unauthenticated, Never, 1),
    (10_014, InvalidArgument, Never, 1),
    (10_015, PermissionDenied, Never, 1),
    (10_017, PermissionDenied, Never, 1),
    (10_020, ReauthorizationRequired, Never, 1),
    (29_002_002, Unauthenticated, Never, 1),
    (123_456, Platform, Never, 1),
];

/// The three forms of an answer, and codes in quotes.
const FORMS: [&str; 4] = [
    r#"{"data":{"error_code":CODE,"description":"some words"},"extra":{"logid":"L1","now":1}}"#,
    r#"{"err_no":CODE,"err_msg":"some words","log_id":"L1","data":null}"#,
    r#"{"base":{"log_id":"L1","gateway_code":CODE,"gateway_msg":"some words","biz_code":0,"biz_msg":""}}"#,
    r#"{"data":{"error_code":"CODE","description":"some words"},"extra":{"log_id":"L1","now":"1"}}"#,
];

fn refusal(code: i64) -> String {
    FORMS[0].replace("CODE", &code.to_string())
}

async fn list_error(stub: &Stub) -> Error {
    stub.client().list_tags(&ListTags::first()).await.unwrap_err()
}

#[tokio::test]
async fn every_code_has_its_kind_its_class_and_its_number_of_attempts_in_every_form() {
    let stub = Stub::answering("").await;
    for form in FORMS {
        for (code, kind, class, attempts) in ROWS.iter().copied() {
            let before = stub.calls().len();
            stub.answer(200, form.replace("CODE", &code.to_string()));
            let error = list_error(&stub).await;
            assert_eq!((error.kind(), error.retry_class()), (kind, class), "{error}");
            assert_eq!(stub.calls().len() - before, attempts, "{error}");
            assert_eq!(error.platform_code(), Some(code));
            assert_eq!(error.platform_message(), Some("some words"));
            assert_eq!(error.request_id(), Some("L1"));
            assert_eq!((error.http_status(), error.sent()), (Some(200), Sent::Yes));
            assert_eq!(error.operation(), Some("tag/list"));
            let must_advise = matches!(
                kind,
                ApiOffline
                    | ReauthorizationRequired
                    | Unauthenticated
                    | RateLimited
                    | QuotaExhausted
            );
            assert!(!must_advise || error.advice().is_some(), "{error}");
        }
    }
}

#[tokio::test]
async fn too_many_calls_are_a_rate_limit_whatever_the_code() {
    let stub = Stub::answering("").await;
    for form in FORMS {
        stub.answer(429, form.replace("CODE", "429"));
        let error = list_error(&stub).await;
        assert_eq!((error.kind(), error.retry_class()), (RateLimited, Throttled), "{error}");
    }
}

#[test]
fn the_end_of_renewals_is_not_the_rate_limit_of_client_tokens() {
    for operation in ["oauth/renew_refresh_token", "oauth/refresh_token", "tag/list"] {
        let (kind, class, advice) = classify(10_020, operation);
        assert_eq!((kind, class), (ReauthorizationRequired, Never), "{operation}");
        assert!(advice.is_some_and(|advice| advice.contains("five times")));
    }
    let (kind, class, _) = classify(10_020, "oauth/client_token");
    assert_eq!((kind, class), (RateLimited, Throttled));
}

#[tokio::test]
async fn an_api_that_is_offline_is_found_behind_any_other_code() {
    let stub = Stub::answering("").await;
    for body in [
        r#"{"data":{"error_code":2100004,"description":"busy"},"extra":{"sub_error_code":28001056,"sub_description":"offline"}}"#,
        r#"{"data":{"error_code":1,"description":"x"},"extra":{"error_code":"28001056"}}"#,
        r#"{"base":{"gateway_code":1,"biz_code":28001056}}"#,
    ] {
        let before = stub.calls().len();
        stub.answer(200, body);
        let error = list_error(&stub).await;
        assert_eq!((error.kind(), stub.calls().len() - before), (ApiOffline, 1), "{body}");
        assert!(error.to_string().contains("2023-05-31"), "{error}");
    }
}

#[tokio::test]
async fn a_sub_code_is_told_beside_the_code() {
    let body = r#"{"data":{"error_code":2100005,"description":"Parameter error"},"extra":{"logid":"L","error_code":2100005,"sub_error_code":77,"sub_description":"why"}}"#;
    let stub = Stub::answering(body).await;
    let error = list_error(&stub).await;
    assert_eq!(error.platform_code(), Some(2_100_005));
    assert_eq!(error.platform_message(), Some("Parameter error [sub_error_code 77: why]"));
}

#[tokio::test]
async fn a_code_is_found_whatever_the_status_and_however_odd_the_rest() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (500, r#"{"data":{"error_code":2112001}}"#),
        (403, r#"{"data":{"error_code":2112001,"list":"odd"}}"#),
        (200, r#"{"data":{"list":[{"tag_id":[]}],"error_code":2112001}}"#),
        (200, r#"{"data":"<nil>","extra":{"error_code":"2112001"}}"#),
        (200, r#"{"data":[],"err_no":2112001}"#),
    ] {
        stub.answer(status, body);
        let error = list_error(&stub).await;
        assert_eq!((error.platform_code(), error.http_status()), (Some(2_112_001), Some(status)));
    }
}

#[tokio::test]
async fn an_answer_without_code_or_data_and_one_of_another_status_is_no_success() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (200, r#"{"data":{"list":[]}}"#),
        (200, r#"{"message":"success"}"#),
        (200, r#"{"data":null,"extra":{"error_code":0}}"#),
        (200, r#"{"data":{"error_code":"many","list":[]}}"#),
        (404, r#"{"data":{"error_code":0,"list":[]}}"#),
        (200, "[]"),
        (200, "null"),
    ] {
        stub.answer(status, body);
        assert_eq!(list_error(&stub).await.platform_code(), None, "{body}");
    }
}

#[tokio::test]
async fn a_busy_platform_is_asked_again_for_edits_and_looked_at_for_creates() {
    let ok = r#"{"data":{"error_code":0,"tag_id":7}}"#.to_owned();
    let stub = Stub::start([refusal(2_100_004), ok.clone()]).await;
    stub.client().update_tag(&UpdateTag::rename(7, "x")).await.unwrap();
    assert_eq!(stub.calls().len(), 2);

    let none = r#"{"data":{"error_code":0,"list":[],"has_more":false}}"#.to_owned();
    let stub = Stub::start([refusal(2_100_004), none, ok]).await;
    stub.client().create_tag(&CreateTag::named("x")).await.unwrap();
    let paths: Vec<_> = stub.calls().iter().map(|call| call.path.clone()).collect();
    let names = ["tag/create", "tag/list", "tag/create"];
    assert_eq!(paths, names.map(|name| format!("/enterprise/leads/{name}/")));
}

#[tokio::test]
async fn a_dead_refresh_token_is_sent_once_and_remembered() {
    let stub = Stub::answering(refusal(0)).await;
    for code in [10_003, 10_010, 10_013] {
        let body =
            format!(r#"{{"data":{{"error_code":{code},"description":"no"}},"message":"error"}}"#);
        stub.answer_token(body);
        let before = stub.token_calls().len();
        let client = stub.client();
        for _ in 0..3 {
            let error = client.list_tags(&ListTags::first()).await.unwrap_err();
            assert_eq!(error.platform_code(), Some(code));
        }
        assert_eq!(stub.token_calls().len() - before, 1, "{code}");
    }
    assert!(stub.calls().is_empty());
}
