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
        #[cfg(feature = "douyin")]
        PlatformInfo {
            platform: douyin_leads::PLATFORM,
            tags: Some(douyin_leads::tag_capabilities()),
            leads: Some(douyin_leads::lead_capabilities()),
        },
        #[cfg(feature = "miaokol")]
        PlatformInfo {
            platform: miaokol_smarttag::PLATFORM,
            tags: Some(miaokol_smarttag::tag_capabilities()),
            leads: None,
        },
        #[cfg(feature = "wecom")]
        PlatformInfo {
            platform: wecom_corptag::PLATFORM,
            tags: Some(wecom_corptag::tag_capabilities()),
            leads: None,
        },
        #[cfg(feature = "crm-v3")]
        PlatformInfo {
            platform: crm_v3::PLATFORM,
            tags: Some(crm_v3::tag_capabilities()),
            leads: Some(crm_v3::lead_capabilities()),
        },
        #[cfg(feature = "beschannels")]
        PlatformInfo {
            platform: beschannels_leads::PLATFORM,
            tags: None,
            leads: Some(beschannels_leads::lead_capabilities()),
        },
    ]
}
