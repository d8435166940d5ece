//! What can be said of an answer that the platform did not write.

use std::time::Duration;

use crate::{Answer, Error, ErrorKind, RetryClass, Sent, Timestamp};

/// The error for an answer that did not come from the platform: HTML of a gateway, an empty or a
/// truncated body, bytes that are not UTF-8. Nothing of the body is repeated.
#[must_use]
pub fn foreign_answer(answer: &Answer, problem: Option<&serde_json::Error>) -> Error {
    let status = answer.status;
    if status == http::StatusCode::TOO_MANY_REQUESTS {
        let error = Error::new(ErrorKind::RateLimited, "a gateway refused the call")
            .with_retry_class(RetryClass::Throttled)
            .with_sent(Sent::Maybe)
            .with_http_status(status);
        return told_to_wait(answer, error);
    }
    if status.is_server_error() {
        let error = Error::new(ErrorKind::Transport, "a gateway answered in place of the platform")
            .with_retry_class(RetryClass::Transport)
            .with_sent(Sent::Maybe)
            .with_http_status(status);
        return told_to_wait(answer, error);
    }
    if status.is_redirection() || status.is_client_error() {
        return Error::new(ErrorKind::Transport, "something other than the platform answered")
            .with_sent(Sent::Maybe)
            .with_http_status(status)
            .with_advice("check base_url and its path prefix; redirects are not followed");
    }
    let length = answer.body.len();
    let message = match problem {
        _ if length == 0 => "the body is empty".to_owned(),
        Some(problem) => {
            use serde_json::error::Category;
            let no_text = std::str::from_utf8(&answer.body).err();
            let what = match (no_text.map(|error| error.error_len()), problem.classify()) {
                (Some(Some(_)), _) => "the body is not UTF-8",
                // Within a character, or not.
                (Some(None), _) | (None, Category::Eof) => "the JSON ends too early",
                (None, Category::Syntax) => "the body is not the JSON that was expected",
                (None, Category::Data | Category::Io) => {
                    "the JSON has a value of another kind than documented"
                }
            };
            match (problem.line(), problem.column()) {
                (0, _) => format!("{what}; it has {length} bytes"),
                (line, column) => {
                    format!("{what}, at line {line} column {column} of {length} bytes")
                }
            }
        }
        None => format!("{length} bytes that are no answer of the platform"),
    };
    Error::new(ErrorKind::Decode, message).with_sent(Sent::Yes).with_http_status(status)
}

/// The error that the platform reports in an answer, with what the status of the answer says besides:
/// 429 is too many calls, unless the platform's code says something else in particular. A code that
/// nobody knows is never a reason to send again, not even with 5xx: what it did is not known.
#[must_use]
pub fn answered_with(answer: &Answer, error: Error) -> Error {
    let error = error.with_http_status(answer.status);
    let says_nothing =
        error.kind() == ErrorKind::Platform && error.retry_class() == RetryClass::Never;
    if answer.status != http::StatusCode::TOO_MANY_REQUESTS || !says_nothing {
        return error;
    }
    let error = error.with_kind(ErrorKind::RateLimited).with_retry_class(RetryClass::Throttled);
    told_to_wait(answer, error)
}

/// The longest wait that a gateway may ask for: a quota of a day is back by then. After it the platform
/// is asked again.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// The error with the wait of the header `Retry-After`, if it has one: in seconds, or as a date, which
/// is compared with that of the answer. None at all is no wait: whoever went on at once would be
/// refused again and again.
fn told_to_wait(answer: &Answer, error: Error) -> Error {
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    let date = |text: &str| Timestamp::from_http_date(text.trim());
    let wait = header(http::header::RETRY_AFTER).and_then(|said| {
        let seconds = said.trim().parse().ok().map(Duration::from_secs);
        seconds.or_else(|| Some(date(said)?.since(date(header(http::header::DATE)?)?)))
    });
    match wait {
        Some(wait) if !wait.is_zero() => error.with_retry_after(wait.min(LONGEST_WAIT)),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};

    use super::*;

    fn answer(status: StatusCode, retry_after: Option<&'static str>) -> Answer {
        let mut headers = HeaderMap::new();
        if let Some(wait) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(wait));
        }
        Answer { status, headers, body: Bytes::new() }
    }

    #[test]
    fn too_many_calls_are_a_rate_limit_unless_the_code_says_something_else() {
        let busy = answer(StatusCode::TOO_MANY_REQUESTS, Some("7"));
        let unknown = Error::new(ErrorKind::Platform, "");
        let error = answered_with(&busy, unknown.clone());
        assert_eq!(
            (error.kind(), error.retry_class(), error.retry_after()),
            (ErrorKind::RateLimited, RetryClass::Throttled, Some(Duration::from_secs(7)))
        );
        let refused = Error::new(ErrorKind::PermissionDenied, "");
        assert_eq!(answered_with(&busy, refused).kind(), ErrorKind::PermissionDenied);
        let error = answered_with(&answer(StatusCode::BAD_REQUEST, None), unknown);
        assert_eq!((error.kind(), error.http_status()), (ErrorKind::Platform, Some(400)));
        assert_eq!(error.retry_class(), RetryClass::Never);
    }

    #[test]
    fn a_code_is_never_sent_again_because_of_its_status() {
        let down = answer(StatusCode::SERVICE_UNAVAILABLE, Some("3"));
        for kind in [ErrorKind::Platform, ErrorKind::InvalidArgument] {
            let error = answered_with(&down, Error::new(kind, ""));
            assert_eq!((error.kind(), error.retry_class()), (kind, RetryClass::Never));
            assert_eq!((error.http_status(), error.retry_after()), (Some(503), None));
        }
        let busy = Error::new(ErrorKind::Platform, "").with_retry_class(RetryClass::Busy);
        assert_eq!(answered_with(&down, busy).retry_class(), RetryClass::Busy);
    }

    #[test]
    fn a_wait_may_end_at_a_date() {
        let at = |date: Option<&'static str>, said| {
            let mut answer = answer(StatusCode::TOO_MANY_REQUESTS, Some(said));
            if let Some(date) = date {
                answer.headers.insert(http::header::DATE, HeaderValue::from_static(date));
            }
            foreign_answer(&answer, None).retry_after()
        };
        let now = Some("Sun, 22 Nov 2026 12:00:00 GMT");
        let later = "Sun, 22 Nov 2026 12:00:45 GMT";
        assert_eq!(at(now, later), Some(Duration::from_secs(45)));
        assert_eq!(at(now, "Fri, 27 Nov 2026 12:00:00 GMT"), Some(LONGEST_WAIT));
        // What is past is no wait, and without a date nobody knows how long it is.
        assert_eq!(at(now, "Sun, 22 Nov 2026 11:59:00 GMT"), None);
        assert_eq!(at(None, later), None);
    }

    #[test]
    fn no_wait_at_all_is_not_said() {
        for (said, wait) in [("0", None), ("1", Some(1)), ("soon", None), ("-1", None)] {
            let error = foreign_answer(&answer(StatusCode::TOO_MANY_REQUESTS, Some(said)), None);
            assert_eq!(error.retry_after(), wait.map(Duration::from_secs), "{said}");
        }
    }
}
