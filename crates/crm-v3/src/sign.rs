//! The signature of a request.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use hmac_sha256::Hash;
use leadtag_core::http::{HeaderName, HeaderValue};
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{Authorize, Clock, Error, Request, Result, SecretString, Token};

/// Puts `appId`, `timestamp` and `sign` on a request, anew for every attempt.
///
/// `sign` is the SHA-256, in lower-case hexadecimal, of app id, timestamp, body and app key, one
/// after the other without separators (three public clients agree). The body is the buffer that is
/// sent. Address and method are not signed. The app key itself never leaves this process.
pub(crate) struct Signature {
    app_id: HeaderValue,
    app_key: SecretString,
    clock: Arc<dyn Clock>,
}

impl Signature {
    /// # Errors
    /// `ConfigInvalid` if the app id cannot stand in a header.
    pub(crate) fn new(app_id: &str, app_key: SecretString, clock: Arc<dyn Clock>) -> Result<Self> {
        // Blanks around it would be signed and then lost on the way, as those of any header.
        let plain = Some(app_id).filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic()));
        let app_id = plain
            .and_then(|id| HeaderValue::from_str(id).ok())
            .ok_or_else(|| Error::config("app_id has characters that no app id has"))?;
        Ok(Self { app_id, app_key, clock })
    }

    fn sign(&self, timestamp: &HeaderValue, body: &[u8]) -> String {
        let key = self.app_key.expose_secret().as_bytes();
        let mut hash = Hash::new();
        for part in [self.app_id.as_bytes(), timestamp.as_bytes(), body, key] {
            hash.update(part);
        }
        hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

impl Authorize for Signature {
    fn authorize(&self, request: &mut Request, _: Option<&Token>) -> Result<()> {
        let timestamp = HeaderValue::from(self.clock.now().as_unix_millis());
        let mut sign = HeaderValue::try_from(self.sign(&timestamp, &request.body))
            .map_err(|_| Error::config("the signature cannot stand in a header"))?;
        sign.set_sensitive(true);
        let headers = &mut request.headers;
        // Names of headers have no case: this is the documented `appId`.
        headers.insert(HeaderName::from_static("appid"), self.app_id.clone());
        headers.insert(HeaderName::from_static("timestamp"), timestamp);
        headers.insert(HeaderName::from_static("sign"), sign);
        Ok(())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use leadtag_core::SystemClock;

    use super::*;

    #[test]
    fn the_signature_is_the_hash_of_id_time_body_and_key() {
        let clock = Arc::new(SystemClock::new());
        let signature =
            Signature::new("wwexample_AbC123", "k3y-EXAMPLE-0001".into(), clock).unwrap();
        let timestamp = HeaderValue::from(1_700_000_000_123_i64);
        for (body, sign) in [
            (
                r#"{"customerId":410983932389440}"#,
                "3ad1561886e0babb321e2f3c3e75a5074c961a5d94517f23474b0177cc40fc74",
            ),
            ("", "c6c22e2b156e8696d188d2d928b09ab70de5a6f56bb3a935a5f1d61977fae3a0"),
            ("{}", "430018ee4301d7640555268e7ab8fbe0f300b4e6cd022f685fe16032a64822aa"),
            (
                r#"{"customerId":1,"field":"描述","valueAsText":"测试"}"#,
                "de497e0a912f19c4d31a41d83b84c78f69c9afc8a7a7bbeed1d8066aa1858836",
            ),
        ] {
            assert_eq!(signature.sign(&timestamp, body.as_bytes()), sign, "{body}");
        }
        assert!(!format!("{signature:?}").contains("k3y"));
    }
}
