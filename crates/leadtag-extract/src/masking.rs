//! Takes personal data out of what is shown of a lead, also out of the JSON whose shape only the
//! platform knows. In doubt it masks.

mod json;
mod names;
#[cfg(test)]
mod tests;

use std::cell::Cell;

use leadtag::Lead;
use leadtag::pii::{Personal, PersonalKind};
use leadtag::redact::mask_personal;

pub(crate) use json::{Masked, members};
pub(crate) use names::Names;

/// Masks the values of one lead.
///
/// What the lead itself declares to be personal is masked wherever it comes again; mobiles and
/// e-mail addresses are masked by their form; everything is masked in members whose names promise
/// personal data.
#[derive(Debug)]
pub(crate) struct Masker<'a> {
    names: &'a Names,
    known: Vec<Known>,
    /// Whether something was masked.
    masked: Cell<bool>,
}

/// A value of the lead, and what stands in its place.
struct Known {
    value: String,
    shown: String,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl<'a> Masker<'a> {
    pub(crate) fn new(lead: &Lead, names: &'a Names) -> Self {
        let mut known = Vec::new();
        lead.mobiles.iter().for_each(|mobile| remember(&mut known, mobile));
        lead.emails.iter().for_each(|email| remember(&mut known, email));
        lead.name.iter().chain(&lead.company).for_each(|text| remember(&mut known, text));
        // What contains another one goes first.
        known.sort_by_key(|known| std::cmp::Reverse(known.value.len()));
        Self { names, known, masked: Cell::new(false) }
    }

    /// Whether something was masked so far.
    pub(crate) fn has_masked(&self) -> bool {
        self.masked.get()
    }

    /// A value that is personal.
    pub(crate) fn personal<K: PersonalKind>(&self, value: &Personal<K>) -> String {
        self.changed(value.reveal(), value.masked())
    }

    /// A text that may hold something personal.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut shown = mask_personal(text).into_owned();
        for known in &self.known {
            if known.stands_in(&shown) {
                shown = shown.replace(&known.value, &known.shown);
            }
        }
        self.changed(text, shown)
    }

    fn changed(&self, before: &str, after: String) -> String {
        if before != after {
            self.masked.set(true);
        }
        after
    }
}

fn remember<K: PersonalKind>(known: &mut Vec<Known>, value: &Personal<K>) {
    let plain = value.reveal().trim();
    // A text is looked through after the patterns in it are masked.
    for value in [plain.to_owned(), mask_personal(plain).into_owned()] {
        if value.chars().any(char::is_alphanumeric) {
            known.push(Known { value, shown: K::mask(plain) });
        }
    }
}

impl Known {
    /// A short value counts only as a whole text: it would stand in half of all words.
    fn stands_in(&self, text: &str) -> bool {
        let short = if self.value.is_ascii() { 4 } else { 2 };
        if self.value.chars().count() < short {
            text.trim() == self.value
        } else {
            text.contains(&self.value)
        }
    }
}
