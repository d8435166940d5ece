//! A row of a group: columns that differ by organisation, read in one pass.

mod lead;

use std::borrow::Cow;
use std::fmt;

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::{Email, Mobile, PersonalText};
use leadtag_core::{PlatformTime, UtcOffset};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(crate) use self::lead::LeadRow;
use super::{ClientType, Short};

/// What the names of score columns begin with; the id of the scoring model follows.
const SCORE: &str = "Score-";
/// How many scores a row of the document's sample has, rounded up.
const USUAL_SCORES: usize = 20;

/// One object of a group. Columns that the document's sample shows have methods; every other one
/// is in [`columns`](Self::columns) under the platform's name (`prop`). An empty text is unset.
///
/// `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq)]
pub struct Row {
    full_name: Option<PersonalText>,
    mobile: Option<Mobile>,
    email: Option<Email>,
    company: Option<PersonalText>,
    is_lead: Option<String>,
    created_time: Option<String>,
    identity_value: Option<String>,
    identity_id: Option<String>,
    client_type: Option<ClientType>,
    next_id: Option<String>,
    is_del: Option<i64>,
    scores: Vec<Score>,
    columns: Extra,
}

impl Row {
    /// The name (姓名), `FullName`.
    #[must_use]
    pub fn full_name(&self) -> Option<&PersonalText> {
        self.full_name.as_ref().filter(|name| !name.is_empty())
    }

    /// The mobile number (手机号), `MobilePhone`, valid or not.
    #[must_use]
    pub fn mobile(&self) -> Option<&Mobile> {
        self.mobile.as_ref().filter(|mobile| !mobile.is_empty())
    }

    /// The e-mail address (邮箱), `Email`.
    #[must_use]
    pub fn email(&self) -> Option<&Email> {
        self.email.as_ref().filter(|email| !email.is_empty())
    }

    /// The company (公司), `Company`.
    #[must_use]
    pub fn company(&self) -> Option<&PersonalText> {
        self.company.as_ref().filter(|company| !company.is_empty())
    }

    /// Whether it is a lead (是否线索), `IsLead`: 是 is yes, 否 no, anything else unknown.
    #[must_use]
    pub fn is_lead(&self) -> Option<bool> {
        match self.is_lead.as_deref()? {
            "是" => Some(true),
            "否" => Some(false),
            _ => None,
        }
    }

    /// `IsLead` as it came.
    #[must_use]
    pub fn is_lead_text(&self) -> Option<&str> {
        self.is_lead.as_deref()
    }

    /// When it was created (创建时间), `CreatedTime`, with its text. It comes without a zone and is
    /// read at +08:00, which is unverified; see [`created_time_at`](Self::created_time_at).
    #[must_use]
    pub fn created_time(&self) -> Option<PlatformTime> {
        self.created_time_at(UtcOffset::CHINA)
    }

    /// As [`created_time`](Self::created_time), in another zone.
    #[must_use]
    pub fn created_time_at(&self, offset: UtcOffset) -> Option<PlatformTime> {
        let text = set(self.created_time.as_deref())?;
        Some(PlatformTime::parse(text, offset))
    }

    /// Who it is: the same as [`identity_id`](Self::identity_id) in the document's sample.
    #[must_use]
    pub fn identity_value(&self) -> Option<&str> {
        set(self.identity_value.as_deref())
    }

    /// Who it is, a UUID. Not the integer `leads_id` that other endpoints take.
    #[must_use]
    pub fn identity_id(&self) -> Option<&str> {
        set(self.identity_id.as_deref())
    }

    /// The kind of client.
    #[must_use]
    pub fn client_type(&self) -> Option<&ClientType> {
        self.client_type.as_ref()
    }

    /// The id of the table of an external source, `nextId`.
    #[must_use]
    pub fn next_id(&self) -> Option<&str> {
        set(self.next_id.as_deref())
    }

    /// `is_del` as it came. Every row of the document's sample has 1: it does not say that the row
    /// is deleted, and what it says is not documented.
    #[must_use]
    pub fn is_del(&self) -> Option<i64> {
        self.is_del
    }

    /// The scores, `Score-<model>`, in the order of the row. Rows differ in which they have.
    #[must_use]
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// The points in one scoring model, if the row has them.
    #[must_use]
    pub fn score(&self, model_id: u64) -> Option<i64> {
        self.scores.iter().find(|score| score.model_id == model_id)?.point.as_int()
    }

    /// Every other column, by the platform's name, as it came.
    #[must_use]
    pub fn columns(&self) -> &Extra {
        &self.columns
    }

