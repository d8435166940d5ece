//! Personal data: values that are never printed unless somebody asks for them.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer};

use crate::redact::is_mobile;

/// A piece of personal data (个人信息). `Debug` and `Display` mask it; [`reveal`](Self::reveal)
/// gives the value. It cannot be serialised by accident: say which of the two you mean.
///
/// ```
/// use leadtag_core::pii::Mobile;
/// let mobile = Mobile::new("19900001234");
/// assert_eq!(mobile.to_string(), "199****1234");
/// assert_eq!(mobile.reveal(), "19900001234");
/// ```
pub struct Personal<K> {
    value: String,
    kind: PhantomData<fn() -> K>,
}

/// A mobile number (手机号), shown as `199****1234`.
pub type Mobile = Personal<MobileKind>;
/// An e-mail address (邮箱), shown as `z***@***`.
pub type Email = Personal<EmailKind>;
/// An identity at WeChat, such as a WeChat name or a `unionid`, shown as `wx***`.
pub type WechatId = Personal<WechatIdKind>;
/// A name or a free text about a person, shown as its first character and `**`.
pub type PersonalText = Personal<TextKind>;

/// How one kind of personal data is masked.
pub trait PersonalKind {
    /// The value with enough taken out that it identifies nobody.
    fn mask(value: &str) -> String;
}

/// See [`Mobile`].
#[derive(Clone, Copy, Debug)]
pub enum MobileKind {}
/// See [`Email`].
#[derive(Clone, Copy, Debug)]
pub enum EmailKind {}
/// See [`WechatId`].
#[derive(Clone, Copy, Debug)]
pub enum WechatIdKind {}
/// See [`PersonalText`].
#[derive(Clone, Copy, Debug)]
pub enum TextKind {}

impl PersonalKind for MobileKind {
    fn mask(value: &str) -> String {
        let length = value.chars().count();
        if length < 11 {
            return "*".repeat(length);
        }
        let head = start_of(value, 3);
        let tail = &value[start_of(value, length - 4).len()..];
        [head, "****", tail].concat()
    }
}

impl PersonalKind for EmailKind {
    fn mask(value: &str) -> String {
        first_and(value, 1, "***@***")
    }
}

impl PersonalKind for WechatIdKind {
    fn mask(value: &str) -> String {
        first_and(value, 2, "***")
    }
}

impl PersonalKind for TextKind {
    fn mask(value: &str) -> String {
        first_and(value, 1, "**")
    }
}

/// The first `keep` characters, if that is less than the whole, then `rest`.
fn first_and(value: &str, keep: usize, rest: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let shown = start_of(value, keep);
    if shown.len() == value.len() { rest.to_owned() } else { [shown, rest].concat() }
}

/// The first characters of a text.
fn start_of(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

impl<K: PersonalKind> Personal<K> {
    /// Wraps a value. Its form is not checked: what a CRM holds is kept as it is.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), kind: PhantomData }
    }

    /// The plain value. Do not print or log it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// The plain value, by value. Do not print or log it.
    #[must_use]
    pub fn into_revealed(self) -> String {
        self.value
    }

    /// The masked value, as `Display` prints it.
    #[must_use]
    pub fn masked(&self) -> String {
        K::mask(&self.value)
    }

    /// Whether the value is the empty text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }
}

impl Mobile {
    /// Whether it has the form of a mobile number of mainland China: eleven digits that begin with
    /// 13 to 19, with or without the country code 86, spaces and hyphens.
    ///
    /// A CRM may hold others: typing mistakes, landlines, numbers of other countries.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let number = self.value.trim();
        let number = number.strip_prefix('+').unwrap_or(number);
        let digits: Vec<u8> = number.bytes().filter(|b| !matches!(b, b' ' | b'-')).collect();
        digits.iter().all(u8::is_ascii_digit) && is_mobile(&digits)
    }
}

impl<K> Clone for Personal<K> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), kind: PhantomData }
    }
}

impl<K> Default for Personal<K> {
    fn default() -> Self {
        Self { value: String::new(), kind: PhantomData }
    }
}

impl<K> PartialEq for Personal<K> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<K> Eq for Personal<K> {}

impl<K> std::hash::Hash for Personal<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<K: PersonalKind> fmt::Debug for Personal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl<K: PersonalKind> fmt::Display for Personal<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.masked())
    }
}

impl<K: PersonalKind> From<&str> for Personal<K> {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl<K: PersonalKind> From<String> for Personal<K> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

/// Reads a string or an integer.
impl<'de, K: PersonalKind> Deserialize<'de> for Personal<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::lenient::string(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_prints_its_value() {
        assert_eq!(format!("{:?}", Mobile::new("19900001234")), "199****1234");
        assert_eq!(Mobile::new("145678388").to_string(), "*********");
        assert_eq!(Email::new("zhang@example.com").to_string(), "z***@***");
        assert_eq!(WechatId::new("oAbCdEf").to_string(), "oA***");
        assert_eq!(PersonalText::new("王小明").to_string(), "王**");
        assert_eq!(PersonalText::new("王").to_string(), "**");
        assert_eq!(PersonalText::new("").to_string(), "");
    }

    #[test]
    fn a_number_that_cannot_be_a_mobile_is_kept_and_told() {
        for valid in ["19900001234", "+86 199-0000-1234", "8619900001234", " 0086 19900001234 "] {
            assert!(Mobile::new(valid).is_valid(), "{valid}");
        }
        for invalid in ["145678388", "", "12900001234", "1990000123a", "199000012345", "无"] {
            assert!(!Mobile::new(invalid).is_valid(), "{invalid}");
            assert_eq!(Mobile::new(invalid).reveal(), invalid);
        }
    }
}
