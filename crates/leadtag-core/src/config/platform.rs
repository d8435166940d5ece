//! What every platform's table has in common.

use std::time::Duration;

use super::{SECRET_FORM, Setting, SettingValue, Settings, nearest};
use crate::{ApiLimit, BaseUrl, Error, Limits, Result, RetryPolicy};

/// Keys that every platform has.
pub const COMMON_KEYS: &[&str] =
    &["platform", "base_url", "allow_http", "timeout", "max_response_bytes", "limits", "retry"];

const RETRY_KEYS: &[&str] = &["max_attempts", "base_delay", "max_delay", "deadline"];
const LIMIT_KEYS: &[&str] = &["max_in_flight", "per_minute", "per_hour"];

impl Settings {
    /// Reads every value that platforms have in common, and the texts and secrets that this platform
    /// requires, without looking behind `env:` and `file:`.
    ///
    /// # Errors
    /// `ConfigInvalid` for the first that is missing or wrong.
    pub fn check_values(&self, texts: &[&str], secrets: &[&str], apis: &[&str]) -> Result<()> {
        for key in texts {
            self.required_text(key)?;
        }
        for key in secrets {
            self.text(key)?.ok_or_else(|| self.missing(key, SECRET_FORM))?;
        }
        self.text("base_url")?.map(|_| self.base_url("")).transpose()?;
        self.bool("allow_http")?;
        self.count("max_response_bytes")?;
        self.retry()?;
        self.limits(Limits::none(), apis).map(drop)
    }

    /// The base URL, or `default`.
    ///
    /// # Errors
    /// `ConfigInvalid`, see [`BaseUrl::parse`].
    pub fn base_url(&self, default: &str) -> Result<BaseUrl> {
        let allow_http = self.bool("allow_http")?.unwrap_or(false);
        let Some(text) = self.text("base_url")? else {
            return BaseUrl::parse(default, false);
        };
        let line = self.get("base_url").map_or(self.line, |setting| setting.line);
        BaseUrl::parse(text, allow_http)
            .map_err(|error| Error::config(self.place(line, "base_url", error.message())))
    }

    /// How calls are retried: `timeout` and the table `retry`, over the defaults.
    ///
    /// # Errors
    /// `ConfigInvalid` for a wrong key or value.
    pub fn retry(&self) -> Result<RetryPolicy> {
        let mut policy = RetryPolicy::default();
        if let Some(timeout) = self.duration("timeout")? {
            policy.attempt_timeout = timeout;
            policy.deadline = policy.deadline.max(timeout.saturating_mul(2));
        }
        let Some(table) = self.table("retry")? else {
            return Ok(policy);
        };
        table.check_keys(&[RETRY_KEYS])?;
        policy.max_attempts = table.count("max_attempts")?.unwrap_or(policy.max_attempts);
        policy.base_delay = table.duration("base_delay")?.unwrap_or(policy.base_delay);
        policy.max_delay = table.duration("max_delay")?.unwrap_or(policy.max_delay);
        policy.deadline = table.duration("deadline")?.unwrap_or(policy.deadline);
        Ok(policy)
    }

    /// The limits: the table `limits` over the platform's `defaults`. Keys directly in it hold for
    /// each API, though they never raise the calls in flight that the platform's own limit of an
    /// API allows; a table in it, named as one of `apis`, holds for that one.
    ///
    /// # Errors
    /// `ConfigInvalid` for a wrong key, value or name of an API.
    pub fn limits(&self, defaults: Limits, apis: &[&str]) -> Result<Limits> {
        let Some(table) = self.table("limits")? else {
            return Ok(defaults);
        };
        let own_keys = table.entries.iter().filter(|s| !matches!(s.value, SettingValue::Table(_)));
        table.check_known(own_keys, &[LIMIT_KEYS])?;
        let mut limits = defaults.clone().with_default(table.limit(defaults.default_limit())?);
        for (api, own) in defaults.apis() {
            let mut limit = table.limit(own)?;
            limit.max_in_flight = match (own.max_in_flight, limit.max_in_flight) {
                (Some(own), Some(asked)) => Some(own.min(asked)),
                (own, asked) => own.or(asked),
            };
            limits = limits.with_api(api.to_owned(), limit);
        }
        for setting in &table.entries {
            if let SettingValue::Table(api) = &setting.value {
                table.check_api(setting, apis)?;
                api.check_keys(&[LIMIT_KEYS])?;
                let limit = api.limit(limits.of(&setting.key))?;
                limits = limits.with_api(setting.key.clone(), limit);
            }
        }
        Ok(limits)
    }

    /// A limit of an API that there is not would be ignored in silence.
    fn check_api(&self, setting: &Setting, apis: &[&str]) -> Result<()> {
        let name = setting.key.as_str();
        if apis.contains(&name) {
            return Ok(());
        }
        let ends_so = |api: &&&str| api.rsplit('/').next() == Some(name);
        let near = apis.iter().find(ends_so).copied();
        let why = match near.or_else(|| nearest(name, apis.iter().copied())) {
            Some(near) => format!("there is no such API; did you mean \"{near}\"?"),
            None => format!("there is no such API; known are {}", apis.join(", ")),
        };
        Err(self.wrong(setting.line, name, &why))
    }

    fn limit(&self, default: &ApiLimit) -> Result<ApiLimit> {
        let mut limit = default.clone();
        if let Some(calls) = self.count("max_in_flight")? {
            limit = limit.with_max_in_flight(calls as usize);
        }
        let rates = [("per_minute", 60), ("per_hour", 3600)];
        for (key, seconds) in rates {
            if let Some(calls) = self.count(key)? {
                let per = Duration::from_secs(seconds);
                limit.windows.retain(|window| window.per() != per);
                limit = limit.with_rate(calls, per);
            }
        }
        Ok(limit)
    }
}
