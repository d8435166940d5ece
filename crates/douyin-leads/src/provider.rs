//! One account as a [`TagProvider`](leadtag_core::TagProvider) and a
//! [`LeadsProvider`](leadtag_core::LeadsProvider).

mod leads;
mod tags;

pub use leads::lead_capabilities;
pub use tags::tag_capabilities;

use leadtag_core::{Error, ErrorKind, Sent};

use crate::PLATFORM;

fn unreadable(operation: &str, what: &str) -> Error {
    Error::new(ErrorKind::Decode, what).with_sent(Sent::Yes).with_context(PLATFORM, operation)
}
