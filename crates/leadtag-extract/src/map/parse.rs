//! Reads a map, and says in which line it is wrong.

use std::collections::HashMap;

use leadtag_core::config::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ColumnMap;
use crate::layout::{Fault, Rules};
use crate::{Error, Result};

type Value<'i> = Spanned<DeValue<'i>>;

const KEYS: [&str; 3] = ["drop", "rename", "pii"];

pub(super) fn map(text: &str, file: &str) -> Result<ColumnMap> {
    let mut reader = Reader { text, file, places: HashMap::new() };
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
    Rules::of_map(&map).map_err(|Fault { part, entry, why }| {
        let at = reader.places.get(&(part, entry)).copied();
        reader.wrong(at.unwrap_or_default(), &why)
    })?;
    Ok(map)
}

struct Reader<'t> {
    text: &'t str,
    file: &'t str,
    /// Where each entry of a part stands.
    places: HashMap<(&'static str, String), usize>,
}

impl Reader<'_> {
    fn drop(&mut self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        let DeValue::Array(names) = value.get_ref() else {
            return Err(self.wrong(value.span().start, "drop must be a list such as [\"source\"]"));
        };
        for name in names {
            let at = name.span().start;
            let DeValue::String(text) = name.get_ref() else {
                return Err(self.wrong(at, "drop must be a list of names of columns in quotes"));
            };
            self.places.insert(("drop", text.to_string()), at);
            map.drop.insert(text.to_string());
        }
        Ok(())
    }

    fn rename(&mut self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        for (name, value) in self.columns("rename", value)? {
            let DeValue::String(new) = value.get_ref() else {
                let why = format!("{name} must get a name in quotes");
                return Err(self.wrong(value.span().start, &why));
            };
            map.rename.insert(name, new.to_string());
        }
        Ok(())
    }

    fn pii(&mut self, value: &Value<'_>, map: &mut ColumnMap) -> Result<()> {
        for (name, value) in self.columns("pii", value)? {
            let mode = match value.get_ref() {
                DeValue::String(text) => text.parse().ok(),
                _ => None,
            };
            let Some(mode) = mode else {
                let why = format!("{name} must be \"mask\", \"hmac\" or \"plain\"");
                return Err(self.wrong(value.span().start, &why));
            };
            map.pii.insert(name, mode);
        }
        Ok(())
    }

    /// The entries of a table by the names of columns: `attributes.city = …` without quotes is a
    /// table in it.
    fn columns<'t, 'i>(
        &mut self,
        part: &'static str,
        value: &'t Value<'i>,
    ) -> Result<Vec<(String, &'t Value<'i>)>> {
        let DeValue::Table(table) = value.get_ref() else {
            let why = format!("{part} must be a table; write [{part}]");
            return Err(self.wrong(value.span().start, &why));
        };
        let mut entries = Vec::new();
        flatten("", table, &mut entries);
        for (name, at, _) in &entries {
            if self.places.insert((part, name.clone()), *at).is_some() {
                return Err(self.wrong(*at, &format!("{name} stands in [{part}] twice")));
            }
        }
        Ok(entries.into_iter().map(|(name, _, value)| (name, value)).collect())
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
