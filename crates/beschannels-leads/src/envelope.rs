//! `{code, msg, data}`: the form of every answer.

use std::fmt;
use std::marker::PhantomData;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{Answer, Error, ErrorKind, RawJson, Reply, Result, Sent, foreign_answer};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::answered;

/// An answer, read in one pass.
struct Envelope<T> {
    code: Option<i64>,
    msg: Option<String>,
    data: Option<T>,
    extra: Extra,
}

impl<T> Default for Envelope<T> {
    fn default() -> Self {
        Self { code: None, msg: None, data: None, extra: Extra::default() }
    }
}

impl<T: DeserializeOwned> Members for Envelope<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "code" => self.code = members::int(map)?,
            "msg" => self.msg = members::opt_text(map)?,
            "data" => self.data = Some(map.next_value()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// The data of an answer, or the error that it reports.
pub(crate) fn decode<T: DeserializeOwned>(answer: &Answer) -> Result<Reply<T>> {
    let Envelope { data, extra, .. } = open::<T>(answer)?;
    // Without data, an empty list would lie.
    let data = data.ok_or_else(|| {
        Error::new(ErrorKind::Decode, "the answer has no data").with_sent(Sent::Yes)
    })?;
    Ok(Reply::new(data).with_extra(extra))
}

/// As [`decode`], for answers of which the code is all. If data comes, it is not lost.
pub(crate) fn decode_done(answer: &Answer) -> Result<Reply<()>> {
    let Envelope { data, mut extra, .. } = open::<RawJson>(answer)?;
    if let Some(data) = data.filter(|data| data.as_str() != "null") {
        // Read apart: what is odd about it does not undo what was done.
        let value = data.to_value();
        extra.insert("data", value.unwrap_or_else(|_| data.as_str().into()));
    }
    Ok(Reply::new(()).with_extra(extra))
}

/// As [`decode`], for an answer of any form, whole.
pub(crate) fn decode_any(answer: &Answer) -> Result<Value> {
    open::<IgnoredAny>(answer)?;
    answer.json().map_err(|problem| foreign_answer(answer, Some(&problem)))
}

/// An answer with code 0. One without a code is not the platform's.
fn open<T: DeserializeOwned>(answer: &Answer) -> Result<Envelope<T>> {
    let envelope: Envelope<T> = answer.json().map_err(|problem| unreadable(answer, &problem))?;
    match envelope.code {
        Some(0) if answer.status.is_success() => Ok(envelope),
        // Something else says that it failed.
        Some(0) | None => Err(foreign_answer(answer, None)),
        Some(code) => Err(answered(code, envelope.msg.as_deref().unwrap_or_default(), answer)),
    }
}

/// The error of an answer that cannot be read: what the platform says in it, if it says so much.
fn unreadable(answer: &Answer, problem: &serde_json::Error) -> Error {
    match serde_json::from_str::<Envelope<IgnoredAny>>(&answer.text()) {
        Ok(Envelope { code: Some(code), msg, .. }) if code != 0 => {
            answered(code, &msg.unwrap_or_default(), answer)
        }
        _ => foreign_answer(answer, Some(problem)),
    }
}

/// Reads an object; `null` and `[]` are the empty one: PHP does not tell an empty object from an
/// empty list.
pub(crate) fn object_or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Members,
{
    deserializer.deserialize_any(ObjectOrEmpty(PhantomData))
}

struct ObjectOrEmpty<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for ObjectOrEmpty<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, null or []")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(T::default()),
            Some(_) => Err(serde::de::Error::custom("expected an object, not a list of values")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        members::object(MapAccessDeserializer::new(map))
    }
}
