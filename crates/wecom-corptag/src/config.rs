//! How a client is made.

use std::fmt;
use std::time::Duration;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{ApiLimit, ClientOptions, Error, Limits, Result, SecretString};

use crate::client::{MARK_TAG, REMARK};
use crate::{PLATFORM, WecomClient};

/// Where WeCom is reached unless the client is told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://qyapi.weixin.qq.com";

/// The names that limits count by: the paths below `/cgi-bin/` of the APIs with a typed method, and
/// of `remark`, whose calls in flight WeCom limits too.
pub const APIS: &[&str] = &[
    "gettoken",
    "externalcontact/get_corp_tag_list",
    "externalcontact/add_corp_tag",
    "externalcontact/edit_corp_tag",
    "externalcontact/del_corp_tag",
    "externalcontact/get_strategy_tag_list",
    "externalcontact/add_strategy_tag",
    "externalcontact/edit_strategy_tag",
    "externalcontact/del_strategy_tag",
    "externalcontact/mark_tag",
    "externalcontact/remark",
    "externalcontact/get",
    "externalcontact/list",
    "externalcontact/batch/get_by_user",
];

/// Keys of `[providers.X]` that this platform adds to the common ones.
#[cfg(feature = "config")]
pub const CONFIG_KEYS: &[&str] = &["corp_id", "corp_secret"];

/// The limits of a client that is not told otherwise: 10,000 calls a minute and 150,000 an hour
/// for each API (WeCom docs 90454), and 5 calls in flight for `mark_tag` and `remark` (a reply of
/// WeCom's staff, unverified).
///
/// APIs are named as their path below `/cgi-bin/`, such as `externalcontact/mark_tag`.
#[must_use]
pub fn default_limits() -> Limits {
    let each = ApiLimit::none()
        .with_rate(10_000, Duration::from_secs(60))
        .with_rate(150_000, Duration::from_secs(3600));
    let few = each.clone().with_max_in_flight(5);
    Limits::each(each).with_api(MARK_TAG, few.clone()).with_api(REMARK, few)
}

/// Makes a [`WecomClient`].
///
/// WeCom counts calls per corp, not per app: give all clients of one corp the same
/// [`limiter`](Self::limiter).
#[derive(Clone, Default)]
#[must_use = "nothing is made before build()"]
pub struct WecomClientBuilder {
    corp_id: String,
    corp_secret: SecretString,
    options: ClientOptions,
}

impl WecomClientBuilder {
    /// Sets the corp (企业ID). Required.
    pub fn corp_id(mut self, id: impl Into<String>) -> Self {
        self.corp_id = id.into();
        self
    }

    /// Sets the secret of the app (应用的 Secret). Required. The app must stand under 客户联系 →
    /// 可调用接口的应用.
    pub fn corp_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.corp_secret = secret.into();
        self
    }

    leadtag_core::client_option_setters!(tokens);

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: corp or secret are missing, the base URL is wrong or cannot be reached
    /// with this build, or there is no transport.
    pub fn build(self) -> Result<WecomClient> {
        self.connect().map_err(|error| error.with_context(PLATFORM, "build"))
    }

    fn connect(self) -> Result<WecomClient> {
        if self.corp_id.trim().is_empty() {
            return Err(Error::config("corp_id is missing; it stands under 我的企业 → 企业ID"));
        }
        if self.corp_secret.expose_secret().trim().is_empty() {
            return Err(Error::config("corp_secret is missing; it stands on the app's page"));
        }
        let connection = self.options.connect(DEFAULT_BASE_URL, default_limits())?;
        WecomClient::new(self.corp_id, self.corp_secret, &connection)
    }
}

#[cfg(feature = "config")]
impl WecomClientBuilder {
    /// A builder with what one table of a configuration file says: `corp_id`, `corp_secret`, and
    /// the keys that every platform has.
    ///
    /// # Errors
    /// `ConfigInvalid` for an unknown key, with the nearest known one, and for a wrong value.
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        settings.check_keys(&[CONFIG_KEYS, leadtag_core::config::COMMON_KEYS])?;
        let options =
            ClientOptions::from_config(settings, DEFAULT_BASE_URL, default_limits(), APIS)?;
        Ok(Self {
            corp_id: settings.required_text("corp_id")?.to_owned(),
            corp_secret: settings.required_secret("corp_secret")?,
            options,
        })
    }
}

#[cfg(feature = "config")]
impl WecomClient {
    /// A client as one table of a configuration file describes it.
    ///
    /// # Errors
    /// As [`WecomClientBuilder::from_config`] and [`WecomClientBuilder::build`].
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        WecomClientBuilder::from_config(settings)?.build()
    }
}

impl fmt::Debug for WecomClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WecomClientBuilder")
            .field("corp_id", &self.corp_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
