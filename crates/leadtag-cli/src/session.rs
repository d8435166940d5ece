//! Where the providers of a command come from: a configuration file, or else the sandbox.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use leadtag::{Config, LeadsProvider, Platform, PlatformInfo, Provider, TagProvider, platforms};
use leadtag_sandbox::Sandbox;
use leadtag_taxonomy::ProviderFacts;

use crate::args::Global;
use crate::failure::Failure;
use crate::output::Output;

/// The file that is read unless another one is named.
pub(crate) const DEFAULT_FILE: &str = "leadtag.toml";

/// What the accounts of the sandbox begin with, where a store remembers them.
pub(crate) const SANDBOX_ACCOUNT: &str = "sandbox ";

/// The tags of a provider, after its name in the configuration.
pub(crate) type NamedTags = (String, Arc<dyn TagProvider>);

/// What a command works on.
#[derive(Debug)]
pub(crate) struct Session {
    config: Config,
    /// Keeps the server alive for as long as the command runs.
    sandbox: Option<Sandbox>,
    /// Whether it is there for other commands too.
    lasts: bool,
    /// The notices that were told already.
    told: Mutex<HashSet<String>>,
}

/// What a command needs of a provider.
#[derive(Clone, Copy, Debug)]
enum Ability {
    Tags,
    Leads,
}

impl Ability {
    fn is_on(self, info: &PlatformInfo) -> bool {
        match self {
            Self::Tags => info.tags.is_some(),
            Self::Leads => info.leads.is_some(),
        }
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tags => "tags",
            Self::Leads => "leads",
        })
    }
}

impl Session {
    /// Reads the configuration, or starts the sandbox and says so.
    pub(crate) async fn open(global: &Global, output: &Output) -> Result<Self, Failure> {
        match Self::configuration(global)? {
            Some(config) => Ok(Self::of(config)),
            None => {
                output.notice(
                    "SANDBOX: made-up data, nothing real is touched, changes are gone at the \
                     end; to go live: leadtag init",
                );
                Self::on_sandbox().await
            }
        }
    }

    /// Works on a configuration that was read already.
    pub(crate) fn of(config: Config) -> Self {
        Self { config, sandbox: None, lasts: true, told: Mutex::default() }
    }

    /// Reads the configuration, if there is one.
    pub(crate) fn configuration(global: &Global) -> Result<Option<Config>, Failure> {
        let file = match &global.config {
            Some(file) => Some(file.as_path()),
            None => Self::finds_a_file().then_some(Path::new(DEFAULT_FILE)),
        };
        let Some(file) = file else { return Ok(None) };
        if !file.exists() {
            return Err(Failure::usage(
                format!("there is no file {}", file.display()),
                "leadtag init writes one to start from",
            ));
        }
        Config::load(file).map(Some).map_err(Failure::while_doing(""))
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
        let config = Config::parse(&config_of(&sandbox), "sandbox")
            .map_err(Failure::while_doing("using the sandbox"))?;
        Ok(Self { config, sandbox: Some(sandbox), lasts: false, told: Mutex::default() })
    }

    /// The same for several commands, one after the other.
    pub(crate) fn lasting(self) -> Self {
        Self { lasts: true, ..self }
    }

    /// Whether what it works on is gone when the command ends.
    pub(crate) fn is_fleeting(&self) -> bool {
        !self.lasts
    }

    /// Whether its accounts and people are made up.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// What is known of every provider without its secrets.
    pub(crate) fn facts(&self) -> Vec<ProviderFacts> {
        let platforms = platforms();
        let facts = |name: &str| {
            let platform = self.config.platform_of(name).ok()?;
            let info = platforms.iter().find(|info| info.platform == platform)?;
            Some(ProviderFacts::new(name, platform.as_str(), info.tags))
        };
        self.config.names().filter_map(facts).collect()
    }

    /// The tags of these providers, by their names in the configuration or their platforms, in the
    /// order of the configuration; each once.
    pub(crate) fn tag_providers(
        &self,
        names: &[String],
        output: &Output,
    ) -> Result<Vec<NamedTags>, Failure> {
        let mut made = Vec::with_capacity(names.len());
        for name in names {
            let (name, provider) = self.tags(Some(name), output)?;
            if !made.iter().any(|(known, _)| *known == name) {
                made.push((name, provider));
            }
        }
        let place = |name: &str| self.config.names().position(|known| known == name);
        made.sort_by_key(|(name, _)| place(name));
        Ok(made)
    }

