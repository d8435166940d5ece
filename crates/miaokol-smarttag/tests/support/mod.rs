//! A Miaokol of canned answers that notes what it is asked.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use leadtag_core::RetryPolicy;
use miaokol_smarttag::MiaokolClient;

/// As in the documents' examples, where they are made up.
pub const APP_ID: &str = "madeUpAppId0000001";
pub const TOKEN: &str = "00000000000000000000000000000001";
pub const SECRET: &str = "made-up-secret-of-the-app";

/// What stands first in every body.
pub const FIRST: &str =
    r#"{"app_id":"madeUpAppId0000001","access_token":"00000000000000000000000000000001""#;

pub const DONE: &str = r#"{"data":null,"errcode":0}"#;

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
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

    /// The body behind app and token.
    pub fn rest(&self) -> &str {
        self.text().strip_prefix(FIRST).unwrap()
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
        let answers = answers.into_iter().map(|body| (200, body.into()));
        Self::with_statuses(answers).await
    }

    /// As [`start`](Self::start), with statuses.
    pub async fn with_statuses(answers: impl IntoIterator<Item = (u16, Vec<u8>)>) -> Self {
        let server = MockServer::start_async().await;
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let answers: Arc<Mutex<Script>> = Arc::new(Mutex::new(answers.into_iter().collect()));
        let token =
            format!(r#"{{"data":{{"access_token":"{TOKEN}","expires_in":7200}},"errcode":0}}"#);
        let token_answer = Arc::new(Mutex::new(token.into_bytes()));
        let (log, script, token) =
            (Arc::clone(&seen), Arc::clone(&answers), Arc::clone(&token_answer));
        let respond = move |request: &HttpMockRequest| {
            let asked = seen_of(request);
            let (status, body) = if asked.path.ends_with("/oauth/token") {
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

    pub fn client(&self) -> MiaokolClient {
        self.client_at("")
    }

    pub fn client_at(&self, prefix: &str) -> MiaokolClient {
        MiaokolClient::builder()
            .app_id(APP_ID)
            .app_secret(SECRET)
            .base_url(&format!("{}{prefix}", self.server.base_url()))
            .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
            .build()
            .unwrap()
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
        self.asked(|seen| !seen.path.ends_with("/oauth/token"))
    }

    pub fn token_calls(&self) -> Vec<Seen> {
        self.asked(|seen| seen.path.ends_with("/oauth/token"))
    }

    /// The APIs that were asked, but tokens.
    pub fn paths(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.path).collect()
    }

    /// The only call.
    #[track_caller]
    pub fn call(&self) -> Seen {
        let calls = self.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls.into_iter().next().unwrap()
    }

    fn asked(&self, wanted: impl Fn(&Seen) -> bool) -> Vec<Seen> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.retain(wanted);
        seen
    }
}

fn seen_of(request: &HttpMockRequest) -> Seen {
    let uri = request.uri();
    Seen {
        method: request.method_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: request.headers_vec().clone(),
        body: request.body_vec(),
    }
}

/// A page of groups that is the only one.
pub fn listed(groups: &str) -> String {
    page(groups, 1, 1)
}

pub fn page(groups: &str, number: u32, pages: u32) -> String {
    format!(
        r#"{{"data":[{groups}],"pager":{{"page":{number},"perPage":20,"numRecords":3,"numPages":{pages},"firstRecord":0,"lastRecord":0}},"errcode":0}}"#
    )
}

/// A group with tags, as `(id, name)`, in the quoted spelling of the documents.
pub fn group(id: u64, name: &str, tags: &[(u64, &str)]) -> String {
    let tag = |(tag, name): &(u64, &str)| {
        format!(r#"{{"id":"{tag}","name":"{name}","parent_id":"{id}","sort":"1","contact_cnt":0}}"#)
    };
    let tags: Vec<String> = tags.iter().map(tag).collect();
    format!(r#"{{"id":{id},"name":"{name}","type":2,"number":0,"tags":[{}]}}"#, tags.join(","))
}
