#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod doctor;
mod envelope;
mod error;
mod leads;
pub mod model;
mod provider;
mod raw;
mod token;
#[cfg(feature = "unverified")]
mod unverified;

pub use client::BeschannelsClient;
#[cfg(feature = "config")]
pub use config::CONFIG_KEYS;
pub use config::{APIS, BeschannelsClientBuilder, DEFAULT_BASE_URL, default_limits};
pub use error::classify;
pub use leadtag_core;
#[doc(no_inline)]
pub use leadtag_core::{RawCall, Reply};
pub use provider::{DEFAULT_PAGE_SIZE, lead_capabilities};

use leadtag_core::Platform;

/// The name of this platform, as it stands in `leadtag.toml`.
pub const PLATFORM: Platform = Platform::new("beschannels");
