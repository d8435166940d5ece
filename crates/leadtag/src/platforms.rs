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
    vec![
        #[cfg(feature = "wecom")]
        PlatformInfo {
            platform: wecom_corptag::PLATFORM,
            tags: Some(wecom_corptag::tag_capabilities()),
            leads: None,
        },
    ]
}
