//! Fields of leads: a name, the number of a type, and the value as a text.

use std::fmt;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::{Mobile, PersonalText};
use leadtag_core::{Error, ErrorKind, Id, PlatformTime, Result, UtcOffset};
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::PLATFORM;

/// What an [`OptionId`] identifies.
#[derive(Clone, Copy, Debug)]
pub enum OptionMarker {}

/// Identifies an option of a choice. Its name is told by
/// [`list_customer_fields`](crate::CrmV3Client::list_customer_fields).
pub type OptionId = Id<OptionMarker>;

/// What kind of value a field has (vendor's document, page api-11498038).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldType {
    /// 1: one line of text (单行文本).
    Text,
    /// 2: one option (单选).
    Choice,
    /// 3: a date (日期).
    Date,
    /// 4: a number (数字).
    Number,
    /// 5: several lines of text (多行文本).
    MultiLine,
    /// 6: several options (多选).
    MultiChoice,
    /// 7: a date with a time (日期时间).
    DateTime,
    /// 8: telephone numbers (手机号).
    Phones,
    /// Another number.
    Other(i64),
}

impl From<i64> for FieldType {
    fn from(number: i64) -> Self {
        match number {
            1 => Self::Text,
            2 => Self::Choice,
            3 => Self::Date,
            4 => Self::Number,
            5 => Self::MultiLine,
            6 => Self::MultiChoice,
            7 => Self::DateTime,
            8 => Self::Phones,
            other => Self::Other(other),
        }
    }
}

/// The value of a field, read by its type. `Debug` shows no personal data.
///
/// Confirmed by samples are the forms of [`Text`](Self::Text), [`Choice`](Self::Choice) and
/// [`Phones`](Self::Phones); the others are inferred.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue {
    /// One line of text.
    Text(PersonalText),
    /// One option.
    Choice(OptionId),
    /// A date.
    Date(CalendarDate),
    /// A number, digit by digit as it came, which is the form of a JSON number.
    Number(String),
    /// Several lines of text.
    MultiLine(PersonalText),
    /// Several options.
    MultiChoice(Vec<OptionId>),
    /// A date with a time.
    DateTime(PlatformTime),
    /// Telephone numbers, whether valid or not.
    Phones(Vec<Mobile>),
    /// The text of a type that is not known.
    Other(PersonalText),
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Choice(option) => f.debug_tuple("Choice").field(option).finish(),
            Self::Date(_) => f.write_str("Date(**)"),
            Self::Number(_) => f.write_str("Number(**)"),
            Self::MultiLine(text) => f.debug_tuple("MultiLine").field(text).finish(),
            Self::MultiChoice(options) => f.debug_tuple("MultiChoice").field(options).finish(),
            Self::DateTime(_) => f.write_str("DateTime(**)"),
            Self::Phones(phones) => f.debug_tuple("Phones").field(phones).finish(),
            Self::Other(text) => f.debug_tuple("Other").field(text).finish(),
        }
    }
}

/// A day of the calendar, such as a birthday: `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CalendarDate {
    /// The year.
    pub year: u16,
    /// The month, from 1 to 12.
    pub month: u8,
    /// The day of the month, from 1 to 31.
    pub day: u8,
}

impl CalendarDate {
    /// Reads `2021-07-20`, with or without a time of day.
    fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let mut parts = date.split('-').map(|part| {
            let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            part.parse::<u16>().ok().filter(|_| digits)
        });
        let mut next = || parts.next().flatten();
        let (year, month, day) = (next()?, next()?, next()?);
        let is_day = (1..=12).contains(&month) && (1..=31).contains(&day);
        let is_end = rest.is_empty() || rest.starts_with([' ', 'T']);
        let short = |number| u8::try_from(number).ok();
        let date = Self { year, month: short(month)?, day: short(day)? };
        (is_day && is_end).then_some(date)
    }
}

impl fmt::Debug for CalendarDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CalendarDate(**)")
    }
}

