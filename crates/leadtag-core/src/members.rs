//! JSON objects read member by member, in one pass: what is known goes into its field, in
//! whichever spelling the platform writes it, and what is not known is kept.
//!
//! For rows of long lists: `serde(flatten)` would hold every row in memory before it reads it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

#[doc(no_inline)]
pub use serde::de::MapAccess;
use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};
use serde_json::{Map, Value};

use crate::lenient;

/// Members of an object that have no field of their own, as they came. `Debug` tells their names
/// only: nobody knows what the values are.
// Boxed: nearly every row of a long list has none, and pays a pointer for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Extra {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |members| members.len())
    }

    /// The value of one member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.get(name)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let members = self.0.iter().flat_map(|members| members.iter());
        members.map(|(name, value)| (name.as_str(), value))
    }

    /// Keeps a member, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.get_or_insert_default().insert(name.into(), value);
    }
}

impl IntoIterator for Extra {
    type Item = (String, Value);
    type IntoIter = serde_json::map::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        self.0.map(|members| *members).unwrap_or_default().into_iter()
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

/// An object that is read member by member.
///
/// ```
/// use leadtag_core::members::{self, Extra, MapAccess, Members};
///
/// #[derive(Debug, Default)]
/// struct Row {
///     name: String,
///     count: Option<u32>,
///     extra: Extra,
/// }
///
/// impl Members for Row {
///     fn read<'de, M: MapAccess<'de>>(
///         &mut self,
///         name: &str,
///         map: &mut M,
///     ) -> Result<bool, M::Error> {
///         match name {
///             "name" => self.name = members::text(map)?,
///             "count" => self.count = members::int(map)?,
///             _ => return Ok(false),
///         }
///         Ok(true)
///     }
///
///     fn extra(&mut self) -> Option<&mut Extra> {
///         Some(&mut self.extra)
///     }
/// }
///
/// let mut json = serde_json::Deserializer::from_str(r#"{"name":"a","count":"7","new":[1]}"#);
/// let row: Row = members::object(&mut json)?;
/// assert_eq!((row.name.as_str(), row.count), ("a", Some(7)));
/// assert_eq!(format!("{:?}", row.extra), r#"{"new"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Members: Default {
    /// Reads the value of the member `name` if it is a known one; otherwise returns `false` and
    /// leaves the value unread. A member that comes twice counts the second time.
    ///
    /// # Errors
    /// If the value cannot be read.
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error>;

    /// Where unknown members are kept; `None` drops them.
    fn extra(&mut self) -> Option<&mut Extra>;
}

/// An object of which nothing is read.
impl Members for () {
    fn read<'de, M: MapAccess<'de>>(&mut self, _: &str, _: &mut M) -> Result<bool, M::Error> {
        Ok(false)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

/// Reads an object: the body of an `impl Deserialize`.
///
/// # Errors
/// If the value is no object, or a member cannot be read.
pub fn object<'de, D: Deserializer<'de>, T: Members>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

/// A text, or an integer read as its digits; `null` is the empty text.
///
/// # Errors
/// Any other value.
pub fn text<'de, M: MapAccess<'de>>(map: &mut M) -> Result<String, M::Error> {
    opt_text(map).map(Option::unwrap_or_default)
}

/// See [`lenient::opt_string`].
///
/// # Errors
/// As there.
pub fn opt_text<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Option<String>, M::Error> {
    Ok(map.next_value::<Text>()?.0)
}

/// See [`lenient::opt_int`].
///
/// # Errors
/// As there.
pub fn int<'de, M, T>(map: &mut M) -> Result<Option<T>, M::Error>
where
    M: MapAccess<'de>,
    T: TryFrom<i128>,
{
    Ok(map.next_value::<Int<T>>()?.0)
}

/// A number that a row can do without, or one of an open enum, as [`int`] reads it. Whatever else
/// stands there is kept in `extra` under `name`: an odd value must not cost its row.
///
/// # Errors
/// If the value is no JSON.
pub fn int_or_extra<'de, M, T>(
    map: &mut M,
    name: &str,
    extra: &mut Extra,
) -> Result<Option<T>, M::Error>
where
    M: MapAccess<'de>,
    T: TryFrom<i128>,
{
    Ok(match map.next_value::<lenient::IntOr<T>>()? {
        lenient::IntOr::Int(int) => int,
        lenient::IntOr::Other(value) => {
            extra.insert(name, value);
            None
        }
    })
}

/// See [`lenient::opt_bool`].
///
/// # Errors
/// As there.
pub fn flag<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Option<bool>, M::Error> {
    Ok(map.next_value::<Flag>()?.0)
}

/// See [`lenient::list`].
///
/// # Errors
/// As there.
pub fn list<'de, M, T>(map: &mut M) -> Result<Vec<T>, M::Error>
where
    M: MapAccess<'de>,
    T: Deserialize<'de>,
{
    Ok(map.next_value::<List<T>>()?.0)
}

/// The value as a list of texts, each of which may be an integer; see [`list`].
///
/// # Errors
/// As [`lenient::list`] and [`lenient::string`].
pub fn texts<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Vec<String>, M::Error> {
    let texts: Vec<Text> = list(map)?;
    Ok(texts.into_iter().filter_map(|text| text.0).collect())
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        while let Some(Name(name)) = map.next_key()? {
            if object.read(&name, &mut map)? {
                continue;
            }
            match object.extra() {
                Some(extra) => extra.insert(name, map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(object)
    }
}

/// A name that is not copied unless it has escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::opt_string(deserializer).map(Self)
    }
}

struct Int<T>(Option<T>);

impl<'de, T: TryFrom<i128>> Deserialize<'de> for Int<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::opt_int(deserializer).map(Self)
    }
}

