//! The program as its users meet it: the real binary over a sandbox.
#![cfg(feature = "full")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod config;
mod contact;
mod demo;
mod errors;
mod init;
mod leads;
#[cfg(unix)]
mod leads_postgres;
mod leads_pull;
#[cfg(unix)]
mod leads_pull_damage;
#[cfg(unix)]
mod leads_pull_disk;
#[cfg(unix)]
mod leads_pull_faults;
mod leads_pull_input;
#[cfg(unix)]
mod leads_pull_kill;
#[cfg(unix)]
mod leads_pull_refused;
#[cfg(unix)]
mod leads_pull_waits;
mod leads_store;
mod output;
mod platforms;
#[cfg(unix)]
#[path = "../../../leadtag-extract/tests/support/postgres_server.rs"]
mod postgres_server;
mod readmes;
mod serve;
mod support;
mod tags;
mod tags_apply;
mod tags_assign;
#[cfg(unix)]
mod tags_assign_again;
mod tags_check;
mod tags_drift;
mod tags_flags;
mod tags_import;
mod tags_json;
#[cfg(unix)]
mod tags_kill;
mod tags_plan;
mod tags_platforms;
mod tags_scale;
mod tap;
mod tap_ends;
#[cfg(unix)]
mod terminal;
