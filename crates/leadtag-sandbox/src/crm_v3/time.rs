//! Times as the platform writes them: `yyyy-MM-dd HH:mm:ss`, no zone, taken for UTC+08:00.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::tz::Offset;

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
const BEIJING: Offset = Offset::constant(8);

/// The text of a moment, given in seconds since the Unix epoch.
pub(super) fn text(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds).unwrap_or_default();
    BEIJING.to_datetime(moment).strftime(FORMAT).to_string()
}

/// Reads what [`text`] writes, and nothing else: neither a date alone nor fractions nor a zone.
pub(super) fn parse(written: &str) -> Option<i64> {
    let time = DateTime::strptime(FORMAT, written).ok()?;
    let seconds = BEIJING.to_timestamp(time).ok()?.as_second();
    (text(seconds) == written).then_some(seconds)
}

/// The day of a moment: `yyyy-MM-dd`.
pub(super) fn date(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds).unwrap_or_default();
    BEIJING.to_datetime(moment).date().to_string()
}

/// Whether this is a `yyyy-MM-dd`.
pub(super) fn is_date(written: &str) -> bool {
    Date::strptime("%Y-%m-%d", written).is_ok_and(|date| date.to_string() == written)
}

/// The value of a `Date` header.
pub(super) fn http_date(seconds: i64) -> String {
    let moment = Timestamp::from_second(seconds).unwrap_or_default();
    DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}
