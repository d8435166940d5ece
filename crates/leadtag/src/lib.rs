#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "config")]
mod config_file;
mod platforms;

#[cfg(feature = "beschannels")]
pub use beschannels_leads as beschannels;
#[cfg(feature = "crm-v3")]
pub use crm_v3;
#[cfg(feature = "douyin")]
pub use douyin_leads as douyin;
pub use leadtag_core::*;
#[cfg(feature = "miaokol")]
pub use miaokol_smarttag as miaokol;
#[cfg(feature = "wecom")]
pub use wecom_corptag as wecom;

#[cfg(feature = "config")]
pub use config_file::{Config, Provider};
pub use platforms::{PlatformInfo, platforms};

/// The READMEs of the project: their Rust blocks are tests.
#[cfg(doctest)]
mod readmes {
    #[doc = include_str!("../../../README.md")]
    struct English;
    #[doc = include_str!("../../../README.zh-CN.md")]
    struct Chinese;
}
