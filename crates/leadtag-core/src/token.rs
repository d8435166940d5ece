//! Token custody: one fetch for any number of callers, and no good token ever lost.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use secrecy::{ExposeSecret, SecretString};

use crate::secret::fingerprint;
use crate::time::within;
use crate::token_store::{StoredToken, TokenStore};
use crate::{Clock, Error, ErrorKind, Platform, Result, RetryClass, Sent, Timestamp, observe};

/// A token and how long it lives, as a platform handed it out.
#[derive(Clone, Debug)]
pub struct IssuedToken {
    value: SecretString,
    lifetime: Duration,
    refresh_after: Option<Duration>,
}

impl IssuedToken {
    /// A token that lives for `lifetime` from now.
    #[must_use]
    pub fn new(value: SecretString, lifetime: Duration) -> Self {
        Self { value, lifetime, refresh_after: None }
    }

    /// Sets when it is refreshed, counted from now, in place of
    /// [`TokenPolicy::refresh_margin`]: for platforms that hand out the same token again until
    /// little of its life is left, whatever was left when it came.
    #[must_use]
    pub fn refreshed_after(mut self, span: Duration) -> Self {
        self.refresh_after = Some(span);
        self
    }
}

/// Fetches tokens. One attempt per call of [`fetch`](Self::fetch) as far as the cache is
/// concerned: retries are the source's own business.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Asks the platform for a token.
    ///
    /// # Errors
    /// `Unauthenticated`, `ReauthorizationRequired`, `PermissionDenied` and `ConfigInvalid` are
    /// remembered and not asked for again for a while: repeating bad credentials gets an address
    /// banned. Any other error is not remembered.
    async fn fetch(&self) -> Result<IssuedToken>;
}

/// A token in use.
pub struct Token {
    value: SecretString,
    generation: u64,
    fetched: Duration,
    refresh_due: Timestamp,
    expires_at: Timestamp,
    after_rejection: bool,
    accepted: AtomicBool,
}

impl Token {
    /// The token itself. Put it where the platform wants it and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// When it expires, by the platform's own word.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Notes that the platform took it.
    pub(crate) fn mark_accepted(&self) {
        if !self.accepted.load(Ordering::Relaxed) {
            self.accepted.store(true, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("generation", &self.generation)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Whose token it is: platform, tenant, and a fingerprint of the credentials, so that two
/// applications of one tenant never share a token.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey {
    platform: Platform,
    tenant: String,
    fingerprint: String,
}

impl TokenKey {
    /// The key for one application of one tenant.
    pub fn new(platform: Platform, tenant: impl Into<String>, credential: &SecretString) -> Self {
        Self { platform, tenant: tenant.into(), fingerprint: fingerprint(credential) }
    }
}

impl TokenKey {
    /// The key of something else that is kept for the same credential, such as a refresh token.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        Self { fingerprint: format!("{}#{name}", self.fingerprint), ..self.clone() }
    }
}

impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.platform, self.tenant, self.fingerprint)
    }
}

/// The times that a [`TokenCache`] goes by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenPolicy {
    /// How long before its expiry a token is refreshed, at most half of its life. The old token
    /// serves all other callers meanwhile. Default: 5 minutes.
    pub refresh_margin: Duration,
    /// How long bad credentials are remembered. Default: 5 minutes.
    pub negative_ttl: Duration,
    /// How long after a failed refresh of a token that still serves the next one is tried, and
    /// how long a fresh token that no call ever succeeded with is kept before another one is
    /// fetched. Default: 30 seconds.
    pub hold_off: Duration,
    /// The longest that a caller whose token still serves waits for its refresh. Default:
    /// 5 seconds.
    pub refresh_patience: Duration,
}

impl Default for TokenPolicy {
    fn default() -> Self {
        Self {
            refresh_margin: Duration::from_secs(300),
            negative_ttl: Duration::from_secs(300),
            hold_off: Duration::from_secs(30),
            refresh_patience: Duration::from_secs(5),
        }
    }
}

type Outcome = Result<Arc<Token>>;
type Flight = BoxFuture<'static, Outcome>;

/// The token of one credential: fetched once for all callers, refreshed ahead of its expiry,
/// dropped only by a caller that used this very token.
///
/// There is no background task. The callers that wait for a fetch drive it together; if the one
/// that began it is cancelled, the others carry it on.
pub struct TokenCache {
    inner: Arc<Inner>,
}

struct Inner {
    key: TokenKey,
    source: Arc<dyn TokenSource>,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    policy: TokenPolicy,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Arc<Token>>,
    flight: Option<WeakShared<Flight>>,
    refused: Option<(Error, Duration)>,
    next_refresh: Duration,
    rejected: Option<SecretString>,
    generations: u64,
}

/// What to do after the platform refused a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// Ask the cache again and send the call once more.
    Replay,
    /// The token is fresh and no call ever succeeded with it: another one would not help.
    Hopeless,
}

impl TokenCache {
    /// A cache for the token of `key`, fetched from `source`, kept in `store`.
    #[must_use]
    pub fn new(
        key: TokenKey,
        source: Arc<dyn TokenSource>,
        store: Arc<dyn TokenStore>,
        clock: Arc<dyn Clock>,
        policy: TokenPolicy,
    ) -> Self {
        let state = Mutex::default();
        Self { inner: Arc::new(Inner { key, source, store, clock, policy, state }) }
    }

