//! How a client is made.

use std::fmt;
#[cfg(feature = "config")]
use std::sync::Arc;
use std::time::Duration;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{ClientOptions, Connection, Error, Limits, Result, SecretString, TokenPolicy};

use crate::model::OAuthToken;
use crate::oauth::ACCESS_TOKEN;
use crate::token::Credentials;
use crate::{DouyinClient, DouyinOAuth, PLATFORM};

/// Where Douyin is reached unless the client is told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://open.douyin.com";

/// The names that limits count by: the APIs' own.
pub const APIS: &[&str] = &[
    "tag/create",
    "tag/update",
    "tag/delete",
    "tag/list",
    "tag/user/list",
    "tag/user/update",
    "user/list",
    "user/detail",
    "user/action/list",
    "oauth/access_token",
    "oauth/refresh_token",
    "oauth/renew_refresh_token",
];

/// Keys of `[providers.X]` that this platform adds to the common ones.
#[cfg(feature = "config")]
pub const CONFIG_KEYS: &[&str] =
    &["client_key", "client_secret", "open_id", "refresh_token", "access_token", "token_dir"];

/// The limits of a client that is not told otherwise: none. Douyin publishes none for these calls;
/// quotas stand in the app's console. After a throttling answer an API is left alone for a minute.
#[must_use]
pub fn default_limits() -> Limits {
    Limits::none()
}

/// A refresh may renew the refresh token, whose answer is worth waiting for.
fn default_token_policy() -> TokenPolicy {
    let mut policy = TokenPolicy::default();
    policy.refresh_patience = Duration::from_secs(30);
    policy
}

/// Where a request carries the access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenPlacement {
    /// In the header `access-token`, as in the documents from 2022 on.
    #[default]
    Header,
    /// In the query, as in the documents before.
    Query,
}

/// Makes a [`DouyinClient`].
///
/// Without a [`token_store`](Self::token_store) tokens are kept in memory, and the refresh token is
/// never renewed: a renewal kills the configured one, and the new one would be lost with the program.
#[derive(Clone, Default)]
#[must_use = "nothing is made before build()"]
pub struct DouyinClientBuilder {
    client_key: String,
    client_secret: SecretString,
    open_id: String,
    refresh_token: SecretString,
    access_token: SecretString,
    placement: TokenPlacement,
    options: ClientOptions,
}

impl DouyinClientBuilder {
    /// Sets the app (client key, 应用 → 基本信息). Required, unless there is an access token alone.
    pub fn client_key(mut self, key: impl Into<String>) -> Self {
        self.client_key = key.into();
        self
    }

