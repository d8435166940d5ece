//! The one error type of every provider.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::Platform;
use crate::redact;

/// The result of every fallible call of this workspace.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in the terms a caller can act upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was configured wrongly; no call can work until it is changed.
    ConfigInvalid,
    /// The platform does not accept the credentials or the token made from them.
    Unauthenticated,
    /// A person has to authorise the application again.
    ReauthorizationRequired,
    /// The credentials are good, but they may not do this.
    PermissionDenied,
    /// The thing named does not exist, or is not visible to these credentials.
    NotFound,
    /// Something of that name exists already.
    AlreadyExists,
    /// An argument breaks a rule of the platform.
    InvalidArgument,
    /// Somebody else changed the same thing at the same time.
    Conflict,
    /// Too many calls in too short a time. See [`Error::retry_after`].
    RateLimited,
    /// An allowance is used up; waiting a moment does not help.
    QuotaExhausted,
    /// The platform has no such operation. Nothing was sent.
    Unsupported,
    /// The platform has switched this API off.
    ApiOffline,
    /// No complete answer came in time.
    Timeout,
    /// The connection failed, or something other than the platform answered.
    Transport,
    /// An answer came that could not be understood.
    Decode,
    /// The platform reported an error that has no kind of its own.
    Platform,
}

impl ErrorKind {
    /// The kind in words, as [`Error`] displays it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::ConfigInvalid => "invalid configuration",
            Self::Unauthenticated => "not authenticated",
            Self::ReauthorizationRequired => "a person must authorise again",
            Self::PermissionDenied => "permission denied",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::InvalidArgument => "invalid argument",
            Self::Conflict => "conflict with another writer",
            Self::RateLimited => "rate limited",
            Self::QuotaExhausted => "quota exhausted",
            Self::Unsupported => "not supported",
            Self::ApiOffline => "the platform has switched this API off",
            Self::Timeout => "timed out",
            Self::Transport => "transport failed",
            Self::Decode => "the answer could not be understood",
            Self::Platform => "the platform reported an error",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the request pipeline may do about an error by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RetryClass {
    /// The same call would fail in the same way.
    Never,
    /// A passing fault: send again after a short, random delay, at most three times.
    Busy,
    /// Too many calls: nothing may be sent to this API before [`Error::retry_after`] has passed.
    Throttled,
    /// Too many calls at once: send again with fewer in flight.
    Concurrency,
    /// The token was refused: fetch another one and send again, once.
    TokenRejected,
    /// The connection failed: send again if the operation allows it. See [`Error::sent`].
    Transport,
}

/// Whether the request reached the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sent {
    /// Certainly not: nothing has happened there.
    No,
    /// Perhaps: a change may or may not have been made.
    Maybe,
    /// Yes: the platform itself answered.
    Yes,
}

