//! The providers that a command of tags as code works on.

use std::sync::Arc;

use leadtag::TagProvider;
use leadtag_taxonomy::{File, Lock, Target, concerns};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// Providers by their names in the configuration, in its order.
pub(super) type Providers = Vec<(String, Arc<dyn TagProvider>)>;

/// The providers that were asked for, or all that the file or the lock is about.
pub(super) fn providers(
    asked: &[String],
    file: &File,
    lock: &Lock,
    session: &Session,
    output: &Output,
) -> Result<Providers, Failure> {
    if !asked.is_empty() {
        return session.tag_providers(asked, output);
    }
    let facts = session.facts();
    let concerned = facts.iter().filter(|facts| concerns(file, lock, facts));
    let names: Vec<String> = concerned.map(|facts| facts.name.clone()).collect();
    session.tag_providers(&names, output)
}

/// The same, as the engine takes them.
pub(super) fn targets(providers: &Providers) -> Vec<Target<'_>> {
    providers.iter().map(|(name, provider)| Target { name, provider: &**provider }).collect()
}
