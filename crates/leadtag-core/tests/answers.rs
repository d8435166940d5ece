//! Answers that are too large, torn, or not the platform's; and what no error may repeat.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode, header};
use leadtag_core::{ApiLimit, Error, ErrorKind, Result, RetryPolicy, Sent};
use leadtag_testkit::{Exchange, ManualClock, ReplayTransport, Reply};
use rig::{BAD_ARGUMENT, BAD_TOKEN, Rig, SECRET, Source, cache, decode, ok, read};
use serde_json::{Value, json};

async fn answer_once(reply: Reply) -> Result<Value> {
    let transport = Arc::new(ReplayTransport::script([Exchange::any(reply)]));
    let rig = Rig::new(transport).retry(RetryPolicy::never()).max_response_bytes(1000);
    let clock = rig.clock.clone();
    clock.run(rig.build().run(&read(), &decode)).await
}

#[tokio::test]
async fn an_answer_of_the_largest_size_is_read() {
    let body = json!({ "code": 0, "data": "" }).to_string();
    let data = "x".repeat(1000 - body.len());
    assert_eq!(answer_once(ok(json!(data))).await.unwrap(), data);
}

#[tokio::test]
async fn an_answer_that_announces_too_much_is_not_read() {
    let announced = Reply::bytes("{}").with_header(header::CONTENT_LENGTH, HeaderValue::from(1001));
    let error = answer_once(announced).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("1000 bytes"), "{error}");
}

