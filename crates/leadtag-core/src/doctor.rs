//! The five checks that every platform's account has: reachability, credentials, clock,
//! permission, limits.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{Answer, Check, CheckStatus, Error, ErrorKind, Result, Timestamp};

/// How far the local clock may be off before it is worth a word, unless a platform is stricter.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(300);

const REACHABILITY: &str = "reachability";
const CREDENTIALS: &str = "credentials";
const CLOCK: &str = "clock";
const PERMISSION: &str = "permission";
const LIMITS: &str = "limits";

/// The time that stands in the head of an answer, noted while it is decoded.
#[derive(Debug, Default)]
pub struct DateNote(Mutex<Option<Timestamp>>);

impl DateNote {
    /// Notes the time of `answer`.
    pub fn take(&self, answer: &Answer) {
        let header = answer.headers.get(http::header::DATE);
        let told = header.and_then(|value| Timestamp::from_http_date(value.to_str().ok()?));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }

    /// The time that was noted.
    #[must_use]
    pub fn told(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was found out about an account, for [`checks`](Self::checks).
pub struct Findings<'a> {
    /// The platform's name for a person.
    pub service: &'a str,
    /// The credentials' names, such as `corp_id and corp_secret`.
    pub credentials: &'a str,
    /// Whether a token came, or why not; `None` if nobody was asked for one. It is what
    /// [`Pipeline::check_token`](crate::Pipeline::check_token) tells.
    pub token: Option<Result<()>>,
    /// What the cheapest call that reads something found, in words.
    pub probe: Result<String>,
    /// The time in that call's answer.
    pub date: Option<Timestamp>,
    /// The local time.
    pub now: Timestamp,
    /// How far the local clock may be off. Default: 5 minutes.
    pub clock_tolerance: Option<Duration>,
    /// How long that call's API is still throttled.
    pub paused: Option<Duration>,
    /// What to do about an error that has no advice of its own.
    pub remedy: &'a (dyn Fn(&Error) -> Option<String> + Sync),
}

impl fmt::Debug for Findings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Findings")
            .field("service", &self.service)
            .field("token", &self.token)
            .field("probe", &self.probe)
            .finish_non_exhaustive()
    }
}

