//! The named faults in Miaokol's words.
//!
//! There is no word for a server that is busy: 1001, an error of the base service, stands for it.
//! There is none either for too many calls at once or a conflict of writers: those faults leave a
//! call alone, as do the two of WeCom's envelope.

use super::envelope::{self, Refusal};
use super::params::Params;
use super::tags::New;
use super::tokens::APP_SECRET;
use super::{LIST, Miaokol, codes, people};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(miaokol: &Miaokol, call: &Call, fault: Fault) -> Option<Answer> {
    let code = match fault {
        Fault::ExpiredToken => {
            miaokol.state().tokens.expire(Some(&presented_token(call)));
            codes::EXPIRED_TOKEN
        }
        Fault::RevokedToken => {
            miaokol.state().tokens.revoke(Some(&presented_token(call)));
            codes::WRONG_TOKEN
        }
        Fault::InvalidTokenForever => codes::WRONG_TOKEN,
        Fault::Busy => codes::BASE_SERVICE,
        Fault::RateLimited => codes::RATE_LIMITED,
        Fault::IpNotTrusted => codes::IP_NOT_ALLOWED,
        Fault::ErrorCode(code) => code,
        Fault::EchoSecrets => return Some(echo_secrets(call)),
        _ => return None,
    };
    Some(envelope::error(&Refusal::new(code)))
}

/// What a fault does behind a call that has been processed: a new group at the top of the list
/// just read, so that every row of the next page has moved.
pub(super) fn distort(miaokol: &Miaokol, call: &Call, fault: Fault) {
    if fault != Fault::ShiftingPages || call.api != LIST {
        return;
    }
    let now = miaokol.shared.clock.now();
    let mut state = miaokol.state();
    let sort = state.tags.groups().first().map_or(1, |group| group.sort + 1);
    state.tags.make(New { name: "新分组", parent: None, sort }, now);
}

fn presented_token(call: &Call) -> String {
    let params = Params::read(call).ok();
    let token = params.as_ref().and_then(|params| params.text("access_token").ok()).flatten();
    token.unwrap_or_default().to_owned()
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(call: &Call) -> Answer {
    let text = format!(
        "access_token={} app_secret={APP_SECRET} query={} body={} wxid={} mobile=19900000000 \
         email=kehu0000@example.com",
        presented_token(call),
        call.raw_query,
        String::from_utf8_lossy(&call.body),
        people::contact_wxid(0),
    );
    envelope::error(&Refusal::about(codes::BAD_PARAMETER, &text))
}
