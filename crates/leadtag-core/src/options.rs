//! What every client can be told, whatever its platform, and what comes of it.

use std::fmt;
use std::sync::Arc;

use crate::pipeline::DEFAULT_MAX_RESPONSE_BYTES;
use crate::transport::default_transport;
use crate::{
    Authorize, BaseUrl, Clock, Limiter, Limits, MemoryTokenStore, Pipeline, PipelineParts,
    Platform, Result, RetryPolicy, SecretString, SystemClock, TokenCache, TokenKey, TokenPolicy,
    TokenSource, TokenStore, Transport,
};

/// What every client can be told, whatever its platform.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct ClientOptions {
    /// Where the platform is reached. A path prefix and a port are kept. Default: the platform's.
    pub base_url: Option<String>,
    /// Whether plain `http` to other machines is allowed. Default: only to this one.
    pub allow_http: bool,
    /// How often and how long calls are tried.
    pub retry: RetryPolicy,
    /// The limits. Default: the platform's.
    pub limits: Option<Limits>,
    /// A limiter that several clients share. Its limits take the place of `limits`.
    pub limiter: Option<Arc<Limiter>>,
    /// Where tokens are kept. Default: in memory.
    pub token_store: Option<Arc<dyn TokenStore>>,
    /// The times that tokens are kept by. Default: the platform's.
    pub token_policy: Option<TokenPolicy>,
    /// What moves the bytes. Default: the HTTP client, if this build has one.
    pub transport: Option<Arc<dyn Transport>>,
    /// What tells the time. Default: the system.
    pub clock: Option<Arc<dyn Clock>>,
    /// The largest answer that is read. Default: 64 MiB.
    pub max_response_bytes: Option<usize>,
}

impl ClientOptions {
    /// Finds out how the platform is reached. Nothing is sent.
    ///
    /// # Errors
    /// `ConfigInvalid`: the base URL is wrong, or there is no transport in this build.
    pub fn connect(self, default_base_url: &str, default_limits: Limits) -> Result<Connection> {
        let base_url = self.base_url.as_deref().unwrap_or(default_base_url);
        let base_url = BaseUrl::parse(base_url, self.allow_http)?;
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport(&base_url)?,
        };
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let limiter = self.limiter.unwrap_or_else(|| {
            let limits = self.limits.unwrap_or(default_limits);
            Arc::new(Limiter::new(limits, Arc::clone(&clock)))
        });
        Ok(Connection {
            base_url,
            transport,
            clock,
            limiter,
            retry: self.retry,
            max_response_bytes: self.max_response_bytes.unwrap_or(DEFAULT_MAX_RESPONSE_BYTES),
            token_store: self.token_store.unwrap_or_else(|| Arc::new(MemoryTokenStore::new())),
            token_policy: self.token_policy.unwrap_or_default(),
        })
    }
}

#[cfg(feature = "config")]
impl ClientOptions {
    /// The keys of a provider's table that stand for these options.
    ///
    /// # Errors
    /// `ConfigInvalid` for a wrong value, and for limits of an API that is not one of `apis`.
    pub fn from_config(
        settings: &crate::config::Settings,
        default_base_url: &str,
        default_limits: Limits,
        apis: &[&str],
    ) -> Result<Self> {
        Ok(Self {
            base_url: Some(settings.base_url(default_base_url)?.to_string()),
            allow_http: settings.bool("allow_http")?.unwrap_or(false),
            retry: settings.retry()?,
            limits: Some(settings.limits(default_limits, apis)?),
            max_response_bytes: settings.count("max_response_bytes")?.map(|n| n as usize),
            ..Self::default()
        })
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the base URL: whatever was written there has not been looked at yet.
        f.debug_struct("ClientOptions")
            .field("allow_http", &self.allow_http)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// How one account of a platform is reached: what its pipelines share.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// Where the platform is reached.
    pub base_url: BaseUrl,
    /// What moves the bytes.
    pub transport: Arc<dyn Transport>,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
    /// The limits of the tenant.
    pub limiter: Arc<Limiter>,
    /// How often and how long a call is tried.
    pub retry: RetryPolicy,
    /// The largest answer that is read.
    pub max_response_bytes: usize,
    /// Where tokens are kept.
    pub token_store: Arc<dyn TokenStore>,
    /// The times that tokens are kept by.
    pub token_policy: TokenPolicy,
}

impl Connection {
    /// A pipeline without tokens, whose requests `authorize` signs. `secrets` must not come back in
    /// a message of the platform.
    ///
    /// # Errors
    /// `ConfigInvalid` if the transport cannot reach the base URL.
    pub fn pipeline(
        &self,
        platform: Platform,
        authorize: Arc<dyn Authorize>,
        secrets: Vec<SecretString>,
    ) -> Result<Pipeline> {
        Pipeline::new(PipelineParts {
            platform,
            base_url: self.base_url.clone(),
            transport: Arc::clone(&self.transport),
            clock: Arc::clone(&self.clock),
            limiter: Arc::clone(&self.limiter),
            retry: self.retry,
            max_response_bytes: self.max_response_bytes,
            authorize,
            secrets,
        })
    }

