//! A CRM of canned answers that notes what it is asked.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm_v3::CrmV3Client;
use hmac_sha256::Hash;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use leadtag_core::RetryPolicy;

pub const APP_ID: &str = "wwexample_AbC123";
pub const APP_KEY: &str = "k3y-EXAMPLE-0001";

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The signature that this request must have, by the definition.
    pub fn expected_sign(&self) -> String {
        let timestamp = self.header("timestamp").unwrap();
        let signed = [APP_ID.as_bytes(), timestamp.as_bytes(), &self.body, APP_KEY.as_bytes()];
        let hash = Hash::hash(&signed.concat());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Statuses and bodies.
type Script = VecDeque<(u16, Vec<u8>)>;

pub struct Stub {
    server: MockServer,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Script>>,
}

impl Stub {
    /// Answers with `answers`, in their order. After the last one it goes on with that.
    pub async fn start<B: Into<Vec<u8>>>(answers: impl IntoIterator<Item = B>) -> Self {
        let server = MockServer::start_async().await;
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answers: Script = answers.into_iter().map(|body| (200, body.into())).collect();
        let answers = Arc::new(Mutex::new(answers));
        let (log, script) = (Arc::clone(&seen), Arc::clone(&answers));
        let respond = move |request: &HttpMockRequest| {
            let mut script = script.lock().unwrap();
            let (status, body) =
                if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
                    .unwrap_or_else(|| (404, b"nothing is scripted".to_vec()));
            log.lock().unwrap().push(seen_of(request));
            HttpMockResponse::builder().status(status).body(body).build()
        };
        server
            .mock_async(|_, then| {
                then.respond_with(respond);
            })
            .await;
        Self { server, seen, answers }
    }

    pub async fn answering(body: impl Into<Vec<u8>>) -> Self {
        Self::start([body]).await
    }

    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    pub fn client(&self) -> CrmV3Client {
        self.client_at("")
    }

    pub fn client_at(&self, prefix: &str) -> CrmV3Client {
        CrmV3Client::builder()
            .app_id(APP_ID)
            .app_key(APP_KEY)
            .base_url(&format!("{}{prefix}", self.server.base_url()))
            .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
            .build()
            .unwrap()
    }

    /// Answers from now on with this, whatever is asked.
    pub fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        *self.answers.lock().unwrap() = VecDeque::from([(status, body.into())]);
    }

    pub fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only call.
    #[track_caller]
    pub fn call(&self) -> Seen {
        let calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.into_iter().next().unwrap()
    }
}

/// An answer with this data.
pub fn ok(data: &str) -> String {
    format!(r#"{{"code":0,"message":"ok","data":{data}}}"#)
}

fn seen_of(request: &HttpMockRequest) -> Seen {
    let uri = request.uri();
    Seen {
        method: request.method_str().to_owned(),
        path: uri.path().to_owned(),
        query: request.query_params(),
        headers: request.headers_vec().clone(),
        body: request.body_vec(),
    }
}
