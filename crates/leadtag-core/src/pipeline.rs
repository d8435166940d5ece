//! The way of a request, from a typed call to the transport and back.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tracing::Instrument;

use crate::limiter::Permit;
use crate::observe::{self, CallObserver, Sending, Wait, WaitCause};
use crate::retry::{Next, Retries, RetryBudget};
use crate::time::within;
use crate::token::Rejection;
use crate::transport::{BodyError, read_body};
use crate::{
    Answer, BaseUrl, Call, Clock, Error, ErrorKind, Limiter, Platform, Request, Result, RetryClass,
    RetryPolicy, Sent, Token, TokenCache, Transport,
};

/// The largest answer that is read unless the client is told otherwise: 64 MiB.
pub const DEFAULT_MAX_RESPONSE_BYTES: usize = 64 << 20;

/// Whether anything was sent.
#[derive(Default)]
struct Asked(AtomicBool);

impl CallObserver for Asked {
    fn sending(&self, _: Sending) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn waiting(&self, _: Wait) {}

    fn waited(&self, _: Wait, _: Duration) {}
}

/// How long an API is left alone after a throttling answer that does not say how long.
const DEFAULT_PAUSE: Duration = Duration::from_secs(60);

/// Puts token and signature on a request; called anew for every attempt.
pub trait Authorize: fmt::Debug + Send + Sync {
    /// Puts `token` where the platform wants it, and signs.
    ///
    /// # Errors
    /// If the token cannot be put there.
    fn authorize(&self, request: &mut Request, token: Option<&Token>) -> Result<()>;
}

/// Makes a value of a complete answer, or the error that the answer reports. Decodes the body
/// whatever the HTTP status is: platforms report errors with status 200, and gateways in front of
/// them with HTML.
pub type Decode<'a, T> = &'a (dyn Fn(&Answer) -> Result<T> + Send + Sync);

/// Finds out whether a call whose outcome is unknown took effect: its value if it did.
pub type LookUp<'a, T> = &'a (dyn Fn() -> BoxFuture<'a, Result<Option<T>>> + Send + Sync);

/// The parts a pipeline is made of.
#[derive(Debug)]
pub struct PipelineParts {
    /// The platform, for errors.
    pub platform: Platform,
    /// Where it is reached.
    pub base_url: BaseUrl,
    /// What moves the bytes.
    pub transport: Arc<dyn Transport>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// The limits of the tenant.
    pub limiter: Arc<Limiter>,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// The largest answer that is read.
    pub max_response_bytes: usize,
    /// What puts token and signature on a request.
    pub authorize: Arc<dyn Authorize>,
    /// Secrets that must not come back in a message of the platform.
    pub secrets: Vec<SecretString>,
}

/// Sends calls: deadline, retries, limits, token, signature, size cap, decoding.
///
/// Cheap to clone; clones share limits, token and retry budget.
#[derive(Clone)]
pub struct Pipeline {
    parts: Arc<PipelineParts>,
    tokens: Option<Arc<TokenCache>>,
    retry: RetryPolicy,
    budget: Arc<RetryBudget>,
}

impl Pipeline {
    /// Puts a pipeline together.
    ///
    /// # Errors
    /// `ConfigInvalid` if the transport cannot reach the base URL.
    pub fn new(parts: PipelineParts) -> Result<Self> {
        parts.transport.check(&parts.base_url)?;
        let (retry, budget) = (parts.retry, Arc::new(RetryBudget::new()));
        Ok(Self { parts: Arc::new(parts), tokens: None, retry, budget })
    }

    /// This pipeline with a token on the calls that want one.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Arc<TokenCache>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// This pipeline with another way to retry. Limits, token and budget stay shared.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// How calls are retried.
    #[must_use]
    pub fn retry(&self) -> RetryPolicy {
        self.retry
    }

    /// The platform.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.parts.platform
    }

    /// Where the platform is reached.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.parts.base_url
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.parts.clock
    }

    /// The limits of the tenant.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        &self.parts.limiter
    }

    /// The token cache.
    #[must_use]
    pub fn tokens(&self) -> Option<&Arc<TokenCache>> {
        self.tokens.as_ref()
    }

    /// Sees whether the platform gives a token for the credentials. `None`: it was not asked for
    /// one, as calls carry none or one is at hand, which tells nothing yet.
    pub async fn check_token(&self) -> Option<Result<()>> {
        let tokens = self.tokens()?;
        let asked = Arc::new(Asked::default());
        let token = observe::observed(Arc::clone(&asked) as _, tokens.get()).await;
        match token {
            Err(error) => Some(Err(error)),
            Ok(_) => asked.0.load(Ordering::Relaxed).then_some(Ok(())),
        }
    }

    /// Sends `call` until it succeeds or may not be sent again.
    ///
    /// # Errors
    /// The last error; its [`sent`](Error::sent) is `Maybe` if a change may have been made.
    pub async fn run<T: Send>(&self, call: &Call, decode: Decode<'_, T>) -> Result<T> {
        self.run_or_look_up(call, decode, None).await
    }

    /// As [`run`](Self::run); a call whose outcome is unknown is looked up before it is sent
    /// again, so that it never takes effect twice.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_or_look_up<T: Send>(
        &self,
        call: &Call,
        decode: Decode<'_, T>,
        look_up: Option<LookUp<'_, T>>,
    ) -> Result<T> {
        let mut slot = TypedSlot { decode, look_up, value: None };
        self.fill(call, &mut slot).await?;
        slot.value.ok_or_else(|| Error::new(ErrorKind::Decode, "the call ended without a value"))
    }

    /// Sends `call` until its value is in `slot`. Boxed, so that neither the caller's future nor
    /// what the compiler makes of it grows with all that happens here.
    fn fill<'a>(&'a self, call: &'a Call, slot: &'a mut dyn Slot) -> BoxFuture<'a, Result<()>> {
        let (platform, operation) = (self.parts.platform, &call.operation.name);
        let span = tracing::debug_span!("call", %platform, %operation);
        let deadline = self.parts.clock.monotonic().saturating_add(self.retry.deadline);
        let mut run = Run { pipeline: self, call, deadline, refused: None, sent: false };
        let done = async move {
            run.until_done(slot).await.map_err(|error| error.with_context(platform, operation))
        };
        Box::pin(done.instrument(span))
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("platform", &self.parts.platform)
            .field("base_url", &self.parts.base_url)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Where the value of a call is put, whatever its type: how a call is sent, retried and looked up
