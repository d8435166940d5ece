//! The client: one pipeline for calls, one for tokens.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use leadtag_core::pipeline::{Decode, LookUp};
use leadtag_core::{
    Body, Call, Connection, Error, Idempotency, Limiter, Operation, Pipeline, Reply, Result,
    RetryPolicy, SecretString, TokenKey,
};

use crate::token::{CredentialsInBody, GetToken, TokenInRequest};
use crate::{MiaokolClientBuilder, PLATFORM};

pub(crate) const TOKEN: &str = "oauth/token";
/// What all calls count as: Miaokol counts those of a tenant together.
pub(crate) const TENANT: &str = "tenant";

/// As the documents' examples write it.
pub(crate) const JSON: &str = "application/json; charset=UTF-8";
/// The documents' examples have it on GETs, which have no body.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A client of Miaokol (云真机), for one app of one tenant.
///
/// Cheap to clone; clones share token, limits and retry budget. Safe to share between tasks.
/// Typed methods check their arguments before anything is sent
/// ([`InvalidArgument`](leadtag_core::ErrorKind::InvalidArgument)).
#[derive(Clone)]
pub struct MiaokolClient {
    app_id: Arc<str>,
    pipeline: Pipeline,
}

impl MiaokolClient {
    /// Makes a client.
    pub fn builder() -> MiaokolClientBuilder {
        MiaokolClientBuilder::default()
    }

    pub(crate) fn new(
        app_id: String,
        app_secret: SecretString,
        connection: &Connection,
    ) -> Result<Self> {
        let app_id: Arc<str> = app_id.into();
        let secrets = || vec![app_secret.clone()];
        let credentials =
            CredentialsInBody { app_id: Arc::clone(&app_id), app_secret: app_secret.clone() };
        let source =
            GetToken { pipeline: connection.pipeline(PLATFORM, Arc::new(credentials), secrets())? };
        let key = TokenKey::new(PLATFORM, &*app_id, &app_secret);
        let tokens = connection.tokens(key, Arc::new(source));
        let authorize = TokenInRequest { app_id: Arc::clone(&app_id) };
        let pipeline =
            connection.pipeline(PLATFORM, Arc::new(authorize), secrets())?.with_tokens(tokens);
        Ok(Self { app_id, pipeline })
    }

    /// This client with another way to retry, such as a shorter deadline. Everything else is
    /// shared.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { app_id: Arc::clone(&self.app_id), pipeline: self.pipeline.clone().with_retry(retry) }
    }

    /// The limiter, to share with other clients of the same tenant, or to see how it stands.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        self.pipeline.limiter()
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A GET. Parameters stand behind app and token.
    pub(crate) async fn get<T: Send>(
        &self,
        api: &'static str,
        query: Vec<(&'static str, String)>,
        decode: Decode<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        self.pipeline.run(&get(api, query), decode).await
    }

    /// A POST that may be sent twice.
    pub(crate) async fn post<T: Send>(
        &self,
        api: &'static str,
        body: &impl Body,
        decode: Decode<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, decode).await
    }

    /// A POST that may not be sent twice, unless it turns out that it was not done.
    pub(crate) async fn post_once<T: Send>(
        &self,
        api: &'static str,
        body: &impl Body,
        decode: Decode<'_, Reply<T>>,
        look_up: LookUp<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run_or_look_up(&call, decode, Some(look_up)).await
    }
}

pub(crate) fn get(api: &'static str, query: Vec<(&'static str, String)>) -> Call {
    let call = Call::get(operation(api, Idempotency::Idempotent), path_of(api));
    let with = |call: Call, (name, value)| call.with_query(name, value);
    query.into_iter().fold(call.with_content_type(FORM), with)
}

pub(crate) fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post(operation(api, idempotency), path_of(api), JSON, body)
}

pub(crate) fn invalid(api: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, api)
}

pub(crate) fn path_of(api: &str) -> String {
    ["/", api].concat()
}

fn operation(api: impl Into<Cow<'static, str>>, idempotency: Idempotency) -> Operation {
    Operation { name: api.into(), api: TENANT.into(), idempotency, with_token: true }
}

impl fmt::Debug for MiaokolClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MiaokolClient")
            .field("app_id", &self.app_id)
            .field("base_url", self.pipeline.base_url())
            .finish_non_exhaustive()
    }
}
