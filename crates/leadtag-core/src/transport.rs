//! The seam between the pipeline and whatever moves bytes.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use crate::escapes::readable;
use crate::{BaseUrl, Result, Sent};

/// A request, ready to be sent. `Debug` shows neither its query, nor its headers' values, nor
/// its body.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The address. Its query may hold a token.
    pub url: Url,
    /// The headers. One of them may hold a token.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.url.path())
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// The head of a response, and its body as it arrives.
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, in pieces.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A complete response.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// Reads the body as JSON. Whether it is UTF-8 is looked at once, not at each text in it.
    ///
    /// # Errors
    /// If the body is not UTF-8, no JSON, or no `T`.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        let text = std::str::from_utf8(&self.body).map_err(serde::de::Error::custom)?;
        serde_json::from_str(text)
    }

    /// The body as a text; what is not UTF-8 in it is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why no response came.
#[derive(Debug)]
pub struct TransportError {
    what: &'static str,
    sent: Sent,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl TransportError {
    /// The connection could not be made: nothing was sent.
    #[must_use]
    pub fn not_sent(what: &'static str) -> Self {
        Self { what, sent: Sent::No, source: None }
    }

    /// The connection failed after something may have been sent.
    #[must_use]
    pub fn maybe_sent(what: &'static str) -> Self {
        Self { what, sent: Sent::Maybe, source: None }
    }

    /// Sets the cause, which must not hold a URL query, a secret or personal data.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Whether the request left this machine.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.sent
    }
}

/// Moves one request and gives back the response. No redirect is followed, nothing is retried.
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync {
    /// Refuses an address that this transport cannot reach. Called once, when a client is built.
    ///
    /// # Errors
    /// `ConfigInvalid`, for example `https` without TLS.
    fn check(&self, base: &BaseUrl) -> Result<()> {
        let _ = base;
        Ok(())
    }

    /// Sends a request.
    ///
    /// # Errors
    /// [`TransportError`] if no head of a response came; an error in mid-body comes from the body.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// The transport that ships, for clients that were given none. Whether there is one is decided
/// here and not in the platform crates: the features of a facade reach the core alone.
///
/// # Errors
/// `ConfigInvalid` if this build has no HTTP client, or if it cannot be set up.
pub fn default_transport(base: &BaseUrl) -> Result<Arc<dyn Transport>> {
    #[cfg(feature = "reqwest")]
    return Ok(Arc::new(crate::HttpTransport::new(base)?));
    #[cfg(not(feature = "reqwest"))]
    return Err(crate::Error::config(format!(
        "this program was built without an HTTP client and cannot reach {base}; switch on the \
         feature rustls, native-tls or rustls-no-provider, or pass a transport of your own"
    )));
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    TooLarge,
    Broken(TransportError),
}

/// The largest buffer that is set aside because an answer announces so much: 8 MiB.
const AT_ONCE: usize = 8 << 20;

/// Reads a body that has at most `cap` bytes. One that announces more is not read at all.
pub(crate) async fn read_body(response: Response, cap: usize) -> Result<Answer, BodyError> {
    let Response { status, headers, mut body } = response;
    let announced = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > cap) {
        return Err(BodyError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut joined: Option<BytesMut> = None;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(BodyError::Broken)?;
        let so_far = joined.as_ref().map_or(first.len(), BytesMut::len);
        if so_far + piece.len() > cap {
            return Err(BodyError::TooLarge);
        }
        if let Some(buffer) = &mut joined {
            buffer.extend_from_slice(&piece);
        } else if first.is_empty() {
            first = piece;
        } else {
            let mut buffer = BytesMut::with_capacity(
                announced.unwrap_or(2 * (so_far + piece.len())).min(AT_ONCE),
            );
            buffer.extend_from_slice(&first);
            buffer.extend_from_slice(&piece);
            joined = Some(buffer);
        }
    }
    let body = readable(joined.map_or(first, BytesMut::freeze));
    Ok(Answer { status, headers, body })
}
