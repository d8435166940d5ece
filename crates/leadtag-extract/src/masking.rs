//! Takes personal data out of what is shown or kept of a lead, also out of the JSON whose shape only
//! the platform knows. In doubt it masks.

mod json;
mod names;
mod node;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cell::Cell;

use leadtag_core::Lead;
use leadtag_core::pii::{Mobile, Personal, PersonalKind, PersonalText};
use leadtag_core::redact::mask_personal;
use serde_json::Number;

use crate::pii::normal_mobile;
pub use json::Masked;
pub(crate) use json::{Scope, Style};
pub use names::Names;
pub use node::members;

/// Whole numbers of so many digits are too short for a mobile.
const SHORT: usize = 10;
const SHORT_END: u64 = 10_u64.pow(SHORT as u32);

/// Masks the values of one lead.
///
/// What the lead itself declares to be personal is masked wherever it comes again; mobiles and
/// e-mail addresses are masked by their form; everything is masked in members whose names promise
/// personal data.
#[derive(Debug)]
pub struct Masker<'a> {
    names: &'a Names,
    known: Cow<'a, [PersonalValue]>,
    /// Whether something was masked.
    masked: Cell<bool>,
}

/// A value of the lead, and how it is masked.
#[derive(Clone)]
pub(crate) struct PersonalValue {
    value: String,
    /// What it is of, if that is more than what was left of it by the mask for all texts.
    whole: Option<String>,
    mask: fn(&str) -> String,
    /// It counts only as a whole text: it would stand in half of all words.
    short: bool,
}

impl std::fmt::Debug for PersonalValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl<'a> Masker<'a> {
    /// A masker for what belongs to `lead`.
    #[must_use]
    pub fn new(lead: &Lead, names: &'a Names) -> Self {
        Self { names, known: Cow::Owned(PersonalValue::of(lead)), masked: Cell::new(false) }
    }

    /// A masker for what belongs to the lead with these values.
    pub(crate) fn knowing(known: &'a [PersonalValue], names: &'a Names) -> Self {
        Self { names, known: Cow::Borrowed(known), masked: Cell::new(false) }
    }

    /// Whether something was masked so far.
    #[must_use]
    pub fn has_masked(&self) -> bool {
        self.masked.get()
    }

    /// A value that is personal.
    #[must_use]
    pub fn personal<K: PersonalKind>(&self, value: &Personal<K>) -> String {
        let shown = value.masked();
        self.note(value.reveal() != shown);
        shown
    }

    /// A text that may hold something personal.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut shown = mask_personal(text);
        for known in self.known.iter() {
            if known.stands_in(&shown) {
                shown = Cow::Owned(shown.replace(&known.value, &known.shown()));
            }
        }
        if let Cow::Owned(shown) = &shown {
            self.note(text != shown);
        }
        shown
    }

    /// Whether a whole number shows nobody: it is too short for a mobile, and nothing that is known
    /// to be personal is a number of so few digits.
    pub(crate) fn spares(&self, number: &Number) -> bool {
        let is_short = number.as_i64().is_some_and(|int| int.unsigned_abs() < SHORT_END);
        is_short && !self.known.iter().any(PersonalValue::is_short_number)
    }

    fn note(&self, masked: bool) {
        if masked {
            self.masked.set(true);
        }
    }
}

impl PersonalValue {
    /// What a lead declares to be personal.
    pub(crate) fn of(lead: &Lead) -> Vec<Self> {
        let mut known = Vec::new();
        for mobile in &lead.mobiles {
            Self::remember(&mut known, mobile);
            // Elsewhere it may stand without what is written between its digits.
            let normal = normal_mobile(mobile.reveal());
            let normal = normal.trim_start_matches('+');
            if normal != mobile.reveal() {
                Self::remember(&mut known, &Mobile::new(normal));
            }
        }
        lead.emails.iter().for_each(|email| Self::remember(&mut known, email));
        Self::add(&mut known, lead.name.iter().chain(&lead.company));
        known
    }

    /// Adds texts that are personal.
    pub(crate) fn add<'a>(known: &mut Vec<Self>, texts: impl Iterator<Item = &'a PersonalText>) {
        texts.for_each(|text| Self::remember(known, text));
        // What contains another one goes first.
        known.sort_by_key(|known| std::cmp::Reverse(known.value.len()));
    }

    fn remember<K: PersonalKind>(known: &mut Vec<Self>, value: &Personal<K>) {
        let plain = value.reveal().trim();
        let mut push = |value: &str, whole: Option<&str>| {
            if value.chars().any(char::is_alphanumeric) {
                let short = value.chars().count() < if value.is_ascii() { 4 } else { 2 };
                let (value, whole) = (value.to_owned(), whole.map(str::to_owned));
                known.push(Self { value, whole, mask: K::mask, short });
            }
        };
        push(plain, None);
        // A text is looked through after the patterns in it are masked.
        if let Cow::Owned(masked) = mask_personal(plain) {
            push(&masked, Some(plain));
        }
    }

    /// What stands in its place.
    fn shown(&self) -> String {
        (self.mask)(self.whole.as_ref().unwrap_or(&self.value))
    }

    /// Whether it can stand in a whole number of up to [`SHORT`] digits.
    fn is_short_number(&self) -> bool {
        let digits = self.value.strip_prefix('-').unwrap_or(&self.value);
        digits.len() <= SHORT && digits.bytes().all(|b| b.is_ascii_digit())
    }

    fn stands_in(&self, text: &str) -> bool {
        text.len() >= self.value.len()
            && if self.short { text.trim() == self.value } else { text.contains(&self.value) }
    }
}
