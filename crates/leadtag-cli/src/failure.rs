//! How a command fails, and the exit code that says so.

use std::borrow::Cow;

use leadtag::{Error, ErrorKind, Sent};
use serde::Serialize;

use crate::shell::doctor_command;

/// It did not work.
pub(crate) const EXIT_FAILED: u8 = 1;
/// The command line or the configuration is wrong; nothing was sent.
pub(crate) const EXIT_USAGE: u8 = 64;

/// Why a command did not come to its end.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line cannot be carried out as it stands.
    Usage(Message),
    /// Something on this machine failed.
    Failed(Message),
    /// A provider, or the making of one, failed.
    Provider {
        /// What was being done; empty if the error says so itself.
        doing: String,
        /// The error.
        error: Error,
        /// Whether nothing can have been changed.
        read: bool,
        /// What to do next here, beyond what the error itself advises.
        next: Option<String>,
        /// Which provider it was, where several are asked at once.
        provider: Option<String>,
    },
    /// The result has been printed, and it is not good.
    Reported(u8),
    /// Nobody reads stdout any more. That is their right.
    OutputClosed,
}

/// What went wrong and what to do next.
#[derive(Debug)]
pub(crate) struct Message {
    message: String,
    hint: Option<String>,
}

/// An error as a program reads it.
#[derive(Debug, Serialize)]
pub(crate) struct ErrorObject<'a> {
    kind: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    platform: Option<&'a str>,
    operation: Option<&'a str>,
    code: Option<i64>,
    request_id: Option<&'a str>,
    retry_after_seconds: Option<f64>,
    advice: Option<Cow<'a, str>>,
}

impl Failure {
    /// Wrong usage, with what to do instead.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage(Message { message: message.into(), hint: Some(hint.into()) })
    }

    /// Something on this machine failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Failed(Message { message: message.into(), hint: None })
    }

    /// Something on this machine failed, with what to do about it.
    pub(crate) fn failed_with_hint(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed(Message { message: message.into(), hint: Some(hint.into()) })
    }

    /// For `map_err`: a provider failed while `doing`.
    pub(crate) fn while_doing(doing: impl Into<String>) -> impl FnOnce(Error) -> Self {
        let doing = doing.into();
        move |error| Self::Provider { doing, error, read: false, next: None, provider: None }
    }

    /// For `map_err`: a provider failed while `doing` what changes nothing.
    pub(crate) fn while_reading(doing: impl Into<String>) -> impl FnOnce(Error) -> Self {
        let doing = doing.into();
        move |error| Self::Provider { doing, error, read: true, next: None, provider: None }
    }

    /// For what was found or done whether or not somebody reads about it to the end.
    pub(crate) fn even_unread(written: Result<(), Self>) -> Result<(), Self> {
        match written {
            Err(Self::OutputClosed) => Ok(()),
            other => other,
        }
    }

    /// Adds what to do next to a failure of a provider.
    pub(crate) fn and_then_do(mut self, what: impl Into<String>) -> Self {
        if let Self::Provider { next, .. } = &mut self {
            *next = Some(what.into());
        }
        self
    }

    /// Names the provider that failed, for programs: several may be of one platform.
    pub(crate) fn of_provider(mut self, name: &str) -> Self {
        if let Self::Provider { provider, .. } = &mut self {
            *provider = Some(name.to_owned());
        }
        self
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => EXIT_USAGE,
            Self::Failed(_) => EXIT_FAILED,
            Self::Provider { error, .. } if is_usage(error) => EXIT_USAGE,
            Self::Provider { .. } => EXIT_FAILED,
            Self::Reported(code) => *code,
            Self::OutputClosed => 0,
        }
    }

    /// What a person reads: the error, and a hint. `None` if there is nothing to say.
    pub(crate) fn text(&self) -> Option<(String, Option<String>)> {
        match self {
            Self::Usage(told) | Self::Failed(told) => {
                Some((told.message.clone(), told.hint.clone()))
            }
            Self::Provider { doing, error, read, next, .. } => {
                // What is wrong in a file or on the command line says so itself.
                let mut text = if is_usage(error) && error.platform().is_none() {
                    error.message().to_owned()
                } else {
                    error.to_string()
                };
                if let Some(advice) = error.advice() {
                    let end = format!("; {advice}");
                    text.truncate(text.strip_suffix(&end).unwrap_or(&text).len());
                }
                if !doing.is_empty() {
                    text = format!("{doing}: {text}");
                }
                Some((text, hint(error, *read, next.as_deref())))
            }
            Self::Reported(_) | Self::OutputClosed => None,
        }
    }

    /// What a program reads. `None` if there is nothing to say.
    pub(crate) fn object(&self) -> Option<ErrorObject<'_>> {
        match self {
            Self::Usage(told) => Some(told.object("usage")),
            Self::Failed(told) => Some(told.object("failed")),
            Self::Provider { error, read, next, provider, .. } => {
                let advice = hint(error, *read, next.as_deref());
                Some(ErrorObject {
                    provider: provider.as_deref(),
                    ..ErrorObject::of(error, advice)
                })
            }
            Self::Reported(_) | Self::OutputClosed => None,
        }
    }
}

