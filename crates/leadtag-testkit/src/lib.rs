#![doc = include_str!("../README.md")]

pub mod canary;
mod clock;
pub mod conformance;
mod exchange;
mod failures;
mod memory_leads;
mod memory_tags;
mod presets;
mod replay;
mod reply;

pub use clock::ManualClock;
pub use exchange::Exchange;
pub use memory_leads::{GROUP_ATTRIBUTE, LeadCall, MemoryLeadsProvider, raw_json, sample_leads};
pub use memory_tags::{MemoryTagProvider, TagCall, TakenNames};
pub use presets::{lead_capabilities, tag_capabilities};
pub use replay::{ReplayMismatch, ReplayTransport};
pub use reply::{Gate, Reply};
