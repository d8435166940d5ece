//! The sandboxed Douyin as a caller sees it.

mod envelope;
mod faults;
mod leads;
mod oauth;
mod requests;
mod rig;
mod tags;
