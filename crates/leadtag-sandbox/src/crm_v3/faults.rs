//! The named faults in this platform's words.
//!
//! It has no tokens, so a bad token is a bad time (1003) or a bad signature (1002). It documents no
//! code for a busy server, a rate limit or an address that is not allowed: these are answered by the
//! statuses 503, 429 and 403 of whatever stands before it, all inferred. There is no such thing as
//! too many calls at once or a conflict of writers, and those faults change nothing.

use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER};
use serde_json::Value;

use super::cursor::Cursor;
use super::envelope::{Refusal, dated, error};
use super::sign::{APP_KEY, header};
use super::{CrmV3, LIST, codes, time};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// How far ahead the clock is that an `expired-token` answer shows.
const AHEAD_SECONDS: i64 = 3_600;

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(crm: &CrmV3, call: &Call, fault: Fault) -> Option<Answer> {
    let now = crm.now();
    let code = match fault {
        Fault::ExpiredToken => {
            let answer = error(&Refusal::new(codes::INVALID_TIMESTAMP));
            return Some(dated(answer, now + AHEAD_SECONDS));
        }
        Fault::RevokedToken | Fault::InvalidTokenForever => codes::INVALID_SIGN,
        Fault::ErrorCode(code) => code,
        Fault::EchoSecrets => return Some(dated(echo_secrets(call), now)),
        Fault::Busy => {
            let busy = gateway(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable");
            return Some(dated(busy, now));
        }
        Fault::RateLimited => {
            let mut limited = gateway(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests");
            let seconds = crm.shared.faults.closed_seconds();
            limited.headers.push((RETRY_AFTER, HeaderValue::from(seconds)));
            return Some(dated(limited, now));
        }
        Fault::IpNotTrusted => {
            return Some(dated(gateway(StatusCode::FORBIDDEN, "Forbidden"), now));
        }
        _ => return None,
    };
    Some(dated(error(&Refusal::new(code)), now))
}

fn gateway(status: StatusCode, text: &'static str) -> Answer {
    Answer::plain(status, "text/plain", text)
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(call: &Call) -> Answer {
    let text = format!(
        "{}: appId={} timestamp={} sign={} appKey={APP_KEY} body={} mobile=19900000001 \
         email=kehu@example.com",
        codes::text(codes::INVALID_SIGN),
        header(call, "appId"),
        header(call, "timestamp"),
        header(call, "sign"),
        String::from_utf8_lossy(&call.body),
    );
    error(&Refusal::because(codes::INVALID_SIGN, text))
}

/// The answer with the fault in it; an error answer passes as it is.
pub(super) fn distort(crm: &CrmV3, call: &Call, fault: Fault, answer: Answer) -> Answer {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else {
        return answer;
    };
    let done = match fault {
        Fault::DuplicateCursor => repeat_cursor(call, &mut body),
        Fault::ShiftingPages if call.api == LIST => shift_pages(crm, &mut body),
        _ => None,
    };
    if done.is_some() { answer.with_body(body.to_string()) } else { answer }
}

fn repeat_cursor(call: &Call, body: &mut Value) -> Option<()> {
    let used = call.cursor()?;
    let data = body.get_mut("data")?.as_object_mut()?;
    data.insert("nextCursor".to_owned(), used.into());
    Some(())
}

/// A lead appears in the second of the page's first row, behind the reader. If a cursor is a
/// position, which nobody has documented, everything moves by one: the last row of this page comes
/// again on the next.
fn shift_pages(crm: &CrmV3, body: &mut Value) -> Option<()> {
    let data = body.get_mut("data")?.as_object_mut()?;
    let place = |row: &Value| {
        let created = time::parse(row.get("createTime")?.as_str()?)?;
        Some((created, row.get("customerId")?.as_i64()?))
    };
    let rows = data.get("list")?.as_array()?;
    let (first, _) = place(rows.first()?)?;
    crm.state().add_somebody(first);
    let one_but_last = place(rows.iter().rev().nth(1)?)?;
    let next = Cursor::parse(data.get("nextCursor")?.as_str()?)?;
    let next = Cursor { after: one_but_last, ..next };
    data.insert("nextCursor".to_owned(), next.text().into());
    Some(())
}
