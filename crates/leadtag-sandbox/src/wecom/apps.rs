//! Two self-built apps of one corp, and their tokens.

use std::collections::HashMap;

use super::codes;
use super::envelope::Refusal;

/// Seconds a token is good for (WeCom docs, page 91039).
pub(super) const TOKEN_SECONDS: u64 = 7200;
const HOUR: u64 = 3600;
/// Failed calls within an hour after which the caller is shut out (WeCom staff figure).
const MAX_BAD_SECRETS: u32 = 2000;

pub(super) const CORP_ID: &str = "ww0000sandbox00001";
pub(super) const AGENT_ID: u32 = 1_000_002;
pub(super) const OTHER_AGENT_ID: u32 = 1_000_003;
// Unlike from the first characters on: at least one foreign client keys its token cache by ten.
pub(super) const CORP_SECRET: &str = "shop-app-1000002-sandbox-not-a-real-secret0";
pub(super) const OTHER_APP_SECRET: &str = "desk-app-1000003-sandbox-not-a-real-secret0";

const APPS: [(u32, &str); 2] = [(AGENT_ID, CORP_SECRET), (OTHER_AGENT_ID, OTHER_APP_SECRET)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Live,
    Expired,
    Revoked,
}

#[derive(Debug)]
struct Token {
    app: u32,
    expires: u64,
    state: TokenState,
}

#[derive(Debug, Default)]
pub(super) struct Apps {
    tokens: HashMap<String, Token>,
    current: HashMap<u32, String>,
    serial: u64,
    issued: u64,
    reject_all: bool,
    bad_secrets: u32,
    bad_since: u64,
    blocked_until: u64,
}

impl Apps {
    /// The app's token: the one it has while that is good (WeCom docs, page 97164), else a new one.
    /// Answers the token and the seconds left.
    pub(super) fn token(
        &mut self,
        corp_id: Option<&str>,
        secret: Option<&str>,
        now: u64,
    ) -> Result<(String, u64), Refusal> {
        if now < self.blocked_until {
            return Err(Refusal::new(codes::RATE_LIMITED));
        }
        let given = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        if !given(corp_id) {
            return Err(Refusal::new(codes::MISSING_CORPID));
        }
        if !given(secret) {
            return Err(Refusal::new(codes::MISSING_SECRET));
        }
        if corp_id != Some(CORP_ID) {
            return Err(Refusal::new(codes::INVALID_CORPID));
        }
        let Some((app, _)) = APPS.iter().find(|(_, known)| Some(*known) == secret) else {
            return Err(self.bad_secret(now));
        };
        Ok(self.live_token(*app, now))
    }

    fn bad_secret(&mut self, now: u64) -> Refusal {
        if now >= self.bad_since + HOUR {
            self.bad_since = now;
            self.bad_secrets = 0;
        }
        self.bad_secrets += 1;
        if self.bad_secrets > MAX_BAD_SECRETS {
            self.blocked_until = now + HOUR;
            return Refusal::new(codes::RATE_LIMITED);
        }
        Refusal::new(codes::INVALID_SECRET)
    }

    fn live_token(&mut self, app: u32, now: u64) -> (String, u64) {
        if let Some(name) = self.current.get(&app) {
            let good = self
                .tokens
                .get(name)
                .filter(|token| token.state == TokenState::Live && now < token.expires);
            if let Some(token) = good {
                return (name.clone(), token.expires - now);
            }
        }
        self.serial += 1;
        self.issued += 1;
        let name = format!("sandbox-token-{app}-{:06}-not-a-real-token", self.serial);
        let token = Token { app, expires: now + TOKEN_SECONDS, state: TokenState::Live };
        self.tokens.insert(name.clone(), token);
        self.current.insert(app, name.clone());
        (name, TOKEN_SECONDS)
    }

    /// The app a token belongs to.
    pub(super) fn app_of(&self, token: Option<&str>, now: u64) -> Result<u32, Refusal> {
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(Refusal::new(codes::MISSING_TOKEN));
        };
        let known = self.tokens.get(token).filter(|_| !self.reject_all);
        match known {
            Some(token) if token.state == TokenState::Revoked => {
                Err(Refusal::new(codes::INVALID_TOKEN))
            }
            Some(token) if token.state == TokenState::Expired || now >= token.expires => {
                Err(Refusal::new(codes::EXPIRED_TOKEN))
            }
            Some(token) => Ok(token.app),
            None => Err(Refusal::new(codes::INVALID_TOKEN)),
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
        for (name, token) in &mut self.tokens {
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

/// The secret of the app whose token is presented, or of the first app: for `echo-secrets`.
pub(super) fn secret_of(app: Option<u32>) -> &'static str {
    APPS.iter().find(|(known, _)| Some(*known) == app).map_or(CORP_SECRET, |(_, secret)| secret)
}
