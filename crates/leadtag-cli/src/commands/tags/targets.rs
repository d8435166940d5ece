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
        let providers = session.tag_providers(asked, output)?;
        refuse_read_only(&targets(&providers))?;
        return Ok(providers);
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

/// What somebody asks for by name is not passed over in silence.
pub(super) fn refuse_read_only(targets: &[Target<'_>]) -> Result<(), Failure> {
    match targets.iter().find(|target| !target.facts().writes_tags()) {
        Some(target) => Err(Failure::usage(
            format!("{}: its tags cannot be written, so they cannot be managed", target.name),
            "leave it out; leadtag caps shows what each platform can do",
        )),
        None => Ok(()),
    }
}
