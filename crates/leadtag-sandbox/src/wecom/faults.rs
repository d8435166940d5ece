//! The named faults in WeCom's words.

use super::apps::secret_of;
use super::envelope::{OK_MEMBERS, Refusal};
use super::{Wecom, codes};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// An address of the documentation range, unlike any a caller could have.
const UNTRUSTED_IP: &str = "203.0.113.7";

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(wecom: &Wecom, call: &Call, fault: Fault) -> Option<Answer> {
    let code = match fault {
        Fault::ExpiredToken => {
            wecom.state().apps.expire(Some(call.param("access_token").unwrap_or_default()));
            codes::EXPIRED_TOKEN
        }
        Fault::RevokedToken => {
            wecom.state().apps.revoke(Some(call.param("access_token").unwrap_or_default()));
            codes::INVALID_TOKEN
        }
        Fault::InvalidTokenForever => codes::INVALID_TOKEN,
        Fault::Busy => codes::BUSY,
        Fault::RateLimited => codes::RATE_LIMITED,
        Fault::Concurrency => codes::CONCURRENCY,
        Fault::DataConflict => codes::DATA_CONFLICT,
        Fault::IpNotTrusted => {
            let refusal = Refusal::new(codes::IP_NOT_TRUSTED);
            return Some(wecom.error_from(call, &refusal, UNTRUSTED_IP));
        }
        Fault::EchoSecrets => return Some(echo_secrets(wecom, call)),
        Fault::ErrorCode(code) => code,
        _ => return None,
    };
    Some(wecom.error(call, &Refusal::new(code)))
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(wecom: &Wecom, call: &Call) -> Answer {
    let state = wecom.state();
    let token = call.param("access_token");
    let app = state.apps.app_of(token, wecom.shared.clock.now()).ok();
    let secret = call.param("corpsecret").unwrap_or_else(|| secret_of(app));
    let customer = state.company.customer(0);
    drop(state);
    let text = format!(
        "invalid argument, access_token={} corpsecret={secret} query={} mobile={} email={}",
        token.unwrap_or_default(),
        call.raw_query,
        customer.mobile,
        customer.email
    );
    wecom.error(call, &Refusal::because(codes::INVALID_JSON, text))
}

/// The answer with the fault in its envelope; an error answer passes as it is, except that any
/// answer can repeat a cursor.
pub(super) fn distort(call: &Call, fault: Fault, answer: Answer) -> Answer {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let changed = match fault {
        // "Some calls omit errcode on success" (WeCom docs, page 90664).
        Fault::MissingErrcode => {
            let with_comma = format!("{{{OK_MEMBERS},");
            match text.strip_prefix(&with_comma) {
                Some(rest) => format!("{{{rest}"),
                None => text.replacen(OK_MEMBERS, "", 1),
            }
        }
        Fault::JsonWarning => {
            let warning = "\"errcode\":0,\"errmsg\":\"ok, Warning: wrong json format. \"";
            text.replacen(OK_MEMBERS, warning, 1)
        }
        Fault::DuplicateCursor => repeat_cursor(call, text),
        _ => return answer,
    };
    answer.with_body(changed)
}

fn repeat_cursor(call: &Call, text: String) -> String {
    let Some(used) = call.cursor() else {
        return text;
    };
    let Ok(mut body) = serde_json::from_str::<serde_json::Value>(&text) else {
        return text;
    };
    if let Some(members) = body.as_object_mut() {
        members.insert("next_cursor".to_owned(), used.into());
    }
    body.to_string()
}
