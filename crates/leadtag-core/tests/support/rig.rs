//! A made-up platform to test the core against: one envelope, one header for the token.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadtag_core::foreign_answer;
use leadtag_core::{
    Answer, ApiLimit, Authorize, BaseUrl, Call, Clock, Error, ErrorKind, Idempotency, IssuedToken,
    Limiter, Limits, MemoryTokenStore, Operation, Pipeline, PipelineParts, Platform, Request,
    Result, RetryClass, RetryPolicy, SecretString, Sent, Token, TokenCache, TokenKey, TokenPolicy,
    TokenSource, TokenStore, Transport, async_trait,
};
use leadtag_testkit::{Gate, ManualClock, Reply};
use serde_json::{Value, json};

pub(crate) const HERE: Platform = Platform::new("here");
pub(crate) const TOKEN_HEADER: http::HeaderName = http::HeaderName::from_static("x-token");
pub(crate) const SECRET: &str = "canary-app-secret";

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Builds a pipeline; what a test does not set is as generous as it can be.
pub(crate) struct Rig {
    pub(crate) clock: ManualClock,
    transport: Arc<dyn Transport>,
    limits: Limits,
    retry: RetryPolicy,
    tokens: Option<Arc<TokenCache>>,
    base_url: String,
    max_response_bytes: usize,
}

impl Rig {
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Self {
        Self::at(ManualClock::new(), transport)
    }

    pub(crate) fn at(clock: ManualClock, transport: Arc<dyn Transport>) -> Self {
        Self {
            clock,
            transport,
            limits: Limits::none(),
            retry: RetryPolicy::default(),
            tokens: None,
            base_url: "http://127.0.0.1:1".to_owned(),
            max_response_bytes: 1 << 20,
        }
    }

    pub(crate) fn limit(mut self, limit: ApiLimit) -> Self {
        self.limits = Limits::each(limit);
        self
    }

    pub(crate) fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    pub(crate) fn tokens(mut self, tokens: Arc<TokenCache>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    pub(crate) fn base_url(mut self, base_url: String) -> Self {
        self.base_url = base_url;
        self
    }

    pub(crate) fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    pub(crate) fn build(self) -> Pipeline {
        let clock: Arc<dyn Clock> = Arc::new(self.clock);
        let pipeline = Pipeline::new(PipelineParts {
            platform: HERE,
            base_url: BaseUrl::parse(&self.base_url, false).unwrap(),
            transport: self.transport,
            limiter: Arc::new(Limiter::new(self.limits, Arc::clone(&clock))),
            clock,
            retry: self.retry,
            max_response_bytes: self.max_response_bytes,
            authorize: Arc::new(TokenHeader),
            secrets: vec![SECRET.into()],
        })
        .unwrap();
        match self.tokens {
            Some(tokens) => pipeline.with_tokens(tokens),
            None => pipeline,
        }
    }
}

#[derive(Debug)]
struct TokenHeader;

impl Authorize for TokenHeader {
    fn authorize(&self, request: &mut Request, token: Option<&Token>) -> Result<()> {
        if let Some(token) = token {
            request.headers.insert(TOKEN_HEADER, token.expose().parse().unwrap());
        }
        Ok(())
    }
}

pub(crate) fn token_of(request: &Request) -> &str {
    request.headers.get(TOKEN_HEADER).map_or("", |value| value.to_str().unwrap())
}

pub(crate) fn operation(api: &'static str, idempotency: Idempotency) -> Operation {
    Operation { name: api.into(), api: api.into(), idempotency, with_token: true }
}

pub(crate) fn read() -> Call {
    Call::get(operation("read", Idempotency::Idempotent), "/read")
}

pub(crate) fn write() -> Call {
    Call::post_json(operation("write", Idempotency::NotIdempotent), "/write", "{}")
}

pub(crate) const BUSY: i64 = -1;
pub(crate) const THROTTLED: i64 = 45009;
pub(crate) const TOO_MANY_AT_ONCE: i64 = 45033;
pub(crate) const BAD_TOKEN: i64 = 42001;
pub(crate) const BAD_ARGUMENT: i64 = 40003;

/// Reads `{"code":0,"data":…}`, or makes the error of its code.
pub(crate) fn decode(answer: &Answer) -> Result<Value> {
    let envelope: Value =
        answer.json().map_err(|problem| foreign_answer(answer, Some(&problem)))?;
    let code = envelope["code"].as_i64().ok_or_else(|| foreign_answer(answer, None))?;
    let (kind, class) = match code {
        0 => return Ok(envelope["data"].clone()),
        BUSY => (ErrorKind::Platform, RetryClass::Busy),
        THROTTLED => (ErrorKind::RateLimited, RetryClass::Throttled),
        TOO_MANY_AT_ONCE => (ErrorKind::RateLimited, RetryClass::Concurrency),
        BAD_TOKEN => (ErrorKind::Unauthenticated, RetryClass::TokenRejected),
        _ => (ErrorKind::InvalidArgument, RetryClass::Never),
    };
    let message = envelope["message"].as_str().unwrap_or_default();
    let error = Error::new(kind, "").with_retry_class(class).with_platform_answer(code, message);
    match envelope["retry_after"].as_u64() {
        Some(wait) => Err(error.with_retry_after(seconds(wait))),
        None => Err(error),
    }
}

pub(crate) fn ok(data: Value) -> Reply {
    Reply::json(json!({ "code": 0, "data": data }))
}

pub(crate) fn code(code: i64) -> Reply {
    Reply::json(json!({ "code": code, "message": "no" }))
}

/// Hands out `token-1`, `token-2`, … unless a test orders errors first.
#[derive(Debug)]
pub(crate) struct Source {
    fetches: AtomicUsize,
    gate: Option<Gate>,
    errors: Mutex<VecDeque<Error>>,
    lifetime: Duration,
    refresh_after: Option<Duration>,
    name: &'static str,
}

impl Source {
    pub(crate) fn new() -> Self {
        Self {
            fetches: AtomicUsize::new(0),
            gate: None,
            errors: Mutex::default(),
            lifetime: seconds(7200),
            refresh_after: None,
            name: "token",
        }
    }

