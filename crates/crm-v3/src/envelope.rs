//! `{code, message, data}`: the form of every answer.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{Answer, Error, Reply, Result, Timestamp, foreign_answer};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::answered;

/// An answer, read in one pass.
struct Envelope<T> {
    code: Option<i64>,
    message: Option<String>,
    data: Option<T>,
    has_data: bool,
    extra: Extra,
}

impl<T> Default for Envelope<T> {
    fn default() -> Self {
        Self { code: None, message: None, data: None, has_data: false, extra: Extra::default() }
    }
}

impl<T: DeserializeOwned> Members for Envelope<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "code" => self.code = members::int(map)?,
            "message" => self.message = members::opt_text(map)?,
            "data" => {
                self.data = map.next_value()?;
                self.has_data = true;
            }
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

/// The data of an answer, or the error that it reports, whatever the HTTP status. `now` is the
/// local time, which a refused timestamp is compared with.
pub(crate) fn decode<T: DeserializeOwned>(
    answer: &Answer,
    now: Timestamp,
) -> Result<Reply<Option<T>>> {
    let Envelope { data, extra, .. } = open(answer, now)?;
    Ok(Reply::new(data).with_extra(extra))
}

/// As [`decode`], for lists: data that is `null` is the empty one.
pub(crate) fn decode_list<T: DeserializeOwned + Default>(
    answer: &Answer,
    now: Timestamp,
) -> Result<Reply<T>> {
    let Envelope { data, has_data, extra, .. } = open::<T>(answer, now)?;
    if !has_data {
        // An empty list would lie: to who pages, it is the end.
        return Err(foreign_answer(answer, None));
    }
    Ok(Reply::new(data.unwrap_or_default()).with_extra(extra))
}

fn open<T: DeserializeOwned>(answer: &Answer, now: Timestamp) -> Result<Envelope<T>> {
    let envelope: Envelope<T> =
        answer.json().map_err(|problem| unreadable(answer, now, &problem))?;
    match envelope.code {
        Some(0) if answer.status.is_success() => Ok(envelope),
        // Every documented answer has a code: without one, or where something else says that it
        // failed, success would be a guess.
        Some(0) | None => Err(foreign_answer(answer, None)),
        Some(code) => {
            Err(answered(code, envelope.message.as_deref().unwrap_or_default(), answer, now))
        }
    }
}

/// As [`decode`], for the whole answer in any form.
pub(crate) fn decode_any(answer: &Answer, now: Timestamp) -> Result<Value> {
    // One pass for the code and one for the value: what is raw need not be fast.
    decode::<IgnoredAny>(answer, now)?;
    answer.json().map_err(|problem| unreadable(answer, now, &problem))
}

/// The error of an answer that cannot be read: what the platform says in it, if it says so much.
fn unreadable(answer: &Answer, now: Timestamp, problem: &serde_json::Error) -> Error {
    match serde_json::from_str::<Envelope<IgnoredAny>>(&answer.text()) {
        Ok(Envelope { code: Some(code), message, .. }) if code != 0 => {
            answered(code, &message.unwrap_or_default(), answer, now)
        }
        _ => foreign_answer(answer, Some(problem)),
    }
}
