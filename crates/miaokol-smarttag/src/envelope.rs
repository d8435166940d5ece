//! `{errcode, message, data, pager}`: the form of every answer.

use std::fmt;
use std::marker::PhantomData;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{Answer, Error, RawJson, Reply, Result, foreign_answer, lenient};
use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::PLATFORM;
use crate::error::answered;
use crate::model::{Listed, Pager, UpdatedContact};

mod scan;

/// An answer, read in one pass.
struct Envelope<D> {
    errcode: Option<i64>,
    message: Option<String>,
    data: Option<D>,
    has_data: bool,
    pager: Option<Pager>,
    extra: Extra,
}

impl<D> Default for Envelope<D> {
    fn default() -> Self {
        Self {
            errcode: None,
            message: None,
            data: None,
            has_data: false,
            pager: None,
            extra: Extra::default(),
        }
    }
}

impl<D: for<'a> Deserialize<'a>> Members for Envelope<D> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "errcode" => self.errcode = members::int(map)?,
            "message" => self.message = members::opt_text(map)?,
            "data" => {
                self.data = map.next_value()?;
                self.has_data = true;
            }
            "pager" => self.pager = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de, D: for<'a> Deserialize<'a>> Deserialize<'de> for Envelope<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        members::object(deserializer)
    }
}

/// Only the code and the words: read when the rest cannot be.
#[derive(Default)]
struct Head {
    errcode: Option<i64>,
    message: Option<String>,
}

impl Members for Head {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "errcode" => self.errcode = members::int(map)?,
            "message" => self.message = members::opt_text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        None
    }
}

impl<'de> Deserialize<'de> for Head {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A list, in whichever spelling of the empty one.
struct Items<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::list(deserializer).map(Self)
    }
}

/// An object, or a list of that one object: the documents' tables say "array" where their examples
/// show an object.
struct Object<T>(T);

impl<'de, T: Members> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        members::object(MapAccessDeserializer::new(map)).map(Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let first = seq.next_element::<Object<T>>()?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.unwrap_or_else(|| Object(T::default())))
    }
}

/// A list and its pager, or the error that the answer reports.
pub(crate) fn decode_list<T>(answer: &Answer) -> Result<Reply<Listed<T>>>
where
    T: for<'a> Deserialize<'a>,
{
    let Envelope { data, has_data, pager, extra, .. } = open::<Items<T>>(answer)?;
    if !has_data {
        // An empty list would lie.
        return Err(foreign_answer(answer, None));
    }
    let items = data.map(|Items(items)| items).unwrap_or_default();
    Ok(Reply::new(Listed { items, pager }).with_extra(extra))
}

/// An object, empty if there is none, or the error that the answer reports.
pub(crate) fn decode_object<T: Members>(answer: &Answer) -> Result<Reply<T>> {
    let Envelope { data, extra, .. } = open::<Object<T>>(answer)?;
    let value = data.map(|Object(value)| value).unwrap_or_default();
    Ok(Reply::new(value).with_extra(extra))
}

/// As [`decode_object`], for answers of which the code is all.
pub(crate) fn decode_done(answer: &Answer) -> Result<Reply<()>> {
    let Envelope { extra, .. } = open::<IgnoredAny>(answer)?;
    Ok(Reply::new(()).with_extra(extra))
}

/// As [`decode_object`], for the one answer whose documented example is not valid JSON: a comment
/// stands in the place of a comma. Its code is found all the same.
pub(crate) fn decode_updated(answer: &Answer) -> Result<Reply<UpdatedContact>> {
    let problem = match open::<RawJson>(answer) {
        Ok(Envelope { data, extra, .. }) => {
            return Ok(Reply::new(UpdatedContact { data }).with_extra(extra));
        }
        Err(error) if error.platform_code().is_some() => return Err(error),
        Err(error) => error,
    };
    match scan::head(&answer.body) {
        Some((0, _)) if answer.status.is_success() => {
            tracing::warn!(platform = %PLATFORM, "an answer is not valid JSON; its code was read");
            let warning = "the answer is not valid JSON; of it, only the code was read";
            Ok(Reply::new(UpdatedContact::default()).with_warning(Some(warning.to_owned())))
        }
        Some((code, message)) if code != 0 => Err(answered(code, &message, answer)),
        _ => Err(problem),
    }
}

/// The whole answer, for a value of any form.
pub(crate) fn decode_any(answer: &Answer) -> Result<Value> {
    open::<IgnoredAny>(answer)?;
    serde_json::from_slice(&answer.body).map_err(|problem| foreign_answer(answer, Some(&problem)))
}

fn open<D: for<'a> Deserialize<'a>>(answer: &Answer) -> Result<Envelope<D>> {
    let envelope: Envelope<D> = match serde_json::from_slice(&answer.body) {
        Ok(envelope) => envelope,
        Err(problem) => return Err(unreadable(answer, &problem)),
    };
    match envelope.errcode {
        Some(code) if code != 0 => {
            Err(answered(code, envelope.message.as_deref().unwrap_or_default(), answer))
        }
        Some(_) => Ok(envelope),
        // Every documented answer has a code: without one, success would be a guess.
        None => Err(foreign_answer(answer, None)),
    }
}

/// The error of an answer that cannot be read: what Miaokol says in it, if it says so much.
fn unreadable(answer: &Answer, problem: &serde_json::Error) -> Error {
    match serde_json::from_slice(&answer.body) {
        Ok(Head { errcode: Some(code), message }) if code != 0 => {
            answered(code, &message.unwrap_or_default(), answer)
        }
        _ => foreign_answer(answer, Some(problem)),
    }
}
