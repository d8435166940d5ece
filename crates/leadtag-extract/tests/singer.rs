//! The tap's output, as the Singer specification 0.3.0 has it.

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
