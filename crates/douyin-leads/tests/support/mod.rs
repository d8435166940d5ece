//! A Douyin of canned answers that notes what it is asked.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use douyin_leads::{DouyinClient, DouyinClientBuilder};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use leadtag_core::RetryPolicy;

pub const CLIENT_KEY: &str = "awmadeup0001";
pub const SECRET: &str = "made-up-secret-of-the-app";
pub const OPEN_ID: &str = "_000E1";
pub const REFRESH: &str = "rft.made-up";
pub const TOKEN: &str = "act.made-up";

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
}

/// Statuses and bodies.
type Script = VecDeque<(u16, Vec<u8>)>;

pub struct Stub {
    server: MockServer,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Script>>,
    token_answer: Arc<Mutex<Vec<u8>>>,
}

impl Stub {
    /// Answers token requests, and everything else with `answers`, in their order. After the last
    /// one it goes on with that.
    pub async fn start<B: Into<Vec<u8>>>(answers: impl IntoIterator<Item = B>) -> Self {
        let server = MockServer::start_async().await;
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answers: Script = answers.into_iter().map(|body| (200, body.into())).collect();
        let answers = Arc::new(Mutex::new(answers));
        let token = tokens(TOKEN, REFRESH);
        let token_answer = Arc::new(Mutex::new(token.into_bytes()));
        let (log, script, token) =
            (Arc::clone(&seen), Arc::clone(&answers), Arc::clone(&token_answer));
        let respond = move |request: &HttpMockRequest| {
            let asked = seen_of(request);
            let (status, body) = if asked.path.starts_with("/oauth/") {
                (200, token.lock().unwrap().clone())
            } else {
                let mut script = script.lock().unwrap();
                if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
                    .unwrap_or_else(|| (404, b"nothing is scripted".to_vec()))
            };
            log.lock().unwrap().push(asked);
            HttpMockResponse::builder().status(status).body(body).build()
        };
        server
            .mock_async(|_, then| {
                then.respond_with(respond);
            })
            .await;
        Self { server, seen, answers, token_answer }
    }

    pub async fn answering(body: impl Into<Vec<u8>>) -> Self {
        Self::start([body]).await
    }

    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    pub fn builder(&self) -> DouyinClientBuilder {
        DouyinClient::builder()
            .client_key(CLIENT_KEY)
            .client_secret(SECRET)
            .open_id(OPEN_ID)
            .refresh_token(REFRESH)
            .base_url(&self.server.base_url())
            .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
    }

    pub fn client(&self) -> DouyinClient {
        self.builder().build().unwrap()
    }

    /// Answers from now on with this, whatever is asked but the token.
    pub fn answer(&self, status: u16, body: impl Into<Vec<u8>>) {
        *self.answers.lock().unwrap() = VecDeque::from([(status, body.into())]);
    }

    pub fn answer_token(&self, body: impl Into<Vec<u8>>) {
        *self.token_answer.lock().unwrap() = body.into();
    }

    /// Everything that was asked but tokens.
    pub fn calls(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.retain(|asked| !asked.path.starts_with("/oauth/"));
        seen
    }

    pub fn token_calls(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.retain(|asked| asked.path.starts_with("/oauth/"));
        seen
    }

    /// The only call.
    #[track_caller]
    pub fn call(&self) -> Seen {
        let calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.into_iter().next().unwrap()
    }
}

/// What an OAuth call answers.
pub fn tokens(access: &str, refresh: &str) -> String {
    format!(
        r#"{{"data":{{"access_token":"{access}","captcha":"","desc_url":"","description":"","error_code":"0","expires_in":"1296000","open_id":"{OPEN_ID}","refresh_expires_in":"2592000","refresh_token":"{refresh}","scope":"enterprise.data"}},"message":"success"}}"#
    )
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
