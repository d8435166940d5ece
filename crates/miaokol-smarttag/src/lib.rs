#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod contacts;
mod doctor;
mod envelope;
mod error;
pub mod model;
mod provider;
mod raw;
mod tags;
mod token;

pub use client::MiaokolClient;
#[cfg(feature = "config")]
pub use config::CONFIG_KEYS;
pub use config::{APIS, DEFAULT_BASE_URL, MiaokolClientBuilder, default_limits};
pub use error::classify;
pub use leadtag_core;
#[doc(no_inline)]
pub use leadtag_core::{RawCall, Reply};
pub use provider::tag_capabilities;

use leadtag_core::Platform;

/// The name of this platform, as it stands in `leadtag.toml`.
pub const PLATFORM: Platform = Platform::new("miaokol");
