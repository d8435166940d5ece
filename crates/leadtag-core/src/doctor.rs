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
    /// Why no token came; `Ok` on a platform without tokens.
    pub token: Result<()>,
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
            Err(error) => self.without_token(error),
            Ok(()) => vec![
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
        let (reached, credentials) = if is_unreachable(error) {
            (unreachable(error), skipped(CREDENTIALS))
        } else {
            (self.answers(), self.failed(CREDENTIALS, error))
        };
        vec![reached, credentials, skipped(CLOCK), skipped(PERMISSION), skipped(LIMITS)]
    }

    fn answers(&self) -> Check {
        Check::new(REACHABILITY, CheckStatus::Pass, format!("{} answers", self.service))
    }

    fn reachability(&self) -> Check {
        match &self.probe {
            Err(error) if is_unreachable(error) => unreachable(error),
            _ => self.answers(),
        }
    }

    fn credentials(&self) -> Check {
        match &self.probe {
            Err(error) if is_about_credentials(error) => self.failed(CREDENTIALS, error),
            Err(error) if is_unreachable(error) => {
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
                if is_unreachable(error)
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
            (None, None) => check,
        }
    }
}

fn is_unreachable(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Transport | ErrorKind::Timeout | ErrorKind::Decode)
}

fn is_about_credentials(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::ReauthorizationRequired)
}

fn unreachable(error: &Error) -> Check {
    Check::new(REACHABILITY, CheckStatus::Fail, error.to_string())
        .with_remedy("check the network, the proxy and base_url")
}
