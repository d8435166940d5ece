//! Where the access token comes from, and where it is put.

mod custody;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leadtag_core::http::{HeaderName, HeaderValue};
use leadtag_core::{
    Authorize, Error, ErrorKind, IssuedToken, Request, Result, SecretString, Timestamp, Token,
    TokenSource, async_trait,
};

pub(crate) use custody::{ACCESS_LIFE, Custody};

use crate::TokenPlacement;

/// What a client is made of, besides the app.
pub(crate) struct Credentials {
    pub(crate) open_id: String,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) access_token: Option<SecretString>,
    pub(crate) placement: TokenPlacement,
}

/// How long the authorisation of an account lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authorization {
    /// When the refresh token ends. `None` if that is not known: there is an access token alone, or
    /// Douyin did not tell.
    pub refresh_expires_at: Option<Timestamp>,
    /// How often it was renewed since a person authorised, as far as the token store knows: five
    /// times is all.
    pub renewals_used: u32,
    /// When a person has to authorise again. While renewals are left this is an estimate, by the
    /// documented lives of tokens, for a client that is used all the time.
    pub reauthorize_by: Option<Timestamp>,
}

/// The error that only a person can mend.
pub(crate) fn reauthorize(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::ReauthorizationRequired, why).with_advice(
        "have the account authorise the app again, then use its new code or refresh token",
    )
}

/// Puts the account into the query, and the token into a header or the query.
#[derive(Debug)]
pub(crate) struct AccountAndToken {
    pub(crate) open_id: Arc<str>,
    pub(crate) placement: TokenPlacement,
}

impl Authorize for AccountAndToken {
    fn authorize(&self, request: &mut Request, token: Option<&Token>) -> Result<()> {
        let token = token.map(Token::expose).unwrap_or_default();
        let rest = request.url.query().map(str::to_owned);
        request.url.set_query(None);
        let mut pairs = request.url.query_pairs_mut();
        pairs.append_pair("open_id", &self.open_id);
        if self.placement == TokenPlacement::Query {
            pairs.append_pair("access_token", token);
        }
        drop(pairs);
        if let (Some(rest), Some(own)) = (rest, request.url.query()) {
            let joined = format!("{own}&{rest}");
            request.url.set_query(Some(&joined));
        }
        if self.placement == TokenPlacement::Header {
            let mut value = HeaderValue::from_str(token)
                .map_err(|_| Error::config("the access token cannot stand in a header"))?;
            value.set_sensitive(true);
            request.headers.insert(HeaderName::from_static("access-token"), value);
        }
        Ok(())
    }
}

/// An access token that was given alone: when it is refused, there is no other.
pub(crate) struct GivenToken {
    token: SecretString,
    was_given: AtomicBool,
}

impl GivenToken {
    pub(crate) fn new(token: SecretString) -> Self {
        Self { token, was_given: AtomicBool::new(false) }
    }
}

#[async_trait]
impl TokenSource for GivenToken {
    async fn fetch(&self) -> Result<IssuedToken> {
        if self.was_given.swap(true, Ordering::Relaxed) {
            let why = "the access token has expired or was refused, and there is no refresh token";
            return Err(reauthorize(why));
        }
        Ok(IssuedToken::new(self.token.clone(), ACCESS_LIFE))
    }
}

impl fmt::Debug for GivenToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenToken")
    }
}