    /// The cache of the token that `source` fetches.
    #[must_use]
    pub fn tokens(&self, key: TokenKey, source: Arc<dyn TokenSource>) -> Arc<TokenCache> {
        let (store, clock) = (Arc::clone(&self.token_store), Arc::clone(&self.clock));
        Arc::new(TokenCache::new(key, source, store, clock, self.token_policy))
    }
}

/// Gives a builder with the field `options: ClientOptions` a setter for each option, so that every
/// platform's builder has the same ones, in the same words: `client_option_setters!()`, and
/// `client_option_setters!(tokens)` for a platform that has tokens. For platform crates.
#[macro_export]
macro_rules! client_option_setters {
    () => {
        /// Sets where the platform is reached. A path prefix and a port are kept. Default: the
        /// crate's `DEFAULT_BASE_URL`.
        pub fn base_url(mut self, url: &str) -> Self {
            self.options.base_url = Some(url.to_owned());
            self
        }

        /// Allows plain `http` to other machines. Default: only to this one.
        pub fn allow_http(mut self, allow: bool) -> Self {
            self.options.allow_http = allow;
            self
        }

        /// Sets how often and how long calls are tried.
        pub fn retry(mut self, retry: $crate::RetryPolicy) -> Self {
            self.options.retry = retry;
            self
        }

        /// Sets the limits, in place of the crate's `default_limits`.
        pub fn limits(mut self, limits: $crate::Limits) -> Self {
            self.options.limits = Some(limits);
            self
        }

        /// Sets a limiter that several clients of one tenant share: platforms count calls per
        /// tenant. Its limits take the place of [`limits`](Self::limits).
        pub fn limiter(mut self, limiter: ::std::sync::Arc<$crate::Limiter>) -> Self {
            self.options.limiter = Some(limiter);
            self
        }

        /// Sets what moves the bytes. Default: the HTTP client, if the crate is built with one of
        /// the features `rustls`, `native-tls`, `rustls-no-provider` or `reqwest`.
        pub fn transport(mut self, transport: ::std::sync::Arc<dyn $crate::Transport>) -> Self {
            self.options.transport = Some(transport);
            self
        }

        /// Sets what tells the time.
        pub fn clock(mut self, clock: ::std::sync::Arc<dyn $crate::Clock>) -> Self {
            self.options.clock = Some(clock);
            self
        }

        /// Sets the largest answer that is read. Default: 64 MiB.
        pub fn max_response_bytes(mut self, bytes: usize) -> Self {
            self.options.max_response_bytes = Some(bytes);
            self
        }
    };
    (tokens) => {
        $crate::client_option_setters!();

        /// Sets where tokens are kept. Default: in memory.
        pub fn token_store(mut self, store: ::std::sync::Arc<dyn $crate::TokenStore>) -> Self {
            self.options.token_store = Some(store);
            self
        }

        /// Sets the times that tokens are kept by. Default: the platform's.
        pub fn token_policy(mut self, policy: $crate::TokenPolicy) -> Self {
            self.options.token_policy = Some(policy);
            self
        }
    };
}
