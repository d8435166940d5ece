//! The app's authorisations by two accounts: codes, access tokens and refresh tokens.
//!
//! Documented: an access token lives 15 days and a refresh token 30; a refresh does not extend the
//! refresh token; a refresh while the access token is good gives the same one with a new life; a
//! renewal gives a new refresh token with a new life and kills the old one, at most five times, then
//! 10020; a code is good once, and authorising again kills the earlier code. One public client: a
//! code lives 10 minutes. Inferred: a code that is used, unknown or old is 10007; a new
//! authorisation leaves earlier access tokens alive and replaces the refresh token.

use std::collections::HashMap;

use super::codes;
use super::envelope::Refusal;

const DAY: u64 = 24 * 3600;
pub(super) const ACCESS_SECONDS: u64 = 15 * DAY;
pub(super) const REFRESH_SECONDS: u64 = 30 * DAY;
const CODE_SECONDS: u64 = 600;
const MAX_RENEWALS: u32 = 5;

/// The accounts that have authorised the app.
pub(super) const OPEN_IDS: [&str; 2] =
    ["_000sandboxAccountOne0000000000000000", "_000sandboxAccountTwo0000000000000000"];

/// The first code and the first refresh token of an account, known before anything is asked.
pub(super) fn first_code(account: usize) -> String {
    code(account, 1)
}

pub(super) fn first_refresh_token(account: usize) -> String {
    refresh_token(account, 1)
}

fn code(account: usize, serial: u64) -> String {
    format!("sandbox-code-{account}-{serial:06}")
}

fn refresh_token(account: usize, serial: u64) -> String {
    format!("rft.sandbox-{account}-{serial:06}-not-a-real-token")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Live,
    Expired,
    Revoked,
}

#[derive(Debug)]
struct AccessToken {
    account: usize,
    expires: u64,
    state: TokenState,
}

impl AccessToken {
    fn is_good(&self, now: u64) -> bool {
        self.state == TokenState::Live && now < self.expires
    }
}

/// What one account has granted.
#[derive(Debug)]
struct Grant {
    account: usize,
    open_id: &'static str,
    code: Option<(String, u64)>,
    refresh_token: String,
    refresh_expires: u64,
    renewals: u32,
    access_token: Option<String>,
}

/// What a token call hands out.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) open_id: &'static str,
    pub(super) access_token: String,
    pub(super) expires_in: u64,
    pub(super) refresh_token: String,
    pub(super) refresh_expires_in: u64,
}

#[derive(Debug)]
pub(super) struct Tokens {
    grants: Vec<Grant>,
    access: HashMap<String, AccessToken>,
    serial: u64,
    issued: u64,
    reject_all: bool,
}

impl Tokens {
    pub(super) fn new(now: u64) -> Self {
        let grant = |(account, open_id): (usize, &&'static str)| Grant {
            account,
            open_id,
            code: Some((first_code(account), now + CODE_SECONDS)),
            refresh_token: first_refresh_token(account),
            refresh_expires: now + REFRESH_SECONDS,
            renewals: 0,
            access_token: None,
        };
        let grants = OPEN_IDS.iter().enumerate().map(grant).collect();
        Self { grants, access: HashMap::new(), serial: 1, issued: 0, reject_all: false }
    }

    /// The account an access token belongs to.
    pub(super) fn holder(&self, token: &str, now: u64) -> Result<usize, Refusal> {
        match self.access.get(token).filter(|_| !self.reject_all) {
            Some(token) if token.is_good(now) => Ok(token.account),
            Some(token) if token.state != TokenState::Revoked => {
                Err(Refusal::new(codes::EXPIRED_TOKEN))
            }
            _ => Err(Refusal::new(codes::INVALID_TOKEN)),
        }
    }

    /// Gives tokens for a code, once.
    pub(super) fn exchange(&mut self, code: &str, now: u64) -> Result<Handed, Refusal> {
        let holds = |grant: &&mut Grant| {
            grant.code.as_ref().is_some_and(|(known, until)| known == code && now < *until)
        };
        let serial = self.serial + 1;
        let Some(grant) = self.grants.iter_mut().find(holds) else {
            return Err(Refusal::new(codes::OAUTH_CODE));
        };
        self.serial = serial;
        *grant = Grant {
            code: None,
            refresh_token: refresh_token(grant.account, serial),
            refresh_expires: now + REFRESH_SECONDS,
            renewals: 0,
            access_token: None,
            ..*grant
        };
        let account = grant.account;
        self.hand_out(account, now)
    }

