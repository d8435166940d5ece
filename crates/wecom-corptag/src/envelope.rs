//! `{errcode, errmsg, …}`: the form of every answer.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::redact::mask_personal;
use leadtag_core::{Answer, Error, Reply, Result, foreign_answer};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::PLATFORM;
use crate::error::{answered, hint};

/// The one text that is looked for in `errmsg` (WeCom docs 90455): it stands there with code 0.
const WARNING: &str = "warning: wrong json format";

/// An answer, read in one pass: the code, and the members of the value beside it.
#[derive(Default)]
struct Envelope<T> {
    errcode: Option<i64>,
    errmsg: Option<String>,
    any_known: bool,
    value: T,
    extra: Extra,
}

impl<T: Members> Members for Envelope<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "errcode" => self.errcode = members::int(map)?,
            "errmsg" => self.errmsg = members::opt_text(map)?,
            _ if !self.value.read(name, map)? => return Ok(false),
            _ => {}
        }
        self.any_known = true;
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de, T: Members> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// Only the code and the words: read when the rest cannot be.
#[derive(Default)]
struct Head {
    errcode: Option<i64>,
    errmsg: Option<String>,
}

impl Members for Head {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "errcode" => self.errcode = members::int(map)?,
            "errmsg" => self.errmsg = members::opt_text(map)?,
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

/// The value of an answer, or the error that it reports.
pub(crate) fn decode<T: Members>(answer: &Answer) -> Result<Reply<T>> {
    let (reply, bare) = open(answer)?;
    // An answer with neither a code nor anything known is not WeCom's: an empty list would lie.
    if bare { Err(foreign_answer(answer, None)) } else { Ok(reply) }
}

/// As [`decode`], for answers of which the code is all.
pub(crate) fn decode_done(answer: &Answer) -> Result<Reply<()>> {
    let (reply, bare) = open(answer)?;
    let empty = reply.extra.is_empty();
    if bare && !empty { Err(foreign_answer(answer, None)) } else { Ok(reply) }
}

/// The value of an answer, and whether nothing in it was known.
fn open<T: Members>(answer: &Answer) -> Result<(Reply<T>, bool)> {
    let envelope: Envelope<T> = match serde_json::from_slice(&answer.body) {
        Ok(envelope) => envelope,
        Err(problem) => return Err(unreadable(answer, &problem)),
    };
    let Envelope { errcode, errmsg, any_known, value, extra } = envelope;
    let errmsg = errmsg.unwrap_or_default();
    match errcode {
        Some(code) if code != 0 => Err(answered(code, &errmsg, answer)),
        // Some calls leave the code out when all is well.
        None if !answer.status.is_success() => Err(foreign_answer(answer, None)),
        _ => Ok((Reply::new(value).with_warning(warning(&errmsg)).with_extra(extra), !any_known)),
    }
}

/// As [`decode`], for a value of any form.
pub(crate) fn decode_any(answer: &Answer) -> Result<Value> {
    // One pass for the value and one for the head: what is raw need not be fast.
    let read = || -> serde_json::Result<(Value, Head)> {
        Ok((serde_json::from_slice(&answer.body)?, serde_json::from_slice(&answer.body)?))
    };
    let (value, Head { errcode, errmsg }) = read().map_err(|why| unreadable(answer, &why))?;
    let errmsg = errmsg.unwrap_or_default();
    match errcode {
        Some(code) if code != 0 => Err(answered(code, &errmsg, answer)),
        None if !answer.status.is_success() => Err(foreign_answer(answer, None)),
        _ => {
            warning(&errmsg);
            Ok(value)
        }
    }
}

/// The error of an answer that cannot be read: what WeCom says in it, if it says so much.
fn unreadable(answer: &Answer, problem: &serde_json::Error) -> Error {
    match serde_json::from_slice(&answer.body) {
        Ok(Head { errcode: Some(code), errmsg }) if code != 0 => {
            answered(code, &errmsg.unwrap_or_default(), answer)
        }
        _ => foreign_answer(answer, Some(problem)),
    }
}

fn warning(errmsg: &str) -> Option<String> {
    if !errmsg.to_ascii_lowercase().contains(WARNING) {
        return None;
    }
    tracing::warn!(platform = %PLATFORM, "the request was taken, but not all of it could be read");
    // Not the words themselves: whatever else stands there is not ours to repeat.
    let text = "Warning: wrong json format.";
    Some(match hint(&mask_personal(errmsg)) {
        Some(hint) => format!("{text} (hint {hint})"),
        None => text.to_owned(),
    })
}