/// is compiled once, not once for each type.
trait Slot: Send {
    /// Puts in what `answer` says.
    fn fill(&mut self, answer: &Answer) -> Result<()>;

    fn can_look_up(&self) -> bool;

    /// Puts in what the call turns out to have brought about; `false` if it did nothing.
    fn look_up(&mut self) -> BoxFuture<'_, Result<bool>>;
}

struct TypedSlot<'d, 'l, T> {
    decode: Decode<'d, T>,
    look_up: Option<LookUp<'l, T>>,
    value: Option<T>,
}

impl<T: Send> Slot for TypedSlot<'_, '_, T> {
    fn fill(&mut self, answer: &Answer) -> Result<()> {
        self.value = Some((self.decode)(answer)?);
        Ok(())
    }

    fn can_look_up(&self) -> bool {
        self.look_up.is_some()
    }

    fn look_up(&mut self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            if let Some(look_up) = self.look_up {
                self.value = look_up().await?;
            }
            Ok(self.value.is_some())
        })
    }
}

/// One call on its way.
struct Run<'a> {
    pipeline: &'a Pipeline,
    call: &'a Call,
    deadline: Duration,
    /// The token that the platform refused, if the call is being replayed with another one.
    refused: Option<Arc<Token>>,
    /// Whether a request went out already.
    sent: bool,
}

