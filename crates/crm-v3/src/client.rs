//! The client: one pipeline, whose requests are signed.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use leadtag_core::{
    Answer, Body, Call, Connection, Error, ErrorKind, Idempotency, Limiter, Operation, Pipeline,
    PlatformTime, Reply, Result, RetryPolicy, SecretString, Sent, UtcOffset,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sign::Signature;
use crate::{CrmV3ClientBuilder, PLATFORM, envelope};

/// The path that most APIs stand under. One that stands there is named by the rest, any other by
/// its whole path.
pub(crate) const API_V3: &str = "/api/v3/";

/// A client of the CRM v3 open API (探马), for one app of one tenant.
///
/// Cheap to clone; clones share limits and retry budget. Safe to share between tasks. Typed
/// methods check their arguments before anything is sent
/// ([`InvalidArgument`](leadtag_core::ErrorKind::InvalidArgument)).
#[derive(Clone)]
pub struct CrmV3Client {
    app_id: Arc<str>,
    utc_offset: UtcOffset,
    pipeline: Pipeline,
}

impl CrmV3Client {
    /// Makes a client.
    pub fn builder() -> CrmV3ClientBuilder {
        CrmV3ClientBuilder::default()
    }

    pub(crate) fn new(
        app_id: String,
        app_key: SecretString,
        utc_offset: UtcOffset,
        connection: &Connection,
    ) -> Result<Self> {
        let clock = Arc::clone(&connection.clock);
        let signature = Signature::new(&app_id, app_key.clone(), clock)?;
        let pipeline = connection.pipeline(PLATFORM, Arc::new(signature), vec![app_key])?;
        Ok(Self { app_id: app_id.into(), utc_offset, pipeline })
    }

    /// This client with another way to retry, such as a shorter deadline. Everything else is
    /// shared.
    #[must_use]
    pub fn with_retry(&self, retry: RetryPolicy) -> Self {
        Self { pipeline: self.pipeline.clone().with_retry(retry), ..self.clone() }
    }

    /// The limiter, to share with other clients of the same tenant, or to see how an API stands.
    #[must_use]
    pub fn limiter(&self) -> &Arc<Limiter> {
        self.pipeline.limiter()
    }

    /// The distance of the platform's local time from UTC.
    #[must_use]
    pub fn utc_offset(&self) -> UtcOffset {
        self.utc_offset
    }

    /// Reads a time of the platform, such as `2024-01-31 16:00:00`, with or without a fraction.
    #[must_use]
    pub fn time(&self, text: &str) -> PlatformTime {
        PlatformTime::parse(text, self.utc_offset)
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A POST that may be sent twice.
    pub(crate) async fn post<T: DeserializeOwned + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<Option<T>>> {
        self.run(post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?)).await
    }

    /// As [`post`](Self::post), for lists, which may be empty and not missing.
    pub(crate) async fn post_for_list<T: DeserializeOwned + Default + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, body.checked(PLATFORM, api)?);
        let clock = self.pipeline.clock();
        let decode = |answer: &Answer| envelope::decode_list(answer, clock.now());
        self.pipeline.run(&call, &decode).await
    }

    pub(crate) async fn run<T: DeserializeOwned + Send>(
        &self,
        call: Call,
    ) -> Result<Reply<Option<T>>> {
        let clock = self.pipeline.clock();
        let decode = |answer: &Answer| envelope::decode(answer, clock.now());
        self.pipeline.run(&call, &decode).await
    }
}

/// A body that says nothing: `{}`. One public client sends it so, another sends no body at all.
#[derive(Serialize)]
pub(crate) struct Empty {}

impl Body for Empty {}

pub(crate) fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post_json(operation(api, idempotency), path_of(api), body)
}

pub(crate) fn invalid(operation: &str, why: impl Into<String>) -> Error {
    Error::invalid_argument(why).with_context(PLATFORM, operation)
}

/// The data of an answer that is nothing without it.
pub(crate) fn required<T>(
    api: &str,
    mut reply: Reply<Option<T>>,
    otherwise: ErrorKind,
) -> Result<Reply<T>> {
    let data = reply.value.take().ok_or_else(|| {
        Error::new(otherwise, "the answer has no data")
            .with_sent(Sent::Yes)
            .with_context(PLATFORM, api)
    })?;
    Ok(reply.map(|_| data))
}

pub(crate) fn path_of(api: &str) -> String {
    if api.starts_with('/') { api.to_owned() } else { [API_V3, api].concat() }
}

fn operation(api: &'static str, idempotency: Idempotency) -> Operation {
    let api = Cow::Borrowed(api);
    Operation { name: api.clone(), api, idempotency, with_token: false }
}

impl fmt::Debug for CrmV3Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmV3Client")
            .field("app_id", &self.app_id)
            .field("base_url", self.pipeline.base_url())
            .finish_non_exhaustive()
    }
}
