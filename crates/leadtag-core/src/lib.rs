#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod base_url;
pub mod body;
mod call;
mod capability;
#[cfg(feature = "config")]
pub mod config;
mod contact;
mod diagnose;
pub mod doctor;
mod error;
mod escapes;
mod ext;
mod gate;
mod id;
mod lead;
pub mod lenient;
mod limit;
mod limiter;
pub mod members;
pub mod observe;
mod options;
mod page;
pub mod pii;
pub mod pipeline;
mod platform;
mod provider;
mod random;
mod raw_call;
pub mod redact;
mod reply;
mod retry;
pub mod secret;
mod stream;
mod tag;
mod time;
mod token;
mod token_store;
pub mod transport;
#[cfg(feature = "reqwest")]
mod transport_reqwest;

pub use answer::{answered_with, foreign_answer};
pub use async_trait::async_trait;
pub use base_url::BaseUrl;
pub use body::Body;
pub use call::{Call, Operation};
pub use capability::{LeadCapabilities, TagCapabilities, WriteSemantics};
pub use contact::ContactRef;
pub use diagnose::{Check, CheckStatus, Diagnose};
pub use error::{Error, ErrorKind, Result, RetryClass, Sent};
pub use escapes::mend_escapes;
pub use ext::{LeadsProviderExt, TagProviderExt};
pub use futures_util::future::BoxFuture;
/// Methods, statuses and headers of requests and answers.
pub use http;
pub use id::{GroupId, GroupMarker, Id, LeadId, LeadMarker, TagId, TagMarker};
pub use lead::{Interaction, Lead, LeadQuery, RawJson};
pub use limit::{ApiLimit, LimitStatus, Limits, RateWindow};
pub use limiter::Limiter;
pub use members::Extra;
pub use observe::{CallObserver, observed};
pub use options::{ClientOptions, Connection};
pub use page::{Cursor, Page};
pub use pipeline::{Authorize, Pipeline, PipelineParts};
pub use platform::Platform;
pub use provider::{LeadsProvider, TagProvider};
pub use raw_call::RawCall;
pub use reply::Reply;
pub use retry::{Idempotency, RetryPolicy};
pub use secret::SecretString;
pub use stream::{Items, Pages};
pub use tag::{
    CreateTags, CreatedTags, GroupTarget, NewTag, Tag, TagChange, TagFilter, TagGroup, TagNode,
    TagQuery, TagTree,
};
pub use time::{Clock, PlatformTime, SystemClock, Timestamp, UtcOffset};
pub use token::{IssuedToken, Token, TokenCache, TokenKey, TokenPolicy, TokenSource};
pub use token_store::{FileTokenStore, MemoryTokenStore, StoredToken, TokenStore};
pub use transport::{Answer, Request, Response, Transport, TransportError};
#[cfg(feature = "reqwest")]
pub use transport_reqwest::HttpTransport;