    /// The names of the providers.
    pub(crate) fn names(&self) -> Vec<String> {
        self.config.names().map(str::to_owned).collect()
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The tags of the provider that was asked for, or of the only one.
    pub(crate) fn tags(&self, asked: Option<&str>, output: &Output) -> Result<NamedTags, Failure> {
        let provider = self.provider(asked, Ability::Tags, output)?;
        match provider.tags {
            Some(tags) => Ok((provider.name, tags)),
            None => Err(self.lacks(&provider, Ability::Tags)),
        }
    }

    /// The leads of the provider that was asked for, or of the only one.
    pub(crate) fn leads(
        &self,
        asked: Option<&str>,
        output: &Output,
    ) -> Result<(String, Arc<dyn LeadsProvider>), Failure> {
        let provider = self.provider(asked, Ability::Leads, output)?;
        match provider.leads {
            Some(leads) => Ok((provider.name, leads)),
            None => Err(self.lacks(&provider, Ability::Leads)),
        }
    }

    /// The leads of these providers, by their names in the configuration or their platforms, each
    /// once, in the order asked for; of the only one, if none is named.
    pub(crate) fn lead_providers(
        &self,
        names: &[String],
        output: &Output,
    ) -> Result<Vec<Provider>, Failure> {
        let asked: Vec<Option<&str>> = match names {
            [] => vec![None],
            names => names.iter().map(|name| Some(name.as_str())).collect(),
        };
        let mut made: Vec<Provider> = Vec::with_capacity(asked.len());
        for name in asked {
            let mut provider = self.provider(name, Ability::Leads, output)?;
            if provider.leads.is_none() {
                return Err(self.lacks(&provider, Ability::Leads));
            }
            if self.sandbox.is_some() {
                // It is at another address each time, and has the same people.
                provider.account = format!("{SANDBOX_ACCOUNT}{}", provider.platform);
            }
            if !made.iter().any(|known| known.name == provider.name) {
                made.push(provider);
            }
        }
        Ok(made)
    }

    fn provider(
        &self,
        asked: Option<&str>,
        ability: Ability,
        output: &Output,
    ) -> Result<Provider, Failure> {
        let found = match asked {
            Some(name) => self.config.provider(name),
            None if self.config.names().count() > 1 => return Err(self.which(ability)),
            None => self.config.only_provider(),
        };
        self.tell_notices(output);
        found.map_err(Failure::while_doing(""))
    }

    /// Nobody guesses which provider is meant.
    fn which(&self, ability: Ability) -> Failure {
        let able = self.able(ability);
        let known = if able.is_empty() { self.names() } else { able };
        let example = known.first().and_then(|name| name.split(' ').next()).unwrap_or_default();
        Failure::usage(
            format!("there are several providers; with {ability}: {}", known.join(", ")),
            format!("name one of them, such as --provider {example}"),
        )
    }

    fn lacks(&self, provider: &Provider, ability: Ability) -> Failure {
        let able = self.able(ability);
        let hint = if able.is_empty() {
            let platforms = platforms().into_iter().filter(|info| ability.is_on(info));
            let names: Vec<_> = platforms.map(|info| info.platform.as_str()).collect();
            format!("platforms with {ability}: {}", names.join(", "))
        } else {
            format!("providers with {ability}: {}", able.join(", "))
        };
        Failure::usage(format!("{} ({}) has no {ability}", provider.name, provider.platform), hint)
    }

    /// The providers whose platform has tags or leads, each with its platform.
    fn able(&self, ability: Ability) -> Vec<String> {
        let platforms = platforms();
        let on = |platform: Platform| {
            platforms.iter().any(|info| info.platform == platform && ability.is_on(info))
        };
        let all = self.config.names().map(|name| (name, self.config.platform_of(name)));
        let able = all.filter_map(|(name, platform)| Some((name, platform.ok()?)));
        able.filter(|(_, platform)| on(*platform))
            .map(|(name, platform)| format!("{name} ({platform})"))
            .collect()
    }

    /// Tells what the configuration has to say, each thing once. Of the sandbox everybody knows the
    /// secrets.
    pub(crate) fn tell_notices(&self, output: &Output) {
        if self.sandbox.is_some() {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        for notice in self.config.notices() {
            if told.insert(notice.clone()) {
                output.notice(&format!("notice: {notice}"));
            }
        }
    }
}

/// The sandbox's `leadtag.toml`, with the platforms that this program is built with.
pub(crate) fn config_of(sandbox: &Sandbox) -> String {
    let platforms: Vec<_> = platforms().iter().map(|info| info.platform.as_str()).collect();
    sandbox.config_toml_for(&platforms)
}
