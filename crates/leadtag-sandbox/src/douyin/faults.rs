//! The named faults in Douyin's words.
//!
//! There is no word for an untrusted address, too many calls at once, or a conflict of writers:
//! those faults leave a call alone, as do the two of WeCom's envelope.

use serde_json::Value;

use super::access::CLIENT_SECRET;
use super::envelope::{Kind, Refusal};
use super::fields::{Form, presented_token};
use super::{ACCESS_TOKEN, Douyin, USER_LIST, codes, kind_of};
use crate::call::{Answer, Call};
use crate::fault::Fault;

/// The answer of a call that a fault keeps from being processed.
pub(super) fn refuse(douyin: &Douyin, call: &Call, fault: Fault) -> Option<Answer> {
    let oauth = kind_of(call) == Kind::OAuth;
    let code = match fault {
        Fault::ExpiredToken | Fault::RevokedToken if oauth => {
            let form = Form::read(call);
            let token = form.get("refresh_token").unwrap_or_default();
            douyin.state().tokens.expire_refresh_token(token);
            bad_grant(call)
        }
        Fault::ExpiredToken => {
            let token = presented_token(call).unwrap_or_default();
            douyin.state().tokens.expire(Some(&token));
            codes::EXPIRED_TOKEN
        }
        Fault::RevokedToken => {
            let token = presented_token(call).unwrap_or_default();
            douyin.state().tokens.revoke(Some(&token));
            codes::INVALID_TOKEN
        }
        Fault::InvalidTokenForever if oauth => bad_grant(call),
        Fault::InvalidTokenForever => codes::INVALID_TOKEN,
        Fault::Busy if oauth => codes::OAUTH_SYSTEM,
        Fault::Busy => codes::SYSTEM_BUSY,
        Fault::RateLimited => codes::RATE_LIMITED,
        Fault::EchoSecrets => return Some(echo_secrets(douyin, call)),
        Fault::ErrorCode(code) => code,
        _ => return None,
    };
    Some(douyin.error(call, &Refusal::new(code)))
}

/// What a token call says of a code or refresh token that is no longer good.
fn bad_grant(call: &Call) -> i64 {
    if call.api == ACCESS_TOKEN { codes::OAUTH_CODE } else { codes::OAUTH_REFRESH_TOKEN }
}

/// An error that repeats everything a careless server could: for tests of what gets logged.
fn echo_secrets(douyin: &Douyin, call: &Call) -> Answer {
    let form = Form::read(call);
    let token = presented_token(call).unwrap_or_default();
    let mut state = douyin.state();
    let holder = state.tokens.holder(&token, douyin.now()).unwrap_or_default();
    let refresh_token = state.tokens.refresh_token_of(holder).to_owned();
    let account = state.main_account();
    let leads = account.rows(0..account.leads.len());
    let mut mobiles = leads.map(|(_, lead)| account.people.mobile(lead));
    let mobile = mobiles.find(|mobile| !mobile.is_empty()).unwrap_or_default();
    drop(mobiles);
    drop(state);
    let oauth = kind_of(call) == Kind::OAuth;
    let code = if oauth { codes::OAUTH_PARAMETER } else { codes::BAD_PARAMETER };
    let text = format!(
        "Parameter error, access_token={token} client_secret={} refresh_token={} query={} \
         telephone={mobile}",
        form.get("client_secret").unwrap_or(CLIENT_SECRET),
        form.get("refresh_token").unwrap_or(&refresh_token),
        call.raw_query,
    );
    douyin.error(call, &Refusal::because(code, text))
}

/// What a fault does to the answer of a processed call, or to the rows behind it.
pub(super) fn distort(douyin: &Douyin, call: &Call, fault: Fault, answer: Answer) -> Answer {
    match fault {
        Fault::DuplicateCursor => repeat_cursor(call, answer),
        Fault::ShiftingPages => {
            shift_pages(douyin, call);
            answer
        }
        _ => answer,
    }
}

/// Answers the cursor just used, and that there is more, with the types the answer has.
fn repeat_cursor(call: &Call, answer: Answer) -> Answer {
    let (Some(used), Ok(mut body)) = (call.cursor(), serde_json::from_slice::<Value>(&answer.body))
    else {
        return answer;
    };
    let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) else { return answer };
    let Some(cursor) = data.get_mut("cursor") else { return answer };
    *cursor = match (cursor.is_number(), used.parse::<i64>()) {
        (true, Ok(number)) => number.into(),
        _ => used.into(),
    };
    if let Some(has_more) = data.get_mut("has_more") {
        *has_more = if has_more.is_boolean() { true.into() } else { "true".into() };
    }
    answer.with_body(body.to_string())
}

/// A new lead at the top of the list just read, so that every row of the next page has moved.
fn shift_pages(douyin: &Douyin, call: &Call) {
    if call.api != USER_LIST {
        return;
    }
    let now = douyin.now();
    let token = presented_token(call).unwrap_or_default();
    let end = call.param("end_time").and_then(|end| end.parse().ok()).unwrap_or(now);
    let mut state = douyin.state();
    let Ok(holder) = state.tokens.holder(&token, now) else { return };
    if let Ok(account) = state.account(holder, call.param("open_id").unwrap_or_default()) {
        account.leads.insert(now.min(end));
    }
}
