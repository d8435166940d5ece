#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod doctor;
mod envelope;
mod error;
mod fields;
mod leads;
pub mod model;
mod provider;
mod raw;
mod sign;
mod tags;
#[cfg(feature = "unverified")]
mod unverified;

pub use client::CrmV3Client;
#[cfg(feature = "config")]
pub use config::CONFIG_KEYS;
pub use config::{APIS, CrmV3ClientBuilder, DEFAULT_BASE_URL, default_limits};
pub use error::classify;
pub use leadtag_core;
#[doc(no_inline)]
pub use leadtag_core::{RawCall, Reply};
pub use provider::{lead_capabilities, tag_capabilities};

use leadtag_core::Platform;

/// The name of this platform, as it stands in `leadtag.toml`.
pub const PLATFORM: Platform = Platform::new("crm-v3");
