//! The app's tokens and the 20-minute rule.
//!
//! Documented (vendor's page 60245719): a token is good for two hours; asked again, the server
//! answers the same token and its true remaining time while more than 20 minutes remain, and then
//! a new one while the old one lives on. The names `appId` and `appSecret` come from a single
//! public client. Inferred: wrong credentials are 1001, missing ones 10000, and every bad token is
//! 2, which is documented as "illegal token" only.

use std::collections::HashMap;

use super::codes;
use super::envelope::Refusal;
use crate::rng::mix;

const TOKEN_SECONDS: u64 = 7200;
/// With no more than this left, the next request makes a new token.
const RENEW_SECONDS: u64 = 20 * 60;

pub(super) const APP_ID: &str = "besSandboxApp000001";
pub(super) const APP_SECRET: &str = "bes-app-000001-sandbox-not-a-real-secret";

#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// When each token ends; those that were ended early are gone.
    ends: HashMap<String, u64>,
    newest: Option<String>,
    serial: u64,
    issued: u64,
    reject_all: bool,
}

impl Tokens {
    /// The token of the app, and the seconds it has left.
    pub(super) fn token(
        &mut self,
        app_id: Option<&str>,
        secret: Option<&str>,
        now: u64,
    ) -> Result<(String, u64), Refusal> {
        let app_id = app_id.ok_or_else(|| Refusal::about(codes::MISSING_PARAMETER, "appId"))?;
        let secret = secret.ok_or_else(|| Refusal::about(codes::MISSING_PARAMETER, "appSecret"))?;
        if (app_id, secret) != (APP_ID, APP_SECRET) {
            return Err(Refusal::about(codes::NO_PERMISSION, "appId / appSecret"));
        }
        if let Some(token) = &self.newest {
            let left = self.ends.get(token).map_or(0, |ends| ends.saturating_sub(now));
            if left > RENEW_SECONDS {
                return Ok((token.clone(), left));
            }
        }
        Ok((self.make(now), TOKEN_SECONDS))
    }

    fn make(&mut self, now: u64) -> String {
        self.serial += 1;
        self.issued += 1;
        let token = token_text(self.serial);
        self.ends.retain(|_, ends| now < *ends);
        self.ends.insert(token.clone(), now + TOKEN_SECONDS);
        self.newest = Some(token.clone());
        token
    }

    pub(super) fn check(&self, token: Option<&str>, now: u64) -> Result<(), Refusal> {
        let ends = token.and_then(|token| self.ends.get(token));
        if !self.reject_all && ends.is_some_and(|ends| now < *ends) {
            return Ok(());
        }
        Err(Refusal::new(codes::INVALID_TOKEN))
    }

    /// Ends one token.
    pub(super) fn end(&mut self, token: &str) {
        self.ends.remove(token);
    }

    /// Ends every token issued so far.
    pub(super) fn end_all(&mut self) {
        self.ends.clear();
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

/// 512 characters, the most a caller is told to make room for, with the `-` and `_` of a real one.
fn token_text(serial: u64) -> String {
    let mut text = format!("bes-sandbox_token-{serial:06}_not-a-real-token-");
    for salt in 0_u64.. {
        text.push_str(&format!("{:016x}_", mix(serial, salt, 77)));
        if text.len() >= 512 {
            break;
        }
    }
    text.truncate(512);
    text
}
