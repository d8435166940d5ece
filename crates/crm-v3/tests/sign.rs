//! The signature over several attempts, on a clock that stands still unless it is moved.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use crm_v3::CrmV3Client;
use crm_v3::model::GetClue;
use hmac_sha256::Hash;
use http::{HeaderName, HeaderValue, header::DATE};
use leadtag_core::{ErrorKind, Request};
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};

const APP_ID: &str = "wwexample_AbC123";
const APP_KEY: &str = "k3y-EXAMPLE-0001";

fn header<'a>(request: &'a Request, name: &'static str) -> &'a str {
    request.headers.get(HeaderName::from_static(name)).unwrap().to_str().unwrap()
}

fn client(clock: &ManualClock, transport: &Arc<ReplayTransport>) -> CrmV3Client {
    CrmV3Client::builder()
        .app_id(APP_ID)
        .app_key(APP_KEY)
        .base_url("http://127.0.0.1")
        .transport(Arc::clone(transport) as _)
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn every_attempt_has_its_own_time_and_its_own_signature() {
    let clock = ManualClock::new();
    let transport = Arc::new(ReplayTransport::script([
        leadtag_testkit::Exchange::any(Reply::maybe_sent()),
        leadtag_testkit::Exchange::any(Reply::bytes(r#"{"code":0,"data":{"customerId":8}}"#)),
    ]));
    let client = client(&clock, &transport);
    clock.run(client.get_clue(&GetClue::new(8))).await.unwrap();
    let requests = transport.requests();
    let [first, second] = requests.as_slice() else { unreachable!() };
    assert_eq!(header(first, "timestamp"), "1767585600000");
    assert_ne!(header(first, "timestamp"), header(second, "timestamp"));
    assert_ne!(header(first, "sign"), header(second, "sign"));
    assert_eq!(first.body, second.body);
    for request in &requests {
        let text = [
            APP_ID.as_bytes(),
            header(request, "timestamp").as_bytes(),
            &request.body,
            APP_KEY.as_bytes(),
        ];
        let hash: String =
            Hash::hash(&text.concat()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(header(request, "sign"), hash);
    }
}

#[tokio::test]
async fn a_refused_time_tells_how_far_the_clock_is_off_and_is_not_tried_again() {
    let refused = r#"{"code":1003,"message":"请校准时间"}"#;
    for (date, told) in [
        // The clock stands at 2026-01-05T04:00:00Z.
        (Some("Mon, 05 Jan 2026 03:54:48 GMT"), "local clock is 312 s ahead"),
        (Some("Mon, 05 Jan 2026 05:00:00 GMT"), "local clock is 3600 s behind"),
        (Some("Mon, 05 Jan 2026 04:00:00 GMT"), "local clock agrees"),
        (Some("some day"), "no Date header"),
        (None, "no Date header"),
    ] {
        let transport = Arc::new(ReplayTransport::handler(move |_| {
            let reply = Reply::bytes(refused);
            match date {
                Some(date) => reply.with_header(DATE, HeaderValue::from_static(date)),
                None => reply,
            }
        }));
        let clock = ManualClock::new();
        let error = client(&clock, &transport).list_tag_tree().await.unwrap_err();
        assert_eq!((error.kind(), error.platform_code()), (ErrorKind::Unauthenticated, Some(1003)));
        assert!(error.message().contains(told), "{error}");
        assert!(error.to_string().contains("set the clock"), "{error}");
        assert_eq!(transport.count(), 1);
    }
}
