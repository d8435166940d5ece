#![doc = include_str!("../README.md")]

mod clock;
mod exchange;
mod replay;
mod reply;

pub use clock::ManualClock;
pub use exchange::Exchange;
pub use replay::{ReplayMismatch, ReplayTransport};
pub use reply::{Gate, Reply};
