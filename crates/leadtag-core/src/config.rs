//! One provider's table of a configuration file, with the place of every value, so that an error
//! names file, line and remedy. It knows no file format: the program that reads the file fills it.

mod platform;

use std::fmt;
use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

use crate::{Error, Result, UtcOffset};

pub use platform::COMMON_KEYS;

/// A longer span means nothing, and is too long to be reckoned with: 100 years.
const LONGEST_SPAN: Duration = Duration::from_secs(100 * 31_557_600);

/// How a secret is written.
const SECRET_FORM: &str = "\"env:NAME\" or \"file:PATH\"";

/// A value of a table. `Debug` shows no text: it may be a secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum SettingValue {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A bool.
    Bool(bool),
    /// A list of strings.
    Texts(Vec<String>),
    /// A table within the table.
    Table(Settings),
    /// Something that no setting is, named for the error message.
    Other(&'static str),
}

impl fmt::Debug for SettingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Integer(value) => write!(f, "Integer({value})"),
            Self::Bool(value) => write!(f, "Bool({value})"),
            Self::Texts(texts) => write!(f, "Texts({})", texts.len()),
            Self::Table(table) => f.debug_tuple("Table").field(table).finish(),
            Self::Other(kind) => write!(f, "Other({kind})"),
        }
    }
}

#[derive(Clone, Debug)]
struct Setting {
    key: String,
    line: usize,
    value: SettingValue,
}

/// One table, such as `[providers.shop]`.
#[derive(Debug, Default)]
pub struct Settings {
    file: String,
    table: String,
    line: usize,
    entries: Vec<Setting>,
    notices: Mutex<Vec<String>>,
}

impl Clone for Settings {
    fn clone(&self) -> Self {
        Self {
            file: self.file.clone(),
            table: self.table.clone(),
            line: self.line,
            entries: self.entries.clone(),
            notices: Mutex::new(self.notices()),
        }
    }
}

impl Settings {
    /// An empty table that begins at `line` of `file`.
    pub fn new(file: impl Into<String>, table: impl Into<String>, line: usize) -> Self {
        Self { file: file.into(), table: table.into(), line, ..Self::default() }
    }

    /// Puts a value in.
    pub fn insert(&mut self, key: impl Into<String>, line: usize, value: SettingValue) {
        self.entries.push(Setting { key: key.into(), line, value });
    }

