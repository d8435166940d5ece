//! Beschannels' error codes, and what may be done about each.

use leadtag_core::{Answer, Error, ErrorKind, RetryClass, answered_with};

/// What a code means: its kind, what may be done about it automatically, and what to do next.
///
/// Meanings are those of the vendor's page of error codes (doc-2005320, in Chinese only) and of the
/// pages of the endpoints. A code that is not listed here is [`ErrorKind::Platform`] and never
/// retried. No code is documented for a rate limit, and none of its own for an expired token.
///
/// ```
/// use leadtag_core::{ErrorKind, RetryClass};
///
/// let (kind, class, _) = beschannels_leads::classify(2);
/// assert_eq!((kind, class), (ErrorKind::Unauthenticated, RetryClass::TokenRejected));
/// ```
#[must_use]
pub fn classify(code: i64) -> (ErrorKind, RetryClass, Option<&'static str>) {
    let (kind, class) = kind_and_class(code);
    (kind, class, advice(code))
}

fn kind_and_class(code: i64) -> (ErrorKind, RetryClass) {
    use RetryClass::{Busy, Never, TokenRejected};
    match code {
        // Sent again for reads alone: the outcome of a write cannot be looked up.
        -3 => (ErrorKind::Platform, Busy),
        2 => (ErrorKind::Unauthenticated, TokenRejected),
        3 | 1001 => (ErrorKind::PermissionDenied, Never),
        -2 | 10_000..=10_002 | 10_006 | 10_007 | 13_232..=13_234 => {
            (ErrorKind::InvalidArgument, Never)
        }
        30_002 | 30_013..=30_017 => (ErrorKind::InvalidArgument, Never),
        30_001 | 30_004 => (ErrorKind::AlreadyExists, Never),
        30_006 | 30_010 => (ErrorKind::NotFound, Never),
        _ => (ErrorKind::Platform, Never),
    }
}

fn advice(code: i64) -> Option<&'static str> {
    Some(match code {
        -1 => "the platform failed and does not say why; try again later",
        -2 => "there is no such address; check base_url, its path prefix and the path",
        -3 => "the platform failed; try again later",
        1 => "the platform reports an unknown status; try again later",
        2 => "the token was refused twice; check that no other program uses up this app's tokens",
        3 => "the app may not call this interface; have it enabled (接口权限)",
        1000 => "the platform could not handle the request; check its form and its parameters",
        1001 => "the app or the user may not do this; check the data permissions of user_id",
        10_000 => "a required parameter is missing",
        10_001 => "give at least one field to change",
        10_002 => "a parameter has a content that the platform does not take",
        10_006 => "the organisation is missing; it comes with the token, so check app_id",
        10_007 => "user_id is missing: the id of a system user, from personal settings → user ID",
        13_232 => "an id of a lead was not found",
        13_233 => "at most 100 ids in one call",
        13_234 => "at most 50 per page",
        30_001 => "the behaviour is registered already",
        30_002 => "is_sizer or display_name of the behaviour is wrong",
        30_003 => "the behaviour could not be registered",
        30_004 => "the target type exists already",
        30_005 => "the class of the target type could not be written",
        30_006 => "the behaviour that is linked does not exist",
        30_007 => "the behaviour could not be linked",
        30_008 => "the target type of the first level could not be written",
        30_009 => "the target type of the second level could not be written",
        30_010 => "the target type that is linked does not exist",
        30_011 => "the target type could not be linked",
        30_012 => "the behaviour could not be added",
        30_013 => "the source of the behaviour is wrong",
        30_014 => "the behaviour is not valid",
        30_015..=30_017 => "the target type is not valid",
        _ => return None,
    })
}

/// Whether a code says something about what was sent, rather than about the platform's own state.
pub(crate) fn is_about_the_call(code: i64) -> bool {
    !matches!(code, -3..=1)
}

/// The error that an answer with this code and these words stands for.
pub(crate) fn answered(code: i64, message: &str, answer: &Answer) -> Error {
    let (kind, class, advice) = classify(code);
    let error = Error::new(kind, "").with_retry_class(class).with_platform_answer(code, message);
    let error = answered_with(answer, error);
    match advice {
        Some(advice) => error.with_advice(advice),
        None => error,
    }
}
