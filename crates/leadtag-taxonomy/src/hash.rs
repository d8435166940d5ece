//! SHA-256 as text.

use std::fmt::Write;

/// The SHA-256 of several parts, each with its length before it.
#[derive(Default)]
pub(crate) struct Parts(hmac_sha256::Hash);

impl Parts {
    /// Takes another part in.
    pub(crate) fn add(&mut self, part: &str) -> &mut Self {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part.as_bytes());
        self
    }

    /// The hash, as 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The SHA-256 of all `parts`, each with its length before it, as 64 hexadecimal digits.
pub(crate) fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Parts::default();
    for part in parts {
        hash.add(part);
    }
    hash.finish()
}

/// The SHA-256 of `bytes`, as 64 hexadecimal digits.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(&hmac_sha256::Hash::hash(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The SHA-256 of what comes in parts.
#[derive(Default)]
pub(crate) struct Stream(hmac_sha256::Hash);

impl Stream {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// As 64 hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}