struct Flag(Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::opt_bool(deserializer).map(Self)
    }
}

struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::list(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default)]
    struct Row {
        name: String,
        tags: Vec<u8>,
        extra: Extra,
    }

    impl Members for Row {
        fn read<'de, M: MapAccess<'de>>(
            &mut self,
            name: &str,
            map: &mut M,
        ) -> Result<bool, M::Error> {
            match name {
                "name" => self.name = text(map)?,
                "tags" => self.tags = list(map)?,
                _ => return Ok(false),
            }
            Ok(true)
        }

        fn extra(&mut self) -> Option<&mut Extra> {
            Some(&mut self.extra)
        }
    }

    fn read(json: &str) -> serde_json::Result<Row> {
        object(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn unknown_members_are_kept_and_their_values_not_printed() {
        let row = read(r#"{"new":{"a":"canary"},"name":7,"tags":null,"n\u0061me":"x"}"#).unwrap();
        assert_eq!((row.name.as_str(), row.tags.len()), ("x", 0));
        assert_eq!(row.extra.get("new").unwrap()["a"], "canary");
        assert_eq!(row.extra.clone().into_iter().count(), row.extra.len());
        assert!(!format!("{row:?}").contains("canary"), "{row:?}");
    }

    #[test]
    fn an_enum_value_that_is_no_number_is_kept_and_costs_nothing() {
        #[derive(Default)]
        struct Kind(Option<i32>, Extra);

        impl Members for Kind {
            fn read<'de, M: MapAccess<'de>>(
                &mut self,
                name: &str,
                map: &mut M,
            ) -> Result<bool, M::Error> {
                self.0 = int_or_extra(map, name, &mut self.1)?;
                Ok(true)
            }

            fn extra(&mut self) -> Option<&mut Extra> {
                Some(&mut self.1)
            }
        }

        for (json, number) in [
            ("7", Some(7)),
            ("\"-1\"", Some(-1)),
            ("null", None),
            ("\"\"", None),
            ("\"<nil>\"", None),
        ] {
            let json = format!(r#"{{"kind":{json}}}"#);
            let Kind(read, extra) = object(&mut serde_json::Deserializer::from_str(&json)).unwrap();
            assert_eq!((read, extra.is_empty()), (number, true), "{json}");
        }
        for other in ["\"vip\"", "true", "1.5", "9999999999", "[1]", r#"{"a":1}"#] {
            let json = format!(r#"{{"kind":{other}}}"#);
            let Kind(read, extra) = object(&mut serde_json::Deserializer::from_str(&json)).unwrap();
            assert_eq!(read, None, "{json}");
            assert_eq!(extra.get("kind").unwrap().to_string(), other, "{json}");
        }
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for json in ["[]", "null", "\"a\"", r#"{"name":[]}"#, r#"{"tags":{"a":1}}"#, "{"] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
