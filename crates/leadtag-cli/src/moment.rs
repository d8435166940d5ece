//! Moments as they are written on the command line.

use std::time::Duration;

use leadtag::{Clock, PlatformTime, SystemClock, Timestamp, UtcOffset};

/// Reads a moment in RFC 3339, a day or a time without a zone as China time, or a span back from
/// now such as `7d`.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    read(text, SystemClock::new().now()).ok_or_else(|| {
        "it is no moment since 1970; write 2026-01-31T08:00:00Z, a day such as 2026-01-31 (from 00:00 \
         UTC+08:00), or a span back such as 7d or 12h"
            .to_owned()
    })
}

fn read(text: &str, now: Timestamp) -> Option<Timestamp> {
    match span(text) {
        Some(span) => {
            let back = i64::try_from(span.as_secs()).ok()?;
            Timestamp::from_unix_seconds(now.as_unix_seconds() - back)
        }
        None => {
            let read = |offset| PlatformTime::parse(text, offset).instant();
            // The first day began in China before the first moment that there is.
            let first_day = || read(UtcOffset::from_seconds(0)?).map(|_| Timestamp::UNIX_EPOCH);
            read(UtcOffset::CHINA).or_else(first_day)
        }
    }
}

/// Reads a span of time such as `30s` or `5m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    span(text).ok_or_else(|| "it is no span of time; write 30s, 5m or 1h".to_owned())
}

/// Reads `30s`, `45m`, `12h`, `7d` or `2w`.
fn span(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T08:00:00.250Z".parse().unwrap()
    }

    #[test]
    fn a_moment_is_rfc_3339_a_day_in_china_or_a_span_back() {
        for (text, moment) in [
            ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
            ("2026-01-31T08:00:00+08:00", "2026-01-31T00:00:00Z"),
            ("2026-01-31", "2026-01-30T16:00:00Z"),
            ("2026-01-31 08:30", "2026-01-31T00:30:00Z"),
            ("7d", "2026-01-24T08:00:00Z"),
            ("12h", "2026-01-30T20:00:00Z"),
            ("45m", "2026-01-31T07:15:00Z"),
            ("30s", "2026-01-31T07:59:30Z"),
            ("2w", "2026-01-17T08:00:00Z"),
            ("1970-01-01", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text, now()).unwrap().to_string(), moment, "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "d", "-7d", "+7d", "7", "1.5h", "31.1.2026", "999999999999d", "七d"] {
            assert_eq!(read(text, now()), None, "{text}");
        }
    }
}
