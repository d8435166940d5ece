//! A Beschannels of canned answers that notes what it is asked, and one whose list moves.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

pub mod moving;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use beschannels_leads::{BeschannelsClient, BeschannelsClientBuilder};
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use leadtag_core::RetryPolicy;

pub const APP_ID: &str = "made-up-app-id";
pub const SECRET: &str = "made-up-secret-of-the-app";
pub const TOKEN: &str = "made-up_token-with_url-safe_characters";
pub const USER: &str = "user0123456789abcdef0123456789abcdef";

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
        let token = token_answer(TOKEN, r#","expires_in":7200"#);
        let token_answer = Arc::new(Mutex::new(token.into_bytes()));
        let (log, script, token) =
            (Arc::clone(&seen), Arc::clone(&answers), Arc::clone(&token_answer));
        let respond = move |request: &HttpMockRequest| {
            let asked = seen_of(request);
            let (status, body) = if asked.path.ends_with("/api/get-access-token") {
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

    pub fn builder(&self) -> BeschannelsClientBuilder {
        BeschannelsClient::builder()
            .app_id(APP_ID)
            .app_secret(SECRET)
            .user_id(USER)
            .base_url(&self.server.base_url())
            .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
    }

    pub fn client(&self) -> BeschannelsClient {
        self.builder().build().unwrap()
    }

    pub fn client_at(&self, prefix: &str) -> BeschannelsClient {
        let base_url = format!("{}{prefix}", self.server.base_url());
        self.builder().base_url(&base_url).build().unwrap()
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
        seen.retain(|asked| !asked.path.ends_with("/get-access-token"));
        seen
    }

    pub fn token_calls(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.retain(|asked| asked.path.ends_with("/get-access-token"));
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

/// An answer of `get-access-token`; `rest` is what else stands in its data.
pub fn token_answer(token: &str, rest: &str) -> String {
    format!(r#"{{"code":0,"msg":"成功","data":{{"access_token":"{token}"{rest}}}}}"#)
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

/// A multipart body of texts, with the boundary of that content type.
pub fn multipart(content_type: &str, parts: &[(&str, &str)]) -> String {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let part = |(name, text): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    parts.iter().map(part).collect::<String>() + &format!("--{boundary}--\r\n")
}
