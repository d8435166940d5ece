//! How a client is made.

use std::fmt;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{ClientOptions, Error, Limits, Result, SecretString, TokenPolicy, UtcOffset};

use crate::model::GroupObj;
use crate::token::REISSUED_WITHIN;
use crate::{BeschannelsClient, PLATFORM};

/// Where Beschannels is reached unless the client is told otherwise.
pub const DEFAULT_BASE_URL: &str = "https://openapi.beschannels.com";

/// The names that limits count by: the paths of the APIs with a typed method, without
/// `/leads/open-api/`, and without `/open-api` in other families.
pub const APIS: &[&str] = &[
    "get-access-token",
    "group-user-list",
    "leads-details",
    "batch-score-list",
    "data-list-v2",
    "save-user-behavior",
    "edit-leads",
    "del-leads",
    "assign-leads",
    "get-remarks-list",
    "leads-behavior-type",
    "leads-behavior-list",
    "object-list",
    "edit-object",
    "customers-add",
    "cdp/detail",
];

/// Keys of `[providers.X]` that this platform adds to the common ones.
#[cfg(feature = "config")]
pub const CONFIG_KEYS: &[&str] = &["app_id", "app_secret", "user_id", "group_obj", "group_id"];

/// The limits of a client that is not told otherwise: none. The vendor's documents speak of call
/// limits, but give no numbers.
#[must_use]
pub fn default_limits() -> Limits {
    Limits::none()
}

/// What a client lists as a provider.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) user_id: Option<String>,
    pub(crate) group_obj: GroupObj,
    pub(crate) group_id: Option<String>,
    pub(crate) utc_offset: UtcOffset,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            user_id: None,
            group_obj: GroupObj::LeadsSchemaData,
            group_id: None,
            utc_offset: UtcOffset::CHINA,
        }
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("group_obj", &self.group_obj)
            .field("group_id", &self.group_id)
            .finish_non_exhaustive()
    }
}

/// Makes a [`BeschannelsClient`].
///
/// Without a [`token_policy`](Self::token_policy) a token is refreshed when less than 20 minutes are
/// left, since before that the platform hands out the same one again (vendor's document, 60245719).
#[derive(Clone, Default)]
#[must_use = "nothing is made before build()"]
pub struct BeschannelsClientBuilder {
    app_id: String,
    app_secret: SecretString,
    group: Group,
    options: ClientOptions,
}

impl BeschannelsClientBuilder {
    /// Sets the app (appId). Required.
    pub fn app_id(mut self, id: impl Into<String>) -> Self {
        self.app_id = id.into();
        self
    }

    /// Sets the secret of the app (appSecret). Required.
    pub fn app_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.app_secret = secret.into();
        self
    }

    /// Sets the system user whose data permissions decide which leads the provider sees: `user`
    /// and 32 hexadecimal digits. The provider needs it; typed methods take their own.
    pub fn user_id(mut self, id: impl Into<String>) -> Self {
        self.group.user_id = Some(id.into()).filter(|id| !id.trim().is_empty());
        self
    }

    /// Sets the kind of object (分组对象) that the provider lists, unless a query names another.
    /// Default: market leads, `leads_schema_data`.
    pub fn group_obj(mut self, object: impl Into<GroupObj>) -> Self {
        self.group.group_obj = object.into();
        self
    }

    /// Sets the group (分组) that the provider lists, unless a query names another. Without one
    /// none is sent; what the platform lists then is unverified.
    pub fn group_id(mut self, id: impl Into<String>) -> Self {
        self.group.group_id = Some(id.into()).filter(|id| !id.trim().is_empty());
        self
    }

    /// Sets kind of object and group at once.
    pub fn group(self, object: impl Into<GroupObj>, id: impl Into<String>) -> Self {
        self.group_obj(object).group_id(id)
    }

    /// Sets the zone of the platform's times, which come without one. Default: +08:00, which is
    /// unverified.
    pub fn utc_offset(mut self, offset: UtcOffset) -> Self {
        self.group.utc_offset = offset;
        self
    }

    leadtag_core::client_option_setters!(tokens);

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: id or secret of the app are missing, the base URL is wrong or cannot be
    /// reached with this build, or there is no transport.
    pub fn build(self) -> Result<BeschannelsClient> {
        self.connect().map_err(|error| error.with_context(PLATFORM, "build"))
    }

    fn connect(mut self) -> Result<BeschannelsClient> {
        if self.app_id.trim().is_empty() {
            return Err(Error::config("app_id is missing; it belongs to the app"));
        }
        if self.app_secret.expose_secret().trim().is_empty() {
            return Err(Error::config("app_secret is missing; it belongs to the app"));
        }
        self.options.token_policy.get_or_insert_with(|| {
            let mut policy = TokenPolicy::default();
            policy.refresh_margin = REISSUED_WITHIN;
            policy
        });
        let connection = self.options.connect(DEFAULT_BASE_URL, default_limits())?;
        BeschannelsClient::new(self.app_id, self.app_secret, self.group, &connection)
    }
}

#[cfg(feature = "config")]
impl BeschannelsClientBuilder {
    /// A builder with what one table of a configuration file says: `app_id`, `app_secret`,
    /// `user_id`, optionally `group_obj` and `group_id`, and the keys that every platform has.
    ///
    /// # Errors
    /// `ConfigInvalid` for an unknown key, with the nearest known one, and for a wrong value.
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        settings.check_keys(&[CONFIG_KEYS, leadtag_core::config::COMMON_KEYS])?;
        let options =
            ClientOptions::from_config(settings, DEFAULT_BASE_URL, default_limits(), APIS)?;
        let mut builder = Self {
            app_id: settings.required_text("app_id")?.to_owned(),
            app_secret: settings.required_secret("app_secret")?,
            options,
            ..Self::default()
        }
        .user_id(settings.required_text("user_id")?);
        if let Some(object) = settings.text("group_obj")?.filter(|text| !text.trim().is_empty()) {
            builder = builder.group_obj(object);
        }
        if let Some(id) = settings.text("group_id")? {
            builder = builder.group_id(id);
        }
        Ok(builder)
    }
}

#[cfg(feature = "config")]
impl BeschannelsClient {
    /// A client as one table of a configuration file describes it.
    ///
    /// # Errors
    /// As [`BeschannelsClientBuilder::from_config`] and [`BeschannelsClientBuilder::build`].
    pub fn from_config(settings: &leadtag_core::config::Settings) -> Result<Self> {
        BeschannelsClientBuilder::from_config(settings)?.build()
    }
}

impl fmt::Debug for BeschannelsClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeschannelsClientBuilder")
            .field("app_id", &self.app_id)
            .field("group", &self.group)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
