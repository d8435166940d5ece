//! Where the token comes from, and where it is put.

use std::time::Duration;

use leadtag_core::members::{Extra, MapAccess, Members};
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    Answer, Authorize, Call, Error, ErrorKind, Idempotency, IssuedToken, Operation, Pipeline,
    Request, Result, SecretString, Sent, Token, TokenSource, async_trait, members,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::PLATFORM;
use crate::envelope::{self, object_or_empty};
use crate::error::is_about_the_call;

const GET_ACCESS_TOKEN: &str = "get-access-token";
const PATH: &str = "/api/get-access-token";

/// A token lives for 2 hours (vendor's document, 60245719). A lifetime that says more is not one
/// in seconds from now.
const LONGEST_LIFETIME: Duration = Duration::from_secs(7200);

/// With less than 20 minutes left the platform hands out a new token, before that the same one
/// (vendor's document, 60245719).
pub(crate) const REISSUED_WITHIN: Duration = Duration::from_secs(20 * 60);

/// What a token certainly lives for: if less were left, the platform would have made a new one.
const SURE_LIFETIME: Duration = REISSUED_WITHIN;

/// Puts the token into the query, where all of the documents have it.
#[derive(Debug)]
pub(crate) struct TokenInQuery;

impl Authorize for TokenInQuery {
    fn authorize(&self, request: &mut Request, token: Option<&Token>) -> Result<()> {
        if let Some(token) = token {
            request.url.query_pairs_mut().append_pair("access_token", token.expose());
        }
        Ok(())
    }
}

/// Puts id and secret of the app into the body of `get-access-token`. Their names come from one
/// public client.
pub(crate) struct CredentialsInBody {
    pub(crate) app_id: String,
    pub(crate) app_secret: SecretString,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    app_id: &'a str,
    app_secret: &'a str,
}

impl Authorize for CredentialsInBody {
    fn authorize(&self, request: &mut Request, _: Option<&Token>) -> Result<()> {
        let credentials =
            Credentials { app_id: &self.app_id, app_secret: self.app_secret.expose_secret() };
        let body = leadtag_core::body::to_json(&credentials, PLATFORM, GET_ACCESS_TOKEN)?;
        request.body = body.into();
        Ok(())
    }
}

impl std::fmt::Debug for CredentialsInBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialsInBody")
    }
}

/// `POST /api/get-access-token`, vendor's document 60245719.
#[derive(Debug)]
pub(crate) struct GetAccessToken {
    /// A pipeline without tokens, with the same limits.
    pub(crate) pipeline: Pipeline,
    /// How long before its expiry a token is refreshed.
    pub(crate) refresh_margin: Duration,
}

#[async_trait]
impl TokenSource for GetAccessToken {
    async fn fetch(&self) -> Result<IssuedToken> {
        let operation = Operation {
            name: GET_ACCESS_TOKEN.into(),
            api: GET_ACCESS_TOKEN.into(),
            idempotency: Idempotency::Idempotent,
            with_token: false,
        };
        let call = Call::post_json(operation, PATH, Vec::new());
        let TokenData { access_token, expires_in, expire } =
            self.pipeline.run(&call, &token_data).await?;
        let Some(lifetime) = expires_in.or(expire) else {
            return Ok(IssuedToken::new(access_token, SURE_LIFETIME));
        };
        let token = IssuedToken::new(access_token, lifetime);
        Ok(match lifetime.checked_sub(self.refresh_margin) {
            Some(span) => token.refreshed_after(span),
            None => token,
        })
    }
}

#[derive(Default)]
struct TokenData {
    access_token: SecretString,
    expires_in: Option<Duration>,
    expire: Option<Duration>,
}

impl Members for TokenData {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "access_token" => self.access_token = members::text(map)?.into(),
            // The documents do not name the member; these two are usual.
            "expires_in" => self.expires_in = lifetime(&map.next_value()?),
            "expire" => self.expire = lifetime(&map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

impl<'de> Deserialize<'de> for TokenData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_empty(deserializer)
    }
}

/// A number of seconds that can be what is left of a token's life.
fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Some(Duration::from_secs(seconds)).filter(|life| !life.is_zero() && *life <= LONGEST_LIFETIME)
}

fn token_data(answer: &Answer) -> Result<TokenData> {
    let reply = envelope::decode::<TokenData>(answer).map_err(|error| refused(error, answer))?;
    let data = reply.into_value();
    if data.access_token.expose_secret().trim().is_empty() {
        return Err(
            Error::new(ErrorKind::Decode, "the answer has no access_token").with_sent(Sent::Yes)
        );
    }
    Ok(data)
}

/// Nothing but the credentials was sent: whatever the platform refuses is about them, unless its
/// code says that the trouble is its own. Which code a wrong secret has is not documented.
fn refused(error: Error, answer: &Answer) -> Error {
    match error.platform_code() {
        Some(code) if error.kind() != ErrorKind::RateLimited && is_about_the_call(code) => {
            Error::new(ErrorKind::Unauthenticated, "")
                .with_platform_answer(code, error.platform_message().unwrap_or_default())
                .with_http_status(answer.status)
                .with_advice("check app_id and app_secret")
        }
        _ => error,
    }
}
