//! The platform's error codes, and what may be done about each.

use leadtag_core::doctor::DateNote;
use leadtag_core::{Answer, Error, ErrorKind, RetryClass, Timestamp, answered_with};

/// The signature is wrong.
const WRONG_SIGN: i64 = 1002;
/// The timestamp is too far from the platform's time.
pub(crate) const WRONG_TIME: i64 = 1003;
/// The mobile is taken.
const MOBILE_TAKEN: i64 = 40417;

/// What a code means: its kind, what may be done about it automatically, and what to do next.
///
/// Known are three codes, from a single public client. Any other code is
/// [`ErrorKind::Platform`]. None is ever retried.
///
/// ```
/// use leadtag_core::{ErrorKind, RetryClass};
///
/// let (kind, class, _) = crm_v3::classify(40417);
/// assert_eq!((kind, class), (ErrorKind::AlreadyExists, RetryClass::Never));
/// ```
#[must_use]
pub fn classify(code: i64) -> (ErrorKind, RetryClass, Option<&'static str>) {
    let (kind, advice) = match code {
        WRONG_SIGN => (
            ErrorKind::Unauthenticated,
            Some("check app_id and app_key; nothing between here and there may change the body"),
        ),
        WRONG_TIME => {
            (ErrorKind::Unauthenticated, Some("set the clock of this machine, best by NTP"))
        }
        MOBILE_TAKEN => (
            ErrorKind::AlreadyExists,
            Some("a lead or customer with this mobile exists; change that one"),
        ),
        _ => (ErrorKind::Platform, None),
    };
    (kind, RetryClass::Never, advice)
}

/// The error that an answer with this code and these words stands for.
pub(crate) fn answered(code: i64, message: &str, answer: &Answer, now: Timestamp) -> Error {
    let (kind, class, advice) = classify(code);
    let what = if code == WRONG_TIME { skew(answer, now) } else { String::new() };
    let error = Error::new(kind, what)
        .with_retry_class(class)
        .with_platform_answer(code, &without_signatures(message));
    let error = answered_with(answer, error);
    match advice {
        Some(advice) => error.with_advice(advice),
        None => error,
    }
}

/// The words without what may be a signature: it is good for one body, but anybody may send it.
fn without_signatures(words: &str) -> String {
    const DIGITS: usize = 64;
    let is_other = |c: char| !c.is_ascii_hexdigit();
    let runs = words.split_inclusive(is_other).map(|run| match run.trim_end_matches(is_other) {
        digits if digits.len() >= DIGITS => ["[hidden]", &run[digits.len()..]].concat(),
        _ => run.to_owned(),
    });
    runs.collect()
}

/// How far the local clock is from the one in the answer's head.
fn skew(answer: &Answer, now: Timestamp) -> String {
    let note = DateNote::default();
    note.take(answer);
    let Some(date) = note.told() else {
        return "the answer has no Date header to compare the local clock with".to_owned();
    };
    match (now.since(date).as_secs(), date.since(now).as_secs()) {
        (0, 0) => "the local clock agrees with the answer's Date header".to_owned(),
        (0, behind) => format!("the local clock is {behind} s behind the answer's Date header"),
        (ahead, _) => format!("the local clock is {ahead} s ahead of the answer's Date header"),
    }
}
