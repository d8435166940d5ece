//! `[tags]` of leadtag.toml, and the flags that win over it.

use std::time::Duration;

use leadtag::{Config, Error};
use leadtag_taxonomy::Limits;

use crate::args::Guards;
use crate::failure::Failure;

const KEYS: &[&str] = &[
    "max_changed_percent",
    "max_deletions",
    "max_contacts",
    "allow_unknown_contacts",
    "settle",
    "lock_wait",
    "max_wait",
];

/// How tags as code work here.
#[derive(Clone, Copy, Debug)]
pub(super) struct TagsSettings {
    pub(super) limits: Limits,
    /// How long a create may still be on its way after a crash.
    pub(super) settle: Duration,
    /// How long a second apply waits for the first one.
    pub(super) lock_wait: Duration,
    /// How long one step waits when the platform is busy.
    pub(super) max_wait: Duration,
}

impl Default for TagsSettings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            settle: Duration::from_secs(3),
            lock_wait: Duration::ZERO,
            max_wait: Duration::from_secs(5 * 60),
        }
    }
}

impl TagsSettings {
    /// Reads the table, and what the command line says instead.
    pub(super) fn read(config: &Config, guards: Option<&Guards>) -> Result<Self, Failure> {
        let mut settings = Self::of(config).map_err(Failure::while_doing(""))?;
        let Some(guards) = guards else { return Ok(settings) };
        let limits = &mut settings.limits;
        limits.max_changed_percent =
            guards.max_changed_percent.unwrap_or(limits.max_changed_percent);
        limits.max_deletions = guards.max_deletions.unwrap_or(limits.max_deletions);
        limits.max_contacts = guards.max_contacts.unwrap_or(limits.max_contacts);
        limits.allow_unknown_contacts |= guards.allow_unknown_contacts;
        Ok(settings)
    }

    fn of(config: &Config) -> Result<Self, Error> {
        let mut settings = Self::default();
        let Some(table) = config.tags() else { return Ok(settings) };
        table.check_keys(&[KEYS])?;
        let limits = &mut settings.limits;
        if let Some(percent) = table.percent("max_changed_percent")? {
            limits.max_changed_percent = percent;
        }
        if let Some(deletions) = table.number("max_deletions")? {
            limits.max_deletions = u32::try_from(deletions).unwrap_or(u32::MAX);
        }
        if let Some(contacts) = table.number("max_contacts")? {
            limits.max_contacts = contacts;
        }
        if let Some(allow) = table.bool("allow_unknown_contacts")? {
            limits.allow_unknown_contacts = allow;
        }
        settings.settle = table.duration_or_zero("settle")?.unwrap_or(settings.settle);
        settings.lock_wait = table.duration_or_zero("lock_wait")?.unwrap_or(settings.lock_wait);
        settings.max_wait = table.duration_or_zero("max_wait")?.unwrap_or(settings.max_wait);
        Ok(settings)
    }
}
