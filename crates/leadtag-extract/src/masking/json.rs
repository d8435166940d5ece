//! JSON with everything personal masked, member by member in the order it has.

use std::borrow::Cow;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::Masker;
use super::names::{Name, Names, Role};
use super::node::{JsonShape, Node};
use crate::PiiMode;
use crate::pii::{Kind, Pseudonyms};

/// Stands for what cannot be looked through.
const HIDDEN: &str = "***";

/// What is nested deeper is hidden as a whole.
const MAX_DEPTH: u8 = 100;

/// A JSON value that is masked as it is serialised. Numbers and literals keep their text.
#[derive(Debug)]
pub struct Masked<'a, N = &'a RawValue> {
    style: Style<'a>,
    json: N,
    scope: Scope,
}

/// How values are masked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style<'a> {
    pub(crate) masker: &'a Masker<'a>,
    /// What is personal as a whole is hashed instead.
    pub(crate) pseudonyms: Option<&'a Pseudonyms>,
    /// Whether texts are looked through that hold nothing personal as a rule.
    pub(crate) masks_texts: bool,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scope {
    /// All of it is personal.
    pub(crate) kind: Option<Kind>,
    /// It is, or stands in, a list of tags.
    tags: bool,
    depth: u8,
}

impl<'a> Masked<'a> {
    /// A value that stands nowhere in particular.
    #[must_use]
    pub fn new(masker: &'a Masker<'a>, json: &'a RawValue) -> Self {
        Self { style: Style::masking(masker), json, scope: Scope::default() }
    }

    /// The value of the member `name`.
    #[must_use]
    pub fn of_member(masker: &'a Masker<'a>, name: &str, json: &'a RawValue) -> Self {
        let scope = Scope::of_member(masker.names.judge(name));
        Self { style: Style::masking(masker), json, scope }
    }
}

#[allow(private_bounds, reason = "nobody else has JSON to look through")]
impl<'a, N: Node + 'a> Masked<'a, N> {
    /// A value that stands there.
    pub(crate) fn at(style: Style<'a>, scope: Scope, json: N) -> Self {
        Self { style, json, scope }
    }

    fn within(&self, json: N, scope: Scope) -> Self {
        Self { style: self.style, json, scope }
    }

    fn hidden<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.style.masker.note(true);
        serializer.serialize_str(HIDDEN)
    }

    fn object<S: Serializer>(
        &self,
        members: Vec<(Cow<'_, str>, N)>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let masker = self.style.masker;
        let named = members.into_iter().map(|(name, json)| (masker.names.judge(&name), name, json));
        let named: Vec<_> = named.collect();
        let label = Label::of(&named, masker.names);
        let mut map = serializer.serialize_map(Some(named.len()))?;
        for (name, text, json) in named {
            let scope = self.scope.member(name, label);
            map.serialize_entry(&masker.text(&text), &self.within(json, scope))?;
        }
        map.end()
    }

    fn array<S: Serializer>(&self, items: Vec<N>, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(items.len()))?;
        for item in items {
            seq.serialize_element(&self.within(item, self.scope.deeper()))?;
        }
        seq.end()
    }
}

impl<'a, N: Node + 'a> Serialize for Masked<'a, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.scope.depth > MAX_DEPTH {
            return self.hidden(serializer);
        }
        let masker = self.style.masker;
        if self.scope.is_plain() && self.json.number().is_some_and(|it| masker.spares(it)) {
            return self.json.serialize(serializer);
        }
        match self.json.shape() {
            None => self.hidden(serializer),
            Some(JsonShape::Object(members)) => self.object(members, serializer),
            Some(JsonShape::Array(items)) => self.array(items, serializer),
            Some(JsonShape::Text(text)) => {
                serializer.serialize_str(&self.style.string(self.scope, &text))
            }
            Some(JsonShape::Number(text)) => match self.style.number(self.scope, &text) {
                Some(shown) => serializer.serialize_str(&shown),
                None => self.json.serialize(serializer),
            },
            // true, false and null tell nothing of a person.
            Some(JsonShape::Literal) => self.json.serialize(serializer),
        }
    }
}

impl<'a> Style<'a> {
    fn masking(masker: &'a Masker<'a>) -> Self {
        Self { masker, pseudonyms: None, masks_texts: true }
    }

    /// The same in a column of this mode: nothing is hashed but where that is said.
    pub(crate) fn by(self, mode: PiiMode) -> Self {
        Self { pseudonyms: self.pseudonyms.filter(|_| mode == PiiMode::Hmac), ..self }
    }

