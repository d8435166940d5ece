//! Moments, the clock that reads them, and the times that platforms write.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::str::FromStr;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// A moment from 1970 to the end of 9999, in UTC, to the microsecond. Displays and serialises as
/// RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

/// The last microsecond of the year 9999.
const LAST: u64 = 253_402_300_799_999_999;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// The moment `seconds` after the Unix epoch; `None` before it and after the year 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        Self::from_micros(seconds.checked_mul(1_000_000)?)
    }

    /// The moment `millis` milliseconds after the Unix epoch; `None` before it and after the year
    /// 9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        Self::from_micros(millis.checked_mul(1_000)?)
    }

    fn from_micros(micros: i64) -> Option<Self> {
        u64::try_from(micros).ok().filter(|micros| *micros <= LAST).map(Self)
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn as_unix_seconds(&self) -> i64 {
        (self.0 / 1_000_000).cast_signed()
    }

    /// Whole milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_unix_millis(&self) -> i64 {
        (self.0 / 1_000).cast_signed()
    }

    /// Microseconds since 1970-01-01T00:00:00Z: all that it knows.
    #[must_use]
    pub fn as_unix_micros(&self) -> i64 {
        self.0.cast_signed()
    }

    /// This moment and `span` later, at most the last one that can be expressed.
    #[must_use]
    pub fn saturating_add(&self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(LAST);
        Self(self.0.saturating_add(micros).min(LAST))
    }

    /// The span since `earlier`; zero if `earlier` is not earlier.
    #[must_use]
    pub fn since(&self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The local time at `offset`, as platforms without zones write it: `2026-01-31 16:00:00`.
    /// A fraction of a second is cut off. Stays between 1970 and 9999.
    #[must_use]
    pub fn to_local_text(&self, offset: UtcOffset) -> String {
        let micros = self.0.saturating_add_signed(i64::from(offset.0) * 1_000_000).min(LAST);
        let text = Self(micros - micros % 1_000_000).to_string();
        text.trim_end_matches('Z').replace('T', " ")
    }

    /// Reads an HTTP date, as in the header `Date`: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110).
    #[must_use]
    pub fn from_http_date(text: &str) -> Option<Self> {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (_, date) = text.split_once(", ")?;
        let parts: Vec<&str> = date.split(' ').collect();
        let [day, month, year, time, "GMT"] = parts[..] else { return None };
        let month = 1 + MONTHS.iter().position(|name| *name == month)?;
        Self::from_utc(&format!("{year}-{month:02}-{day} {time}"))
    }

    /// Reads a time without a zone as UTC; seconds, and the whole time of day, may be missing.
    fn from_utc(text: &str) -> Option<Self> {
        let whole: Cow<'_, str> = match text.len() {
            10 => format!("{text} 00:00:00").into(),
            16 => format!("{text}:00").into(),
            _ => text.into(),
        };
        let time = humantime::parse_rfc3339_weak(&whole).ok()?;
        let micros = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_micros();
        Self::from_micros(i64::try_from(micros).ok()?)
    }

    /// Reads a time that says what zone it is in: `Z`, or an offset such as `+08:00`.
    fn from_zoned(text: &str) -> Option<Self> {
        let (local, offset) = match text.strip_suffix(['Z', 'z']) {
            Some(local) => (local, UtcOffset(0)),
            None => {
                // Not the dashes of the date.
                let at = 10 + text.get(10..)?.find(['+', '-'])?;
                (text.get(..at)?, text.get(at..)?.parse().ok()?)
            }
        };
        Self::from_local(local, offset)
    }

    /// Reads a time without a zone as local time at `offset`.
    fn from_local(text: &str, offset: UtcOffset) -> Option<Self> {
        let micros = Self::from_utc(text)?.0.cast_signed() - i64::from(offset.0) * 1_000_000;
        Self::from_micros(micros)
    }

    fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Self::UNIX_EPOCH.saturating_add(since_epoch.unwrap_or_default())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(self.0);
        let written = match self.0 {
            micros if micros % 1_000_000 == 0 => humantime::format_rfc3339_seconds(time),
            micros if micros % 1_000 == 0 => humantime::format_rfc3339_millis(time),
            _ => humantime::format_rfc3339_micros(time),
        };
        fmt::Display::fmt(&written, f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, such as `2026-01-31T08:00:00Z` or `2026-01-31T16:00:00+08:00`.
    fn from_str(text: &str) -> Result<Self> {
        Self::from_zoned(text).ok_or_else(|| {
            Error::invalid_argument(format!(
                "{text:?} is not a time; write it as 2026-01-31T08:00:00Z or with an offset"
            ))
        })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The distance of a platform's local time from UTC. Default: +08:00, China Standard Time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UtcOffset(i32);

impl UtcOffset {
    /// China Standard Time, +08:00.
    pub const CHINA: Self = Self(8 * 3600);

    /// An offset in seconds east of UTC; `None` beyond a day.
    #[must_use]
    pub const fn from_seconds(seconds: i32) -> Option<Self> {
        if seconds.unsigned_abs() < 24 * 3600 { Some(Self(seconds)) } else { None }
    }

    /// Seconds east of UTC.
    #[must_use]
    pub const fn as_seconds(self) -> i32 {
        self.0
    }
}

impl FromStr for UtcOffset {
    type Err = Error;

    /// Reads `+08:00`, `-0330` or `Z`.
    fn from_str(text: &str) -> Result<Self> {
        let seconds = || {
            let (sign, rest) = match text.split_at_checked(1)? {
                ("+", rest) => (1, rest),
                ("-", rest) => (-1, rest),
                ("Z", "") => return Some(0),
                _ => return None,
            };
            let digits = match rest.split_at_checked(2)? {
                (hours, minutes) if minutes.starts_with(':') => [hours, &minutes[1..]].concat(),
                _ => rest.to_owned(),
            };
            if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let number: i32 = digits.parse().ok()?;
            let (hours, minutes) = (number / 100, number % 100);
            (minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
        };
        seconds().and_then(Self::from_seconds).ok_or_else(|| {
            Error::invalid_argument(format!("{text:?} is no offset from UTC; write it as +08:00"))
        })
    }
}

impl Default for UtcOffset {
    fn default() -> Self {
        Self::CHINA
    }
}

/// A time as a platform wrote it: the text, and the moment if the text can be read.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlatformTime {
    instant: Option<Timestamp>,
    text: String,
}

impl PlatformTime {
    /// Reads a time without a zone, such as `2026-01-31 16:00:00`, with or without a fraction, as
    /// local time at `offset`. A time that carries a zone keeps it. A text that is no time is
    /// kept, without a moment.
    #[must_use]
    pub fn parse(text: &str, offset: UtcOffset) -> Self {
        let instant = Timestamp::from_zoned(text).or_else(|| Timestamp::from_local(text, offset));
        Self { instant, text: text.to_owned() }
    }

    /// A time that came as seconds since the Unix epoch.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self { instant: Timestamp::from_unix_seconds(seconds), text: seconds.to_string() }
    }

    /// The moment, if the text could be read.
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        self.instant
    }

    /// The text as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PlatformTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instant {
            Some(instant) => write!(f, "{instant} ({:?})", self.text),
            None => write!(f, "unread ({:?})", self.text),
        }
    }
}

