//! The transport that ships: `reqwest`. Nothing else in the workspace knows it.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::try_unfold;

use crate::transport::{Request, Response, Transport, TransportError};
use crate::{BaseUrl, Error, Result};

/// The longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether this build can speak `https`.
const TLS: bool =
    cfg!(any(feature = "rustls", feature = "native-tls", feature = "rustls-no-provider"));

/// HTTP/1.1 by `reqwest`: pooled connections, no redirects, no cookies, no automatic retries.
/// Proxies of the environment are used, except for addresses on this machine.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// Makes the transport for `base`.
    ///
    /// # Errors
    /// `ConfigInvalid` if the TLS library cannot be set up.
    pub fn new(base: &BaseUrl) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .user_agent(concat!("leadtag/", env!("CARGO_PKG_VERSION")));
        if base.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            Error::config("the HTTP client cannot be set up").with_source(error.without_url())
        })?;
        Ok(Self { client })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    fn check(&self, base: &BaseUrl) -> Result<()> {
        if base.is_https() && !TLS {
            return Err(Error::config(format!(
                "{base} needs TLS, and this program was built without; switch on the feature \
                 rustls, native-tls or rustls-no-provider"
            )));
        }
        Ok(())
    }

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        if !request.body.is_empty() {
            *outgoing.body_mut() = Some(request.body.into());
        }
        let mut response = self.client.execute(outgoing).await.map_err(failure)?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let body = try_unfold(response, |mut response| async move {
            let piece = response.chunk().await.map_err(failure)?;
            Ok(piece.map(|piece| (piece, response)))
        });
        let body = body.boxed();
        Ok(Response { status, headers, body })
    }
}

/// The one place where an error of reqwest enters: its URL, which may hold a token, is taken out.
fn failure(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    let failure = if error.is_connect() || error.is_builder() {
        TransportError::not_sent("no connection could be made")
    } else if error.is_timeout() {
        TransportError::maybe_sent("the connection fell silent")
    } else if error.is_body() || error.is_decode() {
        TransportError::maybe_sent("the connection broke within the answer")
    } else {
        TransportError::maybe_sent("the connection broke before an answer came")
    };
    failure.with_source(error)
}