impl Run<'_> {
    async fn until_done(&mut self, slot: &mut dyn Slot) -> Result<()> {
        let mut retries = Retries::new(self.pipeline.retry);
        let mut last: Option<Error> = None;
        let mut earlier = Sent::No;
        loop {
            let error = match self.attempt(slot).await {
                Ok(Ended::Done) => return Ok(()),
                Ok(Ended::Replay) => continue,
                Err(Stopped::BeforeSending(error)) => {
                    return Err(after_all(last, error.with_sent(earlier)));
                }
                Err(Stopped::Failed(error)) => error,
            };
            tracing::debug!(%error, class = ?error.retry_class(), "attempt failed");
            let next = retries.after(&error, self.call.operation.idempotency);
            // An earlier attempt may have arrived, even if this one did not.
            let (sent, left_behind) = (error.sent(), what_may_have_happened(&error));
            let error = error.with_sent(either(earlier, sent));
            earlier = either(earlier, left_behind);
            let (delay, unknown) = match next {
                Next::Stop => return Err(error),
                Next::Resend(delay) => (delay, false),
                Next::LookUp(delay) => (delay, true),
            };
            if (unknown && !slot.can_look_up()) || !self.may_wait(delay, &error) {
                return Err(error);
            }
            self.sleep(delay, &error).await;
            if unknown {
                match within(&*self.pipeline.parts.clock, self.left(), slot.look_up()).await {
                    Ok(Ok(true)) => return Ok(()),
                    Ok(Ok(false)) => {
                        earlier = Sent::No;
                        last = Some(error.with_sent(Sent::No));
                        continue;
                    }
                    Ok(Err(failed)) => {
                        tracing::debug!(error = %failed, "the outcome could not be looked up");
                        return Err(error);
                    }
                    Err(_) => return Err(error),
                }
            }
            last = Some(error);
        }
    }

    /// Whether there is time for `delay`, and budget for one more attempt after it. What the
    /// limiter holds back anyway costs nothing: it cannot become a storm.
    fn may_wait(&self, delay: Duration, error: &Error) -> bool {
        let clock = &self.pipeline.parts.clock;
        let held_back =
            matches!(error.retry_class(), RetryClass::Throttled | RetryClass::Concurrency);
        clock.monotonic().saturating_add(delay) < self.deadline
            && (held_back || self.pipeline.budget.spend())
    }

    async fn sleep(&self, delay: Duration, error: &Error) {
        let clock = &*self.pipeline.parts.clock;
        let asked = error.retry_after().map_or(Duration::ZERO, |wait| wait.min(delay));
        let cause = if error.is_rate_limit() { WaitCause::Platform } else { WaitCause::Fault };
        let _told = observe::waiting(clock, asked, cause);
        clock.sleep(delay).await;
    }

    async fn attempt(&mut self, slot: &mut dyn Slot) -> Result<Ended, Stopped> {
        let parts = &*self.pipeline.parts;
        let operation = &self.call.operation;
        let token = self.token().await.map_err(Stopped::BeforeSending)?;
        let permit = parts
            .limiter
            .acquire(&operation.api, self.call.serial_key.as_deref(), self.deadline)
            .await
            .map_err(Stopped::BeforeSending)?;
        if self.left().is_zero() {
            let error = Error::new(ErrorKind::Timeout, "its turn came too late to be sent");
            return Err(Stopped::BeforeSending(error));
        }
        let mut request = self.call.request(&parts.base_url);
        parts
            .authorize
            .authorize(&mut request, token.as_deref())
            .map_err(Stopped::BeforeSending)?;
        observe::sending(std::mem::replace(&mut self.sent, true));
        let outcome = match self.exchange(request).await {
            Ok(answer) => slot.fill(&answer).map_err(|error| match error.http_status() {
                Some(_) => error,
                None => error.with_http_status(answer.status),
            }),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => {
                if let Some(token) = &token {
                    token.mark_accepted();
                }
                permit.succeeded();
                self.pipeline.budget.earn();
                Ok(Ended::Done)
            }
            Err(error) => {
                if let Some(token) = token.as_ref().filter(|_| took_the_token(&error)) {
                    token.mark_accepted();
                }
                self.failed(self.hide(error, token.as_deref()), &permit, token.as_ref())
            }
        }
    }

    /// Feeds an error back into limits and token, and says whether the call may be replayed.
    fn failed(
        &mut self,
        error: Error,
        permit: &Permit,
        token: Option<&Arc<Token>>,
    ) -> Result<Ended, Stopped> {
        let limiter = &self.pipeline.parts.limiter;
        match error.retry_class() {
            RetryClass::Throttled => {
                let wait = error.retry_after().unwrap_or(DEFAULT_PAUSE);
                limiter.pause(&self.call.operation.api, wait);
            }
            RetryClass::Concurrency => permit.too_many_in_flight(),
            RetryClass::TokenRejected => {
                if let (Some(tokens), Some(token), false) =
                    (&self.pipeline.tokens, token, self.refused.is_some())
                    && tokens.reject(token) == Rejection::Replay
                {
                    tracing::debug!("token refused; fetching another one");
                    self.refused = Some(Arc::clone(token));
                    return Ok(Ended::Replay);
                }
            }
            _ => {}
        }
        Err(Stopped::Failed(error))
    }

    async fn token(&self) -> Result<Option<Arc<Token>>> {
        let Some(tokens) = self.pipeline.tokens.as_ref().filter(|_| self.call.operation.with_token)
        else {
            return Ok(None);
        };
        let left = self.left();
        match within(&*self.pipeline.parts.clock, left, tokens.get()).await {
            // Whatever became of the token's own call: this one was not sent.
            Ok(token) => token.map(Some).map_err(|error| error.with_sent(Sent::No)),
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                "no token came in time; the call itself was not sent",
            )),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Answer> {
        let parts = &*self.pipeline.parts;
        let limit = self.left().min(self.pipeline.retry.attempt_timeout);
        let exchange = async {
            let response = parts.transport.send(request).await.map_err(BodyError::Broken)?;
            read_body(response, parts.max_response_bytes).await
        };
        match within(&*parts.clock, limit, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(BodyError::Broken(failure))) => {
                let sent = failure.sent();
                Err(Error::new(ErrorKind::Transport, failure.to_string())
                    .with_retry_class(RetryClass::Transport)
                    .with_sent(sent)
                    .with_source(failure))
            }
            Ok(Err(BodyError::TooLarge)) => Err(Error::new(
                ErrorKind::Decode,
                format!("the answer has more than {} bytes", parts.max_response_bytes),
            )
            .with_sent(Sent::Maybe)
            .with_advice("narrow the query or raise max_response_bytes")),
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("no complete answer within {:.1} s", limit.as_secs_f64()),
            )
            .with_retry_class(RetryClass::Transport)
            .with_sent(Sent::Maybe)),
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.pipeline.parts.clock.monotonic())
    }

    fn hide(&self, error: Error, token: Option<&Token>) -> Error {
        let secrets = &self.pipeline.parts.secrets;
        let hidden: Vec<&str> = secrets
            .iter()
            .map(|secret| secret.expose_secret())
            .chain(token.map(Token::expose))
            .chain(self.refused.as_deref().map(Token::expose))
            .collect();
        error.hide(&hidden)
    }
}