    /// Gives a good access token for a refresh token.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64) -> Result<Handed, Refusal> {
        let account = self.granted(refresh_token, now)?.account;
        self.hand_out(account, now)
    }

    /// Replaces a refresh token: the new one, and the seconds it lives.
    pub(super) fn renew(&mut self, old: &str, now: u64) -> Result<(String, u64), Refusal> {
        let serial = self.serial + 1;
        let grant = self.granted(old, now)?;
        if grant.renewals == MAX_RENEWALS {
            return Err(Refusal::new(codes::OAUTH_RENEWALS));
        }
        grant.renewals += 1;
        grant.refresh_token = refresh_token(grant.account, serial);
        grant.refresh_expires = now + REFRESH_SECONDS;
        let new = grant.refresh_token.clone();
        self.serial = serial;
        Ok((new, REFRESH_SECONDS))
    }

    fn granted(&mut self, refresh_token: &str, now: u64) -> Result<&mut Grant, Refusal> {
        let holds = |grant: &&mut Grant| {
            grant.refresh_token == refresh_token && now < grant.refresh_expires
        };
        let found = self.grants.iter_mut().find(holds);
        found.ok_or_else(|| Refusal::new(codes::OAUTH_REFRESH_TOKEN))
    }

    fn hand_out(&mut self, account: usize, now: u64) -> Result<Handed, Refusal> {
        let (grants, access) = (&mut self.grants, &mut self.access);
        let Some(grant) = grants.get_mut(account) else {
            return Err(Refusal::new(codes::OAUTH_SYSTEM));
        };
        let good = |name: &&String| access.get(*name).is_some_and(|token| token.is_good(now));
        let name = if let Some(name) = grant.access_token.as_ref().filter(good) {
            name.clone()
        } else {
            self.serial += 1;
            self.issued += 1;
            format!("act.sandbox-{account}-{:06}-not-a-real-token", self.serial)
        };
        grant.access_token = Some(name.clone());
        let expires = now + ACCESS_SECONDS;
        access.insert(name.clone(), AccessToken { account, expires, state: TokenState::Live });
        Ok(Handed {
            open_id: grant.open_id,
            access_token: name,
            expires_in: ACCESS_SECONDS,
            refresh_token: grant.refresh_token.clone(),
            refresh_expires_in: grant.refresh_expires.saturating_sub(now),
        })
    }

    /// A new code, as if the account's owner had authorised the app again.
    pub(super) fn authorize(&mut self, open_id: &str, now: u64) -> Option<String> {
        let grant = self.grants.iter_mut().find(|grant| grant.open_id == open_id)?;
        self.serial += 1;
        let new = code(grant.account, self.serial);
        grant.code = Some((new.clone(), now + CODE_SECONDS));
        Some(new)
    }

    /// The account's good access token, or a new one.
    pub(super) fn access_token(&mut self, open_id: &str, now: u64) -> Option<String> {
        let account = self.grants.iter().position(|grant| grant.open_id == open_id)?;
        self.hand_out(account, now).ok().map(|handed| handed.access_token)
    }

    /// Lets a refresh token expire.
    pub(super) fn expire_refresh_token(&mut self, token: &str) {
        let held = self.grants.iter_mut().filter(|grant| grant.refresh_token == token);
        held.for_each(|grant| grant.refresh_expires = 0);
    }

    /// Expires one access token, or every one issued so far.
    pub(super) fn expire(&mut self, token: Option<&str>) {
        self.turn(token, TokenState::Expired);
    }

    /// Revokes one access token, or every one issued so far.
    pub(super) fn revoke(&mut self, token: Option<&str>) {
        self.turn(token, TokenState::Revoked);
    }

    fn turn(&mut self, only: Option<&str>, state: TokenState) {
        for (name, token) in &mut self.access {
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

    /// How often the account's refresh token has been renewed since the last authorisation.
    pub(super) fn renewals(&self, account: usize) -> u32 {
        self.grants.get(account).map_or(0, |grant| grant.renewals)
    }

    /// The account's refresh token as it is now.
    pub(super) fn refresh_token_of(&self, account: usize) -> &str {
        self.grants.get(account).map_or("", |grant| grant.refresh_token.as_str())
    }
}
