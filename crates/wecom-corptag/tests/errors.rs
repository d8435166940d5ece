//! Every error code of the documents, through the client: what it becomes, and how often the
//! call is sent.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::time::Duration;

use leadtag_core::ErrorKind::{
    AlreadyExists, Conflict, InvalidArgument, NotFound, PermissionDenied, Platform, QuotaExhausted,
    RateLimited, Unauthenticated,
};
use leadtag_core::RetryClass::{Busy, Concurrency, Never, Throttled, TokenRejected};
use leadtag_core::{Error, ErrorKind, RetryClass, Sent};
use support::Stub;
use wecom_corptag::model::{AddCorpTag, EditCorpTag, GetCorpTagList};
use wecom_corptag::{classify, seen_ip};

/// Code, kind, class, and how often a read with that answer is sent.
const ROWS: &[(i64, ErrorKind, RetryClass, usize)] = &[
    (-1, Platform, Busy, 4),
    (6000, Conflict, Never, 1),
    (45009, RateLimited, Throttled, 1),
    (45033, RateLimited, Concurrency, 4),
    (45035, RateLimited, Concurrency, 4),
    (42001, Unauthenticated, TokenRejected, 2),
    (40014, Unauthenticated, TokenRejected, 2),
    (41001, Unauthenticated, Never, 1),
    (40001, Unauthenticated, Never, 1),
    (40013, Unauthenticated, Never, 1),
    (41002, Unauthenticated, Never, 1),
    (41004, Unauthenticated, Never, 1),
    (50003, Unauthenticated, Never, 1),
    (40082, Unauthenticated, Never, 1),
    (42009, Unauthenticated, Never, 1),
    (41022, Unauthenticated, Never, 1),
    (48001, PermissionDenied, Never, 1),
    (48002, PermissionDenied, Never, 1),
    (48004, PermissionDenied, Never, 1),
    (48006, PermissionDenied, Never, 1),
    (60011, PermissionDenied, Never, 1),
    (60030, PermissionDenied, Never, 1),
    (50002, PermissionDenied, Never, 1),
    (84074, PermissionDenied, Never, 1),
    (81011, PermissionDenied, Never, 1),
    (301_002, PermissionDenied, Never, 1),
    (60020, PermissionDenied, Never, 1),
    (301_042, PermissionDenied, Never, 1),
    (701_008, PermissionDenied, Never, 1),
    (301_007, PermissionDenied, Never, 1),
    (40068, NotFound, Never, 1),
    (40003, NotFound, Never, 1),
    (60111, NotFound, Never, 1),
    (46004, NotFound, Never, 1),
    (40096, NotFound, Never, 1),
    (84061, NotFound, Never, 1),
    (84083, NotFound, Never, 1),
    (84084, NotFound, Never, 1),
    (40071, AlreadyExists, Never, 1),
    (40126, QuotaExhausted, Never, 1),
    (40072, InvalidArgument, Never, 1),
    (41017, InvalidArgument, Never, 1),
    (41018, InvalidArgument, Never, 1),
    (41035, InvalidArgument, Never, 1),
    (41056, InvalidArgument, Never, 1),
    (40035, InvalidArgument, Never, 1),
    (40058, InvalidArgument, Never, 1),
    (40063, InvalidArgument, Never, 1),
    (40033, InvalidArgument, Never, 1),
    (81017, InvalidArgument, Never, 1),
    (45029, InvalidArgument, Never, 1),
    (123_456, Platform, Never, 1),
];

const WORDS: &str =
    "some words, hint: [1700000000_53_abc], from ip: 203.0.113.7, more info at https://…";

