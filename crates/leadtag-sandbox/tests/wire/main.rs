//! The sandbox as a caller sees it: over HTTP, and with raw bytes where HTTP is what breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod add_tags;
mod admin_api;
mod auth;
mod beschannels;
mod change_tags;
mod contacts;
mod crm_v3;
mod douyin;
mod fault_names;
mod faults_envelope;
mod faults_transport;
mod list_tags;
mod mark;
mod miaokol;
mod seed_document;
mod server;
mod strategy;
mod support;
