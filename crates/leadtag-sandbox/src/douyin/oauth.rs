//! `oauth/access_token/`, `oauth/refresh_token/` and `oauth/renew_refresh_token/`.
//!
//! Documented: POST with a form in the body, "not JSON"; the parameters, and no `client_secret` in
//! the latter two; 10002, 10003, 10005, 10007, 10010, 10013, 10020; `expires_in` of a renewal is
//! the refresh token's. Inferred: which of the parameter codes is answered when; the order of the
//! checks; `refresh_expires_in` is what is left.

use serde_json::json;

use super::access::{CLIENT_KEY, CLIENT_SECRET};
use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::fields::Form;
use super::tokens::{Handed, Tokens};
use crate::call::Call;

const SCOPE: &str = "user_info,enterprise.data,renew_refresh_token";

pub(super) fn access_token(tokens: &mut Tokens, call: &Call, now: u64) -> Outcome {
    let form = Form::parse(call, &["client_key", "client_secret", "code", "grant_type"])?;
    check_client_key(&form)?;
    if form.get("client_secret") != Some(CLIENT_SECRET) {
        return Err(Refusal::new(codes::OAUTH_SECRET));
    }
    check_grant_type(&form, "authorization_code")?;
    handed(tokens.exchange(form.get("code").unwrap_or_default(), now)?)
}

pub(super) fn refresh_token(tokens: &mut Tokens, call: &Call, now: u64) -> Outcome {
    let form = Form::parse(call, &["client_key", "grant_type", "refresh_token"])?;
    check_client_key(&form)?;
    check_grant_type(&form, "refresh_token")?;
    handed(tokens.refresh(form.get("refresh_token").unwrap_or_default(), now)?)
}

pub(super) fn renew_refresh_token(tokens: &mut Tokens, call: &Call, now: u64) -> Outcome {
    let form = Form::parse(call, &["client_key", "refresh_token"])?;
    check_client_key(&form)?;
    let (token, seconds) = tokens.renew(form.get("refresh_token").unwrap_or_default(), now)?;
    Success::wrote(json!({ "refresh_token": token, "expires_in": seconds }))
}

fn handed(handed: Handed) -> Outcome {
    Success::wrote(json!({
        "access_token": handed.access_token,
        "expires_in": handed.expires_in,
        "open_id": handed.open_id,
        "refresh_expires_in": handed.refresh_expires_in,
        "refresh_token": handed.refresh_token,
        "scope": SCOPE,
    }))
}

fn check_client_key(form: &Form) -> Result<(), Refusal> {
    if form.get("client_key") == Some(CLIENT_KEY) {
        return Ok(());
    }
    Err(Refusal::new(codes::OAUTH_CLIENT_KEY))
}

fn check_grant_type(form: &Form, wanted: &str) -> Result<(), Refusal> {
    if form.get("grant_type") == Some(wanted) {
        return Ok(());
    }
    Err(Refusal::because(codes::OAUTH_PARAMETER, format!("grant_type must be {wanted}")))
}