    /// Sets the app's secret. It is sent with an authorisation code and with nothing else.
    pub fn client_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.client_secret = secret.into();
        self
    }

    /// Sets the enterprise account (企业号) that authorised the app. Required.
    pub fn open_id(mut self, id: impl Into<String>) -> Self {
        self.open_id = id.into();
        self
    }

    /// Sets the refresh token that came with the authorisation. A newer one in the token store,
    /// that came of this one, takes its place.
    pub fn refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        self.refresh_token = token.into();
        self
    }

    /// Sets an access token. Alone, it serves until Douyin refuses it; then a person has to
    /// authorise again. With a refresh token it is only the first one.
    pub fn access_token(mut self, token: impl Into<SecretString>) -> Self {
        self.access_token = token.into();
        self
    }

    /// Sets where requests carry the access token. Default: the header.
    pub fn token_placement(mut self, placement: TokenPlacement) -> Self {
        self.placement = placement;
        self
    }

    leadtag_core::client_option_setters!(tokens);

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: account, app or tokens are missing, the base URL is wrong or cannot be
    /// reached with this build, or there is no transport.
    pub fn build(self) -> Result<DouyinClient> {
        let made = self.credentials().and_then(|credentials| {
            let (connection, oauth, renews) = self.connect()?;
            DouyinClient::new(credentials, oauth, &connection, renews)
        });
        made.map_err(|error| error.with_context(PLATFORM, "build"))
    }

    /// Makes what calls the OAuth endpoints alone, for the app. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid` without `client_key`, and as [`build`](Self::build).
    pub fn oauth(self) -> Result<DouyinOAuth> {
        let made = self.check_client_key().and_then(|()| Ok(self.connect()?.1));
        made.map_err(|error| error.with_context(PLATFORM, "build"))
    }

    /// Exchanges an authorisation code, which is good once and for ten minutes (a single source),
    /// and makes a client for the account that gave it. Tokens given to the builder are ignored.
    /// The refresh token is stored.
    ///
    /// To make the same client again, give the builder the `open_id` and the `refresh_token` of the
    /// answer, and the same token store.
    ///
    /// # Errors
    /// `ConfigInvalid` as [`build`](Self::build), without `client_secret`, and if another account
    /// than the builder's `open_id` gave the code: then nothing is stored. Or as Douyin answers.
    pub async fn authorize(
        mut self,
        code: impl Into<SecretString> + Send,
    ) -> Result<(DouyinClient, OAuthToken)> {
        let checked = self.check_client_key().and_then(|()| self.connect());
        let (connection, oauth, renews) =
            checked.map_err(|error| error.with_context(PLATFORM, "build"))?;
        let token = oauth.access_token(code).await?.into_value();
        if !self.open_id.trim().is_empty() {
            DouyinOAuth::check_open_id(&token, &self.open_id, ACCESS_TOKEN)?;
        } else if let Some(open_id) = &token.open_id {
            self.open_id.clone_from(open_id);
        }
        self.refresh_token = token.refresh_token.clone();
        self.access_token = SecretString::default();
        let client = self
            .credentials()
            .and_then(|credentials| DouyinClient::new(credentials, oauth, &connection, renews))
            .map_err(|error| error.with_context(PLATFORM, "build"))?;
        client.adopt(&token).await;
        Ok((client, token))
    }

    fn connect(&self) -> Result<(Connection, DouyinOAuth, bool)> {
        let renews = self.options.token_store.is_some();
        let mut options = self.options.clone();
        options.token_policy.get_or_insert_with(default_token_policy);
        let connection = options.connect(DEFAULT_BASE_URL, default_limits())?;
        let known = [&self.refresh_token, &self.access_token];
        let secret = self.client_secret.clone();
        let oauth = DouyinOAuth::new(&self.client_key, secret, &known, &connection);
        Ok((connection, oauth, renews))
    }

    fn check_client_key(&self) -> Result<()> {
        if self.client_key.trim().is_empty() {
            return Err(Error::config("client_key is missing; it stands in the app's console"));
        }
        Ok(())
    }

    fn credentials(&self) -> Result<Credentials> {
        let token = |token: &SecretString| {
            (!token.expose_secret().trim().is_empty()).then(|| token.clone())
        };
        let open_id = self.open_id.clone();
        if open_id.trim().is_empty() {
            let why = "open_id is missing; it comes with the authorisation of the account";
            return Err(Error::config(why));
        }
        match (token(&self.refresh_token), token(&self.access_token)) {
            (Some(refresh_token), access_token) => {
                self.check_client_key()?;
                Ok(Credentials {
                    open_id,
                    refresh_token: Some(refresh_token),
                    access_token,
                    placement: self.placement,
                })
            }
            (None, Some(access_token)) => Ok(Credentials {
                open_id,
                refresh_token: None,
                access_token: Some(access_token),
                placement: self.placement,
            }),
            (None, None) => Err(Error::config(
                "refresh_token is missing; it comes with the authorisation of the account \
                 (or give an access_token alone)",
            )),
        }
    }
}

#[cfg(feature = "config")]
impl DouyinClientBuilder {
    /// A builder with what one table of a configuration file says: `client_key`, `client_secret`,
    /// `open_id`, `refresh_token` or `access_token`, `token_dir` (a directory that tokens are kept
    /// in), and the keys that every platform has.
    ///
    /// # Errors
    /// `ConfigInvalid` for an unknown key, with the nearest known one, and for a wrong value.
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        settings.check_keys(&[CONFIG_KEYS, leadtag_core::config::COMMON_KEYS])?;
        let mut options =
            ClientOptions::from_config(settings, DEFAULT_BASE_URL, default_limits(), APIS)?;
        if let Some(directory) = settings.text("token_dir")? {
            let store = leadtag_core::FileTokenStore::open(directory)?;
            options.token_store = Some(Arc::new(store));
        }
        Ok(Self {
            client_key: settings.text("client_key")?.unwrap_or_default().to_owned(),
            client_secret: settings.secret("client_secret")?.unwrap_or_default(),
            open_id: settings.required_text("open_id")?.to_owned(),
            refresh_token: settings.secret("refresh_token")?.unwrap_or_default(),
            access_token: settings.secret("access_token")?.unwrap_or_default(),
            placement: TokenPlacement::default(),
            options,
        })
    }
}

#[cfg(feature = "config")]
impl DouyinClient {
    /// A client as one table of a configuration file describes it.
    ///
    /// # Errors
    /// As [`DouyinClientBuilder::from_config`] and [`DouyinClientBuilder::build`].
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        DouyinClientBuilder::from_config(settings)?.build()
    }
}

impl fmt::Debug for DouyinClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DouyinClientBuilder")
            .field("client_key", &self.client_key)
            .field("open_id", &self.open_id)
            .field("placement", &self.placement)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
