//! Times as the platform writes them: `yyyy-MM-dd HH:mm:ss`, no zone, taken for UTC+08:00.
//!
//! Moments are seconds since the Unix epoch; those before it can be read and not written.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::date_time;

const BEIJING_SECONDS: i64 = 8 * 3600;

/// 400 years.
const CYCLE_SECONDS: i64 = 146_097 * 86_400;

/// The last second of the year 9999, the last one with a text.
const LAST_SECOND: u64 = 253_402_300_799;

fn moment(seconds: i64) -> SystemTime {
    let seconds = u64::try_from(seconds).unwrap_or_default().min(LAST_SECOND);
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The text of a moment.
pub(super) fn text(seconds: i64) -> String {
    date_time(moment(seconds.saturating_add(BEIJING_SECONDS)))
}

/// Reads what [`text`] writes, and nothing else: neither a date alone nor fractions nor a zone.
pub(super) fn parse(written: &str) -> Option<i64> {
    let (year, rest) = written.split_at_checked(4)?;
    let year: i64 =
        year.bytes().all(|digit| digit.is_ascii_digit()).then(|| year.parse().ok())??;
    // The calendar repeats after 400 years, and a time since the epoch is what can be read.
    let later = 2000 + year % 400;
    let written = format!("{later}{rest}");
    let local = humantime::parse_rfc3339_weak(&written).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let seconds = i64::try_from(local.as_secs()).ok()? - BEIJING_SECONDS;
    (text(seconds) == written).then_some(seconds - (later - year) / 400 * CYCLE_SECONDS)
}

/// The day of a moment: `yyyy-MM-dd`.
pub(super) fn date(seconds: i64) -> String {
    let mut text = text(seconds);
    text.truncate("yyyy-MM-dd".len());
    text
}

/// Whether this is a `yyyy-MM-dd`.
pub(super) fn is_date(written: &str) -> bool {
    parse(&format!("{written} 00:00:00")).is_some()
}

/// The value of a `Date` header.
pub(super) fn http_date(seconds: i64) -> String {
    httpdate::fmt_http_date(moment(seconds))
}
