//! Assigning tags from a file, on providers in memory.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub)]

mod again;
#[path = "../around/mod.rs"]
mod around;
mod bench;
mod input;
mod refuse;
mod send;
