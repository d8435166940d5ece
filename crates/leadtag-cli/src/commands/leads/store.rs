//! Destinations, as the commands use them: opened, asked, and closed away from the runtime.

use std::collections::BTreeMap;

use leadtag::Config;
use leadtag_extract::{Checkpoint, Destination, Error, Sink};

use super::settings::PullSettings;
use crate::args::Global;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{SANDBOX_ACCOUNT, Session};
use crate::shell::quoted;

/// The destination that is meant.
pub(super) fn meant(
    asked: Option<&Destination>,
    settings: &PullSettings,
) -> Result<Destination, Failure> {
    asked.or(settings.to.as_ref()).cloned().ok_or_else(|| {
        Failure::usage(
            "it is not said where the leads go",
            "add --to jsonl:PATH, csv:PATH, parquet:DIR, sqlite:PATH or postgres:URL, or write to \
             = \"…\" in [pull] of leadtag.toml",
        )
    })
}

/// The configuration, if there is one, and the destination that is meant.
pub(super) fn asked(
    to: Option<&Destination>,
    global: &Global,
) -> Result<(Option<Config>, Destination), Failure> {
    let config = Session::configuration(global)?;
    let settings = config.as_ref().map_or_else(|| Ok(PullSettings::default()), PullSettings::of)?;
    let destination = meant(to, &settings)?;
    Ok((config, destination))
}

/// Opens the destination for leads of the sandbox, or for real ones: a store has one of them.
pub(super) async fn open(
    destination: &Destination,
    is_sandbox: bool,
) -> Result<Box<dyn Sink>, Error> {
    let meant = destination.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let mut sink = meant.open()?;
        keep_apart(&meant, &sink.checkpoints()?, is_sandbox)?;
        Ok(sink)
    })
    .await;
    opened.unwrap_or_else(|error| {
        let why = format!("it cannot be opened: {error}");
        Err(Error::Destination { place: destination.to_string(), why })
    })
}

/// Who resets the sandbox's leads, or real ones, is to be who would read them again.
pub(super) async fn must_be_of(destination: &Destination, is_sandbox: bool) -> Result<(), Failure> {
    let asked = destination.clone();
    // One that does not read tells nothing.
    let known = away(move || Ok(asked.checkpoints().unwrap_or_default())).await?;
    let Some(other) = known.iter().find(|known| is_other(known, is_sandbox)) else { return Ok(()) };
    let (whose, what) = if is_sandbox {
        ("real", "go to the folder of leadtag.toml, or name it with --config")
    } else {
        ("of the sandbox, and made up", "pull into another destination, and delete this one")
    };
    let provider = &other.provider;
    let why = format!("{destination}: {provider} is {whose}: pulls from here do not read it again");
    Err(Failure::usage(why, what))
}

fn is_other(known: &Checkpoint, is_sandbox: bool) -> bool {
    let account = known.account.as_deref();
    account.is_some_and(|account| account.starts_with(SANDBOX_ACCOUNT) != is_sandbox)
}

fn keep_apart(to: &Destination, known: &[Checkpoint], is_sandbox: bool) -> Result<(), Error> {
    let Some(other) = known.iter().find(|known| is_other(known, is_sandbox)) else { return Ok(()) };
    Err(Error::Input(if is_sandbox {
        format!(
            "{to} has leads of {}, which are real, and there is no leadtag.toml here, so those of \
             the sandbox would be put among them; go to the folder of leadtag.toml or name it with \
             --config, or give another destination to try the sandbox",
            other.provider
        )
    } else {
        format!(
            "{to} has leads of the sandbox ({}), which are made up; give another destination",
            other.provider
        )
    }))
}

/// Opens what a pull has made, and does `work`. What a pull began to publish is left to the next one.
pub(super) async fn with<T: Send + 'static>(
    destination: &Destination,
    work: impl FnOnce(&mut dyn Sink) -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    must_exist(destination).await?;
    let destination = destination.clone();
    away(move || {
        let mut sink = destination.open()?;
        work(sink.as_mut())
    })
    .await
}

