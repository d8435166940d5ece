//! A transport without a network: it answers from a script, and notes what was sent.

use std::collections::VecDeque;
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use http::StatusCode;
use leadtag_core::{Request, Response, Transport, TransportError};

use crate::{Exchange, Reply};

type Handler = Box<dyn Fn(&Request) -> Reply + Send + Sync>;

/// A [`Transport`] that answers from a script of exchanges, in order, or from a function.
///
/// A request that the script does not expect is answered with status 400 and a text, which no
/// provider takes for an answer or sends again, and [`verify`](Self::verify) tells the difference.
pub struct ReplayTransport {
    source: Source,
    state: Mutex<State>,
}

enum Source {
    Script,
    Handler(Handler),
}

#[derive(Default)]
struct State {
    script: VecDeque<Exchange>,
    requests: Vec<Request>,
    mismatches: Vec<String>,
}

impl ReplayTransport {
    /// Answers from `script`, each exchange once, in order.
    #[must_use]
    pub fn script(script: impl IntoIterator<Item = Exchange>) -> Self {
        let state = State { script: script.into_iter().collect(), ..State::default() };
        Self { source: Source::Script, state: Mutex::new(state) }
    }

    /// Answers with what `handler` makes of each request.
    #[must_use]
    pub fn handler(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self { source: Source::Handler(Box::new(handler)), state: Mutex::default() }
    }

    /// Adds an exchange to the end of the script.
    pub fn push(&self, exchange: Exchange) {
        self.lock().script.push_back(exchange);
    }

    /// Everything that was sent, in order, with query, headers and body.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    /// How many requests were sent.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().requests.len()
    }

    /// Whether everything was sent that the script expects, and nothing else.
    ///
    /// # Errors
    /// The differences, in words.
    pub fn verify(&self) -> Result<(), ReplayMismatch> {
        let state = self.lock();
        let mut text = state.mismatches.join("");
        for exchange in &state.script {
            let _ = writeln!(text, "never asked for: {}", exchange.title());
        }
        if text.is_empty() { Ok(()) } else { Err(ReplayMismatch(text)) }
    }

    /// As [`verify`](Self::verify), for tests.
    ///
    /// # Panics
    /// With the differences, if there are any.
    #[track_caller]
    pub fn assert_verified(&self) {
        let outcome = self.verify();
        assert!(outcome.is_ok(), "{}", outcome.err().unwrap_or_default());
    }

    fn reply_to(&self, request: &Request) -> Reply {
        let mut state = self.lock();
        state.requests.push(request.clone());
        let number = state.requests.len();
        if let Source::Handler(handler) = &self.source {
            drop(state);
            return handler(request);
        }
        let Some(exchange) = state.script.front() else {
            let (method, path) = (&request.method, request.url.path());
            return state.mismatch(format!("request {number} was not expected: {method} {path}\n"));
        };
        let differences = exchange.differences(request);
        if !differences.is_empty() {
            let title = exchange.title();
            let text = format!("request {number} is not the {title} of the script:\n{differences}");
            return state.mismatch(text);
        }
        match state.script.pop_front() {
            Some(exchange) => exchange.reply,
            None => Reply::hang(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mismatch(&mut self, text: String) -> Reply {
        let reply = Reply::bytes(text.clone()).with_status(StatusCode::BAD_REQUEST);
        self.mismatches.push(text);
        reply
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.reply_to(&request).give().await
    }
}

impl fmt::Debug for ReplayTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("ReplayTransport")
            .field("left", &state.script.len())
            .field("requests", &state.requests.len())
            .finish()
    }
}

/// What was sent differs from what a script expects.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ReplayMismatch(String);
