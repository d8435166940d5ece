//! Which fault, on which API, how often; and its command-line form.

use std::fmt;
use std::str::FromStr;

use super::Fault;
use crate::platforms;

/// How many matching calls a fault hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// That many calls, then the fault is used up.
    N(u64),
    /// Every matching call until the faults are cleared.
    Always,
}

/// A fault to inject.
///
/// On the command line `NAME[@API|@PLATFORM][*N|*always]`: `busy`, `busy@add_corp_tag*2`,
/// `error-code:84061@list*always`. Without a count it happens once, except
/// `invalid-token-forever`, which lasts.
///
/// ```
/// use leadtag_sandbox::{Fault, FaultSpec, Times};
///
/// let spec: FaultSpec = "busy@add_corp_tag*2".parse()?;
/// assert_eq!(spec, FaultSpec::new(Fault::Busy).on("add_corp_tag").times(2));
/// assert_eq!(spec.times, Times::N(2));
/// # Ok::<(), leadtag_sandbox::ParseFaultError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultSpec {
    /// What goes wrong.
    pub fault: Fault,
    /// The API it happens on, or the platform, whose token calls are then included; `None` is any
    /// call that does not hand out tokens.
    pub api: Option<String>,
    /// How many matching calls it hits.
    pub times: Times,
    /// How many matching calls pass unharmed first.
    pub skip: u64,
}

impl FaultSpec {
    /// The fault on any call that does not hand out tokens: once, or for ever where its name says so.
    #[must_use]
    pub fn new(fault: Fault) -> Self {
        let times = match fault {
            Fault::InvalidTokenForever => Times::Always,
            _ => Times::N(1),
        };
        Self { fault, api: None, times, skip: 0 }
    }

    /// Only on this API, or on every API of this platform; token calls included.
    #[must_use]
    pub fn on(mut self, api: impl Into<String>) -> Self {
        self.api = Some(api.into());
        self
    }

    /// On this many matching calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Times::N(times);
        self
    }

    /// On every matching call until cleared.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = Times::Always;
        self
    }

    /// Only after this many matching calls have passed.
    #[must_use]
    pub fn skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }
}

impl From<Fault> for FaultSpec {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fault)?;
        if let Some(api) = &self.api {
            write!(f, "@{api}")?;
        }
        match self.times {
            Times::N(n) => write!(f, "*{n}"),
            Times::Always => f.write_str("*always"),
        }
    }
}

/// A fault that cannot be read; for an unknown fault or API its text names the nearest known one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseFaultError(String);

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(code) = text.strip_prefix("error-code:") {
            return code.parse().map(Self::ErrorCode).map_err(|_| {
                ParseFaultError(format!("`{text}`: the error code must be a whole number"))
            });
        }
        if text == "error-code" {
            return Err(ParseFaultError("`error-code` needs a number: error-code:40058".into()));
        }
        Self::all().find(|fault| fault.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::all().map(|fault| fault.name()).collect();
            unknown("fault", text, &names)
        })
    }
}

impl FromStr for FaultSpec {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rest, times) = match text.split_once('*') {
            Some((rest, times)) => (rest, Some(parse_times(text, times)?)),
            None => (text, None),
        };
        let (name, api) = match rest.split_once('@') {
            Some((_, "")) => {
                return Err(ParseFaultError(format!("`{text}`: no API name after `@`")));
            }
            Some((name, api)) => (name, Some(known_api(api)?)),
            None => (rest, None),
        };
        let spec = Self::new(name.parse()?);
        Ok(Self { api, times: times.unwrap_or(spec.times), ..spec })
    }
}

fn parse_times(whole: &str, times: &str) -> Result<Times, ParseFaultError> {
    match times {
        "always" => Ok(Times::Always),
        number => match number.parse() {
            Ok(times) if times > 0 => Ok(Times::N(times)),
            _ => {
                let why = "after `*` comes a number from 1 on or `always`";
                Err(ParseFaultError(format!("`{whole}`: {why}")))
            }
        },
    }
}

fn known_api(api: &str) -> Result<String, ParseFaultError> {
    let known: Vec<_> = platforms::NAMES.into_iter().chain(platforms::api_names()).collect();
    if known.contains(&api) { Ok(api.to_owned()) } else { Err(unknown("API", api, &known)) }
}

fn unknown(what: &str, text: &str, known: &[&str]) -> ParseFaultError {
    let likeness = |name: &&&str| strsim::jaro_winkler(name, text);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let hint = match nearest.filter(|name| likeness(name) > 0.75) {
        Some(name) => format!("did you mean `{name}`? Known"),
        None => "known".to_owned(),
    };
    ParseFaultError(format!("unknown {what} `{text}`; {hint} are: {}", known.join(", ")))
}