/// Reads the time and waits. Everything in the pipeline that depends on time goes through it, so
/// that a test can turn the clock by hand.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; never runs backwards.
    fn monotonic(&self) -> Duration;

    /// Completes when `span` has passed.
    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()>;
}

/// The clock of this machine. Needs a tokio runtime with timers.
///
/// All of them in a program count their monotonic time from the same moment, so that a limiter may
/// be shared between clients that were built with clocks of their own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock(());

impl SystemClock {
    /// The clock of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self(())
    }
}

static ORIGIN: LazyLock<tokio::time::Instant> = LazyLock::new(tokio::time::Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        ORIGIN.elapsed()
    }

    fn sleep(&self, span: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(span))
    }
}

/// A wait that ended before the work did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed;

/// Runs `work` for at most `span`. The timer is made when the work first has to wait: most does not.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    span: Duration,
    work: impl Future<Output = T>,
) -> Result<T, Elapsed> {
    let mut work = std::pin::pin!(work);
    let mut timer = None;
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let timer = timer.get_or_insert_with(|| clock.sleep(span));
        timer.as_mut().poll(context).map(|()| Err(Elapsed))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn naive_platform_times_are_china_time_and_keep_their_text() {
        let time = PlatformTime::parse("2024-01-01 08:00:00", UtcOffset::CHINA);
        assert_eq!(time.instant().unwrap().to_string(), "2024-01-01T00:00:00Z");
        assert_eq!(time.text(), "2024-01-01 08:00:00");
        let fraction = PlatformTime::parse("2024-01-01 10:05:03.407454", UtcOffset::CHINA);
        assert_eq!(fraction.instant().unwrap().to_string(), "2024-01-01T02:05:03.407454Z");
        let zoned = PlatformTime::parse("2024-01-01T00:00:00Z", UtcOffset::CHINA);
        assert_eq!(zoned.instant().unwrap().as_unix_seconds(), 1_704_067_200);
    }

    #[test]
    fn a_time_of_day_may_be_missing_and_an_offset_is_kept() {
        for (text, moment) in [
            ("2024-01-01", "2023-12-31T16:00:00Z"),
            ("2024-01-01 08:30", "2024-01-01T00:30:00Z"),
            ("2024-01-01T08:00:00+05:30", "2024-01-01T02:30:00Z"),
            ("2024-01-01 08:00:00-0330", "2024-01-01T11:30:00Z"),
            ("2024-02-29 23:59:59.5", "2024-02-29T15:59:59.500Z"),
            ("9999-12-31 23:59:59", "9999-12-31T15:59:59Z"),
        ] {
            let instant = PlatformTime::parse(text, UtcOffset::CHINA).instant();
            assert_eq!(instant.unwrap().to_string(), moment, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_time_is_kept() {
        for text in [
            "yesterday",
            "",
            "0000-00-00 00:00:00",
            "2023-02-29",
            "2024-13-01 00:00:00",
            "2024-01-01 25:00:00",
            "1970-01-01 00:00:00",
            "2024-01-01T08:00:00+25:00",
            "时间戳一二三",
            "2024-01-01T08:00:00+é:00",
        ] {
            let time = PlatformTime::parse(text, UtcOffset::CHINA);
            assert_eq!((time.instant(), time.text()), (None, text));
        }
    }

    #[test]
    fn moments_stay_between_1970_and_9999() {
        assert_eq!(Timestamp::from_unix_seconds(-1), None);
        assert_eq!(Timestamp::from_unix_millis(i64::MAX), None);
        let last = Timestamp::UNIX_EPOCH.saturating_add(Duration::MAX);
        assert_eq!(last.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(last.to_string().parse::<Timestamp>().unwrap(), last);
    }

    #[test]
    fn timestamps_are_written_in_utc() {
        let time: Timestamp = "2026-01-31T16:00:00+08:00".parse().unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), r#""2026-01-31T08:00:00Z""#);
        assert!("31.1.2026".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_moment_is_written_in_the_platforms_local_time() {
        let time: Timestamp = "2026-01-31T16:00:00.9Z".parse().unwrap();
        assert_eq!(time.to_local_text(UtcOffset::CHINA), "2026-02-01 00:00:00");
        assert_eq!(time.to_local_text("-03:30".parse().unwrap()), "2026-01-31 12:30:00");
        let first = Timestamp::UNIX_EPOCH.to_local_text("-03:30".parse().unwrap());
        assert_eq!(first, "1970-01-01 00:00:00");
        let back = PlatformTime::parse("2026-02-01 00:00:00", UtcOffset::CHINA);
        assert_eq!(back.instant().unwrap().as_unix_seconds(), time.as_unix_seconds());
    }

    #[test]
    fn an_offset_has_a_sign_hours_and_minutes() {
        for china in ["+08:00", "+0800"] {
            assert_eq!(china.parse::<UtcOffset>().unwrap(), UtcOffset::CHINA);
        }
        for wrong in
            ["", "8", "+8:00", "08:00", "+08:60", "+24:00", "+080:0", "+800", "+08:0x", "时"]
        {
            assert!(wrong.parse::<UtcOffset>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_http_date_is_read() {
        let date = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(date.as_unix_seconds(), 784_111_777);
    }
}
