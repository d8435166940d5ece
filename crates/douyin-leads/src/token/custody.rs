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
    /// It was told that a new refresh token is kept in memory alone.
    told: bool,
    /// An access token to begin with.
    first: Option<Access>,
    /// A call on its way. It stays here if its caller is cancelled: what it brings may be the only
    /// refresh token there is.
    flight: Option<Flight>,
    /// The access token that the last refresh brought and when it ends, until a caller has it.
    landed: Option<(SecretString, Timestamp)>,
}

/// An access token, and how long it lives.
type Access = (SecretString, Duration);

/// A call that may replace the refresh token.
#[derive(Clone)]
struct Flight {
    old: Grant,
    begun: Timestamp,
    answer: Shared<BoxFuture<'static, Result<Brought>>>,
}

#[derive(Clone)]
enum Brought {
    Refreshed(OAuthToken),
    Renewed(RenewedToken),
}

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
        let state = Mutex::new(State {
            grant,
            unsaved: false,
            told: false,
            first,
            flight: None,
            landed: None,
        });
        Self { oauth, open_id, store, clock, key, renews, state }
    }

    /// Takes the tokens of a fresh authorisation. If they cannot be stored now, they are before
    /// they are used.
    pub(crate) async fn adopt(&self, token: &OAuthToken) {
        let mut state = self.state.lock().await;
        let lifetime = life_of(token.expires_in);
        state.first = Some((token.access_token.clone(), lifetime));
        let grant = Grant {
            refresh_token: token.refresh_token.clone(),
            renewals: 0,
            ends_at: end_after(self.clock.now(), token.refresh_expires_in),
        };
        if let Err(error) = self.replace(&mut state, grant).await {
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
        if state.flight.is_some()
            && let Err(error) = self.land(state).await?
        {
            tracing::warn!(%error, "a call for new tokens failed");
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

    /// Keeps what came of the grant `old`.
    async fn keep(&self, state: &mut State, old: &Grant, newer: Grant) -> Result<()> {
        if newer.is_same_token(old) {
            self.learn(state, newer).await;
            return Ok(());
        }
        // Without a store of its own a client renews nothing.
        if !self.renews && !std::mem::replace(&mut state.told, true) {
            tracing::warn!(
                "Douyin gave a new refresh token, which is kept in memory alone and lost with the \
                 program; the configured one may be dead: set token_dir (or a token store)"
            );
        }
        self.replace(state, newer).await
    }

    /// Keeps a new refresh token in place of the one before, here and in the store.
    async fn replace(&self, state: &mut State, newer: Grant) -> Result<()> {
        state.grant = newer;
        state.unsaved = true;
        self.save(state).await
    }

    /// Notes what became known of the refresh token that there was. That is worth no failure, and
    /// it must not take the place of a token that another program stored meanwhile.
    async fn learn(&self, state: &mut State, newer: Grant) {
        let stored = self.store.load(&self.key).await.ok().flatten();
        match stored.and_then(|stored| Grant::from_stored(&stored).ok()) {
            Some(stored) if !stored.is_same_token(&newer) => state.grant = stored,
            Some(stored) if stored.says_the_same(&newer) => state.grant = newer,
            _ => {
                state.grant = newer;
                if let Err(error) = self.save(state).await {
                    tracing::warn!(%error, "the end of the refresh token is not stored");
                }
            }
        }
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
        // It puts off no renewal: the refresh token might end before the next refresh.
        let is_in_time = |life| !(self.can_renew(&grant) && self.ends_before_next(&grant, life));
        if let Some((token, lifetime)) = state.first.take().filter(|(_, life)| is_in_time(*life)) {
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
        let now = self.clock.now();
        state.landed.take_if(|(_, end)| *end <= now);
        if state.landed.is_none() {
            if let Some(end) = grant.ends_at.filter(|end| *end <= now) {
                let why = format!("the refresh token ended on {end}; nothing was sent");
                return Err(in_context(reauthorize(why)));
            }
            let (oauth, token) = (self.oauth.clone(), grant.refresh_token.clone());
            let answer = async move {
                Ok(Brought::Refreshed(oauth.refresh_token(&token).await?.into_value()))
            };
            self.start(state, grant, answer.boxed());
            self.land(state).await??;
        }
        let end = state.landed.as_ref().map(|(_, end)| *end).unwrap_or(now);
        let lifetime = end.since(self.clock.now());
        let newest = state.grant.clone();
        let lifetime = match self.renew_if_due(state, &newest, lifetime).await? {
            Renewal::Settled => lifetime,
            Renewal::Again => lifetime.min(newest.left(self.clock.now()) / 2),
        };
        let token = state.landed.take().map(|(token, _)| token).unwrap_or_default();
        Ok(IssuedToken::new(token, lifetime))
    }

    /// Renews a refresh token that would end before the next refresh.
    async fn renew_if_due(
        &self,
        state: &mut State,
        grant: &Grant,
        lifetime: Duration,
    ) -> Result<Renewal> {
        let Some(end) = grant.ends_at.filter(|_| self.ends_before_next(grant, lifetime)) else {
            return Ok(Renewal::Settled);
        };
        if !self.can_renew(grant) {
            tracing::warn!(%end, "the refresh token will end and is not renewed any more");
            return Ok(Renewal::Settled);
        }
        let (oauth, token) = (self.oauth.clone(), grant.refresh_token.clone());
        let answer = async move {
            Ok(Brought::Renewed(oauth.renew_refresh_token(&token).await?.into_value()))
        };
        self.start(state, grant, answer.boxed());
        let Err(error) = self.land(state).await? else {
            return Ok(Renewal::Settled);
        };
        tracing::warn!(%error, %end, "the refresh token could not be renewed");
        match error.platform_code() {
            Some(RENEWALS_USED_UP) => {
                let used_up = Grant { renewals: MAX_RENEWALS, ..grant.clone() };
                self.learn(state, used_up).await;
                Ok(Renewal::Settled)
            }
            Some(NO_SCOPE) => Ok(Renewal::Settled),
            _ => Ok(Renewal::Again),
        }
    }

    /// Whether a refresh token ends before the access token that lives so long is refreshed.
    fn ends_before_next(&self, grant: &Grant, lifetime: Duration) -> bool {
        let next = self.clock.now().saturating_add(lifetime).saturating_add(SLACK);
        grant.ends_at.is_some_and(|end| end <= next)
    }

    fn can_renew(&self, grant: &Grant) -> bool {
        self.renews
            && grant.renewals < MAX_RENEWALS
            && grant.ends_at.is_none_or(|end| end > self.clock.now())
    }

    fn start(&self, state: &mut State, old: &Grant, answer: BoxFuture<'static, Result<Brought>>) {
        let (old, begun) = (old.clone(), self.clock.now());
        state.flight = Some(Flight { old, begun, answer: answer.shared() });
    }

    /// Waits for the call on its way, and keeps what it brings. The outer error is the store's.
    async fn land(&self, state: &mut State) -> Result<Result<()>> {
        let Some(Flight { old, begun, answer }) = state.flight.clone() else {
            return Ok(Ok(()));
        };
        let outcome = answer.await;
        state.flight = None;
        match outcome {
            Ok(Brought::Refreshed(token)) => self.refreshed(state, &old, begun, token).await,
            Ok(Brought::Renewed(token)) => {
                let newer = Grant {
                    refresh_token: token.refresh_token,
                    renewals: old.renewals + 1,
                    ends_at: end_after(begun, token.expires_in).or(old.ends_at),
                };
                self.replace(state, newer).await.map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    async fn refreshed(
        &self,
        state: &mut State,
        old: &Grant,
        begun: Timestamp,
        token: OAuthToken,
    ) -> Result<Result<()>> {
        if let Err(error) = DouyinOAuth::check_open_id(&token, &self.open_id, REFRESH_TOKEN) {
            return Ok(Err(error));
        }
        let newer = Grant {
            refresh_token: match token.has_refresh_token() {
                true => token.refresh_token,
                false => old.refresh_token.clone(),
            },
            renewals: old.renewals,
            ends_at: end_after(begun, token.refresh_expires_in).or(old.ends_at),
        };
        self.keep(state, old, newer).await?;
        let lifetime = life_of(token.expires_in);
        state.landed = Some((token.access_token, begun.saturating_add(lifetime)));
        Ok(Ok(()))
    }
}

/// How long an access token lives. One without an end, or that would have ended at once, has the usual
/// life: a token for each call would use up the renewals.
fn life_of(seconds: Option<u64>) -> Duration {
    seconds.filter(|seconds| *seconds > 0).map_or(ACCESS_LIFE, Duration::from_secs)
}

/// When something ends that lives for so many seconds.
fn end_after(begun: Timestamp, seconds: Option<u64>) -> Option<Timestamp> {
    let seconds = seconds.filter(|seconds| *seconds > 0)?;
    Some(begun.saturating_add(Duration::from_secs(seconds)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_lives_for_no_time_has_the_usual_life() {
        assert_eq!((life_of(None), life_of(Some(0))), (ACCESS_LIFE, ACCESS_LIFE));
        assert_eq!(life_of(Some(7)), Duration::from_secs(7));
    }
}
