//! JSON with everything personal masked, member by member in the order it has.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::Masker;
use super::names::{Kind, Name, Names, Role};

/// Stands for what cannot be looked through.
const HIDDEN: &str = "***";

/// What is nested deeper is hidden as a whole.
const MAX_DEPTH: u8 = 100;

/// A JSON value that is masked as it is serialised. Numbers and literals keep their text.
pub(crate) struct Masked<'a> {
    masker: &'a Masker<'a>,
    json: &'a RawValue,
    scope: Scope,
}

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Scope {
    /// All of it is personal.
    kind: Option<Kind>,
    /// It is, or stands in, a list of tags.
    tags: bool,
    depth: u8,
}

impl<'a> Masked<'a> {
    pub(crate) fn new(masker: &'a Masker<'a>, json: &'a RawValue) -> Self {
        Self { masker, json, scope: Scope::default() }
    }

    /// The value of the member `name`.
    pub(crate) fn of_member(masker: &'a Masker<'a>, name: &str, json: &'a RawValue) -> Self {
        Self {
            masker,
            json,
            scope: Scope::default().member(masker.names.judge(name), Label::default()),
        }
    }

    fn within(&self, json: &'a RawValue, scope: Scope) -> Self {
        Self { masker: self.masker, json, scope }
    }

    fn hidden<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.masker.masked.set(true);
        serializer.serialize_str(HIDDEN)
    }

    fn object<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(members) = members(self.json) else { return self.hidden(serializer) };
        let names = self.masker.names;
        let named = members.into_iter().map(|(name, json)| (names.judge(&name), name, json));
        let named: Vec<_> = named.collect();
        let label = Label::of(&named, names);
        let mut map = serializer.serialize_map(Some(named.len()))?;
        for (name, text, json) in named {
            let scope = self.scope.member(name, label);
            map.serialize_entry(&self.masker.text(&text), &self.within(json, scope))?;
        }
        map.end()
    }

    fn array<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(self.json.get()) else {
            return self.hidden(serializer);
        };
        let mut seq = serializer.serialize_seq(Some(items.len()))?;
        for item in items {
            seq.serialize_element(&self.within(item, self.scope.deeper()))?;
        }
        seq.end()
    }

    fn string<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Ok(text) = serde_json::from_str::<String>(self.json.get()) else {
            return self.hidden(serializer);
        };
        if let Some(inner) = self.json_within(&text) {
            return serializer.serialize_str(&inner);
        }
        serializer.serialize_str(&match self.scope.kind {
            Some(kind) => self.masker.changed(&text, kind.mask(&text)),
            None => self.masker.text(&text),
        })
    }

    /// The masked text of JSON inside a string.
    fn json_within(&self, text: &str) -> Option<String> {
        if !text.trim_start().starts_with(['[', '{', '"']) {
            return None;
        }
        let json: &RawValue = serde_json::from_str(text).ok()?;
        // Only what was masked is written anew: the platform's spaces and escapes stay.
        let before = self.masker.masked.replace(false);
        let masked = serde_json::to_string(&self.within(json, self.scope.deeper())).ok();
        let changed = self.masker.masked.get();
        self.masker.masked.set(before || changed);
        if changed { masked } else { Some(text.to_owned()) }
    }

    fn number<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.json.get();
        let shown = match self.scope.kind {
            Some(kind) => kind.mask(text),
            // A spreadsheet may have made 1.9900001234e10 of a mobile.
            None if text.contains(['e', 'E']) => {
                let whole = text.parse::<f64>().map(|number| format!("{number:.0}"));
                let whole = whole.unwrap_or_default();
                if self.masker.text(&whole) == whole { text.to_owned() } else { HIDDEN.to_owned() }
            }
            None => self.masker.text(text),
        };
        if shown == text {
            return self.json.serialize(serializer);
        }
        self.masker.masked.set(true);
        serializer.serialize_str(&shown)
    }
}

impl Serialize for Masked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.json.get().as_bytes().first() {
            _ if self.scope.depth > MAX_DEPTH => self.hidden(serializer),
            Some(b'{') => self.object(serializer),
            Some(b'[') => self.array(serializer),
            Some(b'"') => self.string(serializer),
            Some(b'-' | b'0'..=b'9') => self.number(serializer),
            // true, false and null tell nothing of a person.
            _ => self.json.serialize(serializer),
        }
    }
}

impl Scope {
    fn deeper(self) -> Self {
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
    fn of(members: &[(Name, String, &RawValue)], names: &Names) -> Self {
        let text = |json: &RawValue| serde_json::from_str::<String>(json.get()).ok();
        let labels = members.iter().filter(|(name, ..)| name.role == Role::Label);
        let labels = labels.filter_map(|(.., json)| Some(names.judge(&text(json)?)));
        // What a plain name says may be a person's, and is not remembered.
        let bare = members.iter().filter(|(name, ..)| name.bare);
        let bare = bare.filter_map(|(.., json)| Some(Name::of(&text(json)?)));
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

/// The members of an object, in their order; `None` if it is none.
pub(crate) fn members(json: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str::<Object<'_>>(json.get()).ok().map(|object| object.0)
}

struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Object(members))
    }
}
