#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod doctor;
mod envelope;
mod error;
mod leads;
pub mod model;
mod oauth;
mod provider;
mod raw;
mod tags;
mod token;

pub use client::DouyinClient;
#[cfg(feature = "config")]
pub use config::CONFIG_KEYS;
pub use config::{APIS, DEFAULT_BASE_URL, DouyinClientBuilder, TokenPlacement, default_limits};
pub use error::classify;
pub use leadtag_core;
#[doc(no_inline)]
pub use leadtag_core::{RawCall, Reply};
pub use oauth::DouyinOAuth;
pub use provider::{lead_capabilities, tag_capabilities};
pub use token::Authorization;

use leadtag_core::Platform;

/// The name of this platform, as it stands in `leadtag.toml`.
pub const PLATFORM: Platform = Platform::new("douyin");
