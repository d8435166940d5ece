//! How a client is made.

use std::fmt;
use std::time::Duration;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{ApiLimit, ClientOptions, Error, Limits, Result, SecretString};

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
///
/// [`base_url`](Self::base_url) is the domain bound with the vendor, with its path prefix, such as
/// `https://crm.example.com/oapi`. Miaokol counts calls per tenant: give all clients of one tenant the
/// same [`limiter`](Self::limiter).
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

    leadtag_core::client_option_setters!(tokens);

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
