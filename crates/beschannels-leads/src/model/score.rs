//! `batch-score-list`, vendor's document 168845727.

use std::collections::BTreeMap;
use std::fmt;

use leadtag_core::Body;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Point, Short, check_page, check_user};
use crate::envelope::object_or_empty;

const MAX_IDS: usize = 100;
const MAX_PAGE_SIZE: u32 = 50;

/// Whose scores are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemaType {
    /// Market leads (市场线索), `leads_schema_data`: the platform's default.
    #[default]
    LeadsSchemaData,
    /// The new lead pool (新线索池), `leads_member`.
    LeadsMember,
    /// Any other, as it is written.
    Other(String),
}

impl SchemaType {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::LeadsSchemaData => "leads_schema_data",
            Self::LeadsMember => "leads_member",
            Self::Other(text) => text,
        }
    }
}

impl Serialize for SchemaType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Asks for the scores of some leads, or of one page of all leads.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BatchScoreList {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
    /// Whose scores. Not sent unless it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_type: Option<SchemaType>,
    /// The leads, at most 100. If there are none, a page is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads_id: Vec<u64>,
    /// The page, from 1 on. The document's schema writes `page`, its table `page_num`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_num: Option<u32>,
    /// Leads per page, at most 50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
}

impl BatchScoreList {
    /// Asks for the scores of these leads, at most 100.
    pub fn of(user_id: impl Into<String>, leads_id: impl IntoIterator<Item = u64>) -> Self {
        Self {
            user_id: user_id.into(),
            schema_type: None,
            leads_id: leads_id.into_iter().collect(),
            page_num: None,
            page_size: None,
        }
    }

    /// Asks for a page, from 1 on, of at most 50 leads.
    pub fn page(user_id: impl Into<String>, number: u32, size: u32) -> Self {
        let mut request = Self::of(user_id, []);
        (request.page_num, request.page_size) = (Some(number), Some(size));
        request
    }

    /// Sets whose scores are asked for.
    #[must_use]
    pub fn with_schema_type(mut self, schema: SchemaType) -> Self {
        self.schema_type = Some(schema);
        self
    }
}

impl Body for BatchScoreList {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_page(self.page_num, self.page_size)?;
        if self.leads_id.len() > MAX_IDS {
            return Err(format!("{} ids; at most {MAX_IDS} are allowed", self.leads_id.len()));
        }
        if self.leads_id.is_empty() && (self.page_num.is_none() || self.page_size.is_none()) {
            return Err("give leads_id, or page_num and page_size".to_owned());
        }
        match self.page_size {
            Some(size) if size > MAX_PAGE_SIZE => {
                Err(format!("page_size is {size}; at most {MAX_PAGE_SIZE} are allowed"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for BatchScoreList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchScoreList")
            .field("user_id", &Short(&self.user_id))
            .field("schema_type", &self.schema_type)
            .field("leads_id", &self.leads_id)
            .field("page_num", &self.page_num)
            .field("page_size", &self.page_size)
            .finish()
    }
}

/// The scores of leads, by the lead's id as text.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct BatchScores {
    /// Id of a lead, and its scores.
    pub leads: BTreeMap<String, Vec<ModelScore>>,
    /// Members that are no scores of a lead.
    pub extra: Extra,
}

impl BatchScores {
    /// The scores of one lead.
    #[must_use]
    pub fn of(&self, leads_id: u64) -> Option<&[ModelScore]> {
        self.leads.get(&leads_id.to_string()).map(Vec::as_slice)
    }
}

impl Members for BatchScores {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        // Not read in one pass: what is no list of scores costs no lead its own.
        let value: Value = map.next_value()?;
        match leadtag_core::lenient::list(&value) {
            Ok(scores) => {
                self.leads.insert(name.to_owned(), scores);
            }
            Err(_) => self.extra.insert(name, value),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for BatchScores {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object_or_empty(deserializer)
    }
}

/// What a lead scores in one model.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelScore {
    /// The scoring model.
    pub model_id: Option<u64>,
    /// The points.
    pub point: Point,
    /// The name of the model.
    pub name: String,
    /// How far the calculation is; the values are not documented.
    pub calculate_status: Option<i64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for ModelScore {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "model_id" => self.model_id = members::int(map)?,
            "point" => self.point = map.next_value()?,
            "name" => self.name = members::text(map)?,
            "calculate_status" => {
                self.calculate_status = members::int_or_extra(map, name, &mut self.extra)?
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for ModelScore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
