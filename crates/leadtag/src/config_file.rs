//! Providers from a configuration file.

mod build;
mod document;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use leadtag_core::config::{COMMON_KEYS, Settings, nearest};
use leadtag_core::{Diagnose, Error, LeadsProvider, Platform, Result, TagProvider};

use build::{Kind, Tenants};
use document::ProviderTable;

/// A `leadtag.toml`: any number of named providers.
///
/// Reading it checks syntax, platforms, keys and values. A provider itself is made when it is first
/// asked for: a secret that is not set here hinders only the provider that needs it.
pub struct Config {
    file: String,
    entries: Vec<Entry>,
    tags: Option<Settings>,
    pull: Option<Settings>,
    tenants: Tenants,
}

/// A provider of a configuration file, ready to be used. Clones share everything.
#[derive(Clone)]
#[non_exhaustive]
pub struct Provider {
    /// The name that the file gives it.
    pub name: String,
    /// The platform.
    pub platform: Platform,
    /// A fingerprint of what its lists are lists of: platform, address, account, group, zone of its
    /// times. Equal for equal ones, whatever the name and the secrets. It tells none of them.
    pub account: String,
    /// Its tags, if the platform has any.
    pub tags: Option<Arc<dyn TagProvider>>,
    /// Its leads, if the platform has any.
    pub leads: Option<Arc<dyn LeadsProvider>>,
    /// Whether it can be used at all.
    pub doctor: Arc<dyn Diagnose>,
}

struct Entry {
    table: ProviderTable,
    kind: &'static Kind,
    built: Mutex<Option<Provider>>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// `ConfigInvalid` if it cannot be read, and as [`parse`](Self::parse).
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let why = match error.kind() {
                std::io::ErrorKind::InvalidData => "it is not UTF-8; save it as UTF-8".to_owned(),
                kind => format!("it cannot be read ({kind})"),
            };
            Error::config(format!("{}: {why}", path.display())).with_source(error)
        })?;
        Self::parse(&text, path.display().to_string())
    }

    /// Reads a text; `file` names it in errors.
    ///
    /// # Errors
    /// `ConfigInvalid`, naming file, line and remedy: wrong TOML, an unknown key, an unknown
    /// platform or one that is not compiled in, a missing or wrong value, a name that is none, or no
    /// provider at all.
    pub fn parse(text: &str, file: impl Into<String>) -> Result<Self> {
        let file = file.into();
        let mut entries = Vec::new();
        let document = document::read(text, &file)?;
        for table in document.providers {
            let kind = Kind::of(&table)?;
            table.settings.check_keys(&[kind.keys, COMMON_KEYS])?;
            table.settings.check_values(kind.texts, kind.secrets, kind.apis)?;
            entries.push(Entry { table, kind, built: Mutex::new(None) });
        }
        let document::Document { tags, pull, .. } = document;
        Ok(Self { file, entries, tags, pull, tenants: Tenants::default() })
    }

    /// The names of the providers, in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.table.name.as_str())
    }

    /// The provider of that name, or, if there is exactly one of a platform, by the platform's
    /// name. Asking again gives the same one.
    ///
    /// # Errors
    /// `InvalidArgument` if there is none; `ConfigInvalid` if a secret cannot be read.
    pub fn provider(&self, name: &str) -> Result<Provider> {
        self.make(self.entry(name)?)
    }

    /// The only provider of the file.
    ///
    /// # Errors
    /// `InvalidArgument` if there are several; otherwise as [`provider`](Self::provider).
    pub fn only_provider(&self) -> Result<Provider> {
        match self.entries.as_slice() {
            [only] => self.make(only),
            _ => Err(Error::invalid_argument(format!(
                "{} has several providers; name one of {}",
                self.file,
                self.known()
            ))),
        }
    }

    /// All providers, in the order of the file.
    ///
    /// # Errors
    /// As [`provider`](Self::provider), for the first that cannot be made.
    pub fn providers(&self) -> Result<Vec<Provider>> {
        let made = self.entries.iter();
        made.map(|entry| self.make(entry)).collect()
    }

    /// The platform of the provider of that name, whether it can be made or not.
    ///
    /// # Errors
    /// `InvalidArgument` if there is no such provider.
    pub fn platform_of(&self, name: &str) -> Result<Platform> {
        self.entry(name).map(|entry| entry.kind.platform)
    }

    /// The table `[tags]`, which the `leadtag` program reads. Its keys are not checked here.
    #[must_use]
    pub fn tags(&self) -> Option<&Settings> {
        self.tags.as_ref()
    }

    /// The table `[pull]`, which the `leadtag` program reads. Its keys are not checked here.
    #[must_use]
    pub fn pull(&self) -> Option<&Settings> {
        self.pull.as_ref()
    }

    /// What should be told to the user although everything works, such as a secret that stands in
    /// the file in clear text. About what was asked for so far.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let all = self.entries.iter().map(|entry| &entry.table.settings).chain(&self.pull);
        all.flat_map(Settings::notices).collect()
    }

    fn entry(&self, name: &str) -> Result<&Entry> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.table.name == name) {
            return Ok(entry);
        }
        let same = self.entries.iter().filter(|entry| entry.kind.platform.as_str() == name);
        let same: Vec<&Entry> = same.collect();
        match same.as_slice() {
            [only] => Ok(only),
            [_, ..] => {
                let names: Vec<_> = same.iter().map(|entry| entry.table.name.as_str()).collect();
                Err(Error::invalid_argument(format!(
                    "{} has several providers of {name}; name one of {}",
                    self.file,
                    names.join(", ")
                )))
            }
            [] => {
                let near = nearest(name, self.names())
                    .map_or_else(String::new, |near| format!("did you mean {near}? "));
                let error = Error::invalid_argument(format!(
                    "{} has no provider {name:?}; {near}known: {}",
                    self.file,
                    self.known()
                ));
                Err(error.with_advice("name one of them, or add a table [providers.NAME] there"))
            }
        }
    }

    fn known(&self) -> String {
        self.names().collect::<Vec<_>>().join(", ")
    }

    fn make(&self, entry: &Entry) -> Result<Provider> {
        let mut built = entry.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(provider) = &*built {
            return Ok(provider.clone());
        }
        let parts = entry.kind.build(&entry.table, &self.tenants)?;
        let provider = Provider {
            name: entry.table.name.clone(),
            platform: entry.kind.platform,
            account: entry.kind.account(&entry.table)?,
            tags: parts.tags,
            leads: parts.leads,
            doctor: parts.doctor,
        };
        Ok(built.insert(provider).clone())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("file", &self.file)
            .field("providers", &self.names().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("platform", &self.platform)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