    /// A text that stands there.
    pub(crate) fn string<'t>(self, scope: Scope, text: &'t str) -> Cow<'t, str> {
        if let Some(inner) = self.json_within(scope, text) {
            return inner;
        }
        match scope.kind {
            Some(kind) => self.personal(kind, text),
            None => self.masker.text(text),
        }
    }

    /// What stands in the place of a value that is personal as a whole.
    fn personal<'t>(self, kind: Kind, text: &'t str) -> Cow<'t, str> {
        let shown = match self.pseudonyms {
            Some(pseudonyms) => pseudonyms.of(kind, text),
            None => kind.mask(text),
        };
        if shown == text {
            return Cow::Borrowed(text);
        }
        self.masker.note(true);
        Cow::Owned(shown)
    }

    /// The masked text of JSON inside a string.
    fn json_within<'t>(self, scope: Scope, text: &'t str) -> Option<Cow<'t, str>> {
        if !text.trim_ascii_start().starts_with(['[', '{', '"']) {
            return None;
        }
        let json: &RawValue = serde_json::from_str(text).ok()?;
        // Only what was masked is written anew: the platform's spaces and escapes stay.
        let before = self.masker.masked.replace(false);
        let masked = serde_json::to_string(&Masked { style: self, json, scope: scope.deeper() });
        let changed = self.masker.masked.get();
        self.masker.masked.set(before || changed);
        if changed { masked.ok().map(Cow::Owned) } else { Some(Cow::Borrowed(text)) }
    }

    /// What stands in the place of a number; `None`: the number itself.
    pub(crate) fn number(self, scope: Scope, text: &str) -> Option<String> {
        let shown = match scope.kind {
            Some(kind) => self.personal(kind, text),
            // A spreadsheet may have made 1.9900001234e10 of a mobile.
            None if text.contains(['e', 'E']) => {
                let whole = text.parse::<f64>().map(|number| format!("{number:.0}"));
                let whole = whole.unwrap_or_default();
                Cow::Borrowed(if self.masker.text(&whole) == whole { text } else { HIDDEN })
            }
            // No number with a fraction is a mobile.
            None if text.contains('.') && !text.trim_end_matches('0').ends_with('.') => {
                Cow::Borrowed(text)
            }
            None => self.masker.text(text),
        };
        if shown == text {
            return None;
        }
        self.masker.note(true);
        Some(shown.into_owned())
    }
}

impl Scope {
    /// Where the value of a member stands that has this name.
    pub(crate) fn of_member(name: Name) -> Self {
        Self::default().member(name, Label::default())
    }

    /// Whether what stands there is personal only if its form says so.
    pub(crate) fn is_plain(self) -> bool {
        self.kind.is_none()
    }

    /// The same where all of it is personal.
    pub(crate) fn personal(self, kind: Kind) -> Self {
        Self { kind: self.kind.or(Some(kind)), ..self }
    }

    /// Where the items of an array stand.
    pub(crate) fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }

    /// The scope of a member's value; `label` is what the object says its values are.
    fn member(self, name: Name, label: Label) -> Self {
        let named = name.kind.filter(|_| !(self.tags && name.bare));
        let kind = self.kind.or(named).or_else(|| label.kind_of(name));
        Self { kind, tags: self.tags || name.tags, depth: self.depth + 1 }
    }
}

/// What an object such as `{"field":"mobile","valueAsText":"…"}` says its values are.
#[derive(Clone, Copy, Default)]
struct Label {
    /// Of all members.
    all: Option<Kind>,
    /// Of those that are called values: a `name` need not be a label.
    values: Option<Kind>,
}

impl Label {
    fn of<N: Node>(members: &[(Name, Cow<'_, str>, N)], names: &Names) -> Self {
        let text = |json: N| match json.shape()? {
            JsonShape::Text(text) => Some(text.into_owned()),
            _ => None,
        };
        let labels = members.iter().filter(|(name, ..)| name.role == Role::Label);
        let labels = labels.filter_map(|(.., json)| Some(names.judge(&text(*json)?)));
        // What a plain name says may be a person's, and is not remembered.
        let bare = members.iter().filter(|(name, ..)| name.bare);
        let bare = bare.filter_map(|(.., json)| Some(Name::of(&text(*json)?)));
        Self { all: first_kind(labels), values: first_kind(bare) }
    }

    fn kind_of(self, name: Name) -> Option<Kind> {
        match name.role {
            Role::Value => self.all.or(self.values),
            Role::Other => self.all,
            Role::Label | Role::Technical => None,
        }
    }
}

fn first_kind(mut names: impl Iterator<Item = Name>) -> Option<Kind> {
    names.find_map(|name| name.kind)
}
