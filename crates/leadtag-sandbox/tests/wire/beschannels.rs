//! BesChannels: rules of the documents, and what is inferred beside them.

mod calls;
mod faults;
mod leads;
mod lists;
mod open;
mod paging;
mod scores;
mod support;
mod tokens;
