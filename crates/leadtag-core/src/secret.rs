//! Secrets: values that are wiped from memory and never printed.

use std::fmt::Write as _;

use hmac_sha256::Hash;
pub use secrecy::{ExposeSecret, SecretString};

/// Sixteen hexadecimal digits that tell one secret from another without telling the secret.
///
/// The first eight bytes of a SHA-256 with a prefix of its own. Good for keys and file names.
#[must_use]
pub fn fingerprint(secret: &SecretString) -> String {
    short_hash("leadtag secret", &[secret.expose_secret()])
}

/// A stable short hash of some texts, in sixteen hexadecimal digits.
pub(crate) fn short_hash(purpose: &str, parts: &[&str]) -> String {
    let mut hash = Hash::new();
    for part in std::iter::once(&purpose).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_stable_and_tells_secrets_apart() {
        let one = fingerprint(&SecretString::from("first-secret"));
        assert_eq!(one, fingerprint(&SecretString::from("first-secret")));
        assert_ne!(one, fingerprint(&SecretString::from("other-secret")));
        assert_eq!(one.len(), 16);
        assert_ne!(short_hash("p", &["ab", "c"]), short_hash("p", &["a", "bc"]));
    }
}
