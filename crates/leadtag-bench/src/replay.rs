//! A transport that reaches the sandbox once for each large answer, and gives that very answer ever
//! after: what is measured behind it is the client's whole path, without sockets.

use std::sync::OnceLock;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode};
use leadtag_core::{
    BaseUrl, HttpTransport, Request, Response, Transport, TransportError, async_trait,
};

/// Smaller answers are tokens and errors.
const LARGE: usize = 50_000;

#[derive(Debug)]
pub(crate) struct Replay {
    real: HttpTransport,
    page: OnceLock<Bytes>,
}

impl Replay {
    pub(crate) fn new(base_url: &str) -> leadtag_core::Result<Self> {
        let base_url = BaseUrl::parse(base_url, false)?;
        Ok(Self { real: HttpTransport::new(&base_url)?, page: OnceLock::new() })
    }

    /// The answer that is given again and again.
    pub(crate) fn page(&self) -> Bytes {
        self.page.get().cloned().unwrap_or_default()
    }
}

#[async_trait]
impl Transport for Replay {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if let Some(page) = self.page.get() {
            return Ok(answer(StatusCode::OK, HeaderMap::new(), page.clone()));
        }
        let Response { status, headers, body } = self.real.send(request).await?;
        let pieces: Vec<Bytes> = body.try_collect().await?;
        let mut whole = BytesMut::new();
        pieces.iter().for_each(|piece| whole.extend_from_slice(piece));
        let whole = whole.freeze();
        if whole.len() > LARGE {
            // Only the first large answer is kept.
            let _ = self.page.set(whole.clone());
        }
        Ok(answer(status, headers, whole))
    }
}

fn answer(status: StatusCode, headers: HeaderMap, body: Bytes) -> Response {
    let body = futures_util::stream::iter([Ok(body)]).boxed();
    Response { status, headers, body }
}
