//! Keyed hashes that stand for personal data: the same for the same value on every platform.

use std::borrow::Cow;
use std::fmt;

use hmac_sha256::HMAC;
use leadtag_core::SecretString;
use leadtag_core::secret::ExposeSecret;

use crate::masking::Kind;
use crate::{Error, Result};

/// A shorter key could be guessed.
const LEAST: usize = 16;

/// Makes the hashes: HMAC-SHA256 over what a value is and the value in its normal form, the first
/// 16 bytes in hexadecimal.
pub(crate) struct Pseudonyms(SecretString);

impl Pseudonyms {
    /// # Errors
    /// `Input`, for a key that is too short.
    pub(crate) fn new(key: &SecretString) -> Result<Self> {
        if key.expose_secret().len() < LEAST {
            return Err(Error::Input(format!(
                "hmac_key: a key of at least {LEAST} bytes is needed; make one with: openssl rand \
                 -hex 32"
            )));
        }
        Ok(Self(key.clone()))
    }

    /// What stands for a value; the empty text for one that is empty.
    pub(crate) fn of(&self, kind: Kind, value: &str) -> String {
        let (what, normal) = match kind {
            Kind::Mobile => ("mobile", normal_mobile(value)),
            Kind::Email => ("email", Cow::Owned(value.trim().to_lowercase())),
            Kind::Wechat => ("wechat", Cow::Borrowed(value.trim())),
            Kind::Text => ("text", Cow::Borrowed(value.trim())),
        };
        if normal.is_empty() {
            return String::new();
        }
        self.hash(what, &[&normal])
    }

    /// Tells keys apart without telling the key.
    pub(crate) fn check_value(&self) -> String {
        self.hash("check", &[])
    }

    fn hash(&self, what: &str, parts: &[&str]) -> String {
        keyed_hash(self.0.expose_secret().as_bytes(), what, parts)
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms(..)")
    }
}

/// A hash with the key of `pseudonyms`, if there is one, in 32 hexadecimal digits.
pub(crate) fn hash_of(pseudonyms: Option<&Pseudonyms>, what: &str, parts: &[&str]) -> String {
    match pseudonyms {
        Some(pseudonyms) => pseudonyms.hash(what, parts),
        None => keyed_hash(b"", what, parts),
    }
}

fn keyed_hash(key: &[u8], what: &str, parts: &[&str]) -> String {
    let mut mac = HMAC::new(key);
    mac.update(what);
    mac.update(":");
    // Of a single part nothing but the part: others can make the same hash with any tool.
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            mac.update([0]);
        }
        mac.update(part);
    }
    hex(&mac.finalize()[..16])
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A mobile without what people write around it: spaces, hyphens, dots, brackets, and the country
/// code of China; that of another country stays, with its `+`. What is no number stays as it is, but
/// for the spaces around it.
pub(crate) fn normal_mobile(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if value.bytes().any(|b| b.is_ascii_alphabetic()) {
        return Cow::Borrowed(value);
    }
    let bare = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let number = if bare(value) {
        Cow::Borrowed(value)
    } else {
        let around = |c: char| c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '+');
        let digits: String = value.chars().filter(|c| !around(*c)).collect();
        if !bare(&digits) {
            return Cow::Borrowed(value);
        }
        Cow::Owned(digits)
    };
    let local = number.strip_prefix("0086").or_else(|| number.strip_prefix("86"));
    match local.filter(|local| local.len() == 11 && local.starts_with('1')) {
        Some(local) => Cow::Owned(local.to_owned()),
        None if value.starts_with('+') => Cow::Owned(format!("+{number}")),
        None => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(key: &str) -> Pseudonyms {
        Pseudonyms::new(&SecretString::from(key)).unwrap()
    }

    #[test]
    fn a_mobile_has_one_hash_however_it_is_written() {
        let pseudonyms = pseudonyms("0123456789abcdef");
        let hash = pseudonyms.of(Kind::Mobile, "19900001234");
        for same in [
            "+86 199-0000-1234",
            " 8619900001234 ",
            "008619900001234",
            "(86) 199 0000 1234",
            "199.0000.1234",
        ] {
            assert_eq!(pseudonyms.of(Kind::Mobile, same), hash, "{same}");
        }
        for other in ["19900001235", "8619900001", "+1 9900001234", "9900001234"] {
            assert_ne!(pseudonyms.of(Kind::Mobile, other), hash, "{other}");
        }
    }

    #[test]
    fn a_hash_can_be_made_with_any_tool() {
        // printf 'mobile:19900001234' | openssl dgst -sha256 -hmac 0123456789abcdef
        let hash = pseudonyms("0123456789abcdef").of(Kind::Mobile, "19900001234");
        assert_eq!(hash, "58ff9b62c5ef94567aa6281e8070ac83");
    }

    #[test]
    fn another_key_or_kind_makes_another_hash() {
        let one = pseudonyms("0123456789abcdef");
        let mobile = one.of(Kind::Mobile, "19900001234");
        assert_ne!(pseudonyms("0123456789abcdeF").of(Kind::Mobile, "19900001234"), mobile);
        assert_ne!(one.of(Kind::Text, "19900001234"), mobile);
        assert_ne!(pseudonyms("0123456789abcdeF").check_value(), one.check_value());
    }

    #[test]
    fn a_digit_code_of_86_that_is_no_country_stays() {
        assert_eq!(normal_mobile("86-12345"), "8612345");
        assert_eq!(normal_mobile("无"), "无");
        assert_eq!(normal_mobile("1381234 转 5"), "1381234 转 5");
    }

    #[test]
    fn nothing_has_no_hash() {
        assert_eq!(pseudonyms("0123456789abcdef").of(Kind::Email, "  "), "");
    }

    #[test]
    fn a_short_key_is_refused() {
        let refused = Pseudonyms::new(&SecretString::from("short")).unwrap_err();
        assert!(refused.to_string().contains("16 bytes"), "{refused}");
    }
}
