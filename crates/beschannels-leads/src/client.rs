//! The client: one pipeline for calls, one for tokens.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    Body, Call, Connection, Error, Idempotency, Limiter, Operation, Pipeline, Reply, Result,
    RetryPolicy, SecretString, TokenKey,
};
use serde::de::DeserializeOwned;

use crate::config::Group;
use crate::model::Parts;
use crate::provider::place::Marker;
use crate::token::{CredentialsInBody, GetAccessToken, TokenInQuery};
use crate::{BeschannelsClientBuilder, PLATFORM, envelope};

/// The path that most APIs stand under. These are named by the rest.
pub(crate) const LEADS: &str = "/leads/open-api/";
/// What the paths of other families have in the middle, and their names leave out.
const OPEN_API: &str = "/open-api/";

/// A client of Beschannels (致趣百川), for one app of one organisation.
///
/// Cheap to clone; clones share token, limits and retry budget. Safe to share between tasks.
/// Typed methods check their arguments before anything is sent
/// ([`InvalidArgument`](leadtag_core::ErrorKind::InvalidArgument)). Reads are sent again after a
/// time-out, writes never.
#[derive(Clone)]
pub struct BeschannelsClient {
    app_id: Arc<str>,
    group: Arc<Group>,
    marker: Marker,
    pipeline: Pipeline,
}

impl BeschannelsClient {
    /// Makes a client.
    pub fn builder() -> BeschannelsClientBuilder {
        BeschannelsClientBuilder::default()
    }

    pub(crate) fn new(
        app_id: String,
        app_secret: SecretString,
        group: Group,
        connection: &Connection,
    ) -> Result<Self> {
        let secrets = || vec![app_secret.clone()];
        let credentials =
            CredentialsInBody { app_id: app_id.clone(), app_secret: app_secret.clone() };
        let source = GetAccessToken {
            pipeline: connection.pipeline(PLATFORM, Arc::new(credentials), secrets())?,
            refresh_margin: connection.token_policy.refresh_margin,
        };
        let key = TokenKey::new(PLATFORM, app_id.as_str(), &app_secret);
        let tokens = connection.tokens(key, Arc::new(source));
        let pipeline =
            connection.pipeline(PLATFORM, Arc::new(TokenInQuery), secrets())?.with_tokens(tokens);
        let marker = Marker::new(app_secret.expose_secret());
        Ok(Self { app_id: app_id.into(), group: Arc::new(group), marker, pipeline })
    }

    /// What makes hashes of ids.
    pub(crate) fn marker(&self) -> &Marker {
        &self.marker
    }

    /// This client with another way to retry, such as a shorter deadline. Everything else is
    /// shared.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { pipeline: self.pipeline.clone().with_retry(retry), ..self.clone() }
    }

    /// The limiter, to share with other clients of the same organisation, or to see how an API
    /// stands.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        self.pipeline.limiter()
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The group that this client lists as a provider.
    pub(crate) fn group(&self) -> &Group {
        &self.group
    }

    /// A JSON call that may be sent twice.
    pub(crate) async fn read<T: DeserializeOwned + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, &envelope::decode::<T>).await
    }

    /// A JSON call that may not be sent twice. Its outcome cannot be looked up: when it is
    /// unknown, the caller is told.
    #[cfg(feature = "unverified")]
    pub(crate) async fn write<T: DeserializeOwned + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, &envelope::decode::<T>).await
    }

    /// As `write`, for answers whose code is all.
    pub(crate) async fn write_done(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<()>> {
        let call = post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?);
        self.pipeline.run(&call, &envelope::decode_done).await
    }

    /// A multipart call that may be sent twice.
    pub(crate) async fn read_parts<T: DeserializeOwned + Send>(
        &self,
        api: &'static str,
        request: &impl Parts,
    ) -> Result<Reply<T>> {
        let call = post_parts(api, request)?;
        self.pipeline.run(&call, &envelope::decode::<T>).await
    }
}

fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post_json(operation(api, idempotency), path_of(api), body)
}

pub(crate) fn post_parts(api: &'static str, request: &impl Parts) -> Result<Call> {
    request.check().map_err(|why| invalid(api, why))?;
    let parts = request.parts();
    let parts = parts.iter().map(|(name, text)| (*name, text.as_ref()));
    Ok(Call::post_multipart(operation(api, Idempotency::Idempotent), path_of(api), parts))
}

pub(crate) fn invalid(api: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, api)
}

/// The path of the API of that name.
pub(crate) fn path_of(api: &str) -> String {
    match api.split_once('/') {
        Some((family, rest)) => ["/", family, OPEN_API, rest].concat(),
        None => [LEADS, api].concat(),
    }
}

/// The name of the API at `path`, which has no slash around it.
pub(crate) fn name_of(path: &str) -> String {
    match path.strip_prefix(LEADS.trim_start_matches('/')) {
        Some(api) => api.to_owned(),
        None => path.replacen(OPEN_API, "/", 1),
    }
}

pub(crate) fn operation(api: impl Into<Cow<'static, str>>, idempotency: Idempotency) -> Operation {
    let api = api.into();
    Operation { name: api.clone(), api, idempotency, with_token: true }
}

impl fmt::Debug for BeschannelsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BeschannelsClient")
            .field("app_id", &self.app_id)
            .field("group", &self.group)
            .field("base_url", self.pipeline.base_url())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_path_belong_together() {
        for (name, path) in [
            ("group-user-list", "/leads/open-api/group-user-list"),
            ("cdp/detail", "/cdp/open-api/detail"),
        ] {
            assert_eq!(path_of(name), path);
            assert_eq!(name_of(path.trim_start_matches('/')), name);
        }
        assert_eq!(name_of("api/other"), "api/other");
    }
}
