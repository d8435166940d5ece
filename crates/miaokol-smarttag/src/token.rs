//! Where the token comes from, and where it is put.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{
    Answer, Authorize, Call, Error, ErrorKind, Idempotency, IssuedToken, Operation, Pipeline,
    Request, Result, SecretString, Sent, Token, TokenSource, async_trait,
};
use serde::{Deserialize, Deserializer, Serialize};

use crate::PLATFORM;
use crate::client::{JSON, TENANT, TOKEN, path_of};
use crate::envelope;

/// What a token lives for if Miaokol does not tell (vendor's document on the token: 7200 s).
const USUAL_LIFETIME: Duration = Duration::from_secs(7200);

/// Puts app and token first among the parameters: into the query of a GET, into the body of
/// everything else. Miaokol looks for them nowhere else.
#[derive(Debug)]
pub(crate) struct TokenInRequest {
    pub(crate) app_id: Arc<str>,
}

impl Authorize for TokenInRequest {
    fn authorize(&self, request: &mut Request, token: Option<&Token>) -> Result<()> {
        let token = token.map(Token::expose).unwrap_or_default();
        if request.method == "GET" {
            self.put_in_query(request, token);
            return Ok(());
        }
        request.body = self.put_in_body(&request.body, token)?.into();
        Ok(())
    }
}

impl TokenInRequest {
    fn put_in_query(&self, request: &mut Request, token: &str) {
        let rest = request.url.query().map(str::to_owned);
        request.url.set_query(None);
        request
            .url
            .query_pairs_mut()
            .append_pair("app_id", &self.app_id)
            .append_pair("access_token", token);
        if let (Some(rest), Some(first)) = (rest, request.url.query()) {
            let joined = format!("{first}&{rest}");
            request.url.set_query(Some(&joined));
        }
    }

    fn put_in_body(&self, body: &[u8], token: &str) -> Result<Vec<u8>> {
        let members = match body.trim_ascii_start() {
            [] => b"}",
            [b'{', members @ ..] => members.trim_ascii_start(),
            _ => return Err(Error::invalid_argument("the body is no JSON object")),
        };
        let first = Credential { app_id: &self.app_id, access_token: token };
        let mut whole = json(&first)?;
        whole.pop();
        if !members.starts_with(b"}") {
            whole.push(b',');
        }
        whole.extend_from_slice(members);
        Ok(whole)
    }
}

#[derive(Serialize)]
struct Credential<'a> {
    app_id: &'a str,
    access_token: &'a str,
}

/// The body of the token call.
#[derive(Serialize)]
struct AskToken<'a> {
    app_id: &'a str,
    app_secret: &'a str,
    // Spelt so in the document's table and in its example.
    grand_type: &'a str,
}

/// Makes the body of the token call.
pub(crate) struct CredentialsInBody {
    pub(crate) app_id: Arc<str>,
    pub(crate) app_secret: SecretString,
}

impl Authorize for CredentialsInBody {
    fn authorize(&self, request: &mut Request, _: Option<&Token>) -> Result<()> {
        let ask = AskToken {
            app_id: &self.app_id,
            app_secret: self.app_secret.expose_secret(),
            grand_type: "client_credentials",
        };
        request.body = json(&ask)?.into();
        Ok(())
    }
}

impl fmt::Debug for CredentialsInBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CredentialsInBody")
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    leadtag_core::body::to_json(value, PLATFORM, TOKEN)
}

/// `POST /oauth/token`.
#[derive(Debug)]
pub(crate) struct GetToken {
    /// A pipeline without tokens, with the same limits.
    pub(crate) pipeline: Pipeline,
}

#[async_trait]
impl TokenSource for GetToken {
    async fn fetch(&self) -> Result<IssuedToken> {
        let operation = Operation {
            name: TOKEN.into(),
            api: TENANT.into(),
            idempotency: Idempotency::Idempotent,
            with_token: false,
        };
        let call = Call::post(operation, path_of(TOKEN), JSON, Vec::new());
        self.pipeline.run(&call, &issued_token).await
    }
}

#[derive(Default)]
struct TokenFields {
    access_token: SecretString,
    expires_in: Option<u64>,
}

impl TokenFields {
    fn has_token(&self) -> bool {
        !self.access_token.expose_secret().trim().is_empty()
    }
}

impl Members for TokenFields {
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

impl<'de> Deserialize<'de> for TokenFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// The documents do not show the answer: the token may stand in `data`, as every other answer has
/// it, or beside the code.
fn issued_token(answer: &Answer) -> Result<IssuedToken> {
    let nested = envelope::decode_object::<TokenFields>(answer);
    let fields = match nested {
        Ok(reply) if reply.has_token() => reply.into_value(),
        Err(error) if error.platform_code().is_some() => return Err(error),
        other => match serde_json::from_slice::<TokenFields>(&answer.body) {
            Ok(beside) if beside.has_token() && answer.status.is_success() => beside,
            _ => return Err(other.err().unwrap_or_else(no_token)),
        },
    };
    let lifetime = fields.expires_in.filter(|seconds| *seconds > 0);
    let lifetime = lifetime.map_or(USUAL_LIFETIME, Duration::from_secs);
    Ok(IssuedToken::new(fields.access_token, lifetime))
}

fn no_token() -> Error {
    Error::new(ErrorKind::Decode, "the answer has no access_token").with_sent(Sent::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_and_token_come_first_in_any_body() {
        let authorize = TokenInRequest { app_id: "a\"1".into() };
        let first = r#"{"app_id":"a\"1","access_token":"t""#;
        for (body, rest) in [
            ("", "}"),
            ("{}", "}"),
            (" { } ", "} "),
            (r#"{"x":1}"#, r#","x":1}"#),
            ("\n{\n \"x\":1}", r#","x":1}"#),
        ] {
            let whole = authorize.put_in_body(body.as_bytes(), "t").unwrap();
            assert_eq!(whole, [first, rest].concat().as_bytes(), "{body:?}");
        }
        for body in ["[]", "null", "x", "\"{}\""] {
            assert!(authorize.put_in_body(body.as_bytes(), "t").is_err(), "{body}");
        }
    }
}
