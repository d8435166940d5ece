//! Faults below the envelope: HTTP, bytes and the connection itself.

use std::io::ErrorKind;
use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ADD, LIST, Wire};

async fn add_is_lost(wire: &Wire) {
    let body = json!({ "group_name": "阶段", "tag": [{ "name": "线索" }] }).to_string();
    let query = format!("access_token={}", wire.token);
    assert!(wire.try_send(Method::POST, ADD, &query, &body).await.is_err());
}

#[tokio::test]
async fn a_proxy_answers_html_and_a_crash_nothing() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::Html502);
    let response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.status(), 502);
    assert!(response.text().await.unwrap().starts_with("<html>"));
    wire.admin().inject(Fault::Http500Empty);
    let response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.status(), 500);
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn a_reset_comes_before_anything_is_processed() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::Reset).times(2));
    let (bytes, end) = wire.raw_list().await;
    assert!(bytes.is_empty());
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    add_is_lost(&wire).await;
    assert_eq!(wire.admin().calls("add_corp_tag"), 1);
    assert_eq!(wire.admin().commits("add_corp_tag"), 0);
}

#[tokio::test]
async fn a_lost_reply_is_committed_and_then_reset() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::LostReply).times(2));
    let (bytes, end) = wire.raw_list().await;
    assert!(bytes.is_empty());
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    add_is_lost(&wire).await;
    assert_eq!(wire.admin().commits("add_corp_tag"), 1);
    assert_eq!(wire.group("阶段").await["tag"][0]["name"], "线索");
}

#[tokio::test]
async fn a_truncated_answer_announces_more_than_it_sends() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::Truncated);
    let (bytes, end) = wire.raw_list().await;
    assert!(end.is_ok());
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"));
    let announced = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(body.starts_with("{\"errcode\":0"));
    assert!(body.len() < announced.parse().unwrap());
    wire.admin().inject(Fault::Truncated);
    assert!(wire.post_raw(LIST, "{}").await.bytes().await.is_err());
}

#[tokio::test]
async fn an_empty_body_is_status_200_and_nothing_else() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::EmptyBody);
    let response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn gbk_bytes_are_no_utf_8() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::Gbk).times(2));
    let list = wire.post_raw(LIST, "{}").await.bytes().await.unwrap();
    assert!(std::str::from_utf8(&list).is_err());
    // 意向 in GBK.
    let name = [0xD2, 0xE2, 0xCF, 0xF2];
    assert!(list.windows(4).any(|window| window == name));
    let without_chinese = wire.post_raw(ADD, "{}").await.bytes().await.unwrap();
    assert!(std::str::from_utf8(&without_chinese).is_err());
}

#[tokio::test]
async fn deep_json_is_deeper_than_a_parser_goes() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::DeepJson);
    let text = wire.post_raw(LIST, "{}").await.text().await.unwrap();
    assert!(text.contains(&"[".repeat(100_000)));
    assert_eq!(text.matches('[').count(), text.matches(']').count());
    assert!(serde_json::from_str::<Value>(&text).is_err());
}

#[tokio::test]
async fn a_huge_body_is_streamed_and_can_be_left_unread() {
    let wire = Wire::start().await;
    wire.admin().inject(FaultSpec::new(Fault::HugeBody).times(2));
    let mut response = wire.post_raw(LIST, "{}").await;
    assert_eq!(response.content_length(), None);
    let mut read = 0;
    while let Some(chunk) = response.chunk().await.unwrap() {
        read += chunk.len();
    }
    assert!(read > 200 * 1024 * 1024);
    drop(wire.post_raw(LIST, "{}").await);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
}

#[tokio::test]
async fn a_slow_answer_is_a_normal_one() {
    let wire = Wire::start().await;
    wire.admin().set_slow_delay(Duration::from_millis(1));
    wire.admin().inject(Fault::Slow);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
    assert!(wire.admin().waiting_faults().is_empty());
}

#[tokio::test]
async fn silence_comes_before_or_after_the_commit() {
    for (fault, commits) in [(Fault::Hang, 0), (Fault::CommitHang, 1)] {
        let wire = Wire::start().await;
        wire.admin().inject(fault);
        let body = json!({ "group_name": "阶段", "tag": [{ "name": "线索" }] }).to_string();
        let url = format!("{}/cgi-bin/{ADD}?access_token={}", wire.access.base_url, wire.token);
        let call = tokio::spawn(wire.http.post(url).body(body).send());
        while !wire.admin().waiting_faults().is_empty()
            || wire.admin().commits("add_corp_tag") < commits
        {
            tokio::task::yield_now().await;
        }
        assert_eq!(wire.admin().commits("add_corp_tag"), commits);
        assert!(!call.is_finished());
        call.abort();
    }
}

#[tokio::test]
async fn a_hanging_call_does_not_keep_the_server_from_stopping() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::Hang);
    let url = format!("{}/cgi-bin/{LIST}?access_token={}", wire.access.base_url, wire.token);
    let call = tokio::spawn(wire.http.post(url).body("{}").send());
    while wire.admin().calls("get_corp_tag_list") == 0 {
        tokio::task::yield_now().await;
    }
    wire.sandbox.shutdown().await;
    assert!(call.await.unwrap().is_err());
}

#[tokio::test]
async fn shifting_pages_have_no_effect_yet() {
    let wire = Wire::start().await;
    wire.admin().inject(Fault::ShiftingPages);
    assert_eq!(wire.post(LIST, json!({})).await["errcode"], 0);
}
