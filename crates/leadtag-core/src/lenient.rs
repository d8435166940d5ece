//! Lenient reading: `#[serde(deserialize_with = "…")]` functions for values that platforms write
//! in more than one way. What cannot be read at all is still an error.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The text that one platform writes for an unset value.
const NIL: &str = "<nil>";

/// A string, or an integer read as its digits.
///
/// # Errors
/// Any other JSON value.
pub fn string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(StringVisitor)
}

/// As [`string`]; `null` and a missing member (with `default`) are `None`, `""` stays a string.
///
/// # Errors
/// A bool, a float, an array or an object.
pub fn opt_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    deserializer.deserialize_option(OptionVisitor(StringVisitor))
}

/// An integer, or a string of its digits. `null`, `""` and `"<nil>"` are `None`.
///
/// # Errors
/// Anything else, and integers outside of `T`.
pub fn opt_int<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128>,
{
    let value = deserializer.deserialize_option(ScalarVisitor)?;
    let Some(Scalar::Int(value)) = value else {
        return match value {
            None => Ok(None),
            Some(_) => Err(D::Error::custom("expected an integer")),
        };
    };
    T::try_from(value).map(Some).map_err(|_| D::Error::custom("integer out of range"))
}

/// An integer as [`opt_int`] reads it, or whatever else stands there.
pub(crate) enum IntOr<T> {
    Int(Option<T>),
    Other(Value),
}

impl<'de, T: TryFrom<i128>> Deserialize<'de> for IntOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IntOrVisitor(PhantomData))
    }
}

impl<T: TryFrom<i128>> IntOr<T> {
    fn of(number: impl Copy + Into<i128> + Into<Value>) -> Self {
        T::try_from(number.into())
            .map_or_else(|_| Self::Other(number.into()), |int| Self::Int(Some(int)))
    }
}

struct IntOrVisitor<T>(PhantomData<T>);

impl<'de, T: TryFrom<i128>> Visitor<'de> for IntOrVisitor<T> {
    type Value = IntOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<IntOr<T>, E> {
        Ok(IntOr::Int(None))
    }

    fn visit_bool<E>(self, value: bool) -> Result<IntOr<T>, E> {
        Ok(IntOr::Other(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<IntOr<T>, E> {
        Ok(IntOr::of(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<IntOr<T>, E> {
        Ok(IntOr::of(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<IntOr<T>, E> {
        Ok(IntOr::Other(value.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<IntOr<T>, E> {
        let digits = text.trim();
        if digits.is_empty() || digits == NIL {
            return Ok(IntOr::Int(None));
        }
        let int = digits.parse::<i128>().ok().and_then(|int| T::try_from(int).ok());
        Ok(int.map_or_else(|| IntOr::Other(text.into()), |int| IntOr::Int(Some(int))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<IntOr<T>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(IntOr::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<IntOr<T>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(IntOr::Other)
    }
}

/// As [`opt_int`] with `None` read as zero.
///
/// # Errors
/// As [`opt_int`].
pub fn int_or_zero<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i128> + Default,
{
    Ok(opt_int(deserializer)?.unwrap_or_default())
}

/// A bool, 0 or 1, or one of them in quotes. `null`, `""` and `"<nil>"` are `None`.
///
/// # Errors
/// Anything else.
pub fn opt_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match deserializer.deserialize_option(ScalarVisitor)? {
        None => Ok(None),
        Some(Scalar::Bool(value)) => Ok(Some(value)),
        Some(Scalar::Int(0)) => Ok(Some(false)),
        Some(Scalar::Int(1)) => Ok(Some(true)),
        Some(Scalar::Int(_)) => Err(D::Error::custom("expected a bool")),
    }
}

/// A list; `null` and `{}` are the empty list.
///
/// # Errors
/// An object with members, or an item that cannot be read.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ListVisitor(PhantomData))
}

struct StringVisitor;

impl<'de> Visitor<'de> for StringVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<String, E> {
        Ok(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }
}

struct OptionVisitor<V>(V);

impl<'de, V: Visitor<'de, Value = String>> Visitor<'de> for OptionVisitor<V> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self.0).map(Some)
    }
}

enum Scalar {
    Int(i128),
    Bool(bool),
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Option<Scalar>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a bool, in quotes or not")
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Bool(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Int(value.into())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Int(value.into())))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        match value.trim() {
            "" | NIL => Ok(None),
            "true" => Ok(Some(Scalar::Bool(true))),
            "false" => Ok(Some(Scalar::Bool(false))),
            digits => digits
                .parse()
                .map(|value| Some(Scalar::Int(value)))
                .map_err(|_| E::custom("expected a number or a bool in the string")),
        }
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, null or {}")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::with_capacity(seq.size_hint().unwrap_or(0));
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::custom("expected a list, found an object with members")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Row {
        #[serde(deserialize_with = "opt_int")]
        int: Option<i64>,
        #[serde(deserialize_with = "opt_bool")]
        flag: Option<bool>,
        #[serde(deserialize_with = "opt_string")]
        id: Option<String>,
        #[serde(deserialize_with = "list")]
        list: Vec<u8>,
    }

    fn read(json: &str) -> Result<Row, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn unset_values_are_read_in_every_spelling() {
        for json in [
            "{}",
            r#"{"int":null,"flag":null,"id":null,"list":null}"#,
            r#"{"int":"","flag":"<nil>","list":{}}"#,
            r#"{"int":"<nil>","flag":"","list":[]}"#,
        ] {
            assert_eq!(read(json).unwrap(), Row::default(), "{json}");
        }
    }

    #[test]
    fn numbers_bools_and_ids_are_read_with_and_without_quotes() {
        let row = Row {
            int: Some(-7),
            flag: Some(true),
            id: Some("410983932389440".into()),
            list: vec![1],
        };
        for json in [
            r#"{"int":-7,"flag":true,"id":410983932389440,"list":[1]}"#,
            r#"{"int":"-7","flag":"true","id":"410983932389440","list":[1]}"#,
            r#"{"int":"-7","flag":"1","id":"410983932389440","list":[1]}"#,
            r#"{"int":-7,"flag":1,"id":410983932389440,"list":[1]}"#,
        ] {
            assert_eq!(read(json).unwrap(), row, "{json}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for json in [
            r#"{"int":"seven"}"#,
            r#"{"int":1.5}"#,
            r#"{"int":true}"#,
            r#"{"flag":2}"#,
            r#"{"id":{}}"#,
            r#"{"list":{"a":1}}"#,
            r#"{"int":99999999999999999999}"#,
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
