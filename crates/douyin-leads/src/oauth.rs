//! The OAuth calls (授权), whose bodies are forms.

use std::fmt;
use std::sync::Arc;

use leadtag_core::members::Members;
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    Answer, Authorize, Call, Connection, Error, ErrorKind, Idempotency, Operation, Reply, Request,
    Result, SecretString, Sent, Token,
};

use crate::model::{OAuthToken, RenewedToken};
use crate::{PLATFORM, envelope};

pub(crate) const ACCESS_TOKEN: &str = "oauth/access_token";
pub(crate) const REFRESH_TOKEN: &str = "oauth/refresh_token";
const RENEW_REFRESH_TOKEN: &str = "oauth/renew_refresh_token";

/// The OAuth calls of one app. A [`DouyinClient`](crate::DouyinClient) makes them by itself; they
/// are here for programs that keep tokens in their own way.
///
/// Cheap to clone. No error and no `Debug` tells a token, a code or the app's secret.
#[derive(Clone)]
pub struct DouyinOAuth {
    client_key: Arc<str>,
    client_secret: SecretString,
    /// Tokens that must not come back in a message, whoever sent them.
    known: Arc<[SecretString]>,
    connection: Arc<Connection>,
}

impl DouyinOAuth {
    pub(crate) fn new(
        client_key: &str,
        client_secret: SecretString,
        known: &[&SecretString],
        connection: &Connection,
    ) -> Self {
        let known = known.iter().copied().cloned().collect();
        let connection = Arc::new(connection.clone());
        Self { client_key: client_key.into(), client_secret, known, connection }
    }

    pub(crate) fn client_key(&self) -> &str {
        &self.client_key
    }

    pub(crate) fn client_secret(&self) -> &SecretString {
        &self.client_secret
    }

    /// Exchanges an authorisation code for the first tokens (获取 access_token). A code is good
    /// once: the call is never sent twice.
    ///
    /// # Errors
    /// `ConfigInvalid` without `client_secret`; `Decode` if no token comes; or as Douyin answers
    /// (`ReauthorizationRequired` for a code that is no longer good).
    pub async fn access_token(
        &self,
        code: impl Into<SecretString> + Send,
    ) -> Result<Reply<OAuthToken>> {
        let secret = self.client_secret.expose_secret();
        if secret.trim().is_empty() {
            let error = Error::config("client_secret is missing; it stands in the app's console");
            return Err(error.with_context(PLATFORM, ACCESS_TOKEN));
        }
        let code = code.into();
        let form = [
            ("client_key", &*self.client_key),
            ("client_secret", secret),
            ("code", code.expose_secret()),
            ("grant_type", "authorization_code"),
        ];
        let reply = self.post(ACCESS_TOKEN, Idempotency::NotIdempotent, &form, &code).await?;
        tokens_came(reply, ACCESS_TOKEN, |token: &OAuthToken| {
            token.has_access_token() && token.has_refresh_token()
        })
    }

    /// Gets an access token for a refresh token (刷新 access_token). The refresh token lives no
    /// longer for it, unless the app is set up so.
    ///
    /// # Errors
    /// `Decode` if no token comes; or as Douyin answers (`ReauthorizationRequired` for a refresh
    /// token that is no longer good).
    pub async fn refresh_token(&self, token: &SecretString) -> Result<Reply<OAuthToken>> {
        let form = [
            ("client_key", &*self.client_key),
            ("grant_type", "refresh_token"),
            ("refresh_token", token.expose_secret()),
        ];
        let reply = self.post(REFRESH_TOKEN, Idempotency::Idempotent, &form, token).await?;
        tokens_came(reply, REFRESH_TOKEN, OAuthToken::has_access_token)
    }

    /// Replaces a refresh token by one that lives another 30 days (刷新 refresh_token). The old one
    /// is dead after it. This can be done five times; the app needs the scope
    /// `renew_refresh_token`. The call is never sent twice.
    ///
    /// Do not renew the refresh token of a client behind its back: it renews by itself.
    ///
    /// # Errors
    /// `Decode` if no token comes; or as Douyin answers (`ReauthorizationRequired` for a refresh
    /// token that is no longer good, or was renewed five times).
    pub async fn renew_refresh_token(&self, token: &SecretString) -> Result<Reply<RenewedToken>> {
        let form = [("client_key", &*self.client_key), ("refresh_token", token.expose_secret())];
        let reply =
            self.post(RENEW_REFRESH_TOKEN, Idempotency::NotIdempotent, &form, token).await?;
        tokens_came(reply, RENEW_REFRESH_TOKEN, RenewedToken::has_refresh_token)
    }

    /// Refuses tokens of another account, as `api` gave them.
    pub(crate) fn check_open_id(token: &OAuthToken, open_id: &str, api: &str) -> Result<()> {
        match &token.open_id {
            Some(came) if came != open_id => Err(Error::new(
                ErrorKind::ConfigInvalid,
                "the authorisation belongs to another account than open_id; nothing was stored",
            )
            .with_sent(Sent::Yes)
            .with_advice("give the open_id that came with this authorisation")
            .with_context(PLATFORM, api)),
            _ => Ok(()),
        }
    }

    async fn post<T: Members + Send>(
        &self,
        api: &'static str,
        idempotency: Idempotency,
        form: &[(&str, &str)],
        secret: &SecretString,
    ) -> Result<Reply<T>> {
        // A pipeline for this call alone: it knows which secret must not come back in a message.
        let known = self.known.iter().chain([&self.client_secret, secret]);
        let secrets = known.cloned().collect();
        let pipeline = self.connection.pipeline(PLATFORM, Arc::new(NoToken), secrets)?;
        let operation =
            Operation { name: api.into(), api: api.into(), idempotency, with_token: false };
        let call = Call::post_form(operation, format!("/{api}/"), form.iter().copied());
        pipeline.run(&call, &|answer: &Answer| envelope::decode::<T>(api, answer)).await
    }
}

fn tokens_came<T>(reply: Reply<T>, api: &str, came: impl FnOnce(&T) -> bool) -> Result<Reply<T>> {
    if came(&reply.value) {
        return Ok(reply);
    }
    Err(Error::new(ErrorKind::Decode, "the answer has no token")
        .with_sent(Sent::Yes)
        .with_request_id(reply.request_id)
        .with_context(PLATFORM, api))
}

/// The app is named in the body.
#[derive(Debug)]
struct NoToken;

impl Authorize for NoToken {
    fn authorize(&self, _: &mut Request, _: Option<&Token>) -> Result<()> {
        Ok(())
    }
}

impl fmt::Debug for DouyinOAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DouyinOAuth").field("client_key", &self.client_key).finish_non_exhaustive()
    }
}
