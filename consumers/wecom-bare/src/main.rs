//! A service that brings its own HTTP client: no HTTP client and no TLS is compiled in.

use std::sync::Arc;

use wecom_corptag::WecomClient;
use wecom_corptag::leadtag_core::{Request, Response, Transport, TransportError, async_trait};

#[derive(Debug)]
struct OwnClient;

#[async_trait]
impl Transport for OwnClient {
    async fn send(&self, _request: Request) -> Result<Response, TransportError> {
        Err(TransportError::not_sent("this example has no network"))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let without = WecomClient::builder().corp_id("ww0123").corp_secret("made-up").build();
    assert!(without.is_err(), "there is no HTTP client to take by default");
    let client = WecomClient::builder()
        .corp_id("ww0123")
        .corp_secret("made-up")
        .transport(Arc::new(OwnClient))
        .build()?;
    println!("   built: {client:?}");
    Ok(())
}
