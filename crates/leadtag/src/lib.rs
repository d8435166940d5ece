#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "config")]
mod config_file;
mod platforms;

pub use leadtag_core::*;
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
