//! The signature of a request: hex of SHA-256 over `appId`, `timestamp`, body and `appKey`.
//!
//! Three public clients agree on it. Inferred: a missing header, an unknown `appId` and upper-case
//! hex are 1002; the signature is looked at before the time; a `timestamp` that is no number is
//! 1003. Unknown is how far a clock may be off: [`TOLERANCE_MILLIS`] is the sandbox's choice.

use std::fmt::Write;

use axum::http::StatusCode;
use hmac_sha256::Hash;

use super::codes;
use super::envelope::Refusal;
use crate::call::Call;

/// The corp's id, then six characters.
pub(super) const APP_ID: &str = "wwexample_AbC123";
pub(super) const APP_KEY: &str = "k3y-EXAMPLE-0001";

/// 15 minutes to either side.
const TOLERANCE_MILLIS: u64 = 15 * 60 * 1000;

/// The value of a header; empty if there is none.
pub(super) fn header<'a>(call: &'a Call, name: &str) -> &'a str {
    call.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Checks the headers of a request; `now` is the server's clock in seconds since the Unix epoch.
pub(super) fn check(call: &Call, now: i64) -> Result<(), Refusal> {
    if call.headers.contains_key("appKey") {
        let text = "the header appKey carries the signing secret; sign with it and never send it";
        let refusal = Refusal::because(codes::LEAKED_KEY, text);
        return Err(Refusal { status: StatusCode::BAD_REQUEST, ..refusal });
    }
    let timestamp = header(call, "timestamp");
    let expected = sign(APP_ID, timestamp, &call.body, APP_KEY);
    if header(call, "appId") != APP_ID || header(call, "sign") != expected {
        return Err(Refusal::new(codes::INVALID_SIGN));
    }
    let now = u64::try_from(now).unwrap_or_default() * 1000;
    match timestamp.parse::<u64>() {
        Ok(at) if at.abs_diff(now) <= TOLERANCE_MILLIS => Ok(()),
        _ => Err(Refusal::new(codes::INVALID_TIMESTAMP)),
    }
}

fn sign(app_id: &str, timestamp: &str, body: &[u8], app_key: &str) -> String {
    let mut hash = Hash::new();
    for part in [app_id.as_bytes(), timestamp.as_bytes(), body, app_key.as_bytes()] {
        hash.update(part);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{APP_ID, APP_KEY, sign};

    #[test]
    fn the_signature_is_that_of_vectors_made_from_the_definition() {
        for (body, expected) in [
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
            assert_eq!(sign(APP_ID, "1700000000123", body.as_bytes(), APP_KEY), expected);
        }
    }
}
