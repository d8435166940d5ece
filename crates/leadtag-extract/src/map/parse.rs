//! Reads a map, and says in which line it is wrong.

use std::collections::HashMap;

use leadtag_core::config::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ColumnMap;
use crate::layout::columns::Named;
use crate::layout::{check_drop, check_pii, check_rename};
use crate::{Error, Result};

type Value<'i> = Spanned<DeValue<'i>>;

const KEYS: [&str; 3] = ["drop", "rename", "pii"];

pub(super) fn map(text: &str, file: &str) -> Result<ColumnMap> {
    let reader = Reader { text, file };
    let table = DeTable::parse(text).map_err(|error| {
        reader.wrong(error.span().map_or(0, |span| span.start), error.message())
    })?;
    let mut map = ColumnMap { file: Some(file.to_owned()), ..ColumnMap::default() };
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "drop" => reader.drop(value, &mut map)?,
            "rename" => reader.rename(value, &mut map)?,
            "pii" => reader.pii(value, &mut map)?,
            unknown => {
                let hint = match nearest(unknown, KEYS.into_iter()) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "known are drop, rename and pii".to_owned(),
                };
                let why = format!("unknown key {unknown:?}; {hint}");
                return Err(reader.wrong(key.span().start, &why));
            }
        }
    }
    Ok(map)
}

struct Reader<'t> {
    text: &'t str,
    file: &'t str,
}

impl Reader<'_> {
    fn drop(&self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        let DeValue::Array(names) = value.get_ref() else {
            return Err(self.wrong(value.span().start, "drop must be a list such as [\"source\"]"));
        };
        for name in names {
            let at = name.span().start;
            let DeValue::String(text) = name.get_ref() else {
                return Err(self.wrong(at, "drop must be a list of names of columns in quotes"));
            };
            let named = self.named(text, at)?;
            check_drop(&named, text).map_err(|why| self.wrong(at, &why))?;
            if map.rename.contains_key(text.as_ref()) {
                return Err(self.dropped_and_renamed(text, at));
            }
            map.drop.insert(text.to_string());
        }
        Ok(())
    }

    fn rename(&self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        let mut by_new_name: HashMap<(bool, String), String> = HashMap::new();
        for (name, at, value) in self.columns("rename", value)? {
            let DeValue::String(new) = value.get_ref() else {
                let why = format!("{name} must get a name in quotes");
                return Err(self.wrong(value.span().start, &why));
            };
            let named = self.named(&name, at)?;
            check_rename(&named, &name, new).map_err(|why| self.wrong(at, &why))?;
            let table = matches!(named, Named::Interaction(_));
            if let Some(other) = by_new_name.insert((table, new.to_lowercase()), name.clone()) {
                let why = format!("{other} and {name} cannot both be called {new:?}");
                return Err(self.wrong(at, &why));
            }
            if map.drop.contains(&name) {
                return Err(self.dropped_and_renamed(&name, at));
            }
            map.rename.insert(name, new.to_string());
        }
        Ok(())
    }

    fn dropped_and_renamed(&self, name: &str, at: usize) -> Error {
        self.wrong(at, &format!("{name} is dropped and renamed; take it out of one of them"))
    }

    fn pii(&self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        for (name, at, value) in self.columns("pii", value)? {
            let mode = match value.get_ref() {
                DeValue::String(text) => text.parse().ok(),
                _ => None,
            };
            let Some(mode) = mode else {
                let why = format!("{name} must be \"mask\", \"hmac\" or \"plain\"");
                return Err(self.wrong(value.span().start, &why));
            };
            let named = self.named(&name, at)?;
            check_pii(&named, &name).map_err(|why| self.wrong(at, &why))?;
            map.pii.insert(name, mode);
        }
        Ok(())
    }

    /// The entries of a table by the names of columns: `attributes.city = …` without quotes is a
    /// table in it.
    fn columns<'t, 'i>(
        &self,
        what: &str,
        value: &'t Value<'i>,
    ) -> Result<Vec<(String, usize, &'t Value<'i>)>> {
        let DeValue::Table(table) = value.get_ref() else {
            let why = format!("{what} must be a table; write [{what}]");
            return Err(self.wrong(value.span().start, &why));
        };
        let mut entries = Vec::new();
        flatten("", table, &mut entries);
        Ok(entries)
    }

    fn named(&self, name: &str, at: usize) -> Result<Named> {
        Named::read(name).map_err(|why| self.wrong(at, &why))
    }

    fn wrong(&self, at: usize, why: &str) -> Error {
        let before = self.text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        Error::Input(format!("{}:{line}: {}", self.file, why.trim_end()))
    }
}

fn flatten<'t, 'i>(
    prefix: &str,
    table: &'t DeTable<'i>,
    entries: &mut Vec<(String, usize, &'t Value<'i>)>,
) {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        match value.get_ref() {
            DeValue::Table(inner) => flatten(&format!("{name}."), inner, entries),
            _ => entries.push((name, key.span().start, value)),
        }
    }
}