    /// What should be told to the user although everything works, such as a secret that stands in
    /// the file in clear text. Complete after the client was built.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text of `key`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not a text, or an empty one.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting { value: SettingValue::Text(text), line, .. }) => {
                if text.trim().is_empty() {
                    return Err(self.wrong(*line, key, "it is empty"));
                }
                Ok(Some(text))
            }
            Some(other) => Err(self.not_a(other, "a text in quotes")),
        }
    }

    /// The text of `key`, which must be there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is missing, empty or not a text.
    pub fn required_text(&self, key: &str) -> Result<&str> {
        self.text(key)?.ok_or_else(|| self.missing(key, "a text in quotes"))
    }

    /// The texts of `key`, if it is there: a list of texts, or one text with commas between them.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is neither, or one of them is empty.
    pub fn texts(&self, key: &str) -> Result<Option<Vec<String>>> {
        let (texts, line): (Vec<&str>, _) = match self.get(key) {
            None => return Ok(None),
            Some(Setting { value: SettingValue::Texts(texts), line, .. }) => {
                (texts.iter().map(|text| text.trim()).collect(), *line)
            }
            Some(Setting { value: SettingValue::Text(text), line, .. }) => {
                (text.split(',').map(str::trim).collect(), *line)
            }
            Some(other) => return Err(self.not_a(other, "a list of texts, such as [\"a\", \"b\"]")),
        };
        if texts.is_empty() || texts.contains(&"") {
            return Err(self.wrong(line, key, "a text is missing; write it, or leave the key out"));
        }
        Ok(Some(texts.into_iter().map(str::to_owned).collect()))
    }

    /// The secret of `key`, if it is there: `env:NAME`, `file:PATH`, or, with a notice, the
    /// secret itself.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is no text, if the variable is not set, or if the file cannot be
    /// read.
    pub fn secret(&self, key: &str) -> Result<Option<SecretString>> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let line = self.get(key).map_or(self.line, |setting| setting.line);
        if matches!(text.trim_end(), "env:" | "file:") {
            let why = format!("the name after the colon is missing; write {SECRET_FORM}");
            return Err(self.wrong(line, key, &why));
        }
        let value = if let Some(name) = text.strip_prefix("env:") {
            std::env::var(name).map_err(|_| {
                let why = format!("the environment variable {name} is not set; set it");
                self.wrong(line, key, &why)
            })?
        } else if let Some(path) = text.strip_prefix("file:") {
            std::fs::read_to_string(path)
                .map_err(|error| self.wrong(line, key, &unreadable(path, &error)))?
        } else {
            let notice = self.place(
                line,
                key,
                "the secret stands in the file in clear text; better write \"env:NAME\" or \
                 \"file:PATH\"",
            );
            let mut notices = self.notices.lock().unwrap_or_else(PoisonError::into_inner);
            if !notices.contains(&notice) {
                notices.push(notice);
            }
            text.to_owned()
        };
        // Editors put a mark before the text and a line break behind it.
        let value = value.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        if value.trim().is_empty() {
            let why = format!("{} is empty; put the secret there", text.trim());
            return Err(self.wrong(line, key, &why));
        }
        Ok(Some(value.into()))
    }

    /// The secret of `key`, which must be there. See [`secret`](Self::secret).
    ///
    /// # Errors
    /// As [`secret`](Self::secret), and if it is missing.
    pub fn required_secret(&self, key: &str) -> Result<SecretString> {
        self.secret(key)?.ok_or_else(|| self.missing(key, SECRET_FORM))
    }

    /// The bool of `key`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not a bool.
    pub fn bool(&self, key: &str) -> Result<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting { value: SettingValue::Bool(value), .. }) => Ok(Some(*value)),
            Some(other) => Err(self.not_a(other, "true or false")),
        }
    }

    /// The count of `key`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not an integer from 1 to 4294967295.
    pub fn count(&self, key: &str) -> Result<Option<u32>> {
        const EXPECTED: &str = "a whole number from 1 on";
        match self.get(key) {
            None => Ok(None),
            Some(setting @ Setting { value: SettingValue::Integer(value), .. }) => {
                let count = u32::try_from(*value).ok().filter(|count| *count > 0);
                count.map(Some).ok_or_else(|| self.not_a(setting, EXPECTED))
            }
            Some(other) => Err(self.not_a(other, EXPECTED)),
        }
    }

    /// The number of `key`, which may be 0, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not an integer from 0 on.
    pub fn number(&self, key: &str) -> Result<Option<u64>> {
        self.number_up_to(u64::MAX, key, "a whole number from 0 on")
    }

    /// The percentage of `key`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not an integer from 0 to 100.
    pub fn percent(&self, key: &str) -> Result<Option<u32>> {
        let percent = self.number_up_to(100, key, "a whole number from 0 to 100")?;
        Ok(percent.and_then(|percent| u32::try_from(percent).ok()))
    }

    fn number_up_to(&self, most: u64, key: &str, expected: &str) -> Result<Option<u64>> {
        match self.get(key) {
            None => Ok(None),
            Some(setting @ Setting { value: SettingValue::Integer(value), .. }) => {
                let number = u64::try_from(*value).ok().filter(|number| *number <= most);
                number.map(Some).ok_or_else(|| self.not_a(setting, expected))
            }
            Some(other) => Err(self.not_a(other, expected)),
        }
    }

    /// The span of time of `key`, such as `"30s"`, `"1m 30s"` or `"250ms"`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not one, not positive, or longer than 100 years.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>> {
        self.span(key, |span| !span.is_zero())
    }

    /// As [`duration`](Self::duration), and `"0s"` is one too.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not one, or longer than 100 years.
    pub fn duration_or_zero(&self, key: &str) -> Result<Option<Duration>> {
        self.span(key, |_| true)
    }

    fn span(&self, key: &str, is_good: impl Fn(&Duration) -> bool) -> Result<Option<Duration>> {
        let (text, line) = match self.get(key) {
            None => return Ok(None),
            Some(Setting { value: SettingValue::Text(text), line, .. }) => (text, *line),
            Some(other) => {
                return Err(self.not_a(other, "a duration in quotes, such as \"30s\" or \"2m\""));
            }
        };
        match humantime::parse_duration(text).ok().filter(is_good) {
            Some(span) if span > LONGEST_SPAN => {
                let why = format!("{text:?} is longer than 100 years; write a shorter span");
                Err(self.wrong(line, key, &why))
            }
            Some(span) => Ok(Some(span)),
            None => {
                let why = format!("{text:?} is not a duration; write it as \"30s\" or \"2m\"");
                Err(self.wrong(line, key, &why))
            }
        }
    }

    /// The offset of local times from UTC, such as `"+08:00"`, of the key `utc_offset`, if it is
    /// there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not one.
    pub fn utc_offset(&self) -> Result<Option<UtcOffset>> {
        const KEY: &str = "utc_offset";
        let Some(text) = self.text(KEY)? else {
            return Ok(None);
        };
        let line = self.get(KEY).map_or(self.line, |setting| setting.line);
        text.parse().map(Some).map_err(|error: Error| self.wrong(line, KEY, error.message()))
    }

    /// The table of `key`, if it is there.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is not a table.
    pub fn table(&self, key: &str) -> Result<Option<&Settings>> {
        match self.get(key) {
            None => Ok(None),
            Some(Setting { value: SettingValue::Table(table), .. }) => Ok(Some(table)),
            Some(other) => Err(self.not_a(other, "a table")),
        }
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|setting| setting.key.as_str())
    }

    /// The error of a value that reads well and means nothing, with the place of `key`.
    #[must_use]
    pub fn invalid(&self, key: &str, why: &str) -> Error {
        let line = self.get(key).map_or(self.line, |setting| setting.line);
        self.wrong(line, key, why)
    }

    /// Refuses every key that is not in one of the lists, and names the nearest one that is.
    ///
    /// # Errors
    /// `ConfigInvalid` for the first unknown key.
    pub fn check_keys(&self, known: &[&[&str]]) -> Result<()> {
        self.check_known(self.entries.iter(), known)
    }

    fn check_known<'a>(
        &self,
        entries: impl Iterator<Item = &'a Setting>,
        known: &[&[&str]],
    ) -> Result<()> {
        for setting in entries {
            let names = || known.iter().copied().flatten().copied();
            if !names().any(|name| name == setting.key) {
                let why = match nearest(&setting.key, names()) {
                    Some(near) => format!("unknown key; did you mean {near}?"),
                    None => {
                        let all: Vec<_> = names().collect();
                        format!("unknown key; known are {}", all.join(", "))
                    }
                };
                return Err(self.wrong(setting.line, &setting.key, &why));
            }
        }
        Ok(())
    }

    fn get(&self, key: &str) -> Option<&Setting> {
        self.entries.iter().find(|setting| setting.key == key)
    }

    fn missing(&self, key: &str, form: &str) -> Error {
        let why = format!("it is missing; add {key} = {form}");
        self.wrong(self.line, key, &why)
    }

    fn not_a(&self, setting: &Setting, expected: &str) -> Error {
        self.wrong(setting.line, &setting.key, &format!("it must be {expected}"))
    }

    fn wrong(&self, line: usize, key: &str, why: &str) -> Error {
        Error::config(self.place(line, key, why))
    }

    fn place(&self, line: usize, key: &str, why: &str) -> String {
        format!("{}:{line}: [{}] {key}: {why}", self.file, self.table)
    }
}

/// Why the file of a secret cannot be read, and what to do about it.
fn unreadable(path: &str, error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!(
            "there is no file {path}; put the secret there, or write where it is, from the folder that \
             this runs in"
        ),
        ErrorKind::InvalidData => {
            format!("the file {path} is not UTF-8; put the secret there as plain text")
        }
        kind => format!("the file {path} cannot be read ({kind}); make it readable"),
    }
}

/// The name that `key` was probably meant to be. Also for other names that people type.
pub fn nearest<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::jaro_winkler(key, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
