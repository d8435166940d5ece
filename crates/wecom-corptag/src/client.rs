//! The client: one pipeline for calls, one for tokens.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use leadtag_core::members::Members;
use leadtag_core::pipeline::LookUp;
use leadtag_core::{
    Body, Call, Connection, Error, Idempotency, Limiter, Operation, Pipeline, Reply, Result,
    RetryPolicy, SecretString, TokenKey,
};

use crate::token::{CredentialsInQuery, GetToken, TokenInQuery};
use crate::{PLATFORM, WecomClientBuilder, envelope};

/// The path that every API stands under. An API is named by the rest.
pub(crate) const CGI_BIN: &str = "/cgi-bin/";
pub(crate) const GETTOKEN: &str = "gettoken";
pub(crate) const MARK_TAG: &str = "externalcontact/mark_tag";
pub(crate) const REMARK: &str = "externalcontact/remark";

/// A client of WeCom (企业微信), for one app of one corp.
///
/// Cheap to clone; clones share token, limits and retry budget. Safe to share between tasks.
/// Typed methods check their arguments before anything is sent
/// ([`InvalidArgument`](leadtag_core::ErrorKind::InvalidArgument)).
#[derive(Clone)]
pub struct WecomClient {
    corp_id: Arc<str>,
    pipeline: Pipeline,
}

impl WecomClient {
    /// Makes a client.
    pub fn builder() -> WecomClientBuilder {
        WecomClientBuilder::default()
    }

    pub(crate) fn new(
        corp_id: String,
        corp_secret: SecretString,
        connection: &Connection,
    ) -> Result<Self> {
        let secrets = || vec![corp_secret.clone()];
        let credentials =
            CredentialsInQuery { corp_id: corp_id.clone(), corp_secret: corp_secret.clone() };
        let source =
            GetToken { pipeline: connection.pipeline(PLATFORM, Arc::new(credentials), secrets())? };
        let key = TokenKey::new(PLATFORM, corp_id.as_str(), &corp_secret);
        let tokens = connection.tokens(key, Arc::new(source));
        let pipeline =
            connection.pipeline(PLATFORM, Arc::new(TokenInQuery), secrets())?.with_tokens(tokens);
        Ok(Self { corp_id: corp_id.into(), pipeline })
    }

    /// This client with another way to retry, such as a shorter deadline. Everything else is
    /// shared.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self {
            corp_id: Arc::clone(&self.corp_id),
            pipeline: self.pipeline.clone().with_retry(retry),
        }
    }

    /// The limiter, to share with other clients of the same corp, or to see how an API stands.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        self.pipeline.limiter()
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A POST whose answer is its code alone.
    pub(crate) async fn post_done(
        &self,
        api: &'static str,
        idempotency: Idempotency,
        body: &impl Body,
        look_up: Option<LookUp<'_, Reply<()>>>,
    ) -> Result<Reply<()>> {
        let call = post(api, idempotency, body.checked(PLATFORM, api)?);
        self.pipeline.run_or_look_up(&call, &envelope::decode_done, look_up).await
    }

    /// A POST that may be sent twice.
    pub(crate) async fn post<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, &envelope::decode::<T>).await
    }

    /// A POST that may not be sent twice, unless it turns out that it was not done.
    pub(crate) async fn post_once<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
        look_up: LookUp<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run_or_look_up(&call, &envelope::decode::<T>, Some(look_up)).await
    }
}

fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post_json(operation(api, idempotency), path_of(api), body)
}

pub(crate) fn invalid(api: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, api)
}

pub(crate) fn path_of(api: &str) -> String {
    [CGI_BIN, api].concat()
}

pub(crate) fn operation(api: impl Into<Cow<'static, str>>, idempotency: Idempotency) -> Operation {
    let api = api.into();
    Operation { name: api.clone(), api, idempotency, with_token: true }
}

impl fmt::Debug for WecomClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WecomClient")
            .field("corp_id", &self.corp_id)
            .field("base_url", self.pipeline.base_url())
            .finish_non_exhaustive()
    }
}
