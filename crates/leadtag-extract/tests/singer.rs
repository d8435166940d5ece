//! The tap's output, as the Singer specification 0.3.0 has it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "singer/catalogs.rs"]
mod catalogs;
#[path = "singer/outputs.rs"]
mod outputs;
#[path = "singer/pulls.rs"]
mod pulls;
#[path = "support/mod.rs"]
mod shared;
#[path = "singer/spec.rs"]
mod spec;
#[path = "singer/states.rs"]
mod states;
#[path = "singer/support.rs"]
mod support;
