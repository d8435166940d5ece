//! How a client is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    ApiLimit, ClientOptions, Clock, Error, Limiter, Limits, Result, RetryPolicy, SecretString,
    TokenPolicy, TokenStore, Transport,
};

use crate::client::TENANT;
use crate::{MiaokolClient, PLATFORM};

/// Where Miaokol is reached unless the client is told otherwise (the older documents). The newer
/// ones have each customer bind a domain of its own: its base URL then ends in `/oapi`.
pub const DEFAULT_BASE_URL: &str = "https://oapi-yzj.miaokol.com";

/// The names that limits count by: one, since Miaokol counts the calls of a tenant together.
pub const APIS: &[&str] = &[TENANT];

/// Keys of `[providers.X]` that this platform adds to the common ones.
#[cfg(feature = "config")]
pub const CONFIG_KEYS: &[&str] = &["app_id", "app_secret"];

/// The limits of a client that is not told otherwise: 500 calls a minute for all endpoints of a
/// tenant together (vendor's document 接口调用频次限制说明, a single page: "every other endpoint";
/// it does not name smart tags). Unverified.
///
/// Messages (500 a minute) and commands (3,600 an hour) have limits of their own for each WeCom
/// account. They have no typed method here and are not counted.
#[must_use]
pub fn default_limits() -> Limits {
    Limits::each(ApiLimit::none().with_rate(500, Duration::from_secs(60)))
}

/// Makes a [`MiaokolClient`].
#[derive(Clone, Default)]
#[must_use = "nothing is made before build()"]
pub struct MiaokolClientBuilder {
    app_id: String,
    app_secret: SecretString,
    options: ClientOptions,
}

impl MiaokolClientBuilder {
    /// Sets the app (AppID, under API 配置). Required.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.app_id = id.into();
        self
    }

    /// Sets the secret of the app (AppSecret, under API 配置). Required.
    pub fn app_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.app_secret = secret.into();
        self
    }

    /// Sets where Miaokol is reached: the domain bound with the vendor, with its path prefix, such
    /// as `https://crm.example.com/oapi`. Default: [`DEFAULT_BASE_URL`].
    pub fn base_url(mut self, url: &str) -> Self {
        self.options.base_url = Some(url.to_owned());
        self
    }

    /// Allows plain `http` to other machines. Default: only to this one. The newer documents write
    /// domains of customers with `http`; try `https` first: the token is in every request.
    pub fn allow_http(mut self, allow: bool) -> Self {
        self.options.allow_http = allow;
        self
    }

    /// Sets how often and how long calls are tried.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.options.retry = retry;
        self
    }

    /// Sets the limits, in place of [`default_limits`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = Some(limits);
        self
    }

    /// Sets a limiter that all clients of one tenant share: Miaokol counts calls per tenant. Its
    /// limits take the place of [`limits`](Self::limits).
    pub fn limiter(mut self, limiter: Arc<Limiter>) -> Self {
        self.options.limiter = Some(limiter);
        self
    }

    /// Sets where tokens are kept. Default: in memory.
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.options.token_store = Some(store);
        self
    }

    /// Sets the times that tokens are kept by.
    pub fn token_policy(mut self, policy: TokenPolicy) -> Self {
        self.options.token_policy = Some(policy);
        self
    }

    /// Sets what moves the bytes. Default: the HTTP client, if this crate is built with one of
    /// the features `rustls`, `native-tls`, `rustls-no-provider` or `reqwest`.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.options.transport = Some(transport);
        self
    }

    /// Sets what tells the time.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.options.clock = Some(clock);
        self
    }

    /// Sets the largest answer that is read. Default: 64 MiB.
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.options.max_response_bytes = Some(bytes);
        self
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: app or secret are missing, the base URL is wrong or cannot be reached
    /// with this build, or there is no transport.
    pub fn build(self) -> Result<MiaokolClient> {
        self.connect().map_err(|error| error.with_context(PLATFORM, "build"))
    }

    fn connect(self) -> Result<MiaokolClient> {
        if self.app_id.trim().is_empty() {
            return Err(Error::config("app_id is missing; it stands under API 配置 → AppID"));
        }
        if self.app_secret.expose_secret().trim().is_empty() {
            return Err(Error::config(
                "app_secret is missing; it stands under API 配置 → AppSecret",
            ));
        }
        let connection = self.options.connect(DEFAULT_BASE_URL, default_limits())?;
        MiaokolClient::new(self.app_id, self.app_secret, &connection)
    }
}

#[cfg(feature = "config")]
impl MiaokolClientBuilder {
    /// A builder with what one table of a configuration file says: `app_id`, `app_secret`, and
    /// the keys that every platform has.
    ///
    /// # Errors
    /// `ConfigInvalid` for an unknown key, with the nearest known one, and for a wrong value.
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        settings.check_keys(&[CONFIG_KEYS, leadtag_core::config::COMMON_KEYS])?;
        let options =
            ClientOptions::from_config(settings, DEFAULT_BASE_URL, default_limits(), APIS)?;
        Ok(Self {
            app_id: settings.required_text("app_id")?.to_owned(),
            app_secret: settings.required_secret("app_secret")?,
            options,
        })
    }
}

#[cfg(feature = "config")]
impl MiaokolClient {
    /// A client as one table of a configuration file describes it.
    ///
    /// # Errors
    /// As [`MiaokolClientBuilder::from_config`] and [`MiaokolClientBuilder::build`].
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        MiaokolClientBuilder::from_config(settings)?.build()
    }
}

impl fmt::Debug for MiaokolClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MiaokolClientBuilder")
            .field("app_id", &self.app_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
