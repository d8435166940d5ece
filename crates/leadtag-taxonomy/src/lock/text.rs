//! `tags.lock` as text: one line for each entry, so that two branches can be merged.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;

use serde::Deserialize;
use toml_writer::{ToTomlKey, TomlStringBuilder, WriteTomlValue};

use super::{Lock, LockGroup, LockTag, ProviderLock, Refused};
use crate::file::Lines;
use crate::file::write::quoted;
use crate::{Error, Result};

const VERSION: i64 = 1;

const HEAD: &str =
    "# What leadtag owns on each platform. Written by leadtag; commit it, do not edit it.\n";

const REMEDY: &str = "take it from version control, or write it anew with \
                      leadtag tags import --overwrite";

#[derive(Deserialize)]
struct Version {
    version: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: i64,
    #[serde(default)]
    providers: BTreeMap<String, Provider>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    platform: String,
    #[serde(default)]
    groups: Vec<LockGroup>,
    #[serde(default)]
    tags: Vec<LockTag>,
    #[serde(default)]
    refused: Vec<Refused>,
}

impl Lock {
    /// Reads a `tags.lock`; `name` names it in errors. An empty text is an empty lock.
    ///
    /// # Errors
    /// `Damaged` if it is not as it was written, if a key or an id stands twice, or if a newer
    /// leadtag wrote it.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let damaged = |error: &toml::de::Error| {
            let place = Lines::new(text, name).place(&error.span().unwrap_or_default());
            let message = error.message().replace('\n', ", ");
            Error::Damaged { file: place.to_string(), why: format!("{message}; {REMEDY}") }
        };
        let document: Document = match toml::from_str(text) {
            Ok(document) => document,
            // A newer version may have what is unknown here.
            Err(error) => match toml::from_str(text) {
                Ok(Version { version }) if version > VERSION => return Err(newer(name, version)),
                _ => return Err(damaged(&error)),
            },
        };
        if document.version != VERSION {
            return Err(newer(name, document.version));
        }
        let mut lock = Self::default();
        for (provider, held) in document.providers {
            let held = held.unique().map_err(|what| Error::Damaged {
                file: name.to_owned(),
                why: format!("[providers.{provider}]: {what} stands twice; {REMEDY}"),
            })?;
            lock.providers.insert(provider, held);
        }
        Ok(lock)
    }

    /// As [`parse`](Self::parse), of a file that may not be text at all.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_bytes(bytes: Vec<u8>, name: &str) -> Result<Self> {
        let text = String::from_utf8(bytes).map_err(|_| Error::Damaged {
            file: name.to_owned(),
            why: format!("it is not UTF-8; {REMEDY}"),
        })?;
        Self::parse(&text, name)
    }

    /// The lock as text: the same text for the same lock.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}version = {VERSION}\n");
        for (name, held) in &self.providers {
            let head = format!("\n[providers.{}]\n", name.to_toml_key());
            text.push_str(&head);
            // Writing to a String cannot fail.
            let _ = writeln!(text, "platform = {}", quoted(&held.platform));
            list(&mut text, "groups", held.groups.values(), group);
            list(&mut text, "tags", held.tags.values(), tag);
            list(&mut text, "refused", held.refused.values(), refused);
        }
        text
    }
}

fn newer(name: &str, version: i64) -> Error {
    let why = format!("it has version {version}, which a newer leadtag wrote; update leadtag");
    Error::Damaged { file: name.to_owned(), why }
}

impl Provider {
    /// # Errors
    /// What stands twice.
    fn unique(self) -> Result<ProviderLock, String> {
        let mut held = ProviderLock { platform: self.platform, ..ProviderLock::default() };
        let (mut keys, mut ids) = (HashSet::new(), HashSet::new());
        for group in self.groups {
            once(&mut keys, "the key", &group.key)?;
            once(&mut ids, "the id", &group.id)?;
            held.groups.insert(group.key.clone(), group);
        }
        // A platform may count groups and tags apart.
        ids.clear();
        for tag in self.tags {
            once(&mut keys, "the key", &tag.key)?;
            once(&mut ids, "the id", &tag.id)?;
            held.tags.insert(tag.key.clone(), tag);
        }
        held.refused.extend(self.refused.into_iter().map(|refused| (refused.id.clone(), refused)));
        Ok(held)
    }
}

fn once(seen: &mut HashSet<String>, what: &str, text: &str) -> Result<(), String> {
    if seen.insert(text.to_owned()) { Ok(()) } else { Err(format!("{what} {text:?}")) }
}

fn list<T>(
    text: &mut String,
    name: &str,
    items: impl ExactSizeIterator<Item = T>,
    line: impl Fn(&mut String, T),
) {
    if items.len() == 0 {
        return;
    }
    let _ = writeln!(text, "{name} = [");
    for item in items {
        text.push_str("  { ");
        line(text, item);
        text.push_str(" },\n");
    }
    text.push_str("]\n");
}

fn group(text: &mut String, group: &LockGroup) {
    let LockGroup { key, id, name, order } = group;
    parts(text, &[("key", Some(key)), ("id", Some(id)), ("name", Some(name))], ("order", *order));
}

fn tag(text: &mut String, tag: &LockTag) {
    let LockTag { key, id, group, name, order } = tag;
    let texts =
        [("key", Some(key)), ("id", Some(id)), ("group", group.as_ref()), ("name", Some(name))];
    parts(text, &texts, ("order", *order));
}

fn refused(text: &mut String, refused: &Refused) {
    let Refused { id, why, code } = refused;
    parts(text, &[("id", Some(id)), ("why", Some(why))], ("code", *code));
}

/// The texts and the number that are there, with commas between them. A lock is written at every
/// step of an apply, so this makes no text of its own.
fn parts(text: &mut String, texts: &[(&str, Option<&String>)], number: (&str, Option<i64>)) {
    let mut comma = "";
    for (name, value) in texts {
        if let Some(value) = value {
            let _ = write!(text, "{comma}{name} = ");
            let _ = TomlStringBuilder::new(value).as_basic().write_toml_value(text);
            comma = ", ";
        }
    }
    if let (name, Some(number)) = number {
        let _ = write!(text, "{comma}{name} = {number}");
    }
}
