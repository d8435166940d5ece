//! Shared by the tests of this crate.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

pub mod memory_sink;
pub mod odd;
pub mod streams;