impl Findings<'_> {
    /// The five checks, in a fixed order.
    #[must_use]
    pub fn checks(&self) -> Vec<Check> {
        match &self.token {
            Some(Err(error)) => self.without_token(error),
            _ => vec![
                self.reachability(),
                self.credentials(),
                self.clock(),
                self.permission(),
                self.limits(),
            ],
        }
    }

    /// The checks when no token came.
    fn without_token(&self, error: &Error) -> Vec<Check> {
        let skipped = |name| Check::new(name, CheckStatus::Skipped, "there is no token");
        let (reached, credentials) = match self.unreached(error) {
            Some(check) => (check, skipped(CREDENTIALS)),
            None => (self.answers(), self.failed(CREDENTIALS, error)),
        };
        vec![reached, credentials, skipped(CLOCK), skipped(PERMISSION), skipped(LIMITS)]
    }

    fn answers(&self) -> Check {
        Check::new(REACHABILITY, CheckStatus::Pass, format!("{} answers", self.service))
    }

    fn reachability(&self) -> Check {
        self.probe.as_ref().err().and_then(|error| self.unreached(error)).unwrap_or(self.answers())
    }

    /// The check of an error which says that the platform was not reached. One that gave a token was:
    /// what it answers then and cannot be understood is a matter of the call.
    fn unreached(&self, error: &Error) -> Option<Check> {
        match error.kind() {
            ErrorKind::Transport | ErrorKind::Timeout => {
                let check = Check::new(REACHABILITY, CheckStatus::Fail, error.to_string());
                Some(check.with_remedy("check the network, the proxy and base_url"))
            }
            ErrorKind::Decode if !self.has_token() => {
                let detail =
                    format!("something answers, but not as {} does: {error}", self.service);
                let check = Check::new(REACHABILITY, CheckStatus::Fail, detail);
                Some(check.with_remedy("check base_url, and whether something stands in between"))
            }
            _ => None,
        }
    }

    fn has_token(&self) -> bool {
        matches!(self.token, Some(Ok(())))
    }

    fn credentials(&self) -> Check {
        match &self.probe {
            Err(error) if is_about_credentials(error) => self.failed(CREDENTIALS, error),
            Err(error) if !self.has_token() && self.unreached(error).is_some() => {
                let detail = format!("{} did not answer", self.service);
                Check::new(CREDENTIALS, CheckStatus::Skipped, detail)
            }
            _ => {
                let detail = format!("{} are accepted", self.credentials);
                Check::new(CREDENTIALS, CheckStatus::Pass, detail)
            }
        }
    }

    fn clock(&self) -> Check {
        let Some(date) = self.date else {
            return Check::new(CLOCK, CheckStatus::Skipped, "no answer told the time");
        };
        let off = self.now.since(date).max(date.since(self.now));
        let detail = format!("the local clock is {} s off", off.as_secs());
        if off > self.clock_tolerance.unwrap_or(CLOCK_TOLERANCE) {
            return Check::new(CLOCK, CheckStatus::Warn, detail)
                .with_remedy("set the clock of this machine, best by NTP");
        }
        Check::new(CLOCK, CheckStatus::Pass, detail)
    }

    fn permission(&self) -> Check {
        match &self.probe {
            Ok(found) => Check::new(PERMISSION, CheckStatus::Pass, found.as_str()),
            // These are told by another check.
            Err(error)
                if self.unreached(error).is_some()
                    || is_about_credentials(error)
                    || error.kind() == ErrorKind::RateLimited =>
            {
                Check::new(PERMISSION, CheckStatus::Skipped, "nothing could be read")
            }
            Err(error) => self.failed(PERMISSION, error),
        }
    }

    fn limits(&self) -> Check {
        if let Err(error) = &self.probe
            && error.kind() == ErrorKind::RateLimited
        {
            return Check::new(LIMITS, CheckStatus::Warn, error.to_string())
                .with_remedy("wait; lower the limits if other programs use the same account");
        }
        match self.paused {
            Some(left) => {
                let seconds = left.as_secs_f64().ceil();
                let detail = format!("{} throttled this API; {seconds} s are left", self.service);
                Check::new(LIMITS, CheckStatus::Warn, detail)
            }
            None => Check::new(LIMITS, CheckStatus::Pass, "nothing is throttled"),
        }
    }

    fn failed(&self, name: &'static str, error: &Error) -> Check {
        let detail = error.clone().without_advice().to_string();
        let check = Check::new(name, CheckStatus::Fail, detail);
        match ((self.remedy)(error), error.advice()) {
            (Some(remedy), _) => check.with_remedy(remedy),
            (None, Some(advice)) => check.with_remedy(advice),
            (None, None) if error.kind() == ErrorKind::Decode => check.with_remedy(
                "the answer is not as documented; check whether something stands in between",
            ),
            (None, None) => check,
        }
    }
}

fn is_about_credentials(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::ReauthorizationRequired)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of the checks' outcomes, in their order.
    fn outcomes(token: Option<Result<()>>, probe: ErrorKind) -> [String; 3] {
        let findings = Findings {
            service: "Here",
            credentials: "id and secret",
            token,
            probe: Err(Error::new(probe, "odd")),
            date: None,
            now: Timestamp::UNIX_EPOCH,
            clock_tolerance: None,
            paused: None,
            remedy: &|_| None,
        };
        let checks = findings.checks();
        [REACHABILITY, CREDENTIALS, PERMISSION].map(|name| {
            let check = checks.iter().find(|check| check.name == name).unwrap();
            format!("{:?} {}", check.status, check.detail)
        })
    }

    #[test]
    fn credentials_that_gave_a_token_are_good_whatever_fails_then() {
        for kind in [ErrorKind::Transport, ErrorKind::Timeout, ErrorKind::Decode] {
            let [_, credentials, _] = outcomes(Some(Ok(())), kind);
            assert_eq!(credentials, "Pass id and secret are accepted", "{kind}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_understood_is_told_where_it_came() {
        let [reached, _, permission] = outcomes(Some(Ok(())), ErrorKind::Decode);
        assert_eq!(reached, "Pass Here answers");
        assert!(permission.starts_with("Fail the answer could not be understood"), "{permission}");
        let [reached, credentials, permission] = outcomes(None, ErrorKind::Decode);
        assert!(reached.starts_with("Fail something answers, but not as Here does"), "{reached}");
        assert!(credentials.starts_with("Skipped") && permission.starts_with("Skipped"));
    }
}
