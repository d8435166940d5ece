//! What was written down about a lead (跟进记录).

use leadtag_core::Body;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::PersonalText;
use serde::{Deserialize, Deserializer, Serialize};

use super::{check_customer_id, check_size};

/// The follow-ups of one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListClueFollowUps {
    /// The lead.
    pub customer_id: i64,
    /// Follow-ups per page. Neither the largest nor the usual number is documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Only follow-ups of this type: see [`FollowUp::follow_up_type`].
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub follow_up_type: Option<i64>,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl ListClueFollowUps {
    /// The first page of the follow-ups of one lead.
    #[must_use]
    pub fn of(customer_id: i64) -> Self {
        Self { customer_id, size: None, follow_up_type: None, cursor: None }
    }

    /// Sets the follow-ups per page.
    #[must_use]
    pub fn with_size(mut self, size: u32) -> Self {
        self.size = Some(size);
        self
    }

    /// Sets the type of follow-up.
    #[must_use]
    pub fn with_type(mut self, follow_up_type: i64) -> Self {
        self.follow_up_type = Some(follow_up_type);
        self
    }

    /// Sets where to go on. The empty cursor is the first page.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into()).filter(|cursor| !cursor.is_empty());
        self
    }
}

impl Body for ListClueFollowUps {
    fn check(&self) -> Result<(), String> {
        check_customer_id(self.customer_id)?;
        check_size(self.size)
    }
}

/// A follow-up (跟进).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FollowUp {
    /// Its id.
    pub id: Option<i64>,
    /// Its type. Inferred from samples: 1 is a note, 2 a change that the platform wrote down.
    pub follow_up_type: Option<i64>,
    /// What was written.
    pub content: Option<PersonalText>,
    /// When, in the platform's local time.
    pub create_time: Option<String>,
    /// Who wrote it.
    pub operator: Option<Operator>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for FollowUp {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            "type" => self.follow_up_type = members::int_or_extra(map, name, &mut self.extra)?,
            "content" => self.content = members::opt_text(map)?.map(PersonalText::from),
            "createTime" => self.create_time = members::opt_text(map)?,
            "operator" => self.operator = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FollowUp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// Who wrote a follow-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operator {
    /// The member account at WeCom; empty for a program.
    pub qw_user_id: Option<String>,
    /// The name, such as `API`.
    pub name: Option<PersonalText>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for Operator {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "qwUserId" => self.qw_user_id = members::opt_text(map)?,
            "name" => self.name = members::opt_text(map)?.map(PersonalText::from),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Operator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