    /// A token that is good by all that is known.
    ///
    /// # Errors
    /// What the source returned, or, for a while, what it returned last for bad credentials.
    pub async fn get(&self) -> Result<Arc<Token>> {
        let (serving, flight) = {
            let mut state = self.inner.lock();
            let (now, tick) = (self.inner.clock.now(), self.inner.clock.monotonic());
            let running = state.flight.as_ref().and_then(WeakShared::upgrade);
            let serving = state.current.clone().filter(|token| now < token.expires_at);
            if let Some(token) = &serving {
                let due = now >= token.refresh_due && tick >= state.next_refresh;
                if !due || running.is_some() {
                    return Ok(Arc::clone(token));
                }
            } else if let Some(error) = state.remembered(tick) {
                return Err(error);
            }
            if serving.is_some() {
                // Also if this refresh is given up: the next caller does not begin it at once.
                state.next_refresh = tick.saturating_add(self.inner.policy.hold_off);
            }
            (serving, running.unwrap_or_else(|| self.begin(&mut state)))
        };
        let Some(token) = serving else {
            return flight.await;
        };
        let patience = self.inner.policy.refresh_patience;
        match within(&*self.inner.clock, patience, flight).await {
            Ok(Ok(newer)) => return Ok(newer),
            Ok(Err(error)) => {
                tracing::warn!(%error, "token refresh failed; the old token still serves");
            }
            Err(_) => tracing::warn!("token refresh takes long; the old token still serves"),
        }
        Ok(token)
    }

    /// The platform refused `token`: drops it, unless a newer one has taken its place.
    pub(crate) fn reject(&self, token: &Token) -> Rejection {
        let mut state = self.inner.lock();
        let is_current = state.current.as_ref().is_some_and(|t| t.generation == token.generation);
        if !is_current {
            return Rejection::Replay;
        }
        let age = self.inner.clock.monotonic().saturating_sub(token.fetched);
        let fresh = age < self.inner.policy.hold_off;
        if fresh && token.after_rejection && !token.accepted.load(Ordering::Relaxed) {
            return Rejection::Hopeless;
        }
        state.rejected = Some(token.value.clone());
        state.current = None;
        Rejection::Replay
    }

    fn begin(&self, state: &mut State) -> Shared<Flight> {
        let inner = Arc::clone(&self.inner);
        let flight = async move { inner.fetch().await }.boxed().shared();
        state.flight = flight.downgrade();
        flight
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a token that is new now is refreshed.
    fn refresh_due(&self, expires_at: Timestamp, after: Option<Duration>) -> Timestamp {
        let now = self.clock.now();
        let life = expires_at.since(now);
        let margin = self.policy.refresh_margin.min(life / 2);
        now.saturating_add(after.unwrap_or_else(|| life.saturating_sub(margin)))
    }

    /// One flight: the store first, then the source. Whatever comes out is in the state before
    /// any caller sees it.
    async fn fetch(&self) -> Outcome {
        let outcome = match self.load_stored().await {
            Some(stored) => Ok((stored, None)),
            None => self.fetch_new().await,
        };
        let mut state = self.lock();
        state.flight = None;
        let tick = self.clock.monotonic();
        match outcome {
            Ok((StoredToken { value, expires_at }, refresh_after)) => {
                state.generations += 1;
                let after_rejection = state.rejected.take().is_some();
                let token = Arc::new(Token {
                    value,
                    generation: state.generations,
                    fetched: tick,
                    refresh_due: self.refresh_due(expires_at, refresh_after),
                    expires_at,
                    after_rejection,
                    accepted: AtomicBool::new(false),
                });
                state.current = Some(Arc::clone(&token));
                state.refused = None;
                Ok(token)
            }
            Err(error) => {
                state.next_refresh = tick.saturating_add(self.policy.hold_off);
                if is_about_credentials(&error) {
                    let until = tick.saturating_add(self.policy.negative_ttl);
                    state.refused = Some((error.clone(), until));
                }
                Err(error)
            }
        }
    }

    async fn load_stored(&self) -> Option<StoredToken> {
        let stored = match self.store.load(&self.key).await {
            Ok(stored) => stored?,
            Err(error) => {
                tracing::warn!(%error, "the token store cannot be read");
                return None;
            }
        };
        let state = self.lock();
        let known = |token: &SecretString| token.expose_secret() == stored.value.expose_secret();
        let used_up = state.rejected.as_ref().is_some_and(known)
            || state.current.as_ref().is_some_and(|token| known(&token.value));
        let margin = self.policy.refresh_margin;
        (!used_up && self.clock.now().saturating_add(margin) < stored.expires_at).then_some(stored)
    }

    async fn fetch_new(&self) -> Result<(StoredToken, Option<Duration>)> {
        let issued = observe::for_token(self.source.fetch()).await?;
        let expires_at = self.clock.now().saturating_add(issued.lifetime);
        let stored = StoredToken { value: issued.value, expires_at };
        if let Err(error) = self.store.save(&self.key, &stored).await {
            tracing::warn!(%error, "the token could not be stored; it is used all the same");
        }
        Ok((stored, issued.refresh_after))
    }
}

impl State {
    /// The error of bad credentials, as long as it is remembered. No call was made for it.
    fn remembered(&self, tick: Duration) -> Option<Error> {
        let (error, until) = self.refused.as_ref()?;
        let left = until.checked_sub(tick).filter(|left| !left.is_zero())?;
        let error = error.clone().with_sent(Sent::No).with_retry_after(left);
        Some(error.with_advice("these credentials were refused before; nothing was sent"))
    }
}

fn is_about_credentials(error: &Error) -> bool {
    error.retry_class() == RetryClass::Never
        && matches!(
            error.kind(),
            ErrorKind::Unauthenticated
                | ErrorKind::ReauthorizationRequired
                | ErrorKind::PermissionDenied
                | ErrorKind::ConfigInvalid
        )
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("key", &self.inner.key).finish_non_exhaustive()
    }
}
