//! The client: one pipeline for calls, one for tokens.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use leadtag_core::members::Members;
use leadtag_core::pipeline::LookUp;
use leadtag_core::{
    BaseUrl, Call, Clock, Idempotency, Limiter, Operation, Pipeline, PipelineParts, Result,
    RetryPolicy, SecretString, TokenCache, TokenKey, TokenPolicy, TokenStore, Transport,
};

use crate::model::{Body, Reply, checked};
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

/// What a client is made of.
pub(crate) struct Parts {
    pub(crate) corp_id: String,
    pub(crate) corp_secret: SecretString,
    pub(crate) base_url: BaseUrl,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_response_bytes: usize,
    pub(crate) token_store: Arc<dyn TokenStore>,
    pub(crate) token_policy: TokenPolicy,
}

impl WecomClient {
    /// Makes a client.
    pub fn builder() -> WecomClientBuilder {
        WecomClientBuilder::default()
    }

    pub(crate) fn new(parts: Parts) -> Result<Self> {
        let pipeline = |authorize| {
            Pipeline::new(PipelineParts {
                platform: PLATFORM,
                base_url: parts.base_url.clone(),
                transport: Arc::clone(&parts.transport),
                clock: Arc::clone(&parts.clock),
                limiter: Arc::clone(&parts.limiter),
                retry: parts.retry,
                max_response_bytes: parts.max_response_bytes,
                authorize,
                secrets: vec![parts.corp_secret.clone()],
            })
        };
        let source = GetToken {
            pipeline: pipeline(Arc::new(CredentialsInQuery {
                corp_id: parts.corp_id.clone(),
                corp_secret: parts.corp_secret.clone(),
            }))?,
        };
        let tokens = TokenCache::new(
            TokenKey::new(PLATFORM, parts.corp_id.as_str(), &parts.corp_secret),
            Arc::new(source),
            Arc::clone(&parts.token_store),
            Arc::clone(&parts.clock),
            parts.token_policy,
        );
        let calls = pipeline(Arc::new(TokenInQuery))?.with_tokens(Arc::new(tokens));
        Ok(Self { corp_id: parts.corp_id.into(), pipeline: calls })
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
        let call = post(api, idempotency, checked(body, api)?);
        self.pipeline.run_or_look_up(&call, &envelope::decode_done, look_up).await
    }

    /// A POST that may be sent twice.
    pub(crate) async fn post<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::Idempotent, checked(body, api)?);
        self.pipeline.run(&call, &envelope::decode::<T>).await
    }

    /// A POST that may not be sent twice, unless it turns out that it was not done.
    pub(crate) async fn post_once<T: Members + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
        look_up: LookUp<'_, Reply<T>>,
    ) -> Result<Reply<T>> {
        let call = post(api, Idempotency::NotIdempotent, checked(body, api)?);
        self.pipeline.run_or_look_up(&call, &envelope::decode::<T>, Some(look_up)).await
    }
}

fn post(api: &'static str, idempotency: Idempotency, body: Vec<u8>) -> Call {
    Call::post_json(operation(api, idempotency), path_of(api), body)
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