/// The error when a further attempt could not be sent: if only its turn did not come in time, what
/// the platform answered before says more.
fn after_all(last: Option<Error>, error: Error) -> Error {
    let Some(last) = last else { return error };
    match (error.kind(), error.retry_after()) {
        (ErrorKind::RateLimited, Some(wait)) => last.with_retry_after(wait),
        (ErrorKind::RateLimited | ErrorKind::Timeout, _) => last,
        _ => error,
    }
}

/// Whether the platform itself refused the call for another reason than its token.
fn took_the_token(error: &Error) -> bool {
    error.platform_code().is_some()
        && error.kind() != ErrorKind::Unauthenticated
        && error.retry_class() != RetryClass::TokenRejected
}

/// What a failed attempt may have left behind: nothing, if the platform refused it unread.
fn what_may_have_happened(error: &Error) -> Sent {
    match error.retry_class() {
        RetryClass::Throttled | RetryClass::Concurrency | RetryClass::TokenRejected => Sent::No,
        _ => error.sent(),
    }
}

/// What is known of two attempts together.
fn either(one: Sent, other: Sent) -> Sent {
    match (one, other) {
        (Sent::Maybe, _) | (_, Sent::Maybe) => Sent::Maybe,
        (Sent::Yes, _) | (_, Sent::Yes) => Sent::Yes,
        (Sent::No, Sent::No) => Sent::No,
    }
}

/// How an attempt ended that is not an error.
enum Ended {
    Done,
    Replay,
}

/// How an attempt ended otherwise.
enum Stopped {
    BeforeSending(Error),
    Failed(Error),
}