/// An error of a provider: what was being done, what the platform answered, what to do next.
///
/// Neither `Display` nor `Debug` prints a secret, a URL query or personal data, and neither does
/// anything in the chain of [`source`](StdError::source).
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    retry_class: RetryClass,
    sent: Sent,
    platform: Option<Platform>,
    operation: Option<String>,
    message: String,
    platform_code: Option<i64>,
    platform_message: Option<String>,
    http_status: Option<StatusCode>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    advice: Option<&'static str>,
    not_owned: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of `kind`. `message` says what is wrong, without secrets or personal data;
    /// patterns of mobiles and e-mails in it are masked all the same. Unless something else is said
    /// of it, the call is not worth repeating ([`RetryClass::Never`]) and was not sent
    /// ([`Sent::No`]).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            retry_class: RetryClass::Never,
            sent: Sent::No,
            platform: None,
            operation: None,
            message: redact::mask_personal(&message.into()).into_owned(),
            platform_code: None,
            platform_message: None,
            http_status: None,
            request_id: None,
            retry_after: None,
            advice: None,
            not_owned: false,
            source: None,
        }))
    }

    /// An argument that is refused before anything is sent.
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message)
    }

    /// An operation that the platform does not have. Nothing was sent.
    pub fn unsupported(platform: Platform, operation: &str, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message).with_context(platform, operation)
    }

    /// A configuration that cannot work.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::ConfigInvalid, message)
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the platform says that it was asked too often, and has no fault.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        self.retry_class() == RetryClass::Throttled || self.kind() == ErrorKind::RateLimited
    }

    /// What may be done about it automatically.
    #[must_use]
    pub fn retry_class(&self) -> RetryClass {
        self.0.retry_class
    }

    /// Whether the request reached the platform.
    #[must_use]
    pub fn sent(&self) -> Sent {
        self.0.sent
    }

    /// The platform that was called, if the error belongs to one.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        self.0.platform
    }

    /// The operation, named as the platform names it.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// What is wrong, without context, code and advice.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The platform's own error number.
    #[must_use]
    pub fn platform_code(&self) -> Option<i64> {
        self.0.platform_code
    }

    /// The platform's own words, with secrets and personal data masked. They may change at any
    /// time: decide by [`kind`](Self::kind) or [`platform_code`](Self::platform_code).
    #[must_use]
    pub fn platform_message(&self) -> Option<&str> {
        self.0.platform_message.as_deref()
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status.map(|status| status.as_u16())
    }

    /// What the platform's support asks for to find this call.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long to wait before the same call can work, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What to do next, where there is something to say.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        self.0.advice
    }

    /// Whether the thing named belongs to another application of the account, which alone may
    /// change it: other things can still be changed. `false` where the platform does not tell.
    #[must_use]
    pub fn is_not_owned(&self) -> bool {
        self.0.not_owned
    }

    /// Sets the platform and operation, unless they are known already.
    #[must_use]
    pub fn with_context(mut self, platform: Platform, operation: &str) -> Self {
        self.0.platform.get_or_insert(platform);
        if self.0.operation.is_none() {
            self.0.operation = Some(operation.to_owned());
        }
        self
    }

    /// Adds to [`message`](Self::message), such as what was done before the error. No secrets and no
    /// personal data; patterns of mobiles and e-mails are masked all the same.
    #[must_use]
    pub fn with_note(mut self, note: &str) -> Self {
        if !self.0.message.is_empty() {
            self.0.message.push_str("; ");
        }
        self.0.message.push_str(&redact::mask_personal(note));
        self
    }

    /// Sets the retry class.
    #[must_use]
    pub fn with_retry_class(mut self, class: RetryClass) -> Self {
        self.0.retry_class = class;
        self
    }

    /// Sets whether the request reached the platform.
    #[must_use]
    pub fn with_sent(mut self, sent: Sent) -> Self {
        self.0.sent = sent;
        self
    }

    /// Sets the platform's number and words. The request was answered, so [`sent`](Self::sent)
    /// becomes [`Sent::Yes`].
    #[must_use]
    pub fn with_platform_answer(mut self, code: i64, message: &str) -> Self {
        self.0.platform_code = Some(code);
        self.0.platform_message = Some(redact::mask_personal(message).into_owned());
        self.0.sent = Sent::Yes;
        self
    }

    /// Sets the kind.
    #[must_use]
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_http_status(mut self, status: StatusCode) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// Sets what support asks for.
    #[must_use]
    pub fn with_request_id(mut self, id: Option<String>) -> Self {
        self.0.request_id = id;
        self
    }

    /// Sets how long to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets what to do next.
    #[must_use]
    pub fn with_advice(mut self, advice: &'static str) -> Self {
        self.0.advice = Some(advice);
        self
    }

    /// Says that the thing named belongs to another application.
    #[must_use]
    pub fn with_not_owned(mut self) -> Self {
        self.0.not_owned = true;
        self
    }

    /// Takes what to do next out, for a place that shows it by itself.
    #[must_use]
    pub fn without_advice(mut self) -> Self {
        self.0.advice = None;
        self
    }

    /// Sets the cause. It must not hold a secret, a URL query or personal data.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    /// Replaces every occurrence of `secrets` in the texts that came from outside.
    pub(crate) fn hide(mut self, secrets: &[&str]) -> Self {
        let inner = &mut *self.0;
        for text in [&mut inner.platform_message, &mut inner.request_id].into_iter().flatten() {
            redact::hide(text, secrets);
        }
        redact::hide(&mut inner.message, secrets);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        match (e.platform, e.operation.as_deref()) {
            (Some(platform), Some(operation)) => write!(f, "{platform} {operation}: ")?,
            (Some(platform), None) => write!(f, "{platform}: ")?,
            (None, Some(operation)) => write!(f, "{operation}: ")?,
            (None, None) => {}
        }
        write!(f, "{}", e.kind)?;
        if !e.message.is_empty() {
            write!(f, ": {}", e.message)?;
        }
        if let Some(code) = e.platform_code {
            f.write_str(" (")?;
            if let Some(status) = e.http_status.filter(|status| !status.is_success()) {
                write!(f, "HTTP {}, ", status.as_u16())?;
            }
            write!(f, "code {code}")?;
            if let Some(message) = e.platform_message.as_deref().filter(|m| !m.is_empty()) {
                write!(f, ": {message}")?;
            }
            f.write_str(")")?;
        } else if let Some(status) = e.http_status {
            write!(f, " (HTTP {})", status.as_u16())?;
        }
        let told = |id: &&str| !e.platform_message.as_deref().is_some_and(|m| m.contains(id));
        if let Some(id) = e.request_id.as_deref().filter(|id| !id.is_empty()).filter(told) {
            write!(f, ", request id {id}")?;
        }
        if let Some(wait) = e.retry_after {
            write!(f, "; retry after {} s", wait.as_secs_f64().ceil())?;
        }
        if let Some(advice) = e.advice {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        f.debug_struct("Error")
            .field("kind", &e.kind)
            .field("retry_class", &e.retry_class)
            .field("sent", &e.sent)
            .field("platform", &e.platform)
            .field("operation", &e.operation)
            .field("message", &e.message)
            .field("platform_code", &e.platform_code)
            .field("platform_message", &e.platform_message)
            .field("http_status", &e.http_status)
            .field("request_id", &e.request_id)
            .field("retry_after", &e.retry_after)
            .field("source", &e.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_that_denies_success_is_told_beside_the_code() {
        let error = Error::new(ErrorKind::Platform, "").with_platform_answer(7, "words");
        let told = |status| error.clone().with_http_status(status).to_string();
        let down = told(StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(down, "the platform reported an error (HTTP 503, code 7: words)");
        assert_eq!(told(StatusCode::OK), "the platform reported an error (code 7: words)");
    }

    #[test]
    fn what_support_asks_for_is_told_once() {
        let error =
            Error::new(ErrorKind::Platform, "").with_platform_answer(7, "words, hint: [L1]");
        let told = |id: &str| error.clone().with_request_id(Some(id.to_owned())).to_string();
        let words = "the platform reported an error (code 7: words, hint: [L1])";
        assert_eq!(told("L2"), format!("{words}, request id L2"));
        assert_eq!(told("L1"), words);
    }
}