    /// Any column by the platform's name (`prop`), such as the header gives it. Personal data is
    /// in it as it is.
    #[must_use]
    pub fn value(&self, prop: &str) -> Option<Value> {
        if let Some(value) = self.columns.get(prop) {
            return Some(value.clone());
        }
        if let Some(model_id) = model_of(prop) {
            let score = self.scores.iter().find(|score| score.model_id == model_id)?;
            return Some(score.point.clone().into_value());
        }
        let text = match prop {
            "FullName" => self.full_name.as_ref().map(|name| name.reveal()),
            "MobilePhone" => self.mobile.as_ref().map(|mobile| mobile.reveal()),
            "Email" => self.email.as_ref().map(|email| email.reveal()),
            "Company" => self.company.as_ref().map(|company| company.reveal()),
            "IsLead" => self.is_lead.as_deref(),
            "CreatedTime" => self.created_time.as_deref(),
            "identity_value" => self.identity_value.as_deref(),
            "identity_id" => self.identity_id.as_deref(),
            "client_type" => self.client_type.as_ref().map(ClientType::as_str),
            "nextId" => self.next_id.as_deref(),
            "is_del" => return self.is_del.map(Value::from),
            _ => None,
        };
        text.map(Value::from)
    }

    /// The text of a known column. A value of another kind is kept among the other columns: a row
    /// is not lost because one of its columns is odd.
    fn text<'de, M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> Result<Option<String>, M::Error> {
        match map.next_value::<Cell<'_>>()? {
            Cell::Text(text) => Ok(Some(text.into_owned())),
            Cell::Int(number) => Ok(Some(number.to_string())),
            Cell::Unset => Ok(None),
            Cell::Other(value) => {
                self.columns.insert(name, value);
                Ok(None)
            }
        }
    }

    fn is_del_from(&mut self, text: String) {
        match text.parse() {
            Ok(number) => self.is_del = Some(number),
            Err(_) => self.columns.insert("is_del", text.into()),
        }
    }
}

fn set(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

impl Members for Row {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "FullName" => self.full_name = self.text(name, map)?.map(Into::into),
            "MobilePhone" => self.mobile = self.text(name, map)?.map(Into::into),
            "Email" => self.email = self.text(name, map)?.map(Into::into),
            "Company" => self.company = self.text(name, map)?.map(Into::into),
            "IsLead" => self.is_lead = self.text(name, map)?,
            "CreatedTime" => self.created_time = self.text(name, map)?,
            "identity_value" => self.identity_value = self.text(name, map)?,
            "identity_id" => self.identity_id = self.text(name, map)?,
            "client_type" => {
                self.client_type = self.text(name, map)?.map(|text| text.as_str().into());
            }
            "nextId" => self.next_id = self.text(name, map)?,
            "is_del" => {
                if let Some(text) = self.text(name, map)? {
                    self.is_del_from(text);
                }
            }
            _ => {
                let Some(model_id) = model_of(name) else { return Ok(false) };
                if self.scores.is_empty() {
                    // Rows have a dozen or two: grown one by one, they would be moved four times.
                    self.scores.reserve(USUAL_SCORES);
                }
                self.scores.push(Score { model_id, point: map.next_value()? });
            }
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.columns)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("identity_id", &Short(self.identity_id.as_deref().unwrap_or_default()))
            .field("full_name", &self.full_name)
            .field("mobile", &self.mobile)
            .field("email", &self.email)
            .field("company", &self.company)
            .field("created_time", &self.created_time)
            .field("is_del", &self.is_del)
            .field("scores", &self.scores.len())
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// The model of a score column. A name that would not be written the same way again is no such
/// column.
fn model_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(SCORE)?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    if plain { digits.parse().ok() } else { None }
}

/// What a row scores in one model.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// The scoring model.
    pub model_id: u64,
    /// The points.
    pub point: Point,
}

impl Score {
    /// The name of the column, `Score-<model>`.
    #[must_use]
    pub fn column(&self) -> String {
        format!("{SCORE}{}", self.model_id)
    }
}

/// The points of a score.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Point {
    /// A number, quoted or not.
    Int(i64),
    /// None, written as `-`.
    #[default]
    Unset,
    /// Anything else, as it came.
    Other(Value),
}

impl Point {
    /// The number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(points) => Some(*points),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Int(points) => points.into(),
            Self::Unset => "-".into(),
            Self::Other(value) => value,
        }
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Cell::deserialize(deserializer)? {
            Cell::Int(points) => Self::Int(points),
            Cell::Text(text) if text == "-" => Self::Unset,
            Cell::Text(text) => match text.parse() {
                Ok(points) => Self::Int(points),
                Err(_) => Self::Other(text.into_owned().into()),
            },
            Cell::Unset => Self::Other(Value::Null),
            Cell::Other(value) => Self::Other(value),
        })
    }
}

/// A value that is a text in most rows.
enum Cell<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Unset,
    Other(Value),
}

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell<'de>, E> {
        Ok(Cell::Text(text.to_owned().into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Cell<'de>, E> {
        Ok(Cell::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Cell<'de>, E> {
        Ok(i64::try_from(number).map_or_else(|_| Cell::Text(number.to_string().into()), Cell::Int))
    }

    fn visit_unit<E>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Unset)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Cell<'de>, E> {
        Ok(Cell::Other(value.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell<'de>, E> {
        Ok(Cell::Other(number.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Cell<'de>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(seq)).map(Cell::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Cell<'de>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(map)).map(Cell::Other)
    }
}