/// Whether the error was found before anything was sent, in what the user wrote or asked for.
pub(crate) fn is_usage(error: &Error) -> bool {
    let kind = matches!(
        error.kind(),
        ErrorKind::ConfigInvalid | ErrorKind::InvalidArgument | ErrorKind::Unsupported
    );
    kind && error.sent() == Sent::No && error.platform_code().is_none()
}

const MAYBE_DONE: &str = "it may have been done: if it was a change, look before you try again";
const NOTHING_DONE: &str = "nothing was changed there; try again later";

/// What the error advises, and what else there is to do.
fn hint(error: &Error, read: bool, next: Option<&str>) -> Option<String> {
    match (advice(error, read), next) {
        (Some(advice), Some(next)) => Some(format!("{advice}; {next}")),
        (advice, next) => advice.or_else(|| next.map(str::to_owned)),
    }
}

fn advice(error: &Error, read: bool) -> Option<String> {
    if let Some(advice) = error.advice() {
        return Some(advice.to_owned());
    }
    match error.kind() {
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => {
            Some(format!("{} tells what is wrong with the credentials", doctor_command()))
        }
        ErrorKind::Transport | ErrorKind::Timeout => Some(match error.sent() {
            Sent::No => format!("check the network and base_url; {} tells more", doctor_command()),
            _ if read => NOTHING_DONE.to_owned(),
            _ => MAYBE_DONE.to_owned(),
        }),
        // A call that only reads: what was answered is not what the platform documents.
        ErrorKind::Decode if read => Some(
            "check base_url, and whether something stands in between; -v shows the calls"
                .to_owned(),
        ),
        ErrorKind::Decode => Some(MAYBE_DONE.to_owned()),
        ErrorKind::Unsupported => Some("leadtag caps shows what each platform can do".to_owned()),
        _ => None,
    }
}

impl Message {
    fn object<'a>(&'a self, kind: &str) -> ErrorObject<'a> {
        ErrorObject {
            kind: kind.to_owned(),
            message: self.message.clone(),
            provider: None,
            platform: None,
            operation: None,
            code: None,
            request_id: None,
            retry_after_seconds: None,
            advice: self.hint.as_deref().map(Cow::Borrowed),
        }
    }
}

impl<'a> ErrorObject<'a> {
    fn of(error: &'a Error, advice: Option<String>) -> Self {
        let message = match error.platform_message().filter(|text| !text.is_empty()) {
            Some(platform) if error.message().is_empty() => platform.to_owned(),
            Some(platform) => format!("{}: {platform}", error.message()),
            None => error.message().to_owned(),
        };
        Self {
            kind: kind_name(error.kind()),
            message,
            provider: None,
            platform: error.platform().map(|platform| platform.as_str()),
            operation: error.operation(),
            code: error.platform_code(),
            request_id: error.request_id(),
            retry_after_seconds: error.retry_after().map(|wait| wait.as_secs_f64()),
            advice: advice.map(Cow::Owned),
        }
    }
}

/// `AlreadyExists` as `already-exists`.
pub(crate) fn kind_name(kind: ErrorKind) -> String {
    let mut name = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Why a file cannot be read, for people.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        kind => kind.to_string(),
    }
}
