//! Destinations of files: what is in them after commits, crashes, and the hands of others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "files/crash.rs"]
mod crash;
#[path = "files/formats.rs"]
mod formats;
#[path = "files/model.rs"]
mod model;
#[path = "files/places.rs"]
mod places;
#[path = "files/rows.rs"]
mod rows;
#[path = "support/sink_suite.rs"]
mod sink_suite;
#[path = "files/suite.rs"]
mod suite;
