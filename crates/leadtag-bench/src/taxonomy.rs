//! Tags as code: what it costs to compare what should be there with what is, and how that grows.

mod diff;

pub(crate) use diff::{measure as measure_diff, serve as serve_diff};