    pub(crate) fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Hands out tokens with so much of their life left.
    pub(crate) fn living(mut self, lifetime: Duration, refresh_after: Duration) -> Self {
        (self.lifetime, self.refresh_after) = (lifetime, Some(refresh_after));
        self
    }

    pub(crate) fn behind(mut self, gate: &Gate) -> Self {
        self.gate = Some(gate.clone());
        self
    }

    pub(crate) fn fail_next(&self, error: Error) {
        self.errors.lock().unwrap().push_back(error);
    }

    /// How many fetches were begun.
    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Source {
    async fn fetch(&self) -> Result<IssuedToken> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(gate) = &self.gate {
            gate.passed().await;
        }
        if let Some(error) = self.errors.lock().unwrap().pop_front() {
            return Err(error);
        }
        let token = IssuedToken::new(format!("{}-{number}", self.name).into(), self.lifetime);
        Ok(match self.refresh_after {
            Some(span) => token.refreshed_after(span),
            None => token,
        })
    }
}

pub(crate) fn key(secret: &str) -> TokenKey {
    TokenKey::new(HERE, "tenant", &SecretString::from(secret))
}

pub(crate) fn cache(source: &Arc<Source>, clock: &ManualClock) -> Arc<TokenCache> {
    cache_in(Arc::new(MemoryTokenStore::new()), source, clock)
}

pub(crate) fn cache_in(
    store: Arc<dyn TokenStore>,
    source: &Arc<Source>,
    clock: &ManualClock,
) -> Arc<TokenCache> {
    let (source, clock) = (Arc::clone(source), Arc::new(clock.clone()));
    let policy = TokenPolicy::default();
    Arc::new(TokenCache::new(key(SECRET), source, store, clock, policy))
}

/// The tokens of a source of another make.
pub(crate) fn cache_of(source: Arc<dyn TokenSource>, clock: &ManualClock) -> Arc<TokenCache> {
    let (store, clock) = (Arc::new(MemoryTokenStore::new()), Arc::new(clock.clone()));
    Arc::new(TokenCache::new(key(SECRET), source, store, clock, TokenPolicy::default()))
}

pub(crate) fn bad_credentials() -> Error {
    Error::new(ErrorKind::Unauthenticated, "bad credentials").with_sent(Sent::Yes)
}

pub(crate) fn passing_fault() -> Error {
    Error::new(ErrorKind::Transport, "the connection broke")
        .with_retry_class(RetryClass::Transport)
        .with_sent(Sent::Maybe)
}
