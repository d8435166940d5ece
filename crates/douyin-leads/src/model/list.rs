//! Lists, whose unset forms are many: `[]`, `null`, `{}`, `"<nil>"`, and a list of one `"<nil>"`.

use std::fmt;
use std::marker::PhantomData;

use leadtag_core::RawJson;
use leadtag_core::members::{self, MapAccess, Members};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::NIL;

/// Rows per page unless a request says otherwise: the default of the vendor's own clients. The
/// smallest and the largest number are not documented.
pub const DEFAULT_COUNT: u32 = 10;

/// A row of a list: a type of this crate, or [`RawJson`].
pub trait Row: Sized + Send {
    /// Reads a row; `null`, `""` and `"<nil>"` are none.
    ///
    /// # Errors
    /// If it is anything else than a row.
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

/// The row of an object that is read member by member.
pub(super) fn object_row<'de, D: Deserializer<'de>, T: Members>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ObjectRow(PhantomData))
}

struct ObjectRow<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for ObjectRow<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        members::object(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        unset(text)
    }
}

fn unset<T: Default, E: Error>(text: &str) -> Result<T, E> {
    match text {
        "" | NIL => Ok(T::default()),
        _ => Err(E::custom("expected a row, found a text")),
    }
}

impl Row for RawJson {
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let raw = Self::deserialize(deserializer)?;
        let is_unset = matches!(raw.as_str(), "null" | "\"\"" | "\"<nil>\"");
        Ok((!is_unset).then_some(raw))
    }
}

impl Row for String {
    fn read_row<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        let text = leadtag_core::lenient::opt_string(deserializer)?;
        Ok(text.filter(|text| !text.is_empty() && text != NIL))
    }
}

/// A list in whichever form.
pub(crate) struct Rows<T>(pub(crate) Vec<T>);

impl<'de, T: Row> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsVisitor(PhantomData)).map(Self)
    }
}

struct RowsVisitor<T>(PhantomData<T>);

impl<'de, T: Row> Visitor<'de> for RowsVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, null or {}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut rows = Vec::with_capacity(seq.size_hint().unwrap_or(0));
        while let Some(OneRow(row)) = seq.next_element()? {
            rows.extend(row);
        }
        Ok(rows)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<T>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(A::Error::custom("expected a list, found an object with members")),
        }
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<T>, E> {
        unset(text)
    }
}

struct OneRow<T>(Option<T>);

impl<'de, T: Row> Deserialize<'de> for OneRow<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_row(deserializer).map(Self)
    }
}
