#![doc = include_str!("../README.md")]

mod admin;
mod beschannels;
mod call;
mod clock;
mod counters;
mod crm_v3;
mod douyin;
mod exchange;
mod fault;
mod miaokol;
mod platforms;
mod record;
mod rng;
mod sandbox;
mod server;
mod service;
mod shared;
mod spoil;
mod wecom;

pub use admin::Admin;
pub use beschannels::{BeschannelsAccess, BeschannelsEmpty, BeschannelsLifetime};
pub use crm_v3::CrmV3Access;
pub use douyin::{DouyinAccess, DouyinEnvelope};
pub use fault::{Fault, FaultSpec, ParseFaultError, Times};
pub use miaokol::MiaokolAccess;
pub use record::RecordedRequest;
pub use sandbox::{Sandbox, SandboxBuilder};
pub use wecom::WecomAccess;
