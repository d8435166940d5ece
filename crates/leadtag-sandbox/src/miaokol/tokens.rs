//! The tenant's app and its tokens.
//!
//! Documented: `app_id`, `app_secret` and `grand_type` (so spelled) = `client_credentials`, 7200 s,
//! 101 102 103 110 111 112, tokens of 32 hexadecimal digits. Inferred: 103 for `grant_type` too,
//! since the documents know no such parameter; every call makes a new token, and those made before
//! stay good.

use std::collections::HashMap;

use super::codes;
use super::envelope::Refusal;
use super::params::Params;
use crate::rng::mix;

const TOKEN_SECONDS: u64 = 7200;

pub(super) const APP_ID: &str = "sandboxAppId000001";
pub(super) const APP_SECRET: &str = "miaokol-sandbox-not-a-real-secret";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Live,
    Expired,
    Revoked,
}

#[derive(Debug)]
struct Token {
    expires: u64,
    state: TokenState,
}

#[derive(Debug, Default)]
pub(super) struct Tokens {
    made: HashMap<String, Token>,
    serial: u64,
    issued: u64,
    reject_all: bool,
}

impl Tokens {
    /// A new token and the seconds it is good for; the `app_id` is checked already.
    pub(super) fn issue(
        &mut self,
        params: &Params<'_>,
        now: u64,
    ) -> Result<(String, u64), Refusal> {
        if params.text("app_secret")? != Some(APP_SECRET) {
            return Err(Refusal::new(codes::WRONG_APP_SECRET));
        }
        if params.text("grand_type")? != Some("client_credentials") {
            return Err(Refusal::new(codes::WRONG_GRANT));
        }
        self.serial += 1;
        self.issued += 1;
        let half = |salt| mix(0, self.serial, salt);
        let name = format!("{:016x}{:016x}", half(1), half(2));
        let token = Token { expires: now + TOKEN_SECONDS, state: TokenState::Live };
        self.made.insert(name.clone(), token);
        Ok((name, TOKEN_SECONDS))
    }

    pub(super) fn check(&self, token: Option<&str>, now: u64) -> Result<(), Refusal> {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(Refusal::new(codes::EMPTY_TOKEN));
        };
        let known = self.made.get(token).filter(|_| !self.reject_all);
        match known {
            Some(token) if token.state == TokenState::Revoked => {
                Err(Refusal::new(codes::WRONG_TOKEN))
            }
            Some(token) if token.state == TokenState::Expired || now >= token.expires => {
                Err(Refusal::new(codes::EXPIRED_TOKEN))
            }
            Some(_) => Ok(()),
            None => Err(Refusal::new(codes::WRONG_TOKEN)),
        }
    }

    /// Expires one token, or every one issued so far.
    pub(super) fn expire(&mut self, token: Option<&str>) {
        self.turn(token, TokenState::Expired);
    }

    /// Revokes one token, or every one issued so far.
    pub(super) fn revoke(&mut self, token: Option<&str>) {
        self.turn(token, TokenState::Revoked);
    }

    fn turn(&mut self, only: Option<&str>, state: TokenState) {
        for (name, token) in &mut self.made {
            if token.state == TokenState::Live && only.is_none_or(|only| only == name) {
                token.state = state;
            }
        }
    }

    pub(super) fn reject_all(&mut self, reject: bool) {
        self.reject_all = reject;
    }

    pub(super) fn issued(&self) -> u64 {
        self.issued
    }

    pub(super) fn reset_issued(&mut self) {
        self.issued = 0;
    }
}