fn refusal(code: i64) -> String {
    // An error body holds the empty result fields, in whichever form.
    format!(r#"{{"errcode":{code},"errmsg":"{WORDS}","tag_group":{{}}}}"#)
}

async fn list_error(stub: &Stub) -> Error {
    stub.client().get_corp_tag_list(&GetCorpTagList::all()).await.unwrap_err()
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
        assert_eq!(error.request_id(), Some("1700000000_53_abc"));
        assert_eq!((error.http_status(), error.sent()), (Some(200), Sent::Yes));
        assert_eq!(error.operation(), Some("externalcontact/get_corp_tag_list"));
        let advised = error.advice().is_some();
        let needs_none = matches!(code, 40035 | 40058 | 41017 | 41018 | 41035 | 123_456);
        assert_eq!(advised, !needs_none, "{error}");
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
async fn a_rate_limit_says_to_wait_a_minute() {
    let stub = Stub::answering(refusal(45009)).await;
    let error = list_error(&stub).await;
    let wait = error.retry_after().unwrap();
    assert!(wait > Duration::from_secs(58) && wait <= Duration::from_secs(60), "{error}");
}

#[tokio::test]
async fn an_untrusted_address_is_named_with_its_remedy() {
    let stub = Stub::answering(refusal(60020)).await;
    let error = list_error(&stub).await;
    assert_eq!(seen_ip(&error), Some("203.0.113.7".parse().unwrap()));
    assert!(error.to_string().contains("企业可信IP"), "{error}");
}

#[tokio::test]
async fn a_code_in_quotes_is_a_code_and_a_code_that_is_none_is_not_success() {
    let stub = Stub::answering(r#"{"errcode":"84061","errmsg":null}"#).await;
    assert_eq!(list_error(&stub).await.platform_code(), Some(84061));
    stub.answer(200, r#"{"errcode":"many","errmsg":"ok","tag_group":[]}"#);
    assert_eq!(list_error(&stub).await.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_code_is_found_whatever_the_status_and_however_odd_the_rest() {
    let stub = Stub::answering("").await;
    for (status, body) in [
        (500, r#"{"errcode":84061,"errmsg":"x"}"#),
        (403, r#"{"errcode":84061,"errmsg":"x","tag_group":"odd"}"#),
        (200, r#"{"tag_group":[{"tag":7}],"errcode":84061,"errmsg":"x"}"#),
    ] {
        stub.answer(status, body);
        let error = list_error(&stub).await;
        assert_eq!(error.platform_code(), Some(84061), "{body}");
        assert_eq!(error.http_status(), Some(status));
    }
}

#[tokio::test]
async fn a_busy_platform_is_asked_again_for_edits_and_looked_at_for_creates() {
    let busy = refusal(-1);
    let ok = r#"{"errcode":0,"errmsg":"ok"}"#.to_owned();
    let stub = Stub::start([busy.clone(), ok]).await;
    let edit = EditCorpTag::new("etT").with_order(1);
    stub.client().edit_corp_tag(&edit).await.unwrap();
    assert_eq!(stub.calls().len(), 2);

    let none = r#"{"errcode":0,"errmsg":"ok","tag_group":[]}"#.to_owned();
    let added = r#"{"errcode":0,"errmsg":"ok","tag_group":{"group_id":"etG"}}"#.to_owned();
    let stub = Stub::start([busy, none, added]).await;
    stub.client().add_corp_tag(&AddCorpTag::in_group_named("g", ["a"])).await.unwrap();
    let paths: Vec<_> = stub.calls().iter().map(|call| call.path.clone()).collect();
    let names = ["add_corp_tag", "get_corp_tag_list", "add_corp_tag"];
    assert_eq!(paths, names.map(|name| format!("/cgi-bin/externalcontact/{name}")));
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_sent_once_whatever_the_status() {
    let stub = Stub::answering("").await;
    for status in [400, 500, 503] {
        stub.answer(status, refusal(123_456));
        let before = stub.calls().len();
        let client = stub.client();
        let error = client.add_corp_tag(&AddCorpTag::in_group_named("g", ["a"])).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_class()), (Platform, Never), "{status}");
        client.edit_corp_tag(&EditCorpTag::new("etT").with_order(1)).await.unwrap_err();
        assert_eq!(stub.calls().len() - before, 2, "{status}");
    }
}

#[tokio::test]
async fn what_somebody_else_writes_too_is_not_written_again() {
    let stub = Stub::answering(refusal(6000)).await;
    let error = stub.client().edit_corp_tag(&EditCorpTag::new("etT").with_order(1)).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), stub.calls().len()), (Conflict, 1));
    assert!(error.to_string().contains("read it again before writing"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_sent_once_and_remembered() {
    let stub = Stub::answering(refusal(0)).await;
    for code in [40001, 40013, 41002, 41004, 50003] {
        stub.answer_token(refusal(code));
        let before = stub.token_calls().len();
        let client = stub.client();
        for _ in 0..3 {
            let error = client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap_err();
            assert_eq!((error.kind(), error.platform_code()), (Unauthenticated, Some(code)));
        }
        assert_eq!(stub.token_calls().len() - before, 1, "{code}");
    }
    assert!(stub.calls().is_empty());
}
