//! The named faults in BesChannels's words.
//!
//! The documents know one code for every bad token (2), one for a call that is not allowed (3), one
//! that is worth another try (-3), and none for too many calls: a gateway's status 429 stands for
//! those.

use super::envelope::{self, Refusal};
use super::kinds::LEADS;
use super::tokens::APP_SECRET;
use super::users::USERS;
use super::{Beschannels, codes, lists};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(platform: &Beschannels, call: &Call, fault: Fault) -> Option<Answer> {
    let code = match fault {
        Fault::ExpiredToken | Fault::RevokedToken => {
            platform.state().tokens.end(call.param("access_token").unwrap_or_default());
            codes::INVALID_TOKEN
        }
        Fault::InvalidTokenForever => codes::INVALID_TOKEN,
        Fault::Busy => codes::EXCEPTION,
        Fault::IpNotTrusted => codes::NO_INTERFACE_PERMISSION,
        Fault::ErrorCode(code) => code,
        Fault::RateLimited => {
            let seconds = platform.shared.faults.closed_seconds();
            return Some(envelope::too_many_requests(seconds));
        }
        Fault::EchoSecrets => return Some(echo_secrets(platform, call)),
        Fault::ShiftingPages => {
            // The pages shift between the first and the second, whichever of them is hit.
            shift_pages(platform, call, |page| page > 1);
            return None;
        }
        _ => return None,
    };
    Some(envelope::error(&Refusal::new(code)))
}

/// What a fault does to a call that has been processed.
pub(super) fn distort(platform: &Beschannels, call: &Call, fault: Fault) {
    if fault == Fault::ShiftingPages {
        shift_pages(platform, call, |page| page == 1);
    }
}

/// Puts a new object on top of the list that is being read, so that its rows move down.
fn shift_pages(platform: &Beschannels, call: &Call, hit: impl Fn(u64) -> bool) {
    let Some((kind, page)) = lists::listed(call) else { return };
    if !hit(page) {
        return;
    }
    let now = platform.shared.clock.now();
    if let Some(table) = platform.state().table_of_mut(kind) {
        table.insert(now);
    }
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(platform: &Beschannels, call: &Call) -> Answer {
    let state = platform.state();
    let lead = state.table(LEADS).and_then(|table| table.newest(1).next());
    let (mobile, email) = lead.map(|(_, person)| (person.mobile, person.email)).unwrap_or_default();
    let text = format!(
        "access_token={} appSecret={APP_SECRET} user_id={} query={} mobile={mobile} email={email}",
        call.param("access_token").unwrap_or_default(),
        USERS[0],
        call.raw_query,
    );
    envelope::error(&Refusal::about(codes::UNEXPECTED_CONTENT, &text))
}
