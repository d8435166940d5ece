//! The forms of an answer: `{data, extra, message}`, `{err_no, err_msg, log_id, data}` and
//! `{base}`. Which of them an error of the gateway has is not documented: all are read.

use std::fmt;
use std::marker::PhantomData;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{
    Answer, Error, ErrorKind, RawJson, Reply, Result, RetryClass, answered_with, foreign_answer,
};
use serde::de::value::MapAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{API_OFFLINE, classify};
use crate::model::text;

/// A code and its words.
type Told = (Option<i64>, Option<String>);

/// An answer, read in one pass.
#[derive(Default)]
struct Envelope<T> {
    head: Head,
    data: Option<T>,
}

/// All of an answer but what was asked for.
#[derive(Default)]
struct Head {
    /// What stands in `data` besides what was asked for.
    data: Meta,
    inner: Meta,
    base: Base,
    error: Told,
    err_no: Told,
    log_id: Option<String>,
    extra: Extra,
}

impl<T: Members> Members for Envelope<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        if name != "data" {
            return self.head.read(name, map);
        }
        let data = map.next_value::<Loose<Data<T>>>()?.0;
        self.data = data.map(|data| {
            self.head.data = data.head;
            data.value
        });
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.head.extra)
    }
}

impl Members for Head {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "extra" => self.inner = map.next_value::<Loose<Meta>>()?.0.unwrap_or_default(),
            "base" => self.base = map.next_value::<Loose<Base>>()?.0.unwrap_or_default(),
            "error_code" => self.error.0 = members::int(map)?,
            "description" => self.error.1 = text(map)?,
            "err_no" => self.err_no.0 = members::int(map)?,
            "err_msg" | "err_tips" => self.err_no.1 = text(map)?,
            "log_id" | "logid" => self.log_id = text(map)?,
            _ => return Ok(false),
        }
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

/// `data`: a code and its words, and between them what was asked for.
#[derive(Default)]
struct Data<T> {
    head: Meta,
    value: T,
}

impl<T: Members> Members for Data<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "error_code" | "description" | "log_id" | "logid" => self.head.read(name, map),
            _ => self.value.read(name, map),
        }
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(self.value.extra().unwrap_or(&mut self.head.extra))
    }
}

/// `extra`, and what `data` has of it.
#[derive(Default)]
struct Meta {
    told: Told,
    sub: Told,
    log_id: Option<String>,
    extra: Extra,
}

impl Members for Meta {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "error_code" => self.told.0 = members::int(map)?,
            "description" => self.told.1 = text(map)?,
            "sub_error_code" => self.sub.0 = members::int(map)?,
            "sub_description" => self.sub.1 = text(map)?,
            "logid" | "log_id" => self.log_id = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

/// `base`, of which one public client knows.
#[derive(Default)]
struct Base {
    gateway: Told,
    biz: Told,
    log_id: Option<String>,
    extra: Extra,
}

impl Members for Base {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "gateway_code" => self.gateway.0 = members::int(map)?,
            "gateway_msg" => self.gateway.1 = text(map)?,
            "biz_code" => self.biz.0 = members::int(map)?,
            "biz_msg" => self.biz.1 = text(map)?,
            "log_id" | "logid" => self.log_id = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

/// An object, or something that stands in its place: then there is none.
struct Loose<T>(Option<T>);

impl<'de, T: Members> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor(PhantomData))
    }
}

struct LooseVisitor<T>(PhantomData<T>);

impl<'de, T: Members> Visitor<'de> for LooseVisitor<T> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        members::object(MapAccessDeserializer::new(map)).map(|value| Loose(Some(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        // Not skipped unread: nesting has a limit here as everywhere.
        while seq.next_element::<Value>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Loose(None))
    }
}

impl Head {
    /// Every code with its words, the most telling first.
    fn told(&self) -> [&Told; 7] {
        [
            &self.data.told,
            &self.inner.told,
            &self.err_no,
            &self.base.gateway,
            &self.base.biz,
            &self.error,
            &self.inner.sub,
        ]
    }

    fn has_code(&self) -> bool {
        self.told().iter().any(|(code, _)| code.is_some())
    }

