//! The token, and the 20 minutes.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use beschannels_leads::BeschannelsClient;
use beschannels_leads::model::LeadsDetails;
use leadtag_core::ErrorKind;
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};
use support::{APP_ID, SECRET, token_answer};

struct Rig {
    client: BeschannelsClient,
    clock: ManualClock,
    transport: Arc<ReplayTransport>,
}

/// Hands out `token-1`, `token-2`, …, each with `rest` beside it, and answers every call.
fn rig(rest: &str) -> Rig {
    let rest = rest.to_owned();
    let fetches = Mutex::new(0);
    let transport = Arc::new(ReplayTransport::handler(move |request| {
        if request.url.path() != "/api/get-access-token" {
            return Reply::bytes(r#"{"code":0,"msg":"成功","data":{}}"#);
        }
        let mut fetches = fetches.lock().unwrap();
        *fetches += 1;
        Reply::bytes(token_answer(&format!("token-{fetches}"), &rest))
    }));
    let clock = ManualClock::new();
    let client = BeschannelsClient::builder()
        .app_id(APP_ID)
        .app_secret(SECRET)
        .transport(transport.clone())
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    Rig { client, clock, transport }
}

impl Rig {
    /// The token of one more call, `seconds` later.
    async fn token_after(&self, seconds: u64) -> String {
        self.clock.advance(Duration::from_secs(seconds));
        self.client.leads_details(&LeadsDetails::of(1)).await.unwrap();
        let requests = self.transport.requests();
        let query = requests.last().unwrap().url.query().unwrap().to_owned();
        query.strip_prefix("access_token=").unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_token_is_refreshed_when_less_than_20_minutes_are_left() {
    for (left, kept) in [(7200, 6000), (3600, 2400), (1500, 300), (1201, 1)] {
        let rig = rig(&format!(r#","expires_in":{left}"#));
        for (seconds, token) in [(0, "token-1"), (kept - 1, "token-1"), (1, "token-2")] {
            assert_eq!(rig.token_after(seconds).await, token, "{left} s left");
        }
    }
}

#[tokio::test]
async fn the_lifetime_is_found_under_either_name_and_in_either_spelling() {
    for rest in [
        r#","expires_in":7200"#,
        r#","expires_in":"7200""#,
        r#","expire":7200"#,
        r#","expire":"7200""#,
        r#","expire":60,"expires_in":7200"#,
        r#","expires_in":null,"expire":7200"#,
    ] {
        let rig = rig(rest);
        for (seconds, token) in [(0, "token-1"), (5999, "token-1"), (1, "token-2")] {
            assert_eq!(rig.token_after(seconds).await, token, "{rest}");
        }
    }
}

#[tokio::test]
async fn a_token_whose_lifetime_is_not_told_is_held_for_good_for_20_minutes_at_most() {
    for rest in [
        "",
        r#","expires_in":"two hours""#,
        r#","expires_in":-1"#,
        r#","expires_in":0"#,
        r#","expire":1767585600"#,
        r#","expire":{"seconds":7200}"#,
        r#","expires_at":"2026-01-05 14:00:00""#,
    ] {
        let rig = rig(rest);
        for (seconds, token) in [(0, "token-1"), (60, "token-1"), (1140, "token-2")] {
            assert_eq!(rig.token_after(seconds).await, token, "{rest}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_answer() {
    for data in [r#"{"access_token":""}"#, "{}", "[]", "null", r#"{"access_token":null}"#] {
        let answer = format!(r#"{{"code":0,"msg":"成功","data":{data}}}"#);
        let transport = ReplayTransport::handler(move |_| Reply::bytes(answer.clone()));
        let client = BeschannelsClient::builder()
            .app_id(APP_ID)
            .app_secret(SECRET)
            .transport(Arc::new(transport))
            .build()
            .unwrap();
        let error = client.leads_details(&LeadsDetails::of(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{data}");
    }
}

#[tokio::test]
async fn refused_credentials_are_sent_once_and_a_failing_platform_is_no_refusal() {
    for (code, kind, sent) in [
        (1001, ErrorKind::Unauthenticated, 1),
        (10_002, ErrorKind::Unauthenticated, 1),
        (2, ErrorKind::Unauthenticated, 1),
        (123_456, ErrorKind::Unauthenticated, 1),
        (-1, ErrorKind::Platform, 2),
    ] {
        let answer = format!(r#"{{"code":{code},"msg":"{SECRET}","data":null}}"#);
        let transport = Arc::new(ReplayTransport::handler(move |_| Reply::bytes(answer.clone())));
        let clock = ManualClock::new();
        let client = BeschannelsClient::builder()
            .app_id(APP_ID)
            .app_secret(SECRET)
            .transport(transport.clone())
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        for _ in 0..2 {
            let error = clock.run(client.leads_details(&LeadsDetails::of(1))).await.unwrap_err();
            assert_eq!((error.kind(), error.platform_code()), (kind, Some(code)), "{error}");
            assert!(!format!("{error} {error:?}").contains(SECRET));
        }
        assert_eq!(transport.count(), sent, "{code}");
    }
}
