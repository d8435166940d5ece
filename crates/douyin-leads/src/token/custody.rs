//! The refresh token of one account: where it is kept, and when it is renewed.

mod grant;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use futures_util::lock::Mutex;
use leadtag_core::{
    Clock, Error, ErrorKind, IssuedToken, Result, RetryClass, SecretString, Timestamp, TokenKey,
    TokenSource, TokenStore, async_trait,
};

use grant::{Grant, MAX_RENEWALS};

use super::{Authorization, reauthorize};
use crate::error::{BAD_REFRESH_TOKEN, RENEWALS_USED_UP};
use crate::model::{OAuthToken, RenewedToken};
use crate::oauth::REFRESH_TOKEN;
use crate::{DouyinOAuth, PLATFORM};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// What an access token lives for if Douyin does not tell (vendor's document: 15 days).
pub(crate) const ACCESS_LIFE: Duration = DAY.saturating_mul(15);
/// A refresh token is renewed if it would end so soon after the access token, or before.
const SLACK: Duration = DAY;
/// The app lacks the scope that renewing needs.
const NO_SCOPE: i64 = 10_004;

/// Gets access tokens for the refresh token of one account, and takes care of the latter.
///
/// A refresh token that Douyin replaces is stored before it is used. One that could not be stored
/// is kept here, and nothing is done before it is: the one before it is dead.
pub(crate) struct Custody {
    pub(crate) oauth: DouyinOAuth,
    pub(crate) open_id: Arc<str>,
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The key of the refresh token in the store.
    pub(crate) key: TokenKey,
    /// Whether the refresh token is renewed.
    pub(crate) renews: bool,
    state: Mutex<State>,
}

struct State {
    grant: Grant,
    /// The grant is newer than what the store has.
    unsaved: bool,
    /// An access token to begin with.
    first: Option<(SecretString, Duration)>,
    /// A renewal on its way. It stays here if its caller is cancelled: what it brings is the only
    /// refresh token there is.
    renewing: Option<(Grant, Flight)>,
}

type Flight = Shared<BoxFuture<'static, Result<RenewedToken>>>;

/// What became of a renewal that was due.
enum Renewal {
    /// It is done, not due, or cannot be.
    Settled,
    /// It failed, and must be tried again before the refresh token ends.
    Again,
}

impl Custody {
    pub(crate) fn new(
        oauth: DouyinOAuth,
        open_id: Arc<str>,
        (store, clock): (Arc<dyn TokenStore>, Arc<dyn Clock>),
        key: TokenKey,
        renews: bool,
        (refresh_token, access_token): (SecretString, Option<SecretString>),
    ) -> Self {
        let first = access_token.map(|token| (token, ACCESS_LIFE));
        let grant = Grant { refresh_token, renewals: 0, ends_at: None };
        let state = Mutex::new(State { grant, unsaved: false, first, renewing: None });
        Self { oauth, open_id, store, clock, key, renews, state }
    }

    /// Takes the tokens of a fresh authorisation. If they cannot be stored now, they are before
    /// they are used.
    pub(crate) async fn adopt(&self, token: &OAuthToken) {
        let mut state = self.state.lock().await;
        let lifetime = token.expires_in.map_or(ACCESS_LIFE, Duration::from_secs);
        state.first = Some((token.access_token.clone(), lifetime));
        let grant = Grant {
            refresh_token: token.refresh_token.clone(),
            renewals: 0,
            ends_at: self.end_after(token.refresh_expires_in),
        };
        if let Err(error) = self.keep(&mut state, grant).await {
            tracing::warn!(%error, "the authorisation is kept in memory for now");
        }
    }

    /// How long the authorisation lasts, as far as is known.
    pub(crate) async fn authorization(&self) -> Result<Authorization> {
        let mut state = self.state.lock().await;
        let grant = self.current(&mut state).await?;
        Ok(grant.authorization(self.renews))
    }

    /// The newest refresh token: the store's, since another program may have replaced it.
    async fn current(&self, state: &mut State) -> Result<Grant> {
        if state.renewing.is_some()
            && let Err(error) = self.land(state).await?
        {
            tracing::warn!(%error, "the refresh token could not be renewed");
        }
        if state.unsaved {
            self.save(state).await?;
            return Ok(state.grant.clone());
        }
        let stored = self.store.load(&self.key).await;
        let stored = stored.map_err(|error| store_failed("cannot be read", error))?;
        if let Some(stored) = stored {
            state.grant = Grant::from_stored(&stored).map_err(in_context)?;
        }
        Ok(state.grant.clone())
    }

    /// Keeps a grant in place of the one before, here and in the store.
    async fn keep(&self, state: &mut State, grant: Grant) -> Result<()> {
        state.grant = grant;
        state.unsaved = true;
        self.save(state).await
    }

    async fn save(&self, state: &mut State) -> Result<()> {
        let stored = state.grant.to_stored(self.clock.now())?;
        let saved = self.store.save(&self.key, &stored).await;
        saved.map_err(|error| store_failed("cannot be written", error))?;
        state.unsaved = false;
        Ok(())
    }

