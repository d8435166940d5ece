//! The platform behind the interfaces that all platforms share.

mod leads;
mod tags;

pub use leads::lead_capabilities;
pub use tags::tag_capabilities;

use leadtag_core::{Error, ErrorKind, Sent};

use crate::PLATFORM;

/// The error for a row that is not what the documents say, of which nothing is repeated.
fn unreadable(operation: &str, what: &str) -> Error {
    Error::new(ErrorKind::Decode, what).with_sent(Sent::Yes).with_context(PLATFORM, operation)
}
