//! Where the providers of a command come from: a configuration file, or else the sandbox.

use std::path::Path;
use std::sync::Arc;

use leadtag::{Config, Provider, TagProvider};
use leadtag_sandbox::Sandbox;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::Output;

/// The file that is read unless another one is named.
pub(crate) const DEFAULT_FILE: &str = "leadtag.toml";

/// What a command works on.
#[derive(Debug)]
pub(crate) struct Session {
    config: Config,
    /// Keeps the server alive for as long as the command runs.
    sandbox: Option<Sandbox>,
}

impl Session {
    /// Reads the configuration, or starts the sandbox and says so.
    pub(crate) async fn open(global: &Global, output: &Output) -> Result<Self, Failure> {
        let file = match &global.config {
            Some(file) => Some(file.as_path()),
            None => Self::finds_a_file().then_some(Path::new(DEFAULT_FILE)),
        };
        match file {
            Some(file) if !file.exists() => Err(Failure::usage(
                format!("there is no file {}", file.display()),
                "leadtag init writes one to start from",
            )),
            Some(file) => Ok(Self {
                config: Config::load(file).map_err(Failure::while_doing(""))?,
                sandbox: None,
            }),
            None => {
                output.notice(
                    "SANDBOX: made-up data, nothing real is touched, changes are gone at the \
                     end; to go live: leadtag init",
                );
                Self::on_sandbox().await
            }
        }
    }

    /// Whether there is a configuration without one being named. A dangling link or a file without
    /// read access counts and is an error of its own: live never falls back to the sandbox.
    pub(crate) fn finds_a_file() -> bool {
        Path::new(DEFAULT_FILE).symlink_metadata().is_ok()
    }

    /// Starts the sandbox.
    pub(crate) async fn on_sandbox() -> Result<Self, Failure> {
        let sandbox = Sandbox::start()
            .await
            .map_err(|error| Failure::failed(format!("the sandbox cannot be started: {error}")))?;
        let config = Config::parse(&sandbox.config_toml(), "sandbox")
            .map_err(Failure::while_doing("using the sandbox"))?;
        Ok(Self { config, sandbox: Some(sandbox) })
    }

    /// The sandbox, if the command runs on it.
    pub(crate) fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// The names of the providers.
    pub(crate) fn names(&self) -> Vec<String> {
        self.config.names().map(str::to_owned).collect()
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The provider that was asked for, or the only one.
    pub(crate) fn provider(
        &self,
        asked: Option<&str>,
        output: &Output,
    ) -> Result<Provider, Failure> {
        let found = match asked {
            Some(name) => self.config.provider(name),
            None => self.config.only_provider(),
        };
        self.tell_notices(output);
        found.map_err(Failure::while_doing(""))
    }

    /// The tags of the provider that was asked for.
    pub(crate) fn tags(
        &self,
        asked: Option<&str>,
        output: &Output,
    ) -> Result<(String, Arc<dyn TagProvider>), Failure> {
        let provider = self.provider(asked, output)?;
        match provider.tags {
            Some(tags) => Ok((provider.name, tags)),
            None => Err(Failure::usage(
                format!("{} ({}) has no tags", provider.name, provider.platform),
                "leadtag caps shows what each platform can do",
            )),
        }
    }

    /// Tells what the configuration has to say. Of the sandbox everybody knows the secrets.
    pub(crate) fn tell_notices(&self, output: &Output) {
        if self.sandbox.is_none() {
            for notice in self.config.notices() {
                output.notice(&format!("notice: {notice}"));
            }
        }
    }
}