    async fn issue(&self) -> Result<IssuedToken> {
        let mut state = self.state.lock().await;
        let grant = self.current(&mut state).await?;
        if let Some((token, lifetime)) = state.first.take() {
            return Ok(IssuedToken::new(token, lifetime));
        }
        match self.refresh(&mut state, &grant).await {
            Err(error) if error.platform_code() == Some(BAD_REFRESH_TOKEN) => {
                // Another program may have replaced it meanwhile.
                let newer = self.current(&mut state).await?;
                if newer.is_same_token(&grant) {
                    return Err(error);
                }
                self.refresh(&mut state, &newer).await
            }
            other => other,
        }
    }

    async fn refresh(&self, state: &mut State, grant: &Grant) -> Result<IssuedToken> {
        if let Some(end) = grant.ends_at.filter(|end| *end <= self.clock.now()) {
            let why = format!("the refresh token ended on {end}; nothing was sent");
            return Err(in_context(reauthorize(why)));
        }
        let token = self.oauth.refresh_token(&grant.refresh_token).await?.into_value();
        self.oauth.check_open_id(&token, &self.open_id)?;
        let newer = Grant {
            refresh_token: match token.has_refresh_token() {
                true => token.refresh_token,
                false => grant.refresh_token.clone(),
            },
            renewals: grant.renewals,
            ends_at: self.end_after(token.refresh_expires_in).or(grant.ends_at),
        };
        let was_replaced = !newer.is_same_token(grant);
        match self.keep(state, newer.clone()).await {
            Err(error) if was_replaced => return Err(error),
            // What is known of the old one is worth no failure.
            Err(_) => state.unsaved = false,
            Ok(()) => {}
        }
        let lifetime = token.expires_in.map_or(ACCESS_LIFE, Duration::from_secs);
        let lifetime = match self.renew_if_due(state, &newer, lifetime).await? {
            Renewal::Settled => lifetime,
            Renewal::Again => lifetime.min(newer.left(self.clock.now()) / 2),
        };
        Ok(IssuedToken::new(token.access_token, lifetime))
    }

    /// Renews a refresh token that would end before the next refresh.
    async fn renew_if_due(
        &self,
        state: &mut State,
        grant: &Grant,
        lifetime: Duration,
    ) -> Result<Renewal> {
        let next = self.clock.now().saturating_add(lifetime).saturating_add(SLACK);
        let Some(end) = grant.ends_at.filter(|end| *end <= next) else {
            return Ok(Renewal::Settled);
        };
        if !self.renews || grant.renewals >= MAX_RENEWALS {
            tracing::warn!(%end, "the refresh token will end and is not renewed any more");
            return Ok(Renewal::Settled);
        }
        let (oauth, token) = (self.oauth.clone(), grant.refresh_token.clone());
        let flight = async move { Ok(oauth.renew_refresh_token(&token).await?.into_value()) };
        state.renewing = Some((grant.clone(), flight.boxed().shared()));
        let Err(error) = self.land(state).await? else {
            return Ok(Renewal::Settled);
        };
        tracing::warn!(%error, %end, "the refresh token could not be renewed");
        match error.platform_code() {
            Some(RENEWALS_USED_UP) => {
                let used_up = Grant { renewals: MAX_RENEWALS, ..grant.clone() };
                if self.keep(state, used_up).await.is_err() {
                    state.unsaved = false;
                }
                Ok(Renewal::Settled)
            }
            Some(NO_SCOPE) => Ok(Renewal::Settled),
            _ => Ok(Renewal::Again),
        }
    }

    /// Waits for the renewal on its way, and keeps what it brings. The outer error is the store's.
    async fn land(&self, state: &mut State) -> Result<Result<()>> {
        let Some((old, flight)) = state.renewing.clone() else {
            return Ok(Ok(()));
        };
        let outcome = flight.await;
        state.renewing = None;
        let renewed = match outcome {
            Ok(renewed) => renewed,
            Err(error) => return Ok(Err(error)),
        };
        let newer = Grant {
            refresh_token: renewed.refresh_token,
            renewals: old.renewals + 1,
            ends_at: self.end_after(renewed.expires_in).or(old.ends_at),
        };
        self.keep(state, newer).await.map(Ok)
    }

    fn end_after(&self, seconds: Option<u64>) -> Option<Timestamp> {
        let seconds = seconds.filter(|seconds| *seconds > 0)?;
        Some(self.clock.now().saturating_add(Duration::from_secs(seconds)))
    }
}

#[async_trait]
impl TokenSource for Custody {
    async fn fetch(&self) -> Result<IssuedToken> {
        self.issue().await
    }
}

/// The store failed. Not an error that is remembered: the next call tries again.
fn store_failed(what: &str, error: Error) -> Error {
    let why = format!("the store of the refresh token {what}: {}", error.message());
    let failed = Error::new(ErrorKind::ConfigInvalid, why)
        .with_retry_class(RetryClass::Busy)
        .with_advice("mend the token store and call again; the newest refresh token is only there")
        .with_source(error);
    in_context(failed)
}

fn in_context(error: Error) -> Error {
    error.with_context(PLATFORM, REFRESH_TOKEN)
}

impl fmt::Debug for Custody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Custody").field("key", &self.key).finish_non_exhaustive()
    }
}