#[tokio::test]
async fn an_answer_in_pieces_is_read_up_to_the_cap() {
    let pieces = |count| Reply::pieces(vec![vec![b' '; 100]; count]);
    let whole = [vec![" ".repeat(980)], vec![r#"{"code":0,"data":1}"#.to_owned()]].concat();
    assert_eq!(answer_once(Reply::pieces(whole)).await.unwrap(), 1);
    let error = answer_once(pieces(11)).await.unwrap_err();
    assert!(error.to_string().contains("more than 1000 bytes"), "{error}");
}

#[tokio::test]
async fn a_body_split_within_a_character_is_read_whole() {
    let text = json!({ "code": 0, "data": "标签" }).to_string();
    let bytes: Vec<Vec<u8>> = text.bytes().map(|byte| vec![byte]).collect();
    assert_eq!(answer_once(Reply::pieces(bytes)).await.unwrap(), "标签");
}

#[tokio::test]
async fn half_a_character_does_not_make_an_answer_unreadable() {
    let cut = Reply::bytes(r#"{"code":0,"data":"Ada \ud83d"}"#);
    assert_eq!(answer_once(cut).await.unwrap(), "Ada \u{fffd}");
    let whole = Reply::bytes(r#"{"code":0,"data":"Ada \ud83d\ude00"}"#);
    assert_eq!(answer_once(whole).await.unwrap(), "Ada \u{1f600}");
}

#[tokio::test]
async fn html_of_a_gateway_is_a_failure_of_the_transport() {
    let html = "<html><body>502 Bad Gateway, mobile 19900001234</body></html>";
    for status in [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE] {
        let error = answer_once(Reply::bytes(html).with_status(status)).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, Sent::Maybe));
        assert_eq!(error.http_status(), Some(status.as_u16()));
        assert!(!all_texts(&error).contains("html"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_documented_json_is_told_in_words() {
    let gbk = b"{\"code\":0,\"data\":\"\xb1\xea\xc7\xa9\"}".to_vec();
    let mut cut = r#"{"code":0,"data":"标"#.to_owned().into_bytes();
    cut.pop();
    let deep = "[".repeat(100_000);
    for (body, words) in [
        (Vec::new(), "empty"),
        (br#"{"code":0,"da"#.to_vec(), "ends too early"),
        (cut, "ends too early"),
        (gbk, "not UTF-8"),
        (b"<html>".to_vec(), "not the JSON"),
        (br#"{"data":1}"#.to_vec(), "no answer of the platform"),
    ] {
        let error = answer_once(Reply::bytes(body)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{words}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let transport = Arc::new(ReplayTransport::script([Exchange::any(Reply::bytes(deep))]));
    let error = Rig::new(transport).build().run(&read(), &decode).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_never_asked_for_again() {
    let transport = Arc::new(ReplayTransport::script([Exchange::any(Reply::bytes("{"))]));
    let rig = Rig::new(transport.clone());
    assert!(rig.build().run(&read(), &decode).await.is_err());
    transport.assert_verified();
}

/// Everything that can be printed of an error, down to its last cause.
fn all_texts(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, " {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn no_error_repeats_a_secret_or_personal_data_that_the_platform_sent_back() {
    let mobile_and_mail = "mobile 19900001234, +8619900001234, mail zhang@example.com";
    let message = format!("bad token token-1 of {SECRET}: {mobile_and_mail}");
    let envelope = json!({ "code": BAD_ARGUMENT, "message": message });
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let transport = Arc::new(ReplayTransport::script([
        Exchange::any(Reply::json(envelope)),
        Exchange::any(Reply::bytes(message.clone())),
        Exchange::any(Reply::bytes(message.clone()).with_status(StatusCode::BAD_REQUEST)),
        Exchange::any(Reply::bytes(message.clone()).then_break()),
        Exchange::any(Reply::not_sent()),
    ]));
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(cache(&source, &clock));
    let pipeline = rig.retry(RetryPolicy::never()).build();
    for _ in 0..5 {
        let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
        let texts = all_texts(&error);
        for canary in [SECRET, "token-1", "19900001234", "zhang@example"] {
            assert!(!texts.contains(canary), "{canary} is in {texts}");
        }
    }
    transport.assert_verified();
    let printed = format!("{pipeline:?} {:?}", transport.requests());
    assert!(!printed.contains(SECRET) && !printed.contains("token-1"), "{printed}");
}

#[tokio::test]
async fn a_token_that_was_refused_is_hidden_in_what_follows_too() {
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let message = "token-1 was refused, token-2 was taken";
    let transport = Arc::new(ReplayTransport::script([
        Exchange::any(rig::code(BAD_TOKEN)),
        Exchange::any(Reply::json(json!({ "code": BAD_ARGUMENT, "message": message }))),
    ]));
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(cache(&source, &clock));
    let error = clock.run(rig.build().run(&read(), &decode)).await.unwrap_err();
    assert_eq!(error.platform_message(), Some("[hidden] was refused, [hidden] was taken"));
}

#[tokio::test]
async fn no_wait_is_too_long_to_be_reckoned_with() {
    for status in [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS] {
        let reply = Reply::status(status).with_retry_after(Duration::MAX);
        let transport = Arc::new(ReplayTransport::handler(move |_| reply.clone()));
        let rig = Rig::new(transport);
        let (clock, pipeline) = (rig.clock.clone(), rig.build());
        for _ in 0..2 {
            let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
            assert!(error.retry_after().is_some(), "{status}: {error}");
        }
    }
    let for_ever = RetryPolicy::default()
        .with_deadline(Duration::MAX)
        .with_attempt_timeout(Duration::MAX)
        .with_base_delay(Duration::MAX)
        .with_max_delay(Duration::MAX);
    let transport = Arc::new(ReplayTransport::handler(|_| ok(json!(1))));
    let rig = Rig::new(transport).retry(for_ever);
    let rig = rig.limit(ApiLimit::none().with_rate(1, Duration::MAX));
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    clock.advance(Duration::from_secs(1));
    assert!(clock.run(pipeline.run(&read(), &decode)).await.is_ok());
    let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}

#[cfg(feature = "reqwest")]
mod over_http {
    use leadtag_core::{BaseUrl, HttpTransport};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers every connection with `answer`, and counts what was asked for.
    async fn serve(answer: &'static str) -> (String, tokio::task::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let served = tokio::spawn(async move {
            let mut asked = Vec::new();
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            asked.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            asked
        });
        (base, served)
    }

    #[tokio::test]
    async fn a_redirect_is_an_error_and_is_not_followed_with_the_token() {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = elsewhere.local_addr().unwrap();
        for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"] {
            let answer = format!(
                "HTTP/1.1 {status}\r\nLocation: http://{target}/stolen\r\nContent-Length: 0\r\n\r\n"
            );
            let (base, served) = serve(Box::leak(answer.into_boxed_str())).await;
            let base_url = BaseUrl::parse(&base, false).unwrap();
            let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
            let transport = Arc::new(HttpTransport::new(&base_url).unwrap());
            let rig = Rig::at(clock.clone(), transport).tokens(cache(&source, &clock));
            let pipeline = rig.base_url(base).build();
            let error = pipeline.run(&read(), &decode).await.unwrap_err();
            assert!(error.http_status().is_some_and(|status| status / 100 == 3), "{error}");
            assert!(served.await.unwrap()[0].contains("token-1"));
            let followed = futures_util::FutureExt::now_or_never(elsewhere.accept());
            assert!(followed.is_none(), "the redirect was followed");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_not_sent_and_the_error_shows_no_query() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let base_url = BaseUrl::parse(&base, false).unwrap();
        let transport = Arc::new(HttpTransport::new(&base_url).unwrap());
        let pipeline = Rig::new(transport).retry(RetryPolicy::never()).base_url(base).build();
        let call = read().with_query("access_token", "canary-token");
        let error = pipeline.run(&call, &decode).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, Sent::No));
        assert!(!all_texts(&error).contains("canary"), "{error:?}");
    }
}

#[test]
fn a_note_stands_behind_the_message_and_is_masked() {
    let error = leadtag_core::Error::config("wrong").with_note("done before it: 7");
    assert_eq!(error.with_note("19900001234").message(), "wrong; done before it: 7; ***");
    let error = leadtag_core::Error::config("").with_note("done before it: 7");
    assert_eq!(error.message(), "done before it: 7");
}
