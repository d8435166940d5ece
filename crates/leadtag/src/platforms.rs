//! The platforms that this build knows.

use leadtag_core::{LeadCapabilities, Platform, TagCapabilities};

/// A platform and what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformInfo {
    /// The platform.
    pub platform: Platform,
    /// What it can do with tags; `None` if it has none.
    pub tags: Option<TagCapabilities>,
    /// What it can do with leads; `None` if it has none.
    pub leads: Option<LeadCapabilities>,
}

/// The platforms whose features are on, in the order in which they are documented.
#[must_use]
pub fn platforms() -> Vec<PlatformInfo> {
    let all: &[Option<PlatformInfo>] = &[
        #[cfg(feature = "wecom")]
        wecom(),
    ];
    all.iter().copied().flatten().collect()
}

#[cfg(feature = "wecom")]
fn wecom() -> Option<PlatformInfo> {
    use std::sync::Arc;

    use leadtag_core::TagProvider;

    let client = wecom_corptag::WecomClient::builder()
        .corp_id("none")
        .corp_secret("none".to_owned())
        .transport(Arc::new(nowhere::Nowhere))
        .build()
        .ok()?;
    Some(PlatformInfo {
        platform: client.platform(),
        tags: Some(client.tag_capabilities()),
        leads: None,
    })
}

/// Capabilities are told by a client; one that is asked for nothing else needs no network.
#[cfg(feature = "wecom")]
mod nowhere {
    use leadtag_core::transport::{Request, Response, Transport, TransportError};
    use leadtag_core::{Result, async_trait};

    #[derive(Debug)]
    pub(super) struct Nowhere;

    #[async_trait]
    impl Transport for Nowhere {
        async fn send(&self, _: Request) -> Result<Response, TransportError> {
            Err(TransportError::not_sent("this client reaches nothing"))
        }
    }
}
