//! Moments, the clock that reads them, and the times that platforms write.

use std::fmt;
use std::future::poll_fn;
use std::str::FromStr;
use std::sync::LazyLock;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// A moment, in UTC. Displays and serialises as RFC 3339 with `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The moment `seconds` after the Unix epoch; `None` outside of the years -9999 to 9999.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        jiff::Timestamp::from_second(seconds).ok().map(Self)
    }

    /// The moment `millis` milliseconds after the Unix epoch; `None` outside of the years -9999
    /// to 9999.
    #[must_use]
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        jiff::Timestamp::from_millisecond(millis).ok().map(Self)
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn as_unix_seconds(&self) -> i64 {
        self.0.as_second()
    }

    /// Whole milliseconds since the Unix epoch.
    #[must_use]
    pub fn as_unix_millis(&self) -> i64 {
        self.0.as_millisecond()
    }

    /// This moment and `span` later, at most the last one that can be expressed.
    #[must_use]
    pub fn saturating_add(&self, span: Duration) -> Self {
        Self(self.0.checked_add(span).unwrap_or(jiff::Timestamp::MAX))
    }

    /// The span since `earlier`; zero if `earlier` is not earlier.
    #[must_use]
    pub fn since(&self, earlier: Self) -> Duration {
        Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or_default()
    }

    /// The local time at `offset`, as platforms without zones write it: `2026-01-31 16:00:00`.
    /// A fraction of a second is cut off.
    #[must_use]
    pub fn to_local_text(&self, offset: UtcOffset) -> String {
        offset.to_jiff().to_datetime(self.0).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Reads an HTTP date, as in the header `Date`.
    #[must_use]
    pub fn from_http_date(text: &str) -> Option<Self> {
        jiff::fmt::rfc2822::parse(text).ok().map(|zoned| Self(zoned.timestamp()))
    }

    fn now() -> Self {
        Self(jiff::Timestamp::now())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Reads RFC 3339, such as `2026-01-31T08:00:00Z` or `2026-01-31T16:00:00+08:00`.
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| {
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

    fn to_jiff(self) -> jiff::tz::Offset {
        jiff::tz::Offset::from_seconds(self.0).unwrap_or(jiff::tz::Offset::UTC)
    }
}

impl FromStr for UtcOffset {
    type Err = Error;

    /// Reads `+08:00`, `-03:30` or `Z`.
    fn from_str(text: &str) -> Result<Self> {
        let seconds = || {
            let (sign, rest) = match text.split_at_checked(1)? {
                ("+", rest) => (1, rest),
                ("-", rest) => (-1, rest),
                ("Z", "") => return Some(0),
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':')?;
            let two_digits = |part: &str| -> Option<i32> {
                let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
                part.parse().ok().filter(|_| digits)
            };
            let minutes = two_digits(minutes).filter(|minutes| *minutes < 60)?;
            Some(sign * (two_digits(hours)? * 3600 + minutes * 60))
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
        let zoned = || text.parse::<jiff::Timestamp>().ok();
        let naive = || {
            let local: jiff::civil::DateTime = text.parse().ok()?;
            offset.to_jiff().to_timestamp(local).ok()
        };
        Self { instant: zoned().or_else(naive).map(Timestamp), text: text.to_owned() }
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
    fn a_text_that_is_no_time_is_kept() {
        let time = PlatformTime::parse("yesterday", UtcOffset::CHINA);
        assert_eq!((time.instant(), time.text()), (None, "yesterday"));
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
        let before = "1969-12-31T23:59:59.5Z".parse::<Timestamp>().unwrap();
        assert_eq!(before.to_local_text("Z".parse().unwrap()), "1969-12-31 23:59:59");
        let back = PlatformTime::parse("2026-02-01 00:00:00", UtcOffset::CHINA);
        assert_eq!(back.instant().unwrap().as_unix_seconds(), time.as_unix_seconds());
    }

    #[test]
    fn an_offset_is_read_in_one_form_only() {
        assert_eq!("+08:00".parse::<UtcOffset>().unwrap(), UtcOffset::CHINA);
        for wrong in ["", "8", "+8:00", "08:00", "+08:60", "+24:00", "+0800", "+08:0x", "时"] {
            assert!(wrong.parse::<UtcOffset>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_http_date_is_read() {
        let date = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(date.as_unix_seconds(), 784_111_777);
    }
}
