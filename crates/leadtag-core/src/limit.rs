//! Rate and concurrency limits, for each API of one tenant.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// At most `calls` in any span of `per`.
///
/// Half of the calls may come at once; the other half is handed out evenly, so that no span of
/// that length ever holds more than `calls`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateWindow {
    calls: u32,
    per: Duration,
}

impl RateWindow {
    /// At most `calls` (at least one) per `per`.
    #[must_use]
    pub fn new(calls: u32, per: Duration) -> Self {
        Self { calls: calls.max(1), per: per.max(Duration::from_millis(1)) }
    }

    /// The span of time.
    #[must_use]
    pub fn per(&self) -> Duration {
        self.per
    }

    pub(crate) fn burst(&self) -> f64 {
        (f64::from(self.calls) / 2.0).max(1.0)
    }

    pub(crate) fn per_second(&self) -> f64 {
        (f64::from(self.calls) - self.burst()).max(0.5) / self.per.as_secs_f64()
    }
}

/// The limits of one API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiLimit {
    /// Calls in flight at the same time; `None` is any number.
    pub max_in_flight: Option<usize>,
    /// Calls in a span of time. All of them hold.
    pub windows: Vec<RateWindow>,
}

impl ApiLimit {
    /// No limit.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Sets the calls in flight; at least one.
    #[must_use]
    pub fn with_max_in_flight(mut self, calls: usize) -> Self {
        self.max_in_flight = Some(calls.max(1));
        self
    }

    /// Adds a limit on the calls in a span of time.
    #[must_use]
    pub fn with_rate(mut self, calls: u32, per: Duration) -> Self {
        self.windows.push(RateWindow::new(calls, per));
        self
    }
}

/// The limits of all APIs of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    default: ApiLimit,
    apis: BTreeMap<Cow<'static, str>, ApiLimit>,
}

impl Limits {
    /// No limits at all. The platform's throttling answers are still respected.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The same limit for each API.
    #[must_use]
    pub fn each(limit: ApiLimit) -> Self {
        Self { default: limit, apis: BTreeMap::new() }
    }

    /// Sets the limit that holds for each API without one of its own.
    #[must_use]
    pub fn with_default(mut self, limit: ApiLimit) -> Self {
        self.default = limit;
        self
    }

    /// Sets the limit of one API, in place of the one that all share.
    #[must_use]
    pub fn with_api(mut self, api: impl Into<Cow<'static, str>>, limit: ApiLimit) -> Self {
        self.apis.insert(api.into(), limit);
        self
    }

    /// The limit of one API.
    #[must_use]
    pub fn of(&self, api: &str) -> &ApiLimit {
        self.apis.get(api).unwrap_or(&self.default)
    }

    /// The APIs with a limit of their own.
    pub fn apis(&self) -> impl Iterator<Item = (&str, &ApiLimit)> {
        self.apis.iter().map(|(api, limit)| (api.as_ref(), limit))
    }

    /// The limit that holds for each API without one of its own.
    #[must_use]
    pub fn default_limit(&self) -> &ApiLimit {
        &self.default
    }
}

/// How an API stands with the limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitStatus {
    /// Calls in flight.
    pub in_flight: usize,
    /// Calls allowed in flight now. Lower than configured after the platform complained.
    pub max_in_flight: Option<usize>,
    /// For how long nothing is sent, after the platform throttled this API.
    pub paused: Option<Duration>,
}
