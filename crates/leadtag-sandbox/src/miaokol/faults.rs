//! The named faults in Miaokol's words.
//!
//! It has no code for "busy": that is 1001, whose meaning is left to the message. It has none
//! either for too many calls at once or for concurrent writers, and no cursors.

use super::envelope::{self, OK_MEMBER, Refusal};
use super::params::Params;
use super::tokens::{APP_ID, APP_SECRET};
use super::{Miaokol, TAG_LIST, codes};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// An address of the documentation range, unlike any a caller could have.
const UNTRUSTED_IP: &str = "203.0.113.7";

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(miaokol: &Miaokol, call: &Call, fault: Fault) -> Option<Answer> {
    let refusal = match fault {
        Fault::ExpiredToken => {
            miaokol.state().tokens.expire(Some(&token_of(call)));
            Refusal::new(codes::EXPIRED_TOKEN)
        }
        Fault::RevokedToken => {
            miaokol.state().tokens.revoke(Some(&token_of(call)));
            Refusal::new(codes::WRONG_TOKEN)
        }
        Fault::InvalidTokenForever => Refusal::new(codes::WRONG_TOKEN),
        Fault::Busy => Refusal::new(codes::BASE_SERVICE),
        Fault::RateLimited => Refusal::new(codes::RATE_LIMITED),
        Fault::IpNotTrusted => {
            let text = format!("{}: {UNTRUSTED_IP}", codes::text(codes::IP_NOT_ALLOWED));
            Refusal::because(codes::IP_NOT_ALLOWED, text)
        }
        Fault::EchoSecrets => echo_secrets(call),
        Fault::ErrorCode(code) => Refusal::new(code),
        _ => return None,
    };
    Some(envelope::error(&refusal))
}

fn token_of(call: &Call) -> String {
    text_of(call, "access_token").unwrap_or_default()
}

fn text_of(call: &Call, name: &str) -> Option<String> {
    Params::read(call).ok()?.text(name).ok()?.map(str::to_owned)
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(call: &Call) -> Refusal {
    let secret = text_of(call, "app_secret");
    let text = format!(
        "参数错误: app_id={APP_ID} access_token={} app_secret={} query={} body={} \
         mobile=19900000000 email=kehu0000@example.com",
        token_of(call),
        secret.as_deref().unwrap_or(APP_SECRET),
        call.raw_query,
        String::from_utf8_lossy(&call.body),
    );
    Refusal::because(codes::WRONG_PARAMETER, text)
}

/// The answer with the fault in it; an error answer passes as it is.
pub(super) fn distort(miaokol: &Miaokol, call: &Call, fault: Fault, answer: Answer) -> Answer {
    match fault {
        Fault::MissingErrcode => {
            let text = String::from_utf8_lossy(&answer.body);
            let bare = text.strip_suffix(OK_MEMBER).map(|start| format!("{start}}}"));
            match bare {
                Some(bare) => answer.with_body(bare),
                None => answer,
            }
        }
        Fault::ShiftingPages if call.api == TAG_LIST => {
            // The newest group comes first: every row of the later pages moves on by one.
            let now = miaokol.shared.clock.now();
            miaokol.state().library.add_group("别人新建的分组", now);
            answer
        }
        _ => answer,
    }
}
