//! The replay transport says what differs, and fails as networks fail.
#![allow(clippy::unwrap_used, missing_docs)]

use futures_util::{FutureExt, TryStreamExt};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use leadtag_core::{Request, Response, Sent, Transport};
use leadtag_testkit::{Exchange, Gate, ReplayTransport, Reply};
use serde_json::json;

fn request(method: Method, path: &str, body: &str) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let url = format!("http://127.0.0.1{path}").parse().unwrap();
    Request { method, url, headers, body: body.to_owned().into() }
}

async fn body_of(response: Response) -> Result<Vec<u8>, Sent> {
    let pieces: Vec<_> = response.body.try_collect().await.map_err(|error| error.sent())?;
    Ok(pieces.concat())
}

fn create_tag() -> Exchange {
    Exchange::post("/tags", Reply::json(json!({ "id": 1 })))
        .with_query("token", "t1")
        .with_no_other_query()
        .with_header(header::ACCEPT, "application/json")
        .with_json(json!({ "name": "new", "order": 0, "in": ["a", "b"] }))
}

#[tokio::test]
async fn what_is_expected_is_answered() {
    let transport = ReplayTransport::script([create_tag()]);
    let body = r#"{ "in": ["a","b"], "order":0, "name":"new" }"#;
    let response = transport.send(request(Method::POST, "/tags?token=t1", body)).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(body_of(response).await.unwrap(), br#"{"id":1}"#);
    transport.assert_verified();
    assert_eq!(transport.requests()[0].body, body);
}

#[tokio::test]
async fn a_difference_is_named_and_answered_with_400() {
    let transport = ReplayTransport::script([create_tag()]);
    let body = r#"{"name":"old","in":["a","c"],"extra":1}"#;
    let response = transport.send(request(Method::PUT, "/tag?token=t2&x=1", body)).await.unwrap();
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let difference = transport.verify().unwrap_err().to_string();
    for line in [
        "request 1 is not the POST /tags of the script",
        "method: expected POST, found PUT",
        "path: expected /tags, found /tag",
        "query: expected token=t1",
        "query: unexpected",
        r#"body $.name: expected "new", found "old""#,
        r#"body $.in[1]: expected "b", found "c""#,
        "body $.order: expected 0, missing",
        "body $.extra: unexpected 1",
        "never asked for: POST /tags",
    ] {
        assert!(difference.contains(line), "{line} is not in\n{difference}");
    }
}

#[tokio::test]
async fn what_is_not_asked_for_or_not_expected_fails_the_script() {
    let transport = ReplayTransport::script([]);
    transport.send(request(Method::GET, "/more", "")).await.unwrap();
    let difference = transport.verify().unwrap_err().to_string();
    assert!(difference.contains("request 1 was not expected: GET /more"), "{difference}");
    let transport = ReplayTransport::script([Exchange::get("/left", Reply::hang())]);
    let difference = transport.verify().unwrap_err().to_string();
    assert!(difference.contains("never asked for: GET /left"), "{difference}");
}

#[tokio::test]
async fn exact_bytes_are_compared_as_bytes() {
    let script = [Exchange::any(Reply::bytes("")).with_body("a=1&b=2")];
    let transport = ReplayTransport::script(script);
    transport.send(request(Method::POST, "/", "b=2&a=1")).await.unwrap();
    assert!(transport.verify().is_err());
}

#[tokio::test]
async fn a_network_fails_as_ordered() {
    let transport = ReplayTransport::script(
        [
            Reply::not_sent(),
            Reply::maybe_sent(),
            Reply::pieces(["a", "b"]).then_break(),
            Reply::pieces(["a", "b"]),
            Reply::hang(),
        ]
        .map(Exchange::any),
    );
    let send = || transport.send(request(Method::GET, "/", ""));
    assert_eq!(send().await.unwrap_err().sent(), Sent::No);
    assert_eq!(send().await.unwrap_err().sent(), Sent::Maybe);
    assert_eq!(body_of(send().await.unwrap()).await, Err(Sent::Maybe));
    assert_eq!(body_of(send().await.unwrap()).await.unwrap(), b"ab");
    assert!(send().now_or_never().is_none());
    transport.assert_verified();
}

#[tokio::test]
async fn a_gate_holds_a_reply_back_and_the_request_counts() {
    let gate = Gate::new();
    let held = gate.clone();
    let transport = ReplayTransport::handler(move |_| Reply::bytes("x").behind(&held));
    let mut waiting = Box::pin(transport.send(request(Method::GET, "/", "")));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert_eq!(transport.count(), 1);
    gate.open();
    assert_eq!(body_of(waiting.await.unwrap()).await.unwrap(), b"x");
}
