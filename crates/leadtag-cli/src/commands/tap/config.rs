//! The configuration of a tap: a `leadtag.toml`, or JSON as other taps have it.

mod toml;

use std::path::Path;

use leadtag::{Config, PlatformTime, Timestamp, UtcOffset};
use serde_json::{Map, Value};

use crate::args::Global;
use crate::failure::{Failure, reason};
use crate::output::Output;
use crate::session::Session;

const KEYS: &[&str] = &["config_file", "providers", "pull", "tags", "start_date"];

/// What a tap is told.
pub(super) struct TapConfig {
    pub(super) session: Session,
    /// Where a stream begins that was never read.
    pub(super) start_date: Option<Timestamp>,
}

impl TapConfig {
    /// Reads the configuration; without one there is the sandbox.
    pub(super) async fn open(global: &Global, output: &Output) -> Result<Self, Failure> {
        // What cannot be read is told by whoever reads TOML. What can may be a pipe, and is read
        // once.
        let read = |path| Some((path, std::fs::read_to_string(path).ok()?));
        let session = match global.config.as_deref().and_then(read) {
            None => Session::open(global, output).await?,
            Some((path, text)) => match json(&text, path)? {
                Some(json) => return Self::from_json(&json, path, output),
                None => {
                    let config = Config::parse(&text, path.display().to_string());
                    Session::of(config.map_err(Failure::while_doing(""))?)
                }
            },
        };
        Ok(Self { session, start_date: None })
    }

    fn from_json(json: &Map<String, Value>, path: &Path, output: &Output) -> Result<Self, Failure> {
        let file = path.display();
        for key in json.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            output.notice(&format!(
                "notice: {file}: {key} is unknown and left out; known: {}",
                KEYS.join(", ")
            ));
        }
        let wrong = |key: &str, why: &str, hint: &str| {
            Failure::usage(format!("{file}: {key}: {why}"), hint.to_owned())
        };
        let start_date = get(json, "start_date").map(|date| {
            let read = |text| PlatformTime::parse(text, UtcOffset::CHINA).instant();
            date.as_str().and_then(read).ok_or_else(|| {
                wrong("start_date", "it is no moment", "write it as 2026-01-31T08:00:00Z")
            })
        });
        let start_date = start_date.transpose()?;
        let config = match (get(json, "config_file"), get(json, "providers")) {
            (Some(Value::String(named)), None) => of_file(named, json, &wrong, path)?,
            (None, Some(Value::Object(_))) => {
                let mut there = json.clone();
                there.retain(|_, value| !value.is_null());
                for table in there.values_mut().filter_map(Value::as_object_mut) {
                    table.retain(|_, value| !value.is_null());
                }
                let text = toml::document(&there);
                Config::parse(&text, format!("{file} (as TOML)"))
                    .map_err(Failure::while_doing(""))?
            }
            (Some(_), Some(_)) => {
                let why = "it stands beside providers";
                return Err(wrong("config_file", why, "give one of them"));
            }
            (Some(_), None) => {
                let why = "it is no text";
                return Err(wrong("config_file", why, "write it as \"leadtag.toml\""));
            }
            _ => {
                return Err(wrong(
                    "providers",
                    "there are none",
                    "add \"providers\": {\"NAME\": {\"platform\": …}}, or \"config_file\": \
                     \"leadtag.toml\"",
                ));
            }
        };
        Ok(Self { session: Session::of(config), start_date })
    }
}

/// A member of the tap's configuration. What is null is not there.
fn get<'j>(json: &'j Map<String, Value>, key: &str) -> Option<&'j Value> {
    json.get(key).filter(|value| !value.is_null())
}

/// The configuration in a file that the tap's names.
fn of_file(
    named: &str,
    json: &Map<String, Value>,
    wrong: &dyn Fn(&str, &str, &str) -> Failure,
    path: &Path,
) -> Result<Config, Failure> {
    let text = std::fs::read_to_string(named).map_err(|error| {
        wrong(
            "config_file",
            &format!("{named} cannot be read ({})", reason(&error)),
            "a name without a folder is looked for in the current one; give its path",
        )
    })?;
    let config = Config::parse(&text, named).map_err(Failure::while_doing(""))?;
    match get(json, "pull") {
        None => Ok(config),
        Some(pull) if pull.is_object() => {
            let both = format!("{named} with the pull of {} behind it", path.display());
            joined(&text, pull, &config, named, both)
        }
        Some(_) => Err(wrong("pull", "it is no object", "write it as {\"pii\": \"mask\"}")),
    }
}

/// A file's configuration with a `pull` of the tap's own. One of them has it, and not both.
fn joined(
    text: &str,
    pull: &Value,
    config: &Config,
    named: &str,
    both: String,
) -> Result<Config, Failure> {
    if config.pull().is_some() {
        return Err(Failure::usage(
            format!("pull stands in the tap's configuration and in {named}"),
            "give one of them",
        ));
    }
    let more = Map::from_iter([("pull".to_owned(), pull.clone())]);
    Config::parse(&format!("{text}\n{}", toml::document(&more)), both)
        .map_err(Failure::while_doing(""))
}

/// The members of a JSON object in the text of a file; `None` if it is none, but TOML.
fn json(text: &str, path: &Path) -> Result<Option<Map<String, Value>>, Failure> {
    let text = text.trim_start_matches('\u{feff}');
    let is_json = text.trim_start().starts_with('{');
    if !is_json && path.extension().is_none_or(|extension| extension != "json") {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|error| {
        Failure::usage(
            format!("{}: it is no JSON object ({error})", path.display()),
            "correct the JSON there",
        )
    })
}
