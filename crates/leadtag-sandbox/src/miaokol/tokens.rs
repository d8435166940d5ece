//! Tokens of the one app.
//!
//! Documented: the members of the token call, `grand_type` so spelt; 7200 s; 32 hexadecimal digits
//! as in the samples. Inferred: each call makes a new token and the earlier ones live on; the order
//! of the checks; a token without its `app_id` is 101.

use std::collections::HashMap;

use super::codes;
use super::envelope::Refusal;
use super::params::Params;
use crate::rng::mix;

pub(super) const TOKEN_SECONDS: u64 = 7200;

pub(super) const APP_ID: &str = "mkSandboxApp000001";
pub(super) const APP_SECRET: &str = "miaokol-sandbox-not-a-real-secret";

#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// When each token ends; a revoked one is gone.
    ends: HashMap<String, u64>,
    serial: u64,
    issued: u64,
    reject_all: bool,
}

/// Whether a token call may have a token.
pub(super) fn check_credentials(params: &Params) -> Result<(), Refusal> {
    if params.text("app_id")? != Some(APP_ID) {
        return Err(Refusal::new(codes::WRONG_APP_ID));
    }
    if params.text("app_secret")? != Some(APP_SECRET) {
        return Err(Refusal::new(codes::WRONG_APP_SECRET));
    }
    if params.text("grand_type")? != Some("client_credentials") {
        return Err(Refusal::new(codes::WRONG_GRANT_TYPE));
    }
    Ok(())
}

impl Tokens {
    pub(super) fn issue(&mut self, now: u64) -> String {
        self.serial += 1;
        self.issued += 1;
        let token = format!("{:016x}{:016x}", mix(self.serial, 1, 470), mix(self.serial, 2, 470));
        self.ends.insert(token.clone(), now + TOKEN_SECONDS);
        token
    }

    pub(super) fn check(&self, params: &Params, now: u64) -> Result<(), Refusal> {
        if params.text("app_id")? != Some(APP_ID) {
            return Err(Refusal::new(codes::WRONG_APP_ID));
        }
        let token = params.text("access_token")?;
        let token = token.ok_or_else(|| Refusal::new(codes::EMPTY_TOKEN))?;
        match self.ends.get(token) {
            Some(_) if self.reject_all => Err(Refusal::new(codes::WRONG_TOKEN)),
            Some(ends) if now < *ends => Ok(()),
            Some(_) => Err(Refusal::new(codes::EXPIRED_TOKEN)),
            None => Err(Refusal::new(codes::WRONG_TOKEN)),
        }
    }

    /// Lets one token expire, or all of them.
    pub(super) fn expire(&mut self, token: Option<&str>) {
        for (_, ends) in self.ends.iter_mut().filter(|(text, _)| token.is_none_or(|t| t == *text)) {
            *ends = 0;
        }
    }

    /// Revokes one token, or all of them.
    pub(super) fn revoke(&mut self, token: Option<&str>) {
        self.ends.retain(|text, _| token.is_some_and(|token| token != text));
    }

    pub(super) fn reject_all(&mut self, reject: bool) {
        self.reject_all = reject;
    }

    pub(super) fn live(&self, now: u64) -> usize {
        self.ends.values().filter(|ends| now < **ends).count()
    }

    pub(super) fn issued(&self) -> u64 {
        self.issued
    }

    pub(super) fn reset_issued(&mut self) {
        self.issued = 0;
    }
}
