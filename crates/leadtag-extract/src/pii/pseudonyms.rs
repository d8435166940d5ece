//! Keyed hashes that stand for personal data: the same for the same value on every platform.

use std::borrow::Cow;
use std::fmt;

use hmac_sha256::HMAC;
use leadtag_core::SecretString;
use leadtag_core::redact::plain_char;
use leadtag_core::secret::ExposeSecret;

use super::{HIDDEN_ID, Kind};
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
            // A mobile is one wherever it stands: people are told by it.
            Kind::Wechat | Kind::Text => {
                match whole_number(value).filter(|number| is_mobile(number)) {
                    Some(mobile) => ("mobile", mobile),
                    None if kind == Kind::Wechat => ("wechat", Cow::Borrowed(value.trim())),
                    None => ("text", Cow::Borrowed(value.trim())),
                }
            }
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

/// What stands for an id that tells who it is. Ids that differ at all are those of different leads.
pub(crate) fn hidden_id(id: &str, pseudonyms: Option<&Pseudonyms>) -> String {
    format!("{HIDDEN_ID}{}", hash_of(pseudonyms, "id", &[id]))
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

/// A mobile without what people write around it: spaces, hyphens, dots, brackets, marks that are not
/// seen, a 0 before it, and the country code of China; that of another country stays, with its `+`.
/// Of a text with one mobile of China in it, that. What else is no number stays as it is, but for the
/// spaces around it.
pub(crate) fn normal_mobile(value: &str) -> Cow<'_, str> {
    let value = value.trim();
    if let Some(number) = whole_number(value) {
        return number;
    }
    let text: String = seen(value).collect();
    mobile_within(&text).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// The normal form of what is a number and nothing else.
pub(crate) fn whole_number(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    if is_mobile(value) {
        return Some(Cow::Borrowed(value));
    }
    if value.bytes().any(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let written = || seen(value).collect();
    let is_plain = is_digits(value);
    let text = if is_plain { Cow::Borrowed(value) } else { Cow::Owned(written()) };
    // As a spreadsheet makes it of a number.
    let text = text.strip_suffix(".0").filter(|text| is_digits(text)).unwrap_or(&text);
    let within = || text.chars().filter(|c| !is_around(*c)).collect();
    let digits = if is_plain { Cow::Borrowed(value) } else { Cow::Owned(within()) };
    if !is_digits(&digits) {
        return None;
    }
    Some(match local(&digits, is_abroad(text)) {
        Some(local) => Cow::Owned(local.to_owned()),
        None if is_abroad(text) => Cow::Owned(format!("+{digits}")),
        // What is dialled in China where others write a `+`.
        None if digits.starts_with("00") && digits.len() >= 12 => {
            Cow::Owned(format!("+{}", &digits[2..]))
        }
        None if digits == value => Cow::Borrowed(value),
        None => Cow::Owned(digits.into_owned()),
    })
}

/// The mobiles that somebody wrote into one field, each in its normal form.
pub(crate) fn mobiles_in(value: &str) -> Vec<Cow<'_, str>> {
    let of_parts = |between: fn(char) -> bool| {
        let parts = value.split(between).filter(|part| !part.trim().is_empty());
        let parts: Vec<_> = parts.map(normal_mobile).collect();
        (parts.len() > 1 && parts.iter().all(|part| is_mobile(part))).then_some(parts)
    };
    let in_text = || {
        let found = mobiles_within(&seen(value).collect::<String>());
        (found.len() > 1).then(|| found.into_iter().map(Cow::Owned).collect())
    };
    of_parts(|c| ",;/|、，；／".contains(c))
        .or_else(|| of_parts(char::is_whitespace))
        .or_else(in_text)
        .unwrap_or_else(|| vec![normal_mobile(value)])
}

/// The only mobile in a text, if there is one.
fn mobile_within(text: &str) -> Option<String> {
    let mut found = mobiles_within(text);
    if found.len() == 1 { found.pop() } else { None }
}

/// The mobiles in a text, in their normal form.
fn mobiles_within(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    let is_of_number = |c: char| c.is_ascii_digit() || is_around(c);
    while let Some(start) = rest.find(is_of_number) {
        let run = &rest[start..];
        let end = run.find(|c| !is_of_number(c)).unwrap_or(run.len());
        let beside = [rest[..start].chars().next_back(), run[end..].chars().next()];
        let alone = beside.into_iter().flatten().all(|c| !c.is_ascii_alphanumeric());
        let digits: String = run[..end].chars().filter(char::is_ascii_digit).collect();
        let is_two = end > digits.len() && digits.len() == 22;
        match local(&digits, is_abroad(&run[..end])) {
            Some(mobile) if alone => found.push(mobile.to_owned()),
            // 19900001234 - 19900001235
            None if alone && is_two && !is_abroad(&run[..end]) => {
                let both = [&digits[..11], &digits[11..]];
                found.extend(both.into_iter().filter(|half| is_mobile(half)).map(str::to_owned));
            }
            _ => {}
        }
        rest = &run[end..];
    }
    found
}

/// A mobile of China without its country code, which must be there after a `+`, and without the 0 of
/// calls from afar.
fn local(digits: &str, is_abroad: bool) -> Option<&str> {
    let national = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    let forms = [Some(digits).filter(|_| !is_abroad), national].into_iter().flatten();
    let forms = forms.flat_map(|form| [Some(form), form.strip_prefix('0')]).flatten();
    forms.into_iter().find(|form| is_mobile(form))
}

/// Whether a country code comes first.
fn is_abroad(text: &str) -> bool {
    text.trim_start_matches(|c| c != '+' && is_around(c)).starts_with('+')
}

/// The characters that count, as they are in plain text.
fn seen(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter_map(plain_char)
}

fn is_mobile(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && is_digits(text)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// What stands within or around a number and is none of it.
fn is_around(c: char) -> bool {
    c.is_whitespace() || "-._()+'’·".contains(c)
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
            "199_0000_1234",
            "１９９００００１２３４",
            "＋86 19900001234",
            "+86－199－0000－1234",
            "199–0000–1234",
            "199\u{2011}0000\u{2011}1234",
            "\u{202d}199\u{200b}00001234\u{202c}",
            "019900001234",
            "+86 0199 0000 1234",
            "19900001234;",
            "手机：199-0000-1234",
            "tel:19900001234",
            "19900001234（张）",
            "19900001234.0",
            "'19900001234",
        ] {
            assert_eq!(pseudonyms.of(Kind::Mobile, same), hash, "{same}");
        }
        for other in [
            "19900001235",
            "8619900001",
            "+1 9900001234",
            "9900001234",
            "19900001234 19900001235",
            "a19900001234",
            "199****1234",
            "'+1 990 000 1234",
            "(+1) 19900001234",
            "手机（+1）9900001234",
            "﹢1 9900001234",
        ] {
            assert_ne!(pseudonyms.of(Kind::Mobile, other), hash, "{other}");
        }
    }

    #[test]
    fn several_mobiles_in_one_field_are_several() {
        for text in [
            "19900001234/19900001235",
            "+86 19900001234,+86 19900001235",
            "199 0000 1234/199-0000-1235",
            "19900001234、19900001235",
            "19900001234 19900001235",
            "19900001234(张)19900001235(李)",
            "19900001234 或 199 0000 1235",
            "19900001234 - 19900001235",
        ] {
            assert_eq!(mobiles_in(text), ["19900001234", "19900001235"], "{text}");
        }
        assert_eq!(mobiles_in("199 0000 1234"), ["19900001234"]);
        assert_eq!(mobiles_in("010-1234567/8"), ["010-1234567/8"]);
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
        assert_ne!(one.of(Kind::Wechat, "wx_1234"), one.of(Kind::Text, "wx_1234"));
        // A person whose WeChat id is the mobile is told by it, as one whose name it is.
        assert_eq!(one.of(Kind::Wechat, "199 0000 1234"), mobile);
        assert_eq!(one.of(Kind::Text, "+86 199-0000-1234"), mobile);
        assert_ne!(pseudonyms("0123456789abcdeF").check_value(), one.check_value());
    }

    #[test]
    fn a_digit_code_of_86_that_is_no_country_stays() {
        assert_eq!(normal_mobile("86-12345"), "8612345");
        assert_eq!(normal_mobile("无"), "无");
        assert_eq!(normal_mobile("00852 91234567"), normal_mobile("+852 9123-4567"));
        assert_eq!(normal_mobile("0012345"), "0012345");
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