    /// The code that says most: of those that are not zero the one that this API is offline, then
    /// the first known one, then the first.
    fn failure(&self, operation: &str) -> Option<(i64, String)> {
        let told = self.told();
        let failed = || {
            told.iter().filter_map(|(code, words)| {
                Some((code.filter(|code| *code != 0)?, words.as_deref()))
            })
        };
        let is_known =
            |code: i64| classify(code, operation) != (ErrorKind::Platform, RetryClass::Never, None);
        let (code, words) = failed()
            .find(|(code, _)| *code == API_OFFLINE)
            .or_else(|| failed().find(|(code, _)| is_known(*code)))
            .or_else(|| failed().next())?;
        let mut words = words.unwrap_or_default().to_owned();
        if let (Some(sub), text) = (self.inner.sub.0.filter(|sub| *sub != 0), &self.inner.sub.1)
            && sub != code
        {
            let text = text.as_deref().unwrap_or_default();
            words.push_str(&format!(" [sub_error_code {sub}: {text}]"));
        }
        Some((code, words))
    }

    fn log_id(&self) -> Option<&String> {
        let all = [&self.inner.log_id, &self.log_id, &self.base.log_id, &self.data.log_id];
        all.into_iter().flatten().find(|id| is_id(id))
    }

    fn error(&self, operation: &str, answer: &Answer) -> Option<Error> {
        let (code, words) = self.failure(operation)?;
        let (kind, class, advice) = classify(code, operation);
        let error = Error::new(kind, "").with_retry_class(class);
        let error = answered_with(answer, error.with_platform_answer(code, &words))
            .with_request_id(self.log_id().cloned());
        Some(match advice {
            Some(advice) => error.with_advice(advice),
            None => error,
        })
    }

    /// Refuses an answer that reports an error, and one that does not say that there is none.
    fn check(&self, operation: &str, answer: &Answer) -> Result<()> {
        if let Some(error) = self.error(operation, answer) {
            return Err(error);
        }
        if !self.has_code() || !answer.status.is_success() {
            return Err(foreign_answer(answer, None));
        }
        Ok(())
    }

    /// All that nothing is known of, by its place.
    fn into_extra(self) -> Extra {
        let mut extra = self.extra;
        let inside =
            [("data.", self.data.extra), ("extra.", self.inner.extra), ("base.", self.base.extra)];
        for (place, members) in inside {
            for (name, value) in members.iter() {
                extra.insert([place, name].concat(), value.clone());
            }
        }
        extra
    }
}

/// Whether it can be an id and nothing else: it is printed as it is.
fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

/// The data of an answer to `operation`, or the error that the answer reports, at whichever level
/// and with whichever status. An answer without data or without a code is no success.
pub(crate) fn decode<T: Members>(operation: &str, answer: &Answer) -> Result<Reply<T>> {
    let Envelope { head, data } = open::<T>(operation, answer)?;
    let data = data.ok_or_else(|| foreign_answer(answer, None))?;
    let log_id = head.log_id().cloned();
    Ok(Reply::new(data).with_request_id(log_id).with_extra(head.into_extra()))
}

/// As [`decode`], with the text of `data` beside it.
pub(crate) fn decode_with_raw<T: Members>(
    operation: &str,
    answer: &Answer,
) -> Result<(T, RawJson)> {
    /// The text of `data` alone.
    #[derive(Deserialize)]
    struct Text {
        data: RawJson,
    }
    let value = decode::<T>(operation, answer)?.into_value();
    let text: Text = answer.json().map_err(|problem| foreign_answer(answer, Some(&problem)))?;
    Ok((value, text.data))
}

/// The whole answer, for a value of any form.
pub(crate) fn decode_any(operation: &str, answer: &Answer) -> Result<Value> {
    open::<()>(operation, answer)?;
    answer.json().map_err(|problem| foreign_answer(answer, Some(&problem)))
}

fn open<T: Members>(operation: &str, answer: &Answer) -> Result<Envelope<T>> {
    let envelope: Envelope<T> =
        answer.json().map_err(|problem| unreadable(operation, answer, &problem))?;
    envelope.head.check(operation, answer)?;
    Ok(envelope)
}

/// The error of an answer that cannot be read: what Douyin says in it, if it says so much.
fn unreadable(operation: &str, answer: &Answer, problem: &serde_json::Error) -> Error {
    let envelope: Option<Envelope<()>> = serde_json::from_str(&answer.text()).ok();
    envelope
        .and_then(|envelope| envelope.head.error(operation, answer))
        .unwrap_or_else(|| foreign_answer(answer, Some(problem)))
}