/// The checkpoints of what a pull has made, also while a pull is writing to it.
pub(super) async fn checkpoints(destination: &Destination) -> Result<Vec<Checkpoint>, Failure> {
    must_exist(destination).await?;
    let destination = destination.clone();
    away(move || destination.checkpoints()).await
}

/// How many leads of each provider there are.
pub(super) async fn count(destination: &Destination) -> Result<BTreeMap<String, u64>, Failure> {
    let destination = destination.clone();
    away(move || destination.count()).await
}

/// The providers of what a pull has made, with their platforms.
#[derive(Debug)]
pub(super) struct Providers(Vec<(String, String)>);

impl Providers {
    /// With providers of which only the names are known.
    pub(super) fn with(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            if !self.has(&name) {
                self.0.push((name, String::new()));
            }
        }
        self
    }

    /// Whether there is a provider of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(provider, _)| provider == name)
    }

    /// The provider of that name, or the only one of that platform.
    pub(super) fn find(&self, name: &str) -> Option<String> {
        if self.has(name) {
            return Some(name.to_owned());
        }
        let of_platform: Vec<_> = self.0.iter().filter(|(_, platform)| platform == name).collect();
        match of_platform.as_slice() {
            [(provider, _)] => Some(provider.clone()),
            _ => None,
        }
    }

    /// Their names.
    pub(super) fn into_names(self) -> Vec<String> {
        self.0.into_iter().map(|(provider, _)| provider).collect()
    }

    /// Their names, for people; `None`: there are none.
    pub(super) fn names(&self) -> Option<String> {
        let names: Vec<&str> = self.0.iter().map(|(provider, _)| provider.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// The providers of what a pull has made; `None`: there are checkpoints that do not read.
pub(super) async fn providers(destination: &Destination) -> Result<Option<Providers>, Failure> {
    must_exist(destination).await?;
    let destination = destination.clone();
    away(move || match destination.checkpoints() {
        Ok(all) => {
            let all = all.into_iter().map(|checkpoint| (checkpoint.provider, checkpoint.platform));
            Ok(Some(Providers(all.collect())))
        }
        Err(Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    })
    .await
}

/// Whether a file or a table of what a pull has made is gone, or is another one.
pub(super) async fn is_damaged(destination: &Destination) -> Result<bool, Failure> {
    let destination = destination.clone();
    away(move || Ok(destination.open()?.tables().is_err())).await
}

/// Who looks at a store, or takes something out of it, makes none.
pub(super) async fn must_exist(destination: &Destination) -> Result<(), Failure> {
    let meant = destination.clone();
    if away(move || meant.exists()).await? {
        return Ok(());
    }
    Err(Failure::failed_with_hint(
        format!("there is nothing at {destination} yet"),
        format!(
            "leadtag leads pull --provider P --to {} puts leads there",
            quoted(&destination.to_string())
        ),
    ))
}

async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(failure),
        Err(error) => Err(Failure::failed(format!("the destination cannot be used: {error}"))),
    }
}

/// Asks on a terminal; elsewhere `--yes` must say it.
pub(super) fn confirm(
    yes: bool,
    question: &str,
    what: &str,
    output: &Output,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    match output.ask(&format!("{question} [y/N]")) {
        Some(answer) if matches!(answer.to_lowercase().as_str(), "y" | "yes") => Ok(()),
        Some(_) => Err(Failure::failed("nothing was changed")),
        None => Err(Failure::usage(
            format!("{what}, and there is no terminal to ask on"),
            "add --yes to do it without asking",
        )),
    }
}

/// The failure of a command. The library's texts end with what to do.
pub(in crate::commands) fn failure(error: Error) -> Failure {
    let input = matches!(error, Error::Input(_));
    let error = error.to_string();
    let (what, remedy) = match error.rsplit_once("; ") {
        Some((what, remedy)) => (what, Some(remedy)),
        None => (error.as_str(), None),
    };
    match (input, remedy) {
        (true, remedy) => {
            Failure::usage(what, remedy.unwrap_or("correct it; nothing was sent or written"))
        }
        (false, Some(remedy)) => Failure::failed_with_hint(what, remedy),
        (false, None) => Failure::failed(what),
    }
}
