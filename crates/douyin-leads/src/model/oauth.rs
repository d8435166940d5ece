//! Authorisations (OAuth): what comes.

use std::fmt;

use leadtag_core::SecretString;
use leadtag_core::members::{Extra, MapAccess, Members};
use leadtag_core::secret::ExposeSecret;

use serde_json::Value;

use super::{NIL, text};

/// What `access_token` and `refresh_token` answer. `Debug` prints no token.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct OAuthToken {
    /// The access token (`act.…`).
    pub access_token: SecretString,
    /// Seconds that the access token lives. Documented: 15 days.
    pub expires_in: Option<u64>,
    /// The refresh token.
    pub refresh_token: SecretString,
    /// Seconds that the refresh token lives. Documented: 30 days; a refresh does not prolong it.
    pub refresh_expires_in: Option<u64>,
    /// The account that gave the authorisation.
    pub open_id: Option<String>,
    /// What it allows, separated by commas.
    pub scope: Option<String>,
    /// Members that the document does not name, and those of a person who must pass a check
    /// (`captcha`, `desc_url`).
    pub extra: Extra,
}

impl OAuthToken {
    pub(crate) fn has_access_token(&self) -> bool {
        is_set(&self.access_token)
    }

    pub(crate) fn has_refresh_token(&self) -> bool {
        is_set(&self.refresh_token)
    }
}

/// A number of seconds, in quotes or not. Whatever else stands there is kept in `extra`: the tokens
/// beside it are worth more.
fn seconds<'de, M: MapAccess<'de>>(
    extra: &mut Extra,
    name: &str,
    map: &mut M,
) -> Result<Option<u64>, M::Error> {
    let value: Value = map.next_value()?;
    let seconds = match &value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if seconds.is_none() && !is_unset(&value) {
        extra.insert(name, value);
    }
    Ok(seconds)
}

/// A text; anything else is kept in `extra`.
fn loose_text<'de, M: MapAccess<'de>>(
    extra: &mut Extra,
    name: &str,
    map: &mut M,
) -> Result<Option<String>, M::Error> {
    Ok(match map.next_value()? {
        value if is_unset(&value) => None,
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        value => {
            extra.insert(name, value);
            None
        }
    })
}

fn is_unset(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.is_empty() || text == NIL)
}

fn is_set(secret: &SecretString) -> bool {
    !secret.expose_secret().trim().is_empty()
}

impl Members for OAuthToken {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "access_token" => self.access_token = text(map)?.unwrap_or_default().into(),
            "expires_in" => self.expires_in = seconds(&mut self.extra, name, map)?,
            "refresh_token" => self.refresh_token = text(map)?.unwrap_or_default().into(),
            "refresh_expires_in" => self.refresh_expires_in = seconds(&mut self.extra, name, map)?,
            "open_id" => self.open_id = text(map)?.filter(|id| !id.is_empty()),
            "scope" => self.scope = loose_text(&mut self.extra, name, map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl fmt::Debug for OAuthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthToken")
            .field("open_id", &self.open_id)
            .field("expires_in", &self.expires_in)
            .field("refresh_expires_in", &self.refresh_expires_in)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// What `renew_refresh_token` answers. `Debug` prints no token.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct RenewedToken {
    /// The new refresh token. The old one is dead.
    pub refresh_token: SecretString,
    /// Seconds that the new refresh token lives.
    pub expires_in: Option<u64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl RenewedToken {
    pub(crate) fn has_refresh_token(&self) -> bool {
        is_set(&self.refresh_token)
    }
}

impl Members for RenewedToken {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "refresh_token" => self.refresh_token = text(map)?.unwrap_or_default().into(),
            "expires_in" => self.expires_in = seconds(&mut self.extra, name, map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl fmt::Debug for RenewedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenewedToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}
