//! Where the token comes from, and where it is put.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    Answer, Authorize, Call, Error, ErrorKind, Idempotency, IssuedToken, Operation, Pipeline,
    Request, Result, SecretString, Sent, Token, TokenSource, async_trait,
};
use std::time::Duration;

use crate::client::{CGI_BIN, GETTOKEN};
use crate::envelope;

/// What a token lives for if WeCom does not tell (WeCom docs 91039: normally 7200 s).
const USUAL_LIFETIME: Duration = Duration::from_secs(7200);

/// Puts the token into the query, the only place where WeCom looks for it (41001 otherwise).
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

/// Puts corp and secret into the query of `gettoken`.
pub(crate) struct CredentialsInQuery {
    pub(crate) corp_id: String,
    pub(crate) corp_secret: SecretString,
}

impl Authorize for CredentialsInQuery {
    fn authorize(&self, request: &mut Request, _: Option<&Token>) -> Result<()> {
        let mut query = request.url.query_pairs_mut();
        query.append_pair("corpid", &self.corp_id);
        query.append_pair("corpsecret", self.corp_secret.expose_secret());
        Ok(())
    }
}

impl std::fmt::Debug for CredentialsInQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialsInQuery")
    }
}

/// `GET /cgi-bin/gettoken`, WeCom docs 91039.
#[derive(Debug)]
pub(crate) struct GetToken {
    /// A pipeline without tokens, with the same limits.
    pub(crate) pipeline: Pipeline,
}

#[async_trait]
impl TokenSource for GetToken {
    async fn fetch(&self) -> Result<IssuedToken> {
        let operation = Operation {
            name: GETTOKEN.into(),
            api: GETTOKEN.into(),
            idempotency: Idempotency::Idempotent,
            with_token: false,
        };
        let call = Call::get(operation, [CGI_BIN, GETTOKEN].concat());
        self.pipeline.run(&call, &issued_token).await
    }
}

#[derive(Default)]
struct TokenAnswer {
    access_token: SecretString,
    expires_in: Option<u64>,
}

impl Members for TokenAnswer {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "access_token" => self.access_token = members::text(map)?.into(),
            "expires_in" => self.expires_in = members::int(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

fn issued_token(answer: &Answer) -> Result<IssuedToken> {
    let TokenAnswer { access_token, expires_in } =
        envelope::decode::<TokenAnswer>(answer)?.into_value();
    if access_token.expose_secret().trim().is_empty() {
        return Err(
            Error::new(ErrorKind::Decode, "the answer has no access_token").with_sent(Sent::Yes)
        );
    }
    let lifetime = expires_in.filter(|seconds| *seconds > 0);
    let lifetime = lifetime.map_or(USUAL_LIFETIME, Duration::from_secs);
    Ok(IssuedToken::new(access_token, lifetime))
}
