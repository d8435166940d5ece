//! Reads TOML into settings that know their lines.

use std::ops::Range;

use leadtag_core::config::{SettingValue, Settings, nearest};
use leadtag_core::{Error, Result};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables that stand at the top level.
const PROVIDERS: &str = "providers";
const TAGS: &str = "tags";
const PULL: &str = "pull";

/// What a file holds.
#[derive(Debug)]
pub(super) struct Document {
    /// The tables of the providers, in the order of the file.
    pub(super) providers: Vec<ProviderTable>,
    /// `[tags]`, which is about all of them.
    pub(super) tags: Option<Settings>,
    /// `[pull]`, which is about all of them.
    pub(super) pull: Option<Settings>,
}

/// One `[providers.NAME]`.
#[derive(Debug)]
pub(super) struct ProviderTable {
    pub(super) name: String,
    pub(super) settings: Settings,
    file: String,
    line: usize,
    key_lines: Vec<(String, usize)>,
}

impl ProviderTable {
    /// An error text that names file, line, table and key.
    pub(super) fn place(&self, key: &str, why: &str) -> String {
        let found = self.key_lines.iter().find(|(known, _)| known == key);
        let line = found.map_or(self.line, |(_, line)| *line);
        format!("{}:{line}: [{PROVIDERS}.{}] {key}: {why}", self.file, self.name)
    }
}

/// Reads a file.
///
/// # Errors
/// `ConfigInvalid` for wrong TOML and for what is no provider.
pub(super) fn read(text: &str, file: &str) -> Result<Document> {
    let source = Source { text, file };
    let document = DeTable::parse(text).map_err(|error| source.syntax(&error))?;
    let (mut tables, mut tags, mut pull) = (Vec::new(), None, None);
    for (key, value) in in_order(document.get_ref()) {
        match key.get_ref().as_ref() {
            TAGS => {
                tags = Some(source.common(TAGS, key.span(), value)?);
                continue;
            }
            PULL => {
                pull = Some(source.common(PULL, key.span(), value)?);
                continue;
            }
            _ => {}
        }
        if key.get_ref() != PROVIDERS {
            return Err(source.unknown_top_level(key.get_ref(), key.span()));
        }
        let DeValue::Table(providers) = value.get_ref() else {
            let why = "it must hold the providers; write [providers.NAME]";
            return Err(source.error(value.span(), PROVIDERS, why));
        };
        for (name, value) in in_order(providers) {
            tables.push(source.provider(name, value)?);
        }
    }
    if tables.is_empty() {
        return Err(Error::config(format!(
            "{file}: it has no provider; add a table such as [providers.shop-wecom]"
        )));
    }
    Ok(Document { providers: tables, tags, pull })
}

type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<DeValue<'i>>);

/// The entries as they stand in the file; the parser sorts them by name.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

#[derive(Clone, Copy)]
struct Source<'a> {
    text: &'a str,
    file: &'a str,
}

impl Source<'_> {
    /// A table that is about all providers.
    fn common(
        self,
        name: &str,
        key: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Settings> {
        let DeValue::Table(table) = value.get_ref() else {
            let why = format!("it must be a table; write [{name}]");
            return Err(self.error(value.span(), name, &why));
        };
        Ok(self.settings(name, self.line(key.start), table))
    }

    fn provider(
        self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<ProviderTable> {
        let (line, name) = (self.line(name.span().start), name.get_ref());
        let table_name = format!("{PROVIDERS}.{name}");
        if !is_name(name) {
            let why = "a name has letters, digits, - and _ only, and begins with none of - and _";
            return Err(self.error_at(line, &table_name, why));
        }
        let DeValue::Table(table) = value.get_ref() else {
            let why = format!("it must be a table; write [{table_name}]");
            return Err(self.error_at(line, &table_name, &why));
        };
        let keys = table.keys();
        Ok(ProviderTable {
            name: name.to_string(),
            settings: self.settings(&table_name, line, table),
            file: self.file.to_owned(),
            line,
            key_lines: keys
                .map(|key| (key.get_ref().to_string(), self.line(key.span().start)))
                .collect(),
        })
    }

    fn settings(self, name: &str, line: usize, table: &DeTable<'_>) -> Settings {
        let mut settings = Settings::new(self.file, name, line);
        for (key, value) in in_order(table) {
            let line = self.line(key.span().start);
            let inner = format!("{name}.{}", key.get_ref());
            settings.insert(key.get_ref().clone(), line, self.value(&inner, line, value));
        }
        settings
    }

    fn value(self, name: &str, line: usize, value: &Spanned<DeValue<'_>>) -> SettingValue {
        match value.get_ref() {
            DeValue::String(text) => SettingValue::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(SettingValue::Other("a number out of range"), SettingValue::Integer),
            DeValue::Boolean(value) => SettingValue::Bool(*value),
            DeValue::Table(table) => SettingValue::Table(self.settings(name, line, table)),
            DeValue::Float(_) => SettingValue::Other("a fraction"),
            DeValue::Datetime(_) => SettingValue::Other("a date"),
            DeValue::Array(items) => {
                let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
                texts
                    .collect::<Option<_>>()
                    .map_or(SettingValue::Other("a list"), SettingValue::Texts)
            }
        }
    }

    fn unknown_top_level(self, key: &str, span: Range<usize>) -> Error {
        let why = match nearest(key, [PROVIDERS, TAGS, PULL].into_iter()) {
            Some(near) => format!("unknown key; did you mean {near}?"),
            None => "unknown key; at the top level stand tables [providers.NAME], [tags] and \
                     [pull] only"
                .to_owned(),
        };
        self.error(span, key, &why)
    }

    fn syntax(self, error: &toml::de::Error) -> Error {
        let message = error.message().replace('\n', ", ");
        let at = error.span().map_or(0, |span| span.start);
        let (line, column) = (self.line(at), self.column(at));
        let remedy = if message.contains("duplicate key") {
            "the same name stands twice; rename or remove one"
        } else if message.contains("unquoted key") {
            "put a name with other characters in quotes, as in [providers.\"店铺\"]"
        } else {
            "correct the TOML there"
        };
        Error::config(format!("{}:{line}:{column}: {message}; {remedy}", self.file))
    }

    fn error(self, span: Range<usize>, key: &str, why: &str) -> Error {
        self.error_at(self.line(span.start), key, why)
    }

    fn error_at(self, line: usize, key: &str, why: &str) -> Error {
        Error::config(format!("{}:{line}: {key}: {why}", self.file))
    }

    fn line(self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        1 + before.filter(|byte| **byte == b'\n').count()
    }

    fn column(self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or(before);
        1 + line.chars().count()
    }
}

/// Names stand on command lines and in lists with commas.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(char::is_alphanumeric)
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}
