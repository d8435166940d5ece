//! How a client is made.

use std::fmt;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{ClientOptions, Error, Limits, Result, SecretString, UtcOffset};

use crate::{CrmV3Client, PLATFORM};

/// Where the platform is reached unless the client is told otherwise (two public clients).
///
/// A third public client used `https://api.tanmarket.cn:20066`. There may be more hosts: the vendor
/// tells which one is yours.
pub const DEFAULT_BASE_URL: &str = "https://account.tanmarket.cn/apiServer";

/// The names that limits count by: the paths below `/api/v3/` of the APIs with a typed method, and
/// the whole path of one that stands elsewhere.
pub const APIS: &[&str] = &[
    "clue/get",
    "clue/list-by-create-time-asc",
    "clue/list-follow-up",
    "tags/list-tree",
    "profile-fields",
    "/api/v2/customer/list-fields",
    "echo",
    #[cfg(feature = "unverified")]
    "add-clue",
    #[cfg(feature = "unverified")]
    "clue/edit-field",
    #[cfg(feature = "unverified")]
    "import-customer",
    #[cfg(feature = "unverified")]
    "save-highseas",
    #[cfg(feature = "unverified")]
    "customer/update-by-id",
    #[cfg(feature = "unverified")]
    "customer-relation/edit-field",
    #[cfg(feature = "unverified")]
    "profile-fields/map",
];

/// Keys of `[providers.X]` that this platform adds to the common ones.
#[cfg(feature = "config")]
pub const CONFIG_KEYS: &[&str] = &["app_id", "app_key", "utc_offset"];

/// The limits of a client that is not told otherwise: none. What the platform allows is not
/// documented where it could be read; set what the vendor tells you.
#[must_use]
pub fn default_limits() -> Limits {
    Limits::none()
}

/// Makes a [`CrmV3Client`].
///
/// Calls are signed with the time of the [`clock`](Self::clock).
#[derive(Clone, Default)]
#[must_use = "nothing is made before build()"]
pub struct CrmV3ClientBuilder {
    app_id: String,
    app_key: SecretString,
    utc_offset: UtcOffset,
    options: ClientOptions,
}

impl CrmV3ClientBuilder {
    /// Sets the app (应用 appId), such as `ww0123456789abcdef_AbC123`. Required.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.app_id = id.into();
        self
    }

    /// Sets the key of the app (应用 appKey), which signs every call and is never sent. Required.
    pub fn app_key(mut self, key: impl Into<SecretString>) -> Self {
        self.app_key = key.into();
        self
    }

    /// Sets the distance of the platform's local time from UTC. Default: +08:00, which no document
    /// says (unverified).
    pub fn utc_offset(mut self, offset: UtcOffset) -> Self {
        self.utc_offset = offset;
        self
    }

    leadtag_core::client_option_setters!();

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: app id or key are missing, the base URL is wrong or cannot be reached with
    /// this build, or there is no transport.
    pub fn build(self) -> Result<CrmV3Client> {
        self.connect().map_err(|error| error.with_context(PLATFORM, "build"))
    }

    fn connect(self) -> Result<CrmV3Client> {
        if self.app_id.trim().is_empty() {
            return Err(Error::config("app_id is missing; the vendor gives it with the app key"));
        }
        if self.app_key.expose_secret().trim().is_empty() {
            return Err(Error::config("app_key is missing; the vendor gives it with the app id"));
        }
        let connection = self.options.connect(DEFAULT_BASE_URL, default_limits())?;
        CrmV3Client::new(self.app_id, self.app_key, self.utc_offset, &connection)
    }
}

#[cfg(feature = "config")]
impl CrmV3ClientBuilder {
    /// A builder with what one table of a configuration file says: `app_id`, `app_key`,
    /// `utc_offset` (such as `"+08:00"`), and the keys that every platform has.
    ///
    /// # Errors
    /// `ConfigInvalid` for an unknown key, with the nearest known one, and for a wrong value.
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        settings.check_keys(&[CONFIG_KEYS, leadtag_core::config::COMMON_KEYS])?;
        let options =
            ClientOptions::from_config(settings, DEFAULT_BASE_URL, default_limits(), APIS)?;
        Ok(Self {
            app_id: settings.required_text("app_id")?.to_owned(),
            app_key: settings.required_secret("app_key")?,
            utc_offset: settings.utc_offset()?.unwrap_or_default(),
            options,
        })
    }
}

#[cfg(feature = "config")]
impl CrmV3Client {
    /// A client as one table of a configuration file describes it.
    ///
    /// # Errors
    /// As [`CrmV3ClientBuilder::from_config`] and [`CrmV3ClientBuilder::build`].
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        CrmV3ClientBuilder::from_config(settings)?.build()
    }
}

impl fmt::Debug for CrmV3ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmV3ClientBuilder")
            .field("app_id", &self.app_id)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