/// One field of a lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClueField {
    /// Its name, such as `mobile`. What a tenant's own fields are named by is unverified.
    pub field: String,
    /// Its type.
    pub field_type: Option<FieldType>,
    /// Its value, whatever its type; `None` if it is not set.
    pub value_as_text: Option<PersonalText>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl ClueField {
    /// The text of the value, if it is set and not blank.
    #[must_use]
    pub fn text(&self) -> Option<&PersonalText> {
        self.value_as_text.as_ref().filter(|text| !text.reveal().trim().is_empty())
    }

    /// The value, read by the field's type; `None` if it is not set or blank. Times are read as
    /// local ones at `offset`, best the client's [`utc_offset`](crate::CrmV3Client::utc_offset).
    ///
    /// # Errors
    /// `Decode` if the text is no value of that type. It is still there as
    /// [`value_as_text`](Self::value_as_text).
    pub fn value(&self, offset: UtcOffset) -> Result<Option<FieldValue>> {
        let Some(text) = self.text() else {
            return Ok(None);
        };
        let Some(kind) = self.field_type else {
            return Ok(Some(FieldValue::Other(text.clone())));
        };
        let plain = text.reveal().trim();
        let value = match kind {
            FieldType::Text => Some(FieldValue::Text(text.clone())),
            FieldType::MultiLine => Some(FieldValue::MultiLine(text.clone())),
            FieldType::Choice => Some(FieldValue::Choice(plain.into())),
            FieldType::Number => is_number(plain).then(|| FieldValue::Number(plain.to_owned())),
            FieldType::Date => CalendarDate::read(plain).map(FieldValue::Date),
            FieldType::DateTime => time(plain, offset).map(FieldValue::DateTime),
            FieldType::MultiChoice => list(plain).map(FieldValue::MultiChoice),
            FieldType::Phones => list(plain).map(FieldValue::Phones),
            FieldType::Other(_) => Some(FieldValue::Other(text.clone())),
        };
        value.map(Some).ok_or_else(|| {
            let message = format!("the text of {} is no value of the type {kind:?}", self.field);
            Error::new(ErrorKind::Decode, message).with_context(PLATFORM, "value")
        })
    }

    /// The telephone numbers; a text that is no list is one number.
    pub(crate) fn numbers(&self) -> Vec<Mobile> {
        let Some(text) = self.text() else {
            return Vec::new();
        };
        list(text.reveal()).unwrap_or_else(|| vec![Mobile::new(text.reveal())])
    }
}

fn time(text: &str, offset: UtcOffset) -> Option<PlatformTime> {
    let time = PlatformTime::parse(text, offset);
    time.instant().is_some().then_some(time)
}

fn is_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// The items of a JSON array of texts or integers, which stands in a text.
pub(crate) fn list<T: DeserializeOwned>(text: &str) -> Option<Vec<T>> {
    let items: Vec<Option<T>> = serde_json::from_str(text).ok()?;
    Some(items.into_iter().flatten().collect())
}

impl Members for ClueField {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "field" => self.field = members::text(map)?,
            "type" => {
                self.field_type = members::int_or_extra::<M, i64>(map, name, &mut self.extra)?
                    .map(FieldType::from)
            }
            "valueAsText" => {
                let AnyText(text) = map.next_value()?;
                self.value_as_text = text.map(PersonalText::from);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for ClueField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A value that is documented as a text or `null`. Anything else becomes the text of its JSON: one
/// odd field must not cost a page of leads.
struct AnyText(Option<String>);

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyTextVisitor)
    }
}

struct AnyTextVisitor;

impl<'de> Visitor<'de> for AnyTextVisitor {
    type Value = AnyText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or null")
    }

    fn visit_str<E>(self, text: &str) -> Result<AnyText, E> {
        Ok(AnyText(Some(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<AnyText, E> {
        Ok(AnyText(None))
    }

    fn visit_bool<E>(self, value: bool) -> Result<AnyText, E> {
        Ok(AnyText(Some(value.to_string())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<AnyText, E> {
        Ok(AnyText(Some(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<AnyText, E> {
        Ok(AnyText(Some(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<AnyText, E> {
        Ok(AnyText(Some(Value::from(value).to_string())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<AnyText, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Value>()? {
            items.push(item);
        }
        Ok(AnyText(Some(Value::from(items).to_string())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyText, A::Error> {
        let mut members = serde_json::Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            members.insert(name, value);
        }
        Ok(AnyText(Some(Value::from(members).to_string())))
    }
}
