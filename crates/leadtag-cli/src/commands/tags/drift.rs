//! `leadtag tags drift`.

use std::path::Path;

use leadtag_taxonomy::{Drift, DriftKind, Drifted, Item, Lock, concerns, drift_of_all};
use serde::Serialize;

use super::files::{Source, peek};
use super::plan::tell_unreachable;
use super::targets::{refuse_read_only, targets};
use crate::args::TagsDrift;
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::{Output, printable};
use crate::session::Session;
use crate::table::table;

/// There are differences.
const EXIT_DIFFERENCES: u8 = 2;

#[derive(Serialize)]
struct Differences<'a> {
    differences: &'a [Drift],
}

pub(crate) async fn run(
    args: &TagsDrift,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    if !args.lock.exists() {
        return Err(Failure::usage(
            format!("there is no file {}, so nothing is owned yet", args.lock.display()),
            "leadtag tags import or leadtag tags apply writes it; --lock names another one",
        ));
    }
    let lock = peek(&args.lock, output)?;
    let mut names = if args.provider.is_empty() {
        owned(&lock, session, output)
    } else {
        args.provider.clone()
    };
    if let Some(path) = &args.file {
        let source = Source::read(path, Some((&lock, &args.lock)), session, output)?;
        let facts = session.facts();
        let is_for = |name: &String| {
            let mut facts = facts.iter().filter(|facts| facts.name == *name);
            facts.any(|facts| concerns(&source.file, &Lock::default(), facts))
        };
        names.retain(is_for);
        if names.is_empty() {
            let (lock, file) = (args.lock.display(), path.display());
            output.notice(&format!("{lock} owns nothing on the providers that {file} is for"));
        }
    }
    let providers = session.tag_providers(&names, output)?;
    refuse_read_only(&targets(&providers))?;
    for (name, provider) in &providers {
        refuse_stranger(&lock, name, provider.platform().as_str(), &args.lock)?;
    }
    let Drifted { differences, unreachable, .. } = drift_of_all(&lock, &targets(&providers)).await;
    let failed = !unreachable.is_empty();
    for (name, error) in unreachable {
        tell_unreachable(&name, error, args.output.format, *output);
    }
    let result = Differences { differences: &differences };
    let told = output.result(args.output.format, &result, || report(&differences, failed));
    Failure::even_unread(told)?;
    match (failed, differences.is_empty()) {
        (true, _) => Err(Failure::Reported(EXIT_FAILED)),
        (false, false) => Err(Failure::Reported(EXIT_DIFFERENCES)),
        (false, true) => Ok(()),
    }
}

/// What was never applied cannot have drifted, and ids of another platform mean nothing.
fn refuse_stranger(lock: &Lock, name: &str, platform: &str, path: &Path) -> Result<(), Failure> {
    let path = path.display();
    match lock.providers.get(name).map(|held| held.platform.as_str()) {
        None => Err(Failure::usage(
            format!("{path} owns nothing on {name}, so there is nothing to compare with"),
            "leave it out, or let leadtag tags apply or leadtag tags import take its tags over",
        )),
        Some(held) if !held.is_empty() && held != platform => Err(Failure::usage(
            format!("{path} knows {name} as a provider of {held}, but now it is one of {platform}"),
            "give the new provider another name in leadtag.toml",
        )),
        Some(_) => Ok(()),
    }
}

/// The providers of the lock that the configuration has.
fn owned(lock: &Lock, session: &Session, output: &Output) -> Vec<String> {
    let known = session.names();
    let (known, unknown): (Vec<_>, Vec<_>) =
        lock.providers.keys().cloned().partition(|name| known.contains(name));
    for name in unknown {
        output.notice(&format!(
            "notice: the configuration has no provider {name}; what leadtag owns there is left alone"
        ));
    }
    known
}

fn report(differences: &[Drift], failed: bool) -> String {
    if differences.is_empty() {
        return if failed { "No differences found elsewhere." } else { "No differences." }
            .to_owned();
    }
    let rows = differences.iter().map(|one| {
        let what = match one.kind {
            DriftKind::Missing => "missing",
            DriftKind::Renamed => "renamed",
            DriftKind::Moved => "moved",
            DriftKind::Reordered => "reordered",
            _ => "changed",
        };
        let item = match one.item {
            Item::Group => "group",
            Item::Tag => "tag",
        };
        let cell = |text: &Option<String>| printable(text.as_deref().unwrap_or_default());
        let (applied, live) = (cell(&one.applied), cell(&one.live));
        [one.provider.clone(), item.to_owned(), one.key.clone(), what.to_owned(), applied, live]
    });
    let header = ["PROVIDER", "WHAT", "KEY", "CHANGE", "APPLIED", "LIVE"];
    table(&header, rows.map(Vec::from).collect::<Vec<_>>(), &[])
}
