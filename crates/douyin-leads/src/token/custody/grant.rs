//! A refresh token, and what is known of it.

use std::time::Duration;

use leadtag_core::body::to_json;
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{Error, Result, SecretString, StoredToken, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ACCESS_LIFE, DAY, SLACK};
use crate::PLATFORM;
use crate::oauth::REFRESH_TOKEN;
use crate::token::Authorization;

/// How often a refresh token can be renewed (vendor's document).
pub(super) const MAX_RENEWALS: u32 = 5;
/// What a refresh token lives for (vendor's document: 30 days).
const REFRESH_LIFE: Duration = DAY.saturating_mul(30);
/// By how much two answers may differ that tell the same end.
const INEXACT: Duration = Duration::from_secs(60);

/// A refresh token, and what is known of it.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) refresh_token: SecretString,
    pub(super) renewals: u32,
    pub(super) ends_at: Option<Timestamp>,
}

/// The value of a stored grant.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    refresh_token: std::borrow::Cow<'a, str>,
    renewals: u32,
    /// Whether the platform told when it ends.
    end_is_known: bool,
}

impl Grant {
    pub(super) fn from_stored(stored: &StoredToken) -> Result<Self> {
        let value: Stored<'_> = serde_json::from_str(stored.value.expose_secret())
            .map_err(|_| Error::config("the stored refresh token is damaged; delete it"))?;
        Ok(Self {
            refresh_token: value.refresh_token.into_owned().into(),
            renewals: value.renewals,
            ends_at: value.end_is_known.then_some(stored.expires_at),
        })
    }

    pub(super) fn to_stored(&self, now: Timestamp) -> Result<StoredToken> {
        let value = Stored {
            refresh_token: self.refresh_token.expose_secret().into(),
            renewals: self.renewals,
            end_is_known: self.ends_at.is_some(),
        };
        let value = to_json(&value, PLATFORM, REFRESH_TOKEN)?;
        let value = String::from_utf8(value)
            .map_err(|_| Error::config("the refresh token cannot be written"))?;
        let ends_at = self.ends_at.unwrap_or_else(|| now.saturating_add(REFRESH_LIFE));
        Ok(StoredToken::new(value.into(), ends_at))
    }

    pub(super) fn is_same_token(&self, other: &Self) -> bool {
        self.refresh_token.expose_secret() == other.refresh_token.expose_secret()
    }

    /// Whether nothing of it is new: its end is told anew by each refresh, in seconds from then.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        let same_end = match (self.ends_at, other.ends_at) {
            (Some(one), Some(other)) => one.since(other).max(other.since(one)) <= INEXACT,
            (one, other) => one == other,
        };
        same_end && self.is_same_token(other) && self.renewals == other.renewals
    }

    /// How long it lives.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        self.ends_at.map_or(REFRESH_LIFE, |end| end.since(now))
    }

    pub(super) fn authorization(&self, renews: bool) -> Authorization {
        let left = if renews { MAX_RENEWALS.saturating_sub(self.renewals) } else { 0 };
        // A renewal is due when no more than the life of an access token is left.
        let gain = REFRESH_LIFE.saturating_sub(ACCESS_LIFE).saturating_sub(SLACK);
        Authorization {
            refresh_expires_at: self.ends_at,
            renewals_used: self.renewals,
            reauthorize_by: self.ends_at.map(|end| end.saturating_add(gain * left)),
        }
    }
}
