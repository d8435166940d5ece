//! The client: one pipeline for calls, and the custody of the account's tokens.

use std::fmt;
use std::sync::Arc;

use leadtag_core::members::Members;
use leadtag_core::pipeline::LookUp;
use leadtag_core::{
    Answer, Body, Call, Connection, Error, Idempotency, Limiter, MemoryTokenStore, Operation,
    Pipeline, Reply, Result, RetryPolicy, SecretString, TokenCache, TokenKey, TokenSource,
};

use crate::model::OAuthToken;
use crate::token::{AccountAndToken, Authorization, Credentials, Custody, GivenToken};
use crate::{DouyinClientBuilder, DouyinOAuth, PLATFORM, envelope};

/// What stands before the name of an API in its path.
pub(crate) const LEADS: &str = "/enterprise/leads/";

/// A client of Douyin (抖音), for one app and one enterprise account (企业号) that authorised it.
///
/// Cheap to clone; clones share tokens, limits and retry budget. Safe to share between tasks.
/// Typed methods check their arguments before anything is sent
/// ([`InvalidArgument`](leadtag_core::ErrorKind::InvalidArgument)).
#[derive(Clone)]
pub struct DouyinClient {
    open_id: Arc<str>,
    pipeline: Pipeline,
    oauth: DouyinOAuth,
    custody: Option<Arc<Custody>>,
}

impl DouyinClient {
    /// Makes a client.
    pub fn builder() -> DouyinClientBuilder {
        DouyinClientBuilder::default()
    }

    pub(crate) fn new(
        credentials: Credentials,
        oauth: DouyinOAuth,
        connection: &Connection,
        renews: bool,
    ) -> Result<Self> {
        let Credentials { open_id, refresh_token, access_token, placement } = credentials;
        let open_id: Arc<str> = open_id.into();
        let given = [Some(oauth.client_secret()), refresh_token.as_ref(), access_token.as_ref()];
        let secrets: Vec<SecretString> = given.into_iter().flatten().cloned().collect();
        let authorize = AccountAndToken { open_id: Arc::clone(&open_id), placement };
        let pipeline = connection.pipeline(PLATFORM, Arc::new(authorize), secrets)?;
        // Both go into the key: one app may be authorised by many accounts.
        let tenant = format!("{}/{open_id}", oauth.client_key());
        let Some(refresh_token) = refresh_token else {
            let token = access_token.unwrap_or_default();
            let key = TokenKey::new(PLATFORM, tenant, &token);
            let tokens = given_token(connection, key, token);
            let pipeline = pipeline.with_tokens(tokens);
            return Ok(Self { open_id, pipeline, oauth, custody: None });
        };
        let key = TokenKey::new(PLATFORM, tenant, &refresh_token);
        let custody = Arc::new(Custody::new(
            oauth.clone(),
            Arc::clone(&open_id),
            (Arc::clone(&connection.token_store), Arc::clone(&connection.clock)),
            key.part("refresh"),
            renews,
            (refresh_token, access_token),
        ));
        let source: Arc<dyn TokenSource> = Arc::clone(&custody) as Arc<dyn TokenSource>;
        let pipeline = pipeline.with_tokens(connection.tokens(key, source));
        Ok(Self { open_id, pipeline, oauth, custody: Some(custody) })
    }

    /// This client with another way to retry, such as a shorter deadline. Everything else is
    /// shared; the OAuth calls keep the way they have.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { pipeline: self.pipeline.clone().with_retry(retry), ..self.clone() }
    }

    /// The limiter, to share with other clients of the same app, or to see how it stands.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        self.pipeline.limiter()
    }

    /// The account.
    #[must_use]
    pub fn open_id(&self) -> &str {
        &self.open_id
    }

    /// The OAuth calls, as this client makes them.
    #[must_use]
    pub fn oauth(&self) -> &DouyinOAuth {
        &self.oauth
    }

    /// How long the authorisation lasts, and when a person has to authorise again. Asks Douyin for
    /// an access token if nothing is known yet.
    ///
    /// # Errors
    /// As the token store or Douyin answers.
    pub async fn authorization(&self) -> Result<Authorization> {
        let Some(custody) = &self.custody else {
            return Ok(Authorization {
                refresh_expires_at: None,
                renewals_used: 0,
                reauthorize_by: None,
            });
        };
        let known = custody.authorization().await?;
        match self.pipeline.tokens() {
            Some(tokens) if known.refresh_expires_at.is_none() => {
                tokens.get().await?;
                custody.authorization().await
            }
            _ => Ok(known),
        }
    }

    pub(crate) async fn adopt(&self, token: &OAuthToken) {
        if let Some(custody) = &self.custody {
            custody.adopt(token).await;
        }
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A GET.
    pub(crate) async fn get<T: Members + Send>(
        &self,
        api: &'static str,
        query: Vec<(&'static str, String)>,
    ) -> Result<Reply<T>> {
        self.pipeline.run(&get(api, query), &|answer| envelope::decode(api, answer)).await
    }

    /// A POST that may be sent twice.
    pub(crate) async fn post<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, &|answer: &Answer| envelope::decode(api, answer)).await
    }

    /// A POST that may not be sent twice, unless it turns out that it was not done.
    pub(crate) async fn post_once<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
        look_up: LookUp<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?);
        let decode = |answer: &Answer| envelope::decode(api, answer);
        self.pipeline.run_or_look_up(&call, &decode, Some(look_up)).await
    }
}

/// A token that was given alone is kept nowhere: nothing can come of it.
fn given_token(connection: &Connection, key: TokenKey, token: SecretString) -> Arc<TokenCache> {
    Arc::new(TokenCache::new(
        key,
        Arc::new(GivenToken::new(token)),
        Arc::new(MemoryTokenStore::new()),
        Arc::clone(&connection.clock),
        connection.token_policy,
    ))
}

pub(crate) fn get(api: &'static str, query: Vec<(&'static str, String)>) -> Call {
    let call = Call::get(operation(api, Idempotency::Idempotent), path_of(api));
    query.into_iter().fold(call, |call, (name, value)| call.with_query(name, value))
}

fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post_json(operation(api, idempotency), path_of(api), body)
}

fn operation(api: &'static str, idempotency: Idempotency) -> Operation {
    Operation { name: api.into(), api: api.into(), idempotency, with_token: true }
}

/// Every path ends with a slash.
pub(crate) fn path_of(api: &str) -> String {
    [LEADS, api, "/"].concat()
}

pub(crate) fn invalid(api: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, api)
}

impl fmt::Debug for DouyinClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DouyinClient")
            .field("open_id", &self.open_id)
            .field("base_url", self.pipeline.base_url())
            .finish_non_exhaustive()
    }
}
