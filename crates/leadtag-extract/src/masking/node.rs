//! JSON that can be looked through, whether it was read already or not.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Number, Value};

/// A JSON value.
pub(crate) trait Node: Copy + Serialize {
    /// What it is; `None` if it cannot be looked through.
    fn shape<'a>(self) -> Option<JsonShape<'a, Self>>
    where
        Self: 'a;

    /// The number that it is, if it was read already.
    fn number(&self) -> Option<&Number> {
        None
    }
}

/// What a JSON value is.
pub(crate) enum JsonShape<'a, N> {
    /// `true`, `false` or `null`.
    Literal,
    /// A number, by its text.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    Array(Vec<N>),
    Object(Vec<(Cow<'a, str>, N)>),
}

impl Node for &RawValue {
    fn shape<'a>(self) -> Option<JsonShape<'a, Self>>
    where
        Self: 'a,
    {
        let text = self.get();
        Some(match text.as_bytes().first() {
            Some(b'{') => JsonShape::Object(object(self)?),
            Some(b'[') => JsonShape::Array(serde_json::from_str(text).ok()?),
            Some(b'"') => JsonShape::Text(string(text)?),
            Some(b'-' | b'0'..=b'9') => JsonShape::Number(Cow::Borrowed(text)),
            _ => JsonShape::Literal,
        })
    }
}

impl Node for &Value {
    fn number(&self) -> Option<&Number> {
        self.as_number()
    }

    fn shape<'a>(self) -> Option<JsonShape<'a, Self>>
    where
        Self: 'a,
    {
        Some(match self {
            Value::Null | Value::Bool(_) => JsonShape::Literal,
            Value::Number(number) => JsonShape::Number(Cow::Owned(number.to_string())),
            Value::String(text) => JsonShape::Text(Cow::Borrowed(text)),
            Value::Array(items) => JsonShape::Array(items.iter().collect()),
            Value::Object(members) => JsonShape::Object(
                members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), value)).collect(),
            ),
        })
    }
}

/// The text of a JSON string.
fn string(json: &str) -> Option<Cow<'_, str>> {
    if !json.contains('\\') {
        return json.get(1..json.len() - 1).map(Cow::Borrowed);
    }
    serde_json::from_str(json).ok().map(Cow::Owned)
}

/// The members of an object, in their order, also those that come twice; `None` if it is none.
#[must_use]
pub fn members(json: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    let members = object(json)?.into_iter();
    Some(members.map(|(name, value)| (name.into_owned(), value)).collect())
}

fn object(json: &RawValue) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    serde_json::from_str::<Object<'_>>(json.get()).ok().map(|object| object.0)
}

struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

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
        while let Some((name, value)) = map.next_entry::<Text<'de>, &RawValue>()? {
            members.push((name.0, value));
        }
        Ok(Object(members))
    }
}

/// A text that is borrowed where it can be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
